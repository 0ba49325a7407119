"""What the address of one facility's calendar says, and the links from there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from booking.calendars.drawing.axis import (
    WHOLE_DAY,
    ShownHours,
    days_window,
    month_weeks,
    months_on,
)
from booking.calendars.params import CHOICE_ARGS, DayFault, chosen_slot, in_calendar_range
from booking.calendars.rows import CalendarContext
from booking.rules.opening import ONE_DAY, Unit, local_day
from booking.rules.slots import Slot
from booking.web.links import link
from booking.wording import formats

VIEWS = ("day", "week", "month", "list")
_STEPS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class FacilityCalendarParams:
    """The address, read, together with the facility's context."""

    facility_id: int
    args: Mapping[str, str]
    now: datetime
    context: CalendarContext

    @property
    def zone(self) -> ZoneInfo:
        """Return the facility's zone."""
        return self.context.effective[self.facility_id].rules.zone

    @property
    def today(self) -> date:
        """Return the present local day at the facility."""
        return local_day(self.now, self.zone)

    @property
    def unit(self) -> Unit:
        """Return the facility's booking unit."""
        return self.context.effective[self.facility_id].rules.unit

    @property
    def view(self) -> str:
        """Return the view named in the address, else the week (by the hour) or the month."""
        params = self.args.get("view", "")
        if params in VIEWS:
            return params
        return "week" if self.unit is Unit.HOUR else "month"

    @property
    def choice(self) -> Slot | None:
        """Return the chosen date, or None."""
        return chosen_slot(self.args, self.context.effective[self.facility_id].rules, self.today)

    def period(self, on: date) -> tuple[date, date]:
        """Return the first and last day shown; a week is seven days from `on`."""
        match self.view:
            case "day":
                return on, on
            case "month":
                weeks = month_weeks(on)
                return weeks[0][0], weeks[-1][-1]
            case "list" if self.unit is not Unit.HOUR:
                return on.replace(day=1), months_on(on, 1) - ONE_DAY
        return on, on + ONE_DAY * 6

    def step(self, on: date, direction: int) -> date:
        """Return the day that the view shows one step back (-1) or forward (1)."""
        if self.view == "month" or (self.view == "list" and self.unit is not Unit.HOUR):
            return months_on(on, direction)
        return on + ONE_DAY * _STEPS.get(self.view, 7) * direction

    def url(self, **changes: str | None) -> str:
        """Return the address of this calendar with some arguments changed, for the same choice."""
        kept = {name: self.args[name] for name in CHOICE_ARGS if self.args.get(name)}
        kept |= {name: self.args[name] for name in ("view", "hours") if self.args.get(name)}
        kept |= {name: value for name, value in changes.items() if value is not None}
        slug = self.context.chain_of[self.facility_id][0].slug
        return f"{link('browse.facility', kept, slug=slug)}#calendar"


def view_links(params: FacilityCalendarParams, on: date) -> dict[str, Any]:
    """Return `view_links` and the `stepper` (back, today, forward) for the template."""
    names = {"day": _("Day"), "week": _("Week"), "month": _("Month"), "list": _("List")}
    back, forth = params.step(on, -1), params.step(on, 1)
    labels = {
        "day": (_("Previous day"), _("Next day")),
        "month": (_("Previous month"), _("Next month")),
    }
    view = "month" if params.step(on, 1).day == 1 and params.view == "list" else params.view
    back_text, forth_text = labels.get(view, (_("Previous week"), _("Next week")))
    return {
        "view_links": [
            (names[view], params.url(view=view, on=on.isoformat()), view == params.view)
            for view in VIEWS
        ],
        "stepper": (
            params.url(on=back.isoformat()) if in_calendar_range(back, params.today) else None,
            back_text,
            params.url(on=params.today.isoformat()),
            _("Today"),
            params.url(on=forth.isoformat()) if in_calendar_range(forth, params.today) else None,
            forth_text,
        ),
    }


def period_title(params: FacilityCalendarParams, first: date, last: date, on: date) -> str:
    """Return the heading: the day, the days or the month shown."""
    match params.view:
        case "day":
            return formats.long_day(on)
        case "month":
            return formats.month(on)
    if first.day == 1 and last.day > 27:
        return formats.month(on)
    return formats.days(days_window(first, last, params.zone), params.zone)


def hours_link(params: FacilityCalendarParams, hours: ShownHours, on: date) -> dict[str, Any]:
    """Return the link to the whole day, or back to opening hours; empty if both are the same."""
    if params.args.get("hours") == "all":
        return {
            "hours_url": params.url(on=on.isoformat(), hours=""),
            "hours_text": _("Opening hours"),
        }
    if hours == WHOLE_DAY:
        return {}
    return {"hours_url": params.url(on=on.isoformat(), hours="all"), "hours_text": _("Whole day")}


def day_fault_text(fault: DayFault | None) -> str | None:
    """Return what is wrong with the day in the address and what to do, or None."""
    if fault is DayFault.UNREADABLE:
        return _("Enter the date like 2027-01-14.")
    if fault is DayFault.TOO_FAR:
        return _("Calendars cover 400 days back and ahead.")
    return None
