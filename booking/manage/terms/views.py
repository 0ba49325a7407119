"""The page on which owners change the rules of a facility."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.datastructures import MultiDict

from booking.db import clock
from booking.disruptions.pending import DatesInTheWay, PendingDate
from booking.errors import Conflict
from booking.facilities.effective_terms import DEFAULT_HALF_DAY_TIME, DEFAULT_STEP_MINUTES
from booking.manage.blueprint import blueprint
from booking.manage.queries import Inherited, Managed, inherited_terms, managed
from booking.manage.terms.forms import AS_ABOVE, BOTH, NO, PART, WHOLE, YES, TermsForm
from booking.manage.terms.messages import fault_text
from booking.manage.terms.presenter import holds_word, late_word, term_line
from booking.manage.terms.service import SETTABLE, InvalidTerms, Terms, set_terms
from booking.manage.version import facility_version
from booking.rules.opening import Unit
from booking.rules.terms import BookingTerms
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse
from booking.wording import formats
from booking.wording.refusals import conflict_text
from booking.wording.words import unit_word

NUMBERS = tuple(name for name in SETTABLE if name.endswith(("_units", "_minutes", "_days")))
_WORD_OF: dict[str, Callable[[Any, BookingTerms], str]] = {
    "unit": lambda value, rules: unit_word(Unit(value)),
    "pending_holds": lambda value, rules: holds_word(value),
    "late_asking": lambda value, rules: late_word(value),
    "minimum_units": lambda value, rules: formats.units(value, rules.unit),
    "maximum_units": lambda value, rules: formats.units(value, rules.unit),
    "step_minutes": lambda value, rules: formats.duration(timedelta(minutes=value)),
    "half_day_time": lambda value, rules: formats.clock_time(value),
    "lead_time_days": lambda value, rules: ngettext("%(num)d day", "%(num)d days", value),
    "horizon_days": lambda value, rules: ngettext("%(num)d day", "%(num)d days", value),
    "people_limit": lambda value, rules: ngettext("%(num)s person", "%(num)s people", value),
    "setup_minutes": lambda value, rules: formats.duration(timedelta(minutes=value)),
    "cleanup_minutes": lambda value, rules: formats.duration(timedelta(minutes=value)),
}


@blueprint.get("/manage/facilities/<string:slug>/terms")
@decider
def terms(slug: str) -> str:
    """Show the rules that the facility states, with what it takes from above."""
    found = managed(the_account().viewer, slug)
    stated = _stated(found) | {"version": facility_version(found.facility.id)}
    return _page(found, _offered(found, TermsForm(formdata=None, data=stated)))


@blueprint.post("/manage/facilities/<string:slug>/terms")
@decider
def change_terms(slug: str) -> ViewResponse:
    """Set the rules, or say at each field what is wrong with it."""
    account = the_account()
    found = managed(account.viewer, slug)
    form = _offered(found, TermsForm(formdata=MultiDict(request.form)))
    dates: list[PendingDate] = []
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.validate():
        try:
            set_terms(account, slug, _terms(form), version=form.version.data or "")
        except InvalidTerms as unsound:
            for fault in unsound.faults:
                form.tell_field(fault.fields[0], fault_text(fault))
        except DatesInTheWay as in_the_way:
            dates = in_the_way.dates
            form.tell_field("places", gettext("These dates need the places: settle them first."))
        except Conflict as conflict:
            found, status = managed(account.viewer, slug), HTTPStatus.CONFLICT
            form.form_errors.append(conflict_text(conflict.code))
            form.version.data = facility_version(found.facility.id)
        else:
            flash(gettext("Saved. The rules count for requests sent from now on."), "success")
            return redirect(url_for("manage.show", slug=slug, _anchor="terms"))
    return _page(found, form, dates), status


def _page(found: Managed, form: TermsForm, dates: list[PendingDate] | None = None) -> str:
    now = clock.now()
    taken = inherited_terms(found)
    return render_template(
        "manage/terms.html",
        managed=found,
        facility=found.facility,
        form=form,
        dates=dates or [],
        line=lambda name: term_line(found, name, now),
        empty_text=lambda name: _empty_text(name, taken[name], found),
        numbers=NUMBERS,
    )


def _stated(found: Managed) -> dict[str, Any]:
    facility = found.facility
    values: dict[str, Any] = {name: getattr(facility, name) for name in SETTABLE}
    values["unit"] = values["unit"] or AS_ABOVE
    for name in ("pending_holds", "late_asking"):
        values[name] = AS_ABOVE if values[name] is None else YES if values[name] else NO
    if facility.half_day_time is not None:
        values["half_day_time"] = facility.half_day_time.strftime("%H:%M")
    extent = (
        BOTH
        if facility.allows_shared and facility.allows_exclusive
        else WHOLE
        if facility.allows_exclusive
        else PART
    )
    return values | {
        "places": found.own_places,
        "place_word": facility.place_word or "",
        "extent": extent,
    }


def _offered(found: Managed, form: TermsForm) -> TermsForm:
    """Give the form its choices, the first of each being what holds above."""
    taken = inherited_terms(found)
    choices: dict[str, list[tuple[str, Any]]] = {
        "unit": [(unit.value, unit_word(unit)) for unit in Unit],
        "pending_holds": [(NO, holds_word(False)), (YES, holds_word(True))],
        "late_asking": [(NO, late_word(False)), (YES, late_word(True))],
    }
    for name, offered in choices.items():
        first = (AS_ABOVE, _as_above_text(name, taken[name], found))
        form[name].choices = [first, *offered]
    return form


# What holds where neither the facility, nor one above it, nor a demo value states anything.
_NOBODYS: dict[str, Any] = {
    "step_minutes": DEFAULT_STEP_MINUTES,
    "half_day_time": DEFAULT_HALF_DAY_TIME,
    "unit": Unit.HOUR,
    "pending_holds": False,
    "late_asking": False,
}


def _as_above_text(name: str, taken: Inherited, found: Managed) -> str:
    """Return what the choice is called that takes what holds above."""
    if taken.facility:
        return gettext(
            "as %(facility)s: %(value)s", facility=taken.facility, value=_word(name, taken, found)
        )
    if taken.value is not None:
        return gettext("demo value: %(value)s", value=_word(name, taken, found))
    value = _WORD_OF[name](_NOBODYS[name], found.effective.rules)
    return gettext("not stated: %(value)s", value=value)


def _empty_text(name: str, taken: Inherited, found: Managed) -> str:
    """Return what an empty field means."""
    if taken.facility:
        return gettext(
            "Empty: %(value)s, as %(facility)s.",
            value=_word(name, taken, found),
            facility=taken.facility,
        )
    if taken.value is not None:
        return gettext("Empty: %(value)s, a demo value.", value=_word(name, taken, found))
    if name in _NOBODYS:
        value = _WORD_OF[name](_NOBODYS[name], found.effective.rules)
        return gettext("Empty: %(value)s.", value=value)
    if name in ("setup_minutes", "cleanup_minutes"):
        return gettext("Empty: none.")
    return gettext("Empty: not stated.")


def _word(name: str, taken: Inherited, found: Managed) -> str:
    return _WORD_OF[name](taken.value, found.effective.rules)


def _terms(form: TermsForm) -> Terms:
    stated: dict[str, Any] = {name: form[name].data for name in SETTABLE}
    stated["unit"] = stated["unit"] or None
    for name in ("pending_holds", "late_asking"):
        stated[name] = {YES: True, NO: False}.get(stated[name])
    stated["half_day_time"] = form.half_day_time.read
    return Terms(
        stated=stated,
        places=form.places.data or 0,
        place_word=form.place_word.data or None,
        allows_shared=form.extent.data in (BOTH, PART),
        allows_exclusive=form.extent.data in (BOTH, WHOLE),
    )
