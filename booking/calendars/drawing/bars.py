"""What the bars of timelines say, and where they lead."""

from collections.abc import Mapping, Sequence
from datetime import time
from itertools import pairwise
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from booking.calendars.drawing.axis import Axis, WallAxis, place
from booking.calendars.drawing.click_targets import units_of_date
from booking.calendars.drawing.drag_layout import Drag, drag_of
from booking.calendars.drawing.segments import PRIORITY, Kind, SeenDate, Stretch
from booking.calendars.rows import CalendarRow
from booking.rules.opening import ONE_DAY, Unit
from booking.rules.slots import Slot
from booking.wording import formats
from booking.wording.closures import next_update_text
from booking.wording.places import places_free_text

# How the halves of a day are written in addresses.
HALVES = ("morning", "afternoon")
# How each kind is drawn; what stands in several looks alike and differs in words.
_LOOKS = {Kind.BOOKED: "busy", Kind.RIVAL: "asked"} | dict.fromkeys(
    (Kind.NOT_YET, Kind.TOO_SHORT, Kind.NEVER), "too_late"
)
# What the key explains, in this order.
KEY = (
    "free",
    "yours",
    "busy",
    "partly",
    "asked",
    "setup",
    "closed",
    "choice",
    "too_late",
    "not_yet",
    "too_short",
    "not_open",
)
# A lane of a wide page and a letter, in pixels: what does not fit is better left out.
_LANE_WIDTH = 820
_LETTER_WIDTH = 6.5
_PADDING = 16
_MIN_TITLE_WIDTH = 64
_WORDS = {
    Kind.FREE: lazy_gettext("free"),
    Kind.AGREED: lazy_gettext("by agreement"),
    Kind.BUSY: lazy_gettext("busy"),
    Kind.YOURS: lazy_gettext("yours"),
    Kind.BOOKED: lazy_gettext("confirmed"),
    Kind.ASKED: lazy_gettext("asked for by you"),
    Kind.RIVAL: lazy_gettext("asked for"),
    Kind.CHOICE: lazy_gettext("your choice"),
    Kind.TOO_LATE: lazy_gettext("too late to ask"),
    Kind.NOT_YET: lazy_gettext("cannot be asked for yet"),
    Kind.TOO_SHORT: lazy_gettext("too short to ask for"),
    Kind.NEVER: lazy_gettext("cannot be asked for"),
    Kind.NOT_OPEN: lazy_gettext("not open"),
}


def bars(
    row: CalendarRow,
    stretches: Sequence[Stretch],
    axis: Axis | WallAxis,
    zone: ZoneInfo,
) -> list[dict[str, Any]]:
    """Return the bars of a facility's row, its times in `zone`, line by line."""
    drawn = []
    zone_name = formats.zone_name(zone)
    for line in sorted({stretch.line for stretch in stretches}):
        on_line = [stretch for stretch in stretches if stretch.line == line]
        items = [(stretch.slot, PRIORITY[stretch.kind]) for stretch in on_line]
        for placed in place(axis, items):
            stretch = on_line[placed.item]
            text = bar_text(stretch)
            drawn.append(
                {
                    "kind": _LOOKS.get(stretch.kind, stretch.kind.value),
                    "key": key_of(stretch.kind),
                    "start_col": placed.start_col,
                    "span": placed.span,
                    "text": _fitting(text, stretch, placed.span / axis.columns),
                    "label": _label(row, stretch, zone, zone_name),
                    "url": url_of(row, stretch),
                    "line": line,
                    "drag": _drag(row, stretch, axis.slot_of(placed), zone),
                }
            )
    _say_free_once(drawn, axis.columns)
    return drawn


def _say_free_once(drawn: Sequence[dict[str, Any]], columns: int) -> None:
    """Let "free" begin in a bar that is too narrow for it and run on into the free one beside."""
    for one, beside in pairwise(drawn):
        both = one["span"] + beside["span"]
        touch = (
            one["line"] == beside["line"] and one["start_col"] + one["span"] == beside["start_col"]
        )
        if one["kind"] == beside["kind"] == Kind.FREE.value and touch and not one["text"]:
            text = str(_WORDS[Kind.FREE])
            one["text"] = text if fits(text, both / columns) else ""


def _drag(row: CalendarRow, stretch: Stretch, bar: Slot | None, zone: ZoneInfo) -> Drag | None:
    """Return the grid on which times can be drawn over a bar that can be picked, or None."""
    if stretch.pick is None or bar is None:
        return None
    return drag_of(row.effective.rules, stretch.pick, bar, zone)


def key_of(kind: Kind) -> str | None:
    """Return under which kind the key explains this one; None: its bars say it themselves."""
    if kind in (Kind.NEVER, Kind.AGREED):
        return None
    words_of_its_own = kind in (Kind.NOT_YET, Kind.TOO_SHORT)
    return kind.value if words_of_its_own else _LOOKS.get(kind, kind.value)


def _fitting(text: str, stretch: Stretch, share: float) -> str:
    if stretch.date is not None and share * _LANE_WIDTH >= _MIN_TITLE_WIDTH:
        return text  # a name may be cut short, a state may not
    if stretch.kind is Kind.CLOSED and not fits(text, share):
        text = _("closed")
    return text if fits(text, share) else ""


