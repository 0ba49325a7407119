"""Calendars as the icalendar library writes them: what `booking.feeds.ical` must write too."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar

from booking.feeds.ical import PRODUCT, Entry, cleaned, time_zone


def rendered(name: str, entries: Iterable[Entry]) -> bytes:
    """The whole calendar of this name."""
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
        calendar.add_component(event_of(entry))
    return calendar.to_ical()


def event_of(entry: Entry) -> icalendar.Event:
    """One event of it."""
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
    if entry.attendee:
        attendee = icalendar.vCalAddress(f"mailto:{entry.attendee.address}")
        attendee.params.update(
            CUTYPE="INDIVIDUAL", PARTSTAT="ACCEPTED", ROLE="REQ-PARTICIPANT", RSVP="FALSE"
        )
        event.add("attendee", attendee)
    if entry.organizer:
        organizer = icalendar.vCalAddress(f"mailto:{entry.organizer.address}")
        if entry.organizer.name:
            organizer.params["CN"] = cleaned(entry.organizer.name).replace("\n", " ")
        event.add("organizer", organizer)
    event.add("class", "PRIVATE" if entry.is_private else "PUBLIC")
    event.add("transp", "OPAQUE" if entry.takes_time else "TRANSPARENT")
    return event


def _uses_zone(entry: Entry) -> bool:
    return not all(_is_doubled(instant, entry.zone) for instant in _ends(entry))


def _ends(entry: Entry) -> tuple[datetime, datetime]:
    return entry.slot.starts_at, entry.slot.ends_at


def _is_doubled(instant: datetime, zone: ZoneInfo) -> bool:
    local = instant.astimezone(zone)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
