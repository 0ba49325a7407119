"""The page with the mistakes that people reported of a facility."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext

from booking.corrections.queries import reported_mistakes
from booking.errors import Conflict
from booking.manage.blueprint import blueprint
from booking.manage.corrections.forms import SettleForm
from booking.manage.corrections.service import settle
from booking.manage.queries import kept_facility
from booking.rules.corrections import Outcome
from booking.web.access import keeper, the_account
from booking.web.responses import ViewResponse


@blueprint.get("/manage/facilities/<string:slug>/reports")
@keeper
def reports(slug: str) -> str:
    """List the mistakes that people reported: those that are open, and the last settled ones."""
    found = kept_facility(the_account().viewer, slug)
    return render_template(
        "manage/reports.html",
        facility=found.facility,
        zone=found.effective.rules.zone,
        reports=reported_mistakes(found.facility.id),
    )


@blueprint.post("/manage/facilities/<string:slug>/reports/<int:number>")
@keeper
def settle_report(slug: str, number: int) -> ViewResponse:
    """Settle one: it is corrected, or the page stays as it is."""
    account = the_account()
    kept_facility(account.viewer, slug)
    form = SettleForm()
    back = redirect(url_for("manage.reports", slug=slug), HTTPStatus.SEE_OTHER)
    if not form.validate():
        return back
    try:
        settle(account, slug, number, Outcome(form.outcome.data or ""))
    except Conflict:
        flash(gettext("Somebody has settled this report before you."), "warning")
        return back
    flash(gettext("Settled. Who reported it has been told."), "success")
    return back
