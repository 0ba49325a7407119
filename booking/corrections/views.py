"""The page on which somebody reports a mistake on the page of a facility."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext

from booking.corrections.blueprint import blueprint
from booking.corrections.forms import MistakeForm
from booking.corrections.service import TooManyReports, report_mistake
from booking.errors import Invalid
from booking.facilities.described import described_facility
from booking.rules.corrections import MOST_A_DAY
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse


@blueprint.get("/facilities/<string:slug>/report-a-mistake")
@signed_in
def report(slug: str) -> str:
    """Show the form to report a mistake."""
    return _page(slug, MistakeForm(formdata=None))


@blueprint.post("/facilities/<string:slug>/report-a-mistake")
@signed_in
def send_report(slug: str) -> ViewResponse:
    """Report a mistake, or say at the field why not, with what was typed."""
    facility = described_facility(slug)
    form = MistakeForm()
    if not form.validate():
        return _page(slug, form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        report_mistake(the_account(), facility.id, form.text.data or "")
    except Invalid as invalid:
        form.text.errors = [
            gettext("Many reports wait here already. Try again when its owner has settled some.")
            if invalid.code == "many_open"
            else gettext("Say what is wrong, and what would be right.")
        ]
        return _page(slug, form), HTTPStatus.UNPROCESSABLE_ENTITY
    except TooManyReports:
        form.text.errors = [
            gettext(
                "You have reported %(num)s mistakes in the last 24 hours, the most that one "
                "person can. Send this one later.",
                num=MOST_A_DAY,
            )
        ]
        return _page(slug, form), HTTPStatus.TOO_MANY_REQUESTS
    flash(gettext("Thank you. Who looks after this page has been told."), "success")
    return redirect(url_for("browse.facility", slug=slug))


def _page(slug: str, form: MistakeForm) -> str:
    return render_template("corrections/report.html", facility=described_facility(slug), form=form)
