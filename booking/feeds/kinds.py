"""The kinds of secret feeds, and who may have which."""

from enum import StrEnum

from booking.rules.visibility import Viewer


class FeedKind(StrEnum):
    """What a secret feed carries."""

    OWN = "own"
    """What the person sent, or what was entered for them."""
    ORGANISATION = "organisation"
    """All requests of the organisation that the person works for."""
    DECIDING = "deciding"
    """All bookings that the person may decide on."""
    CLUSTER = "cluster"
    """All bookings of one cluster that the person coordinates."""


def right_to(
    kind: FeedKind, viewer: Viewer, organisation_id: int | None, cluster_id: int | None
) -> bool:
    """Return whether the viewer may have such a feed now.

    `organisation_id` and `cluster_id` say whose an organisation's or a cluster's feed is.
    """
    if kind is FeedKind.OWN:
        return viewer.organisation_id is not None
    if kind is FeedKind.ORGANISATION:
        return organisation_id is not None and viewer.organisation_id == organisation_id
    if kind is FeedKind.CLUSTER:
        return cluster_id in viewer.coordinates
    return bool(viewer.approves or viewer.coordinates)
