"""Entering own use and bookings on behalf of an organisation: confirmed at once."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from secrets import token_hex

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.accounts.organisations import organisation_named
from booking.availability.requestable import RequestableFacility
from booking.bookings.new_request import NewRequest, find_already_sent
from booking.db import clock
from booking.decisions.blueprint import blueprint
from booking.decisions.entry_queries import (
    facilities_to_enter,
    get_enterable,
    why_not_enter,
)
from booking.decisions.exceptions import broken_keys_of_entry
from booking.decisions.forms import EntryForm
from booking.decisions.organisation_lookup import FoundOrganisations, look_up
from booking.decisions.organisation_messages import not_one_text
from booking.decisions.service import Entering
from booking.decisions.service import enter as enter_booking
from booking.errors import Conflict, Invalid, Refused
from booking.requests.alternatives_page import shown_alternatives, taken_up
from booking.requests.form_builder import (
    add_refusals,
    filled_form,
    number_labels,
    places_label,
    posted_form,
    with_dates_changed,
)
from booking.requests.forms import RequestForm
from booking.requests.prefill import prefilled
from booking.requests.series_preview import SeriesPreview, series_preview, validate_dates
from booking.requests.series_reader import FormDates, add_series_refusals, read_form_dates
from booking.requests.submission import idempotency_key_of, new_request_of
from booking.rules.exceptions import allows_exception
from booking.rules.refusals import Refusal
from booking.rules.visibility import Account
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse
from booking.wording.refusals import conflict_text

#: What owners use a facility for themselves; partners are not offered it.
OWN_WORK = "maintenance"


@blueprint.get("/manage/bookings/new")
@decider
def enter() -> ViewResponse:
    """Show the form of one facility, or a choice of facilities."""
    account = the_account()
    slug = request.args.get("facility", "")
    if not slug:
        choices = facilities_to_enter(account.viewer)
        return render_template("decisions/choose.html", facilities=choices)
    requestable = get_enterable(account.viewer, slug, clock.now())
    form = _for_owner(filled_form(requestable, prefilled(request.args, requestable.rules)))
    return _page(requestable, form, EntryForm())


@blueprint.post("/manage/bookings/new")
@decider
def submit_entry() -> ViewResponse:
    """Take one step with the form: a date more or less, or enter the booking."""
    account = the_account()
    requestable = get_enterable(account.viewer, request.form.get("facility", ""), clock.now())
    typed = list(request.form.items(multi=True))
    step = request.form.get("step", "enter")
    entry_form = EntryForm()
    if chosen := request.form.get("choose"):
        entry_form.organisation.data = chosen
        step = "organisation"
    changed = with_dates_changed(typed, step, requestable.most_dates)
    if changed is not None:
        form = _for_owner(filled_form(requestable, changed))
        return _page(requestable, form, entry_form, new_date=step == "add")
    if (other := taken_up(typed, step, account.viewer)) is not None:
        taken = get_enterable(account.viewer, other[0].slug, clock.now())
        return _page(taken, _for_owner(other[1]), entry_form, is_taken_up=True)
    form, how_many = posted_form(requestable, typed)
    form = _for_owner(form)
    if step in ("organisation", "find"):
        status = HTTPStatus.OK
        if not _names_one(requestable, entry_form) and not entry_form.found:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(requestable, form, entry_form, status=status)
    if step == "leave-out":
        _leave_out_conflicts(requestable, form, entry_form)
    if step in ("dates", "leave-out"):
        return _dates_page(requestable, form, entry_form, how_many)
    if step != "enter":  # a button that the page does not have
        return _page(requestable, form, entry_form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    form_dates, new_request = _check_forms(requestable, form, entry_form, how_many)
    if new_request is None:
        # Sent twice, the second finds the time taken by the first, which is no reason against it.
        sent_before = find_already_sent(account.person_id, _idempotency_key(form, entry_form))
        if sent_before is not None:
            return redirect(url_for("decisions.show", reference=sent_before))
        return _page(requestable, form, entry_form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _enter(account, requestable, form, entry_form, form_dates, new_request)


def _dates_page(
    requestable: RequestableFacility, form: RequestForm, entry_form: EntryForm, how_many: int
) -> ViewResponse:
    """Show the dates of the series, even if other fields are still empty."""
    form.drop_blank_dates()
    validate_dates(form)
    if not form.repeat.form.is_used:
        form.add_error(form.repeat.form.pattern, gettext("Choose how it repeats."))
    read_form_dates(form, requestable, how_many)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return _page(requestable, form, entry_form, status=status)


def _preview(
    requestable: RequestableFacility, form: RequestForm, entry_form: EntryForm
) -> SeriesPreview | None:
    viewer, organisation_id, now = the_account().viewer, _organisation_id(entry_form), clock.now()
    return series_preview(
        requestable,
        form,
        lambda new_request, left_out: why_not_enter(
            viewer, requestable, new_request, left_out, organisation_id, now
        ),
    )


def _leave_out_conflicts(
    requestable: RequestableFacility, form: RequestForm, entry_form: EntryForm
) -> None:
    preview = _preview(requestable, form, entry_form)
    if preview is not None:
        skipped = form.repeat.form.skipped
        skipped.data = sorted({*skipped.data, *preview.conflicts})


def _for_owner(form: RequestForm) -> RequestForm:
    """Reduce the form to what owners are asked, and offer own work as an activity."""
    form.keep_owner_fields()
    form.activity.choices = [
        *(form.activity.choices or ()),
        (OWN_WORK, gettext("maintenance or other own work")),
    ]
    return form


def _names_one(requestable: RequestableFacility, entry_form: EntryForm) -> bool:
    """Return whether the form names one organisation or own use; puts in its name as it is written.

    Else it has what was found, and where nothing was, an error.
    """
    if not entry_form.validate():
        return False
    typed = (entry_form.organisation.data or "").strip()
    entry_form.organisation.data = typed
    if not typed:
        return True
    account = the_account()
    own = [one.organisation_id for one in account.organisations]
    found = look_up(typed, requestable.facility_id, account.viewer, clock.now(), but=own)
    if found.exact is not None:
        entry_form.organisation.data = found.exact
        return True
    if found.names:
        entry_form.found = found
    else:
        entry_form.organisation.errors = [not_one_text(found, requestable.cluster_name)]
    return False


def _check_forms(
    requestable: RequestableFacility, form: RequestForm, entry_form: EntryForm, how_many: int
) -> tuple[FormDates, NewRequest | None]:
    """Return the dates and what would be entered; None if the forms now have errors."""
    form.drop_blank_dates()
    form.validate()
    if not _names_one(requestable, entry_form) and entry_form.found:
        entry_form.organisation.errors = [not_one_text(entry_form.found, requestable.cluster_name)]
    form_dates = read_form_dates(form, requestable, how_many)
    if not form_dates.slots:
        if form_dates.series is not None:
            form.add_form_error(gettext("You have left out all dates. Keep at least one."))
        add_refusals(form, requestable.lasting_refusals(), requestable)
        return form_dates, None
    new_request = replace(
        new_request_of(requestable, form, form_dates.slots),
        idempotency_key=_idempotency_key(form, entry_form),
    )
    refusals, _apart = why_not_enter(
        the_account().viewer,
        requestable,
        new_request,
        (),
        _organisation_id(entry_form),
        clock.now(),
    )
    entry_form.to_acknowledge = broken_keys_of_entry(new_request.slots, refusals)
    in_series = _add_broken_rules(form, entry_form, requestable, refusals, form_dates)
    if form.errors or entry_form.errors or in_series or not form_dates.is_complete:
        return form_dates, None
    return form_dates, new_request


def _add_broken_rules(
    form: RequestForm,
    entry_form: EntryForm,
    requestable: RequestableFacility,
    refusals: Sequence[Refusal],
    form_dates: FormDates,
) -> bool:
    """Add errors for broken rules without a valid exception; offer one where the rules allow it.

    Returns whether dates of the series break a rule, which the preview says at each of them.
    """
    entry_form.offers_exception = bool(refusals) and all(allows_exception(one) for one in refusals)
    if not entry_form.offers_exception or not entry_form.all_the_same.data:
        if entry_form.offers_exception and entry_form.exception_reason.data:
            entry_form.all_the_same.errors = [gettext("Tick this too if you want to book anyway.")]
    elif not entry_form.reason_for_exception():
        entry_form.exception_reason.errors = [
            gettext("Give a reason for the exception. Both sides will see it.")
        ]
    elif not entry_form.to_acknowledge <= frozenset(entry_form.acknowledged.data or ()):
        entry_form.exception_reason.errors = [
            gettext(
                "It also breaks a rule that was not shown before. Check that your reason "
                "covers it, then send it again."
            )
        ]
    else:
        return False
    return bool(add_series_refusals(form, refusals, form_dates, requestable))


def _organisation_id(entry_form: EntryForm) -> int | None:
    """Return the organisation of this name; None is own use, or a name that nobody has."""
    name = entry_form.organisation.data
    return organisation_named(name) if name else None


def _idempotency_key(form: RequestForm, entry_form: EntryForm) -> str:
    return idempotency_key_of(
        form, ("for", entry_form.organisation.data), ("why", entry_form.reason_for_exception())
    )


def _enter(
    account: Account,
    requestable: RequestableFacility,
    form: RequestForm,
    entry_form: EntryForm,
    form_dates: FormDates,
    new_request: NewRequest,
) -> ViewResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        reference = enter_booking(
            account,
            Entering(
                new_request,
                _organisation_id(entry_form),
                entry_form.reason_for_exception(),
                frozenset(entry_form.acknowledged.data or ()),
            ),
        )
    except Refused as refused:
        entry_form.to_acknowledge = broken_keys_of_entry(new_request.slots, refused.refusals)
        _add_broken_rules(form, entry_form, requestable, refused.refusals, form_dates)
    except Invalid:
        entry_form.organisation.errors = [
            not_one_text(FoundOrganisations(), requestable.cluster_name)
        ]
    except Conflict as conflict:
        form.add_form_error(conflict_text(conflict.code))
        status = HTTPStatus.CONFLICT
    else:
        flash(gettext("Booking confirmed: %(reference)s.", reference=reference), "success")
        return redirect(url_for("decisions.show", reference=reference))
    return _page(requestable, form, entry_form, status=status)


def _page(
    requestable: RequestableFacility,
    form: RequestForm,
    entry_form: EntryForm,
    *,
    status: int = HTTPStatus.OK,
    new_date: bool = False,
    is_taken_up: bool = False,
) -> ViewResponse:
    if not form.idempotency_key.data:
        form.idempotency_key.data = token_hex(16)
    number_labels(form)
    today = clock.now().astimezone(requestable.zone).date()
    page = render_template(
        "decisions/enter.html",
        requestable=requestable,
        form=form,
        entry_form=entry_form,
        unit=requestable.rules.unit,
        over_night=requestable.opens_over_night,
        first_day=today.isoformat(),
        last_day=None,
        focused=len(form.dates.entries) - 1 if new_date else None,
        places_label=places_label(requestable),
        is_taken_up=is_taken_up,
        preview=_preview(requestable, form, entry_form),
        is_refused=status != HTTPStatus.OK,
        offers=shown_alternatives(requestable, form, for_owner=True) if form.errors else [],
    )
    return page, status
