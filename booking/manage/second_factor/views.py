"""The page on which coordinators ask everybody with a role for a second factor."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from booking.errors import Conflict, Forbidden, Invalid
from booking.manage.blueprint import blueprint
from booking.manage.second_factor import service
from booking.manage.second_factor.forms import LiftForm, SecondFactorForm
from booking.rules.second_factors import FARTHEST
from booking.web.access import coordinator, the_account
from booking.web.responses import ViewResponse
from booking.wording import formats
from booking.wording.roles import ROLE_WORDS

_UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/manage/clusters/<string:slug>/two-step")
@coordinator
def second_factor(slug: str) -> str:
    """Show whether a cluster asks for a second factor, and who has none yet."""
    found = service.second_factor_page(the_account().viewer, slug)
    form = SecondFactorForm(formdata=None)
    form.day.data = found.first_day.isoformat() if found.first_day else None
    return _page(slug, form, LiftForm(formdata=None))


@blueprint.post("/manage/clusters/<string:slug>/two-step")
@coordinator
def ask_for_second_factor(slug: str) -> ViewResponse:
    """Ask for one from a day on."""
    form, lift = SecondFactorForm(), LiftForm(formdata=None)
    found = service.second_factor_page(the_account().viewer, slug)
    if not form.validate() or form.day.read is None:
        return _page(slug, form, lift), _UNPROCESSABLE
    try:
        service.ask_for_second_factor(
            the_account(),
            slug,
            form.day.read,
            form.reason.data or "",
            version=form.version.data or "",
        )
    except Invalid as wrong:
        form.day.errors = [_why_not(wrong.code, found)]
        return _page(slug, form, lift), _UNPROCESSABLE
    except Forbidden:
        return _page(slug, form, lift), HTTPStatus.FORBIDDEN
    except Conflict:
        return _page(slug, form, lift, changed=True), HTTPStatus.CONFLICT
    day = formats.day(form.day.read)
    flash(gettext("Two-step sign-in is needed for roles from %(day)s.", day=day), "success")
    return _back(slug)


@blueprint.post("/manage/clusters/<string:slug>/two-step/lift")
@coordinator
def lift_second_factor(slug: str) -> ViewResponse:
    """Ask for none any more."""
    form, lift = SecondFactorForm(formdata=None), LiftForm()
    if not lift.validate():
        return _page(slug, form, lift), _UNPROCESSABLE
    try:
        service.stop_asking(
            the_account(), slug, lift.end_reason.data or "", version=lift.version.data or ""
        )
    except Conflict:
        return _page(slug, form, lift, changed=True), HTTPStatus.CONFLICT
    flash(gettext("Two-step sign-in is no longer needed for roles."), "success")
    return _back(slug)


def _why_not(code: str, found: service.SecondFactorPage) -> str:
    return {
        "past": gettext("Enter today or a later day."),
        "too_soon": gettext(
            "Enter %(day)s or a later day: people who do not have it yet need time to set it up.",
            day=formats.day(found.earliest),
        ),
        "too_far": gettext("Enter a day within the next %(days)d days.", days=FARTHEST.days),
        "already": gettext("This day is set already. Enter another one."),
    }[code]


def _back(slug: str) -> Response:
    return redirect(url_for("manage.second_factor", slug=slug), HTTPStatus.SEE_OTHER)


def _page(slug: str, form: SecondFactorForm, lift: LiftForm, *, changed: bool = False) -> str:
    found = service.second_factor_page(the_account().viewer, slug)
    if changed or not form.version.data:
        form.version.data = found.version
    if changed or not lift.version.data:
        lift.version.data = found.version
    return render_template(
        "manage/second_factor.html",
        found=found,
        form=form,
        lift=lift,
        changed=changed,
        words=ROLE_WORDS,
    )
