"""A walker whose steps are read by many: what is kept in memory equals what is drawn anew."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from difflib import unified_diff
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.bookings.details import RequestDetails
from booking.bookings.models import Booking, BookingRequest, Occupancy, Occurrence
from booking.bookings.new_request import NewRequest
from booking.db import clock
from booking.db.transactions import writing
from booking.decisions import service as deciding
from booking.decisions.service import Decision
from booking.errors import BookingError
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.facilities.models import Facility, Place
from booking.manage.closures import service as closure_service
from booking.manage.closures.service import NewClosure, Target
from booking.requests import service as asking
from booking.rules.closure_times import PlannedClosure
from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from tests.walk.federation import ZONES
from tests.walk.model import Answer
from tests.walk.walker import Call, Walker
from tests.walk.warm_world import COAST, FEEDS, OTHERS, READERS, Look, WarmWorld

MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)
AFTER_ALL = datetime(2028, 1, 1, tzinfo=UTC)
EVERY_ZONE = [*ZONES.values(), *map(ZoneInfo, (COAST, "America/New_York", "Asia/Kolkata", "UTC"))]
#: The day before clocks change, that day, and one after Easter.
LOOKED_AT = [date(2027, 3, 27), date(2027, 3, 28), date(2027, 4, 2)]
DATES = {
    "shed": [((20, 0), (21, 30)), ((20, 45), (22, 15)), ((22, 15), (1, 15))],
    "yard": [((9, 0), (12, 0)), ((10, 0), (18, 30)), ((23, 0), (1, 0))],
}
HALVES = [((8, 0), (12, 30)), ((12, 30), (17, 0)), ((8, 0), (17, 0))]
WATCHED = 3

#: What anybody might write, past all services; `:text` is another one each time.
CHANGES = (
    "UPDATE facility SET name = :text WHERE slug = :facility",
    "UPDATE facility SET city = :text WHERE slug = :facility",
    "UPDATE facility SET description = :text WHERE slug = :other",
    "UPDATE facility SET sees_public = :level WHERE slug = :facility",
    "UPDATE facility SET sees_signed_in = :level WHERE slug = :other",
    "UPDATE facility SET sees_own_cluster = :level WHERE slug = :other",
    "UPDATE facility SET mode = 'by_agreement' WHERE slug = :other",
    "UPDATE facility SET mode = NULL WHERE slug = :other",
    "UPDATE facility SET mode = 'elsewhere' WHERE slug = :other",
    "UPDATE facility SET status = 'closed' WHERE slug = :other",
    "UPDATE facility SET status = 'open' WHERE slug = :other",
    "UPDATE facility SET lead_time_days = :number WHERE slug = :other",
    "UPDATE facility SET horizon_days = :number * 7 WHERE slug = :other",
    "UPDATE cluster SET answer_days = :number WHERE slug = 'coast'",
    "UPDATE cluster SET short_name = :text WHERE slug = 'coast'",
    "UPDATE organisation SET name = :text WHERE name = 'one' OR name LIKE 'Text%'",
    "UPDATE organisation SET home_cluster_id = NULL WHERE name = 'four'",
    "UPDATE organisation SET home_cluster_id = :coast WHERE name = 'four'",
    "UPDATE person SET organisation_id = NULL WHERE email = 'olaf@example.org'",
    "UPDATE person SET organisation_id = :firm WHERE email = 'olaf@example.org'",
    "UPDATE person SET organisation_id = :firm WHERE email = 'alma@example.org'",
    "UPDATE person SET is_active = NOT is_active WHERE email = 'olaf@example.org'",
    "UPDATE person SET time_zone = 'Asia/Kolkata' WHERE email = 'bert@example.org'",
    "UPDATE booking_request SET title = :text",
    "UPDATE focus_area SET slug = :text",
    "DELETE FROM facility_focus_area WHERE facility_id = :id",
    "DELETE FROM quota",
    "INSERT INTO quota (facility_id, period, measure, most) VALUES (:id, 'week', 'hours', 500)",
    "INSERT INTO place (facility_id) VALUES (:id)",
    "DELETE FROM special_day WHERE facility_id = :id",
    (
        "UPDATE opening_span SET weekday = 6 WHERE weekday = 5 AND timetable_id IN "
        "(SELECT id FROM timetable WHERE facility_id = :id)"
    ),
    "DELETE FROM kind_default",
    (
        "INSERT INTO kind_default (kind, unit, step_minutes, opening_hours) "
        "VALUES ('field', 'hour', 60, "
        '\'[{"days": ["mon", "sat"], "from": "10:00", "to": "15:00"}]\')'
    ),
    "UPDATE closure SET reason = :text, reason_is_public = true",
    "UPDATE closure_slot SET ends_at = NULL",
    "DELETE FROM role WHERE kind = 'approver' AND facility_id = :id",
)


class WarmWalker(Walker):
    """One walk on one database, whose pages are read after each step.

    `read` counts how many answers were compared, and how many of them had just changed.
    """

    def __init__(self, world: WarmWorld) -> None:
        self.world = world
        self.watched: list[Look] = []
        self.read: Counter[str] = Counter()
        self._last: dict[Look, str] = {}
        self._texts = 0
        super().__init__([world], Counter())
        world.forget()

    def compare(self) -> None:
        """Compare nothing: there is one database."""

    def step(self, name: str, expected: Answer, call: Call, log_length: int) -> bool:
        """Take the step; what it must do is checked by the other walk."""
        before = self.world.rows()
        try:
            answer = self.world.act(lambda world: call(world, before))
        except (AssertionError, LookupError):
            # The model knows nothing of what is written past it, and may expect other requests.
            answer = ("unforeseen",)
        self.rows[0] = self.world.rows()
        self.seen[name, answer[0]] += 1
        return True

    def go(self, seed: int) -> str:
        """Take one step that is possible now; return its name."""
        self.chance.seed(seed)
        weights: dict[Callable[[], bool], int] = {
            self.send: 8,
            self.confirm: 8,
            self.enter: 3,
            self.decline: 2,
            self.cancel: 3,
            self.withdraw: 2,
            self.lapse: 1,
            self.move_on: 4,
            self.close: 3,
            self.end_closure: 1,
            self.move_end: 1,
            self.change_week: 1,
            self.special_days: 2,
            self.open_on_holidays: 1,
            self.set_terms: 2,
            self.end_affected: 1,
            self.send_there: 6,
            self.answer_there: 6,
            self.close_there: 2,
            self.hurry: 4,
            self.write_something: 10,
        }
        while True:
            thing = self.chance.choices(list(weights), list(weights.values()))[0]
            if thing():
                return thing.__name__

    # --- steps beside the model ---------------------------------------------------------------

    def send_there(self) -> bool:
        """Somebody requests dates that the model does not know."""
        name = self.chance.choice(OTHERS)
        person = self.chance.choice(["anna", "bert", "rosa", "olaf", "alma"])
        slots = tuple(self.some_slot(name) for _ in range(self.chance.choice([1, 1, 2])))
        sent = NewRequest(
            facility_id=self.world.others[name],
            slots=slots,
            whole=name == "store" or self.chance.random() < 0.3,
            places=1,
            details=RequestDetails("Sea trial", "To see.", "experiment"),
            idempotency_key=secrets.token_hex(16),
        )
        return self.done("send there", lambda world: asking.send(world.account(person), sent))

    def some_slot(self, name: str) -> Slot:
        """Return a date at one of the other facilities, on one of the next days."""
        start, end = self.chance.choice(DATES.get(name, HALVES))
        day = self.some_day() + DAY * self.chance.choice([0, 0, 1, 3])
        starts = datetime.combine(day, time(*start), ZoneInfo(COAST))
        ends = datetime.combine(day + DAY * (end < start), time(*end), ZoneInfo(COAST))
        return Slot(starts.astimezone(UTC), ends.astimezone(UTC))

    def answer_there(self) -> bool:
        """Somebody decides on some dates there, or their organisation takes them back."""
        with self.world.inside():
            rows = db.session.execute(
                sa.select(Occurrence.id, Booking.id, Occurrence.state, BookingRequest.requester_id)
                .join(Booking, Booking.id == Occurrence.booking_id)
                .join(BookingRequest, BookingRequest.id == Booking.request_id)
                .where(
                    Occurrence.facility_id.in_(self.world.others.values()),
                    Occurrence.state.in_([State.REQUESTED, State.CONFIRMED]),
                )
                .order_by(Occurrence.id)
            ).all()
        if not rows:
            return False
        occurrence, booking, state, requester = self.chance.choice(rows)
        sender = next(name for name, key in self.world.people.items() if key == requester)
        decision = Decision(booking, frozenset({occurrence}), "So be it.", "We know.")
        person = self.chance.choice(["kim", "kim", "olaf"])
        ids = decision.occurrence_ids
        able: list[Callable[[WarmWorld], Any]] = [
            lambda world: deciding.cancel(world.account(person), decision),
            lambda world: asking.cancel(world.account(sender), booking, ids, "Off."),
        ]
        if state == State.REQUESTED:
            able = [
                lambda world: deciding.confirm(world.account(person), decision),
                lambda world: deciding.confirm(world.account(person), decision),
                lambda world: deciding.decline(world.account(person), decision),
                lambda world: asking.withdraw(world.account(sender), booking, ids),
            ]
        return self.done("answer there", self.chance.choice(able))

    def close_there(self) -> bool:
        """The coordinator closes something there, or all of it."""
        name = self.chance.choice([*OTHERS, None])
        first = max(self.some_day(), self.model.now.date())
        closing = PlannedClosure(
            first,
            last_day=first + DAY * self.chance.choice([0, 1, 3]),
            open_ended=False,
        )
        if self.chance.random() < 0.3:
            closing = PlannedClosure(first, open_ended=True)
        target = Target(self.world.clusters["coast"], self.world.others[name] if name else None)
        new = NewClosure(target, closing, self.some_text(), self.chance.random() < 0.5)
        return self.done(
            "close there", lambda world: closure_service.make(world.account("kim"), new)
        )

    def hurry(self) -> bool:
        """All that is undecided ends soon, at no particular time of day."""
        at = self.model.now + timedelta(minutes=self.chance.choice([37, 340, 1900]))
        undecided = Occurrence.state == State.REQUESTED

        def write(_world: WarmWorld) -> None:
            with writing():
                db.session.execute(sa.update(Occurrence).where(undecided).values(lapses_at=at))
                held = sa.update(Occupancy).where(Occupancy.held_until.is_not(None))
                db.session.execute(held.values(held_until=at))

        return self.done("hurry", write)

    def write_something(self) -> bool:
        """Somebody writes a row past all services."""
        change = self.chance.choice(CHANGES)
        other = self.chance.choice(OTHERS)
        values = {
            "text": self.some_text(),
            "facility": self.chance.choice([*self.model.nodes, *OTHERS]),
            "other": other,
            "id": self.world.others[other],
            "level": self.chance.choice(["busy", "nothing"]),
            "number": self.chance.choice([1, 2, 3]),
            "coast": self.world.clusters["coast"],
            "firm": self.world.organisations[self.chance.choice(["one", "two", "four"])],
        }

        def write(_world: WarmWorld) -> None:
            with writing():
                db.session.execute(sa.text(change), values)

        return self.done(change.partition(" WHERE")[0], write)

    def some_text(self) -> str:
        """Return a text that nobody has written yet."""
        self._texts += 1
        return f"Text {self._texts}"

    def done(self, name: str, call: Callable[[WarmWorld], Any]) -> bool:
        """Take a step whose answer does not matter."""
        with self.world.inside():
            try:
                call(self.world)
                self.seen[name, "ok"] += 1
            except BookingError as error:
                self.seen[name, type(error).__name__] += 1
            except sa.exc.IntegrityError:
                db.session.rollback()
                self.seen[name, "IntegrityError"] += 1
        return True

    # --- reading ------------------------------------------------------------------------------

    def some_look(self) -> Look:
        """Return a page, and who opens it: mostly one on which much is seen."""
        reader = self.chance.choice([*READERS, "cora", "kim", "anna", "nobody"])
        slug = self.chance.choice([*self.model.nodes, *OTHERS])
        day = self.chance.choice([*LOOKED_AT, self.model.now.date(), self.some_day()])
        view = self.chance.choice(["day", "week", "week", "month"])
        here, shown = f"/facilities/{slug}", f"view={view}&on={day}"
        all_of_it = [
            f"/calendar?{shown}&open=all",
            f"/calendar?{shown}&open=all&zone=Europe/Helsinki",
            f"/calendar?{shown}&open=all&as=list&hours=all",
            "/calendar?view=week&open=all",
        ]
        of_one = [
            here,
            f"{here}?{shown}",
            f"{here}?{shown}&hours=all",
            f"{here}?view=list&on={day}",
        ]
        others = [
            f"{here}?on={day}&from={day}T20:00&to={day}T22:00&people=3",
            f"{here}/times.json?first={day}",
            f"{here}.ics",
            "/clusters/coast.ics",
            "/clusters/seine.ics",
            f"/calendar?{shown}&cluster=coast",
            f"/?first={day}&last={day + 2 * DAY}&length=2-hour",
        ]
        if reader in FEEDS:
            others += [f"/feeds/{self.world.feeds[reader]}.ics"] * 4
        return Look(reader, self.chance.choice(self.chance.choice([all_of_it, of_one, others])))

    def look_around(self) -> None:
        """Read what is watched, now, and some pages around what comes; reading changes nothing."""
        history = self.world.all_rows()
        self.watched.insert(0, self.some_look())
        del self.watched[WATCHED:]
        for look in self.watched:
            self.check(look, self.model.now)
        look = self.chance.choice(self.watched)
        another = self.chance.choice([name for name in READERS if name != look.reader])
        if not look.address.startswith("/feeds/"):
            self.check(replace(look, reader=another), self.model.now)
        for at in self._around(self.chance.choice(sorted(self._changes_of_clocks())[:9])):
            self.check(look, at)
        if changes := sorted(self._changes_of_rows()):
            at, slug, day = self.chance.choice(changes)
            look = self.some_look_at(slug, day)
            for moment in self._around(at):
                self.check(look, moment)
        # Up to the very end of something that is kept.
        ends = [at for at in self.world.ends_kept() if self.model.now < at < AFTER_ALL]
        if ends:
            self.check(self.chance.choice(self.watched), self.chance.choice(sorted(ends)) - MOMENT)
        assert self.world.all_rows() == history, "reading has changed something"

    def some_look_at(self, slug: str, day: date) -> Look:
        """Return a page on which something of a facility on that day is seen."""
        reader = self.chance.choice(["cora", "kim", "anna", "bert", "olaf", "nobody"])
        view = self.chance.choice(["day", "week", "month"])
        # What is said of a facility beside its calendar is seen on any day.
        here = f"view={view}&on={self.chance.choice([day, day, day + 40 * DAY])}"
        pages = [f"/calendar?{here}&open=all", f"/facilities/{slug}?{here}"]
        return Look(reader, self.chance.choice(pages))

    def _around(self, at: datetime) -> list[datetime]:
        return [at - MOMENT, at, at + timedelta(seconds=37.5)]

    def _changes_of_clocks(self) -> Iterator[datetime]:
        """Give instants to come at which days begin or end anywhere, or minutes pass."""
        now = self.model.now
        for zone in EVERY_ZONE:
            for number in range(3):
                today = now.astimezone(zone).date() + DAY * number
                for wall_time in (time(0), time(18)):
                    at = datetime.combine(today, wall_time, zone).astimezone(UTC)
                    if at > now:
                        yield at
        yield from (now + timedelta(minutes=minutes) for minutes in (1, 15, 20))

    def _changes_of_rows(self) -> Iterator[tuple[datetime, str, date]]:
        """Give instants to come at which something stored ends or begins, where, on which day."""
        seat = sa.select(Occupancy.held_until, Facility.slug, Occupancy.starts_at)
        dates = Occurrence.lapses_at, Occurrence.ends_at
        closed = ClosureSlot.starts_at, ClosureSlot.ends_at
        here = sa.or_(
            Facility.id == Closure.facility_id,
            sa.and_(Closure.facility_id.is_(None), Facility.cluster_id == Closure.cluster_id),
        )
        queries = [
            seat.select_from(Occupancy).join(Place).join(Facility),
            *(
                sa.select(at, Facility.slug, Occurrence.starts_at)
                .join_from(Occurrence, Facility)
                .where(Occurrence.state.in_([State.REQUESTED, State.CONFIRMED]))
                for at in dates
            ),
            *(
                sa.select(at, Facility.slug, at)
                .join_from(ClosureSlot, Closure)
                .join(Facility, here)
                for at in closed
            ),
        ]
        with self.world.inside():
            for query in queries:
                for at, slug, shown in db.session.execute(query):
                    if at is not None and self.model.now < at < AFTER_ALL:
                        yield at, slug, shown.date()

    def check(self, look: Look, at: datetime) -> None:
        """Check that the page is the same from memory and drawn anew at this instant."""
        with clock.fixed(at):
            kept, drawn = self.world.warm(look), self.world.cold(look)
        self.read["compared"] += 1
        self.read["changed"] += self._last.get(look, drawn) != drawn
        self.read[drawn.partition("\n")[0]] += 1
        self._last[look] = drawn
        if kept != drawn:
            lines = unified_diff(drawn.splitlines(), kept.splitlines(), "anew", "kept", n=0)
            shown = "\n".join(line[:300] for line in list(lines)[:12])
            raise AssertionError(f"{look} at {at}:\n{shown}")
