"""The text of calendars: what RFC 5545 requires and what calendar programs stumble over."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject

from booking.feeds.ical import Entry, cleaned, render, time_zone
from booking.rules.slots import Slot

PARIS, HELSINKI = ZoneInfo("Europe/Paris"), ZoneInfo("Europe/Helsinki")


def entry(starts: datetime, hours: int = 2, zone: ZoneInfo = PARIS, **fields) -> Entry:
    values = {
        "uid": "a1@booking.example",
        "slot": Slot(starts, starts + timedelta(hours=hours)),
        "zone": zone,
        "summary": "Hall",
        "status": "CONFIRMED",
        "changed_at": datetime(2026, 11, 24, 9, tzinfo=UTC),
        "sequence": 3,
    }
    return Entry(**{**values, **fields})


WINTER = datetime(2027, 1, 12, 8, tzinfo=UTC)


def events(body: bytes) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(body).walk("VEVENT"))


def test_lines_end_with_crlf_and_hold_at_most_75_octets() -> None:
    body = render("Käyttö", [entry(WINTER, summary="Hyökkäyksen torjunta " * 20)])
    assert body.endswith(b"END:VCALENDAR\r\n")
    lines = body.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert all(line.decode() is not None for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        "two\r\nlines\r\nATTACH:file:///etc/passwd",
        'a;b,c\\d"e',
        "nul\x00bell\x07",
        "line\u2028separator",
        "x" * 10_000,
        "fire \N{FIRE}",
        "BEGIN:VALARM",
    ],
)
def test_hostile_text_neither_breaks_a_calendar_nor_adds_to_it(text: str) -> None:
    body = render(text, [entry(WINTER, summary=text, description=text, location=text)])
    plain = render("x", [entry(WINTER, description="x", location="x")])
    (event,), (usual,) = events(body), events(plain)
    assert sorted(event.keys()) == sorted(usual.keys())
    assert len(icalendar.Calendar.from_ical(body).subcomponents) == 2
    assert str(event["description"]) == cleaned(text)


@pytest.mark.parametrize(
    "name", ["Europe/Paris", "Europe/Amsterdam", "Europe/Berlin", "Europe/Copenhagen",
             "Europe/Helsinki", "Europe/Lisbon"],
)  # fmt: skip
def test_a_time_zone_is_described_for_readers_without_their_own_zone_data(name: str) -> None:
    zone = ZoneInfo(name)
    text = time_zone(zone).to_ical().decode()
    assert "RDATE" not in text
    assert text.count("RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=") == 2
    starts = [
        datetime(2027, 3, 28, 0, 30, tzinfo=UTC) + timedelta(hours=12 * n) for n in range(440)
    ]
    body = render("x", [entry(at, zone=zone, uid=f"{at:%j%H}") for at in starts])
    read = vobject.readOne(body.decode())
    got = sorted(event.dtstart.value.astimezone(UTC) for event in read.vevent_list)
    assert got == starts


def test_a_time_that_exists_twice_is_written_in_utc() -> None:
    first = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)  # 02:30 in Paris, for the first time
    (early,) = events(render("x", [entry(first, hours=1)]))
    assert early["dtstart"].to_ical() == b"20271031T003000Z"
    assert early["dtend"].to_ical() == b"20271031T013000Z"


def test_an_entry_has_local_times_and_names_its_zone() -> None:
    (event,) = events(render("x", [entry(WINTER, zone=HELSINKI)]))
    assert event["dtstart"].to_ical() == b"20270112T100000"
    assert event["dtstart"].params["TZID"] == "Europe/Helsinki"


def test_the_same_entries_give_the_same_bytes_in_any_order() -> None:
    one, two = entry(WINTER), entry(WINTER + timedelta(days=1), uid="b2@booking.example")
    assert render("x", [one, two]) == render("x", [two, one])


def test_an_empty_feed_is_a_valid_calendar_that_says_how_often_to_refresh() -> None:
    calendar = icalendar.Calendar.from_ical(render("x", []))
    assert calendar["refresh-interval"].to_ical() == b"PT1H"
    assert str(calendar["x-published-ttl"]) == "PT1H"
    assert "METHOD" not in calendar
