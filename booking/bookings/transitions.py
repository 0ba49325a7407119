"""One step in the life of dates: state, places, log and notices in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from booking.bookings.date_details import share_details
from booking.bookings.log import write_log
from booking.bookings.models import Booking, LogEntry, Occurrence
from booking.bookings.occupancy import free_all, hold_again
from booking.bookings.replacements import (
    Beside,
    answer_later,
    hold_without_it,
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
    return write_log(
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


def by_state(occurrences: Iterable[Occurrence]) -> list[list[Occurrence]]:
    """Return these dates, those in one state together: a step is for dates in one state."""
    found: dict[State, list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        found[occurrence.state].append(occurrence)
    return list(found.values())


def _wait_again(booking: Booking, accepted: Sequence[Occurrence], now: datetime) -> None:
    """Let what is requested wait for an answer again as what was accepted in its place ends."""
    for standing in standing_before(booking, accepted).values():
        answer_later(booking, standing, now, now)


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
    paused_until: datetime | None = None,
) -> LogEntry:
    """Confirm or accept dates that have their places already, and end what is beside them.

    Returns the line of the log. What they replace ends as they are confirmed; while they are only
    accepted it stays. `paused_until`: they were proposals, for which the time to answer stood
    still so long. See `take_step`.
    """
    withdraw_quietly(booking, found.proposals, deciders, now)
    is_final = all(date.state.after(act, side) in FIRM for date in dates)
    by = {found.replaced[date.id].id: date for date in dates if date.id in found.replaced}
    for before in (*found.others, *(found.replaced.values() if is_final else ())):
        write_replaced(
            booking,
            before,
            by.get(before.id),
            now,
            deciders=deciders,
            actor_id=actor_id,
            side=side,
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
    if paused_until is not None:
        resume_clock(booking, paused_until, now)
    if not is_final:
        for date in dates:
            if date.id in found.replaced:
                answer_later(booking, found.replaced[date.id], date.lapses_at or now, now)
    return entry


def withdraw_quietly(
    booking: Booking, proposals: Sequence[Occurrence], deciders: Deciders, now: datetime
) -> None:
    """Withdraw proposals that another step has made pointless, of which people are told."""
    if proposals:
        paused_until = max(one.lapses_at for one in proposals if one.lapses_at is not None)
        take_step(
            booking,
            proposals,
            Act.WITHDRAW,
            now,
            deciders=deciders,
            actor_id=None,
            side=Side.OWNER,
            is_announced=False,
        )
        resume_clock(booking, paused_until, now)


def decline_quietly(
    booking: Booking,
    proposals: Sequence[Occurrence],
    deciders: Deciders,
    now: datetime,
    *,
    actor_id: int,
) -> None:
    """Decline proposals as the requester has done something else, of which people are told."""
    if proposals:
        paused_until = max(one.lapses_at for one in proposals if one.lapses_at is not None)
        take_step(
            booking,
            proposals,
            Act.DECLINE,
            now,
            deciders=deciders,
            actor_id=actor_id,
            side=Side.REQUESTER,
            is_announced=False,
        )
        resume_clock(booking, paused_until, now)
