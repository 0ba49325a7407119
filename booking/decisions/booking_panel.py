"""One booking to decide on, ready to draw: its forms, one of its days, what confirming does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import url_for
from flask_babel import gettext

from booking.availability.confirming import Broken
from booking.calendars.decision_day import DecisionDay, decision_day, shown_days
from booking.conditions.presenter import ConditionPanel, panels_of
from booking.conditions.queries import to_be_asked
from booking.decisions.competing import Competition, Effects
from booking.decisions.exceptions import broken_in
from booking.decisions.forms import (
    ConfirmForm,
    DatesForm,
    KeepForm,
    OwnerCancelForm,
    TakeOffForm,
)
from booking.decisions.replies import Reply, replies_at
from booking.decisions.review import BookingForReview, DateForReview, RequestForReview
from booking.disruptions.queries import AffectedMark, ExceptionLine, affected_dates, exceptions_of
from booking.messages.forms import MessageForm
from booking.messages.presenter import Thread, message_form
from booking.messages.queries import ThreadMessage, threads_of
from booking.requests.disruption_text import affected_text, exception_text
from booking.rules.conditions import ConditionStage, ListedCondition, usual_condition_day
from booking.rules.date_days import days_of_date
from booking.rules.deadlines import usual_answer_day
from booking.rules.exceptions import allows_exception, exception_keys
from booking.rules.lifecycle import FIRM, Side
from booking.rules.opening import Unit
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms
from booking.rules.visibility import NOT_NAMED, Viewer
from booking.web.fields import BaseForm
from booking.wording.conditions import condition_choices, stage_choices
from booking.wording.exceptions import broken_text
from booking.wording.formats import short_day

#: At most so many links to days of one booking.
MOST_DAYS = 14


@dataclass(frozen=True)
class BookingPanel:
    """One booking of a request; `number` counts the bookings that the viewer decides on from 1.

    `has_rivals`: others compete with it, such as hold a place too. `broken` says by date which
    rules confirming it would break, in words; `to_acknowledge` names them for the form. Dates in
    `beyond` break a rule for which there are no exceptions. `disruptions` says what affects a
    date, `exceptions` what was granted for it. `..._open`: that form was posted and has errors.
    `conditions` hang on the booking, `to_ask` would with a yes.
    """

    number: int
    booking: BookingForReview
    form: ConfirmForm
    cancel_form: OwnerCancelForm
    effects: Effects
    has_rivals: bool
    drawn_day: DecisionDay | None
    other_days: tuple[tuple[str, str, bool], ...]
    keep_form: KeepForm
    off_form: TakeOffForm
    replies: Sequence[Reply]
    broken: Mapping[int, Sequence[str]]
    to_acknowledge: frozenset[str]
    beyond: frozenset[int]
    disruptions: Mapping[int, str]
    exceptions: Mapping[int, Sequence[str]]
    decline_open: bool
    cancel_open: bool
    keep_open: bool
    wait_open: bool
    off_open: bool
    exception_open: bool
    thread: Thread | None
    conditions: ConditionPanel | None
    to_ask: Sequence[ListedCondition]

    @property
    def makes_final(self) -> bool:
        """Return whether nothing of the facility must be done before a yes is final."""
        hung = self.conditions.conditions if self.conditions else ()
        stages = [one.line.stage for one in hung if not one.line.status.is_settled]
        stages += [one.condition.stage for one in self.to_ask]
        return ConditionStage.BEFORE_FINAL not in stages

    @property
    def conditions_open(self) -> bool:
        """Return whether something is typed or wrong in the fields of a further condition."""
        form = self.form
        fields = (form.added_kind, form.added_text, form.conditions_by)
        wrong = any(field.errors for field in fields)
        return wrong or bool(form.added_kind.data or form.added_text.data)

    @property
    def fitting(self) -> tuple[DateForReview, ...]:
        """Return the dates that wait and have room."""
        return tuple(d for d in self.booking.waiting if d.id not in self.effects.unfit)

    @property
    def plain(self) -> tuple[DateForReview, ...]:
        """Return those of the fitting dates that break no rule."""
        return tuple(date for date in self.fitting if date.id not in self.broken)

    @property
    def against_rules(self) -> tuple[DateForReview, ...]:
        """Return those of the fitting dates that break only rules that allow exceptions."""
        return tuple(d for d in self.fitting if d.id in self.broken and d.id not in self.beyond)

    @property
    def affected(self) -> tuple[DateForReview, ...]:
        """Return the confirmed dates that are affected and not resolved.

        Those that wait are resolved by the decision.
        """
        return tuple(date for date in self.booking.cancellable if date.id in self.disruptions)

    @property
    def forms(self) -> tuple[DatesForm, ...]:
        """Return all forms, for the summary of what is wrong."""
        return self.form, self.cancel_form, self.keep_form, self.off_form


def prefix_of(number: int, kind: str) -> str:
    """Return the prefix of a form's fields, as one page may hold several forms of a kind."""
    return f"{kind}-{number}"


