"""Who comes today, and what came of it: arrivals, leaving times, no-shows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.availability.dates import Fault, FaultCode
from booking.calendars.params import in_calendar_range
from booking.db import clock
from booking.db.times import CENTRAL_EUROPEAN, DoesNotExist, ExistsTwice, to_utc
from booking.decisions import attendance as service
from booking.decisions.attendance import WrongTimes
from booking.decisions.attendance_forms import AttendanceForm
from booking.decisions.blueprint import blueprint
from booking.decisions.day_list import MOST_LISTED, day_list
from booking.decisions.decision_views import conflict_page
from booking.decisions.queries import enterable_facilities
from booking.decisions.review import BookingForReview, DateForReview, RequestForReview
from booking.decisions.views import day_of_query, review_for
from booking.errors import Conflict, NotFound
from booking.requests.form_builder import date_fault_text, passing_choices
from booking.rules.attendance import Attendance
from booking.rules.lifecycle import Act, Side
from booking.rules.opening import ONE_DAY, local_day
from booking.rules.visibility import Account
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse
from booking.wording.attendance import attendance_fault_text, attendance_text
from booking.wording.dates import date_text
from booking.wording.refusals import conflict_text

#: What was tried too early, or does not go with what is noted; nobody else was faster.
_NOT_NOW = ("too_early", "not_begun", "attended")


@blueprint.get("/inbox/today")
@decider
def today() -> str:
    """Show who comes today, or on another day, to the facilities on which the viewer decides."""
    viewer, now = the_account().viewer, clock.now()
    on = day_of_query()
    if on is not None and not in_calendar_range(on, local_day(now, CENTRAL_EUROPEAN)):
        on = None
    slug = request.args.get("facility", "")
    facilities = enterable_facilities(viewer)
    chosen = next((one for one in facilities if one.slug == slug), None)
    found = day_list(viewer, on, now, facility_ids=None if chosen is None else {chosen.id})
    here = found.facilities[0].day if found.facilities else on or local_day(now, CENTRAL_EUROPEAN)

    def address(other: date | None = None, **changes: str | None) -> str:
        kept: dict[str, Any] = {"facility": chosen.slug if chosen else None}
        if other is not None:
            kept["on"] = other.isoformat()
        return url_for("decisions.today", **{**kept, **changes})

    return render_template(
        "decisions/today.html",
        found=found,
        most_listed=MOST_LISTED,
        facilities=facilities,
        facility=chosen,
        on=on,
        day=here,
        day_before=here - ONE_DAY,
        day_after=here + ONE_DAY,
        address=address,
    )


@dataclass(frozen=True)
class _Chosen:
    """One date of a request, with its booking and that booking's number in the request."""

    review: RequestForReview
    booking: BookingForReview
    number: int
    date: DateForReview

    @property
    def may_end_as_no_show(self) -> bool:
        """Return whether it can be recorded now that nobody came."""
        return (
            self.date.state.allows(Act.MARK_NO_SHOW, Side.OWNER)
            and self.date.slot.starts_at <= clock.now()
            and not self.date.attendance.is_noted
        )


@blueprint.get("/inbox/<string:reference>/attendance")
@decider
def attendance(reference: str) -> str:
    """Show what is noted of one date, and the form to change it."""
    chosen = _chosen(reference)
    return _render(chosen, _filled(chosen))


@blueprint.post("/inbox/<string:reference>/attendance")
@decider
def save_attendance(reference: str) -> ViewResponse:
    """Save when the people of a date came and left."""
    chosen = _chosen(reference)
    form = AttendanceForm()
    is_good = form.validate()
    noted = _read(form, chosen)
    if not is_good or noted is None:
        return _render(chosen, form), HTTPStatus.UNPROCESSABLE_ENTITY

    def act(account: Account) -> None:
        service.note_attendance(account, chosen.booking.id, chosen.date.id, noted)

    return _act(chosen, act, _attendance_saved, form)


@blueprint.post("/inbox/<string:reference>/arrived")
@decider
def arrived(reference: str) -> ViewResponse:
    """Note that the people of a date have come."""
    chosen = _chosen(reference)

    def act(account: Account) -> None:
        service.note_arrival(account, chosen.booking.id, chosen.date.id)

    return _act(chosen, act, _attendance_saved)


@blueprint.post("/inbox/<string:reference>/left")
@decider
def left(reference: str) -> ViewResponse:
    """Note that the people of a date have left."""
    chosen = _chosen(reference)

    def act(account: Account) -> None:
        service.note_leaving(account, chosen.booking.id, chosen.date.id)

    return _act(chosen, act, _attendance_saved)


