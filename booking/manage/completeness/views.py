"""Pages: how complete the facilities of a cluster are, and whether they are still true."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext

from booking.db import clock
from booking.manage.blueprint import blueprint
from booking.manage.completeness.presenter import counted_label, field_id
from booking.manage.completeness.queries import FacilityState, cluster_state
from booking.manage.facts.service import confirm_facts
from booking.manage.forms import OwnersForm
from booking.manage.queries import kept_facility
from booking.manage.version import ChangedMeanwhile
from booking.rules.completeness import COUNTED, HOURS, PEOPLE
from booking.web.access import keeper, the_account
from booking.web.responses import ViewResponse
from booking.wording.facts import fact_label, fact_text
from booking.wording.positions import position_fault_text


@blueprint.get("/manage/completeness/<string:reference>")
@keeper
def completeness(reference: str) -> str:
    """Show how much of each facility of a cluster is stated, and what to state next."""
    state = cluster_state(the_account().viewer, reference, clock.now().date())
    return _page(state)


def _page(state: object) -> str:
    return render_template(
        "manage/completeness.html",
        state=state,
        label=counted_label,
        fact_label=fact_label,
        fact_text=fact_text,
        position_fault_text=position_fault_text,
        next_url=_next_url,
        counted=len(COUNTED),
    )


@blueprint.post("/manage/completeness/<string:slug>/confirm")
@keeper
def confirm_still_true(slug: str) -> ViewResponse:
    """Note that all facts of a facility are right as of today."""
    account = the_account()
    found = kept_facility(account.viewer, slug)
    form = OwnersForm()
    back = url_for("manage.completeness", reference=found.cluster.slug, _anchor=slug)
    try:
        confirm_facts(account, slug, version=form.version.data or "")
    except ChangedMeanwhile:
        flash(
            gettext(
                "Somebody has changed %(facility)s since you opened the page. Look again, then "
                "confirm.",
                facility=found.facility.name,
            ),
            "danger",
        )
    else:
        flash(
            gettext("Confirmed as of today: %(facility)s.", facility=found.facility.name),
            "success",
        )
    return redirect(back, HTTPStatus.SEE_OTHER)


def _next_url(facility: FacilityState) -> str:
    """Return where the next thing is stated, at its field."""
    name = facility.completeness.next or ""
    anchor = None if name in (HOURS, PEOPLE) else field_id(name)
    return url_for(facility.next_page, slug=facility.slug, _anchor=anchor)
