"""An organisation's own bookings in the way of a date: which ones, and the refusal that says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from booking.rules.availability import Room, unavailable_slots
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import RequestedDate


@dataclass(frozen=True)
class OwnOccupancy:
    """A place taken or held by a date of the organisation, and the reference of its request.

    `slot` includes set-up and clean-up; `is_hold`: the date is not confirmed.
    """

    place_id: int
    slot: Slot
    reference: str
    is_hold: bool


def with_own_named(
    refusals: Iterable[Refusal],
    room: Room,
    own: Iterable[OwnOccupancy],
    requested_dates: Sequence[RequestedDate],
) -> list[Refusal]:
    """Return the refusals; where only `own` is in the way of a date, TAKEN names it.

    It gets the params `own`, `own_count` and `own_holds`. Where somebody else is in the way too,
    it stays as it was.
    """
    own = list(own)
    others = _without(room, own)
    return [
        replace(refusal, params={**refusal.params, **_names(refusal, room, others, own, dates)})
        if (dates := _date_of(refusal, requested_dates)) is not None
        else refusal
        for refusal in refusals
    ]


def _date_of(refusal: Refusal, requested_dates: Sequence[RequestedDate]) -> RequestedDate | None:
    if refusal.code is not RefusalCode.TAKEN or refusal.date_index is None:
        return None
    return requested_dates[refusal.date_index]


def _names(
    refusal: Refusal,
    room: Room,
    others: Room,
    own: Sequence[OwnOccupancy],
    requested: RequestedDate,
) -> dict[str, int | str]:
    stretch = cast("Slot", refusal.params["slot"])
    if unavailable_slots(others, stretch, requested.places, requested.whole):
        return {}
    place_ids = {*room.own, *room.below} if requested.whole else {*room.own}
    found = [one for one in own if one.place_id in place_ids and one.slot.overlaps(stretch)]
    references = sorted({one.reference for one in found})
    return {
        "own": ", ".join(references),
        "own_count": len(references),
        "own_holds": int(all(one.is_hold for one in found)),
    }


def _without(room: Room, own: Sequence[OwnOccupancy]) -> Room:
    gone = {(one.place_id, one.slot) for one in own}
    return replace(
        room,
        taken={
            place_id: [slot for slot in slots if (place_id, slot) not in gone]
            for place_id, slots in room.taken.items()
        },
    )
