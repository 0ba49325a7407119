"""Changing a request: the form, what the change leads to, and doing it."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.availability.requestable import RequestableFacility, get_requestable
from booking.bookings.details import RequestDetails
from booking.db import clock
from booking.errors import Conflict, Invalid, NotFound, Refused
from booking.requests.alternatives_page import extent_fields, fields_of
from booking.requests.blueprint import blueprint
from booking.requests.changing import (
    Change,
    ChangePreview,
    DateChange,
    change_request,
    preview_change,
)
from booking.requests.date_page import date_fields_page
from booking.requests.form_builder import add_refusals, filled_form, posted_form, read_dates
from booking.requests.forms import NO, WHOLE, YES, Pairs, RequestForm, SuggestForm
from booking.requests.queries import BookingLine, DateLine, RequestPage, get_request
from booking.requests.submission import extent_of
from booking.requests.views import conflict_page, times_note
from booking.requests.withdraw_views import booking_of, nothing_left
from booking.rules.slots import Slot
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse
from booking.wording.refusals import conflict_text


@blueprint.route("/requests/<string:reference>/change", methods=["GET", "POST"])
@signed_in
def change(reference: str) -> ViewResponse:
    """Change a request: the form, filled in; what the change leads to; and doing it."""
    page = get_request(the_account().viewer, reference, clock.now())
    booking = booking_of(page, request.values.get("booking", 1, type=int))
    date = _date_of(booking, request.values.get("date", ""))
    requestable = get_requestable(booking.facility_slug, the_account().viewer, clock.now())
    if request.method != "POST":
        if not booking.changeable or (date is not None and date not in booking.changeable):
            return conflict_page(page, nothing_left())
        form = filled_form(requestable, _as_it_is(page, requestable, date))
        _leave_out(form, page, date)
        return _form_page(page, booking, date, requestable, form, SuggestForm())
    form, how_many = posted_form(requestable, list(request.form.items(multi=True)))
    _leave_out(form, page, date)
    words_form = SuggestForm()
    form.validate()
    words_form.validate()
    read = read_dates(form, requestable, how_many) if date is not None else []
    slots = [slot for slot in read if slot is not None]
    if len(read) > 1:
        form.add_form_error(gettext("Enter one date."))
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.errors or words_form.errors:
        return _form_page(page, booking, date, requestable, form, words_form, status=status)
    step = request.form.get("step", "check")
    if step == "change":
        return _form_page(page, booking, date, requestable, form, words_form)
    wanted = _change_of(page, booking, date, requestable, form, slots, words_form)
    try:
        if step == "send":
            done = change_request(the_account(), wanted)
            flash(_done_text(done, booking), "success")
            return redirect(url_for("requests.show", reference=page.reference))
        preview = preview_change(the_account(), wanted, clock.now())
        return _check_page(page, booking, date, requestable, form, words_form, preview)
    except Refused as refused:
        add_refusals(form, refused.refusals, requestable)
    except Invalid as invalid:
        form.add_form_error(_invalid_text(invalid.code))
    except Conflict as conflict:
        if conflict.code == "changed":
            return _changed_page(page, booking, date, requestable, form, words_form, wanted)
        form.add_form_error(_too_late_text(conflict.code))
        status = HTTPStatus.CONFLICT
    return _form_page(page, booking, date, requestable, form, words_form, status=status)


def _date_of(booking: BookingLine, uid: str) -> DateLine | None:
    """Return the date of this uid; without one the only one that can be changed, if it is one.

    Raises:
        NotFound: it is no date of this booking.
    """
    if not uid:
        return booking.changeable[0] if len(booking.changeable) == 1 else None
    found = next((date for date in booking.dates if date.uid == uid), None)
    if found is None:
        raise NotFound("date")
    return found


def _as_it_is(page: RequestPage, requestable: RequestableFacility, date: DateLine | None) -> Pairs:
    details = page.details if date is None else date.details
    pairs = [
        ("title", details.title),
        ("purpose", details.purpose),
        ("activity", details.activity),
        ("people", "" if details.people is None else str(details.people)),
        ("hazards", YES if details.hazards else NO),
        ("hazards_note", details.hazards_note),
        ("billing_reference", details.billing_reference),
    ]
    if date is not None:
        extent = WHOLE if date.whole else str(date.places)
        pairs += [*extent_fields(extent), *fields_of(date.slot, requestable.rules)]
    return pairs


def _leave_out(form: RequestForm, page: RequestPage, date: DateLine | None) -> None:
    """Leave out what was not asked before, and dates where none was chosen."""
    if page.entered:
        form.keep_owner_fields()
    if date is None:
        form.keep_details_only()
    else:
        del form.repeat


def _change_of(
    page: RequestPage,
    booking: BookingLine,
    date: DateLine | None,
    requestable: RequestableFacility,
    form: RequestForm,
    slots: Sequence[Slot],
    words_form: SuggestForm,
) -> Change:
    before = page.details if date is None else date.details
    details = RequestDetails(**form.details())
    if page.entered:  # nobody asked for people and hazards
        details = RequestDetails(
            title=details.title,
            purpose=details.purpose,
            activity=details.activity,
            people=before.people,
            hazards=before.hazards,
            hazards_note=before.hazards_note,
            billing_reference=before.billing_reference,
        )
    wanted = None
    if date is not None:
        whole, places = extent_of(requestable, form)
        wanted = DateChange(date.id, slots[0], whole, places)
    return Change(
        booking.id,
        details,
        wanted,
        words_form.words.data or "",
        request.form.get("expected") or None,
    )


def _done_text(done: ChangePreview, booking: BookingLine) -> str:
    if not done.to_answer:
        return gettext("Changed.")
    if not done.at_once:
        return gettext(
            "Sent to %(cluster)s. Until they answer, everything stays as it is.",
            cluster=booking.cluster_name,
        )
    return gettext(
        "Changed what needs no answer. The rest was sent to %(cluster)s and stays as it is until "
        "they answer.",
        cluster=booking.cluster_name,
    )


def _invalid_text(code: str) -> str:
    if code == "waits":
        return gettext(
            "This date is on the waiting list, so it cannot become longer or move, or take more. "
            "Withdraw it and request the new time instead."
        )
    return gettext("Nothing is changed yet. Change something, or go back.")


def _too_late_text(code: str) -> str:
    if code == "already_decided":
        return gettext(
            "This was decided or ended while you were changing it, so nothing was changed. "
            "Go back to the request to see what it is now."
        )
    return conflict_text(code)


def _changed_page(
    page: RequestPage,
    booking: BookingLine,
    date: DateLine | None,
    requestable: RequestableFacility,
    form: RequestForm,
    words_form: SuggestForm,
    wanted: Change,
) -> ViewResponse:
    """Show anew what the change leads to: something else has happened since it was shown."""
    try:
        preview = preview_change(the_account(), wanted, clock.now())
    except Refused as refused:
        add_refusals(form, refused.refusals, requestable)
    except Invalid as invalid:
        if invalid.code == "waits":
            form.add_form_error(_invalid_text(invalid.code))
        else:
            form.add_form_error(
                gettext("Someone from your organisation has made this change already.")
            )
    except Conflict as conflict:
        form.add_form_error(_too_late_text(conflict.code))
    else:
        return _check_page(
            page, booking, date, requestable, form, words_form, preview, has_changed=True
        )
    status = HTTPStatus.CONFLICT
    return _form_page(page, booking, date, requestable, form, words_form, status=status)


def _check_page(
    page: RequestPage,
    booking: BookingLine,
    date: DateLine | None,
    requestable: RequestableFacility,
    form: RequestForm,
    words_form: SuggestForm,
    preview: ChangePreview,
    *,
    has_changed: bool = False,
) -> ViewResponse:
    typed = [
        ("booking", str(page.bookings.index(booking) + 1)),
        ("date", date.uid if date is not None else ""),
        ("expected", preview.key),
        ("words", words_form.words.data or ""),
        *form.typed(),
    ]
    text = render_template(
        "requests/change_check.html",
        page=page,
        booking=booking,
        requestable=requestable,
        preview=preview,
        typed=typed,
        words=words_form.words.data,
        has_changed=has_changed,
        several=len(booking.changeable) > 1,
    )
    return text, HTTPStatus.CONFLICT if has_changed else HTTPStatus.OK


def _form_page(
    page: RequestPage,
    booking: BookingLine,
    date: DateLine | None,
    requestable: RequestableFacility,
    form: RequestForm,
    words_form: SuggestForm,
    *,
    status: int = HTTPStatus.OK,
) -> ViewResponse:
    return date_fields_page(
        "requests/change.html",
        requestable,
        form,
        status=status,
        page=page,
        booking=booking,
        number=page.bookings.index(booking) + 1,
        date=date,
        words_form=words_form,
        times_note=times_note(booking.zone, (date or booking.dates[0]).slot.starts_at),
    )
