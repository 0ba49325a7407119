"""Free and busy times of one facility as JSON."""

from collections.abc import Iterable
from datetime import date, timedelta

from flask import jsonify, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from booking import clock
from booking.access import current_viewer, public
from booking.facilities.forms import MAX_DAYS_AHEAD
from booking.facilities.search import MAX_WINDOW_DAYS
from booking.facilities.times import times_of
from booking.facilities.views import blueprint
from booking.rules.slots import Slot

DEFAULT_DAYS = 31


@blueprint.get("/facilities/<string:slug>/times.json")
@public
def times(slug: str) -> Response | tuple[Response, int]:
    """Answer the days from `first` to `last` (local dates, inclusive) with what is free and busy.

    Slots are pairs of start and end, with the facility's offset. Without dates: a month from
    today on. At most 92 days.
    """
    today = clock.now().date()
    try:
        first = date.fromisoformat(request.args.get("first") or today.isoformat())
        default = first + timedelta(days=DEFAULT_DAYS - 1)
        last = date.fromisoformat(request.args.get("last") or default.isoformat())
    except (ValueError, OverflowError):
        return _refused(gettext("Give days as in 2027-01-14."))
    if not 0 <= (last - first).days < MAX_WINDOW_DAYS:
        text = gettext("Ask for 1 to %(number)s days at a time.", number=MAX_WINDOW_DAYS)
        return _refused(text)
    if abs((first - today).days) > MAX_DAYS_AHEAD:
        return _refused(gettext("These days are too far away."))
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
        days=[
            {
                "day": day.day.isoformat(),
                "asking": day.asking.value,
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
    return jsonify(error=message), 400
