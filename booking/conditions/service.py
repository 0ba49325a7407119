"""Conditions of a booking: hung on with the decision, then marked as done, checked or waived."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.accounts.queries import account_now
from booking.availability.confirming import facts_to_confirm
from booking.bookings.agreeing import latest_acceptance, seat_confirmed
from booking.bookings.authorise import booking_to_decide, is_colleague
from booking.bookings.deciding import deciders_of
from booking.bookings.log import write_log
from booking.bookings.models import Booking, BookingCondition, Occurrence
from booking.bookings.occupancy import holding
from booking.bookings.readers import acts_as_requester
from booking.bookings.records import reload_booking, writing_on
from booking.bookings.replacements import Beside, beside
from booking.bookings.transitions import agree
from booking.clusters.deadlines import deadlines_of
from booking.conditions.queries import (
    booking_of_condition,
    not_hung,
    rows_of,
)
from booking.db.transactions import retried
from booking.errors import Conflict, Invalid, NotFound
from booking.extensions import db
from booking.facilities.condition_lists import listed_conditions
from booking.rules.conditions import (
    ConditionAct,
    ConditionsChoice,
    ConditionStage,
    ConditionStatus,
    ListedCondition,
    NewCondition,
    accepted_until,
    arrival_due,
    concerns,
    condition_day_fault,
    event_of,
    needs_words,
    side_of,
    status_after,
    usual_condition_day,
)
from booking.rules.lifecycle import FIRM, Act, Event, Side, State, has_lapsed
from booking.rules.routing import Deciders
from booking.rules.visibility import Account


@dataclass(frozen=True)
class ConditionsPlan:
    """What is to hang on a booking with a decision, worked out before anything is written.

    `until`: as long the dates are only accepted; None: they are confirmed at once.
    """

    hung: Sequence[BookingCondition]
    asked: Sequence[ListedCondition]
    waived: Sequence[ListedCondition]
    added: NewCondition | None
    waive_reason: str
    first_start: datetime
    until: datetime | None

    @property
    def is_final(self) -> bool:
        """Return whether nothing must be done before the yes is final."""
        return self.until is None


def plan_conditions(
    booking: Booking,
    occurrences: Sequence[Occurrence],
    choice: ConditionsChoice | None,
    found: Beside,
    now: datetime,
) -> ConditionsPlan:
    """Return which conditions hang on a booking once these dates are confirmed.

    These are all of the facility that do not hang on it yet, but for those that are waived.
    `found` is what is beside these dates.
    `choice` None: all, until the usual day. Conditions that hang on it already keep their day as
    long as dates wait for them. Call it inside `writing`.

    Raises:
        Invalid: `waive_reason` `missing`; `added_text` `missing`; `by` `missing` or an
            `AnswerDayFault`.
    """
    hung = rows_of(booking.id)
    new = not_hung(listed_conditions([booking.facility_id]).get(booking.facility_id, ()), hung)
    waived = [one for one in new if choice is not None and one.id in choice.waived]
    asked = [one for one in new if one not in waived]
    added = choice.added if choice else None
    reason = choice.waive_reason.strip() if choice else ""
    if waived and not reason:
        raise Invalid("waive_reason", "missing")
    if added is not None and not added.text.strip():
        raise Invalid("added_text", "missing")
    first_start = min(occurrence.starts_at for occurrence in occurrences)
    before_final = [one.condition for one in asked] + ([added] if added else [])
    is_needed = any(one.stage is ConditionStage.BEFORE_FINAL for one in before_final) or any(
        _is_pending(row) for row in hung
    )
    until = None
    if is_needed:
        latest = latest_acceptance(occurrences, found, now)
        until = _running_until(booking, now) or _chosen_until(booking, choice, latest, now)
    return ConditionsPlan(hung, asked, waived, added, reason, first_start, until)


def _is_pending(row: BookingCondition) -> bool:
    """Return whether something must still be done before the yes is final."""
    is_settled = ConditionStatus(row.status).is_settled
    return row.stage == ConditionStage.BEFORE_FINAL and not is_settled


def _running_until(booking: Booking, now: datetime) -> datetime | None:
    """Return until when dates of a booking are accepted already, None if none is."""
    ends = [
        date.lapses_at
        for date in booking.occurrences
        if date.state is State.ACCEPTED and date.lapses_at is not None and date.lapses_at > now
    ]
    return max(ends, default=None)


def _chosen_until(
    booking: Booking, choice: ConditionsChoice | None, latest: datetime, now: datetime
) -> datetime:
    deadlines = deadlines_of(booking.facility.cluster, now)
    if choice is None:
        day = usual_condition_day(now, latest, deadlines)
    elif choice.by is None:
        raise Invalid("by", "missing")
    else:
        day = choice.by
        fault = condition_day_fault(day, now, latest, deadlines)
        if fault is not None:
            raise Invalid("by", fault)
    return accepted_until(day, latest, deadlines)


def hang_conditions(
    account: Account,
    booking: Booking,
    occurrences: Sequence[Occurrence],
    plan: ConditionsPlan,
    found: Beside,
    deciders: Deciders,
    now: datetime,
) -> None:
    """Write the conditions of a plan, and what is waived, before its dates take their step.

    Call it in the transaction of `plan_conditions`.
    """
    for row in plan.hung:
        if plan.until is not None and _is_pending(row):
            row.due_at = plan.until
    if plan.is_final:
        _move_due(booking, plan.hung, occurrences, found, now)
    rows = [_row(booking, plan, one.condition, one.id, now) for one in plan.asked]
    if plan.added is not None:
        rows.append(_row(booking, plan, plan.added, None, now))
    waived = [_row(booking, plan, one.condition, one.id, now) for one in plan.waived]
    for row in waived:
        row.status, row.note = ConditionStatus.WAIVED, plan.waive_reason
    db.session.add_all([*rows, *waived])
    db.session.flush()
    for row in waived:
        write_log(
            booking,
            occurrences,
            now,
            before=occurrences[0].state,
            after=occurrences[0].state,
            deciders=deciders,
            actor_id=account.person_id,
            side=Side.OWNER,
            reason=plan.waive_reason,
            colleague=is_colleague(account, booking),
            event=Event.CONDITION_WAIVED,
            condition_id=row.id,
            is_announced=False,
        )


def _move_due(
    booking: Booking,
    rows: Sequence[BookingCondition],
    dates: Sequence[Occurrence],
    found: Beside,
    now: datetime,
) -> None:
    """Let what is due before arrival follow the first date of a booking, as dates replace others.

    Call it before they do.
    """
    gone = {date.id for date in found.replaced.values()}
    standing = [one for one in booking.occurrences if one.state in {State.ACCEPTED, *FIRM}]
    before = min((one.starts_at for one in standing), default=None)
    left = [one for one in standing if one.id not in gone]
    after = min(one.starts_at for one in (*left, *dates))
    if before is None or not gone or before == after:
        return
    for row in rows:
        is_settled = ConditionStatus(row.status).is_settled
        if row.stage == ConditionStage.BEFORE_ARRIVAL and not is_settled and row.missed_at is None:
            due = row.due_at + (after - before)
            row.due_at = due if due > now else after


def _row(
    booking: Booking,
    plan: ConditionsPlan,
    condition: NewCondition,
    listed_id: int | None,
    now: datetime,
) -> BookingCondition:
    if condition.stage is ConditionStage.BEFORE_FINAL:
        due_at = plan.until or plan.first_start
    else:
        due_at = arrival_due(plan.first_start, condition.days_before, now)
    return BookingCondition(
        booking_id=booking.id,
        listed_id=listed_id,
        kind=condition.kind,
        text=condition.text.strip(),
        stage=condition.stage,
        due_at=due_at,
        status=ConditionStatus.OPEN,
        note="",
        added_at=now,
    )


def take_off(booking_id: int, added_at: datetime, now: datetime) -> None:
    """Take off the conditions that came with a confirmation which is undone.

    They stay for the log. Call it inside `writing`.
    """
    for row in rows_of(booking_id):
        if row.added_at == added_at:
            row.taken_off_at = now


@dataclass(frozen=True)
class ConditionStep:
    """What a person does with one condition, with words or ""."""

    condition_id: int
    act: ConditionAct
    words: str = ""


@retried
def take_condition_step(account: Account, step: ConditionStep) -> bool:
    """Mark a condition as done, or check or waive it; returns whether that confirmed the dates.

    When the last condition before the yes is settled, all dates that wait for it are confirmed in
    the same step, and keep their places.

    Raises:
        NotFound: the person may not do this, or there is no such condition.
        Invalid: `words` `missing`, where the other side has to know why.
        Conflict: `condition_done` or `condition_settled`, when somebody was faster;
            `condition_over` when no date needs it any more; `condition_expired` when time is up.
    """
    booking_id = booking_of_condition(step.condition_id)
    if booking_id is None:
        raise NotFound("condition")
    side = side_of(step.act)
    with writing_on(booking_id) as now:
        if side is Side.OWNER:
            booking, deciders = booking_to_decide(account, booking_id, now)
        else:
            booking = reload_booking(booking_id)
            if not acts_as_requester(account_now(account).viewer, booking.request):
                raise NotFound("booking")
            deciders = deciders_of([booking], now)[booking.id]
        rows = rows_of(booking.id)
        row = next((one for one in rows if one.id == step.condition_id), None)
        if row is None:
            raise NotFound("condition")
        words = step.words.strip()
        if needs_words(step.act) and not words:
            raise Invalid("words", "missing")
        dates = _dates_concerned(booking, row, now)
        after = status_after(ConditionStatus(row.status), step.act)
        if after is None:
            is_settled = ConditionStatus(row.status).is_settled
            raise Conflict("condition_settled" if is_settled else "condition_done")
        row.status, row.note = after, words
        completes = (
            row.stage == ConditionStage.BEFORE_FINAL
            and after.is_settled
            and not any(_is_pending(one) for one in rows)
        )
        write_log(
            booking,
            dates,
            now,
            before=dates[0].state,
            after=dates[0].state,
            deciders=deciders,
            actor_id=account.person_id,
            side=side,
            reason=words,
            colleague=side is Side.OWNER and is_colleague(account, booking),
            event=event_of(step.act),
            condition_id=row.id,
            is_announced=not completes,
        )
        if completes:
            _complete(account, booking, dates, deciders, now)
        return completes


def _dates_concerned(booking: Booking, row: BookingCondition, now: datetime) -> list[Occurrence]:
    """Return the dates for which a condition still matters, at least one."""
    stage = ConditionStage(row.stage)
    dates = [
        one
        for one in booking.occurrences
        if concerns(stage, one.state, lapses_at=one.lapses_at, ends_at=one.ends_at, now=now)
    ]
    if not dates:
        lapsed = any(
            one.state is State.ACCEPTED and has_lapsed(one.state, one.lapses_at, now)
            for one in booking.occurrences
        )
        raise Conflict("condition_expired" if lapsed else "condition_over")
    return dates


def _complete(
    account: Account,
    booking: Booking,
    accepted: Sequence[Occurrence],
    deciders: Deciders,
    now: datetime,
) -> None:
    """Confirm accepted dates, whose holds become places for good, and end what they replace."""
    replaced = {date.replaces_id for date in accepted}
    dates = [date for date in accepted if date.id not in replaced]
    plain = [date for date in dates if date.replaces_id is None]
    if len(holding(plain, now)) < len(plain):
        raise Conflict("condition_expired")
    found = beside(booking, dates, now)
    facts = facts_to_confirm(booking, dates, now, instead_of=found.all)
    seat_confirmed(dates, found, facts.effective.rules, now, room=facts.room)
    _move_due(booking, rows_of(booking.id), dates, found, now)
    agree(
        booking,
        dates,
        found,
        Act.COMPLETE,
        now,
        deciders=deciders,
        actor_id=account.person_id,
        side=Side.OWNER,
        colleague=is_colleague(account, booking),
    )
