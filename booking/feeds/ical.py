"""Writes iCalendar text (RFC 5545) from plain values.

Events are written here, a few properties in a fixed order: the icalendar library takes ten times
as long for the same text. It still describes the time zones, once each.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

import icalendar

from booking.rules.slots import Slot

PRODUCT = "-//Shared test facilities//Booking//EN"
# What a line holds: at most 75 octets with the space of a continued one (RFC 5545 3.1).
MOST_OCTETS = 74
# How the reader of an invitation takes part. They asked for the date, so nothing is to be answered:
# Google shows it as accepted. Outlook ignores that, and asks for no answer because of RSVP.
TAKES_PART = ";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=FALSE"
# What an address may hold beside letters and digits; all else is escaped as in any URI.
IN_ADDRESSES = "@!$&'*+/=?^_`{|}~.-"
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


class Method(StrEnum):
    """What an e-mail with an event asks a calendar program to do (RFC 5546)."""

    REQUEST = "REQUEST"
    """Put it into the calendar, or change it there."""
    CANCEL = "CANCEL"
    """Take it out."""


@dataclass(frozen=True)
class Party:
    """Somebody in an event: an e-mail address, and a name, which may be empty."""

    address: str
    name: str = ""


@dataclass(frozen=True)
class Entry:
    """One event. `changed_at` is when its content last changed.

    `sequence` None leaves SEQUENCE and LAST-MODIFIED out, for busy times. `takes_time`: calendar
    programs show the time as busy. An event of an invitation has `organizer` and `attendee`, one of
    a feed has neither.
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
    organizer: Party | None = None
    attendee: Party | None = None


class Event(NamedTuple):
    """A written event: its place among others, the zone of its local times, and its text.

    `zone` is empty if it has none. `text` is UTF-8 with folded lines, from BEGIN to END.
    """

    starts_at: datetime
    ends_at: datetime
    uid: str
    zone: str
    text: bytes


def render(name: str, events: Iterable[Event]) -> bytes:
    """Return a whole calendar of this name: UTF-8, lines ended by CRLF, at most 75 octets each.

    The same events give the same bytes. METHOD is left out: a feed is no invitation.
    """
    ordered = sorted(events, key=lambda event: (event.starts_at, event.ends_at, event.uid))
    zones = sorted({event.zone for event in ordered if event.zone})
    head = _folded(
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_one_line(name)}",  # no value of the standard: nothing is escaped
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    )
    descriptions = [_zone_text(zone) for zone in zones]
    texts = [event.text for event in ordered]
    return b"".join([head, *descriptions, *texts, _folded("END:VCALENDAR")])


def message(method: Method, event: Event) -> bytes:
    """Return the part of an e-mail that asks to do this with one event (RFC 5546), in UTF-8.

    One event in each message: Outlook reads no more. What says how a feed is refreshed is left out.
    """
    head = _folded(
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
    )
    zone = _zone_text(event.zone) if event.zone else b""
    return b"".join([head, zone, event.text, _folded("END:VCALENDAR")])


def written(entry: Entry) -> Event:
    """Return an entry as an event of a calendar. It depends on nothing else."""
    slot, zone = entry.slot, entry.zone
    starts = _local_or_none(slot.starts_at, zone)
    ends = _local_or_none(slot.ends_at, zone)
    changed = _utc(entry.changed_at)
    counted = entry.sequence is not None
    text = _folded(
        "BEGIN:VEVENT",
        f"SUMMARY:{_escaped(_one_line(entry.summary))}",
        f"DTSTART{_in_zone(starts, zone)}" if starts else f"DTSTART:{_utc(slot.starts_at)}",
        f"DTEND{_in_zone(ends, zone)}" if ends else f"DTEND:{_utc(slot.ends_at)}",
        f"DTSTAMP:{changed}",
        f"UID:{_escaped(entry.uid)}",
        f"SEQUENCE:{entry.sequence}" if counted else "",
        f"ATTENDEE{TAKES_PART}:{_mailto(entry.attendee)}" if entry.attendee else "",
        "CLASS:PRIVATE" if entry.is_private else "CLASS:PUBLIC",
        f"DESCRIPTION:{_escaped(cleaned(entry.description))}" if entry.description else "",
        f"LAST-MODIFIED:{changed}" if counted else "",
        f"LOCATION:{_escaped(cleaned(entry.location))}" if entry.location else "",
        f"ORGANIZER{_named(entry.organizer)}:{_mailto(entry.organizer)}" if entry.organizer else "",
        f"STATUS:{entry.status}",
        "TRANSP:OPAQUE" if entry.takes_time else "TRANSP:TRANSPARENT",
        f"URL:{entry.url}" if entry.url else "",
        "END:VEVENT",
    )
    zone_name = zone.key if starts or ends else ""
    return Event(slot.starts_at, slot.ends_at, entry.uid, zone_name, text)


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


def _mailto(party: Party) -> str:
    return f"mailto:{quote(party.address, safe=IN_ADDRESSES)}"


def _named(party: Party) -> str:
    """Return what follows the name of a property that names somebody: `;CN=...` or nothing."""
    name = icalendar.Parameters({"CN": _one_line(party.name)})
    return f";{name.to_ical().decode()}" if party.name else ""


def _one_line(text: str) -> str:
    return cleaned(text).replace("\n", " ")


def _escaped(text: str) -> str:
    """Return a text as a value (RFC 5545 3.3.11)."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(*lines: str) -> bytes:
    """Return the lines that are not empty, ended by CRLF, the long ones folded."""
    folded = [
        line if len(line) <= MOST_OCTETS and line.isascii() else _fold(line.encode()).decode()
        for line in lines
        if line
    ]
    return ("\r\n".join(folded) + "\r\n").encode()


def _fold(line: bytes) -> bytes:
    parts = []
    start = 0
    while (end := start + MOST_OCTETS) < len(line):
        while line[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        if line[end - 1] in b"\\^":  # some readers stumble over an escape in two parts
            end -= 1
        parts.append(line[start:end])
        start = end
    return b"\r\n ".join([*parts, line[start:]])


def _utc(instant: datetime) -> str:
    return f"{_digits(instant.astimezone(UTC))}Z"


def _in_zone(local: datetime, zone: ZoneInfo) -> str:
    parameter, ending = _zone_named(zone.key)
    return f"{parameter}:{_digits(local)}{ending}"


def _digits(at: datetime) -> str:
    # Twice as fast as strftime.
    return f"{at.year:04}{at.month:02}{at.day:02}T{at.hour:02}{at.minute:02}{at.second:02}"


def _local_or_none(instant: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the instant in this zone; None if clocks show that time twice."""
    local = instant.astimezone(zone)
    return local if local.utcoffset() == local.replace(fold=1 - local.fold).utcoffset() else None


@lru_cache(maxsize=64)
def _zone_named(zone: str) -> tuple[str, str]:
    """Return what stands before and after each local time of a zone: `;TZID=...` and nothing."""
    library = icalendar.vDatetime(datetime(2027, 1, 15, tzinfo=ZoneInfo(zone)))
    parameters = library.params.to_ical().decode()
    return f";{parameters}" if parameters else "", "Z" if library.is_utc() else ""


@lru_cache(maxsize=64)
def _zone_text(zone: str) -> bytes:
    return time_zone(ZoneInfo(zone)).to_ical()
