"""What the calendar across facilities comes to: its days, its zone, and the ways on from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from booking.calendars.drawing.axis import days_window, monday_of, months_on
from booking.calendars.overview.filters import CalendarFilters, calendar_url
from booking.calendars.params import in_reach
from booking.rules.opening import ONE_DAY
from booking.rules.slots import Slot
from booking.wording import formats
from booking.wording.zones import noon_of


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
