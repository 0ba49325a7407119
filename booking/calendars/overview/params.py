"""What the address of the calendar across facilities says, and the links from there.

Its filters are those of the search.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from booking.calendars.drawing.axis import days_window, months_on
from booking.calendars.params import day_or_none, in_calendar_range
from booking.db.times import zone_or_none
from booking.facilities.queries import FilterValues
from booking.rules.opening import ONE_DAY
from booking.rules.slots import Slot
from booking.search.filters import Filters
from booking.search.query_string import Question, chips_of, read_question
from booking.web.links import link
from booking.wording import formats
from booking.wording.zones import known_zone, noon_of

VIEWS = ("day", "week", "month")
#: The fields of the search that narrow the calendar.
SEARCH_FIELDS = ("what", "where", "cluster", "country", "kind", "area")
_DRAWN = ("view", "on", "zone", "hours", "as")
_SLUGS = ("cluster", "country", "kind", "area")
ALL, NONE = "all", "none"
"""What `open` says instead of naming every cluster, or none."""
_Kept = Mapping[str, Sequence[str]]
_Changes = Mapping[str, str | Sequence[str] | None]
_MAX_PAGE = 10_000


@dataclass(frozen=True)
class CalendarFilters:
    """The address, read: which facilities to list and how to draw them.

    `kept` are the arguments that links take along: known values only, each once.
    """

    question: Question
    zone: ZoneInfo
    chips: Sequence[tuple[str, str]]
    zones: Sequence[tuple[str, str]]
    args: "MultiDict[str, str]"
    kept: _Kept

    @property
    def search_filters(self) -> Filters:
        """Return the search filters that narrow the list."""
        return self.question.filters

    @property
    def view(self) -> str:
        """Return the view: "day", "week" or "month"; "day" if none is named."""
        view = self.args.get("view", "")
        return view if view in VIEWS else "day"

    @property
    def as_list(self) -> bool:
        """Return whether it is shown as sentences."""
        return self.args.get("as") == "list"

    @property
    def whole_day(self) -> bool:
        """Return whether all hours of a day are shown."""
        return self.args.get("hours") == ALL

    @property
    def page(self) -> int:
        """Return the number of the page, from 1."""
        text = self.args.get("page", "1")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
        return min(max(number, 1), _MAX_PAGE)


def read_filters(filter_values: FilterValues, own_zone: ZoneInfo) -> CalendarFilters:
    """Return what the address says; values that the catalogue does not know are dropped."""
    args = request.args
    question = read_question(filter_values, SEARCH_FIELDS)
    zone = zone_or_none(args.get("zone")) or own_zone
    kept = _known(args, question, filter_values)
    drawn = {name: values for name, values in kept.items() if name in _DRAWN}
    return CalendarFilters(
        question=question,
        zone=zone,
        chips=chips_of(question, "calendars.index", filter_values, drawn),
        zones=_zones(filter_values, own_zone, zone),
        args=args,
        kept=kept,
    )


def _known(args: "MultiDict[str, str]", question: Question, filter_values: FilterValues) -> _Kept:
    """Return the arguments that links take along; the rest of a long address is not repeated."""
    form = question.form
    opened = {ALL, NONE, *(cluster.slug for cluster in filter_values.clusters)}
    kept = {
        "what": [form.what.data] if form.what.data and not form.what.errors else [],
        **{name: list(form[name].data or ()) for name in _SLUGS},
        "view": [view for view in VIEWS if view == args.get("view")],
        "on": [args["on"]] if day_or_none(args.get("on")) else [],
        "zone": [args["zone"]] if zone_or_none(args.get("zone")) else [],
        "hours": [ALL] if args.get("hours") == ALL else [],
        "as": ["list"] if args.get("as") == "list" else [],
        "open": [slug for slug in dict.fromkeys(args.getlist("open")) if slug in opened],
    }
    return {name: values for name, values in kept.items() if values}


def _zones(
    filter_values: FilterValues, own_zone: ZoneInfo, zone: ZoneInfo
) -> list[tuple[str, str]]:
    """Return key and name of the zones to choose from: the viewer's first, then the clusters'."""
    keys = {own_zone.key, zone.key, *(one.time_zone for one in filter_values.clusters)}
    own = formats.zone_name(own_zone)
    if own_zone == known_zone():
        own = _("%(zone)s (your time)", zone=own)
    others = [(key, formats.zone_name(ZoneInfo(key))) for key in sorted(keys - {own_zone.key})]
    return [(own_zone.key, own), *others]


@dataclass(frozen=True)
class OverviewParams:
    """The filters together with the days that are shown; `listed`: the slugs of its facilities."""

    filters: CalendarFilters
    on: date
    today: date
    listed: Collection[str] = ()

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of the axis."""
        return self.filters.zone

    @property
    def days(self) -> tuple[date, date]:
        """Return the first and last local day shown; a week is seven days from the day named."""
        match self.filters.view:
            case "week":
                return self.on, self.on + ONE_DAY * 6
            case "month":
                return self.on.replace(day=1), months_on(self.on, 1) - ONE_DAY
        return self.on, self.on

    @property
    def window(self) -> Slot:
        """Return the days shown as a slot."""
        return days_window(*self.days, self.zone)

    @property
    def title(self) -> str:
        """Return the heading: the day, the days or the month shown."""
        match self.filters.view:
            case "week":
                return formats.days(self.window, self.zone)
            case "month":
                return formats.month(self.on)
        return formats.long_day(self.on)

    def url(self, **changes: str | Sequence[str] | None) -> str:
        """Return the address of this page with some arguments changed, on the same day."""
        return self._url({"on": self.on.isoformat(), **changes})

    @cached_property
    def folded(self) -> list[str]:
        """Return the facilities of the page whose parts are collapsed, by their slugs."""
        asked = self.filters.args.getlist("fold")
        return [slug for slug in dict.fromkeys(asked) if slug in self.listed]

    def _url(self, changes: _Changes) -> str:
        """Return the address of this calendar with some arguments changed (None: left out)."""
        kept: dict[str, str | Sequence[str] | None] = {
            **self.filters.kept,
            "fold": self.folded or None,
            **changes,
        }
        given = {name: value for name, value in kept.items() if value is not None}
        anchor = given.pop("_anchor", None)
        return link("calendars.index", given) + (f"#{anchor}" if anchor else "")

    @property
    def zones(self) -> list[tuple[str, str, bool]]:
        """Return the zones to switch to: name, address, is it this one."""
        return [
            (text, self.url(zone=key), key == self.zone.key) for key, text in self.filters.zones
        ]

    @property
    def view_links(self) -> list[tuple[str, str, bool]]:
        """Return the views to switch to: name, address, is it this one."""
        names = {"day": _("Day"), "week": _("Week"), "month": _("Month")}
        return [
            (name, self.url(view=view), view == self.filters.view) for view, name in names.items()
        ]

    @property
    def stepper(self) -> tuple[str | None, str, str, str, str | None, str]:
        """Return the links back, to today and forward, as the `stepper` macro takes them."""
        texts = {
            "day": (_("Previous day"), _("Next day")),
            "week": (_("Previous week"), _("Next week")),
            "month": (_("Previous month"), _("Next month")),
        }
        back_text, forth_text = texts[self.filters.view]
        back, forth = self._step(-1), self._step(1)
        return (
            self._url({"on": back.isoformat()}) if in_calendar_range(back, self.today) else None,
            back_text,
            self._url({"on": self.today.isoformat()}),
            _("Today"),
            self._url({"on": forth.isoformat()}) if in_calendar_range(forth, self.today) else None,
            forth_text,
        )

    def _step(self, direction: int) -> date:
        if self.filters.view == "month":
            return months_on(self.on, direction)
        return self.on + ONE_DAY * (7 if self.filters.view == "week" else 1) * direction

    @cached_property
    def middle(self) -> datetime:
        """Return noon of the day shown, the instant at which zones are compared."""
        return noon_of(self.zone, self.on)
