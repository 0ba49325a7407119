"""Competing requests on one page: choose who gets the dates, and decline the others."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request
from flask_babel import gettext, ngettext

from booking.db import clock
from booking.decisions.blueprint import blueprint
from booking.decisions.choosing import Choice
from booking.decisions.choosing import choose as choose_between
from booking.decisions.comparison import (
    MOST_COMPARED,
    Comparison,
    compare,
    competing_references,
    key_of,
    reference_in,
)
from booking.decisions.decision_views import reason_of_conflict, steps_since
from booking.decisions.forms import ChoiceForm, choice_form
from booking.decisions.listing import address_after, list_filters, listed
from booking.decisions.log_text import listed_dates, step_text
from booking.decisions.replies import Reply, replies_at
from booking.decisions.reply_insertion import insert_reply, wants_reply
from booking.decisions.review import BookingForReview, RequestForReview
from booking.decisions.service import Decision
from booking.decisions.views import WORDS, review_for
from booking.errors import Conflict, NotFound, Refused
from booking.rules.lifecycle import State
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse
from booking.wording.exceptions import broken_text
from booking.wording.names import isolated

_UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/inbox/<string:reference>/competing")
@decider
def competing(reference: str) -> str:
    """Show a request beside all that compete with it."""
    viewer, now = the_account().viewer, clock.now()
    review = review_for(reference)
    references, has_more = competing_references(viewer, review, now)
    comparison = compare(viewer, references, now, has_more=has_more)
    form = choice_form([one.key for one in comparison.bookings], formdata=None)
    return _page(review.reference, comparison, form)


@blueprint.post("/inbox/<string:reference>/competing")
@decider
def choose(reference: str) -> ViewResponse:
    """Confirm the chosen requests, decline the others or let them wait, in one step."""
    account = the_account()
    asked = review_for(reference)
    posted = list(dict.fromkeys(request.form.getlist("compared"))) or _keys(asked)
    if len(posted) > MOST_COMPARED:
        raise NotFound("booking")
    references = list(dict.fromkeys(reference_in(key) for key in posted))
    reviews = [review_for(one) for one in references]
    bookings = _bookings(reviews, posted)
    form = choice_form(posted)
    if wants_reply():
        comparison = compare(account.viewer, references, clock.now())
        inserted = insert_reply(form, _replies(comparison))
        page = _page(asked.reference, comparison, form)
        return page, HTTPStatus.OK if inserted else _UNPROCESSABLE
    valid = form.validate()
    chosen = _chosen(form, bookings, "confirm", form.note.data or "")
    declined = _chosen(form, bookings, "decline", form.reason.data or "")
    listed_to_wait = _chosen(form, bookings, "list", form.reason.data or "")
    comparison = compare(account.viewer, references, clock.now())
    ids = [key for one in chosen for key in one.occurrence_ids]
    given_up = [key for one in (*declined, *listed_to_wait) for key in one.occurrence_ids]
    if valid and comparison.are_open(ids) and comparison.without_room(ids, given_up):
        form.add_choice_error(
            gettext("There is not room for all that you confirm. Confirm fewer of them.")
        )
        valid = False
    if not valid:
        return _page(asked.reference, comparison, form), _UNPROCESSABLE
    before = listed(account.viewer, list_filters())
    try:
        after = choose_between(account, Choice(chosen, declined, listed_to_wait))
    except Refused:
        form.add_choice_error(
            gettext("A request breaks a rule. Open it to decide on an exception.")
        )
        return _page(asked.reference, comparison, form), _UNPROCESSABLE
    except Conflict as conflict:
        return _conflict_page(asked.reference, bookings, [*ids, *given_up], conflict.code, form)
    names = [
        isolated(review.organisation) if review.organisation else gettext("own use")
        for review in reviews
        if any(key in form.keys_with("confirm") for key in _keys(review))
    ]
    message = gettext("Confirmed: %(who)s.", who=", ".join(names))
    if declined:
        message = ngettext(
            "Confirmed: %(who)s. %(num)s request declined.",
            "Confirmed: %(who)s. %(num)s requests declined.",
            len(declined),
            who=", ".join(names),
        )
    if listed_to_wait:
        more = ngettext(
            "%(num)s request put on the waiting list.",
            "%(num)s requests put on the waiting list.",
            len(listed_to_wait),
        )
        message = f"{message} {more}"
    flash(message, "success")
    if State.ACCEPTED in after:
        flash(gettext("Not final where conditions must be met first."), "info")
    return redirect(address_after(account.viewer, asked.reference, before))


def _keys(review: RequestForReview) -> list[str]:
    return [key_of(review.reference, number) for number in range(1, len(review.bookings) + 1)]


def _bookings(
    reviews: Sequence[RequestForReview], posted: Sequence[str]
) -> dict[str, BookingForReview]:
    """Return the posted bookings by their keys.

    Raises:
        NotFound: one of them does not exist.
    """
    known = {
        key: booking
        for review in reviews
        for key, booking in zip(_keys(review), review.bookings, strict=True)
    }
    if not known.keys() >= set(posted):
        raise NotFound("booking")
    return {key: known[key] for key in posted}


def _chosen(
    form: ChoiceForm, bookings: dict[str, BookingForReview], answer: str, reason: str
) -> list[Decision]:
    """Return the decisions on the bookings with this answer, about the dates that were shown."""
    dates = form.confirm_dates if answer == "confirm" else form.decline_dates
    shown = set(dates.data or ())
    code = form.code.code if answer == "decline" else None
    found = []
    for key in form.keys_with(answer):
        booking = bookings[key]
        ids = frozenset(date.id for date in booking.dates if date.uid in shown)
        if ids:
            seen = request.form.get(f"seen-{key}", type=int)
            found.append(Decision(booking.id, ids, reason, code=code, seen=seen))
        else:
            form.add_choice_error(gettext("This cannot be confirmed. Leave it out or decline it."))
    return found


def _replies(comparison: Comparison) -> list[Reply]:
    return replies_at({one.booking.facility_id for one in comparison.bookings})


def _page(reference: str, comparison: Comparison, form: ChoiceForm) -> str:
    return render_template(
        "decisions/compare.html",
        **WORDS,
        reference=reference,
        comparison=comparison,
        form=form,
        replies=_replies(comparison),
        address=list_filters().address,
        broken_text=broken_text,
        now=clock.now(),
    )


def _conflict_page(
    reference: str,
    before: dict[str, BookingForReview],
    ids: Sequence[int],
    code: str,
    form: ChoiceForm,
) -> ViewResponse:
    """Return the page for a choice that came too late: what happened to each of the requests."""
    reviews = [review_for(one) for one in dict.fromkeys(reference_in(key) for key in before)]
    about: list[dict[str, Any]] = []
    for key, booking in _bookings(reviews, list(before)).items():
        review = next(one for one in reviews if one.reference == reference_in(key))
        happened = steps_since(booking, frozenset(ids)) if code == "already_decided" else []
        about.append({"review": review, "booking": booking, "happened": happened})
    page = render_template(
        "decisions/compare_conflict.html",
        reference=reference,
        about=about,
        written=[text for text in (form.note.data, form.reason.data) if text],
        text=reason_of_conflict(code),
        listed_dates=listed_dates,
        step_text=step_text,
    )
    return page, HTTPStatus.CONFLICT
