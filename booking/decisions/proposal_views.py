"""Proposing other dates to the requester, and withdrawing what was proposed."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext

from booking.availability.requestable import RequestableFacility, get_requestable
from booking.db import clock
from booking.decisions.blueprint import blueprint
from booking.decisions.booking_panel import prefix_of
from booking.decisions.decision_views import booking_of, conflict_page
from booking.decisions.forms import ProposalForm, WithdrawProposalForm
from booking.decisions.proposing import (
    MOST_OPEN_PROPOSALS,
    Proposal,
    propose,
    withdraw_proposals,
)
from booking.decisions.review import BookingForReview, DateForReview, RequestForReview
from booking.decisions.views import render_review, review_for
from booking.errors import Conflict, Invalid, NotFound, Refused
from booking.requests.date_page import date_fields_page, form_of_date
from booking.requests.form_builder import (
    add_refusals,
    filled_form,
    posted_form,
    read_dates,
    with_dates_changed,
)
from booking.requests.forms import RequestForm
from booking.requests.submission import extent_of
from booking.rules.deadlines import MOST_PROPOSAL_DAYS, usual_proposal_day
from booking.rules.opening import ONE_DAY
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse
from booking.wording.dates import date_text
from booking.wording.formats import day
from booking.wording.refusals import conflict_text


@blueprint.get("/inbox/<string:reference>/propose")
@decider
def propose_dates(reference: str) -> ViewResponse:
    """Show the form for other dates in the place of one, filled in with that one."""
    uid = request.args.get("date", "")
    review, booking, number = _opened(reference, request.args.get("part", 1, type=int), uid)
    chosen = _date_of(booking, uid)
    if not booking.replaceable:
        return _nothing_left(review, booking)
    requestable = _requestable(booking)
    date = chosen or booking.replaceable[0]
    form = form_of_date(requestable, date.slot, whole=date.whole, places=date.places)
    proposal_form = _proposal_form(booking)
    if proposal_form.date.data is None and (chosen or len(booking.replaceable) == 1):
        proposal_form.date.data = (chosen or booking.replaceable[0]).uid
    proposal_form.until.data = usual_proposal_day(clock.now(), requestable.deadlines).isoformat()
    return _page(review, booking, number, requestable, form, proposal_form)


@blueprint.post("/inbox/<string:reference>/propose")
@decider
def submit_proposal(reference: str) -> ViewResponse:
    """Take one step with the form: a date more or less, or propose."""
    review, booking, number = _opened(reference, request.form.get("part", 1, type=int))
    requestable = _requestable(booking)
    typed = list(request.form.items(multi=True))
    step = request.form.get("step", "propose")
    proposal_form = _proposal_form(booking)
    changed = with_dates_changed(typed, step, requestable.most_dates)
    if changed is not None:
        form = filled_form(requestable, changed)
        form.keep_dates_only()
        is_new = step == "add"
        return _page(review, booking, number, requestable, form, proposal_form, new_date=is_new)
    form, how_many = posted_form(requestable, typed)
    form.keep_dates_only()
    form.drop_blank_dates()
    form.validate()
    proposal_form.validate()
    chosen = _date_of(booking, proposal_form.date.data or "")
    if chosen is None:
        proposal_form.date.errors = [gettext("Choose the date.")]
    slots = [slot for slot in read_dates(form, requestable, how_many) if slot is not None]
    until = proposal_form.until.read
    if form.errors or proposal_form.errors or chosen is None or until is None:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(review, booking, number, requestable, form, proposal_form, status=status)
    whole, places = extent_of(requestable, form)
    words = proposal_form.words.data or ""
    try:
        propose(
            the_account(),
            Proposal(booking.id, chosen.id, tuple(slots), whole, places, until, words),
        )
    except Refused as refused:
        add_refusals(form, refused.refusals, requestable)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    except Invalid as invalid:
        _add_invalid(form, proposal_form, invalid, requestable)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as conflict:
        if conflict.code != "taken":
            ids = frozenset({chosen.id})
            return conflict_page(review.reference, booking, ids, conflict.code, words)
        form.add_form_error(conflict_text(conflict.code))
        status = HTTPStatus.CONFLICT
    else:
        flash(
            ngettext(
                "Proposed. The date is held until the requester answers.",
                "Proposed. The dates are held until the requester answers.",
                len(slots),
            ),
            "success",
        )
        return redirect(url_for("decisions.show", reference=review.reference))
    return _page(review, booking, number, requestable, form, proposal_form, status=status)


@blueprint.post("/inbox/<string:reference>/withdraw-proposal")
@decider
def withdraw_proposal(reference: str) -> ViewResponse:
    """Withdraw proposals that the requester has not answered."""
    review, booking, number = _opened(reference, request.form.get("part", 1, type=int))
    form = WithdrawProposalForm(prefix=prefix_of(number, "withdraw"))
    if not form.validate():
        return render_review(review, (number, form)), HTTPStatus.UNPROCESSABLE_ENTITY
    ids = booking.ids_of(form.dates.data or ())
    try:
        withdraw_proposals(the_account(), booking.id, ids)
    except Conflict as conflict:
        return conflict_page(review.reference, booking, ids, conflict.code, "")
    flash(ngettext("Proposal withdrawn.", "Proposals withdrawn.", len(ids)), "success")
    return redirect(url_for("decisions.show", reference=review.reference))


def _opened(
    reference: str, number: int, uid: str = ""
) -> tuple[RequestForReview, BookingForReview, int]:
    """Return the request, and the booking that has the date with this uid, else of this number."""
    review = review_for(reference)
    for index, booking in enumerate(review.bookings, start=1):
        if any(date.uid == uid for date in booking.dates):
            return review, booking, index
    return review, booking_of(review, number), number


def _requestable(booking: BookingForReview) -> RequestableFacility:
    found = get_requestable(booking.facility_slug, the_account().viewer, clock.now())
    return replace(found, most_dates=MOST_OPEN_PROPOSALS)


def _date_of(booking: BookingForReview, uid: str) -> DateForReview | None:
    """Return the date of this uid, "" none.

    Raises:
        NotFound: it is no date of this booking.
    """
    if not uid:
        return None
    found = next((one for one in booking.dates if one.uid == uid), None)
    if found is None:
        raise NotFound("date")
    return found


def _proposal_form(booking: BookingForReview) -> ProposalForm:
    form = ProposalForm()
    form.date.choices = [
        *([("", gettext("Choose …"))] if len(booking.replaceable) > 1 else []),
        *((one.uid, date_text(one.slot, booking.rules)) for one in booking.replaceable),
    ]
    return form


def _add_invalid(
    form: RequestForm,
    proposal_form: ProposalForm,
    invalid: Invalid,
    requestable: RequestableFacility,
) -> None:
    if invalid.field == "until":
        last = clock.now().astimezone(requestable.zone).date() + MOST_PROPOSAL_DAYS * ONE_DAY
        proposal_form.until.errors = [
            gettext("Choose a day from today until %(day)s, at most 14 days.", day=day(last))
        ]
    elif invalid.code == "same":
        text = gettext("This is the date itself. Change the time or the number of places.")
        form.add_error(form.date_forms()[0].first_field(), text)
    else:
        form.add_form_error(
            gettext(
                "At most %(number)s proposals can be open for one date. Propose fewer, or "
                "withdraw some first.",
                number=MOST_OPEN_PROPOSALS,
            )
        )


def _nothing_left(review: RequestForReview, booking: BookingForReview) -> ViewResponse:
    ids: Sequence[int] = [date.id for date in booking.dates]
    return conflict_page(review.reference, booking, frozenset(ids), "already_decided", "")


def _page(
    review: RequestForReview,
    booking: BookingForReview,
    number: int,
    requestable: RequestableFacility,
    form: RequestForm,
    proposal_form: ProposalForm,
    *,
    status: int = HTTPStatus.OK,
    new_date: bool = False,
) -> ViewResponse:
    today = clock.now().astimezone(requestable.zone).date()
    return date_fields_page(
        "decisions/propose.html",
        requestable,
        form,
        status=status,
        new_date=new_date,
        review=review,
        booking=booking,
        number=number,
        proposal_form=proposal_form,
        latest=(today + MOST_PROPOSAL_DAYS * ONE_DAY).isoformat(),
    )
