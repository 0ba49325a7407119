"""The bars of timelines: their text, their label, and the link behind each."""

from collections.abc import Mapping, Sequence
from datetime import date, time
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from booking.calendars.drawing.axis import Axis, Placed, WallAxis, place_bars
from booking.calendars.drawing.picking import DragGrid, hours_drag
from booking.calendars.drawing.row_markup import BarColumns, WrittenBars, written_bar
from booking.calendars.drawing.segments import (
    PRIORITY,
    Segment,
    SegmentKind,
    SetAsideSegment,
    VisibleDate,
)
from booking.calendars.rows import CalendarRow
from booking.rules.names import isolated
from booking.rules.opening import ONE_DAY, Unit
from booking.rules.slots import Slot
from booking.search.prefill import hours_text, request_args
from booking.web.links import link
from booking.wording import formats
from booking.wording.closures import next_update_text
from booking.wording.dates import date_days
from booking.wording.places import places_free_text
from booking.wording.translator import gettext as _
from booking.wording.translator import language, lazy_gettext, ngettext

# How each kind is drawn: some like another, and they differ in words only.
_BAR_KINDS = {kind: kind.value for kind in SegmentKind} | {
    SegmentKind.BOOKED: "busy",
    SegmentKind.RIVAL: "asked",
    SegmentKind.SET_ASIDE: "busy",
}
# The entries of the key, in this order.
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
# Widths in pixels of a lane on a wide page and of a letter: text that does not fit is left out.
_LANE_WIDTH = 820
_LETTER_WIDTH = 6.5
_PADDING = 16
_MIN_TITLE_WIDTH = 64
_WORDS = {
    SegmentKind.FREE: lazy_gettext("free"),
    SegmentKind.AGREED: lazy_gettext("by agreement"),
    SegmentKind.BUSY: lazy_gettext("busy"),
    SegmentKind.YOURS: lazy_gettext("yours"),
    SegmentKind.BOOKED: lazy_gettext("confirmed"),
    SegmentKind.ASKED: lazy_gettext("requested by you"),
    SegmentKind.RIVAL: lazy_gettext("requested"),
    SegmentKind.CHOICE: lazy_gettext("your choice"),
    SegmentKind.TOO_LATE: lazy_gettext("notice too short"),
    SegmentKind.NOT_YET: lazy_gettext("not open for requests yet"),
    SegmentKind.TOO_SHORT: lazy_gettext("gap too short"),
    SegmentKind.NEVER: lazy_gettext("cannot be requested"),
    SegmentKind.NOT_OPEN: lazy_gettext("not open"),
}


def written_bars(
    row: CalendarRow, segments: Sequence[Segment], axis: Axis | WallAxis, zone: ZoneInfo
) -> WrittenBars:
    """Return the bars of a facility's row, line by line, times in `zone`."""
    links = DateLinks(row)
    items: list[str] = []
    keys: set[str | None] = set()
    last_line, can_draw = 1, False
    for line in sorted({segment.line for segment in segments}):
        on_line = [segment for segment in segments if segment.line == line]
        placed = place_bars(axis, [(one.slot, PRIORITY[one.kind]) for one in on_line])
        for number, bar in enumerate(placed):
            segment = on_line[bar.item]
            columns = BarColumns(bar.start_col, bar.span, axis.columns)
            last_line = line
            keys.add(key_of(segment.kind))
            if segment.kind in _STILL:
                items.append(formats.once(_still_bar, segment, columns, zone))
                continue
            text = _text_in(segment, columns.share)
            if not text and segment.kind is SegmentKind.FREE:
                text = _text_over_two(columns, placed[number + 1 :][:1], on_line)
            drag = segment.pick and _drag(row, segment.pick, axis.slot_of(bar), zone)
            can_draw = can_draw or bool(drag)
            items.append(
                written_bar(
                    _BAR_KINDS[segment.kind],
                    columns,
                    line,
                    text=text,
                    label=_label(row, segment, zone),
                    url=_url_of(segment, links),
                    drag=drag,
                )
            )
    return WrittenBars(items, last_line, frozenset(keys), can_draw)


# Nobody can click on these, so rows have them in common: most facilities share their hours.
_STILL = frozenset(
    {
        SegmentKind.NOT_OPEN,
        SegmentKind.BUSY,
        SegmentKind.TOO_SHORT,
        SegmentKind.TOO_LATE,
        SegmentKind.NOT_YET,
        SegmentKind.NEVER,
    }
)


def _still_bar(segment: Segment, columns: BarColumns, zone: ZoneInfo) -> str:
    text = _text_in(segment, columns.share)
    label = _time_label(segment_word(segment), segment.slot, None, zone)
    return written_bar(_BAR_KINDS[segment.kind], columns, segment.line, text=text, label=label)


def _text_in(segment: Segment, share: float) -> str:
    text = bar_text(segment)
    return text and _fitting(text, segment, share)


