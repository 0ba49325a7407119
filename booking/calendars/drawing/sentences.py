"""What a calendar says in sentences: the form of lists and of small screens."""

from collections.abc import Iterable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from booking.calendars.drawing.axis import days_of, days_window
from booking.calendars.drawing.bars import (
    closed_words,
    date_url,
    date_words,
    places_left,
    request_url,
    state_word,
)
from booking.calendars.drawing.segments import DATES, Kind, Stretch
from booking.calendars.rows import CalendarAccess, CalendarRow
from booking.rules.opening import ONE_DAY
from booking.rules.slots import Slot, merge
from booking.wording import formats
from booking.wording.words import status_word

LinkedSentence = tuple[Markup, str]
_FREE, _OTHER = "free", "other"
# What is said only where a day has nothing else to say.
_QUIET = (Kind.TOO_LATE, Kind.NOT_YET, Kind.TOO_SHORT, Kind.NEVER, Kind.AGREED)


def access_words(row: CalendarRow) -> str | None:
    """Return why no free times are drawn, as a sentence; None where they are."""
    cluster = row.cluster.short_name
    match row.access:
        case CalendarAccess.HIDDEN:
            return _("Free times are not shown here: ask for dates.")
        case CalendarAccess.BY_AGREEMENT:
            return _(
                "By agreement: no free times are drawn. Ask for dates, %(cluster)s answers.",
                cluster=cluster,
            )
        case CalendarAccess.ELSEWHERE:
            return _("Booked on another site.")
        case CalendarAccess.NOBODY:
            return _("Nobody answers here yet, so nothing can be asked for.")
        case CalendarAccess.STATUS:
            status = status_word(row.facility.status)
            return _("Cannot be asked for: %(status)s.", status=status)
        case _:
            return None


def access_link(row: CalendarRow) -> tuple[str, str, str | None]:
    """Return what stands in place of a row's bars: short text, all of it in words, the link."""
    label = access_words(row) or ""
    match row.access:
        case CalendarAccess.HIDDEN | CalendarAccess.BY_AGREEMENT:
            return _("ask for dates"), label, url_for("requests.new", facility=row.facility.slug)
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
    """Return what stands in place of free times, with the way to ask where there is one."""
    text, label, url = access_link(row)
    return [(_linked(label, url), _OTHER)] if text else []


def _linked(text: str, url: str | None) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url, text) if url else escape(text)


def day_sentences(
    row: CalendarRow, stretches: Sequence[Stretch], zone: ZoneInfo, day: date
) -> list[LinkedSentence]:
    """Return what is to be said of one local day of `zone`: free times first, with links."""
    window = days_window(day, day, zone)
    today = [(s, part) for s in stretches if (part := s.slot.intersection(window)) is not None]
    said: list[LinkedSentence] = []
    free = [(stretch, part) for stretch, part in today if stretch.kind is Kind.FREE]
    if free:
        said.append((_free(row, free, zone), _FREE))
    for stretch, part in today:
        if stretch.kind is Kind.PARTLY:
            times = formats.times(part, zone)
            text = _("%(what)s %(times)s", what=places_left(stretch), times=times)
            url = request_url(row, stretch.ask, is_partly=True) if stretch.ask else None
            said.append((_linked(text, url), _FREE if url else _OTHER))
        elif stretch.kind is Kind.CHOICE:
            times = formats.times(part, zone)
            said.append((escape(_("%(times)s your choice", times=times)), _OTHER))
        elif stretch.kind in DATES:
            said.append((_date(stretch, part, zone), _OTHER))
        elif stretch.kind is Kind.CLOSED:
            said.append((escape(closed_words(stretch, zone)), _OTHER))
    busy = merge(part for stretch, part in today if stretch.kind is Kind.BUSY)
    if busy:
        all_day = not said and all(s.kind in (Kind.BUSY, Kind.NOT_OPEN) for s, _part in today)
        said.append((_busy(busy, zone, all_day=all_day), _OTHER))
    return said or [(escape(_nothing(today)), _OTHER)]


def _free(row: CalendarRow, free: Iterable[tuple[Stretch, Slot]], zone: ZoneInfo) -> Markup:
    there = row.effective.rules.zone
    parts = [
        _linked(formats.times(part, zone), request_url(row, stretch.ask) if stretch.ask else None)
        for stretch, part in free
    ]
    sentence = escape(_("free %(times)s")) % {"times": Markup(", ").join(parts)}
    start = next(iter(free))[1].starts_at
    if start.astimezone(zone).utcoffset() != start.astimezone(there).utcoffset():
        times = ", ".join(formats.times(part, there) for _stretch, part in free)
        remark = Markup('<span class="there">{}</span>').format(_("there %(times)s", times=times))
        return Markup(" ").join((sentence, remark))
    return sentence


def _date(stretch: Stretch, part: Slot, zone: ZoneInfo) -> Markup:
    seen = stretch.date
    if seen is None:
        return Markup("")
    what = _linked(date_words(seen), date_url(seen))
    values = {"times": formats.times(part, zone), "what": state_word(stretch), "date": what}
    return escape(_("%(times)s %(what)s: %(date)s")) % values


def _busy(busy: Sequence[Slot], zone: ZoneInfo, *, all_day: bool) -> Markup:
    if all_day and len(busy) == 1:
        return escape(_("busy all day"))
    times = ", ".join(formats.times(slot, zone) for slot in busy)
    return escape(_("busy %(times)s", times=times))


def _nothing(today: Sequence[tuple[Stretch, Slot]]) -> str:
    for stretch, _part in today:
        if stretch.kind in _QUIET:
            return state_word(stretch)
    # In another zone the edge of a neighbouring day may be in sight.
    named = [s for s, part in today if s.note and part.duration * 2 > ONE_DAY]
    return state_word(named[0]) if named else _("not open")


def week_sentences(
    row: CalendarRow, stretches: Sequence[Stretch], zone: ZoneInfo, window: Slot
) -> list[LinkedSentence]:
    """Return one sentence for each day of `window`; days on which nothing is open are left out."""
    first, last = days_of(window, zone)
    sentences: list[LinkedSentence] = []
    for offset in range((last - first).days + 1):
        day = first + ONE_DAY * offset
        said = day_sentences(row, stretches, zone, day)
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
    """Return the sentences as templates take them: free ones first and marked."""
    free = [sentence for sentence in sentences if sentence[1] == _FREE]
    return [*free, *(text for text, kind in sentences if kind != _FREE)]
