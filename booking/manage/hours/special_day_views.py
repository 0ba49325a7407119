"""The pages of special days: hours of single days in place of the weekly ones."""

from datetime import date
from functools import partial
from http import HTTPStatus

from flask import request, url_for
from flask_babel import gettext

from booking.errors import Invalid, NotFound
from booking.manage.blueprint import of_facility_or_draft
from booking.manage.hours import service as hours_service
from booking.manage.hours.forms import DaysForm, SpecialDaysForm
from booking.manage.hours.pages import (
    ChangePreview,
    add_day_error,
    add_overlap_errors,
    name_openings,
    openings_page,
    posted,
    preview_or_save,
    shown_hours,
)
from booking.manage.hours.queries import OwnHours
from booking.manage.hours.service import NewSpecial
from booking.manage.saved_changes import add_facility_conflict
from booking.manage.version import ChangedMeanwhile
from booking.rules.hours_changes import overlapping_in_day
from booking.rules.opening import WeeklySpan
from booking.rules.timetables import usual_times_on
from booking.rules.typed_values import parse_day
from booking.web.access import current_viewer, keeper
from booking.web.responses import ViewResponse
from booking.wording import formats
from booking.wording.hours import days_text, times_text


@of_facility_or_draft("/hours/special-days")
@keeper
def special_days(slug: str) -> ViewResponse:
    """Show the form of special days; `day` fills it, `open` with that weekday's usual times."""
    shown = shown_hours(slug)
    form = SpecialDaysForm()
    day = parse_day(request.args.get("day", ""))
    form.kind.data = "open" if "open" in request.args else "shut"
    if day is not None:
        form.first.data = day.isoformat()
        hours = shown.managed.effective.rules.hours
        special = hours.special_on(day)
        form.openings.form.fill(special.spans if special else usual_times_on(hours, day))
        form.note.data = special.note if special else hours.holidays.get(day, "")
    return _page(shown, form)


@of_facility_or_draft("/hours/special-days", method="POST")
@keeper
def set_special_days(slug: str) -> ViewResponse:
    """Show what the special days affect, then save them."""
    shown = shown_hours(slug)
    form = SpecialDaysForm()
    if request.form.get("step") == "change":
        return _page(shown, form)
    name_openings(form)
    valid = form.validate()
    first = form.first.read
    last = form.last.read or first
    if form.kind.data == "open":
        valid = not _add_overlap_errors(form, repeated=first != last) and valid
    if not valid or first is None or last is None:
        return _page(shown, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    new = NewSpecial(first, last, form.times(), form.note.data or "")
    key = shown.managed.key
    try:
        return preview_or_save(
            shown.managed,
            lambda acknowledged, version: hours_service.set_special_days(
                current_viewer(), key, new, acknowledged, version=version
            ),
            lambda _: _preview(shown, form, new),
        )
    except ChangedMeanwhile as conflict:
        shown = shown_hours(slug)
        add_facility_conflict(form, current_viewer(), conflict, shown.managed)
        return _page(shown, form, HTTPStatus.CONFLICT)
    except Invalid as wrong:
        add_day_error(form, wrong)
    return _page(shown, form, HTTPStatus.UNPROCESSABLE_ENTITY)


@of_facility_or_draft("/hours/special-days/remove", method="POST")
@keeper
def remove_special_days(slug: str) -> ViewResponse:
    """Remove special days, after showing what that affects."""
    shown = shown_hours(slug)
    form = DaysForm()
    first = form.first.read
    last = form.last.read or first
    if not form.validate() or first is None or last is None or first < shown.today:
        raise NotFound("special day")
    key = shown.managed.key
    days = days_text(first, last)
    return preview_or_save(
        shown.managed,
        lambda acknowledged, version: hours_service.remove_special_days(
            current_viewer(), key, first, last, acknowledged, version=version
        ),
        lambda _: ChangePreview(
            title=gettext("Remove a special day"),
            lines=[gettext("%(days)s: back to the usual hours.", days=days)],
            unchanged=gettext("All other days stay the same."),
            action=url_for("manage.remove_special_days", slug=slug),
            typed=posted(["first", "last"]),
            can_go_back=False,
            done=gettext("Special days removed: %(days)s.", days=days),
        ),
        has_form=False,
    )


def _add_overlap_errors(form: SpecialDaysForm, *, repeated: bool) -> bool:
    weekday = (form.first.read or date(2024, 1, 1)).weekday()
    openings = [
        (field, WeeklySpan(weekday, opens, closes))
        for field, (opens, closes) in form.openings.form.openings()
    ]
    return add_overlap_errors(
        openings,
        lambda spans: overlapping_in_day([(s.opens_time, s.closes_time) for s in spans], repeated),
    )


def _preview(shown: OwnHours, form: SpecialDaysForm, new: NewSpecial) -> ChangePreview:
    hours = times_text(sorted(new.times)) if new.times else gettext("not open")
    lines = [gettext("%(days)s: %(hours)s", days=days_text(new.first, new.last), hours=hours)]
    if new.note:
        lines.append(gettext("Note for partners: %(note)s", note=new.note))
    lines += [
        gettext("%(day)s is a public holiday: %(name)s.", day=formats.day(one.day), name=one.name)
        for one in shown.holidays
        if new.first <= one.day <= new.last
    ]
    return ChangePreview(
        title=gettext("Special days"),
        lines=lines,
        unchanged=gettext("All other days stay the same."),
        action=url_for("manage.set_special_days", slug=shown.managed.facility.slug),
        typed=posted(form.posted_names()),
        can_go_back=True,
        done=gettext("Special days saved."),
    )


_page = partial(openings_page, "manage/hours_special.html")