def _text_over_two(
    columns: BarColumns, beside: Sequence[Placed], segments: Sequence[Segment]
) -> str:
    """Return "free" for two free bars side by side where the first is too narrow for it."""
    for bar in beside:
        is_free = segments[bar.item].kind is SegmentKind.FREE
        if is_free and columns.start + columns.span == bar.start_col:
            text = _word(SegmentKind.FREE, language())
            return text if text_fits(text, (columns.span + bar.span) / columns.all) else ""
    return ""


def _drag(row: CalendarRow, free: Slot, bar: Slot | None, zone: ZoneInfo) -> DragGrid | None:
    """Return the grid for drawing times over a bar of free time, or None."""
    return hours_drag(row.effective.rules, free, bar, zone) if bar else None


def key_of(kind: SegmentKind) -> str | None:
    """Return the key entry of a kind; None: its bars need no explanation."""
    if kind in (SegmentKind.NEVER, SegmentKind.AGREED):
        return None
    return _BAR_KINDS[kind]


def _fitting(text: str, segment: Segment, share: float) -> str:
    if segment.kind is SegmentKind.SET_ASIDE:
        return text
    if segment.date is not None and share * _LANE_WIDTH >= _MIN_TITLE_WIDTH:
        return text  # a name may be cut off, a state may not
    if segment.kind is SegmentKind.CLOSED and not text_fits(text, share):
        text = _("closed")
    return text if text_fits(text, share) else ""


def text_fits(text: str, share: float) -> bool:
    """Return whether a text fits a bar that covers this share of a lane on a wide page."""
    return len(text) * _LETTER_WIDTH + _PADDING <= share * _LANE_WIDTH


def bar_text(segment: Segment) -> str:
    """Return the short text in a bar."""
    date = segment.date
    match segment.kind:
        case SegmentKind.YOURS if date:
            return date.title
        case SegmentKind.BOOKED if date:
            return isolated(date.organisation or "") or _("own use")
        case SegmentKind.RIVAL if date:
            if date.organisation is None:
                return _("own use, requested")
            return _("requested by %(organisation)s", organisation=isolated(date.organisation))
        case SegmentKind.PARTLY:
            return places_left_text(segment)
        case SegmentKind.SETUP | SegmentKind.NEVER | SegmentKind.TOO_SHORT:
            return ""
        case SegmentKind.NOT_OPEN:
            return segment.note or ""
        case _:
            return segment_word(segment)


def places_left_text(segment: Segment) -> str:
    """Return how many places are left of a partly taken facility.

    "Partly taken" where a facility below is taken and all own places are left.
    """
    if segment.own < 2 or segment.free == segment.own:
        return _("partly taken")
    return places_free_text(segment.free, segment.own, segment.place_word)


def segment_word(segment: Segment) -> str:
    """Return what a segment shows, in words."""
    match segment.kind:
        case SegmentKind.CLOSED:
            return _closed(segment)
        case SegmentKind.PARTLY:
            return places_left_text(segment)
        case SegmentKind.SETUP:
            return _("set-up and clean-up")
        case SegmentKind.SET_ASIDE if segment.set_aside:
            return _set_aside_text(segment.set_aside)
        case SegmentKind.NOT_OPEN if segment.note:
            return _("not open: %(reason)s", reason=segment.note)
    return _word(segment.kind, language())


def _set_aside_text(kept: SetAsideSegment) -> str:
    number = kept.organisations
    if kept.last_day is None:
        return ngettext(
            "set aside for %(num)d organisation", "set aside for %(num)d organisations", number
        )
    return ngettext(
        "set aside for %(num)d organisation, kept until %(day)s",
        "set aside for %(num)d organisations, kept until %(day)s",
        number,
        day=formats.short_day(kept.last_day),
    )


@lru_cache(maxsize=256)
def _word(kind: SegmentKind, _language: str | None) -> str:
    return str(_WORDS[kind])


def _closed(segment: Segment) -> str:
    closed = segment.closed
    if closed is None or closed.reason is None:
        return _("closed")
    return _("closed: %(reason)s", reason=closed.reason)


def closed_until_text(segment: Segment, zone: ZoneInfo) -> str:
    """Return "closed" with its end, and the reason where that is public."""
    return _("%(what)s, %(until)s", what=_closed(segment), until=_closed_until(segment, zone))


def _closed_until(segment: Segment, zone: ZoneInfo) -> str:
    until = segment.closed.until if segment.closed else None
    if until is None:
        word = segment.closed.next_word_on if segment.closed else None
        return next_update_text(word) if word else _("until further notice")
    local = until.astimezone(zone)
    if local.time() == time(0):
        return _("until the end of %(day)s", day=formats.day(local.date() - ONE_DAY))
    return _("until %(instant)s", instant=formats.instant(until, zone))


def date_text(date: VisibleDate) -> str:
    """Return title, organisation and size of a date."""
    parts = [date.title]
    if not date.own and date.organisation is not None:
        parts.append(date.organisation)
    if not date.whole and date.places > 1:
        parts.append(ngettext("%(num)d place", "%(num)d places", date.places))
    if date.part_of is not None:
        parts.append(_("all of %(facility)s", facility=date.part_of))
    return formats.listed(parts)


