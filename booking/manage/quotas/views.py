"""The page of a facility's quotas and fair share."""

from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from booking.db import clock
from booking.manage.blueprint import blueprint
from booking.manage.queries import ManagedFacility, inherited_terms, managed_facility
from booking.manage.quotas.forms import QuotasForm, field_name
from booking.manage.quotas.presenter import section
from booking.manage.quotas.service import own_quotas, set_quotas
from booking.manage.saved_changes import add_facility_conflict
from booking.manage.terms.presenter import empty_text
from booking.manage.version import ChangedMeanwhile, facility_version
from booking.rules.quotas import Measure, Period
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse


@blueprint.get("/manage/facilities/<string:slug>/quotas")
@decider
def quotas(slug: str) -> str:
    """Show the quotas and the fair share, with the form to change them."""
    found = managed_facility(the_account().viewer, slug)
    own = own_quotas(found.facility.id)
    stated: dict[str, Any] = {field_name(*key): most for key, most in own.items()}
    stated["fair_share_percent"] = found.facility.fair_share_percent
    stated["version"] = facility_version(found.facility.id)
    return _page(found, QuotasForm(formdata=None, data=stated))


@blueprint.post("/manage/facilities/<string:slug>/quotas")
@decider
def change_quotas(slug: str) -> ViewResponse:
    """Set the quotas, or say at each field what is wrong with it."""
    account = the_account()
    found = managed_facility(account.viewer, slug)
    form = QuotasForm(formdata=MultiDict(request.form))
    if not form.validate():
        return _page(found, form), HTTPStatus.UNPROCESSABLE_ENTITY
    version = form.version.data or ""
    try:
        set_quotas(account, slug, form.quotas(), form.fair_share_percent.data, version=version)
    except ChangedMeanwhile as conflict:
        found = managed_facility(account.viewer, slug)
        add_facility_conflict(form, account.viewer, conflict, found)
        return _page(found, form), HTTPStatus.CONFLICT
    flash(gettext("Saved. The limits apply to new requests."), "success")
    return redirect(url_for("manage.show", slug=slug, _anchor="quotas"))


def _page(found: ManagedFacility, form: QuotasForm) -> str:
    return render_template(
        "manage/quotas.html",
        facility=found.facility,
        form=form,
        hour_fields=[form[field_name(Measure.HOURS, period)] for period in Period],
        day_fields=[form[field_name(Measure.DAYS, period)] for period in Period],
        fair_empty=empty_text(found, "fair_share_percent", inherited_terms(found)),
        **section(found, clock.now()),
    )
