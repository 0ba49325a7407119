"""The events of calendars, from dates and busy times, in the reader's language."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from booking.facilities.calendar_cache import text_bytes, written_once
from booking.feeds.busy import BusyCalendar
from booking.feeds.ical import Entry, Event, Method, Party, message, render, written
from booking.feeds.reading import FeedDate
from booking.rules.lifecycle import FeedStatus
from booking.rules.slots import Slot
from booking.wording.formats import in_city
from booking.wording.states import words_of

#: Stands for the reference of a request in `Site.link`.
REFERENCE = "REFERENCE"


class Site(NamedTuple):
    """What the text of an event depends on, beside its date.

    host: makes the UIDs unique. link: the full address of the page of a request, with REFERENCE.
    language: of the texts, and the current one.
    """

    host: str
    link: str
    language: str


def site_at(base_url: str, path: str, language: str) -> Site:
    """Return what events are written for at this base address; they lead to this path of it."""
    return Site(host=host_of(base_url), link=base_url + path, language=language)


def host_of(base_url: str) -> str:
    """Return the host name of a site, which makes its UIDs unique."""
    return base_url.partition("://")[2].partition("/")[0].partition(":")[0]


def events_of(dates: Iterable[FeedDate], site: Site) -> list[Event]:
    """Return the events of the dates that feeds carry, from memory if they were written before."""
    words = _Words()

    def write(shown: tuple[str, Site, FeedDate]) -> Event:
        return written(_entry(shown[2], site, words))

    shown = [("event", site, date) for date in dates if date.state.rules.feed]
    return written_once(shown, write, _size_of)


def invitation(
    method: Method, date: FeedDate, site: Site, *, organizer: Party, attendee: Party
) -> bytes:
    """Return what an e-mail asks the reader's calendar program to do with a date.

    The event is the one of the reader's feed, so that both have one UID and one SEQUENCE. Taken
    out, it is cancelled whatever the date's state: Outlook puts it in again otherwise.
    """
    entry = replace(_entry(date, site, _Words()), organizer=organizer, attendee=attendee)
    if method is Method.CANCEL:
        entry = replace(entry, status=FeedStatus.CANCELLED, takes_time=False)
    return message(method, written(entry))


def _size_of(event: Event) -> int:
    return text_bytes(event.text)


class _Words:
    """The words of the dates of one calendar, each worked out once."""

    def __init__(self) -> None:
        self.summary = cache(lambda state, facility, what: words_of(state).in_feed(facility, what))
        self.named = cache(lambda reference: _("Reference: %(reference)s", reference=reference))
        self.line = cache(lambda state: str(words_of(state).feed_line))
        self.location = cache(in_city)


def _entry(date: FeedDate, site: Site, words: _Words) -> Entry:
    status = date.state.rules.feed
    return Entry(
        uid=f"{date.uid}@{site.host}",
        slot=Slot(date.starts_at, date.ends_at),
        zone=ZoneInfo(date.time_zone),
        summary=words.summary(date.state, date.facility, date.title or date.reference),
        status=str(status),
        changed_at=date.changed_at,
        sequence=date.revision,
        description="\n".join([words.named(date.reference), words.line(date.state)]),
        location=words.location(date.facility, date.city),
        url=site.link.replace(REFERENCE, date.reference),
        takes_time=status is not FeedStatus.CANCELLED,
    )


def busy_text(name: str, calendar: BusyCalendar, host: str, language: str) -> bytes:
    """Return the text of a busy calendar of this name, from memory if it was written before.

    `language` is that of the name, and the current one. The mark stands for the times.
    """

    def write(_key: object) -> bytes:
        return render(name, _busy_events(calendar, host))

    (text,) = written_once([("busy text", name, calendar.mark, host, language)], write, text_bytes)
    return text


def _busy_events(calendar: BusyCalendar, host: str) -> list[Event]:
    summary = cache(lambda facility: _("Busy: %(facility)s", facility=facility))
    return [
        written(
            Entry(
                uid=f"{time.uid}@{host}",
                slot=time.slot,
                zone=calendar.zone,
                summary=summary(time.facility),
                status=FeedStatus.CONFIRMED,
                changed_at=calendar.today_at,  # not when it was booked, which is confidential
            )
        )
        for time in calendar.times
    ]
