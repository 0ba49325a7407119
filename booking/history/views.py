"""Pages of who changed what: of a facility, an organisation, a person, a cluster, of everything."""

from collections.abc import Sequence
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext

from booking.audit.reading import LogFilter, LogPage
from booking.history.forms import LogFilterForm
from booking.history.presenter import HistoryLine, history_lines
from booking.history.queries import (
    MOST_EXPORTED,
    cluster_entries,
    cluster_log,
    facility_log,
    names_of,
    organisation_log,
    own_log,
    people_named,
    readable_cluster,
    whole_log,
)
from booking.rules.audit_events import EVENTS, Area, Event
from booking.rules.opening import day_starts_at
from booking.web.access import admin, auditor, decider, signed_in, the_account
from booking.web.responses import ViewResponse
from booking.web.spreadsheet import csv_text
from booking.wording.audit import AREA_WORDS, EVENT_WORDS
from booking.wording.zones import shown_zone

blueprint = Blueprint("history", __name__)
_OF_CLUSTER = (Area.SETTINGS, Area.ROLES, Area.ORGANISATIONS, Area.BOOKINGS, Area.OPENED)


@blueprint.get("/manage/facilities/<string:slug>/history")
@decider
def facility(slug: str) -> str:
    """Show what was changed at a facility, by whom."""
    managed, reader, page = facility_log(the_account(), slug, _before())
    zone = managed.effective.rules.zone
    return render_template(
        "history/facility.html",
        facility=managed.facility,
        lines=history_lines(page.entries, reader, names_of(page.entries), zone),
        zone=zone,
        **_pages(page),
    )


@blueprint.get("/organisation/history")
@signed_in
def organisation() -> str:
    """Show what was changed in the organisation for which the person acts."""
    account = the_account()
    reader, page = organisation_log(account, _before())
    names = names_of(page.entries, for_organisation=account.organisation_id)
    zone = shown_zone()
    return render_template(
        "history/organisation.html",
        name=account.organisation_name,
        manages=reader.is_manager,
        lines=history_lines(page.entries, reader, names, zone),
        zone=zone,
        **_pages(page),
    )


@blueprint.get("/account/history")
@signed_in
def person() -> str:
    """Show what was changed about the person."""
    reader, page = own_log(the_account(), _before())
    zone = shown_zone()
    return render_template(
        "history/person.html",
        lines=history_lines(page.entries, reader, names_of(page.entries), zone),
        zone=zone,
        **_pages(page),
    )


@blueprint.get("/manage/clusters/<string:slug>/log")
@auditor
def cluster(slug: str) -> ViewResponse:
    """Show the log of a cluster, to those who run or audit it."""
    reader, found = readable_cluster(the_account(), slug)
    zone = ZoneInfo(found.time_zone)
    form, wanted = _filters(_OF_CLUSTER, zone)
    page = cluster_log(reader, found, wanted, _before()) if wanted else LogPage((), None)
    html = render_template(
        "history/cluster.html",
        cluster=found,
        form=form,
        lines=history_lines(page.entries, reader, names_of(page.entries), zone),
        zone=zone,
        file=url_for("history.cluster_file", slug=slug, **_typed(form)),
        reads_steps=not reader.works_for_others,
        **_pages(page, **_typed(form)),
    )
    return html, HTTPStatus.OK if wanted else HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/manage/clusters/<string:slug>/log.csv")
@auditor
def cluster_file(slug: str) -> ViewResponse:
    """Send the log of a cluster as a table, with the same filters."""
    reader, found = readable_cluster(the_account(), slug)
    zone = ZoneInfo(found.time_zone)
    _, wanted = _filters(_OF_CLUSTER, zone)
    if wanted is None:
        return "", HTTPStatus.UNPROCESSABLE_ENTITY
    entries = cluster_entries(reader, found, wanted)
    table = _csv(history_lines(entries, reader, names_of(entries), zone), zone)
    return Response(
        table,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="log-{found.slug}.csv"'},
    )


@blueprint.get("/admin/log")
@admin
def everything() -> ViewResponse:
    """Show an admin what happened to people, roles and settings, and that bookings went on."""
    zone = shown_zone()
    form, wanted = _filters(list(Area), zone)
    reader, page = whole_log(the_account(), wanted or LogFilter(), _before())
    if wanted is None:
        page = LogPage((), None)
    html = render_template(
        "history/everything.html",
        form=form,
        lines=history_lines(page.entries, reader, names_of(page.entries), zone),
        zone=zone,
        **_pages(page, **_typed(form)),
    )
    return html, HTTPStatus.OK if wanted else HTTPStatus.UNPROCESSABLE_ENTITY


def _before() -> int | None:
    """Return the position to go on before; None, also for what is none: from the newest."""
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _pages(page: LogPage, **filters: Any) -> dict[str, str | None]:
    """Return the addresses of the newest and the older entries, for a template."""
    here = {**(request.view_args or {}), **filters}
    endpoint = request.endpoint or ""
    return {
        "newest": url_for(endpoint, **here) if _before() is not None else None,
        "older": url_for(endpoint, **here, before=page.older) if page.older else None,
    }


def _filters(areas: Sequence[Area], zone: ZoneInfo) -> tuple[LogFilterForm, LogFilter | None]:
    """Return the form as sent, and what it looks for; None: something in it is wrong."""
    form = LogFilterForm(request.args)
    form.kind.choices = {
        "": [("", gettext("anything"))],
        **{
            str(AREA_WORDS[area]): sorted(
                (
                    (event.value, str(EVENT_WORDS[event].label))
                    for event, rules in EVENTS.items()
                    if rules.area is area
                ),
                key=lambda choice: choice[1],
            )
            for area in areas
        },
    }
    if not form.validate():
        return form, None
    first, last = form.first.data, form.last.data
    name = (form.person.data or "").strip()
    return form, LogFilter(
        events=frozenset({Event(form.kind.data)}) if form.kind.data else frozenset(),
        people=people_named(name) if name else None,
        since=day_starts_at(zone, first) if first else None,
        until=day_starts_at(zone, last + timedelta(days=1)) if last else None,
    )


def _typed(form: LogFilterForm) -> dict[str, Any]:
    """Return what was typed, for further addresses with the same filters."""
    return {
        field.name: value.isoformat() if isinstance(value, date) else str(value)
        for field in form
        if (value := field.data)
    }


def _csv(lines: Sequence[HistoryLine], zone: ZoneInfo) -> str:
    """Return lines as a table."""
    rows = [
        [gettext("Time"), gettext("Kind"), gettext("What happened"), gettext("Before"),
         gettext("After"), gettext("Why")]
    ]  # fmt: skip
    for line in lines:
        before, after = (
            "; ".join(
                gettext("%(what)s: %(value)s", what=one.label, value=value)
                for one in line.changes
                if (value := getattr(one, side))
            )
            for side in ("before", "after")
        )
        at = line.at.astimezone(zone).isoformat("T", "seconds")
        rows.append([at, line.label, line.sentence, before, after, line.why])
    if len(lines) == MOST_EXPORTED:
        rows.append([gettext("There are older entries. Choose days to get them.")])
    return csv_text(rows)
