"""The owners' page of a facility's hours, and how it is booked."""

from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext

from booking.errors import Invalid
from booking.manage.blueprint import of_facility_or_draft
from booking.manage.hours import service as hours_service
from booking.manage.hours.forms import HolidaysForm, ModeForm
from booking.manage.hours.pages import (
    ChangePreview,
    fill_version,
    posted,
    preview_or_save,
    shown_hours,
)
from booking.manage.hours.presenter import means_text, source_text
from booking.manage.hours.queries import OwnHours
from booking.manage.saved_changes import add_facility_conflict
from booking.manage.version import ChangedMeanwhile, form_version
from booking.rules.terms import BookingMode
from booking.web.access import current_viewer, decider, keeper
from booking.web.responses import ViewResponse
from booking.wording.hours import SpecialRun, special_runs


@of_facility_or_draft("/hours")
@keeper
def hours(slug: str) -> ViewResponse:
    """Show when a facility is open, where that comes from, and what it means for partners."""
    shown = shown_hours(slug)
    return _page(shown, holidays_form(shown), mode_form(shown))


@of_facility_or_draft("/hours/mode", method="POST")
@decider
def set_mode(slug: str) -> ViewResponse:
    """Set how a facility is booked: here, by agreement, or elsewhere."""
    shown = shown_hours(slug)
    form = mode_form(shown)
    if form.validate():
        mode = BookingMode(form.mode.data) if form.mode.data else None
        try:
            hours_service.set_mode(
                current_viewer(),
                shown.managed.key,
                mode,
                form.elsewhere_url.data or None,
                version=form.version.data or "",
            )
        except ChangedMeanwhile as conflict:
            shown = shown_hours(slug)
            form = mode_form(shown)
            add_facility_conflict(form, current_viewer(), conflict, shown.managed)
            return _page(shown, holidays_form(shown, fresh=True), form), HTTPStatus.CONFLICT
        except Invalid as wrong:
            form.elsewhere_url.errors = [_url_text(wrong.code)]
        else:
            flash(gettext("Saved."), "success")
            return redirect(url_for("manage.hours", slug=slug), HTTPStatus.SEE_OTHER)
    page = _page(shown, holidays_form(shown, fresh=True), form)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


@of_facility_or_draft("/hours/holidays", method="POST")
@keeper
def set_holidays(slug: str) -> ViewResponse:
    """Set whether weekly hours count on public holidays, after showing what that affects."""
    shown = shown_hours(slug)
    form = holidays_form(shown)
    if not form.validate():
        return _page(shown, form, mode_form(shown, fresh=True)), HTTPStatus.UNPROCESSABLE_ENTITY
    opens = {"yes": True, "no": False}.get(form.opens.data)
    key = shown.managed.key
    chosen = next(text for value, text, *_ in form.opens.iter_choices() if value == form.opens.data)
    try:
        return preview_or_save(
            shown.managed,
            lambda acknowledged, version: hours_service.set_opens_on_holidays(
                current_viewer(), key, opens, acknowledged, version=version
            ),
            lambda _: ChangePreview(
                title=gettext("Public holidays"),
                lines=[gettext("On public holidays: %(choice)s", choice=chosen)],
                unchanged=gettext("Special days stay the same."),
                action=url_for("manage.set_holidays", slug=slug),
                typed=posted(["opens"]),
                can_go_back=False,
                done=gettext("Saved."),
            ),
        )
    except ChangedMeanwhile as conflict:
        shown = shown_hours(slug)
        form = holidays_form(shown)
        add_facility_conflict(form, current_viewer(), conflict, shown.managed)
        return _page(shown, form, mode_form(shown, fresh=True)), HTTPStatus.CONFLICT


def holidays_form(shown: OwnHours, *, fresh: bool = False) -> HolidaysForm:
    """Return the form of public holidays with its choices and what is stated now.

    `fresh`: what came in was for another form.
    """
    stated: Any = shown.managed.facility.opens_on_holidays
    data = {"opens": {None: "", True: "yes", False: "no"}[stated]}
    form = HolidaysForm(None, data=data) if fresh else HolidaysForm(data=data)
    above = shown.above
    form.opens.choices = [
        ("no", gettext("not open")),
        ("yes", gettext("open, with the weekly hours")),
        (
            "",
            gettext("as %(facility)s", facility=above)
            if above
            else gettext("not set here, so not open"),
        ),
    ]
    return form


def mode_form(shown: OwnHours, *, fresh: bool = False) -> ModeForm:
    """Return the form of how a facility is booked, with what is stated now.

    `fresh`: what came in was for another form.
    """
    facility = shown.managed.facility
    data = {"mode": facility.mode or "", "elsewhere_url": facility.elsewhere_url or ""}
    form = ModeForm(None, data=data) if fresh else ModeForm(data=data)
    form.mode.choices = [
        (BookingMode.HERE, gettext("here")),
        (BookingMode.BY_AGREEMENT, gettext("by agreement")),
        (BookingMode.ELSEWHERE, gettext("on another site")),
        (
            "",
            gettext("as %(facility)s", facility=shown.above)
            if shown.above
            else gettext("not set, so here"),
        ),
    ]
    return form


def _url_text(code: str) -> str:
    if code == "needed":
        return gettext("Enter the address of the booking site.")
    return gettext("Enter a full address such as https://example.org/book.")


def _page(shown: OwnHours, holidays: HolidaysForm, mode: ModeForm) -> str:
    fill_version(holidays, shown)
    fill_version(mode, shown)
    return render_template(
        "manage/hours.html",
        version=form_version(shown.managed),
        shown=shown,
        facility=shown.managed.facility,
        zone=shown.managed.effective.rules.zone,
        means=means_text(shown),
        source=source_text(shown),
        own_runs=_runs(shown, own=True),
        runs_above=_runs(shown, own=False),
        holidays_form=holidays,
        mode_form=mode,
        mode_hints={
            BookingMode.HERE: gettext("Partners see when it is free and request dates."),
            BookingMode.BY_AGREEMENT: gettext(
                "Partners see no free times. They propose dates and you say what is possible."
            ),
            BookingMode.ELSEWHERE: gettext(
                "Partners cannot request it here. A link takes them to the other site."
            ),
        },
    )


def _runs(shown: OwnHours, *, own: bool) -> list[SpecialRun]:
    """Return the future special days that the facility states itself, or inherits."""
    days = [one for one in shown.special if (one.day in shown.own_special) is own]
    return special_runs(days, shown.today, days[-1].day) if days else []