def booking_panels(
    review: RequestForReview,
    around: Competition,
    viewer: Viewer,
    now: datetime,
    *,
    on: date | None = None,
    tried: tuple[int, BaseForm] | None = None,
) -> list[BookingPanel]:
    """Return the bookings of a request; `tried` is the number of one and its form as posted.

    `around` is the competition around all their dates; `on` the day to draw, if one touches it.
    """
    ids = [date.id for booking in review.bookings for date in booking.dates]
    replies = {
        booking.facility_id: replies_at([booking.facility_id]) for booking in review.bookings
    }
    marks = _DateMarks(affected_dates(ids, for_owner=True), exceptions_of(ids), viewer)
    threads = threads_of([booking.id for booking in review.bookings])
    to_ask = to_be_asked({booking.id: booking.facility_id for booking in review.bookings})
    conditions = panels_of(
        Side.OWNER,
        [(booking.id, bool(booking.accepted)) for booking in review.bookings],
        tried,
        ended=frozenset(one.id for one in review.bookings if not (one.accepted or one.cancellable)),
    )
    return [
        _panel(
            number,
            booking,
            review,
            around,
            marks,
            # In own use there is nobody to write to.
            threads.get(booking.id, ()) if review.organisation else None,
            viewer,
            now,
            on,
            tried,
            replies[booking.facility_id],
            conditions.get(booking.id),
            to_ask.get(booking.id, ()),
        )
        for number, booking in enumerate(review.bookings, start=1)
    ]


@dataclass(frozen=True)
class _DateMarks:
    """What affects the dates of a request, and which exceptions were granted."""

    disruptions: Mapping[int, AffectedMark]
    granted: Mapping[int, Sequence[ExceptionLine]]
    viewer: Viewer

    def disruptions_of(self, booking: BookingForReview) -> dict[int, str]:
        """Return what affects each date of a booking, in words."""
        return {
            date.id: affected_text(self.disruptions[date.id], booking.zone)
            for date in booking.dates
            if date.id in self.disruptions
        }

    def exceptions_of(self, booking: BookingForReview) -> dict[int, list[str]]:
        """Return the exceptions granted for each date of a booking, in words."""
        return {
            date.id: [exception_text(one, self._who(one)) for one in self.granted[date.id]]
            for date in booking.dates
            if date.id in self.granted
        }

    def _who(self, one: ExceptionLine) -> str:
        return gettext("you") if one.person_id == self.viewer.person_id else one.person


def _panel(
    number: int,
    booking: BookingForReview,
    review: RequestForReview,
    around: Competition,
    marks: _DateMarks,
    messages: Sequence[ThreadMessage] | None,
    viewer: Viewer,
    now: datetime,
    on: date | None,
    tried: tuple[int, BaseForm] | None,
    replies: Sequence[Reply],
    conditions: ConditionPanel | None,
    to_ask: Sequence[ListedCondition],
) -> BookingPanel:
    waiting = booking.waiting
    effects = around.effects([d.id for d in waiting])
    ids = [date.id for date in waiting]
    broken = broken_in(booking.id, ids, now)
    posted = tried[1] if tried and tried[0] == number else None
    form = posted if isinstance(posted, ConfirmForm) else _form(number, waiting, effects, broken)
    label_condition_fields(form)
    if form is not posted and waiting:
        usual = usual_condition_day(now, _latest_acceptance(booking, now), booking.deadlines)
        form.conditions_by.data = usual.isoformat()
        form.conditions.data = [str(one.id) for one in to_ask]
    cancel_form = (
        posted
        if isinstance(posted, OwnerCancelForm)
        else OwnerCancelForm(formdata=None, prefix=prefix_of(number, "cancel"))
    )
    touched = _days([d.slot for d in waiting or booking.cancellable], booking.rules)
    day = on if on in touched else _first_of_interest(booking, effects, touched)
    drawn_day = None
    if day is not None:
        drawn_day = decision_day(
            booking.facility_id,
            day,
            this=[d.id for d in waiting or booking.cancellable],
            rivals=[rival.occurrence_id for rival in effects.rivals],
            viewer=viewer,
            now=now,
            for_organisation=review.organisation_id or NOT_NAMED,
        )
    return BookingPanel(
        number=number,
        booking=booking,
        form=form,
        cancel_form=cancel_form,
        effects=effects,
        has_rivals=bool(effects.rivals or around.alone(booking.id).rivals),
        drawn_day=drawn_day,
        other_days=_day_links(booking.rules, touched, day, review.reference),
        keep_form=(
            posted
            if isinstance(posted, KeepForm)
            else KeepForm(formdata=None, prefix=prefix_of(number, "keep"))
        ),
        off_form=(
            posted
            if isinstance(posted, TakeOffForm)
            else TakeOffForm(formdata=None, prefix=prefix_of(number, "off"))
        ),
        replies=replies,
        broken={
            key: [broken_text(refusal, booking.zone) for refusal in refusals]
            for key, refusals in broken.items()
        },
        to_acknowledge=frozenset().union(
            *(exception_keys(date.uid, broken.get(date.id, ())) for date in booking.waiting)
        ),
        beyond=frozenset(
            key
            for key, refusals in broken.items()
            if not all(allows_exception(refusal) for refusal in refusals)
        ),
        disruptions=marks.disruptions_of(booking),
        exceptions=marks.exceptions_of(booking),
        decline_open=posted is form
        and bool(form.reason.errors or form.reason.data or form.code.errors),
        cancel_open=posted is cancel_form,
        keep_open=isinstance(posted, KeepForm),
        wait_open=posted is form and bool(form.wait_note.errors or form.wait_note.data),
        off_open=isinstance(posted, TakeOffForm),
        exception_open=posted is form and bool(form.exception_reason.errors),
        thread=_thread(number, booking, messages, viewer, now, tried)
        if messages is not None
        else None,
        conditions=conditions,
        to_ask=to_ask,
    )


