"""Requesting a facility: the form, the check page, and sending."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from http import HTTPStatus
from secrets import token_hex

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext, ngettext
from flask_wtf.csrf import CSRFError
from werkzeug.datastructures import MultiDict

from booking.accounts.billing import billing_of
from booking.accounts.memberships import Member, members_of
from booking.accounts.views import client_source
from booking.availability.own_dates import requests_on_same_days
from booking.availability.requestable import (
    RequestableFacility,
    day_bounds,
    get_requestable,
    requestable_facilities,
    why_not_now,
    would_confirm,
)
from booking.bookings.new_request import NewRequest, find_already_sent
from booking.db import clock
from booking.errors import Conflict, Forbidden, NotFound, Refused
from booking.requests.alert_views import shown_again, told_when_free
from booking.requests.alternatives_page import shown_alternatives, taken_up
from booking.requests.blueprint import blueprint
from booking.requests.drafts import drop_draft, find_draft, keep_draft
from booking.requests.form_builder import (
    add_refusals,
    filled_form,
    number_labels,
    places_label,
    posted_form,
    with_dates_changed,
)
from booking.requests.forms import Pairs, RequestForm, tidied
from booking.requests.prefill import prefilled, repeated
from booking.requests.queries import get_request
from booking.requests.quota_lines import left_for_me, quota_lines, share_warnings
from booking.requests.series_preview import (
    notes_on,
    requesters_check,
    series_preview,
    validate_dates,
)
from booking.requests.series_reader import FormDates, add_series_refusals, read_form_dates
from booking.requests.service import TooManySent, send
from booking.requests.submission import idempotency_key_of, new_request_of
from booking.requests.views import times_note
from booking.rules.date_days import days_of_date
from booking.rules.lifecycle import FIRM
from booking.rules.reasons import units_of
from booking.rules.slots import Slot
from booking.rules.terms import AutomaticFor, BookingMode, BookingTerms
from booking.rules.visibility import Account
from booking.rules.waiting_list import dates_that_may_wait, taken_dates
from booking.web.access import current_account, current_viewer, public
from booking.web.responses import ViewResponse
from booking.wording.formats import open_units, units
from booking.wording.refusals import conflict_text
from booking.wording.terms import rule_lines


@blueprint.get("/requests/new")
@public
def new() -> ViewResponse:
    """Show the form, filled from the address or from the draft saved while signing in.

    `again` names a request of one's own organisation whose details are taken over. `other` shows
    other possible times beside those of the address.
    """
    if _has_no_organisation():
        return render_template("requests/no_organisation.html"), 403
    if "draft" in request.args:
        return _draft_page()
    slug = request.args.get("facility", "")
    if not slug:
        again = request.args.get("again")
        copied = get_request(current_viewer(), again, clock.now()) if again else None
        clusters = requestable_facilities()
        return render_template("requests/choose.html", clusters=clusters, copied=copied)
    requestable = get_requestable(slug, current_viewer(), clock.now())
    if requestable.lasting_refusals():
        return render_template("requests/cannot.html", requestable=requestable)
    pairs = prefilled(request.args, requestable.rules)
    if again := request.args.get("again"):
        pairs += repeated(get_request(current_viewer(), again, clock.now()), slug)
    else:
        pairs = _with_billing_reference(pairs)
    form = filled_form(requestable, pairs)
    return _form_page(requestable, form, may_offer=bool(request.args.get("other")))


@blueprint.post("/requests/new")
@public
def submit() -> ViewResponse:
    """Answer the pressed button: add or remove a date, check, change, send."""
    return _answer_step(is_stale=False)


@blueprint.errorhandler(CSRFError)
def stale_token(error: CSRFError) -> ViewResponse:
    """Show the form again with all that was typed: its token is gone, not its content."""
    try:
        if request.endpoint == "requests.ask_to_tell_me":
            return shown_again(str((request.view_args or {})["slug"]))
        if request.endpoint != "requests.submit":
            return render_template("errors/400.html"), 400
        return _answer_step(is_stale=True)
    except NotFound:
        return render_template("errors/404.html"), 404


def _answer_step(*, is_stale: bool) -> ViewResponse:
    if _has_no_organisation():
        return render_template("requests/no_organisation.html"), 403
    requestable = get_requestable(request.form.get("facility", ""), current_viewer(), clock.now())
    step = request.form.get("step", "check")
    status = 400 if is_stale else 200
    typed = list(request.form.items(multi=True))
    changed = with_dates_changed(typed, step, requestable.most_dates)
    if changed is not None:
        form = filled_form(requestable, changed)
        return _form_page(requestable, form, status=status, new_date=step == "add")
    if (other := taken_up(typed, step, current_viewer())) is not None:
        return _form_page(*other, status=status, is_taken_up=True)
    if step == "sign-in" and current_account() is None:
        return _to_sign_in(requestable, filled_form(requestable, tidied(typed)[0]))
    form, how_many = posted_form(requestable, typed)
    if (page := _unchecked_step(step, requestable, form, how_many, status=status)) is not None:
        return page
    account = current_account()
    sends = step in ("send", "send-wait")
    is_sent = sends and not is_stale and account is not None
    may_wait = step in ("wait", "send-wait")
    form_dates, new_request = _check_form(
        requestable, form, how_many, is_sent=is_sent, may_wait=may_wait
    )
    if new_request is None:
        if sends and (reference := _already_sent(form)) is not None:
            return redirect(url_for("requests.show", reference=reference))
        return _form_page(
            requestable, form, status=status if is_stale else 422, form_dates=form_dates
        )
    if not sends or is_stale:
        return _check_page(requestable, form, form_dates, new_request, status=status)
    if account is None:
        return _to_sign_in(requestable, form)
    return _send(requestable, form, form_dates, new_request, account)


def _unchecked_step(
    step: str, requestable: RequestableFacility, form: RequestForm, how_many: int, *, status: int
) -> ViewResponse | None:
    """Answer a button that leads to no check of what is typed; None: it is another one."""
    if step == "tell-me":
        return _tell_me(requestable, form, how_many, status=status)
    if step == "change":
        return _form_page(requestable, form, status=status)
    if step == "leave-out":
        _leave_out_conflicts(requestable, form)
    if step in ("dates", "leave-out"):
        return _dates_page(requestable, form, how_many, status=status)
    return None


def _tell_me(
    requestable: RequestableFacility, form: RequestForm, how_many: int, *, status: int
) -> ViewResponse:
    """Note that the person wants to be told when what is taken becomes free."""
    account = current_account()
    if account is None:
        return _to_sign_in(requestable, form)
    form.drop_blank_dates()
    validate_dates(form)
    form_dates = read_form_dates(form, requestable, how_many)
    if form.errors or not form_dates.slots or status != HTTPStatus.OK:
        status = status if status != HTTPStatus.OK else HTTPStatus.UNPROCESSABLE_ENTITY
        return _form_page(requestable, form, status=status, form_dates=form_dates)
    answer = told_when_free(requestable, form, form_dates.slots, account)
    if isinstance(answer, HTTPStatus):
        return _form_page(requestable, form, status=answer, form_dates=form_dates)
    return answer


def _to_sign_in(requestable: RequestableFacility, form: RequestForm) -> ViewResponse:
    """Keep what was typed while its writer signs in."""
    token = keep_draft(form.typed(), client_source(""), replacing=session.get("draft"))
    if token is None:
        form.add_form_error(
            gettext(
                "Too many requests were kept for your network. "
                "Sign in first in another tab, then continue here."
            )
        )
        return _form_page(requestable, form, status=HTTPStatus.TOO_MANY_REQUESTS)
    session["draft"] = token
    return redirect(url_for("accounts.sign_in", next=url_for("requests.new", draft=1)))


def _check_form(
    requestable: RequestableFacility,
    form: RequestForm,
    how_many: int,
    *,
    is_sent: bool = False,
    may_wait: bool = False,
) -> tuple[FormDates, NewRequest | None]:
    """Return the dates of the form and what would be sent: None if the form now has errors.

    What is well-formed and now to be sent (`is_sent`) is checked against the calendar by `send`.
    Dates that are taken are no error where they may wait; the form remembers whether they could.
    """
    form.drop_blank_dates()
    form.validate()
    add_refusals(form, requestable.lasting_refusals(), requestable)
    form_dates = read_form_dates(form, requestable, how_many)
    if not form_dates.slots:
        if form_dates.series is not None:
            form.add_form_error(gettext("You have left out all dates. Keep at least one."))
        return form_dates, None
    new_request = new_request_of(requestable, form, form_dates.slots)
    new_request = replace(new_request, may_wait=may_wait)
    if is_sent and not form.errors and form_dates.is_complete:
        return form_dates, new_request
    refusals = why_not_now(requestable, new_request, current_viewer(), clock.now())
    waiting = dates_that_may_wait(requestable.rules, refusals)
    form.offers_waiting = bool(waiting) and form_dates.is_complete
    form.offers_alert = bool(taken_dates(refusals)) and form_dates.is_complete
    if waiting and may_wait:
        refusals = []
    conflicts = add_series_refusals(form, refusals, form_dates, requestable)
    if form.errors or conflicts or not form_dates.is_complete:
        return form_dates, None
    return form_dates, new_request


def _dates_page(
    requestable: RequestableFacility, form: RequestForm, how_many: int, *, status: int
) -> ViewResponse:
    """Show the dates of the series, even if other fields are still empty."""
    form.drop_blank_dates()
    validate_dates(form)
    if not form.repeat.form.is_used:
        form.add_error(form.repeat.form.pattern, gettext("Choose how it repeats."))
    read_form_dates(form, requestable, how_many)
    if form.errors and status == HTTPStatus.OK:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return _form_page(requestable, form, status=status)


def _leave_out_conflicts(requestable: RequestableFacility, form: RequestForm) -> None:
    """Leave out all dates that cannot be requested."""
    preview = series_preview(
        requestable, form, requesters_check(requestable, current_viewer(), clock.now())
    )
    if preview is not None:
        skipped = form.repeat.form.skipped
        skipped.data = sorted({*skipped.data, *preview.conflicts})


def _already_sent(form: RequestForm) -> str | None:
    """Return what the person already sent with this form, or None.

    Sent twice, the second finds the time taken by the first, which is no reason against it.
    """
    account = current_account()
    return find_already_sent(account.person_id, idempotency_key_of(form)) if account else None


def _send(
    requestable: RequestableFacility,
    form: RequestForm,
    form_dates: FormDates,
    new_request: NewRequest,
    account: Account,
) -> ViewResponse:
    try:
        reference = send(account, new_request)
    except Refused as refused:
        form.offers_waiting = bool(dates_that_may_wait(requestable.rules, refused.refusals))
        form.offers_alert = bool(taken_dates(refused.refusals))
        add_series_refusals(form, refused.refusals, form_dates, requestable)
        return _form_page(requestable, form, status=422, was_free=True)
    except Conflict as conflict:
        form.add_form_error(conflict_text(conflict.code))
        return _form_page(requestable, form, status=409, was_free=True)
    except TooManySent as too_many:
        form.add_form_error(_too_many_sent_text(too_many))
        return _form_page(requestable, form, status=HTTPStatus.TOO_MANY_REQUESTS)
    except Forbidden:
        return render_template("requests/no_organisation.html"), 403
    if "draft" in session:
        drop_draft(session.pop("draft"))
    flash(_sent_text(requestable, new_request, account, reference), "success")
    return redirect(url_for("requests.show", reference=reference))


def _sent_text(
    requestable: RequestableFacility, new_request: NewRequest, account: Account, reference: str
) -> str:
    if new_request.may_wait:
        sent = get_request(account.viewer, reference, clock.now())
        if any(booking.on_waiting_list for booking in sent.bookings):
            return gettext("You are on the waiting list: %(reference)s.", reference=reference)
    if requestable.rules.automatic_for is not AutomaticFor.NOBODY:
        sent = get_request(account.viewer, reference, clock.now())
        if sent.headline.state in FIRM:
            return gettext("Sent and confirmed: %(reference)s.", reference=reference)
    return gettext("Request sent: %(reference)s.", reference=reference)


def _too_many_sent_text(too_many: TooManySent) -> str:
    if too_many.by_organisation:
        return ngettext(
            "Your organisation has sent %(num)s request in the last 24 hours, the most that it "
            "can. Send this one later; withdrawn requests count too.",
            "Your organisation has sent %(num)s requests in the last 24 hours, the most that it "
            "can. Send this one later; withdrawn requests count too.",
            too_many.sent,
        )
    return ngettext(
        "You have sent %(num)s request in the last hour, the most that one person can. "
        "Send this one later; withdrawn requests count too.",
        "You have sent %(num)s requests in the last hour, the most that one person can. "
        "Send this one later; withdrawn requests count too.",
        too_many.sent,
    )


def _draft_page() -> ViewResponse:
    token = session.get("draft")
    pairs = find_draft(token, clock.now()) if isinstance(token, str) else None
    if pairs is None:
        return render_template("requests/draft_gone.html"), 404
    fields: MultiDict[str, str] = MultiDict(pairs)
    requestable = get_requestable(fields.get("facility", ""), current_viewer(), clock.now())
    kept, how_many = tidied(pairs)
    form = filled_form(requestable, _with_billing_reference(kept))
    form_dates, new_request = _check_form(requestable, form, how_many)
    if new_request is None:
        return _form_page(requestable, form, status=422, form_dates=form_dates)
    return _check_page(requestable, form, form_dates, new_request, status=200)


def _with_billing_reference(pairs: Pairs) -> Pairs:
    """Return the form's fields with the organisation's billing reference, unless one is typed."""
    name = "billing_reference"
    if any(one == name and text for one, text in pairs):
        return pairs
    stated = billing_of(current_viewer().organisation_id).reference
    return [*(pair for pair in pairs if pair[0] != name), (name, stated)]


def _has_no_organisation() -> bool:
    account = current_account()
    return account is not None and account.organisation_id is None


def _form_page(
    requestable: RequestableFacility,
    form: RequestForm,
    *,
    status: int = 200,
    new_date: bool = False,
    is_taken_up: bool = False,
    form_dates: FormDates | None = None,
    was_free: bool = False,
    may_offer: bool = False,
) -> ViewResponse:
    """Return the form, with alternatives where it has errors or `may_offer`.

    After its check (`was_free`) they are looked for when asked for: many may lose the same race,
    and looking takes several times as long as sending.
    """
    if not form.idempotency_key.data:
        form.idempotency_key.data = token_hex(16)
    first_day, last_day = day_bounds(requestable, clock.now())
    preview = series_preview(
        requestable, form, requesters_check(requestable, current_viewer(), clock.now())
    )
    number_labels(form)
    if "readers" in form:
        viewer = current_viewer()
        form.readers.choices = [
            (one.key, one.name)
            for one in members_of(viewer.organisation_id)
            if one.person_id != viewer.person_id
        ]
    page = render_template(
        "requests/new.html",
        requestable=requestable,
        form=form,
        preview=preview,
        unit=requestable.rules.unit,
        by_agreement=requestable.rules.mode is BookingMode.BY_AGREEMENT,
        over_night=requestable.opens_over_night,
        earliest=date.fromisoformat(first_day),
        first_day=first_day,
        last_day=last_day,
        focused=len(form.dates.entries) - 1 if new_date else None,
        is_stale=status == HTTPStatus.BAD_REQUEST,
        is_taken_up=is_taken_up,
        offers=shown_alternatives(requestable, form, form_dates, even_if_free=may_offer)
        if not was_free and (may_offer or form.errors or (preview and preview.conflicts))
        else [],
        may_look=was_free,
        is_refused=status >= HTTPStatus.CONFLICT,
        lines=[
            *rule_lines(requestable.rules, requestable.effective.demo_names),
            *quota_lines(requestable.facility_id, has_parts=requestable.has_parts),
        ],
        left=left_for_me(requestable, [date.fromisoformat(first_day)]),
        places_label=places_label(requestable),
    )
    return page, status


def _check_page(
    requestable: RequestableFacility,
    form: RequestForm,
    form_dates: FormDates,
    new_request: NewRequest,
    *,
    status: int,
) -> ViewResponse:
    rules, slots = requestable.rules, sorted(new_request.slots)
    waiting = _waiting_slots(requestable, new_request)
    page = render_template(
        "requests/check.html",
        requestable=requestable,
        form=form,
        unit=rules.unit,
        by_agreement=rules.mode is BookingMode.BY_AGREEMENT,
        new_request=new_request,
        slots=slots,
        waiting=waiting,
        only_waits=len(waiting) == len(slots),
        series=form_dates.series,
        notes=notes_on(form_dates.series) if form_dates.series else (),
        length=_length(rules, slots),
        times_note=times_note(requestable.zone, *(slot.starts_at for slot in slots)),
        due_at=requestable.due_at(slots, clock.now()),
        left=left_for_me(
            requestable, [slot.starts_at.astimezone(requestable.zone).date() for slot in slots]
        ),
        warnings=share_warnings(requestable, slots),
        same_days=requests_on_same_days(
            requestable.facility_id, current_viewer(), rules, slots, clock.now()
        ),
        readers=_chosen_readers(new_request),
        at_once=not waiting
        and would_confirm(requestable, new_request, current_viewer(), clock.now()),
        account=current_account(),
        is_stale=status == HTTPStatus.BAD_REQUEST,
    )
    return page, status


def _chosen_readers(new_request: NewRequest) -> list[Member] | None:
    """Return the colleagues who are named beside the person, None if everybody may read it."""
    if new_request.readers is None:
        return None
    viewer = current_viewer()
    return [
        one
        for one in members_of(viewer.organisation_id)
        if one.key in new_request.readers and one.person_id != viewer.person_id
    ]


def _waiting_slots(requestable: RequestableFacility, new_request: NewRequest) -> list[Slot]:
    """Return the dates that would go to the waiting list now, in their order."""
    if not new_request.may_wait:
        return []
    refusals = why_not_now(requestable, new_request, current_viewer(), clock.now())
    indexes = dates_that_may_wait(requestable.rules, refusals)
    return sorted(new_request.slots[index] for index in indexes)


def _length(rules: BookingTerms, slots: Sequence[Slot]) -> str:
    """Return how long the dates are together, and that only open days count where some are not."""
    counted = sum(units_of(rules, slot) for slot in slots)
    in_all = sum(days_of_date(rules, slot).units for slot in slots)
    return open_units(counted, rules.unit) if 0 < counted < in_all else units(counted, rules.unit)
