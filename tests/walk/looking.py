"""Reading steps of the walk: calendars and the search show what the model counts."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from booking.browse.facility_queries import times_of
from booking.calendars.drawing.row_layout import row_segments
from booking.calendars.drawing.segments import SegmentKind
from booking.calendars.rows import calendar_context, calendar_rows
from booking.db import clock
from booking.rules.date_windows import Length
from booking.rules.opening import Unit
from booking.rules.slots import Slot
from booking.search.criteria import SearchCriteria
from booking.search.filters import Filters
from booking.search.matcher import Fit
from booking.search.service import search
from tests.rules.minute_model import TICK, MinuteModel, all_ticks, day_of, instant_of, minute_of
from tests.walk.owners_model import OwnersModel
from tests.walk.world import World

DAY = timedelta(days=1)


class Looking:
    """Steps that change nothing; mixed into the walker."""

    model: OwnersModel
    chance: Random
    worlds: Sequence[World]
    seen: Counter[tuple[str, str]]
    some_facility: Callable[[], str]
    some_day: Callable[[], date]

    def look(self) -> bool:
        """The calendar draws what the model counts, on each database."""
        name, first = self.some_facility(), self.some_day()
        last = first + timedelta(days=1)
        counted = self.model.count(name, whole=False)
        rules = counted.rules
        begins, ends = day_of(rules.zone, first)[0], day_of(rules.zone, last)[-1] + TICK
        window = Slot(instant_of(begins), instant_of(ends))
        if rules.unit is Unit.HOUR:
            beyond = (rules.maximum_units or 12) * 60
            free = counted.free_ticks(begins - beyond, ends + beyond, 1, whole=False)
        else:
            margin = timedelta(days=6)
            pieces = counted.free_pieces(first - margin, last + margin, 1, whole=False)
            free = ticks_within(pieces)
        for world in self.worlds:
            with world.inside():
                anna, bert = (world.account(one).viewer for one in ("anna", "bert"))
                drawn = times_of(name, first, last, anna, clock.now()).days
                found = world.facilities[name]
                (row,) = calendar_rows(
                    calendar_context([found]), [found], window, bert, clock.now()
                )
                bars = row_segments(row.data, window, clock.now())
            for one in drawn:
                frame = set(counted.begun_on(one.day))
                if rules.unit is not Unit.HOUR:
                    frame = ticks_within(counted.pieces(one.day))
                assert all_ticks(one.free) == free & frame, f"{world.name}: free on {one.day}"
                busy = {tick for tick in frame if counted.is_busy(tick)}
                assert all_ticks(one.busy) == busy, f"{world.name}: busy on {one.day}"
                assert all_ticks(one.closed) == frame & counted.closed
                assert one.requestable == counted.asking(one.day)
            for bar in bars:
                ticks = all_ticks([bar.slot])
                assert bar.kind is not SegmentKind.FREE or ticks <= free
                assert bar.kind is not SegmentKind.BUSY or all(map(counted.is_busy, ticks))
        self.seen["look", "free" if free else "nothing free"] += 1
        return True

    def find(self) -> bool:
        """The search finds what the model counts, in all facilities of the unit at once."""
        first = self.some_day()
        last = first + DAY * self.chance.choice([0, 1, 3])
        length = self.chance.choice(
            [
                Length(1, Unit.HOUR),
                Length(4, Unit.HOUR),
                Length(10, Unit.HOUR),
                Length(1, Unit.HALF_DAY),
                Length(3, Unit.HALF_DAY),
                Length(1, Unit.DAY),
                Length(2, Unit.DAY),
            ]
        )
        places = self.chance.choice([1, 1, 2])
        wish = SearchCriteria(first, last, length, None, places)
        counted = {name: self.model.count(name, whole=False) for name in self.model.nodes}
        for world in self.worlds:
            with world.inside():
                viewer = world.account("anna").viewer
                page = search(Filters(), wish, viewer, clock.now())
            found = {result.facility.id: result for result in page.results}
            for name, one in counted.items():
                if one.rules.unit is not length.unit:
                    continue
                result = found[world.facilities[name]]
                fits = fits_somewhere(one, first, last, length.number, places)
                assert (result.verdict.fit is Fit.FITS) is fits, f"{world.name} {name} {wish}"
                for slot in (slot for offer in result.times for slot in offer):
                    start, end = minute_of(slot.starts_at), minute_of(slot.ends_at)
                    assert not one.reasons(start, end, places, whole=False), f"{name} {slot}"
                self.seen["find", "fits" if fits else "does not fit"] += 1
        return True


def fits_somewhere(counted: MinuteModel, first: date, last: date, length: int, places: int) -> bool:
    """Return whether a date of this length can be requested between two days, by trying all."""
    zone, day, dates = counted.zone, first, []
    if counted.rules.unit is Unit.HOUR:
        ends = day_of(zone, last)[-1] + TICK
        starts = range(day_of(zone, first)[0], ends - length * 60 + 1, TICK)
        dates = [(start, start + length * 60) for start in starts]
    else:
        pieces: list[tuple[int, int]] = []
        while day <= last:
            pieces += counted.pieces(day)
            day += DAY
        rows = zip(pieces, pieces[length - 1 :], strict=False)
        dates = [(row[0][0], row[1][1]) for row in rows]
    return any(not counted.reasons(*one, places, whole=False) for one in dates)


def ticks_within(pieces: Any) -> set[int]:
    """Return all ticks of these (first tick, end) pairs."""
    return {tick for start, end in pieces for tick in range(start, end, TICK)}