def _thread(
    number: int,
    booking: BookingForReview,
    messages: Sequence[ThreadMessage],
    viewer: Viewer,
    now: datetime,
    tried: tuple[int, BaseForm] | None,
) -> Thread:
    """Return the messages of a booking; a new question offers the usual day for its answer."""
    posted = tried[1] if tried and tried[0] == number else None
    first_start = min((date.slot.starts_at for date in booking.waiting), default=None)
    day = usual_answer_day(now, first_start, booking.deadlines)
    return Thread(
        number=number,
        side=Side.OWNER,
        messages=messages,
        names=[
            gettext("You") if one.author_id == viewer.person_id else one.author for one in messages
        ],
        form=posted if isinstance(posted, MessageForm) else message_form(Side.OWNER, number, day),
        now=now,
        stops_clock=bool(booking.waiting),
    )


def _form(
    number: int, waiting: Sequence[DateForReview], effects: Effects, broken: Broken
) -> ConfirmForm:
    """Return the form with every date ticked that has room and breaks no rule."""
    form = ConfirmForm(formdata=None, prefix=prefix_of(number, "answer"))
    replaced = {date.replaces_id for date in waiting if date.replaces_id is not None}
    left_out = effects.unfit | broken.keys() | replaced
    form.dates.data = [d.uid for d in waiting if d.id not in left_out or len(waiting) == 1]
    return form


def _latest_acceptance(booking: BookingForReview, now: datetime) -> datetime:
    """Return until when all dates that wait can be accepted; see `bookings.agreeing`.

    As far as the viewer may know: a date at a facility of others does not tell when it begins.
    """
    replaced = {date.replaces_id for date in booking.waiting}
    firm = [date for date in booking.cancellable if date.id in replaced]
    starts = [date.slot.starts_at for date in firm if date.slot.starts_at > now]
    starts += [
        one.slot.starts_at
        for one in booking.elsewhere
        if one.facility is not None
        and one.standing.id in replaced
        and one.standing.state in FIRM
        and one.slot.starts_at > now
    ]
    return min([*(date.slot.starts_at for date in booking.waiting), *starts])


def label_condition_fields(form: ConfirmForm) -> None:
    """Give the choices of the fields of a further condition their words."""
    form.added_kind.choices = [("", gettext("Choose")), *condition_choices()]
    form.added_stage.choices = stage_choices()


def _days(slots: Sequence[Slot], rules: BookingTerms) -> list[date]:
    """Return the days of these dates, at most `MOST_DAYS` of each."""
    found: set[date] = set()
    for slot in slots:
        days = days_of_date(rules, slot)
        number = min(days.days_between + 1, MOST_DAYS)
        found.update(days.first + timedelta(days=n) for n in range(number))
    return sorted(found)


def _first_of_interest(
    booking: BookingForReview, effects: Effects, touched: Sequence[date]
) -> date | None:
    """Return the first day with a conflict or a rival, else the first day."""
    contested = [d.slot for d in booking.waiting if d.id in effects.unfit]
    contested += [rival.slot for rival in effects.rivals]
    for day in touched:
        if day in _days(contested, booking.rules):
            return day
    return touched[0] if touched else None


def _day_links(
    rules: BookingTerms, touched: Sequence[date], shown: date | None, reference: str
) -> tuple[tuple[str, str, bool], ...]:
    """Return a link for each day, or for the first day of each stretch that is shown at once."""
    firsts: dict[date, date] = {}
    for day in touched:
        firsts.setdefault(shown_days(rules, day)[0], day)
    if rules.unit is not Unit.HOUR:
        firsts = _not_shown_before(rules, firsts)
    if len(firsts) < 2:
        return ()
    return tuple(
        (
            short_day(day),
            url_for("decisions.show", reference=reference, on=day.isoformat()),
            shown is not None and shown_days(rules, day)[0] == shown_days(rules, shown)[0],
        )
        for day in [*firsts.values()][:MOST_DAYS]
    )


def _not_shown_before(rules: BookingTerms, firsts: Mapping[date, date]) -> dict[date, date]:
    """Return the stretches without those whose day the one before already shows."""
    left: dict[date, date] = {}
    until = None
    for first, day in sorted(firsts.items()):
        if until is None or day > until:
            left[first] = day
            until = shown_days(rules, day)[1]
    return left