def fits(text: str, share: float) -> bool:
    """Tell whether a text has room in a bar that covers this share of a wide page's lane."""
    return len(text) * _LETTER_WIDTH + _PADDING <= share * _LANE_WIDTH


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
        case Kind.SETUP | Kind.NEVER:
            return ""
        case Kind.NOT_OPEN:
            return stretch.note or ""
        case Kind.TOO_SHORT:
            return _("too short")
        case _:
            return state_word(stretch)


def places_left(stretch: Stretch) -> str:
    """Return how much is left of what is partly taken.

    Where all own places are left, the part that is taken is a facility below.
    """
    if stretch.own < 2 or stretch.free == stretch.own:
        return _("partly taken")
    return places_free_text(stretch.free, stretch.own, stretch.place_word)


def state_word(stretch: Stretch) -> str:
    """Return what a stretch is, in words."""
    match stretch.kind:
        case Kind.CLOSED:
            return _closed(stretch)
        case Kind.PARTLY:
            return places_left(stretch)
        case Kind.SETUP:
            return _("set-up and clean-up")
        case Kind.NOT_OPEN if stretch.note:
            return _("not open: %(reason)s", reason=stretch.note)
    return str(_WORDS[stretch.kind])


def _closed(stretch: Stretch) -> str:
    closed = stretch.closed
    if closed is None or closed.reason is None:
        return _("closed")
    return _("closed: %(reason)s", reason=closed.reason)


def closed_words(stretch: Stretch, zone: ZoneInfo) -> str:
    """Return that it is closed, until when, and why where that is public."""
    return _("%(what)s, %(until)s", what=_closed(stretch), until=_closed_until(stretch, zone))


def _closed_until(stretch: Stretch, zone: ZoneInfo) -> str:
    until = stretch.closed.until if stretch.closed else None
    if until is None:
        word = stretch.closed.next_word_on if stretch.closed else None
        return next_update_text(word) if word else _("until further notice")
    local = until.astimezone(zone)
    if local.time() == time(0):
        return _("until the end of %(day)s", day=formats.day(local.date() - ONE_DAY))
    return _("until %(instant)s", instant=formats.instant(until, zone))


def date_words(date: SeenDate) -> str:
    """Return what a date is, whose, and how much of the facility it takes."""
    parts = [date.title]
    if not date.own and date.organisation is not None:
        parts.append(date.organisation)
    if not date.whole and date.places > 1:
        parts.append(ngettext("%(num)d place", "%(num)d places", date.places))
    if date.part_of is not None:
        parts.append(_("all of %(facility)s", facility=date.part_of))
    return formats.listed(parts)


def _label(row: CalendarRow, stretch: Stretch, zone: ZoneInfo, zone_name: str) -> str:
    """Return the whole meaning of a bar: what, when, in whose time."""
    if stretch.kind is Kind.CLOSED:
        return closed_words(stretch, zone)
    when = _("%(slot)s, %(zone)s", slot=formats.slot(stretch.slot, zone), zone=zone_name)
    what = state_word(stretch)
    if stretch.ask is not None:
        if stretch.ask == stretch.slot:
            return _("%(what)s, %(when)s: ask for it", what=what, when=when)
        ask = asked_words(row, stretch.ask, zone)
        return _("%(what)s, %(when)s: ask for %(ask)s", what=what, when=when, ask=ask)
    if stretch.date is not None and stretch.kind is not Kind.SETUP:
        what = bar_text(stretch)
        if stretch.date.confirmed:
            what = formats.listed([what, state_word(stretch)])
        said = date_words(stretch.date)
        return _("%(what)s, %(when)s: %(date)s", what=what, when=when, date=said)
    return _("%(what)s, %(when)s", what=what, when=when)


def asked_words(row: CalendarRow, ask: Slot, zone: ZoneInfo) -> str:
    """Return a date that can be asked for: days of the facility, or hours in `zone`."""
    if row.effective.rules.unit is Unit.HOUR:
        return formats.slot(ask, zone)
    return formats.days(ask, row.effective.rules.zone)


def url_of(row: CalendarRow, stretch: Stretch) -> str | None:
    """Return where a bar leads: the form, one's own request, or the decision."""
    if stretch.ask is not None:
        return request_url(row, stretch.ask, is_partly=stretch.kind is Kind.PARTLY)
    if stretch.kind is Kind.AGREED:
        return url_for("requests.new", facility=row.facility.slug)
    if stretch.date is not None and stretch.kind is not Kind.SETUP:
        return date_url(stretch.date)
    return None


def date_url(date: SeenDate) -> str:
    """Return where one reads more of a date."""
    endpoint = "requests.show" if date.own else "decisions.show"
    return url_for(endpoint, reference=date.reference)


def request_url(row: CalendarRow, ask: Slot, *, is_partly: bool = False) -> str:
    """Return the form filled with this date, in the facility's wall time.

    What is partly taken can only be asked for by place.
    """
    return form_url(row, {**request_args(row, ask), **({"whole": "0"} if is_partly else {})})


def form_url(row: CalendarRow, values: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the form of this facility filled with these values, for all of it if it must be."""
    whole = not row.effective.rules.allows_shared or (row.facts and not row.facts.room.own)
    filled: dict[str, Any] = {"facility": row.facility.slug, **values}
    return url_for("requests.new", **filled | ({"whole": "1"} if whole else {}))


def request_args(row: CalendarRow, ask: Slot) -> dict[str, str]:
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
