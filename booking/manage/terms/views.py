"""The page on which owners change the terms of a facility."""

from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from booking.db import clock
from booking.disruptions.pending import DatesInTheWay, PendingDate
from booking.errors import Invalid, NotFound
from booking.manage.blueprint import is_draft_page, of_facility_or_draft
from booking.manage.new_facilities.service import drafted_facility, set_draft_terms
from booking.manage.queries import ManagedFacility, inherited_terms, managed_facility
from booking.manage.saved_changes import add_facility_conflict
from booking.manage.terms.forms import BOTH, PART, WHOLE, TermsForm, typed
from booking.manage.terms.messages import term_fault_text
from booking.manage.terms.presenter import (
    choices_of,
    extent_meaning,
    places_meaning,
    rows_of_terms,
)
from booking.manage.terms.service import InvalidTerms, Terms, set_terms
from booking.manage.version import ChangedMeanwhile, form_version
from booking.rules.terms import TERMS
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse
from booking.wording.terms import TERM_WORDS


@of_facility_or_draft("/terms")
@decider
def terms(slug: str) -> str:
    """Show the terms that the facility states, with what it inherits."""
    found = _decided(slug)
    stated = _stated(found) | {"version": form_version(found)}
    return _page(found, _labelled(found, TermsForm(formdata=None, data=stated)))


@of_facility_or_draft("/terms", method="POST")
@decider
def change_terms(slug: str) -> ViewResponse:
    """Set the terms, or say at each field what is wrong with it."""
    account = the_account()
    found = _decided(slug)
    form = _labelled(found, TermsForm(formdata=MultiDict(request.form)))
    dates: list[PendingDate] = []
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.validate():
        try:
            version = form.version.data or ""
            if found.draft is not None:
                set_draft_terms(account.viewer, slug, _terms(form), version=version)
            else:
                set_terms(account, slug, _terms(form), version=version)
        except InvalidTerms as invalid:
            for fault in invalid.faults:
                form.add_error(fault.fields[0], term_fault_text(fault))
        except DatesInTheWay as in_the_way:
            dates = in_the_way.dates
            form.add_error("places", gettext("These dates need the places. Resolve them first."))
        except Invalid:
            form.add_error(
                "places",
                gettext("These places are set aside. Release the set-aside time first."),
            )
        except ChangedMeanwhile as conflict:
            found, status = _decided(slug), HTTPStatus.CONFLICT
            add_facility_conflict(form, account.viewer, conflict, found)
        else:
            flash(
                gettext("Draft saved.")
                if found.draft is not None
                else gettext("Saved. The rules apply to new requests."),
                "success",
            )
            return redirect(url_for("manage.show", slug=slug, _anchor="terms"))
    return _page(found, form, dates), status


def _decided(slug: str) -> ManagedFacility:
    """Return the facility, or the draft of one, if the viewer decides on it."""
    viewer = the_account().viewer
    if not is_draft_page():
        return managed_facility(viewer, slug)
    found = drafted_facility(viewer, slug)
    if not found.decides:
        raise NotFound("facility")
    return found


def _page(found: ManagedFacility, form: TermsForm, dates: list[PendingDate] | None = None) -> str:
    return render_template(
        "manage/terms.html",
        facility=found.facility,
        form=form,
        dates=dates or [],
        groups=rows_of_terms(found, inherited_terms(found), clock.now()),
        places_meaning=places_meaning(found),
        extent_meaning=extent_meaning(found),
    )


def _stated(found: ManagedFacility) -> dict[str, Any]:
    """Return the data of the form: what the facility states itself."""
    facility, values = found.facility, {}
    for term in TERMS:
        if term.group is not None:
            values[term.name] = typed(term, getattr(facility, term.name))
    extent = BOTH
    if not (facility.allows_shared and facility.allows_exclusive):
        extent = WHOLE if facility.allows_exclusive else PART
    return values | {
        "places": found.own_places,
        "place_word": facility.place_word or "",
        "extent": extent,
    }


def _labelled(found: ManagedFacility, form: TermsForm) -> TermsForm:
    """Give the fields of terms their labels and choices, the first choice being what is above."""
    above = inherited_terms(found)
    for term in TERMS:
        if term.group is None:
            continue
        field, words = form[term.name], TERM_WORDS[term.name]
        field.label.text = words.field_label or words.label
        if term.offered:
            choices = choices_of(found, term, above)
            field.choices = [(typed(term, value), text) for value, text in choices]
    return form


def _terms(form: TermsForm) -> Terms:
    return Terms(
        stated=form.stated(),
        places=form.places.data or 0,
        place_word=form.place_word.data or None,
        allows_shared=form.extent.data in (BOTH, PART),
        allows_exclusive=form.extent.data in (BOTH, WHOLE),
    )
