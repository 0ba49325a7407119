"""Making and changing a closure: the form, what it would hit, and saving it."""

from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.db import clock
from booking.disruptions.queries import disruption_lines
from booking.errors import Conflict, Forbidden, Invalid, NotFound
from booking.manage.blueprint import blueprint
from booking.manage.closures.forms import NOT_KNOWN, ON_A_DAY, ChangeForm, ClosureForm
from booking.manage.closures.messages import tell_faults
from booking.manage.closures.presenter import what_text
from booking.manage.closures.queries import (
    ClosedPlace,
    ClosureLine,
    ClosurePhase,
    closable,
    get_closure,
    place_named,
)
from booking.manage.closures.service import Changing, Making, NewEnd, change, make, preview
from booking.manage.closures.targets import check_may_close
from booking.manage.closures.views import known_id
from booking.rules.closure_times import ClosedTime, ClosingFault, ClosingFaultCode, closed_times
from booking.rules.opening import ONE_DAY
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse
from booking.wording.closures import closed_when
from booking.wording.refusals import conflict_text

STRETCHES_SHOWN = 12
_STEPS = ("check", "close", "change")


@blueprint.get("/manage/closures/new")
@decider
def new_closure() -> ViewResponse:
    """Show the form for one facility or cluster, or ask which."""
    viewer = the_account().viewer
    if not request.args.get("facility") and not request.args.get("cluster"):
        return render_template("manage/closure_choose.html", closable=closable(viewer))
    place = _place(request.args)
    return _form_page(place, ClosureForm(formdata=None))


@blueprint.post("/manage/closures/new")
@decider
def make_closure() -> ViewResponse:
    """Look at what the closure would hit, go back to the form, or save it."""
    place = _place(request.form)
    form = ClosureForm()
    step = request.form.get("step", "check")
    if step == "change":
        form.validate()
        return _form_page(place, form)
    is_sound = form.validate()
    if not is_sound and form.errors.keys() != {"reason"}:
        return _form_page(place, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    # A missing reason is told together with what is wrong with the times.
    closed, faults = closed_times(form.closing(), place.zone, clock.now())
    if faults or not is_sound:
        tell_faults(form, faults)
        return _form_page(place, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    making = Making(
        place.target, form.closing(), form.reason.data or "", bool(form.reason_is_public.data)
    )
    try:
        if step == "close":
            return _saved(making)
        disruptions = preview(the_account(), making)
    except Invalid as wrong:
        # The clock went on between our look and the lock.
        code = ClosingFaultCode(wrong.code)
        tell_faults(form, [ClosingFault(wrong.field, code)])
        return _form_page(place, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    return render_template(
        "manage/closure_check.html",
        place=place,
        form=form,
        stretches=[closed_when(one.starts_at, one.ends_at, place.zone) for one in closed],
        shown=STRETCHES_SHOWN,
        disruptions=disruption_lines(
            the_account().viewer, [disruption.occurrence_id for disruption in disruptions]
        ),
        typed=_typed(),
    )


def _saved(making: Making) -> ViewResponse:
    closure_id = make(the_account(), making)
    flash(gettext("Saved: closed as it stands here."), "success")
    return redirect(url_for("manage.closure", closure_id=closure_id), HTTPStatus.SEE_OTHER)


def _typed() -> list[tuple[str, str]]:
    """Return what was posted, to be sent on with the check page."""
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in ("csrf_token", "step")
    ]


def _place(args: Any) -> ClosedPlace:
    """Return what is to be shut.

    Raises:
        NotFound: there is none, or others decide on it.
        Forbidden: others decide on a part of it.
    """
    place = place_named(args.get("facility", ""), args.get("cluster", ""))
    check_may_close(the_account().viewer, place.target)
    return place


def _form_page(place: ClosedPlace, form: ClosureForm, status: int = HTTPStatus.OK) -> ViewResponse:
    today = clock.now().astimezone(place.zone).date()
    page = render_template(
        "manage/closure_new.html", place=place, form=form, first_day=today.isoformat()
    )
    return page, status


@blueprint.route("/manage/closures/<int:closure_id>/change", methods=["GET", "POST"])
@decider
def change_closure(closure_id: int) -> ViewResponse:
    """Change the end, the reason, who reads it, and by when there is word."""
    account, now = the_account(), clock.now()
    line = get_closure(account.viewer, known_id(closure_id), now)
    if not line.may_change:
        raise Forbidden("others decide on a part of what it shuts")
    if line.phase is ClosurePhase.PAST:
        raise NotFound("closure")
    if request.method == "GET":
        return _change_page(line, _filled(line))
    form = ChangeForm()
    if not form.validate():
        return _change_page(line, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        change(account, closure_id, _changing(line, form))
    except Invalid as wrong:
        code = ClosingFaultCode(wrong.code)
        tell_faults(form, [ClosingFault(wrong.field, code)])
        return _change_page(line, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except Conflict as conflict:
        form.form_errors.append(conflict_text(conflict.code))
        return _change_page(line, form, HTTPStatus.CONFLICT)
    flash(gettext("Changed."), "success")
    return redirect(url_for("manage.closure", closure_id=closure_id), HTTPStatus.SEE_OTHER)


def _filled(line: ClosureLine) -> ChangeForm:
    """Return the form with how the closure is now."""
    form = ChangeForm(formdata=None)
    form.reason.data = line.reason
    form.reason_is_public.data = line.reason_is_public
    form.next_word_on.data = line.next_word_on.isoformat() if line.next_word_on else None
    form.ends.data = NOT_KNOWN if line.closed[-1].ends_at is None else ON_A_DAY
    form.last_day.data, form.ends_time.data = _end_as_typed(line)
    return form


def _end_as_typed(line: ClosureLine) -> tuple[str | None, str | None]:
    """Return last day and time as they would be typed; a repeating one is told by its last day."""
    last = line.closed[-1]
    if len(line.closed) > 1:
        return last.starts_at.astimezone(line.zone).date().isoformat(), None
    return typed_end(last, line)


def typed_end(closed: ClosedTime, line: ClosureLine) -> tuple[str | None, str | None]:
    """Return the day and time at which a stretch ends, as typed; at midnight the day alone."""
    if closed.ends_at is None:
        return None, None
    ends = closed.ends_at.astimezone(line.zone)
    if (ends.hour, ends.minute) == (0, 0):
        return (ends.date() - ONE_DAY).isoformat(), None
    return ends.date().isoformat(), f"{ends:%H:%M}"


def _changing(line: ClosureLine, form: ChangeForm) -> Changing:
    open_ended = form.ends.data == NOT_KNOWN
    before = _filled(line)
    same = (
        form.ends.data == before.ends.data
        and form.last_day.read == before.last_day.read
        and form.ends_time.read == before.ends_time.read
    )
    end = NewEnd(None if open_ended else form.last_day.read, form.ends_time.read)
    return Changing(
        reason=form.reason.data or "",
        reason_is_public=bool(form.reason_is_public.data),
        next_word_on=form.next_word_on.read,
        end=None if same or (open_ended and before.ends.data == NOT_KNOWN) else end,
    )


def _change_page(line: ClosureLine, form: ChangeForm, status: int = HTTPStatus.OK) -> ViewResponse:
    page = render_template(
        "manage/closure_change.html",
        line=line,
        form=form,
        what=what_text(line),
        repeats=len(line.closed) > 1,
    )
    return page, status
