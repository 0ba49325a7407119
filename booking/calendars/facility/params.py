"""What the address of one facility's calendar asks for, and the ways on from there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _

from booking.calendars.drawing.axis import (
    WHOLE_DAY,
    ShownHours,
    days_window,
    monday_of,
    month_weeks,
    months_on,
)
from booking.calendars.params import CHOICE_ARGS, Trouble, choice_of, in_reach
from booking.calendars.rows import Basis
from booking.rules.opening import ONE_DAY, Unit, local_day
from booking.rules.slots import Slot
from booking.wording import formats

VIEWS = ("day", "week", "month", "list")
_STEPS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class AskedCalendar:
    """What the address asks of the calendar, and what there is to draw from."""

    facility_id: int
    args: Mapping[str, str]
    now: datetime
    basis: Basis

    @property
    def zone(self) -> ZoneInfo:
        """Return the facility's zone."""
        return self.basis.effective[self.facility_id].rules.zone

    @property
    def today(self) -> date:
        """Return what day it is at the facility."""
        return local_day(self.now, self.zone)

    @property
    def unit(self) -> Unit:
        """Return in what the facility is asked for."""
        return self.basis.effective[self.facility_id].rules.unit

    @property
    def view(self) -> str:
        """Return the view: the one asked for, else the one that suits the unit."""
        asked = self.args.get("view", "")
        if asked in VIEWS:
            return asked
        return "week" if self.unit is Unit.HOUR else "month"

    @property
    def choice(self) -> Slot | None:
        """Return the chosen date."""
        return choice_of(self.args, self.basis.effective[self.facility_id].rules, self.today)

    def period(self, on: date) -> tuple[date, date]:
        """Return the first and last day that the view shows around `on`."""
        match self.view:
            case "day":
                return on, on
            case "month":
                weeks = month_weeks(on)
                return weeks[0][0], weeks[-1][-1]
            case "list" if self.unit is not Unit.HOUR:
                return on.replace(day=1), months_on(on, 1) - ONE_DAY
        monday = monday_of(on)
        return monday, monday + ONE_DAY * 6

    def step(self, on: date, direction: int) -> date:
        """Return the day on which the view stands one step back (-1) or forth (1)."""
        if self.view == "month" or (self.view == "list" and self.unit is not Unit.HOUR):
            return months_on(on, direction)
        return on + ONE_DAY * _STEPS.get(self.view, 7) * direction

    def url(self, **changes: str | None) -> str:
        """Return the address of this calendar with something changed, the choice kept."""
        kept = {name: self.args[name] for name in CHOICE_ARGS if self.args.get(name)}
        kept |= {name: self.args[name] for name in ("view", "hours") if self.args.get(name)}
        kept |= {name: value for name, value in changes.items() if value is not None}
        slug = self.basis.chain_of[self.facility_id][0].slug
        values: dict[str, Any] = {"slug": slug, "_anchor": "calendar", **kept}
        return url_for("browse.facility", **values)


def ways(asked: AskedCalendar, on: date) -> dict[str, Any]:
    """Return the other views, and the steps back, to today and forth."""
    names = {"day": _("Day"), "week": _("Week"), "month": _("Month"), "list": _("List")}
    back, forth = asked.step(on, -1), asked.step(on, 1)
    labels = {
        "day": (_("Previous day"), _("Next day")),
        "month": (_("Previous month"), _("Next month")),
    }
    view = "month" if asked.step(on, 1).day == 1 and asked.view == "list" else asked.view
    back_text, forth_text = labels.get(view, (_("Previous week"), _("Next week")))
    return {
        "segments": [
            (names[view], asked.url(view=view, on=on.isoformat()), view == asked.view)
            for view in VIEWS
        ],
        "stepper": (
            asked.url(on=back.isoformat()) if in_reach(back, asked.today) else None,
            back_text,
            asked.url(on=asked.today.isoformat()),
            _("Today"),
            asked.url(on=forth.isoformat()) if in_reach(forth, asked.today) else None,
            forth_text,
        ),
    }


def title(asked: AskedCalendar, first: date, last: date, on: date) -> str:
    """Return what the calendar is headed with: its day, days or month."""
    match asked.view:
        case "day":
            return formats.long_day(on)
        case "month":
            return formats.month(on)
    if first.day == 1 and last.day > 27:
        return formats.month(on)
    return formats.days(days_window(first, last, asked.zone), asked.zone)


def hours_link(asked: AskedCalendar, hours: ShownHours, on: date) -> dict[str, Any]:
    """Return the way to the whole day, or back to the hours that matter; empty: they are one."""
    if asked.args.get("hours") == "all":
        return {
            "hours_url": asked.url(on=on.isoformat(), hours=""),
            "hours_text": _("Opening hours"),
        }
    if hours == WHOLE_DAY:
        return {}
    return {"hours_url": asked.url(on=on.isoformat(), hours="all"), "hours_text": _("Whole day")}


def trouble_words(trouble: Trouble | None) -> str | None:
    """Return what was wrong with the day in the address and what to do."""
    if trouble is Trouble.UNREADABLE:
        return _("That date cannot be read. Write it as 2027-01-14.")
    if trouble is Trouble.TOO_FAR:
        return _("Calendars are drawn up to 400 days back and ahead.")
    return None
