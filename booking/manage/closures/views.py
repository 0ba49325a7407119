"""The owners' pages of closures: the list, one with its affected dates, making and changing one."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from booking.db import clock
from booking.disruptions import resolve
from booking.disruptions.queries import (
    DisruptionLine,
    closure_disruptions,
    disruption_lines,
    open_disruption_counts,
)
from booking.errors import Conflict, Forbidden, Invalid, NotFound
from booking.manage.blueprint import blueprint
from booking.manage.closures.forms import NOT_KNOWN, ON_A_DAY, ChangeForm, ClosureForm, ResolveForm
from booking.manage.closures.messages import add_fault_errors
from booking.manage.closures.presenter import phase_titles, what_text, when_text
from booking.manage.closures.queries import (
    ClosedPlace,
    ClosureLine,
    ClosurePhase,
    closable,
    get_closure,
    list_closures,
    place_named,
)
from booking.manage.closures.service import (
    ClosureChange,
    NewClosure,
    NewEnd,
    change,
    end_now,
    hull_of,
    make,
    preview,
)
from booking.manage.closures.targets import check_may_close, closed_by
from booking.manage.forms import OwnersForm
from booking.manage.queries import managed_facility
from booking.manage.saved_changes import SavedLine, add_conflict, saved_lines
from booking.manage.version import ChangedMeanwhile, version_of
from booking.rules.closure_times import ClosedTime, ClosingFault, ClosingFaultCode, closed_times
from booking.rules.opening import ONE_DAY
from booking.web.access import decider, the_account
from booking.web.fields import INTEGER_MAX
from booking.web.responses import ViewResponse
from booking.wording.closures import closed_when
from booking.wording.refusals import conflict_text

#: How many times of a repeating closure are shown at once on its page.
STRETCHES_SHOWN = 6
#: And on the page that shows it before it is saved.
STRETCHES_CHECKED = 12


@blueprint.get("/manage/closures")
@decider
def closures() -> str:
    """Show the closures of what one decides on: now, coming and past."""
    viewer, now = the_account().viewer, clock.now()
    found = list_closures(viewer, now)
    ids = [line.id for phase in (ClosurePhase.NOW, ClosurePhase.COMING) for line in found[phase]]
    return render_template(
        "manage/closures.html",
        found=found,
        phases=phase_titles(),
        counts=open_disruption_counts(viewer, ids, now),
        when=when_text,
        what=what_text,
    )


@blueprint.get("/manage/closures/<int:closure_id>")
@decider
def closure(closure_id: int) -> ViewResponse:
    """Show one closure: what it closes, when and why, and the dates that it affects."""
    form = ResolveForm(formdata=None)
    line, disruptions = _opened(closure_id)
    waiting = [disruption for disruption in disruptions if disruption.is_open]
    if len(waiting) == 1:
        form.dates.data = [waiting[0].uid]
    return closure_page(line, disruptions, form)


@blueprint.post("/manage/closures/<int:closure_id>/settle")
@decider
def keep_dates(closure_id: int) -> ViewResponse:
    """Keep the ticked dates despite the closure."""
    return _resolve(closure_id, keeps=True)


@blueprint.post("/manage/closures/<int:closure_id>/give-up")
@decider
def end_dates(closure_id: int) -> ViewResponse:
    """End the chosen dates: cancel confirmed ones, decline requested ones."""
    return _resolve(closure_id, keeps=False)


def _resolve(closure_id: int, *, keeps: bool) -> ViewResponse:
    account = the_account()
    line, disruptions = _opened(closure_id)
    form = ResolveForm()
    if not form.validate():
        return closure_page(line, disruptions, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    known = {disruption.uid: disruption.occurrence_id for disruption in disruptions}
    chosen = set(form.dates.data or ())
    if not chosen <= known.keys():
        raise NotFound("date")
    ids = {known[uid] for uid in chosen}
    reason = form.reason.data or ""
    try:
        if keeps:
            resolve.keep_disrupted(account, ids, reason)
        else:
            resolve.end_disrupted(account, ids, reason)
    except Conflict as conflict:
        form.form_errors.append(conflict_text(conflict.code))
        line, disruptions = _opened(closure_id)
        return closure_page(line, disruptions, form, HTTPStatus.CONFLICT)
    message = (
        ngettext(
            "%(num)s date goes ahead despite the closure.",
            "%(num)s dates go ahead despite the closure.",
            len(ids),
        )
        if keeps
        else ngettext("%(num)s date cancelled.", "%(num)s dates cancelled.", len(ids))
    )
    flash(message, "success")
    return redirect(url_for("manage.closure", closure_id=closure_id), HTTPStatus.SEE_OTHER)


@blueprint.post("/manage/closures/<int:closure_id>/end")
@decider
def end_closure(closure_id: int) -> ViewResponse:
    """End a closure now, or remove it when it has not begun."""
    viewer = the_account().viewer
    try:
        has_past = end_now(
            the_account(), known_id(closure_id), version=request.form.get("version", "")
        )
    except ChangedMeanwhile as conflict:
        line, disruptions = _opened(closure_id)
        managed = managed_facility(viewer, line.facility_slug) if line.facility_slug else None
        saved = saved_lines(viewer, conflict, line.zone, managed)
        form = ResolveForm(formdata=None)
        return closure_page(line, disruptions, form, HTTPStatus.CONFLICT, saved)
    if has_past:
        flash(gettext("The facility is open again."), "success")
        return redirect(url_for("manage.closure", closure_id=closure_id), HTTPStatus.SEE_OTHER)
    flash(gettext("Closure removed."), "success")
    return redirect(url_for("manage.closures"), HTTPStatus.SEE_OTHER)


def known_id(closure_id: int) -> int:
    """Return the id of a closure if a database can store it.

    Raises:
        NotFound: it is too large.
    """
    if closure_id > INTEGER_MAX:
        raise NotFound("closure")
    return closure_id


def _opened(closure_id: int) -> tuple[ClosureLine, list[DisruptionLine]]:
    viewer, now = the_account().viewer, clock.now()
    line = get_closure(viewer, known_id(closure_id), now)
    ids = closed_by(line.target)
    return line, closure_disruptions(viewer, closure_id, ids, now, within=hull_of(line.closed))


def closure_page(
    line: ClosureLine,
    disruptions: list[DisruptionLine],
    form: ResolveForm,
    status: int = HTTPStatus.OK,
    saved: Sequence[SavedLine] = (),
) -> ViewResponse:
    """Return the page of one closure; `form` holds what was ticked and typed.

    `saved` is what somebody else has saved since the page was opened.
    """
    page = render_template(
        "manage/closure.html",
        line=line,
        waiting=[disruption for disruption in disruptions if disruption.is_open],
        resolved=[disruption for disruption in disruptions if not disruption.is_open],
        form=form,
        saved=saved,
        version=version_of(line.target),
        what=what_text(line),
        stretches=[closed_when(one.starts_at, one.ends_at, line.zone) for one in line.closed],
        shown=STRETCHES_SHOWN,
    )
    return page, status


@blueprint.get("/manage/closures/new")
@decider
def new_closure() -> ViewResponse:
    """Show the form for one facility or cluster, or a choice of them."""
    viewer = the_account().viewer
    if not request.args.get("facility") and not request.args.get("cluster"):
        return render_template("manage/closure_choose.html", closable=closable(viewer))
    place = _place(request.args)
    return _form_page(place, ClosureForm(formdata=None, version=version_of(place.target)))


@blueprint.post("/manage/closures/new")
@decider
def make_closure() -> ViewResponse:
    """Show what the closure would affect, go back to the form, or save it."""
    place = _place(request.form)
    form = ClosureForm()
    step = request.form.get("step", "check")
    if step == "change":
        form.validate()
        return _form_page(place, form)
    is_sound = form.validate()
    if not is_sound and form.errors.keys() != {"reason"}:
        return _form_page(place, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    # A missing reason is reported together with errors of the times.
    closed, faults = closed_times(form.closing(), place.zone, clock.now())
    if faults or not is_sound:
        add_fault_errors(form, faults)
        return _form_page(place, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    new = NewClosure(
        place.target, form.closing(), form.reason.data or "", bool(form.reason_is_public.data)
    )
    version = form.version.data or ""
    try:
        if step == "close":
            return _saved(new, version)
        disruptions = preview(the_account(), new, version=version)
    except ChangedMeanwhile as conflict:
        _add_conflict(form, conflict, place.zone, place.slug)
        return _form_page(place, form, HTTPStatus.CONFLICT)
    except Invalid as wrong:
        # Time has passed between the check and the lock.
        code = ClosingFaultCode(wrong.code)
        add_fault_errors(form, [ClosingFault(wrong.field, code)])
        return _form_page(place, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    return render_template(
        "manage/closure_check.html",
        place=place,
        form=form,
        stretches=[closed_when(one.starts_at, one.ends_at, place.zone) for one in closed],
        shown=STRETCHES_CHECKED,
        disruptions=disruption_lines(
            the_account().viewer, [disruption.occurrence_id for disruption in disruptions]
        ),
        typed=_typed(),
    )


def _saved(new: NewClosure, version: str) -> ViewResponse:
    closure_id = make(the_account(), new, version=version)
    flash(gettext("Closure saved."), "success")
    return redirect(url_for("manage.closure", closure_id=closure_id), HTTPStatus.SEE_OTHER)


def _add_conflict(
    form: OwnersForm, conflict: ChangedMeanwhile, zone: ZoneInfo, slug: str | None
) -> None:
    """Say in a form what somebody else has saved; `slug` is the facility's, if it is one."""
    viewer = the_account().viewer
    managed = managed_facility(viewer, slug) if conflict.target.facility_id and slug else None
    add_conflict(form, viewer, conflict, zone, managed)


