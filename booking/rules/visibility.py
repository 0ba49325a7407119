"""Who sees what: the one place that says it. Pages, exports, feeds and mails all ask here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from booking.rules.routing import Deciders
from booking.rules.slots import Slot


@dataclass(frozen=True)
class Viewer:
    """Who is looking.

    `home_cluster_id` is that of the viewer's organisation. `coordinates` holds cluster ids,
    `approves` the facilities on which the person is named, `approver_clusters` their clusters.
    """

    person_id: int | None = None
    organisation_id: int | None = None
    home_cluster_id: int | None = None
    coordinates: frozenset[int] = frozenset()
    approves: frozenset[int] = frozenset()
    approver_clusters: frozenset[int] = frozenset()
    is_admin: bool = False

    @property
    def signed_in(self) -> bool:
        """Tell whether we know who it is."""
        return self.person_id is not None


ANONYMOUS = Viewer()


@dataclass(frozen=True)
class Account:
    """A signed-in person as plain values; `time_zone` is an IANA name, None if never chosen."""

    person_id: int
    name: str
    email: str
    time_zone: str | None
    organisation_id: int | None
    organisation_name: str | None
    viewer: Viewer


class CalendarLevel(StrEnum):
    """What of a facility's calendar is shown: when it is busy and free, or nothing at all."""

    BUSY = "busy"
    NOTHING = "nothing"


def calendar_level(
    public: CalendarLevel,
    signed_in: CalendarLevel,
    own_cluster: CalendarLevel,
    viewer: Viewer,
    facility_cluster_id: int,
) -> CalendarLevel:
    """Return the most generous level of the audiences to which the viewer belongs.

    The own cluster is its approvers, its coordinators, and whoever works for an organisation
    whose home cluster it is.
    """
    levels = [public]
    if viewer.signed_in:
        levels.append(signed_in)
        if (
            viewer.home_cluster_id == facility_cluster_id
            or facility_cluster_id in viewer.coordinates
            or facility_cluster_id in viewer.approver_clusters
        ):
            levels.append(own_cluster)
    return CalendarLevel.BUSY if CalendarLevel.BUSY in levels else CalendarLevel.NOTHING


def visible_taken(
    taken: Mapping[int, Sequence[Slot]], hidden_places: Collection[int]
) -> dict[int, Sequence[Slot]]:
    """Return what is taken by place, without the places of parts that the viewer may not see.

    Of these nothing is known: in what is drawn, found and refused for all of a facility they
    count as free. Whether they are is for those who decide.
    """
    hidden = set(hidden_places)
    return {place_id: slots for place_id, slots in taken.items() if place_id not in hidden}


def may_decide(viewer: Viewer, deciders: Deciders) -> bool:
    """Tell whether the viewer is one of those who decide on the booking."""
    return viewer.person_id is not None and viewer.person_id in deciders.all


def may_act_as_requester(viewer: Viewer, organisation_id: int | None) -> bool:
    """Tell whether the viewer works for the organisation that asked.

    Own use has no organisation (None) and so nobody who acts for it as a requester.
    """
    return (
        viewer.signed_in
        and organisation_id is not None
        and viewer.organisation_id == organisation_id
    )


def sees_booking(viewer: Viewer, organisation_id: int | None, deciders: Deciders) -> bool:
    """Tell whether title, purpose, organisation and people of a booking are for the viewer.

    They are for the requester's organisation and for those who may decide on it. The admin has
    no part in it.
    """
    return may_act_as_requester(viewer, organisation_id) or may_decide(viewer, deciders)
