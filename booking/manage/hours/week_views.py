"""The pages of weekly hours, for good or for a season."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext

from booking.errors import Invalid, NotFound
from booking.manage.blueprint import of_facility_or_draft
from booking.manage.hours import service as hours_service
from booking.manage.hours.forms import DaysForm, WeekForm
from booking.manage.hours.pages import (
    ChangePreview,
    add_day_error,
    add_overlap_errors,
    fill_version,
    name_openings,
    openings_page,
    posted,
    preview_or_save,
    shown_hours,
)
from booking.manage.hours.preview import Outcome
from booking.manage.hours.queries import OwnHours
from booking.manage.hours.service import NewWeek
from booking.manage.saved_changes import add_facility_conflict
from booking.manage.version import ChangedMeanwhile
from booking.rules.hours_changes import overlapping_in_week
from booking.rules.opening import WeeklySpan
from booking.rules.timetables import Timetable, weekly_on
from booking.rules.typed_values import parse_day
from booking.web.access import current_viewer, keeper
from booking.web.responses import ViewResponse
from booking.wording import formats
from booking.wording.hours import hours_text, in_force_text


@of_facility_or_draft("/hours/week")
@keeper
def week(slug: str) -> ViewResponse:
    """Show the form of weekly hours, filled with those in force; `season`: with that season."""
    shown = shown_hours(slug)
    form = WeekForm()
    season = shown.season(parse_day(request.args.get("season", "")) or date.min)
    tomorrow = shown.today + timedelta(days=1)
    if season is not None and season.valid_from and season.valid_to:
        begun = season.valid_from <= shown.today
        form.first.data = (
            min(tomorrow, season.valid_to) if begun else season.valid_from
        ).isoformat()
        form.last.data = season.valid_to.isoformat()
        form.instead_of.data = season.valid_from.isoformat()
        form.fill(season.spans)
    else:
        first = _first_of_draft(shown) or _first_outside_seasons(shown, tomorrow)
        form.first.data = first.isoformat()
        form.fill(weekly_on(shown.managed.effective.rules.hours.spans or (), first))
    return _page(shown, form)


@of_facility_or_draft("/hours/week", method="POST")
@keeper
def change_week(slug: str) -> ViewResponse:
    """Copy Monday, show what the hours affect, or save them."""
    shown = shown_hours(slug)
    form = WeekForm()
    step = request.form.get("step", "check")
    if step == "copy":
        form.copy_monday()
        return _page(shown, form)
    if step == "change":
        return _page(shown, form)
    name_openings(form)
    valid = form.validate()
    overlaps = add_overlap_errors(form.openings(), overlapping_in_week)
    first, last = form.first.read, form.last.read
    if not valid or overlaps or first is None:
        return _page(shown, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    spans = tuple(sorted((span for _, span in form.openings()), key=_in_week))
    new = NewWeek(spans, first, last, parse_day(form.instead_of.data or ""))
    key = shown.managed.key
    try:
        return preview_or_save(
            shown.managed,
            lambda acknowledged, version: hours_service.change_week(
                current_viewer(), key, new, acknowledged, version=version
            ),
            lambda outcome: _preview_week(shown, form, new, outcome),
        )
    except ChangedMeanwhile as conflict:
        shown = shown_hours(slug)
        add_facility_conflict(form, current_viewer(), conflict, shown.managed)
        return _page(shown, form, HTTPStatus.CONFLICT)
    except Invalid as wrong:
        if wrong.code == "season_gone":
            form.instead_of.data = ""
        add_day_error(form, wrong)
    return _page(shown, form, HTTPStatus.UNPROCESSABLE_ENTITY)


@of_facility_or_draft("/hours/season/remove", method="POST")
@keeper
def remove_season(slug: str) -> ViewResponse:
    """Remove a season, after showing what that affects."""
    shown = shown_hours(slug)
    season = shown.season(parse_day(request.form.get("first", "")) or date.min)
    if season is None or season.valid_from is None:
        raise NotFound("season")
    first, key = season.valid_from, shown.managed.key
    return preview_or_save(
        shown.managed,
        lambda acknowledged, version: hours_service.remove_season(
            current_viewer(), key, first, acknowledged, version=version
        ),
        lambda outcome: ChangePreview(
            title=gettext("Remove a season"),
            lines=[gettext("Removed: %(hours)s", hours=_line(season))],
            then=_after(outcome.timetables, shown),
            unchanged=gettext("Its past days do not change."),
            action=url_for("manage.remove_season", slug=slug),
            typed=posted(["first"]),
            can_go_back=False,
            done=gettext("Season removed."),
        ),
        has_form=False,
    )


@of_facility_or_draft("/hours/give-up")
@of_facility_or_draft("/hours/give-up", method="POST")
@keeper
def remove_own_hours(slug: str) -> ViewResponse:
    """Remove own weekly hours from a day on, after showing what that affects."""
    shown = shown_hours(slug)
    form = DaysForm()
    if request.method != "POST":
        form.first.data = (shown.today + timedelta(days=1)).isoformat()
        return _own_hours_page(shown, form)
    first = form.first.read
    if request.form.get("step") == "change" or not form.validate() or first is None:
        return _own_hours_page(shown, form)
    key = shown.managed.key
    try:
        return preview_or_save(
            shown.managed,
            lambda acknowledged, version: hours_service.remove_own_hours(
                current_viewer(), key, first, acknowledged, version=version
            ),
            lambda outcome: ChangePreview(
                title=gettext("No own hours"),
                lines=[
                    gettext(
                        "From %(day)s it has no weekly hours of its own.", day=formats.day(first)
                    ),
                    instead_text(shown),
                ],
                unchanged=gettext("Days before %(day)s do not change.", day=formats.day(first)),
                action=url_for("manage.remove_own_hours", slug=slug),
                typed=posted(["first"]),
                can_go_back=True,
                done=gettext("Saved. It has no hours of its own from then on."),
            ),
        )
    except ChangedMeanwhile as conflict:
        shown = shown_hours(slug)
        add_facility_conflict(form, current_viewer(), conflict, shown.managed)
        return _own_hours_page(shown, form, HTTPStatus.CONFLICT)
    except Invalid as wrong:
        add_day_error(form, wrong)
    return _own_hours_page(shown, form)


def instead_text(shown: OwnHours) -> str:
    """Return what counts where the facility states no weekly hours, in words."""
    if shown.above is not None:
        return gettext("The hours of %(facility)s will apply.", facility=shown.above)
    return gettext("Demo values will apply where there are any. Otherwise it is open at any time.")


def _in_week(span: WeeklySpan) -> tuple[Any, ...]:
    return span.weekday, span.opens_time


def _first_of_draft(shown: OwnHours) -> date | None:
    """Return the day from which the hours of a draft hold; None: it is none."""
    if shown.managed.draft is None:
        return None
    lasting = (own.timetable.valid_from for own in shown.timetables if not own.is_limited)
    return next((day for day in lasting if day is not None), shown.today)


def _first_outside_seasons(shown: OwnHours, day: date) -> date:
    """Return the first day from `day` on on which no season of its own counts."""
    for own in shown.timetables:
        ends = own.timetable.valid_to
        if own.is_limited and ends is not None and own.timetable.counts_on(day):
            day = ends + timedelta(days=1)
    return day


_page = partial(openings_page, "manage/hours_week.html")


def _own_hours_page(
    shown: OwnHours, form: DaysForm, status: HTTPStatus | None = None
) -> ViewResponse:
    fill_version(form, shown)
    page = render_template(
        "manage/hours_remove.html",
        shown=shown,
        facility=shown.managed.facility,
        instead=instead_text(shown),
        form=form,
    )
    return page, status or (HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK)


def _preview_week(shown: OwnHours, form: WeekForm, new: NewWeek, outcome: Outcome) -> ChangePreview:
    change = Timetable(new.spans, new.first, new.last)
    lines = [gettext("New: %(hours)s", hours=_line(change))]
    if not new.spans:
        lines.append(gettext("No times entered, so it is not open on any day."))
    return ChangePreview(
        title=gettext("New weekly hours"),
        lines=lines,
        then=_after(outcome.timetables, shown),
        unchanged=gettext("Days before %(day)s do not change.", day=formats.day(new.first)),
        action=url_for("manage.change_week", slug=shown.managed.facility.slug),
        typed=posted(form.posted_names()),
        can_go_back=True,
        done=gettext("New hours saved."),
    )


def _after(timetables: Sequence[Timetable], shown: OwnHours) -> list[tuple[str, str]]:
    """Return what the facility states from today on, as pairs of days and hours."""
    return [
        (in_force_text(one), hours_text(one.spans))
        for one in timetables
        if one.valid_to is None or one.valid_to >= shown.today
    ]


def _line(timetable: Timetable) -> str:
    return gettext(
        "%(days)s: %(hours)s",
        days=in_force_text(timetable),
        hours=hours_text(timetable.spans),
    )
