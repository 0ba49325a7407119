"""Several requests at once: tick them in the inbox, then confirm or decline them with one text."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import render_template, request
from flask_babel import gettext

from booking.db import clock
from booking.decisions.blueprint import blueprint
from booking.decisions.competing import competition
from booking.decisions.exceptions import broken_in
from booking.decisions.forms import SeveralForm
from booking.decisions.listing import list_filters
from booking.decisions.log_text import listed_dates
from booking.decisions.queries import waiting_count
from booking.decisions.replies import Reply, replies_at
from booking.decisions.reply_insertion import insert_reply, wants_reply
from booking.decisions.service import Decision
from booking.decisions.several import (
    MOST_AT_ONCE,
    PickedBooking,
    Result,
    confirm_each,
    decline_each,
    picked_bookings,
    wait_each,
)
from booking.rules.references import parse_reference
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse


@blueprint.get("/inbox/several")
@decider
def several() -> ViewResponse:
    """Show the requests that were ticked, and a form to answer them all."""
    picked, problem = _picked(request.args.getlist("pick"))
    page = _page(picked, SeveralForm(formdata=None), problem)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK


@blueprint.post("/inbox/several")
@decider
def answer_several() -> ViewResponse:
    """Confirm or decline each of the requests by itself, and say what became of each."""
    account, form = the_account(), SeveralForm()
    picked, problem = _picked(request.form.getlist("pick"))
    if wants_reply():
        inserted = insert_reply(form, _replies(picked)) and not problem
        status = HTTPStatus.OK if inserted else HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(picked, form, problem), status
    if problem or not form.validate():
        return _page(picked, form, problem), HTTPStatus.UNPROCESSABLE_ENTITY
    shown = set(form.dates.data or ())
    answer = form.answer.data
    answered = [one for one in picked if any(date.uid in shown for date in one.dates)]
    decisions = [
        Decision(
            one.id,
            frozenset(date.id for date in one.dates if date.uid in shown),
            form.text.data or "",
            code=form.code.code if answer == "decline" else None,
            seen=request.form.get(f"seen-{one.key}", type=int),
        )
        for one in answered
    ]
    act = {"confirm": confirm_each, "decline": decline_each, "list": wait_each}[answer]
    results = act(account, decisions)
    undone = [one for one in results if one not in (Result.DONE, Result.ACCEPTED)]
    page = render_template(
        "decisions/several_done.html",
        outcomes=list(zip(answered, results, strict=True)),
        answer=answer,
        done=len(results) - len(undone),
        result_text=_result_text,
        listed_dates=listed_dates,
        waiting=waiting_count(account.viewer, clock.now()),
    )
    return page, HTTPStatus.CONFLICT if len(undone) == len(results) else HTTPStatus.OK


def _picked(typed: Sequence[str]) -> tuple[list[PickedBooking], str]:
    """Return the bookings that were ticked, and what is wrong with the choice, "" if nothing.

    Raises:
        NotFound: one of them does not exist, or is others' to decide on.
    """
    references = list(dict.fromkeys(parse_reference(text) or text for text in typed))
    if not references:
        return [], gettext("Select at least one request.")
    problem = ""
    if len(references) > MOST_AT_ONCE:
        problem = gettext("Select at most %(number)d requests.", number=MOST_AT_ONCE)
    return picked_bookings(the_account().viewer, references[:MOST_AT_ONCE], clock.now()), problem


def _replies(picked: Sequence[PickedBooking]) -> list[Reply]:
    return replies_at({one.facility_id for one in picked})


def _page(picked: Sequence[PickedBooking], form: SeveralForm, problem: str) -> str:
    viewer, now = the_account().viewer, clock.now()
    around = competition(
        viewer,
        {one.facility_id for one in picked},
        [date.slot for one in picked for date in one.waiting],
        now,
    )
    remarks = {}
    for one in picked:
        ids = [date.id for date in one.waiting]
        effects = around.effects(ids)
        remarks[one.id] = [
            text
            for applies, text in (
                (not ids, gettext("decided already")),
                (effects.unfit, gettext("clashes")),
                (effects.rivals, gettext("competes with another request")),
                (broken_in(one.id, ids, now), gettext("breaks a rule")),
            )
            if applies
        ]
    return render_template(
        "decisions/several.html",
        picked=picked,
        references=list(dict.fromkeys(one.reference for one in picked)),
        remarks=remarks,
        form=form,
        problem=problem,
        replies=_replies(picked),
        address=list_filters().address,
        listed_dates=listed_dates,
    )


def _result_text(result: Result, answer: str) -> str:
    if result is Result.DONE:
        return {
            "confirm": gettext("Confirmed"),
            "decline": gettext("Declined"),
            "list": gettext("On the waiting list"),
        }[answer]
    return {
        Result.ACCEPTED: gettext("Accepted, not final: conditions must be met first."),
        Result.TAKEN: gettext("No longer fits. It keeps waiting."),
        Result.SET_ASIDE: gettext("Its time is set aside for other organisations."),
        Result.NO_LIST: gettext("This facility has no waiting list. Nothing was done."),
        Result.CHANGED: gettext("Changed by the requester meanwhile. Nothing was done."),
        Result.DECIDED: gettext("Decided or changed meanwhile. Nothing was done."),
        Result.EXPIRED: gettext("Expired meanwhile. Nothing was done."),
        Result.EXCEPTION: gettext("Breaks a rule. Open it to make an exception."),
        Result.BEYOND: gettext("Breaks a rule and cannot be confirmed."),
        Result.GONE: gettext("You no longer decide on this."),
    }[result]
