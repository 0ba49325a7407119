"""Decisions: confirm, decline, let wait, cancel, keep. A page says so if another was faster."""

from collections.abc import Callable
from http import HTTPStatus

from flask import flash, redirect, render_template, request
from flask_babel import gettext

from booking.db import clock
from booking.decisions import service
from booking.decisions.blueprint import blueprint
from booking.decisions.booking_panel import prefix_of
from booking.decisions.forms import (
    ConfirmForm,
    DatesForm,
    DeclineForm,
    KeepForm,
    OwnerCancelForm,
    TakeOffForm,
)
from booking.decisions.listing import address_after, list_filters, listed
from booking.decisions.log_text import step_text
from booking.decisions.queries import waiting_count
from booking.decisions.replies import replies_at
from booking.decisions.reply_insertion import insert_reply, wants_reply
from booking.decisions.review import BookingForReview, OwnerLogLine, RequestForReview
from booking.decisions.service import Decision
from booking.decisions.views import render_review, review_for
from booking.decisions.waiting_list import put_on_waiting_list
from booking.disruptions.resolve import keep_disrupted as keep_dates
from booking.errors import Conflict, Invalid, NotFound, Refused
from booking.rules.exceptions import allows_exception
from booking.rules.lifecycle import Event, State
from booking.rules.visibility import Account
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse
from booking.wording.conditions import condition_day_text
from booking.wording.dates import dates_text
from booking.wording.refusals import conflict_text

DecisionStep = Callable[[Account, Decision], object]


@blueprint.post("/inbox/<string:reference>/confirm")
@decider
def confirm(reference: str) -> ViewResponse:
    """Confirm the ticked dates, or accept them where conditions must be met first."""
    after: list[State] = []

    def act(account: Account, decision: Decision) -> None:
        after.append(service.confirm(account, decision))

    def message(what: str) -> str:
        if State.ACCEPTED in after:
            return gettext(
                "Accepted, not final: %(what)s. It is confirmed once the conditions are met.",
                what=what,
            )
        return gettext("Confirmed: %(what)s.", what=what)

    def note(form: DatesForm) -> str:
        return form["note"].data or ""

    return _decide(reference, ConfirmForm, "answer", note, act, message)


@blueprint.post("/inbox/<string:reference>/decline")
@decider
def decline(reference: str) -> ViewResponse:
    """Decline the ticked dates, with a reason."""

    def message(what: str) -> str:
        return gettext("Declined: %(what)s.", what=what)

    return _decide(reference, DeclineForm, "answer", _reason, service.decline, message)


@blueprint.post("/inbox/<string:reference>/wait")
@decider
def wait(reference: str) -> ViewResponse:
    """Put the ticked dates on the waiting list."""

    def message(what: str) -> str:
        return gettext("Put on the waiting list: %(what)s.", what=what)

    def note(form: DatesForm) -> str:
        return form["wait_note"].data or ""

    return _decide(reference, ConfirmForm, "answer", note, put_on_waiting_list, message)


@blueprint.post("/inbox/<string:reference>/take-off")
@decider
def take_off(reference: str) -> ViewResponse:
    """Take the ticked dates off the waiting list, with a reason."""

    def message(what: str) -> str:
        return gettext("Taken off the waiting list: %(what)s.", what=what)

    return _decide(reference, TakeOffForm, "off", _reason, service.decline, message)


@blueprint.post("/inbox/<string:reference>/cancel")
@decider
def cancel(reference: str) -> ViewResponse:
    """Cancel the ticked dates, which were confirmed, with a reason."""

    def message(what: str) -> str:
        return gettext("Cancelled: %(what)s.", what=what)

    return _decide(reference, OwnerCancelForm, "cancel", _reason, service.cancel, message)


@blueprint.post("/inbox/<string:reference>/keep")
@decider
def keep(reference: str) -> ViewResponse:
    """Keep the ticked dates although a closure or new hours affect them."""

    def act(account: Account, decision: Decision) -> None:
        keep_dates(account, decision.occurrence_ids, decision.reason)

    def message(what: str) -> str:
        return gettext("Goes ahead despite the closure: %(what)s.", what=what)

    return _decide(reference, KeepForm, "keep", _reason, act, message)


def _reason(form: DatesForm) -> str:
    return form["reason"].data or ""


