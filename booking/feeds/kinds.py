"""The kinds of secret feeds, and who may have which."""

from enum import StrEnum

from booking.rules.visibility import Viewer


class FeedKind(StrEnum):
    """What a secret feed carries."""

    OWN = "own"
    """What the person sent for an organisation, or looks after since its sender left."""
    ORGANISATION = "organisation"
    """All requests of an organisation that the person works for, and may read."""
    DECIDING = "deciding"
    """All bookings that the person may decide on."""
    CLUSTER = "cluster"
    """All bookings of one cluster that the person coordinates."""


#: These belong to a membership, and end with it.
OF_MEMBERSHIPS = frozenset({FeedKind.OWN, FeedKind.ORGANISATION})


def right_to(
    kind: FeedKind, viewer: Viewer, organisation_id: int | None, cluster_id: int | None
) -> bool:
    """Return whether the viewer may have such a feed now.

    `organisation_id` is that of the membership to which the feed belongs, `cluster_id` says whose a
    cluster's feed is. Who works for several organisations has the feeds of the active one.
    """
    if kind in OF_MEMBERSHIPS:
        return organisation_id is not None and viewer.organisation_id == organisation_id
    if kind is FeedKind.CLUSTER:
        return cluster_id in viewer.coordinates
    return bool(viewer.approves or viewer.coordinates)
