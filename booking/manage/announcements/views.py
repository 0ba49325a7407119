"""The page on which owners write to everybody with a date."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from booking.db import clock
from booking.errors import Invalid
from booking.manage.announcements.forms import AnnouncementForm
from booking.manage.announcements.service import (
    MOST_DAYS,
    Announcement,
    count_reached,
    write_to_everybody,
)
from booking.manage.blueprint import blueprint
from booking.manage.queries import ManagedFacility, managed_facility
from booking.rules.opening import local_day
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse


@blueprint.route("/manage/facilities/<string:slug>/message", methods=["GET", "POST"])
@decider
def announcement(slug: str) -> ViewResponse:
    """Show the form; a post shows whom it reaches, and sends it in a second step."""
    account = the_account()
    found = managed_facility(account.viewer, slug)
    now = clock.now()
    form = AnnouncementForm()
    if request.method != "POST":
        today = local_day(now, found.effective.rules.zone).isoformat()
        form.first_day.data = form.last_day.data = today
        return _page(found, form)
    step = request.form.get("step", "check")
    if not form.validate() or step == "edit":
        return _page(found, form), (
            HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        )
    first, last = form.first_day.read, form.last_day.read
    if first is None or last is None:
        raise AssertionError("a valid form has both days")
    typed = Announcement(first, last, form.text.data or "")
    try:
        if step != "send":
            number = count_reached(account.viewer, found.facility.id, typed, now)
            if number:
                return _page(found, form, number)
            raise Invalid("text", "nobody")
        number = write_to_everybody(account, slug, typed)
    except Invalid as fault:
        field = form.last_day if fault.field == "last_day" else form.first_day
        field.errors = [_fault_text(fault.code)]
        return _page(found, form), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(
        ngettext("Message sent to %(num)s booking.", "Message sent to %(num)s bookings.", number),
        "success",
    )
    return redirect(url_for("manage.show", slug=slug), HTTPStatus.SEE_OTHER)


def _fault_text(code: str) -> str:
    if code == "before_first":
        return gettext("The last day is before the first.")
    if code == "past":
        return gettext("These days are over. Choose a day from today on.")
    if code == "too_far":
        return gettext("Choose at most %(days)s days.", days=MOST_DAYS)
    return gettext("Nobody has a confirmed date on these days.")


def _page(found: ManagedFacility, form: AnnouncementForm, number: int | None = None) -> str:
    return render_template(
        "manage/announcement.html",
        facility=found.facility,
        form=form,
        number=number,
        zone=found.effective.rules.zone,
    )
