"""Asking to be told when taken time of a facility becomes free, without a request."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.datastructures import MultiDict

from booking.alerts.service import MOST_ALERTS, NewAlert, TooManyAlerts, ask_to_be_told
from booking.availability.requestable import (
    RequestableFacility,
    day_bounds,
    get_requestable,
    why_not_now,
)
from booking.db import clock
from booking.errors import Conflict
from booking.requests.blueprint import blueprint
from booking.requests.form_builder import (
    add_refusals,
    filled_form,
    places_label,
    posted_form,
    read_dates,
)
from booking.requests.forms import RequestForm
from booking.requests.prefill import prefilled
from booking.requests.submission import extent_of, new_request_of
from booking.rules.refusals import RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode
from booking.rules.visibility import Account
from booking.search.prefill import request_args
from booking.web.access import current_account, current_viewer, public
from booking.web.responses import ViewResponse
from booking.wording.dates import dates_text


@blueprint.get("/facilities/<string:slug>/tell-me")
@public
def tell_me(slug: str) -> ViewResponse:
    """Show the form, filled from the address as that of a request is.

    Where no free times are shown there is nothing to tell: it leads to the request form.
    """
    requestable = get_requestable(slug, current_viewer(), clock.now())
    if not _shows_free_times(requestable):
        # As a text: names such as `_anchor` or `endpoint` mean something to `url_for`.
        args = urlencode(request.args.to_dict(flat=False) | {"facility": slug}, doseq=True)
        return redirect(f"{url_for('requests.new')}?{args}")
    if _has_no_organisation():
        return render_template("requests/no_organisation.html"), HTTPStatus.FORBIDDEN
    args_of_one = MultiDict((name, request.args[name]) for name in request.args)
    return _page(requestable, filled_form(requestable, prefilled(args_of_one, requestable.rules)))


@blueprint.post("/facilities/<string:slug>/tell-me")
@public
def ask_to_tell_me(slug: str) -> ViewResponse:
    """Note the time; whoever is not signed in comes back to the filled form after that."""
    requestable = get_requestable(slug, current_viewer(), clock.now())
    if not _shows_free_times(requestable):
        return redirect(url_for("requests.new", facility=slug))
    if _has_no_organisation():
        return render_template("requests/no_organisation.html"), HTTPStatus.FORBIDDEN
    form, _ = posted_form(requestable, list(request.form.items(multi=True)))
    form.dates.validate(form)
    if "places" in form:
        form.places.validate(form)
    slots = [slot for slot in read_dates(form, requestable, 1) if slot is not None][:1]
    if form.errors or not slots:
        return _page(requestable, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    account = current_account()
    if account is None:
        whole, places = extent_of(requestable, form)
        args: dict[str, Any] = dict(request_args(slots[0], requestable.rules))
        args |= {"whole": "1" if whole else "0", "places": str(places)}
        back = url_for("requests.tell_me", slug=slug, **args)
        return redirect(url_for("accounts.sign_in", next=back))
    new_request = new_request_of(requestable, form, slots)
    refusals = why_not_now(requestable, new_request, account.viewer, clock.now())
    others = [one for one in refusals if one.code is not RefusalCode.TAKEN or "own" in one.params]
    add_refusals(form, others, requestable)
    if form.errors:
        return _page(requestable, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    answer = told_when_free(requestable, form, slots, account)
    return _page(requestable, form, answer) if isinstance(answer, HTTPStatus) else answer


def told_when_free(
    requestable: RequestableFacility, form: RequestForm, slots: Sequence[Slot], account: Account
) -> ViewResponse | HTTPStatus:
    """Note that the person wants to be told when what is taken of these dates becomes free.

    Where that is not possible, the form says why, and the status comes back to show it with.
    """
    whole, places = extent_of(requestable, form)
    new_alert = NewAlert(requestable.facility_id, tuple(slots), whole, places)
    try:
        taken = ask_to_be_told(account, new_alert)
    except Conflict:
        form.add_form_error(
            ngettext(
                "This date is not taken now. You can request it.",
                "None of these dates is taken now. You can request them.",
                len(slots),
            )
        )
        return HTTPStatus.CONFLICT
    except TooManyAlerts:
        form.add_form_error(
            ngettext(
                "You already wait to hear about as many times as one person can, %(num)s. "
                "Remove some under “Your account”, “Free times”.",
                "You already wait to hear about as many times as one person can, %(num)s. "
                "Remove some under “Your account”, “Free times”.",
                MOST_ALERTS,
            )
        )
        return HTTPStatus.TOO_MANY_REQUESTS
    flash(
        gettext(
            "We will tell you when it becomes free: %(what)s.",
            what=dates_text(taken, requestable.zone, requestable.rules),
        ),
        "success",
    )
    return redirect(url_for("alerts.index"))


def shown_again(slug: str) -> ViewResponse:
    """Show the form again with what was typed: its token is gone, not its content."""
    requestable = get_requestable(slug, current_viewer(), clock.now())
    form, _ = posted_form(requestable, list(request.form.items(multi=True)))
    return _page(requestable, form, HTTPStatus.BAD_REQUEST)


def _shows_free_times(requestable: RequestableFacility) -> bool:
    return (
        requestable.sees_calendar
        and requestable.rules.mode is BookingMode.HERE
        and not requestable.lasting_refusals()
    )


def _has_no_organisation() -> bool:
    account = current_account()
    return account is not None and account.organisation_id is None


def _page(
    requestable: RequestableFacility, form: RequestForm, status: HTTPStatus = HTTPStatus.OK
) -> ViewResponse:
    first_day, last_day = day_bounds(requestable, clock.now())
    page = render_template(
        "requests/tell_me.html",
        requestable=requestable,
        form=form,
        unit=requestable.rules.unit,
        over_night=requestable.opens_over_night,
        first_day=first_day,
        last_day=last_day,
        focused=None,
        places_label=places_label(requestable),
        is_stale=status is HTTPStatus.BAD_REQUEST,
        request_args=_request_args(requestable, form) if status is HTTPStatus.CONFLICT else None,
        signed_in=current_account() is not None,
    )
    return page, status


def _request_args(requestable: RequestableFacility, form: RequestForm) -> dict[str, str]:
    """Return the arguments of a request for the date in the form, which is free."""
    (slot,) = (one for one in read_dates(form, requestable, 1)[:1] if one is not None)
    whole, places = extent_of(requestable, form)
    args = {"facility": requestable.slug, **request_args(slot, requestable.rules)}
    return args | ({"whole": "1"} if whole else {"places": str(places)})
