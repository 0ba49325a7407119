"""What somebody else has saved since a form was opened: shown beside what was typed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext

from booking.db import clock
from booking.facilities.arrivals import arrivals_of
from booking.facilities.condition_lists import listed_conditions
from booking.facilities.facts import fact_values
from booking.files.queries import documents_of, pictures_of
from booking.manage.automatic.queries import named_organisations
from booking.manage.closures.presenter import when_text
from booking.manage.closures.queries import (
    ClosureLine,
    ClosurePhase,
    closures_on,
    list_closures,
)
from booking.manage.closures.targets import Target
from booking.manage.facts.presenter import draft_text
from booking.manage.forms import OwnersForm
from booking.manage.hours.queries import TimetablePhase, own_hours
from booking.manage.people.queries import people_of
from booking.manage.queries import ManagedFacility
from booking.manage.quotas import presenter as quotas
from booking.manage.set_aside.queries import set_aside_at
from booking.manage.terms.presenter import room_lines, term_line, visibility_lines
from booking.manage.version import (
    ChangedMeanwhile,
    SavedChange,
    changes_since,
    version_of,
)
from booking.rules.owner_changes import KEPT_PARTS, ChangedPart
from booking.rules.visibility import Viewer
from booking.wording import formats
from booking.wording.conditions import condition_text
from booking.wording.facts import fact_label, fact_text
from booking.wording.hours import hours_text, in_force_text, special_runs
from booking.wording.names import isolated
from booking.wording.owner_changes import PART_WORDS, changed_by_text
from booking.wording.refusals import conflict_text
from booking.wording.terms import TERM_WORDS
from booking.wording.words import status_word


@dataclass(frozen=True)
class SavedLine:
    """One part that was changed: by whom and when, and what holds now, as lines."""

    title: str
    by: str
    now: Sequence[str]


def saved_lines(
    viewer: Viewer,
    conflict: ChangedMeanwhile,
    zone: ZoneInfo,
    managed: ManagedFacility | None,
) -> list[SavedLine]:
    """Return what was changed since the form was opened, times in `zone`.

    `managed` is the facility, read again after the conflict; None: it is the whole cluster. Of a
    draft it is only said who saved it.
    """
    if managed is not None and managed.draft is not None:
        return [SavedLine(gettext("Draft"), draft_text(managed.draft.note, zone), ())]
    now = clock.now()
    changes = changes_since(viewer, conflict)
    if managed is None:
        return [
            _saved_line(one, zone, _cluster_closures(viewer, conflict.target, now))
            for one in changes
        ]
    if not managed.decides:
        return _lines_for_keeper(managed, viewer, changes, now)
    return [
        _saved_line(one, zone, _LINES[one.part](_Page(managed, viewer, now, one.names)))
        for one in changes
    ]


def _saved_line(change: SavedChange, zone: ZoneInfo, holds: Sequence[str]) -> SavedLine:
    by = changed_by_text(
        change.at, zone, change.person, is_own=change.is_own, by_operator=change.by_operator
    )
    return SavedLine(str(PART_WORDS[change.part]), by, holds)


def _lines_for_keeper(
    managed: ManagedFacility, viewer: Viewer, changes: Sequence[SavedChange], now: datetime
) -> list[SavedLine]:
    """Return what keepers change too, without the names of those who decide; the rest as one."""
    zone = managed.effective.rules.zone
    lines = [
        _saved_line(
            replace(one, person=None),
            zone,
            _LINES[one.part](_Page(managed, viewer, now, one.names)),
        )
        for one in changes
        if one.part in KEPT_PARTS
    ]
    if len(lines) < len(changes):
        lines.append(SavedLine(gettext("Other settings"), gettext("Changed by someone else."), ()))
    return lines


def add_conflict(
    form: OwnersForm,
    viewer: Viewer,
    conflict: ChangedMeanwhile,
    zone: ZoneInfo,
    managed: ManagedFacility | None,
) -> None:
    """Say in a form what somebody else has saved; sent again, it replaces that.

    `managed` is as in `saved_lines`.
    """
    form.saved_meanwhile = saved_lines(viewer, conflict, zone, managed)
    if managed is not None and managed.draft is not None:
        form.version.data = managed.draft.revision
    else:
        form.version.data = version_of(conflict.target)
    form.form_errors.append(conflict_text(conflict.code))


def add_facility_conflict(
    form: OwnersForm, viewer: Viewer, conflict: ChangedMeanwhile, managed: ManagedFacility
) -> None:
    """Say the same in a form of one facility, read again after the conflict."""
    add_conflict(form, viewer, conflict, managed.effective.rules.zone, managed)


def _cluster_closures(viewer: Viewer, target: Target, now: datetime) -> list[str]:
    found = list_closures(viewer, now)
    here = [
        line
        for phase in (ClosurePhase.NOW, ClosurePhase.COMING)
        for line in found[phase]
        if line.target == target
    ]
    return _closure_lines(here)


def _closure_lines(lines: Sequence[ClosureLine]) -> list[str]:
    return [_pair(when_text(one), one.reason) for one in lines] or [gettext("No closure.")]


@dataclass(frozen=True)
class _Page:
    """What the lines below are made from."""

    managed: ManagedFacility
    viewer: Viewer
    now: datetime
    names: Sequence[str]


def _hours(page: _Page) -> list[str]:
    lines = [
        _pair(in_force_text(own.timetable), hours_text(own.timetable.spans))
        for own in own_hours(page.managed, page.now).timetables
        if own.phase is not TimetablePhase.PAST
    ]
    return lines or [gettext("It has no weekly hours of its own.")]


def _special_days(page: _Page) -> list[str]:
    shown = own_hours(page.managed, page.now)
    days = [one for one in shown.special if one.day in shown.own_special]
    if not days:
        return [gettext("None planned.")]
    runs = special_runs(days, shown.today, days[-1].day)
    return [_pair(run.days, run.text) for run in runs]


def _holidays(page: _Page) -> list[str]:
    if page.managed.effective.rules.opens_on_holidays:
        return [gettext("Open on public holidays, with the weekly hours.")]
    return [gettext("Not open on public holidays.")]


def _terms(page: _Page) -> list[str]:
    lines = [_term(page, name) for name in page.names if name in TERM_WORDS]
    if not {"places", "place_word", "allows_shared", "allows_exclusive"}.isdisjoint(page.names):
        lines += [_pair(one.label, one.value or "") for one in room_lines(page.managed)]
    return lines


def _quotas(page: _Page) -> list[str]:
    stated = [text for text, _ in quotas.section(page.managed, page.now)["quota_lines"]]
    return [*(stated or [gettext("No limit.")]), _term(page, "fair_share_percent")]


def _automatic(page: _Page) -> list[str]:
    names = named_organisations(page.managed.facility.id).names
    return [formats.listed(isolated(name) for name in names) if names else gettext("nobody")]


def _conditions(page: _Page) -> list[str]:
    facility_id = page.managed.facility.id
    found = listed_conditions([facility_id]).get(facility_id, ())
    texts = [condition_text(one.condition.kind, one.condition.text) for one in found]
    return texts or [gettext("No condition.")]


def _parent(page: _Page) -> list[str]:
    above = page.managed.chain[1:]
    return [above[0].name if above else gettext("Not part of another facility")]


def _approvers(page: _Page) -> list[str]:
    named = people_of(page.managed, page.now).approvers
    return [formats.listed(one.name for one in named) if named else gettext("nobody")]


def _arrival(page: _Page) -> list[str]:
    holds = arrivals_of([page.managed.facility.id])[page.managed.facility.id]
    return [holds.text or gettext("not stated")]


def _facts(page: _Page) -> list[str]:
    values = fact_values(page.managed.facility)
    return [_pair(fact_label(name), fact_text(name, values[name])) for name in page.names]


def _draft(page: _Page) -> list[str]:
    return [formats.listed(fact_label(name) for name in page.names)] if page.names else []


def _pictures(page: _Page) -> list[str]:
    found = pictures_of(page.managed.facility.id)
    return [one.alt for one in found] or [gettext("No picture.")]


def _documents(page: _Page) -> list[str]:
    found = documents_of(page.managed.facility.id)
    return [one.title for one in found] or [gettext("No document.")]


def _set_aside(page: _Page) -> list[str]:
    zone = page.managed.effective.rules.zone
    lines = [
        _pair(
            formats.zoned_slot(one.slot, zone),
            formats.listed(isolated(name) for name in one.organisations),
        )
        for one in set_aside_at(page.managed.facility.id, page.now)
    ]
    return lines or [gettext("No time is set aside.")]


def _closures(page: _Page) -> list[str]:
    ids = [one.id for one in page.managed.chain]
    return _closure_lines(closures_on(page.viewer, ids, page.now))


_LINES: dict[ChangedPart, Callable[[_Page], list[str]]] = {
    ChangedPart.HOURS: _hours,
    ChangedPart.SPECIAL_DAYS: _special_days,
    ChangedPart.HOLIDAYS: _holidays,
    ChangedPart.MODE: lambda page: [_term(page, "mode")],
    ChangedPart.TERMS: _terms,
    ChangedPart.QUOTAS: _quotas,
    ChangedPart.AUTOMATIC: _automatic,
    ChangedPart.CONDITIONS: _conditions,
    ChangedPart.STATUS: lambda page: [status_word(page.managed.facility.status)],
    ChangedPart.PARENT: _parent,
    ChangedPart.APPROVERS: _approvers,
    ChangedPart.AUDIENCES: lambda page: [_pair(*one) for one in visibility_lines(page.managed)],
    ChangedPart.CLOSURES: _closures,
    ChangedPart.SET_ASIDE: _set_aside,
    ChangedPart.ARRIVAL: _arrival,
    ChangedPart.FACTS: _facts,
    ChangedPart.DRAFT: _draft,
    ChangedPart.PICTURES: _pictures,
    ChangedPart.DOCUMENTS: _documents,
}
"""What holds now of each part, as lines."""


def _term(page: _Page, name: str) -> str:
    line = term_line(page.managed, name, page.now)
    return _pair(line.label, line.value or gettext("not stated"))


def _pair(what: str, value: str) -> str:
    return gettext("%(what)s: %(value)s", what=what, value=value)
