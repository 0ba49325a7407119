"""Writes iCalendar text (RFC 5545) from plain values."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar

from booking.rules.slots import Slot

PRODUCT = "-//Shared test facilities//Booking//EN"
# What a text value may not hold (RFC 5545 3.1, 3.3.11): control characters except the line break.
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\x85\u2028\u2029]")
# Summer time of the European Union: from the last Sunday of March to that of October, both at
# 01:00 UTC (Directive 2000/84/EC). Rules, not lists of dates: Outlook ignores RDATE.
EU_ZONE = """\
BEGIN:VTIMEZONE
TZID:{name}
BEGIN:DAYLIGHT
DTSTART:19960331T{begins:02}0000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:{summer_name}
TZOFFSETFROM:{winter}
TZOFFSETTO:{summer}
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T{ends:02}0000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:{winter_name}
TZOFFSETFROM:{summer}
TZOFFSETTO:{winter}
END:STANDARD
END:VTIMEZONE
"""


@dataclass(frozen=True)
class Entry:
    """One event. `changed_at` is when its content last changed.

    `sequence` None leaves SEQUENCE and LAST-MODIFIED out, for busy times. `takes_time`: calendar
    programs show the time as busy.
    """

    uid: str
    slot: Slot
    zone: ZoneInfo
    summary: str
    status: str
    changed_at: datetime
    sequence: int | None = None
    description: str = ""
    location: str = ""
    url: str = ""
    is_private: bool = True
    takes_time: bool = True


def render(name: str, entries: Iterable[Entry]) -> bytes:
    """Return a whole calendar of this name: UTF-8, lines ended by CRLF, at most 75 octets each.

    The same entries give the same bytes. METHOD is left out: a feed is no invitation.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", cleaned(name).replace("\n", " "))
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    ordered = sorted(entries, key=lambda entry: (entry.slot, entry.uid))
    for zone in sorted({entry.zone.key for entry in ordered if _uses_zone(entry)}):
        calendar.add_component(time_zone(ZoneInfo(zone)))
    for entry in ordered:
        calendar.add_component(_event(entry))
    return calendar.to_ical()


def cleaned(text: str) -> str:
    """Return the text without characters that iCalendar forbids; old rows may have some."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def time_zone(zone: ZoneInfo) -> icalendar.Component:
    """Return the VTIMEZONE of a zone, with the European Union's rule where it follows that."""
    winter, summer = datetime(2027, 1, 15, tzinfo=zone), datetime(2027, 7, 15, tzinfo=zone)
    if not _follows_union(zone):
        return icalendar.Timezone.from_tzid(zone.key)
    hours = round((winter.utcoffset() or timedelta()) / timedelta(hours=1))
    text = EU_ZONE.format(
        name=zone.key,
        begins=hours + 1,
        ends=hours + 2,
        winter=winter.strftime("%z"),
        summer=summer.strftime("%z"),
        winter_name=winter.tzname(),
        summer_name=summer.tzname(),
    )
    return icalendar.Timezone.from_ical(text.replace("\n", "\r\n"))


def _follows_union(zone: ZoneInfo) -> bool:
    """Return whether this zone of whole hours changes its clocks when the European Union does."""
    winter = datetime(2027, 1, 15, tzinfo=zone).utcoffset() or timedelta()
    if winter % timedelta(hours=1) or winter < timedelta():
        return False
    changes = [datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2027, 10, 31, 1, tzinfo=UTC)]
    for change, before, after in zip(changes, (0, 1), (1, 0), strict=True):
        for instant, summer in ((change - timedelta(seconds=1), before), (change, after)):
            if instant.astimezone(zone).utcoffset() != winter + timedelta(hours=summer):
                return False
    return True


def _uses_zone(entry: Entry) -> bool:
    return not all(_is_doubled(instant, entry.zone) for instant in _ends(entry))


def _ends(entry: Entry) -> tuple[datetime, datetime]:
    return entry.slot.starts_at, entry.slot.ends_at


def _is_doubled(instant: datetime, zone: ZoneInfo) -> bool:
    """Return whether clocks show this time twice, so that local time is ambiguous."""
    local = instant.astimezone(zone)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _event(entry: Entry) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed_at.replace(microsecond=0))
    for name, instant in zip(("dtstart", "dtend"), _ends(entry), strict=True):
        local = instant if _is_doubled(instant, entry.zone) else instant.astimezone(entry.zone)
        event.add(name, local)
    if entry.sequence is not None:
        event.add("sequence", entry.sequence)
        event.add("last-modified", entry.changed_at.replace(microsecond=0))
    event.add("status", entry.status)
    event.add("summary", cleaned(entry.summary).replace("\n", " "))
    if entry.description:
        event.add("description", cleaned(entry.description))
    if entry.location:
        event.add("location", cleaned(entry.location))
    if entry.url:
        event.add("url", entry.url)
    event.add("class", "PRIVATE" if entry.is_private else "PUBLIC")
    event.add("transp", "OPAQUE" if entry.takes_time else "TRANSPARENT")
    return event
