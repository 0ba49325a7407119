"""Competing requests side by side: who competes with whom, and which dates are in question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.decisions.competing import Competition, competition
from booking.decisions.exceptions import broken_in
from booking.decisions.review import (
    BookingForReview,
    DateForReview,
    RequestForReview,
    request_for_review,
)
from booking.rules.refusals import Refusal
from booking.rules.visibility import Viewer

#: At most so many bookings stand side by side.
MOST_COMPARED = 12


@dataclass(frozen=True)
class ComparedBooking:
    """One of the bookings that compete; `key` is its name on the page.

    `competing` are its dates that cannot take place beside others shown here. `confirmable` are
    all its dates that have room beside what is agreed and break no rule; `broken` says what the
    others break. `rivals` are the keys of those with which it competes.
    """

    key: str
    review: RequestForReview
    booking: BookingForReview
    competing: tuple[DateForReview, ...]
    confirmable: tuple[DateForReview, ...]
    broken: Mapping[int, Sequence[Refusal]]
    rivals: tuple[str, ...]

    @property
    def rest(self) -> int:
        """Return how many dates wait that do not compete."""
        return len(self.booking.waiting) - len(self.competing)


@dataclass(frozen=True)
class Comparison:
    """Bookings that compete, the one that was asked about first.

    `has_more`: others compete that are not among them.
    """

    bookings: tuple[ComparedBooking, ...]
    around: Competition
    has_more: bool

    def are_open(self, occurrence_ids: Sequence[int]) -> bool:
        """Return whether all these dates still wait."""
        waiting = {date.id for one in self.bookings for date in one.booking.waiting}
        return waiting.issuperset(occurrence_ids)

    def without_room(self, chosen: Sequence[int], given_up: Sequence[int]) -> bool:
        """Return whether these dates do not all fit together once others are given up."""
        return bool(self.around.beside([*chosen, *given_up]).effects(chosen).unfit)


def key_of(reference: str, number: int) -> str:
    """Return the name of a booking on the page: `number` counts those of its request from 1."""
    return f"{reference}-{number}"


def reference_in(key: str) -> str:
    """Return the reference of the request that a booking's name begins with."""
    return key.rpartition("-")[0]


def competing_references(
    viewer: Viewer, review: RequestForReview, now: datetime
) -> tuple[list[str], bool]:
    """Return the references of a request and of all that compete with it, directly or not.

    Also whether there are more than are compared. Only what the viewer decides on is looked at.
    """
    found = {review.reference: review}
    while True:
        bookings = [booking for one in found.values() for booking in one.bookings]
        around = _around(viewer, bookings, now)
        rivals = {
            rival.reference: None
            for booking in bookings
            for rival in around.alone(booking.id).rivals
            if rival.reference not in found
        }
        if not rivals:
            return list(found), False
        for reference in rivals:
            if sum(len(one.bookings) for one in found.values()) >= MOST_COMPARED:
                return list(found), True
            found[reference] = request_for_review(viewer, reference, now)


def compare(
    viewer: Viewer, references: Sequence[str], now: datetime, *, has_more: bool = False
) -> Comparison:
    """Return the bookings of these requests that wait, side by side.

    Raises:
        NotFound: one of the requests does not exist, or is others' to decide on.
    """
    reviews = [request_for_review(viewer, reference, now) for reference in references]
    numbered = [
        (key_of(review.reference, number), review, booking)
        for review in reviews
        for number, booking in enumerate(review.bookings, start=1)
        if booking.waiting
    ]
    around = _around(viewer, [booking for _, _, booking in numbered], now)
    effects = {key: around.alone(booking.id) for key, _, booking in numbered}
    lost = {rival.occurrence_id for some in effects.values() for rival in some.rivals}
    compared = []
    for key, review, booking in numbered:
        waiting = booking.waiting
        broken = broken_in(booking.id, [date.id for date in waiting], now)
        replaced = {date.replaces_id for date in waiting if date.replaces_id is not None}
        left_out = effects[key].unfit | broken.keys() | replaced
        beaten = {rival.booking_id for rival in effects[key].rivals}
        compared.append(
            ComparedBooking(
                key=key,
                review=review,
                booking=booking,
                competing=tuple(date for date in waiting if date.id in lost),
                confirmable=tuple(date for date in waiting if date.id not in left_out),
                broken=broken,
                rivals=tuple(one for one, _, other in numbered if other.id in beaten),
            )
        )
    return Comparison(tuple(compared), around, has_more)


def _around(viewer: Viewer, bookings: Sequence[BookingForReview], now: datetime) -> Competition:
    return competition(
        viewer,
        {booking.facility_id for booking in bookings},
        [date.slot for booking in bookings for date in booking.waiting],
        now,
    )
