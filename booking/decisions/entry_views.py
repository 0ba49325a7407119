"""Entering own use and bookings on behalf of an organisation: confirmed at once."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from secrets import token_hex
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from booking.availability.requestable import RequestableFacility
from booking.bookings.new_request import NewRequest, find_already_sent
from booking.db import clock
from booking.decisions.blueprint import blueprint
from booking.decisions.entry_queries import (
    facilities_to_enter,
    get_enterable,
    organisation_named,
    organisations_to_enter_for,
    why_not_enter,
)
from booking.decisions.exceptions import names_of_entered
from booking.decisions.forms import EnteringForm
from booking.decisions.service import Entering
from booking.decisions.service import enter as enter_booking
from booking.errors import Conflict, Invalid, Refused
from booking.requests.alternatives_page import shown_alternatives, taken_up
from booking.requests.form_builder import (
    filled_form,
    places_label,
    posted_form,
    read_dates,
    renumbered,
    tell_refusals,
    with_dates_changed,
)
from booking.requests.prefill import prefilled
from booking.requests.submission import idempotency_key_of, new_request_of
from booking.rules.exceptions import allows_exception
from booking.rules.refusals import Refusal
from booking.rules.visibility import Account
from booking.web.access import decider, the_account
from booking.wording.refusals import conflict_text

Answer = str | Response | tuple[str, int]
AskForm = Any  # the form that `requests.asked_form_views` gives
#: What owners use a facility for themselves; partners are not offered it.
OWN_WORK = "maintenance"


@blueprint.get("/manage/bookings/new")
@decider
def enter() -> Answer:
    """Show the form of one facility, or ask for which."""
    account = the_account()
    slug = request.args.get("facility", "")
    if not slug:
        choices = facilities_to_enter(account.viewer)
        return render_template("decisions/choose.html", facilities=choices)
    requestable = get_enterable(account.viewer, slug, clock.now())
    form = _without_what_owners_know(
        filled_form(requestable, prefilled(request.args, requestable.rules))
    )
    return _page(requestable, form, _whom(account))


@blueprint.post("/manage/bookings/new")
@decider
def enter_now() -> Answer:
    """Take one step with the form: a date more or less, or enter the booking."""
    account = the_account()
    requestable = get_enterable(account.viewer, request.form.get("facility", ""), clock.now())
    typed = list(request.form.items(multi=True))
    step = request.form.get("step", "enter")
    whom = _whom(account)
    changed = with_dates_changed(typed, step)
    if changed is not None:
        form = _without_what_owners_know(filled_form(requestable, changed))
        return _page(requestable, form, whom, new_date=step == "add")
    if (other := taken_up(typed, step, account.viewer)) is not None:
        taken = get_enterable(account.viewer, other[0].slug, clock.now())
        return _page(taken, _without_what_owners_know(other[1]), whom, is_taken_up=True)
    form, how_many = posted_form(requestable, typed)
    form = _without_what_owners_know(form)
    if step != "enter":  # a button that the page does not have
        return _page(requestable, form, whom, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    new_request = _checked(requestable, form, whom, how_many)
    if new_request is None:
        # Sent twice, the second finds the time taken by the first, which is no reason against it.
        sent_before = find_already_sent(account.person_id, _idempotency_key(form, whom))
        if sent_before is not None:
            return redirect(url_for("decisions.show", reference=sent_before))
        return _page(requestable, form, whom, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _enter(account, requestable, form, whom, new_request)


def _without_what_owners_know(form: AskForm) -> AskForm:
    """Leave out what only a stranger has to say, and add what only the owner does here."""
    form.keep_owner_fields()
    form.activity.choices = [
        *form.activity.choices,
        (OWN_WORK, gettext("maintenance or other own work")),
    ]
    return form


def _whom(account: Account) -> EnteringForm:
    form = EnteringForm()
    form.organisation.choices = [
        ("", gettext("own use")),
        *((name, name) for name in organisations_to_enter_for(account)),
    ]
    return form


def _checked(
    requestable: RequestableFacility, form: AskForm, whom: EnteringForm, how_many: int
) -> NewRequest | None:
    """Return what would be entered, or None when the forms now say all that is wrong with it."""
    form.drop_blank_dates()
    form.validate()
    offered = {value for value, *_ in whom.organisation.iter_choices()}
    if not whom.validate() or (whom.organisation.data or "") not in offered:
        _tell_unknown(whom)
    slots = read_dates(form, requestable, how_many)
    found = [slot for slot in slots if slot is not None]
    if not found:
        tell_refusals(form, requestable.lasting_refusals(), requestable)
        return None
    new_request = replace(
        new_request_of(requestable, form, found), idempotency_key=_idempotency_key(form, whom)
    )
    refusals = why_not_enter(requestable, new_request, _organisation_id(whom), clock.now())
    whom.to_acknowledge = names_of_entered(new_request.slots, refusals)
    _tell_broken(form, whom, requestable, renumbered(refusals, slots))
    return None if form.errors or whom.errors else new_request


def _tell_broken(
    form: AskForm, whom: EnteringForm, requestable: RequestableFacility, refusals: Sequence[Refusal]
) -> None:
    """Tell what is broken, unless it is set aside with a reason; offer that where it can be."""
    whom.offers_exception = bool(refusals) and all(allows_exception(one) for one in refusals)
    if not whom.offers_exception or not whom.all_the_same.data:
        tell_refusals(form, refusals, requestable)
        if whom.offers_exception and whom.exception_reason.data:
            whom.all_the_same.errors = [gettext("Tick this, too, if you set the rule aside.")]
    elif not whom.why_all_the_same():
        tell_refusals(form, refusals, requestable)
        whom.exception_reason.errors = [
            gettext("Say why it is entered all the same: both sides read it.")
        ]
    elif not whom.to_acknowledge <= frozenset(whom.acknowledged.data or ()):
        tell_refusals(form, refusals, requestable)
        whom.exception_reason.errors = [
            gettext(
                "It breaks a rule that you have not read yet. See whether your reason is one for "
                "it too, and enter it again."
            )
        ]


def _organisation_id(whom: EnteringForm) -> int | None:
    """Return for whom it is; None is own use, and what is not on the list."""
    name = whom.organisation.data
    if not name or name not in {value for value, *_ in whom.organisation.iter_choices()}:
        return None
    return organisation_named(name)


def _tell_unknown(whom: EnteringForm) -> None:
    whom.organisation.errors = [gettext("Choose an organisation from the list, or own use.")]


def _idempotency_key(form: AskForm, whom: EnteringForm) -> str:
    return idempotency_key_of(
        form, ("for", whom.organisation.data), ("why", whom.why_all_the_same())
    )


def _enter(
    account: Account,
    requestable: RequestableFacility,
    form: AskForm,
    whom: EnteringForm,
    new_request: NewRequest,
) -> Answer:
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        reference = enter_booking(
            account,
            Entering(
                new_request,
                _organisation_id(whom),
                whom.why_all_the_same(),
                frozenset(whom.acknowledged.data or ()),
            ),
        )
    except Refused as refused:
        whom.to_acknowledge = names_of_entered(new_request.slots, refused.refusals)
        _tell_broken(form, whom, requestable, refused.refusals)
    except Invalid:
        _tell_unknown(whom)
    except Conflict as conflict:
        form.tell_all(conflict_text(conflict.code))
        status = HTTPStatus.CONFLICT
    else:
        flash(gettext("Entered and confirmed: %(reference)s.", reference=reference), "success")
        return redirect(url_for("decisions.show", reference=reference))
    return _page(requestable, form, whom, status=status)


def _page(
    requestable: RequestableFacility,
    form: AskForm,
    whom: EnteringForm,
    *,
    status: int = HTTPStatus.OK,
    new_date: bool = False,
    is_taken_up: bool = False,
) -> Answer:
    if not form.idempotency_key.data:
        form.idempotency_key.data = token_hex(16)
    today = clock.now().astimezone(requestable.zone).date()
    page = render_template(
        "decisions/enter.html",
        requestable=requestable,
        form=form,
        whom=whom,
        unit=requestable.rules.unit,
        over_night=requestable.opens_over_night,
        first_day=today.isoformat(),
        last_day=None,
        focused=len(form.dates.entries) - 1 if new_date else None,
        places_label=places_label(requestable),
        is_taken_up=is_taken_up,
        offers=shown_alternatives(requestable, form, for_owner=True) if form.errors else [],
    )
    return page, status
