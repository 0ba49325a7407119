"""Playing the plans: everything happens in order, at its time, through the real services."""

import heapq
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.models import Membership, Organisation, Person
from booking.accounts.queries import account_of
from booking.availability.checks import WAIVED_FOR_OWNERS
from booking.bookings.conditions import has_lapsed
from booking.bookings.details import RequestDetails
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.bookings.new_request import NewRequest
from booking.db import clock
from booking.db.origin import WORKER, coming_from
from booking.decisions import attendance, expiry, reminders
from booking.decisions import service as decisions
from booking.decisions.proposing import Proposal, propose
from booking.demo.background import mark_notices_read, write_background
from booking.demo.dates import find_dates
from booking.demo.people import DOMAIN
from booking.demo.plans import Action, Plan, PlannedEnquiry, PlanStep, read_plans
from booking.enquiries import service as enquiries
from booking.errors import BookingError
from booking.extensions import db
from booking.facilities.models import Facility
from booking.manage.conditions.service import add_condition
from booking.messages.service import NewMessage, write
from booking.requests import service as requests
from booking.requests.answering import accept
from booking.rules.conditions import (
    ConditionKind,
    ConditionsChoice,
    ConditionStage,
    NewCondition,
)
from booking.rules.lifecycle import Side, State
from booking.rules.opening import local_day
from booking.rules.slots import Slot
from booking.rules.visibility import Account

#: How long before the start of the demonstration its first accounts were made.
FIRST_DAY_AGO = timedelta(days=150)
_ZONE = ZoneInfo("Europe/Brussels")
_SATURDAY = 5
_WORKER_PAUSE = timedelta(seconds=20)
# How long somebody needs for the second of two things on one day.
_NEXT_STEP = timedelta(minutes=7)
_TIME_TO_ANSWER = timedelta(days=7)
_TIME_OF_ENQUIRIES = timedelta(minutes=30)
_TIME_FOR_CONDITIONS = timedelta(days=14)
#: Which facility asks for conditions once the story is played, and for which.
_WITH_CONDITIONS = "dbi-component-lab"
_CONDITIONS = (
    NewCondition(
        ConditionKind.AGREEMENT,
        "Agreement on the use of the laboratory, signed by someone authorised.",
        ConditionStage.BEFORE_FINAL,
    ),
    NewCondition(
        ConditionKind.VISITOR_LIST,
        "Names and nationalities of everybody who will enter the laboratory.",
        ConditionStage.BEFORE_ARRIVAL,
        3,
    ),
)


def is_played() -> bool:
    """Return whether there are bookings already; then the story is not played again."""
    return db.session.scalar(sa.select(BookingRequest.id).limit(1)) is not None


def play(now: datetime, plans: Sequence[Plan] | None = None) -> list[str]:
    """Play the plans (default: all of the file) until `now`; returns the titles without dates.

    With all of the file, also what is asked without a request.
    """
    asked = read_plans().enquiries if plans is None else ()
    plans = read_plans().plans if plans is None else plans
    with clock.fixed(now - FIRST_DAY_AGO):
        write_background(now)
    player = _Player(now)
    running = [player.play(number, plan) for number, plan in enumerate(plans)]
    running += [player.ask(number, enquiry) for number, enquiry in enumerate(asked)]
    agenda = [(next(one), number, one) for number, one in enumerate(running)]
    heapq.heapify(agenda)
    while agenda:
        at, number, one = agenda[0]
        _lapse_until(at)
        with clock.fixed(at):
            with coming_from(WORKER):
                reminders.remind_due()
            following = next(one, None)
        if following is None:
            heapq.heappop(agenda)
        else:
            heapq.heapreplace(agenda, (following, number, one))
    _lapse_until(now - _WORKER_PAUSE)
    with clock.fixed(now - _WORKER_PAUSE):
        with coming_from(WORKER):
            reminders.remind_due()
        player.list_conditions()
    mark_notices_read(now)
    return player.without_dates


def weekdays_before(day: date, count: int) -> date:
    """Return the weekday (Monday to Friday) that is `count` weekdays before `day`."""
    while count:
        day -= timedelta(days=1)
        if day.weekday() < _SATURDAY:
            count -= 1
    return day


def _lapse_until(at: datetime) -> None:
    """Lapse dates as the worker would have done by then, each at its own instant."""
    while True:
        due = db.session.scalar(
            sa.select(sa.func.min(Occurrence.lapses_at)).where(has_lapsed(at - _WORKER_PAUSE))
        )
        db.session.rollback()
        if due is None:
            return
        with clock.fixed(due + _WORKER_PAUSE), coming_from(WORKER):
            expiry.lapse_due()


