"""The stretches that make up a facility's row: what is free, taken, shut, and out of reach.

Nothing here decides what is free: the rules say it, and this puts it side by side.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from booking.calendars.drawing.axis import days_of, days_window
from booking.calendars.drawing.picking import date_to_ask
from booking.calendars.drawing.segments import Kind, RowFacts, Stretch
from booking.rules.availability import levels
from booking.rules.drawn_days import DayRequestable, DayState, day_states
from booking.rules.opening import ONE_DAY, Unit, local_day
from booking.rules.slots import Slot, common, merge, subtract
from booking.rules.terms import BookingMode, BookingTerms, Reach, reach

MOST_LINES = 6


def states_of(facts: RowFacts, first: date, last: date, now: datetime) -> list[DayState]:
    """Return the facility's local days from `first` to `last`, as the rules see them."""
    return day_states(
        facts.rules,
        facts.deadlines,
        facts.room,
        facts.closures,
        first,
        last,
        now,
        whole=facts.whole,
    )


def stretches_of(
    facts: RowFacts, window: Slot, now: datetime, choice: Slot | None = None
) -> list[Stretch]:
    """Return what makes up `window` for this facility, sorted; on one line nothing overlaps.

    Dates that the viewer may know lie on top; those that find no line of their own are left to
    what is drawn below them.
    """
    zone = facts.rules.zone
    # A day more on both sides: openings over midnight, and free time that needs its other half.
    first = local_day(window.starts_at, zone) - ONE_DAY
    last = local_day(window.ends_at - timedelta(microseconds=1), zone) + ONE_DAY
    states = states_of(facts, first, last, now)
    partly = _partly(facts, states)
    top = _dates(facts, window, [stretch.slot for stretch in partly])
    if choice is not None and choice.overlaps(window):
        in_the_way = [stretch.slot for stretch in [*top, *partly]]
        in_the_way += [slot for state in states for slot in state.busy]
        line = 1 + max((stretch.line for stretch in top), default=1)
        blocked = any(slot.overlaps(choice) for slot in in_the_way)
        top.append(Stretch(Kind.CHOICE, choice, line=min(line, MOST_LINES) if blocked else 1))
    ground = _layered(
        [stretch.slot for stretch in top if stretch.line == 1],
        [
            _of_kind(Kind.BUSY, (slot for state in states for slot in state.busy)),
            partly,
            _closed(facts, window),
            _free(facts, states),
            _out_of_reach(facts.rules, reach(facts.rules, facts.deadlines, now), states),
            _named_days(facts.rules, window),
            [Stretch(Kind.NOT_OPEN, window)],
        ],
    )
    shown = [
        replace(stretch, slot=slot)
        for stretch in [*top, *ground]
        if (slot := stretch.slot.intersection(window)) is not None
    ]
    free = [stretch.slot for stretch in _free(facts, states)]
    shown = [_with_ask(facts, free, stretch, now) for stretch in shown]
    return sorted(shown, key=lambda stretch: (stretch.slot, stretch.line))


def _of_kind(kind: Kind, slots: Iterable[Slot]) -> list[Stretch]:
    return [Stretch(kind, slot) for slot in merge(slots)]


def _layered(covered: Iterable[Slot], layers: Iterable[Sequence[Stretch]]) -> list[Stretch]:
    """Return of each layer what no earlier one covers."""
    covered = merge(covered)
    found: list[Stretch] = []
    for layer in layers:
        for stretch in layer:
            found += [replace(stretch, slot=s) for s in subtract([stretch.slot], covered)]
        covered = merge([*covered, *(stretch.slot for stretch in layer)])
    return found


def _dates(facts: RowFacts, window: Slot, partly: Sequence[Slot]) -> list[Stretch]:
    """Return the dates with their set-up and clean-up, each on the first line with room."""
    lines: list[list[Slot]] = [list(partly)] + [[] for _ in range(MOST_LINES - 1)]
    found: list[Stretch] = []
    for date_ in sorted(facts.dates, key=lambda seen: (not seen.confirmed, seen.slot)):
        around = date_.taken or date_.slot
        if not around.overlaps(window):
            continue
        for number, line in enumerate(lines, start=1):
            if not any(slot.overlaps(around) for slot in line):
                line.append(around)
                found.append(Stretch(date_.kind, date_.slot, line=number, date=date_))
                found += [
                    Stretch(Kind.SETUP, slot, line=number, date=date_)
                    for slot in subtract([around], [date_.slot])
                ]
                break
    return found


