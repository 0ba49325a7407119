"""The owners' pages of closures: the list, and one with the bookings that it hits."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from booking.db import clock
from booking.disruptions import resolve
from booking.disruptions.queries import DisruptionLine, closure_disruptions, open_disruption_counts
from booking.errors import Conflict, NotFound
from booking.manage.blueprint import blueprint
from booking.manage.closures.forms import SettleForm
from booking.manage.closures.presenter import phase_titles, what_text, when_text
from booking.manage.closures.queries import (
    ClosureLine,
    ClosurePhase,
    get_closure,
    list_closures,
)
from booking.manage.closures.service import end_now, hull_of
from booking.manage.closures.targets import closed_by
from booking.web.access import decider, the_account
from booking.web.fields import INTEGER_MAX
from booking.web.responses import ViewResponse
from booking.wording.closures import closed_when
from booking.wording.refusals import conflict_text

#: So many stretches of a repeating closure are shown at once.
STRETCHES_SHOWN = 6


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
    """Show one closure: what it shuts, when and why, and the bookings that it hits."""
    form = SettleForm(formdata=None)
    line, disruptions = _opened(closure_id)
    waiting = [disruption for disruption in disruptions if disruption.is_open]
    if len(waiting) == 1:
        form.dates.data = [waiting[0].uid]
    return closure_page(line, disruptions, form)


@blueprint.post("/manage/closures/<int:closure_id>/settle")
@decider
def keep_dates(closure_id: int) -> ViewResponse:
    """Keep the ticked dates all the same, or end them, with a reason."""
    return _resolve(closure_id, keeps=True)


@blueprint.post("/manage/closures/<int:closure_id>/give-up")
@decider
def end_dates(closure_id: int) -> ViewResponse:
    """End the ticked dates: cancel what is confirmed, decline what is asked for."""
    return _resolve(closure_id, keeps=False)


def _resolve(closure_id: int, *, keeps: bool) -> ViewResponse:
    account = the_account()
    line, disruptions = _opened(closure_id)
    form = SettleForm()
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
    told = (
        ngettext("%(num)s date is kept.", "%(num)s dates are kept.", len(ids))
        if keeps
        else ngettext("%(num)s date is ended.", "%(num)s dates are ended.", len(ids))
    )
    flash(told, "success")
    return redirect(url_for("manage.closure", closure_id=closure_id), HTTPStatus.SEE_OTHER)


@blueprint.post("/manage/closures/<int:closure_id>/end")
@decider
def end_closure(closure_id: int) -> Response:
    """End a closure now, or remove it when it has not begun."""
    known_id(closure_id)
    if end_now(the_account(), closure_id):
        flash(gettext("It is open again from now on."), "success")
        return redirect(url_for("manage.closure", closure_id=closure_id), HTTPStatus.SEE_OTHER)
    flash(gettext("The closure is removed."), "success")
    return redirect(url_for("manage.closures"), HTTPStatus.SEE_OTHER)


def known_id(closure_id: int) -> int:
    """Return the number of a closure, if there could be one of it.

    Raises:
        NotFound: no database keeps so large a number.
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
    form: SettleForm,
    status: int = HTTPStatus.OK,
) -> ViewResponse:
    """Return the page of one closure; `form` holds what was ticked and typed."""
    page = render_template(
        "manage/closure.html",
        line=line,
        waiting=[disruption for disruption in disruptions if disruption.is_open],
        resolved=[disruption for disruption in disruptions if not disruption.is_open],
        form=form,
        what=what_text(line),
        stretches=[closed_when(one.starts_at, one.ends_at, line.zone) for one in line.closed],
        shown=STRETCHES_SHOWN,
    )
    return page, status
