"""Free and busy times of one facility as JSON."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from flask import jsonify, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from booking.browse.blueprint import blueprint
from booking.browse.facility_queries import page_subject, times_of
from booking.calendars.kept_until import kept_until
from booking.db import clock
from booking.facilities.calendar_cache import Drawn, drawn_once, text_bytes
from booking.rules.clock_changes import shows_the_present
from booking.rules.opening import ONE_DAY, day_starts_at
from booking.rules.slots import Slot
from booking.rules.visibility import Viewer, reading_rights
from booking.search.forms import MAX_DAYS_AHEAD
from booking.search.service import MAX_WINDOW_DAYS
from booking.web.access import current_viewer, public

DEFAULT_DAYS = 31


@blueprint.get("/facilities/<string:slug>/times.json")
@public
def free_busy(slug: str) -> Response | tuple[Response, int]:
    """Return when the facility is free and busy, to those who may see its calendar; else 404.

    `first` and `last` are local dates of the facility, both inclusive, at most 92 days; without
    them a month from today on. Wrong days answer 422 with `{"error": words}`.

        {"facility": "hall", "zone": "Europe/Copenhagen", "unit": "hour",
         "next_free": [slot, ...],
         "days": [{"day": "2027-01-14", "asking": "open", "open": [slot, ...],
                   "free": [...], "busy": [...], "partly": [...], "closed": [...]}, ...]}

    A slot is a pair of start and end, ISO 8601 with the facility's offset; of each list they are
    sorted and apart. `unit` is hour, half_day or day. `next_free` are the first free dates of the
    shortest length that can be requested now, on any day. `asking` says whether a day can be
    requested: open, too_late, not_yet, not_open or never. `free` is part of at least one such
    date, `busy` has no place left, `partly` has some, `closed` is closed by its owner. An opening
    over midnight belongs to the day on which it begins.
    """
    today = clock.now().date()
    try:
        first = date.fromisoformat(request.args.get("first") or today.isoformat())
        default = first + timedelta(days=DEFAULT_DAYS - 1)
        last = date.fromisoformat(request.args.get("last") or default.isoformat())
    except (ValueError, OverflowError):
        return _refused(gettext("Enter days like 2027-01-14."))
    if not 0 <= (last - first).days < MAX_WINDOW_DAYS:
        text = gettext("Choose 1 to %(number)s days at a time.", number=MAX_WINDOW_DAYS)
        return _refused(text)
    if abs((first - today).days) > MAX_DAYS_AHEAD:
        return _refused(gettext("These days are too far ahead or too long ago."))
    now, viewer = clock.now(), current_viewer()
    text = drawn_once(
        ("times", slug, first, last, reading_rights(viewer)),
        [page_subject(slug, now).facility.id],
        now,
        lambda: _written(slug, first, last, viewer, now),
    )
    return Response(text, mimetype="application/json")


def _written(slug: str, first: date, last: date, viewer: Viewer, now: datetime) -> Drawn[str]:
    found = times_of(slug, first, last, viewer, now)
    zone = found.rules.zone

    def pairs(slots: Iterable[Slot]) -> list[list[str]]:
        return [
            [slot.starts_at.astimezone(zone).isoformat(), slot.ends_at.astimezone(zone).isoformat()]
            for slot in slots
        ]

    text = jsonify(
        facility=slug,
        zone=zone.key,
        unit=found.rules.unit.value,
        next_free=pairs(found.next_free),
        days=[
            {
                "day": day.day.isoformat(),
                "asking": day.requestable.value,
                "open": pairs(day.open),
                "free": pairs(day.free),
                "busy": pairs(day.busy),
                "partly": pairs(day.partly),
                "closed": pairs(day.closed),
            }
            for day in found.days
        ],
    ).get_data(as_text=True)
    shown = Slot(day_starts_at(zone, first), day_starts_at(zone, last + ONE_DAY))
    until = kept_until(
        [page_subject(slug, now).facility.id],
        {zone},
        viewer,
        now,
        shows_present=shows_the_present(found.rules, shown, now),
    )
    return Drawn(text, until, size=text_bytes(text))


def _refused(message: str) -> tuple[Response, int]:
    return jsonify(error=message), 422
