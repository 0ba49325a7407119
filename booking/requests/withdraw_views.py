"""Withdrawing requested dates and cancelling confirmed ones, some or all."""

from collections.abc import Callable, Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from booking.db import clock
from booking.errors import Conflict, NotFound
from booking.requests.blueprint import blueprint
from booking.requests.forms import RequesterCancelForm, WithdrawForm
from booking.requests.queries import BookingLine, DateLine, RequestPage, get_request
from booking.requests.service import cancel as cancel_dates
from booking.requests.service import withdraw as withdraw_dates
from booking.requests.views import conflict_page, times_note
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse
from booking.wording.refusals import conflict_text


@blueprint.route("/requests/<string:reference>/withdraw", methods=["GET", "POST"])
@signed_in
def withdraw(reference: str) -> ViewResponse:
    """Withdraw requested dates: the page to choose them, and the answer."""

    def act(booking: BookingLine, form: WithdrawForm) -> str:
        ids = booking.ids_of(form.dates.data or ())
        withdraw_dates(the_account(), booking.id, ids)
        return ngettext("%(num)s date withdrawn.", "%(num)s dates withdrawn.", len(ids))

    return _end_dates(reference, WithdrawForm(), "requests/withdraw.html", _waiting, act)


@blueprint.route("/requests/<string:reference>/cancel", methods=["GET", "POST"])
@signed_in
def cancel(reference: str) -> ViewResponse:
    """Cancel confirmed dates with a reason: the page to choose them, and the answer."""

    def act(booking: BookingLine, form: WithdrawForm) -> str:
        ids = booking.ids_of(form.dates.data or ())
        cancel_dates(the_account(), booking.id, ids, form["reason"].data)
        return ngettext("%(num)s date cancelled.", "%(num)s dates cancelled.", len(ids))

    return _end_dates(reference, RequesterCancelForm(), "requests/cancel.html", _confirmed, act)


def _waiting(booking: BookingLine) -> list[DateLine]:
    return booking.to_withdraw


def _confirmed(booking: BookingLine) -> list[DateLine]:
    return booking.to_cancel


def _end_dates(
    reference: str,
    form: WithdrawForm,
    template: str,
    offered_by: Callable[[BookingLine], list[DateLine]],
    act: Callable[[BookingLine, WithdrawForm], str],
) -> ViewResponse:
    viewer = the_account().viewer
    page = get_request(viewer, reference, clock.now())
    if request.method != "POST":
        number = request.args.get("booking", 1, type=int)
        booking = booking_of(page, number)
        offered = offered_by(booking)
        if not offered:
            return conflict_page(page, nothing_left())
        form.booking.data = number
        # Of several confirmed dates none is ticked: one click must not cancel a whole series.
        if len(offered) == 1 or not isinstance(form, RequesterCancelForm):
            form.dates.data = [date.uid for date in offered]
        return _render_form(template, page, booking, form, offered)
    booking = booking_of(page, 1 if form.booking.data is None else form.booking.data)
    if not form.validate():
        return _render_form(template, page, booking, form, offered_by(booking)), 422
    try:
        message = act(booking, form)
    except Conflict as conflict:
        now_page = get_request(viewer, reference, clock.now())
        return conflict_page(now_page, conflict_text(conflict.code))
    flash(message, "success")
    return redirect(url_for("requests.show", reference=page.reference))


def booking_of(page: RequestPage, number: int) -> BookingLine:
    """Return the booking of this number in the request, counted from 1.

    Raises:
        NotFound: there is none.
    """
    if not 1 <= number <= len(page.bookings):
        raise NotFound("booking")
    return page.bookings[number - 1]


def nothing_left() -> str:
    """Return that nothing can be changed any more."""
    return gettext("These dates can no longer be changed. See their current state below.")


def _render_form(
    template: str,
    page: RequestPage,
    booking: BookingLine,
    form: WithdrawForm,
    offered: Sequence[DateLine],
) -> str:
    return render_template(
        template,
        page=page,
        booking=booking,
        form=form,
        offered=offered,
        times_note=times_note(booking.zone, booking.dates[0].slot.starts_at),
    )
