"""Calendars as sentences, for lists and small screens."""

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape as escaped
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from booking.calendars.drawing.axis import days_of, days_window
from booking.calendars.drawing.bars import (
    DateLinks,
    closed_until_text,
    date_text,
    date_url,
    places_left_text,
    segment_word,
    url_of,
)
from booking.calendars.drawing.row_markup import LinkedSentence
from booking.calendars.drawing.segments import DATES, Segment, SegmentKind
from booking.calendars.rows import CalendarAccess, CalendarRow
from booking.rules.date_days import day_stretch
from booking.rules.opening import ONE_DAY, Unit
from booking.rules.slots import Slot, merge
from booking.web.links import link
from booking.wording import formats
from booking.wording.translator import gettext as _
from booking.wording.words import status_word

_FREE, _OTHER = "free", "other"
# Stands for the links of a sentence: a letter for private use, so nobody writes it.
_TIMES = "\ue000"
# Said only if there is nothing else to say of a day.
_QUIET = (
    SegmentKind.TOO_LATE,
    SegmentKind.NOT_YET,
    SegmentKind.TOO_SHORT,
    SegmentKind.NEVER,
    SegmentKind.AGREED,
)


def access_text(row: CalendarRow) -> str | None:
    """Return why no free times are shown, as a sentence; None where they are shown."""
    cluster = row.cluster.short_name
    match row.access:
        case CalendarAccess.HIDDEN:
            return _("Free times are not shown here.")
        case CalendarAccess.BY_AGREEMENT:
            return _(
                "By agreement: no free times are shown. Propose dates and %(cluster)s will answer.",
                cluster=cluster,
            )
        case CalendarAccess.ELSEWHERE:
            return _("Booked on another site.")
        case CalendarAccess.NOBODY:
            return _("Nobody answers here yet, so you cannot send a request.")
        case CalendarAccess.STATUS:
            status = status_word(row.facility.status)
            return _("Cannot be requested: %(status)s.", status=status)
        case _:
            return None


def access_link(row: CalendarRow) -> tuple[str, str, str | None]:
    """Return what replaces the bars of a row: short text, full text, link or None."""
    label = access_text(row) or ""
    match row.access:
        case CalendarAccess.HIDDEN | CalendarAccess.BY_AGREEMENT:
            label = _("%(why)s Request dates.", why=label)
            return _("request dates"), label, link("requests.new", {"facility": row.facility.slug})
        case CalendarAccess.ELSEWHERE:
            return _("booked on another site"), label, elsewhere_url(row)
        case CalendarAccess.NOBODY:
            return _("nobody answers here yet"), label, None
        case CalendarAccess.STATUS:
            return status_word(row.facility.status), label, None
        case _:
            return "", label, None


def elsewhere_url(row: CalendarRow) -> str | None:
    """Return the address of the site where it is booked, if it is one to link to."""
    return row.effective.rules.elsewhere_url


def access_sentences(row: CalendarRow) -> list[LinkedSentence]:
    """Return the sentence that replaces free times, with a link to request dates if possible."""
    text, label, url = access_link(row)
    return [(_linked(label, url), _OTHER)] if text else []


def _linked(text: str, url: str | None) -> Markup:
    # As a string of its own: the method of markup takes ten times as long.
    return Markup(_link(text, url))  # noqa: S704


def _link(text: str, url: str | None) -> str:
    return f'<a href="{escaped(url)}">{escaped(text)}</a>' if url else escaped(text)


