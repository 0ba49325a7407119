"""What confirming does: which dates no longer fit, and which rivals would not."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from booking.bookings.conditions import in_states
from booking.bookings.decision_scope import decided_by
from booking.bookings.labels import named_dates
from booking.bookings.models import Occurrence
from booking.bookings.rooms import rooms, taken_by
from booking.db.in_ids import in_ids
from booking.decisions.queries import waiting
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.facilities.tree import trees_of
from booking.rules.availability import PlaceDemand, Room, assign, no_longer_fit, with_assignments
from booking.rules.lifecycle import WAIT_FOR_REQUESTER
from booking.rules.slots import Slot, merge
from booking.rules.terms import BookingTerms
from booking.rules.visibility import ANYBODY, Viewer


@dataclass(frozen=True)
class Rival:
    """A date of another booking that competes; `organisation` None is own use."""

    occurrence_id: int
    booking_id: int
    reference: str
    organisation: str | None
    facility: str
    slot: Slot
    rules: BookingTerms


@dataclass(frozen=True)
class Effects:
    """What confirming some dates together does.

    `unfit` are ids of chosen dates that have no room themselves, as others are taken already.
    `rivals` fit now and would not afterwards, in the order of their dates.
    """

    unfit: frozenset[int]
    rivals: tuple[Rival, ...]

    @property
    def losers(self) -> list[list[Rival]]:
        """Return the rivals grouped by booking, each with its dates in order."""
        by_booking: dict[int, list[Rival]] = {}
        for rival in self.rivals:
            by_booking.setdefault(rival.booking_id, []).append(rival)
        return list(by_booking.values())


class Competition:
    """The dates that wait around some facilities, and what is taken there by all others.

    Only dates on which the viewer may decide compete here. The viewer may learn nothing about
    others, but what they hold counts as taken.
    """

    def __init__(
        self,
        rivals: Mapping[int, Rival],
        claims: Mapping[int, PlaceDemand],
        holds: Mapping[int, Mapping[int, Sequence[Slot]]],
        taken: Mapping[int, Sequence[Slot]],
        ending: Mapping[int, Collection[int]],
    ) -> None:
        self._rivals, self._claims, self._holds, self._taken = rivals, claims, holds, taken
        self._ending = ending

    def effects(self, occurrence_ids: Collection[int]) -> Effects:
        """Return what confirming these dates of one booking, as many as fit, does to others."""
        chosen = sorted(
            (self._claims[key] for key in occurrence_ids if key in self._claims),
            key=lambda claim: (claim.slot.starts_at, claim.key),
        )
        requests = {self._rivals[claim.key].reference for claim in chosen}
        others = [
            claim
            for key, claim in self._claims.items()
            if self._rivals[key].reference not in requests and key not in self._holds
        ]
        # What they replace ends with them, and so does what was proposed instead.
        going = {key for claim in chosen for key in (claim.key, *self._ending.get(claim.key, ()))}
        taken = self._without_holds_of(going)
        unfit, lost = set(), []
        for claim in chosen:
            seatings = assign(
                Room(claim.own, claim.below, taken), claim.slot, claim.places, claim.whole
            )
            if seatings is None:
                unfit.add(claim.key)
                continue
            gone = no_longer_fit(taken, claim, others)
            lost += gone
            others = [other for other in others if other not in gone]
            taken = with_assignments(taken, seatings)
        rivals = sorted((self._rivals[claim.key] for claim in lost), key=lambda r: r.slot)
        return Effects(frozenset(unfit), tuple(rivals))

    def beside(self, occurrence_ids: Collection[int]) -> "Competition":
        """Return the same where these dates hold nothing, as if they were given up or first."""
        wanted = set(occurrence_ids)
        holds = {key: hold for key, hold in self._holds.items() if key not in wanted}
        return Competition(self._rivals, self._claims, holds, self._taken, self._ending)

    def alone(self, booking_id: int) -> Effects:
        """Return what confirming all dates of a booking does, as if none that waits had a hold.

        So rivals with a hold are found too.
        """
        ids = [key for key, rival in self._rivals.items() if rival.booking_id == booking_id]
        return self.beside(self._claims).effects(ids)

    def _without_holds_of(self, chosen: Collection[int]) -> Mapping[int, Sequence[Slot]]:
        taken = {place_id: list(slots) for place_id, slots in self._taken.items()}
        for key, hold in self._holds.items():
            if key not in chosen:
                for place_id, slots in hold.items():
                    taken[place_id] = merge([*taken.get(place_id, ()), *slots])
        return taken


def competition(
    viewer: Viewer, facility_ids: Iterable[int], slots: Iterable[Slot], now: datetime
) -> Competition:
    """Return what waits and what is taken in the trees of these facilities around `slots`.

    A constant number of statements, however many facilities and dates.
    """
    stretches = merge(slots)
    if not stretches:
        return Competition({}, {}, {}, {}, {})
    near = Slot(stretches[0].starts_at, stretches[-1].ends_at)
    rules = effective_terms(trees_of(facility_ids).parent_of)
    widest = max(
        (e.rules.setup_minutes + e.rules.cleanup_minutes for e in rules.values()), default=0
    )
    window = near.widened(2 * widest, 2 * widest)
    rows = _waiting_around(viewer, rules, window, now)
    keys = [row.id for row in rows]
    place_facilities = {row.facility_id for row in rows}
    ending = _ending_with(rows, now)
    apart = {*keys, *(key for ids in ending.values() for key in ids)}
    hull = _hull(window, rows).widened(widest, widest)
    found = rooms(place_facilities, hull, now, without=apart, for_organisation=ANYBODY)
    taken: dict[int, Sequence[Slot]] = {}
    for room in found.values():
        taken.update(room.taken)
    rivals, claims = {}, {}
    for row in rows:
        terms, room = rules[row.facility_id].rules, found[row.facility_id]
        slot = Slot(row.starts_at, row.ends_at)
        rivals[row.id] = Rival(
            occurrence_id=row.id,
            booking_id=row.booking_id,
            reference=row.reference,
            organisation=row.organisation,
            facility=row.facility,
            slot=slot,
            rules=terms,
        )
        widened = slot.widened(terms.setup_minutes, terms.cleanup_minutes)
        claims[row.id] = PlaceDemand(row.id, widened, row.places, row.whole, room.own, room.below)
    return Competition(rivals, claims, taken_by(apart, now), taken, ending)


def _ending_with(rows: Sequence[Any], now: datetime) -> dict[int, set[int]]:
    """Return by date which others of its request end once it is confirmed.

    That is the date in whose place it would be, and proposals for either. One statement.
    """
    places = {row.id: {row.id, row.replaces_id or row.id} for row in rows}
    wanted = {key for keys in places.values() for key in keys}
    proposals: dict[int, set[int]] = defaultdict(set)
    for key, replaces_id in db.session.execute(
        sa.select(Occurrence.id, Occurrence.replaces_id).where(
            in_ids(Occurrence.replaces_id, wanted), in_states(WAIT_FOR_REQUESTER, now)
        )
    ):
        proposals[replaces_id or 0].add(key)
    found = {key: keys.union(*(proposals[one] for one in keys)) for key, keys in places.items()}
    return {key: keys - {key} for key, keys in found.items() if len(keys) > 1}


def _waiting_around(
    viewer: Viewer, facility_ids: Iterable[int], window: Slot, now: datetime
) -> Sequence[Any]:
    return db.session.execute(
        named_dates(
            Occurrence.id,
            Occurrence.booking_id,
            Occurrence.facility_id,
            Occurrence.starts_at,
            Occurrence.ends_at,
            Occurrence.places,
            Occurrence.whole,
            Occurrence.replaces_id,
        ).where(
            Occurrence.facility_id.in_(set(facility_ids)),
            Occurrence.ends_at > window.starts_at,
            Occurrence.starts_at < window.ends_at,
            waiting(now),
            decided_by(viewer, facility_ids, now),
        )
    ).all()


def _hull(window: Slot, rows: Sequence[Any]) -> Slot:
    """Return the slot that covers the window and every date that reaches into it."""
    starts_at = min([window.starts_at, *(row.starts_at for row in rows)])
    return Slot(starts_at, max([window.ends_at, *(row.ends_at for row in rows)]))
