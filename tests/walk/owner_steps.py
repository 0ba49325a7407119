"""Steps of owners: close, change hours and places, resolve the dates that this affects."""

from collections import Counter
from collections.abc import Callable
from datetime import date, time, timedelta
from random import Random
from typing import Any

from booking.disruptions import resolve
from booking.manage.closures import service as closure_service
from booking.manage.closures.service import ClosureChange, NewClosure, NewEnd, Target
from booking.manage.hours import service as hours_service
from booking.manage.hours.service import NewSpecial, NewWeek
from booking.manage.terms import service as terms_service
from booking.manage.terms.service import SETTABLE, Terms
from booking.rules.closure_times import PlannedClosure
from tests.rules.minute_model import clock_of
from tests.walk.checks import ids_of_dates
from tests.walk.federation import PEOPLE, ZONES, Times, weekly
from tests.walk.model import Answer
from tests.walk.owners_model import Closure, OwnersModel, wall
from tests.walk.world import Rows, World

WEEKS = [
    weekly(range(5), ("08:00", "18:00")) + weekly([5], ("20:00", "04:00")),
    weekly(range(5), ("09:00", "12:00"), ("13:00", "16:00")),
    weekly(range(7), ("08:00", "17:00")),
    weekly([1, 2, 3, 5], ("10:00", "22:00")),
    weekly([4, 5, 6], ("21:00", "05:00")),
    (),
]
SPECIALS: list[Times] = [(), (), ((time(10), time(14)),), ((time(20), time(2)),)]
DAY = timedelta(days=1)