def day_sentences(
    row: CalendarRow, segments: Sequence[Segment], zone: ZoneInfo, day: date
) -> list[LinkedSentence]:
    """Return the sentences for one local day of `zone`, free times first, with links.

    By the day and half day it is a day of the facility: with all of an opening over midnight.
    """
    rules = row.effective.rules
    window = days_window(day, day, zone)
    if rules.unit is not Unit.HOUR:
        window = day_stretch(rules, day)
    today = [
        (segment, segment.slot if window.contains(segment.slot) else part)
        for segment in segments
        if (part := segment.slot.intersection(window)) is not None
    ]
    said: list[LinkedSentence] = []
    links = DateLinks(row)
    free = [(segment, part) for segment, part in today if segment.kind is SegmentKind.FREE]
    if free:
        said.append((_free(row, links, free, zone), _FREE))
    for segment, part in today:
        if segment.kind is SegmentKind.PARTLY:
            times = formats.times(part, zone)
            text = _("%(what)s %(times)s", what=places_left_text(segment), times=times)
            asked = segment.clicked_date
            url = links.to(asked, is_partly=True) if asked else None
            said.append((_linked(text, url), _FREE if url else _OTHER))
        elif segment.kind is SegmentKind.CHOICE:
            times = formats.times(part, zone)
            said.append((escape(_("%(times)s your choice", times=times)), _OTHER))
        elif segment.kind in DATES:
            said.append((_date(segment, part, zone), _OTHER))
        elif segment.kind is SegmentKind.SET_ASIDE:
            times = formats.times(part, zone)
            text = _("%(times)s %(what)s", times=times, what=segment_word(segment))
            said.append((_linked(text, url_of(row, segment)), _OTHER))
        elif segment.kind is SegmentKind.CLOSED:
            said.append((escape(closed_until_text(segment, zone)), _OTHER))
    busy = merge(part for segment, part in today if segment.kind is SegmentKind.BUSY)
    if busy:
        all_day = not said and all(
            s.kind in (SegmentKind.BUSY, SegmentKind.NOT_OPEN) for s, _part in today
        )
        said.append((_busy(busy, zone, all_day=all_day), _OTHER))
    return said or [(escape(_nothing(today)), _OTHER)]


def _free(
    row: CalendarRow, links: DateLinks, free: Sequence[tuple[Segment, Slot]], zone: ZoneInfo
) -> Markup:
    there = row.effective.rules.zone
    parts = [
        _link(
            formats.times(part, zone),
            links.to(segment.clicked_date) if segment.clicked_date else None,
        )
        for segment, part in free
    ]
    # The links are filled in after the rest was escaped.
    sentence = escaped(_("free %(times)s", times=_TIMES)).replace(_TIMES, ", ".join(parts))
    start = free[0][1].starts_at
    if start.astimezone(zone).utcoffset() != start.astimezone(there).utcoffset():
        times = ", ".join(formats.times(part, there) for _stretch, part in free)
        remark = escaped(_("there %(times)s", times=times))
        sentence = f'{sentence} <span class="there">{remark}</span>'
    return Markup(sentence)  # noqa: S704


def _date(segment: Segment, part: Slot, zone: ZoneInfo) -> Markup:
    seen = segment.date
    if seen is None:
        return Markup("")
    what = _linked(date_text(seen), date_url(seen))
    values = {"times": formats.times(part, zone), "what": segment_word(segment), "date": what}
    return escape(_("%(times)s %(what)s: %(date)s")) % values


def _busy(busy: Sequence[Slot], zone: ZoneInfo, *, all_day: bool) -> Markup:
    if all_day and len(busy) == 1:
        return escape(_("busy all day"))
    times = ", ".join(formats.times(slot, zone) for slot in busy)
    return escape(_("busy %(times)s", times=times))


def _nothing(today: Sequence[tuple[Segment, Slot]]) -> str:
    for segment, _part in today:
        if segment.kind in _QUIET:
            return segment_word(segment)
    # In another zone the window may touch a neighbouring day.
    named = [s for s, part in today if s.note and part.duration * 2 > ONE_DAY]
    return segment_word(named[0]) if named else _("not open")


def week_sentences(
    row: CalendarRow, segments: Sequence[Segment], zone: ZoneInfo, window: Slot
) -> list[LinkedSentence]:
    """Return one sentence for each day of `window` on which something is open."""
    first, last = days_of(window, zone)
    sentences: list[LinkedSentence] = []
    for offset in range((last - first).days + 1):
        day = first + ONE_DAY * offset
        said = day_sentences(row, segments, zone, day)
        if len(said) == 1 and said[0][0] == _("not open"):
            continue
        states = Markup(" · ").join(text for text, _kind in said)
        sentence = escape(_("%(day)s: %(states)s")) % {
            "day": formats.short_day(day),
            "states": states,
        }
        sentences.append((sentence, _FREE if said[0][1] == _FREE else _OTHER))
    return sentences or [(escape(_("not open")), _OTHER)]


def in_order(sentences: Iterable[LinkedSentence]) -> list[Markup | LinkedSentence]:
    """Return the sentences as templates take them: free ones first, marked "free"."""
    free = [sentence for sentence in sentences if sentence[1] == _FREE]
    return [*free, *(text for text, kind in sentences if kind != _FREE)]
