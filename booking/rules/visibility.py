"""Who sees what of calendars and bookings, for pages, search, feeds and mails.

A part whose calendar is hidden from a viewer counts as free in what it is part of.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from booking.rules.lifecycle import Side
from booking.rules.roles import RoleKind
from booking.rules.routing import Deciders
from booking.rules.slots import Slot


@dataclass(frozen=True)
class Viewer:
    """Who is looking, and what they may do.

    `organisation_id` is the one organisation for which they act now, whatever others they work
    for. `home_cluster_id` is that of the viewer's organisation. `coordinates` holds cluster ids,
    `approves` the facilities on which the person is named, `approver_clusters` their clusters.
    `keeps` holds the facilities of which the person is keeper, `keeper_clusters` their clusters,
    and `audited_cluster_ids` the clusters whose log they read.
    `reads_confidential`: the person is named on a confidential request, of any organisation.
    """

    person_id: int | None = None
    organisation_id: int | None = None
    home_cluster_id: int | None = None
    coordinates: frozenset[int] = frozenset()
    approves: frozenset[int] = frozenset()
    approver_clusters: frozenset[int] = frozenset()
    keeps: frozenset[int] = frozenset()
    keeper_clusters: frozenset[int] = frozenset()
    audited_cluster_ids: frozenset[int] = frozenset()
    is_admin: bool = False
    reads_confidential: bool = False

    @property
    def signed_in(self) -> bool:
        """Return whether the viewer is signed in."""
        return self.person_id is not None


ANONYMOUS = Viewer()
#: In place of the id of an organisation: somebody for whom no time is set aside.
NOT_NAMED = 0
#: In place of the id of an organisation: set-aside time counts as free, whoever it is for.
ANYBODY = -1


class MembershipRole(StrEnum):
    """What somebody may do in an organisation for which they work."""

    MEMBER = "member"
    MANAGER = "manager"


@dataclass(frozen=True)
class WorksFor:
    """An organisation for which somebody works; `key` names the membership in forms.

    `chosen`: the one for which they sign in.
    """

    key: str
    organisation_id: int
    name: str
    home_cluster_id: int | None
    role: MembershipRole
    chosen: bool = False

    @property
    def is_manager(self) -> bool:
        """Return whether they decide who works there."""
        return self.role is MembershipRole.MANAGER


@dataclass(frozen=True)
class Account:
    """A signed-in person as plain values; `time_zone` is an IANA name, None if never chosen.

    `language` is a code as Babel writes it, "" if never chosen.

    `organisations` are all for which the person works, by name; `active` is the one for which they
    act now, as the viewer says too.

    `needs_second_factor`: a role of theirs needs one, now or from a day that is set, and they have
    none. `withheld` are the kinds of roles that they hold and that allow nothing until they have
    one; `is_withheld_admin` says the same of administrators. The viewer has none of these rights.
    """

    person_id: int
    name: str
    email: str
    time_zone: str | None
    language: str
    organisations: tuple[WorksFor, ...]
    active: WorksFor | None
    viewer: Viewer
    needs_second_factor: bool = False
    withheld: frozenset[RoleKind] = frozenset()
    is_withheld_admin: bool = False

    @property
    def organisation_id(self) -> int | None:
        """Return the id of the organisation for which the person acts now, or None."""
        return self.active.organisation_id if self.active else None

    @property
    def organisation_name(self) -> str | None:
        """Return the name of the organisation for which the person acts now, or None."""
        return self.active.name if self.active else None

    def works_for(self, organisation_id: int | None) -> bool:
        """Return whether the person works for this organisation, whichever is the active one."""
        return any(one.organisation_id == organisation_id for one in self.organisations)


def reading_rights(viewer: Viewer) -> Viewer:
    """Return all that decides what the viewer may see of calendars: equal for who sees the same.

    Colleagues who decide on nothing see the same. Who decides does not decide on their own
    requests, so each of them sees something else; so does who is named on a confidential request.
    """
    differs = bool(viewer.coordinates or viewer.approves or viewer.reads_confidential)
    return viewer if differs or not viewer.signed_in else replace(viewer, person_id=0)


def free_for(viewer: Viewer) -> int:
    """Return the organisation whose set-aside time is free for the viewer, or `NOT_NAMED`."""
    return viewer.organisation_id or NOT_NAMED


class CalendarLevel(StrEnum):
    """What an audience sees of a facility's calendar: when it is busy, or nothing."""

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

    The audience "own cluster" is the cluster's approvers, keepers and coordinators, and
    organisations whose home cluster it is.
    """
    levels = [public]
    if viewer.signed_in:
        levels.append(signed_in)
        if (
            viewer.home_cluster_id == facility_cluster_id
            or facility_cluster_id in viewer.coordinates
            or facility_cluster_id in viewer.approver_clusters
            or facility_cluster_id in viewer.keeper_clusters
        ):
            levels.append(own_cluster)
    return CalendarLevel.BUSY if CalendarLevel.BUSY in levels else CalendarLevel.NOTHING


def visible_taken(
    taken: Mapping[int, Sequence[Slot]], hidden_places: Collection[int]
) -> dict[int, Sequence[Slot]]:
    """Return the taken slots by place, without the places of parts hidden from the viewer.

    Hidden places count as free when a whole facility is drawn, searched or refused. Only
    those who decide see whether they are taken.
    """
    hidden = set(hidden_places)
    return {place_id: slots for place_id, slots in taken.items() if place_id not in hidden}


def is_keeper(viewer: Viewer, chain: Collection[int]) -> bool:
    """Return whether the viewer is keeper of a facility: of itself or of one above it.

    `chain` holds the ids of those. What a keeper may change: `owner_changes.KEPT_PARTS`.
    """
    return not viewer.keeps.isdisjoint(chain)


def may_decide(viewer: Viewer, deciders: Deciders) -> bool:
    """Return whether the viewer is one of those who decide on the booking."""
    return viewer.person_id is not None and viewer.person_id in deciders.all


#: The people named on a confidential request, by id; None: it is not confidential.
Readers = Collection[int] | None


def acts_for(viewer: Viewer, organisation_id: int | None) -> bool:
    """Return whether the viewer works for this organisation, and acts for it now."""
    return (
        viewer.signed_in
        and organisation_id is not None
        and viewer.organisation_id == organisation_id
    )


def may_act_as_requester(viewer: Viewer, organisation_id: int | None, readers: Readers) -> bool:
    """Return whether the viewer works for the organisation that sent the request.

    Of a confidential request they must be one of the `readers` too. Own use has no organisation
    (None), so nobody acts as its requester.
    """
    return acts_for(viewer, organisation_id) and (readers is None or viewer.person_id in readers)


def may_write_as(
    side: Side, viewer: Viewer, organisation_id: int | None, readers: Readers, deciders: Deciders
) -> bool:
    """Return whether the viewer reads and writes the messages of a booking on this side.

    Own use (`organisation_id` None) has nobody to write to. Who is absent for a booking, because
    their organisation competes, is not among its deciders.
    """
    if organisation_id is None:
        return False
    if side is Side.OWNER:
        return may_decide(viewer, deciders)
    return side is Side.REQUESTER and may_act_as_requester(viewer, organisation_id, readers)


def sees_booking(
    viewer: Viewer, organisation_id: int | None, readers: Readers, deciders: Deciders
) -> bool:
    """Return whether the viewer may see title, purpose, organisation and people of a booking.

    The requester's organisation, of a confidential request only the `readers` of it, and those who
    may decide on it may; an admin as such may not.
    """
    is_requester = may_act_as_requester(viewer, organisation_id, readers)
    return is_requester or may_decide(viewer, deciders)
