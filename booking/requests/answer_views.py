"""Answering the owner's proposals, and suggesting another date in the place of one."""

from http import HTTPStatus

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from booking.availability.requestable import RequestableFacility, get_requestable
from booking.db import clock
from booking.errors import Conflict, Invalid, NotFound, Refused
from booking.requests.answering import Suggestion, accept, decline_proposals, suggest
from booking.requests.blueprint import blueprint
from booking.requests.date_page import date_fields_page, form_of_date
from booking.requests.form_builder import (
    add_refusals,
    posted_form,
    read_dates,
)
from booking.requests.forms import DeclineProposalsForm, RequestForm, SuggestForm
from booking.requests.queries import BookingLine, DateLine, RequestPage, get_request
from booking.requests.submission import extent_of
from booking.requests.views import conflict_page, refused_page, times_note
from booking.requests.withdraw_views import booking_of, nothing_left
from booking.rules.lifecycle import State
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse
from booking.wording.dates import date_text
from booking.wording.refusals import conflict_text, refusal_text


@blueprint.post("/requests/<string:reference>/accept")
@signed_in
def accept_proposal(reference: str) -> ViewResponse:
    """Accept one proposal."""
    page = get_request(the_account().viewer, reference, clock.now())
    booking = booking_of(page, request.form.get("booking", 1, type=int))
    (proposal,) = booking.ids_of([request.form.get("date", "")])
    try:
        state = accept(the_account(), booking.id, proposal)
    except Conflict as conflict:
        return _conflict(reference, conflict)
    except Refused as refused:
        texts = [refusal_text(refusal, booking.zone) for refusal in refused.refusals]
        return refused_page(get_request(the_account().viewer, reference, clock.now()), texts)
    slot = next(date.slot for date in booking.dates if date.id == proposal)
    what = date_text(slot, booking.rules)
    if len(page.bookings) > 1:
        what = gettext("%(facility)s, %(date)s", facility=booking.facility_name, date=what)
    if state is State.ACCEPTED:
        flash(gettext("Not final yet: %(what)s. See the conditions below.", what=what), "success")
    else:
        flash(gettext("Confirmed: %(what)s.", what=what), "success")
    return redirect(url_for("requests.show", reference=page.reference))


@blueprint.post("/requests/<string:reference>/decline")
@signed_in
def decline_proposal(reference: str) -> ViewResponse:
    """Decline all that is proposed in the place of one date; that stays as it is."""
    page = get_request(the_account().viewer, reference, clock.now())
    booking = booking_of(page, request.form.get("booking", 1, type=int))
    form = DeclineProposalsForm()
    if not form.validate():
        text = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return refused_page(page, [text], declining=form)
    try:
        ids = booking.ids_of(form.dates.data or ())
        decline_proposals(the_account(), booking.id, ids, form.reason.data or "")
    except Conflict as conflict:
        return _conflict(reference, conflict)
    flash(gettext("Proposal declined."), "success")
    return redirect(url_for("requests.show", reference=page.reference))


@blueprint.route("/requests/<string:reference>/suggest", methods=["GET", "POST"])
@signed_in
def suggest_date(reference: str) -> ViewResponse:
    """Suggest another date in the place of one: the form, filled in with that one, and sending.

    `proposal` is the uid of the proposal that this answers, if it answers one.
    """
    page = get_request(the_account().viewer, reference, clock.now())
    booking = booking_of(page, request.values.get("booking", 1, type=int))
    replaced = _replaced(booking, request.values.get("date", ""))
    if replaced is None:
        return conflict_page(page, nothing_left(), written=request.form.get("words", ""))
    answered = _answered(booking, request.values.get("proposal", ""))
    requestable = get_requestable(booking.facility_slug, the_account().viewer, clock.now())
    suggest_form = SuggestForm()
    if request.method != "POST":
        form = form_of_date(
            requestable, replaced.slot, whole=replaced.whole, places=replaced.places
        )
        return _page(page, booking, replaced, requestable, form, suggest_form, answered)
    form, how_many = posted_form(requestable, list(request.form.items(multi=True)))
    form.keep_dates_only()
    form.validate()
    suggest_form.validate()
    slots = [slot for slot in read_dates(form, requestable, how_many) if slot is not None]
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.errors or suggest_form.errors or len(slots) != 1:
        return _page(
            page, booking, replaced, requestable, form, suggest_form, answered, status=status
        )
    whole, places = extent_of(requestable, form)
    words = suggest_form.words.data or ""
    try:
        suggest(
            the_account(),
            Suggestion(
                booking.id,
                replaced.id,
                tuple(slots),
                whole,
                places,
                words,
                answered.id if answered else None,
            ),
        )
    except Refused as refused:
        add_refusals(form, refused.refusals, requestable)
    except Invalid:
        text = gettext("This is the date itself. Change the time or the number of places.")
        form.add_error(form.date_forms()[0].first_field(), text)
    except Conflict as conflict:
        if conflict.code not in ("taken", "proposal_over"):
            return _conflict(reference, conflict, written=words)
        if conflict.code == "proposal_over":
            answered = None  # sent once more, it answers none
        form.add_form_error(conflict_text(conflict.code))
        status = HTTPStatus.CONFLICT
    else:
        flash(
            gettext(
                "Sent to %(cluster)s. Until they answer, the date stays as it is.",
                cluster=booking.cluster_name,
            ),
            "success",
        )
        return redirect(url_for("requests.show", reference=page.reference))
    return _page(page, booking, replaced, requestable, form, suggest_form, answered, status=status)


def _conflict(reference: str, conflict: Conflict, *, written: str = "") -> ViewResponse:
    now_page = get_request(the_account().viewer, reference, clock.now())
    return conflict_page(now_page, conflict_text(conflict.code), written=written)


def _replaced(booking: BookingLine, uid: str) -> DateLine | None:
    """Return the date in whose place another one is suggested; without a uid the only one.

    None: nothing can be suggested any more.

    Raises:
        NotFound: it is no date of this booking.
    """
    if not uid:
        return booking.to_change[0] if len(booking.to_change) == 1 else None
    found = _date(booking, uid)
    proposed_for = {one.instead_of.id for one in booking.proposals if one.instead_of}
    # In the place of a date elsewhere: what is proposed here stands for it.
    there = [date for one in booking.proposals if one.elsewhere for date in one.dates]
    may_be = found in booking.to_change or found in there or found.id in proposed_for
    return found if may_be else None


def _answered(booking: BookingLine, uid: str) -> DateLine | None:
    """Return the proposal that a suggestion answers; None: it answers none.

    Raises:
        NotFound: it is no date of this booking.
    """
    return _date(booking, uid) if uid else None


def _date(booking: BookingLine, uid: str) -> DateLine:
    found = next((date for date in booking.dates if date.uid == uid), None)
    if found is None:
        raise NotFound("date")
    return found


def _page(
    page: RequestPage,
    booking: BookingLine,
    replaced: DateLine,
    requestable: RequestableFacility,
    form: RequestForm,
    suggest_form: SuggestForm,
    answered: DateLine | None,
    *,
    status: int = HTTPStatus.OK,
) -> ViewResponse:
    return date_fields_page(
        "requests/suggest.html",
        requestable,
        form,
        status=status,
        page=page,
        booking=booking,
        number=page.bookings.index(booking) + 1,
        replaced=replaced,
        suggest_form=suggest_form,
        answered=answered,
        times_note=times_note(booking.zone, replaced.slot.starts_at),
    )
