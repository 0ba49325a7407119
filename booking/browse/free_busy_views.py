"""Free and busy times of one facility as JSON."""

from collections.abc import Iterable
from datetime import date, timedelta

from flask import jsonify, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from booking.browse.blueprint import blueprint
from booking.browse.facility_queries import times_of
from booking.db import clock
from booking.rules.slots import Slot
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
    found = times_of(slug, first, last, current_viewer(), clock.now())
    zone = found.rules.zone

    def pairs(slots: Iterable[Slot]) -> list[list[str]]:
        return [
            [slot.starts_at.astimezone(zone).isoformat(), slot.ends_at.astimezone(zone).isoformat()]
            for slot in slots
        ]

    return jsonify(
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
    )


def _refused(message: str) -> tuple[Response, int]:
    return jsonify(error=message), 422
