"""What the pages of hours share: fields of openings, and showing a change before it is saved."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from markupsafe import Markup

from booking.db import clock
from booking.disruptions.detection import DisruptedDate
from booking.disruptions.queries import DisruptionLine, disruption_lines
from booking.errors import Invalid
from booking.manage.blueprint import is_draft_page
from booking.manage.forms import OwnersForm
from booking.manage.hours.forms import HoursForm
from booking.manage.hours.preview import Outcome
from booking.manage.hours.queries import OwnHours, own_hours
from booking.manage.hours.service import RunsIntoNextDay, SeasonInTheWay
from booking.manage.new_facilities.service import read_drafted
from booking.manage.queries import ManagedFacility, kept_facility
from booking.manage.saved_changes import SavedLine, saved_lines
from booking.manage.version import ChangedMeanwhile, facility_version, form_version
from booking.rules.opening import WeeklySpan
from booking.web.access import current_viewer
from booking.web.responses import ViewResponse
from booking.wording import formats
from booking.wording.hours import in_force_text, times_text, weekday_of_number
from booking.wording.refusals import conflict_text


def shown_hours(slug: str) -> OwnHours:
    """Return the current hours of a facility that the viewer manages.

    Raises:
        NotFound: there is none, or it is for others to manage.
    """
    if is_draft_page():
        return read_drafted(current_viewer(), slug, own_hours)
    return own_hours(kept_facility(current_viewer(), slug), clock.now())


def openings_page(
    template: str, shown: OwnHours, form: HoursForm, status: int = HTTPStatus.OK
) -> ViewResponse:
    """Return the page of a form with openings, their fields labelled."""
    name_openings(form)
    fill_version(form, shown)
    page = render_template(
        template,
        shown=shown,
        facility=shown.managed.facility,
        decides=shown.managed.decides,
        zone=shown.managed.effective.rules.zone,
        form=form,
    )
    return page, status


def add_overlap_errors(openings: Iterable[tuple[Any, WeeklySpan]], overlapping: Any) -> bool:
    """Put a message at each opening that overlaps another; return whether any does."""
    listed = list(openings)
    pairs: Sequence[tuple[int, int]] = overlapping([span for _, span in listed])
    for first, later in pairs:
        field, other = listed[later][0], listed[first][1]
        message = gettext(
            "This overlaps %(weekday)s, %(times)s. End one before the other starts.",
            weekday=weekday_of_number(other.weekday),
            times=times_text([(other.opens_time, other.closes_time)]),
        )
        field.errors = [*field.errors, message]
    return bool(pairs)


def add_day_error(form: HoursForm, wrong: Invalid) -> None:
    """Put a message at the field that says why the change cannot be made."""
    texts = {
        "past": lambda: gettext("Choose today or a later day. Past hours cannot be changed."),
        "backwards": lambda: gettext("The last day is before the first."),
        "season_gone": lambda: gettext(
            "This season no longer exists. Check your entries and save them as a new season."
        ),
        "too_many": lambda: gettext("Too many days. Use a season instead."),
    }
    if isinstance(wrong, SeasonInTheWay):
        message = _season_text(wrong)
    elif isinstance(wrong, RunsIntoNextDay):
        message = gettext(
            "%(day)s, %(times)s overlaps the opening of the next day. End one before the "
            "other starts.",
            day=formats.day(wrong.day),
            times=times_text([wrong.times]),
        )
    else:
        message = texts[wrong.code]()
    field = form[wrong.field]
    field.errors = [*field.errors, message]


def _season_text(wrong: SeasonInTheWay) -> str:
    days = in_force_text(wrong.season)
    if wrong.code == "overlaps_season":
        return gettext(
            "These days overlap the season %(days)s. Change or remove that season first, or "
            "choose other days.",
            days=days,
        )
    return gettext(
        "The season %(days)s applies on that day. Start after it, or change or remove that season.",
        days=days,
    )


def name_openings(form: HoursForm) -> None:
    """Label the fields of openings with their day and number."""
    for name, day in form.named_days():
        for number, row in enumerate(day.rows(), start=1):
            row.opens.label.text = gettext(
                "%(day)s, opening %(number)s, from", day=str(name), number=number
            )
            row.closes.label.text = gettext(
                "%(day)s, opening %(number)s, to", day=str(name), number=number
            )


@dataclass(frozen=True)
class ChangePreview:
    """A change as its check page shows it.

    `lines` say what changes, `then` what is in force afterwards as pairs of days and hours (empty
    where the lines say all), `unchanged` what stays. `action` is the address that saves it, `typed`
    what is posted there. `can_go_back`: there is a form that takes `typed` back. `done` is the
    message after saving.
    """

    title: str
    lines: Sequence[str]
    unchanged: str
    action: str
    typed: Sequence[tuple[str, str]]
    can_go_back: bool
    done: str
    then: Sequence[tuple[str, str]] = ()


#: Makes or tries a change, given the acknowledged version of its dates and that of the form.
Change = Callable[[str | None, str | None], Outcome]


def preview_or_save(
    managed: ManagedFacility,
    run: Change,
    preview_of: Callable[[Outcome], ChangePreview],
    *,
    has_form: bool = True,
) -> ViewResponse:
    """Save the change if its dates have been shown before; otherwise show them.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since. Without a form that could show
            that (`has_form`), the check page does.
    """
    # A draft has no dates that could be affected.
    wants_save = request.form.get("step") == "save" or managed.draft is not None
    acknowledged = request.form.get("acknowledged", "") if wants_save else None
    saved: Sequence[SavedLine] = ()
    version = request.form.get("version", "")
    try:
        outcome = run(acknowledged, version)
    except ChangedMeanwhile as conflict:
        if has_form:
            raise
        if managed.draft is not None:
            flash(conflict_text(conflict.code), "danger")
            return _to_hours(managed)
        outcome = run(None, None)
        managed = kept_facility(current_viewer(), managed.facility.slug)
        zone = managed.effective.rules.zone
        saved = saved_lines(current_viewer(), conflict, zone, managed)
        version = facility_version(managed.facility.id)
    preview = preview_of(outcome)
    if outcome.saved:
        flash(preview.done, "success")
        if affected := _own(outcome.disruptions):
            flash(_to_decide(len(affected)), "warning")
        return _to_hours(managed)
    page = render_template(
        "manage/hours_check.html",
        managed=managed,
        facility=managed.facility,
        preview=preview,
        acknowledged=outcome.version,
        version=version,
        saved=saved,
        needs_decider=conflict_text("needs_decider") if outcome.needs_decider else "",
        disruptions=_own(outcome.disruptions),
        freed=len(_own(outcome.freed)),
        is_other_than_seen=wants_save and not saved,
    )
    refused = wants_save or saved or outcome.needs_decider
    return (page, HTTPStatus.CONFLICT) if refused else page


def _to_hours(managed: ManagedFacility) -> ViewResponse:
    return redirect(url_for("manage.hours", slug=managed.facility.slug), HTTPStatus.SEE_OTHER)


def fill_version(form: OwnersForm, shown: OwnHours) -> None:
    """Give a form that was not sent the present version of the facility."""
    form.version.data = form.version.data or form_version(shown.managed)


def _own(disruptions: Sequence[DisruptedDate]) -> list[DisruptionLine]:
    """Return the dates on which the viewer decides; the others stay hidden."""
    return disruption_lines(
        current_viewer(), [disruption.occurrence_id for disruption in disruptions]
    )


def posted(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return name and value of what was posted under these names, the version left out."""
    return [
        (name, value)
        for name in names
        if name != "version"
        for value in request.form.getlist(name)
        if value
    ]


def _to_decide(number: int) -> Markup:
    """Return how many dates are affected now, with a link to where they are decided."""
    link = Markup('<a href="{}">{}</a>').format(
        url_for("decisions.inbox", show="affected"), gettext("Keep or cancel them in the inbox")
    )
    text = ngettext(
        "%(num)d date is affected by the new hours.",
        "%(num)d dates are affected by the new hours.",
        number,
    )
    return Markup("{} {}").format(text, link)