class OwnerSteps:
    """Steps of owners; a mixin of the walker, which chooses and takes them."""

    model: OwnersModel
    chance: Random
    seen: Counter[tuple[str, str]]
    step: Callable[..., bool]
    some_facility: Callable[[], str]
    some_day: Callable[[], date]
    somebody: Callable[[Any], str]

    def some_decider(self, name: str) -> str:
        """Return mostly somebody who decides on a facility and all below it."""
        deciders = [self.model.deciders(one, None) for one in [name, *self.model.below(name)]]
        return self.somebody(frozenset.intersection(*deciders))

    def some_wanted(self) -> tuple[str, date]:
        """Return mostly a facility, or a part of it, and a day for which somebody has a date."""
        dates = [
            (request.facility, one)
            for request in self.model.requests
            for one in request.dates
            if self.model.may_come(one)
        ]
        if not dates or self.chance.random() < 0.3:
            return self.some_facility(), self.some_day()
        name, one = self.chance.choice(dates)
        zone = ZONES[self.model.nodes[name].cluster]
        part = self.chance.choice([name, *self.model.below(name)])
        return part, clock_of(zone, self.chance.choice(one.around))[0]

    # --- closures -----------------------------------------------------------------------------

    def close(self) -> bool:
        """Somebody closes a facility, or a whole cluster."""
        name, day = self.some_wanted()
        cluster = self.model.nodes[name].cluster
        facility = None if self.chance.random() < 0.15 else name
        person = self.some_decider(name)
        if facility is None:
            person = self.somebody(
                one for one, somebody in PEOPLE.items() if somebody.coordinates == cluster
            )
        first = self.chance.choice([self.model.today(name), day, day])
        first = max(first, self.model.today(name))
        last = first + timedelta(days=self.chance.choice([0, 0, 1, 4]))
        starts, ends = self.chance.choice([(None, None), (time(12), None), (time(9), time(11))])
        is_open_ended = self.chance.random() < 0.2
        number = len(self.model.closures) + len(self.model.log) * 1000
        reason = f"Works {number}"
        closing = PlannedClosure(
            first_day=first,
            last_day=None if is_open_ended else last,
            starts_time=starts,
            ends_time=None if is_open_ended else ends,
            open_ended=is_open_ended,
        )
        ends_at = wall(cluster, last, ends) if ends else wall(cluster, last + DAY, time(0))
        closure = Closure(
            facility=facility,
            cluster=cluster,
            starts_at=wall(cluster, first, starts or time(0)),
            ends_at=None if is_open_ended else ends_at,
            reason=reason,
            is_public=self.chance.random() < 0.5,
        )
        log_length = len(self.model.log)
        expected = self.model.close(person, number, closure)
        disruption = self.model.newly_affected

        def call(world: World, rows: Rows) -> None:
            target = Target(
                world.clusters[cluster], world.facilities[facility] if facility else None
            )
            making = NewClosure(target, closing, reason, closure.is_public)
            account = world.account(person)
            shown = closure_service.preview(account, making)
            assert world.rows_here() == rows, "I8 looking at a closure changed something"
            world.closures[number] = closure_service.make(account, making)
            assert len(shown) == disruption, f"{len(shown)} dates shown, and not {disruption}"

        return self.step("close", expected, call, log_length)

    def end_closure(self) -> bool:
        """Somebody ends a closure now."""
        if not self.model.closures:
            return False
        number = self.chance.choice(list(self.model.closures))
        person = self.some_closer(number)
        log_length = len(self.model.log)
        return self.step(
            "end closure",
            self.model.end_closure(person, number),
            lambda world, rows: closure_service.end_now(
                world.account(person), world.closures[number]
            ),
            log_length,
        )

    def move_end(self) -> bool:
        """Somebody moves the end of a closure, or makes it open-ended."""
        if not self.model.closures:
            return False
        number = self.chance.choice(list(self.model.closures))
        closure = self.model.closures[number]
        person = self.some_closer(number)
        day = None if self.chance.random() < 0.2 else self.some_day()
        ends_at = wall(closure.cluster, day + DAY, time(0)) if day else None
        log_length = len(self.model.log)
        expected = self.model.move_end(person, number, ends_at)

        def call(world: World, rows: Rows) -> None:
            changing = ClosureChange(closure.reason, closure.is_public, None, NewEnd(day))
            closure_service.change(world.account(person), world.closures[number], changing)

        return self.step("move end", expected, call, log_length)

    def some_closer(self, number: int) -> str:
        """Return mostly somebody who decides on all facilities that a closure closes."""
        closure = self.model.closures[number]
        if closure.facility is not None:
            return self.some_decider(closure.facility)
        return self.somebody(
            one for one, somebody in PEOPLE.items() if somebody.coordinates == closure.cluster
        )

    # --- hours --------------------------------------------------------------------------------

    def change_week(self) -> bool:
        """Somebody states weekly hours from a day on, or none any more."""
        name = self.some_facility()
        changes = self.model.nodes[name].changes
        first = max([self.some_day(), *(day for day, _ in changes)])
        spans = self.chance.choice(WEEKS)
        gives_up = name == "bench" and bool(changes) and self.chance.random() < 0.5

        def change(world: World, viewer: Any, acknowledged: str | None) -> Any:
            fid = world.facilities[name]
            if gives_up:
                return hours_service.remove_own_hours(viewer, fid, first, acknowledged)
            return hours_service.change_week(viewer, fid, NewWeek(spans, first), acknowledged)

        def do() -> None:
            self.model.set_week(name, first, None if gives_up else spans)

        return self.change_hours("give up hours" if gives_up else "week", name, first, do, change)

    def special_days(self) -> bool:
        """Somebody sets special days."""
        name, first = self.some_wanted()
        days = [first + timedelta(days=n) for n in range(self.chance.choice([1, 1, 2]))]
        times = self.chance.choice(SPECIALS)

        def change(world: World, viewer: Any, acknowledged: str | None) -> Any:
            new = NewSpecial(days[0], days[-1], times, "")
            return hours_service.set_special_days(viewer, world.facilities[name], new, acknowledged)

        def do() -> None:
            self.model.set_special(name, days, times)

        return self.change_hours("special days", name, first, do, change)

    def drop_special_days(self) -> bool:
        """Somebody removes a special day."""
        found = [
            (name, day)
            for name, node in self.model.nodes.items()
            for day in node.special
            if day >= self.model.today(name)
        ]
        if not found:
            return False
        name, day = self.chance.choice(found)

        def change(world: World, viewer: Any, acknowledged: str | None) -> Any:
            fid = world.facilities[name]
            return hours_service.remove_special_days(viewer, fid, day, day, acknowledged)

        def do() -> None:
            del self.model.nodes[name].special[day]

        return self.change_hours("no special days", name, day, do, change)

    def open_on_holidays(self) -> bool:
        """Somebody says whether weekly hours count on public holidays."""
        name, opens = self.some_facility(), self.chance.choice([True, False, None])

        def change(world: World, viewer: Any, acknowledged: str | None) -> Any:
            fid = world.facilities[name]
            return hours_service.set_opens_on_holidays(viewer, fid, opens, acknowledged)

        def do() -> None:
            self.model.nodes[name].own["opens_on_holidays"] = opens

        return self.change_hours("holidays", name, self.model.today(name), do, change)

    def change_hours(
        self,
        kind: str,
        name: str,
        first: date,
        do: Callable[[], None],
        change: Callable[[World, Any, str | None], Any],
    ) -> bool:
        """Look at a change of hours, which changes nothing, and then save it."""
        person = self.somebody(self.model.deciders(name, None))
        log_length = len(self.model.log)
        expected = self.model.change_hours(person, name, first, do)
        marked = sum(len(t.dates) for t in self.model.log[log_length:] if t.event == "affected")
        counts = marked, self.model.newly_free

        def call(world: World, rows: Rows) -> None:
            viewer = world.account(person).viewer
            looked = change(world, viewer, None)
            assert not looked.saved
            assert world.rows_here() == rows, "I8 looking at new hours changed something"
            outcome = change(world, viewer, looked.version)
            assert outcome.saved
            for one in (looked, outcome):
                shown = len(one.disruptions), len(one.freed)
                assert shown == counts, f"{shown} dates shown, and not {counts}"

        return self.step(kind, expected, call, log_length)

    # --- places -------------------------------------------------------------------------------

    def set_terms(self) -> bool:
        """Somebody changes the places, whether requested dates hold them, and who need not wait."""
        name = self.some_facility()
        places = self.chance.choice([1, 2, 2, 3, self.model.nodes[name].places])
        holds = self.chance.choice([True, False, None])
        automatic = self.chance.choice(["everyone", "everyone", None, "nobody"])
        turn_days = self.chance.choice([1, 2, 2, None])
        person = self.somebody(self.model.deciders(name, None))
        log_length, had = len(self.model.log), self.model.nodes[name].places
        expected = self.model.set_terms(person, name, places, holds, automatic, turn_days)
        own = dict.fromkeys(SETTABLE) | {
            key: value for key, value in self.model.nodes[name].own.items() if key in SETTABLE
        }
        if expected[0] != "ok":
            own |= {"pending_holds": holds, "automatic_for": automatic}
            own |= {"waiting_list_days": turn_days}
        kind = "more places" if places > had else "fewer places" if places < had else "terms"
        return self.step(
            kind,
            expected,
            lambda world, rows: terms_service.set_terms(
                world.account(person),
                name,
                Terms(own, places, None, allows_shared=True, allows_exclusive=True),
            ),
            log_length,
        )

    # --- settling -----------------------------------------------------------------------------

    def some_marked(self) -> tuple[str, list[tuple[int, int]]] | None:
        """Return somebody, and some affected dates, mostly some that they may resolve."""
        marked = [
            (number, index)
            for number, request in enumerate(self.model.requests)
            for index, one in enumerate(request.dates)
            if one.marked or self.chance.random() < 0.02
        ]
        if not marked:
            return None
        person = self.somebody(self.model.judges(self.chance.choice(marked)[0]))
        mine = [one for one in marked if person in self.model.judges(one[0])]
        from_which = mine if mine and self.chance.random() < 0.9 else marked
        chosen = self.chance.sample(from_which, self.chance.randint(1, len(from_which)))
        return person, chosen

    def keep(self) -> bool:
        """Somebody keeps affected dates as they are."""
        return self._settle("keep", self.model.keep, resolve.keep_disrupted)

    def end_affected(self) -> bool:
        """Somebody cancels or declines affected dates."""
        return self._settle("end affected", self.model.end, resolve.end_disrupted)

    def _settle(
        self, kind: str, foretell: Callable[..., Answer], service: Callable[..., None]
    ) -> bool:
        if (marked := self.some_marked()) is None:
            return False
        person, chosen = marked
        log_length = len(self.model.log)
        expected = foretell(person, chosen, "Agreed by phone.")

        def call(world: World, rows: Rows) -> None:
            ids = ids_of_dates(rows)
            service(world.account(person), [ids[one] for one in chosen], "Agreed by phone.")

        return self.step(kind, expected, call, log_length)
