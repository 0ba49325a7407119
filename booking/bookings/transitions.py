"""One step in the life of dates: state, places, log and notices in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from booking.bookings.date_details import share_details
from booking.bookings.deciding import deciders_of
from booking.bookings.elsewhere import log_elsewhere
from booking.bookings.log import write_log
from booking.bookings.models import Booking, LogEntry, Occurrence
from booking.bookings.occupancy import free_all, hold_again
from booking.bookings.replacements import (
    Beside,
    Paused,
    answer_later,
    hold_without_it,
    paused_by,
    resume_clock,
    standing_before,
    write_replaced,
)
from booking.bookings.resolutions import Resolution, resolve
from booking.errors import Conflict
from booking.rules.decline_codes import DeclineCode
from booking.rules.lifecycle import FIRM, Act, Holds, Side, State
from booking.rules.routing import Deciders


def take_step(
    booking: Booking,
    occurrences: Sequence[Occurrence],
    act: Act,
    now: datetime,
    *,
    deciders: Deciders,
    actor_id: int | None,
    side: Side,
    reason: str = "",
    reason_code: DeclineCode | None = None,
    colleague: bool = False,
    is_announced: bool = True,
) -> LogEntry:
    """Move dates of a booking on, write one line of its log, and notify everybody concerned.

    Returns that line.

    All dates must be in one state. Where the new state holds nothing, their places are freed, or
    held on by what would replace them, and they count as resolved; where it holds until the dates
    lapse, they become holds again. A step with `is_announced` False
    belongs to another one that people are told of. Call it inside `writing`.

    Raises:
        Conflict: `already_decided`, when a date is no longer in a state in which this side may
            do this.
    """
    states = {occurrence.state for occurrence in occurrences}
    before = next(iter(states)) if len(states) == 1 else None
    after = before.after(act, side) if before else None
    if before is None or after is None:
        raise Conflict("already_decided")
    for occurrence in occurrences:
        occurrence.state = after
        occurrence.revision += 1
        occurrence.changed_at = now
    if after.rules.holds is Holds.NOTHING:
        free_all(occurrences)
        hold_without_it(booking, [o.id for o in occurrences], now)
        resolve([o.id for o in occurrences], now, Resolution.ENDED, person_id=actor_id)
        if before is State.ACCEPTED:
            _wait_again(booking, occurrences, now)
    elif after.rules.holds is Holds.UNTIL_LAPSE:
        hold_again(occurrences)
    entry = write_log(
        booking,
        occurrences,
        now,
        before=before,
        after=after,
        deciders=deciders,
        actor_id=actor_id,
        side=side,
        reason=reason,
        reason_code=reason_code,
        colleague=colleague,
        is_announced=is_announced,
    )
    log_elsewhere(
        occurrences,
        now,
        before=before,
        after=after,
        deciders=deciders,
        actor_id=actor_id,
        side=side,
        is_announced=is_announced,
    )
    return entry


def by_booking(
    booking: Booking, dates: Iterable[Occurrence], deciders: Deciders, now: datetime
) -> list[tuple[Booking, Deciders, list[Occurrence]]]:
    """Return dates of a request by booking, with who decides on it; `deciders` are of `booking`."""
    found: dict[int, list[Occurrence]] = defaultdict(list)
    for date in dates:
        found[date.booking_id].append(date)
    bookings = [some[0].booking for some in found.values()]
    others = [one for one in bookings if one is not booking]
    known = {booking.id: deciders, **(deciders_of(others, now) if others else {})}
    return [(one, known[one.id], found[one.id]) for one in bookings]


def by_state(occurrences: Iterable[Occurrence]) -> list[list[Occurrence]]:
    """Return these dates, those in one state together: a step is for dates in one state."""
    found: dict[State, list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        found[occurrence.state].append(occurrence)
    return list(found.values())


def _wait_again(booking: Booking, accepted: Sequence[Occurrence], now: datetime) -> None:
    """Let what is requested wait for an answer again as what was accepted in its place ends."""
    for standing in standing_before(booking, accepted).values():
        answer_later(standing, now, now)


def agree(
    booking: Booking,
    dates: Sequence[Occurrence],
    found: Beside,
    act: Act,
    now: datetime,
    *,
    deciders: Deciders,
    actor_id: int,
    side: Side,
    reason: str = "",
    colleague: bool = False,
    paused: Paused | None = None,
) -> LogEntry:
    """Confirm or accept dates that have their places already, and end what is beside them.

    Returns the line of the log. What they replace ends as they are confirmed; while they are only
    accepted it stays. `paused`: they were proposals, for which the time to answer stood
    still. See `take_step`.
    """
    withdraw_quietly(booking, found.proposals, deciders, now)
    is_final = all(date.state.after(act, side) in FIRM for date in dates)
    by = {found.replaced[date.id].id: date for date in dates if date.id in found.replaced}
    ended = [*found.others, *(found.replaced.values() if is_final else ())]
    for _, able, some in by_booking(booking, ended, deciders, now):
        for before in some:
            write_replaced(
                before, by.get(before.id), now, deciders=able, actor_id=actor_id, side=side
            )
    entry = take_step(
        booking,
        dates,
        act,
        now,
        deciders=deciders,
        actor_id=actor_id,
        side=side,
        reason=reason,
        colleague=colleague,
    )
    if is_final:
        share_details(booking)
    if paused is not None:
        resume_clock(paused, now)
    if not is_final:
        for date in dates:
            if date.id in found.replaced:
                answer_later(found.replaced[date.id], date.lapses_at or now, now)
    return entry


def withdraw_quietly(
    booking: Booking, proposals: Sequence[Occurrence], deciders: Deciders, now: datetime
) -> None:
    """Withdraw proposals of a request that another step has made pointless, of which people know.

    `deciders` are those of the booking of that step.
    """
    _end_quietly(booking, proposals, deciders, now, Act.WITHDRAW, Side.OWNER, actor_id=None)


def decline_quietly(
    booking: Booking,
    proposals: Sequence[Occurrence],
    deciders: Deciders,
    now: datetime,
    *,
    actor_id: int,
) -> None:
    """Decline proposals as the requester has done something else, of which people are told."""
    _end_quietly(booking, proposals, deciders, now, Act.DECLINE, Side.REQUESTER, actor_id=actor_id)


def _end_quietly(
    booking: Booking,
    proposals: Sequence[Occurrence],
    deciders: Deciders,
    now: datetime,
    act: Act,
    side: Side,
    *,
    actor_id: int | None,
) -> None:
    if not proposals:
        return
    paused = paused_by(booking, proposals)
    for one, able, some in by_booking(booking, proposals, deciders, now):
        take_step(
            one,
            some,
            act,
            now,
            deciders=able,
            actor_id=actor_id,
            side=side,
            is_announced=False,
        )
    resume_clock(paused, now)