def _decide(
    reference: str,
    form_class: type[DatesForm],
    kind: str,
    why: Callable[[DatesForm], str],
    act: DecisionStep,
    message: Callable[[str], str],
) -> ViewResponse:
    account = the_account()
    review = review_for(reference)
    number = request.form.get("part", 1, type=int)
    booking = booking_of(review, number)
    form = form_class(prefix=prefix_of(number, kind))
    if wants_reply():
        inserted = insert_reply(form, replies_at([booking.facility_id]))
        status = HTTPStatus.OK if inserted else HTTPStatus.UNPROCESSABLE_ENTITY
        return render_review(review, (number, form)), status
    if not form.validate():
        page = render_review(review, (number, form))
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    ids = booking.ids_of(form.dates.data or ())
    before = listed(account.viewer, list_filters())
    try:
        act(
            account,
            Decision(
                booking.id,
                ids,
                why(form),
                _exception_reason(form),
                _acknowledged(form),
                form.code.code if isinstance(form, DeclineForm) else None,
                form.conditions_choice() if type(form) is ConfirmForm else None,
                seen=request.form.get("seen", type=int),
            ),
        )
    except Invalid as invalid:
        _add_condition_error(form, invalid)
        return render_review(review, (number, form)), HTTPStatus.UNPROCESSABLE_ENTITY
    except Refused as refused:
        _add_broken_rules(form, refused)
        return render_review(review, (number, form)), HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as conflict:
        if conflict.code in ("both_chosen", "changed"):
            form.dates.errors = [reason_of_conflict(conflict.code)]
            return render_review(review_for(reference), (number, form)), HTTPStatus.CONFLICT
        return conflict_page(review.reference, booking, ids, conflict.code, why(form))
    slots = [date.slot for date in booking.dates if date.id in ids]
    dates = dates_text(slots, booking.zone, booking.rules)
    what = gettext("%(facility)s, %(dates)s", facility=booking.facility, dates=dates)
    flash(message(what), "success")
    return redirect(address_after(account.viewer, review.reference, before))


def _add_condition_error(form: DatesForm, invalid: Invalid) -> None:
    """Say at its field what is wrong with the conditions."""
    if invalid.field == "by":
        form["conditions_by"].errors = [condition_day_text(invalid.code)]
    elif invalid.field == "waive_reason":
        form["waive_reason"].errors = [gettext("Say why. The requester will see this.")]
    else:
        form["added_text"].errors = [gettext("Say what must be done.")]


def _exception_reason(form: DatesForm) -> str:
    return (form["exception_reason"].data or "") if "exception_reason" in form else ""


def _acknowledged(form: DatesForm) -> frozenset[str]:
    return frozenset(form["acknowledged"].data or ()) if "acknowledged" in form else frozenset()


def _add_broken_rules(form: DatesForm, refused: Refused) -> None:
    """Add an error about broken rules; the page itself says which they are."""
    if all(allows_exception(refusal) for refusal in refused.refusals):
        message = gettext("This breaks a rule. Give a reason for the exception.")
        if _exception_reason(form):
            message = gettext(
                "This breaks a rule that was not shown before. Check that your reason "
                "covers it, then confirm again."
            )
        form["exception_reason"].errors = [message]
    else:
        form.dates.errors = [gettext("This cannot be confirmed. Leave it out or decline it.")]


def booking_of(review: RequestForReview, number: int) -> BookingForReview:
    """Return the booking of this number, counted from 1.

    Raises:
        NotFound: there is none.
    """
    if not 1 <= number <= len(review.bookings):
        raise NotFound("booking")
    return review.bookings[number - 1]


def conflict_page(
    reference: str, before: BookingForReview, ids: frozenset[int], code: str, written: str
) -> ViewResponse:
    """Return the page for a decision that came too late: what happened, and links to go on."""
    review = review_for(reference)
    booking = next((one for one in review.bookings if one.id == before.id), before)
    codes = ("already_decided", "proposal_expired")
    happened = steps_since(booking, ids) if code in codes else []
    page = render_template(
        "decisions/conflict.html",
        review=review,
        booking=booking,
        happened=happened,
        by_viewer=bool(happened) and all(line.is_viewer for line in happened),
        written=written,
        text=reason_of_conflict(code),
        step_text=step_text,
        waiting=waiting_count(the_account().viewer, clock.now()),
    )
    return page, HTTPStatus.CONFLICT


def steps_since(booking: BookingForReview, ids: frozenset[int]) -> list[OwnerLogLine]:
    """Return the steps of these dates since they were requested, newest first."""
    return [
        line
        for line in booking.log
        if line.before and line.event is Event.STEP and line.date_ids & ids
    ]


def reason_of_conflict(code: str) -> str:
    """Return why a decision came too late, from the code of the conflict."""
    if code == "taken":
        return gettext(
            "Some of these dates have been taken since. Check them again and leave out "
            "those that clash."
        )
    if code == "set_aside":
        return gettext(
            "This time is set aside for other organisations. Leave it out, or release it first "
            "under Manage, Set-aside time."
        )
    if code == "expired":
        return gettext("This request has expired and the dates are free again.")
    if code == "too_late":
        return gettext(
            "It is too late to undo this: a minute has passed, or someone has read it. "
            "You can cancel the booking instead."
        )
    if code == "over":
        return gettext("You cannot change a date that is over. Leave it out.")
    if code == "both_chosen":
        return gettext(
            "You selected a date together with the one that would replace it. Select only one."
        )
    if code == "changed":
        return gettext(
            "The requester changed this after you opened it. Check what it is now, then decide."
        )
    if code == "already_decided":
        return gettext("Someone else has decided or changed this. Check the current state.")
    return conflict_text(code)