def _label(row: CalendarRow, segment: Segment, zone: ZoneInfo) -> str:
    """Return the full text of a bar for screen readers: what, when, and the zone."""
    if segment.kind is SegmentKind.CLOSED:
        return closed_until_text(segment, zone)
    if segment.date is None and row.effective.rules.unit is Unit.HOUR:
        return _time_label(segment_word(segment), segment.slot, segment.clicked_date, zone)
    when = formats.zoned_slot(segment.slot, zone)
    what = segment_word(segment)
    if segment.clicked_date is not None:
        if segment.clicked_date == segment.slot:
            return _("%(what)s, %(when)s: request it", what=what, when=when)
        text = date_days(segment.clicked_date, row.effective.rules)
        return _("%(what)s, %(when)s: request %(ask)s", what=what, when=when, ask=text)
    if segment.date is not None and segment.kind is not SegmentKind.SETUP:
        what = bar_text(segment)
        if segment.date.confirmed:
            what = formats.listed([what, segment_word(segment)])
        said = date_text(segment.date)
        return _("%(what)s, %(when)s: %(date)s", what=what, when=when, date=said)
    return _("%(what)s, %(when)s", what=what, when=when)


def _time_label(what: str, slot: Slot, asked: Slot | None, zone: ZoneInfo) -> str:
    """Return the label of a bar that shows only time: what, when, and what a click requests."""
    times = formats.times_of_day(slot, zone)
    if times is not None and (asked is None or asked == slot):
        label = formats.once(_label_of_day, what, times.day, zone, is_asked=asked is not None)
        return label.replace(_START, times.start).replace(_END, times.end)
    when = formats.zoned_slot(slot, zone)
    if asked is not None and asked != slot:
        ask = formats.slot(asked, zone)
        return _("%(what)s, %(when)s: request %(ask)s", what=what, when=when, ask=ask)
    return _what_when(what, when, is_asked=asked is not None)


# Stand for the times of a label: these letters are for private use, so nobody writes them.
_START, _END = "\ue000", "\ue001"


def _label_of_day(what: str, day: date, zone: ZoneInfo, *, is_asked: bool) -> str:
    """Return the label of all bars of this kind on one day, which differ in their times."""
    when = formats.zoned_times(formats.TimesOfDay(day, _START, _END), zone)
    return _what_when(what, when, is_asked=is_asked)


def _what_when(what: str, when: str, *, is_asked: bool) -> str:
    if is_asked:
        return _("%(what)s, %(when)s: request it", what=what, when=when)
    return _("%(what)s, %(when)s", what=what, when=when)


def url_of(row: CalendarRow, segment: Segment) -> str | None:
    """Return the link of a bar: the request form, the viewer's own request, or the decision."""
    return _url_of(segment, DateLinks(row))


def _url_of(segment: Segment, links: "DateLinks") -> str | None:
    if segment.clicked_date is not None:
        return links.to(segment.clicked_date, is_partly=segment.kind is SegmentKind.PARTLY)
    if segment.kind is SegmentKind.AGREED:
        return links.form
    if segment.kind is SegmentKind.SET_ASIDE:
        return link("manage.set_aside", slug=links.slug)
    if segment.date is not None and segment.kind is not SegmentKind.SETUP:
        return date_url(segment.date)
    return None


def date_url(date: VisibleDate) -> str:
    """Return the page of a date's request: the requester's or the decider's."""
    endpoint = "requests.show" if date.own else "decisions.show"
    return link(endpoint, reference=date.reference)


class DateLinks:
    """The links from a facility's row to its request form, whose address is `form`."""

    def __init__(self, row: CalendarRow) -> None:
        self._rules = row.effective.rules
        self._whole = _asked_whole(row)
        self.slug = row.facility.slug
        self.form = link("requests.new", {"facility": self.slug})

    def to(self, date: Slot, *, is_partly: bool = False) -> str:
        """Return the address of the form filled with this date, in the facility's wall time.

        `is_partly`: the facility is partly taken, so it is requested by place.
        """
        whole = self._whole or ("0" if is_partly else None)
        # A page has hundreds of links to the same few hours.
        by_hour = self._rules.unit is Unit.HOUR
        args = hours_text(date, self._rules.zone) if by_hour else self._days(date)
        return f"{self.form}&{args}&whole={whole}" if whole else f"{self.form}&{args}"

    def _days(self, date: Slot) -> str:
        return urlencode(request_args(date, self._rules))


def date_form_url(row: CalendarRow, date: Slot) -> str:
    """Return the address of the request form filled with this date, in the facility's wall time."""
    return DateLinks(row).to(date)


def form_url(row: CalendarRow, values: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the address of the facility's request form, filled with these values."""
    whole = _asked_whole(row)
    args = {"facility": row.facility.slug, **values} | ({"whole": whole} if whole else {})
    return link("requests.new", args)


def _asked_whole(row: CalendarRow) -> str | None:
    """Return the argument for all of a facility, where it can be had in no other way."""
    is_whole = not row.effective.rules.allows_shared or (row.data and not row.data.room.own)
    return "1" if is_whole else None