class _Player:
    """Plays plans, and keeps which dates each of them got."""

    def __init__(self, now: datetime) -> None:
        self.without_dates: list[str] = []
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

    def list_conditions(self) -> None:
        """Let one facility ask for conditions from now on."""
        slug = _WITH_CONDITIONS
        approver = self._account(f"approver.{self._facilities[slug][1]}")
        for condition in _CONDITIONS:
            add_condition(approver, slug, condition)

    def play(self, number: int, plan: Plan) -> Iterator[datetime]:
        """Play the plan step by step; gives before each step the instant at which it happens."""
        at = self._moment(plan.weekdays_ago, number)
        yield at
        booking_id = self._send(plan)
        if booking_id is None:
            self.without_dates.append(plan.title)
            return
        for position, step in enumerate(plan.steps, start=1):
            at = max(at + _NEXT_STEP, self._moment(step.weekdays_ago, number + 5 * position))
            yield at
            self._do(plan, step, booking_id)

    def ask(self, number: int, enquiry: PlannedEnquiry) -> Iterator[datetime]:
        """Ask about a facility and answer; gives before each the instant at which it happens."""
        facility_id, cluster = self._facilities[enquiry.facility]
        at = self._moment(enquiry.weekdays_ago, number)
        yield at
        reference = enquiries.ask(self._account(enquiry.by), facility_id, enquiry.question)
        if enquiry.answer:
            yield at + _TIME_OF_ENQUIRIES
            approver = self._account(f"approver.{cluster}")
            enquiries.write_on(approver, Side.OWNER, reference, enquiry.answer)

    def _moment(self, weekdays_ago: int, number: int) -> datetime:
        """Return an instant in office hours, never the same minute for all."""
        day = weekdays_before(self._today, weekdays_ago)
        return datetime.combine(day, time(8 + number % 9, number * 13 % 60), _ZONE)

    def _send(self, plan: Plan) -> int | None:
        """Send or enter the request; returns the id of its booking, None without dates."""
        facility_id, cluster = self._facilities[plan.facility]
        slots = self._dates.get(plan.same_dates_as or "") or find_dates(
            facility_id,
            plan.dates,
            self._today,
            clock.now(),
            ignore=frozenset() if plan.by else WAIVED_FOR_OWNERS,
        )
        if slots is None:
            return None
        self._dates[plan.title] = slots
        new_request = _new_request(plan, facility_id, slots)
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
            .where(Occurrence.booking_id == booking_id, Occurrence.replaces_id.is_(None))
            .order_by(Occurrence.starts_at)
        ).all()
        chosen = frozenset(ids[date - 1] for date in step.only_dates) or frozenset(ids)
        approver = self._account(f"approver.{self._facilities[plan.facility][1]}")
        decision = decisions.Decision(booking_id, chosen, step.reason, code=step.code)
        if step.action is Action.CONFIRM:
            decisions.confirm(approver, decision)
        elif step.action is Action.ACCEPT:
            agreement = NewCondition(
                ConditionKind.AGREEMENT, step.reason, ConditionStage.BEFORE_FINAL
            )
            by = local_day(clock.now() + _TIME_FOR_CONDITIONS, _ZONE)
            choice = ConditionsChoice(by, added=agreement)
            decisions.confirm(approver, decisions.Decision(booking_id, chosen, conditions=choice))
        elif step.action is Action.DECLINE:
            decisions.decline(approver, decision)
        elif step.action is Action.CANCEL_AS_APPROVER:
            decisions.cancel(approver, decision)
        elif step.action is Action.NO_SHOW:
            for occurrence_id in sorted(chosen):
                attendance.mark_no_show(approver, booking_id, occurrence_id)
        elif step.action is Action.ASK:
            day = local_day(clock.now() + _TIME_TO_ANSWER, _ZONE)
            question = NewMessage(booking_id, step.reason, is_question=True, answer_needed_by=day)
            write(approver, Side.OWNER, question)
        elif step.action is Action.WRITE:
            message = NewMessage(booking_id, step.reason)
            write(self._account(plan.by or ""), Side.REQUESTER, message)
        elif step.action is Action.PROPOSE:
            self._propose(approver, plan, step, booking_id, ids[0])
        elif step.action is Action.TAKE:
            accept(self._account(plan.by or ""), booking_id, _proposed(booking_id))
        elif step.action is Action.WITHDRAW:
            requests.withdraw(self._account(plan.by or ""), booking_id, chosen)
        else:
            requests.cancel(self._account(plan.by or ""), booking_id, chosen, step.reason)

    def _propose(
        self, approver: Account, plan: Plan, step: PlanStep, booking_id: int, occurrence_id: int
    ) -> None:
        facility_id, _ = self._facilities[step.facility or plan.facility]
        wanted = replace(plan.dates, days_ahead=plan.dates.days_ahead + step.days_later, weeks=1)
        slots = find_dates(facility_id, wanted, self._today, clock.now())
        if slots is None:
            self.without_dates.append(plan.title)
            return
        propose(
            approver,
            Proposal(
                booking_id,
                occurrence_id,
                slots,
                whole=plan.dates.whole,
                places=plan.dates.places,
                until=local_day(clock.now() + _TIME_TO_ANSWER, _ZONE),
                words=step.reason,
                facility_id=facility_id,
            ),
        )

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
            .join(Membership, Membership.organisation_id == Organisation.id)
            .where(Membership.person_id == self._people[login])
            .order_by(Membership.id)
            .limit(1)
        )


def _proposed(booking_id: int) -> int:
    """Return the id of what is proposed for this booking."""
    return db.session.scalars(
        sa.select(Occurrence.id).where(
            Occurrence.booking_id == booking_id, Occurrence.state == State.PROPOSED
        )
    ).one()


def _new_request(plan: Plan, facility_id: int, slots: tuple[Slot, ...]) -> NewRequest:
    return NewRequest(
        facility_id=facility_id,
        slots=slots,
        whole=plan.dates.whole,
        places=plan.dates.places,
        details=RequestDetails(
            title=plan.title,
            purpose=plan.purpose,
            activity=plan.activity,
            people=plan.dates.people,
            hazards=bool(plan.hazards_note),
            hazards_note=plan.hazards_note,
        ),
        idempotency_key=secrets.token_urlsafe(16),
        may_wait=plan.may_wait,
    )