@blueprint.post("/inbox/<string:reference>/no-show")
@decider
def no_show(reference: str) -> ViewResponse:
    """Record that nobody came to a date."""
    chosen = _chosen(reference)

    def act(account: Account) -> None:
        service.mark_no_show(account, chosen.booking.id, chosen.date.id)

    def message(chosen: _Chosen) -> str:
        return gettext("No-show recorded: %(what)s.", what=_what(chosen))

    return _act(chosen, act, message)


def _chosen(reference: str) -> _Chosen:
    """Return the date that the query or the form names; a page without one is about the first.

    Raises:
        NotFound: there is none such, or it is others' to decide on.
    """
    review = review_for(reference)
    uid = request.values.get("date", "")
    for number, booking in enumerate(review.bookings, start=1):
        for one in booking.dates:
            if one.uid == uid or (not uid and request.method == "GET"):
                return _Chosen(review, booking, number, one)
    raise NotFound("date")


def _act(
    chosen: _Chosen,
    act: Callable[[Account], None],
    message: Callable[[_Chosen], str],
    form: AttendanceForm | None = None,
) -> ViewResponse:
    try:
        act(the_account())
    except WrongTimes as wrong:
        tried = form or _filled(chosen)
        for fault in wrong.faults:
            field = tried[fault.field.replace("_at", "_time")]
            field.errors = [*field.errors, attendance_fault_text(fault.code)]
        return _render(chosen, tried), HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as conflict:
        if conflict.code in _NOT_NOW:
            page = _render(chosen, form or _filled(chosen), conflict_text(conflict.code))
            return page, HTTPStatus.CONFLICT
        ids = frozenset({chosen.date.id})
        return conflict_page(chosen.review.reference, chosen.booking, ids, conflict.code, "")
    flash(message(_chosen(chosen.review.reference)), "success")
    if request.form.get("back") == "today":
        on, slug = day_of_query(request.form), request.form.get("facility")
        where: dict[str, Any] = {"on": on.isoformat() if on else None, "facility": slug or None}
        return redirect(url_for("decisions.today", _anchor=f"date-{chosen.date.uid}", **where))
    return redirect(url_for("decisions.show", reference=chosen.review.reference))


def _what(chosen: _Chosen) -> str:
    return gettext(
        "%(facility)s, %(dates)s",
        facility=chosen.booking.facility,
        dates=date_text(chosen.date.slot, chosen.booking.rules),
    )


def _attendance_saved(chosen: _Chosen) -> str:
    noted = attendance_text(chosen.date.attendance, chosen.date.slot, chosen.booking.zone)
    if not noted:
        return gettext("Arrival and leaving times removed: %(what)s.", what=_what(chosen))
    return gettext("Noted for %(what)s: %(noted)s.", what=_what(chosen), noted=noted)


def _render(chosen: _Chosen, form: AttendanceForm, conflict: str | None = None) -> str:
    return render_template(
        "decisions/attendance.html",
        chosen=chosen,
        review=chosen.review,
        booking=chosen.booking,
        date=chosen.date,
        form=form,
        conflict=conflict,
    )


def _filled(chosen: _Chosen) -> AttendanceForm:
    """Return the form with what is noted, else with the days of the date and without times."""
    form = AttendanceForm(formdata=None)
    zone, slot, noted = chosen.booking.zone, chosen.date.slot, chosen.date.attendance
    last = min(slot.ends_at - timedelta(microseconds=1), max(clock.now(), slot.starts_at))
    for name, at, else_on in (
        ("arrived", noted.arrived_at, slot.starts_at),
        ("left", noted.left_at, last),
    ):
        form[f"{name}_day"].data = local_day(at or else_on, zone).isoformat()
        if at is None:
            continue
        local = at.astimezone(zone)
        form[f"{name}_time"].data = f"{local:%H:%M}"
        form[f"{name}_fold"].data = str(local.fold)
    return form


def _read(form: AttendanceForm, chosen: _Chosen) -> Attendance | None:
    """Return the times that were typed, or None with what is wrong at their fields."""
    arrived_at = _instant(form, "arrived", chosen)
    left_at = _instant(form, "left", chosen)
    return None if form.errors else Attendance(arrived_at, left_at)


def _instant(form: AttendanceForm, name: str, chosen: _Chosen) -> datetime | None:
    on, at = form[f"{name}_day"], form[f"{name}_time"]
    fold = form[f"{name}_fold"]
    if not at.data or at.read is None:
        return None
    if on.read is None:
        if not on.errors:
            on.errors = [gettext("Enter the day.")]
        return None
    rules, wall = chosen.booking.rules, datetime.combine(on.read, at.read)
    fold.choices = passing_choices(wall, rules)
    try:
        return to_utc(wall, rules.zone, fold.fold)
    except DoesNotExist:
        fault, field = Fault(at.name, FaultCode.SKIPPED, wall), at
    except ExistsTwice:
        fault, field = Fault(at.name, FaultCode.TWICE, wall), fold
    field.errors = [date_fault_text(fault, rules.zone)]
    return None
