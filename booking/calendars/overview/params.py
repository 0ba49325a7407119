"""What the calendar across facilities comes to: its days, its zone, and the ways on from there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from zoneinfo import ZoneInfo

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from booking.calendars.drawing.axis import days_window, monday_of, months_on
from booking.calendars.params import in_reach
from booking.db.times import zone_or_none
from booking.facilities.queries import Vocabulary
from booking.rules.opening import ONE_DAY
from booking.rules.slots import Slot
from booking.search.filters import Filters
from booking.search.query_string import Question, chips_of, read_question
from booking.wording import formats
from booking.wording.zones import known_zone, noon_of

VIEWS = ("day", "week", "month")
#: What of a question narrows the calendar.
FIELDS = ("what", "where", "cluster", "country", "kind", "area")
_DRAWN = ("view", "on", "zone", "hours", "as")
_KEPT = (*FIELDS, *_DRAWN, "open", "fold")
_Changes = Mapping[str, str | Sequence[str] | None]
_MAX_PAGE = 10_000


@dataclass(frozen=True)
class CalendarFilters:
    """The address, read: what it narrows the list to, and how it wants it drawn."""

    question: Question
    zone: ZoneInfo
    chips: Sequence[tuple[str, str]]
    zones: Sequence[tuple[str, str]]
    args: "MultiDict[str, str]"

    @property
    def filters(self) -> Filters:
        """Return what narrows the list."""
        return self.question.filters

    @property
    def view(self) -> str:
        """Return the view, the day where none is named."""
        view = self.args.get("view", "")
        return view if view in VIEWS else "day"

    @property
    def as_list(self) -> bool:
        """Tell whether it is to be shown as sentences."""
        return self.args.get("as") == "list"

    @property
    def whole_day(self) -> bool:
        """Tell whether all hours are to be shown."""
        return self.args.get("hours") == "all"

    @property
    def page(self) -> int:
        """Return the number of the page, from 1."""
        text = self.args.get("page", "1")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
        return min(max(number, 1), _MAX_PAGE)


def read_filters(vocabulary: Vocabulary, own_zone: ZoneInfo) -> CalendarFilters:
    """Return what the address asks; what the catalogue does not know is left out."""
    args = request.args
    question = read_question(vocabulary, FIELDS)
    zone = zone_or_none(args.get("zone")) or own_zone
    kept = {name: [args[name]] for name in _DRAWN if args.get(name)}
    return CalendarFilters(
        question=question,
        zone=zone,
        chips=chips_of(question, "calendars.index", vocabulary, kept),
        zones=_zones(vocabulary, own_zone, zone),
        args=args,
    )


def _zones(vocabulary: Vocabulary, own_zone: ZoneInfo, zone: ZoneInfo) -> list[tuple[str, str]]:
    """Return key and name of the zones to choose from: the reader's first, then the clusters'."""
    keys = {own_zone.key, zone.key, *(one.time_zone for one in vocabulary.clusters)}
    own = formats.zone_name(own_zone)
    if own_zone == known_zone():
        own = _("%(zone)s, yours", zone=own)
    others = [(key, formats.zone_name(ZoneInfo(key))) for key in sorted(keys - {own_zone.key})]
    return [(own_zone.key, own), *others]


def calendar_url(changes: _Changes = MappingProxyType({})) -> str:
    """Return this calendar's address with something changed (None: left out)."""
    kept: dict[str, str | Sequence[str]] = {}
    for name in _KEPT:
        values = [value for value in request.args.getlist(name) if value]
        if values and name not in changes:
            kept[name] = values
    kept |= {name: value for name, value in changes.items() if value is not None}
    return url_for("calendars.index", **kept)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Across:
    """What is asked for, and the days it comes to."""

    asked: CalendarFilters
    on: date
    today: date

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of the axis."""
        return self.asked.zone

    @property
    def days(self) -> tuple[date, date]:
        """Return the first and last day shown."""
        match self.asked.view:
            case "week":
                monday = monday_of(self.on)
                return monday, monday + ONE_DAY * 6
            case "month":
                return self.on.replace(day=1), months_on(self.on, 1) - ONE_DAY
        return self.on, self.on

    @property
    def window(self) -> Slot:
        """Return all time of the days shown."""
        return days_window(*self.days, self.zone)

    @property
    def title(self) -> str:
        """Return what the page is headed with."""
        match self.asked.view:
            case "week":
                return formats.days(self.window, self.zone)
            case "month":
                return formats.month(self.on)
        return formats.long_day(self.on)

    def url(self, **changes: str | Sequence[str] | None) -> str:
        """Return the address of this page with something changed, the day kept."""
        return calendar_url({"on": self.on.isoformat(), **changes})

    @property
    def zones(self) -> list[tuple[str, str, bool]]:
        """Return the zones in which the axis can be drawn: name, address, is it this one."""
        return [(text, self.url(zone=key), key == self.zone.key) for key, text in self.asked.zones]

    @property
    def segments(self) -> list[tuple[str, str, bool]]:
        """Return the views."""
        names = {"day": _("Day"), "week": _("Week"), "month": _("Month")}
        return [
            (name, self.url(view=view), view == self.asked.view) for view, name in names.items()
        ]

    @property
    def stepper(self) -> tuple[str | None, str, str, str, str | None, str]:
        """Return the steps back, to today and forth, as the stepper takes them."""
        texts = {
            "day": (_("Previous day"), _("Next day")),
            "week": (_("Previous week"), _("Next week")),
            "month": (_("Previous month"), _("Next month")),
        }
        back_text, forth_text = texts[self.asked.view]
        back, forth = self._step(-1), self._step(1)
        return (
            calendar_url({"on": back.isoformat()}) if in_reach(back, self.today) else None,
            back_text,
            calendar_url({"on": self.today.isoformat()}),
            _("Today"),
            calendar_url({"on": forth.isoformat()}) if in_reach(forth, self.today) else None,
            forth_text,
        )

    def _step(self, direction: int) -> date:
        if self.asked.view == "month":
            return months_on(self.on, direction)
        return self.on + ONE_DAY * (7 if self.asked.view == "week" else 1) * direction

    @cached_property
    def middle(self) -> datetime:
        """Return an instant at which zones are compared: the middle of the day it stands on."""
        return noon_of(self.zone, self.on)
