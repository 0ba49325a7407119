"""Telling the plans as if they had happened: in order, through the real services."""

import heapq
import secrets
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.models import Organisation, Person
from booking.accounts.queries import account_of
from booking.availability.checks import OWNERS_FREEDOM
from booking.bookings.conditions import has_lapsed
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.bookings.new_request import NewRequest
from booking.db import clock
from booking.decisions import expiry
from booking.decisions import service as decisions
from booking.demo.background import mark_notices_read, write_background
from booking.demo.dates import find_dates
from booking.demo.other_plans import OTHER_PLANS
from booking.demo.partner_plans import PARTNER_PLANS
from booking.demo.people import DOMAIN
from booking.demo.plans import Does, Plan, PlanStep
from booking.errors import BookingError
from booking.extensions import db
from booking.facilities.models import Facility
from booking.requests import service as requests
from booking.rules.slots import Slot
from booking.rules.visibility import Account

#: How long ago the story begins.
FIRST_DAY_AGO = timedelta(days=150)
_ZONE = ZoneInfo("Europe/Brussels")
_SATURDAY = 5
_WORKER_PAUSE = timedelta(seconds=20)
# How long somebody needs for the second of two things on one day.
_NEXT_STEP = timedelta(minutes=7)


def is_told() -> bool:
    """Tell whether there are bookings already: then the story is not told again."""
    return db.session.scalar(sa.select(BookingRequest.id).limit(1)) is not None


def tell(now: datetime, plans: Sequence[Plan] = (*PARTNER_PLANS, *OTHER_PLANS)) -> list[str]:
    """Let all plans happen until `now`; returns the titles of those that found no dates."""
    with clock.fixed(now - FIRST_DAY_AGO):
        write_background(now)
    stage = _Stage(now)
    lives = [stage.life(number, plan) for number, plan in enumerate(plans)]
    agenda = [(next(life), number, life) for number, life in enumerate(lives)]
    heapq.heapify(agenda)
    while agenda:
        at, number, life = agenda[0]
        _lapse_until(at)
        with clock.fixed(at):
            following = next(life, None)
        if following is None:
            heapq.heappop(agenda)
        else:
            heapq.heapreplace(agenda, (following, number, life))
    _lapse_until(now)
    mark_notices_read(now)
    return stage.left_out


def weekdays_before(day: date, count: int) -> date:
    """Return the day from Monday to Friday that lies so many of them before `day`."""
    while count:
        day -= timedelta(days=1)
        if day.weekday() < _SATURDAY:
            count -= 1
    return day


def _lapse_until(at: datetime) -> None:
    """Do what the worker would have done by then, at the instants at which it would have."""
    while True:
        due = db.session.scalar(
            sa.select(sa.func.min(Occurrence.lapses_at)).where(has_lapsed(at - _WORKER_PAUSE))
        )
        db.session.rollback()
        if due is None:
            return
        with clock.fixed(due + _WORKER_PAUSE):
            expiry.lapse_due()


class _Stage:
    """Where the plans happen: who is who, and what dates they got."""

    def __init__(self, now: datetime) -> None:
        self.left_out: list[str] = []
        self._today = now.astimezone(_ZONE).date()
        self._dates: dict[str, tuple[Slot, ...]] = {}
        self._facilities = {
            facility.slug: (facility.id, facility.cluster.slug)
            for facility in db.session.scalars(sa.select(Facility))
        }
        self._people = {
            email.partition("@")[0]: person_id
            for email, person_id in db.session.execute(
                sa.select(Person.email, Person.id).where(Person.email.endswith(f"@{DOMAIN}"))
            )
        }

    def life(self, number: int, plan: Plan) -> Iterator[datetime]:
        """Do what the plan says, step by step; gives the instant at which to go on."""
        at = self._moment(plan.sent, number)
        yield at
        booking_id = self._begin(plan)
        if booking_id is None:
            self.left_out.append(plan.title)
            return
        for position, step in enumerate(plan.steps, start=1):
            at = max(at + _NEXT_STEP, self._moment(step.weekdays_ago, number + 5 * position))
            yield at
            self._do(plan, step, booking_id)

    def _moment(self, weekdays_ago: int, number: int) -> datetime:
        """Return an instant in office hours, never the same minute for all."""
        day = weekdays_before(self._today, weekdays_ago)
        return datetime.combine(day, time(8 + number % 9, number * 13 % 60), _ZONE)

    def _begin(self, plan: Plan) -> int | None:
        """Send or enter what was planned; returns the id of the booking, None without dates."""
        facility_id, cluster = self._facilities[plan.facility]
        slots = self._dates.get(plan.same_dates_as or "") or find_dates(
            facility_id,
            plan.date_wish,
            self._today,
            clock.now(),
            ignore=frozenset() if plan.by else OWNERS_FREEDOM,
        )
        if slots is None:
            return None
        self._dates[plan.title] = slots
        new_request = NewRequest(
            facility_id=facility_id,
            slots=slots,
            whole=plan.date_wish.whole,
            places=plan.date_wish.places,
            title=plan.title,
            purpose=plan.purpose,
            activity=plan.activity,
            people=plan.date_wish.people,
            hazards=bool(plan.hazards_note),
            hazards_note=plan.hazards_note,
            idempotency_key=secrets.token_urlsafe(16),
        )
        try:
            if plan.by is not None:
                reference = requests.send(self._account(plan.by), new_request)
            else:
                entering = decisions.Entering(new_request, self._organisation(plan.on_behalf_of))
                reference = decisions.enter(self._account(f"approver.{cluster}"), entering)
        except BookingError:  # somebody else has the dates that it was to share
            return None
        return db.session.scalar(
            sa.select(Booking.id)
            .join(BookingRequest, BookingRequest.id == Booking.request_id)
            .where(BookingRequest.reference == reference)
        )

    def _do(self, plan: Plan, step: PlanStep, booking_id: int) -> None:
        ids = db.session.scalars(
            sa.select(Occurrence.id)
            .where(Occurrence.booking_id == booking_id)
            .order_by(Occurrence.starts_at)
        ).all()
        chosen = frozenset(ids if step.dates is None else (ids[place] for place in step.dates))
        owner = self._account(f"approver.{self._facilities[plan.facility][1]}")
        decision = decisions.Decision(booking_id, chosen, step.reason)
        if step.does is Does.CONFIRM:
            decisions.confirm(owner, decision)
        elif step.does is Does.DECLINE:
            decisions.decline(owner, decision)
        elif step.does is Does.CANCEL_AS_OWNER:
            decisions.cancel(owner, decision)
        elif step.does is Does.WITHDRAW:
            requests.withdraw(self._account(plan.by or ""), booking_id, chosen)
        else:
            requests.cancel(self._account(plan.by or ""), booking_id, chosen, step.reason)

    def _account(self, login: str) -> Account:
        account = account_of(self._people[login])
        if account is None:
            raise LookupError(login)
        return account

    def _organisation(self, login: str | None) -> int | None:
        if login is None:
            return None
        return db.session.scalar(
            sa.select(Organisation.id)
            .join(Person, Person.organisation_id == Organisation.id)
            .where(Person.id == self._people[login])
        )