def _typed() -> list[tuple[str, str]]:
    """Return what was posted, for the check page to post it again."""
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in ("csrf_token", "step")
    ]


def _place(args: Any) -> ClosedPlace:
    """Return what is to be closed.

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
    """Change the end, the reason, who reads it, and the day of the next news."""
    account, now = the_account(), clock.now()
    line = get_closure(account.viewer, known_id(closure_id), now)
    if not line.may_change:
        raise Forbidden("others decide on a part of what it closes")
    if line.phase is ClosurePhase.PAST:
        raise NotFound("closure")
    if request.method != "POST":
        return _change_page(line, _filled(line))
    form = ChangeForm()
    if not form.validate():
        return _change_page(line, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        change(account, closure_id, _changing(line, form), version=form.version.data or "")
    except ChangedMeanwhile as conflict:
        line = get_closure(account.viewer, closure_id, now)
        _add_conflict(form, conflict, line.zone, line.facility_slug)
        return _change_page(line, form, HTTPStatus.CONFLICT)
    except Invalid as wrong:
        code = ClosingFaultCode(wrong.code)
        add_fault_errors(form, [ClosingFault(wrong.field, code)])
        return _change_page(line, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except Conflict as conflict:
        form.form_errors.append(conflict_text(conflict.code))
        return _change_page(line, form, HTTPStatus.CONFLICT)
    flash(gettext("Changed."), "success")
    return redirect(url_for("manage.closure", closure_id=closure_id), HTTPStatus.SEE_OTHER)


def _filled(line: ClosureLine) -> ChangeForm:
    """Return the form filled with the closure as it is."""
    form = ChangeForm(formdata=None, version=version_of(line.target))
    form.reason.data = line.reason
    form.reason_is_public.data = line.reason_is_public
    form.next_word_on.data = line.next_word_on.isoformat() if line.next_word_on else None
    form.ends.data = NOT_KNOWN if line.closed[-1].ends_at is None else ON_A_DAY
    form.last_day.data, form.ends_time.data = _end_as_typed(line)
    return form


def _end_as_typed(line: ClosureLine) -> tuple[str | None, str | None]:
    """Return last day and time as they would be typed; of a repeating closure only the last day."""
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


def _changing(line: ClosureLine, form: ChangeForm) -> ClosureChange:
    open_ended = form.ends.data == NOT_KNOWN
    before = _filled(line)
    same = (
        form.ends.data == before.ends.data
        and form.last_day.read == before.last_day.read
        and form.ends_time.read == before.ends_time.read
    )
    end = NewEnd(None if open_ended else form.last_day.read, form.ends_time.read)
    return ClosureChange(
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