def _partly(facts: RowFacts, states: Sequence[DayState]) -> list[Stretch]:
    own = len(facts.room.own)
    found: list[Stretch] = []
    for slot in merge(slot for state in states for slot in state.partly):
        for level in levels(facts.room, slot):
            start = level.slot.starts_at
            if found and found[-1].slot.ends_at == start and found[-1].free == level.own_free:
                joined = Slot(found[-1].slot.starts_at, level.slot.ends_at)
                found[-1] = replace(found[-1], slot=joined)
            else:
                found.append(
                    Stretch(
                        Kind.PARTLY,
                        level.slot,
                        free=level.own_free,
                        own=own,
                        place_word=facts.place_word,
                    )
                )
    return found


def _closed(facts: RowFacts, window: Slot) -> list[Stretch]:
    found: list[Stretch] = []
    for closed in sorted(facts.closed, key=lambda closed: closed.slot):
        covered = [stretch.slot for stretch in found]
        found += [
            Stretch(Kind.CLOSED, slot, closed=closed) for slot in subtract([closed.slot], covered)
        ]
    return [stretch for stretch in found if stretch.slot.overlaps(window)]


def _free(facts: RowFacts, states: Sequence[DayState]) -> list[Stretch]:
    free = [slot for state in states for slot in state.free]
    # Hours run on over midnight where the opening does; half days and days are asked for whole.
    pieces = merge(free) if facts.rules.unit is Unit.HOUR else free
    return [Stretch(Kind.FREE, slot) for slot in pieces]


def _out_of_reach(rules: BookingTerms, within: Reach, states: Sequence[DayState]) -> list[Stretch]:
    """Return the open time of each day with why it cannot be asked for; the rest covers it."""
    found = []
    for state in states:
        open_slots = list(state.open)
        if rules.unit is not Unit.HOUR and open_slots:
            open_slots = [Slot(open_slots[0].starts_at, open_slots[-1].ends_at)]
        for slot in open_slots:
            found += [Stretch(kind, piece) for kind, piece in _why(rules, within, state, slot)]
    return found


def _named_days(rules: BookingTerms, window: Slot) -> list[Stretch]:
    """Return the local days in the window that a holiday or the owner's word keeps shut."""
    first, last = days_of(window, rules.zone)
    days = (first + ONE_DAY * number for number in range((last - first).days + 1))
    return [
        Stretch(Kind.NOT_OPEN, days_window(day, day, rules.zone), note=name)
        for day in days
        if (name := rules.hours.closed_by(day)) is not None
    ]


def _why(
    rules: BookingTerms, within: Reach, state: DayState, slot: Slot
) -> Iterable[tuple[Kind, Slot]]:
    if state.asking is DayRequestable.NEVER:
        yield Kind.NEVER, slot
        return
    agreed = rules.mode is BookingMode.BY_AGREEMENT
    # Where dates are agreed on there is no lead time: what is out of reach is over.
    past = Kind.NEVER if agreed else Kind.TOO_LATE
    if state.asking is DayRequestable.TOO_LATE:
        yield past, slot
        return
    if state.asking is DayRequestable.NOT_YET:
        yield Kind.NOT_YET, slot
        return
    here = within.clip(slot.starts_at, slot.ends_at)
    if slot.starts_at < within.from_at:
        yield past, Slot(slot.starts_at, min(slot.ends_at, within.from_at))
    if here is not None:
        yield Kind.AGREED if agreed else Kind.TOO_SHORT, here
    if slot.ends_at > within.until_at:
        yield Kind.NOT_YET, Slot(max(slot.starts_at, within.until_at), slot.ends_at)


def _with_ask(
    facts: RowFacts, free_slots: Sequence[Slot], stretch: Stretch, now: datetime
) -> Stretch:
    if stretch.kind not in (Kind.FREE, Kind.PARTLY):
        return stretch
    for free in free_slots:
        for piece in common([free], [stretch.slot]):
            ask = date_to_ask(
                facts.rules, facts.deadlines, facts.room, facts.closures, free, piece, now
            )
            if ask is not None:
                return replace(stretch, ask=ask, pick=piece)
    return stretch
