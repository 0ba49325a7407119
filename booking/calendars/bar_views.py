"""What the bars of timelines say, and where they lead."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _

from booking import formats
from booking.calendars.ask_layout import units_of_date
from booking.calendars.layout import Axis, WallAxis, place
from booking.calendars.rows import CalendarRow
from booking.calendars.stretch_layout import PRIORITY, Kind, SeenDate, Stretch
from booking.rules.opening import Unit
from booking.rules.slots import Slot

# How the halves of a day are written in addresses.
HALVES = ("morning", "afternoon")
# How each kind is drawn; what stands in several looks alike and differs in words.
_LOOKS = {Kind.BOOKED: "busy", Kind.RIVAL: "asked"} | dict.fromkeys(
    (Kind.NOT_YET, Kind.TOO_SHORT, Kind.NEVER), "too_late"
)
# A lane of a wide page and a letter, in pixels: what does not fit is better left out.
_LANE_WIDTH = 820
_LETTER_WIDTH = 7
_PADDING = 18
_MIN_TITLE_WIDTH = 64


def bars(
    row: CalendarRow,
    stretches: Sequence[Stretch],
    axis: Axis | WallAxis,
    zone: ZoneInfo,
    *,
    free_text: bool,
) -> list[dict[str, Any]]:
    """Return the bars of a facility's row, its times in `zone`, line by line.

    `free_text` writes "free" into free time, else it stays white and says so when pointed at.
    """
    drawn = []
    for line in sorted({stretch.line for stretch in stretches}):
        on_line = [stretch for stretch in stretches if stretch.line == line]
        items = [(stretch.slot, PRIORITY[stretch.kind]) for stretch in on_line]
        for placed in place(axis, items):
            stretch = on_line[placed.item]
            text = bar_text(stretch)
            if stretch.kind is Kind.FREE and not free_text:
                text = ""
            drawn.append(
                {
                    "kind": _LOOKS.get(stretch.kind, stretch.kind.value),
                    "start_col": placed.start_col,
                    "span": placed.span,
                    "text": _fitting(text, stretch, placed.span / axis.columns),
                    "label": _label(row, stretch, zone),
                    "url": url_of(row, stretch),
                    "line": line,
                }
            )
    return drawn


def _fitting(text: str, stretch: Stretch, share: float) -> str:
    width = share * _LANE_WIDTH
    if stretch.date is not None and width >= _MIN_TITLE_WIDTH:
        return text  # a name may be cut short, a state may not
    return text if len(text) * _LETTER_WIDTH + _PADDING <= width else ""


def bar_text(stretch: Stretch) -> str:
    """Return the short text in a bar; the label begins with it."""
    date = stretch.date
    match stretch.kind:
        case Kind.YOURS if date:
            return date.title
        case Kind.BOOKED if date:
            return date.organisation or _("own use")
        case Kind.RIVAL if date:
            if date.organisation is None:
                return _("own use, asked for")
            return _("%(organisation)s asks", organisation=date.organisation)
        case Kind.PARTLY:
            return places_left(stretch)
        case Kind.SETUP | Kind.NOT_OPEN | Kind.NEVER:
            return ""
        case _:
            return state_word(stretch)


def places_left(stretch: Stretch) -> str:
    """Return how much is left of what is partly taken."""
    if stretch.own < 2:
        return _("partly taken")
    return _("%(free)d of %(own)d free", free=stretch.free, own=stretch.own)


def state_word(stretch: Stretch) -> str:
    """Return what a stretch is, in words."""
    match stretch.kind:
        case Kind.CLOSED:
            return _closed(stretch)
        case Kind.PARTLY:
            return places_left(stretch)
        case Kind.SETUP:
            return _("set-up and clean-up")
    words = {
        Kind.FREE: _("free"),
        Kind.AGREED: _("by agreement"),
        Kind.BUSY: _("busy"),
        Kind.YOURS: _("yours"),
        Kind.BOOKED: _("confirmed"),
        Kind.ASKED: _("asked for by you"),
        Kind.RIVAL: _("asked for"),
        Kind.CHOICE: _("your choice"),
        Kind.TOO_LATE: _("too late to ask"),
        Kind.NOT_YET: _("cannot be asked for yet"),
        Kind.TOO_SHORT: _("too short to ask for"),
        Kind.NEVER: _("cannot be asked for"),
        Kind.NOT_OPEN: _("not open"),
    }
    return words[stretch.kind]


def _closed(stretch: Stretch) -> str:
    shut = stretch.shut
    if shut is None or shut.reason is None:
        return _("closed")
    return _("closed: %(reason)s", reason=shut.reason)


def closed_words(stretch: Stretch, zone: ZoneInfo) -> str:
    """Return that it is closed, until when, and why where that is public."""
    until = stretch.shut.until if stretch.shut else None
    return _("%(what)s, %(until)s", what=_closed(stretch), until=_closed_until(until, zone))


def _closed_until(until: datetime | None, zone: ZoneInfo) -> str:
    if until is None:
        return _("until further notice")
    return _("until %(instant)s", instant=formats.instant(until, zone))


def date_words(date: SeenDate) -> str:
    """Return what a date is, whose, and how much of the facility it takes."""
    parts = [date.title]
    if not date.own:
        parts.insert(0, date.organisation or _("own use"))
    if date.part_of is not None:
        parts.append(_("all of %(facility)s", facility=date.part_of))
    return formats.listed(parts)


def _label(row: CalendarRow, stretch: Stretch, zone: ZoneInfo) -> str:
    """Return the whole meaning of a bar: what, when, in whose time."""
    when = formats.zoned_slot(stretch.slot, zone)
    if stretch.kind in (Kind.FREE, Kind.PARTLY) and stretch.ask is not None:
        if stretch.ask == stretch.slot:
            return _("%(what)s, %(when)s: ask for it", what=state_word(stretch), when=when)
        ask = asked_words(row, stretch.ask, zone)
        return _(
            "%(what)s, %(when)s: ask for %(ask)s", what=state_word(stretch), when=when, ask=ask
        )
    if stretch.kind is Kind.CLOSED:
        return closed_words(stretch, zone)
    if stretch.date is not None and stretch.kind is not Kind.SETUP:
        what = formats.listed([bar_text(stretch), state_word(stretch)])
        if stretch.kind is Kind.ASKED:
            what = state_word(stretch)
        return _(
            "%(what)s, %(when)s: %(date)s", what=what, when=when, date=date_words(stretch.date)
        )
    return _("%(what)s, %(when)s", what=state_word(stretch), when=when)


def asked_words(row: CalendarRow, ask: Slot, zone: ZoneInfo) -> str:
    """Return a date that can be asked for: days of the facility, or hours in `zone`."""
    if row.effective.rules.unit is Unit.HOUR:
        return formats.slot(ask, zone)
    return formats.days(ask, row.effective.rules.zone)


def url_of(row: CalendarRow, stretch: Stretch) -> str | None:
    """Return where a bar leads: the form, one's own request, or the decision."""
    if stretch.ask is not None:
        return ask_url(row, stretch.ask)
    if stretch.kind is Kind.AGREED:
        return url_for("requests.new", facility=row.facility.slug)
    if stretch.date is not None and stretch.kind is not Kind.SETUP:
        return date_url(stretch.date)
    return None


def date_url(date: SeenDate) -> str:
    """Return where one reads more of a date."""
    endpoint = "requests.show" if date.own else "decisions.show"
    return url_for(endpoint, reference=date.reference)


def ask_url(row: CalendarRow, ask: Slot) -> str:
    """Return the form filled with this date, in the facility's wall time."""
    values: dict[str, Any] = {"facility": row.facility.slug, **ask_args(row, ask)}
    return url_for("requests.new", **values)


def ask_args(row: CalendarRow, ask: Slot) -> dict[str, str]:
    """Return what fills the form (and marks the choice) for a date, by the facility's unit."""
    rules = row.effective.rules
    if rules.unit is Unit.HOUR:
        starts, ends = ask.starts_at.astimezone(rules.zone), ask.ends_at.astimezone(rules.zone)
        return {"from": f"{starts:%Y-%m-%dT%H:%M}", "to": f"{ends:%Y-%m-%dT%H:%M}"}
    first, last = units_of_date(rules, ask)
    args = {"first_day": first.day.isoformat(), "last_day": last.day.isoformat()}
    if rules.unit is Unit.HALF_DAY:
        args["first_half"] = HALVES[first.half or 0]
        args["last_half"] = HALVES[last.half or 0]
    return args
