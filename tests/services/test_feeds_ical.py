"""The text of calendars: what RFC 5545 requires and what calendar programs stumble over."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import icalendar
import pytest
import vobject
from hypothesis import example, given
from hypothesis import strategies as st

from booking.feeds.ical import Entry, Method, Party, cleaned, message, render, time_zone, written
from booking.rules.slots import Slot
from tests.services.icalendar_judge import event_of, rendered

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


def calendar(name: str, entries: Iterable[Entry]) -> bytes:
    return render(name, [written(one) for one in entries])


WINTER = datetime(2027, 1, 12, 8, tzinfo=UTC)


def events(body: bytes) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(body).walk("VEVENT"))


def test_lines_end_with_crlf_and_hold_at_most_75_octets() -> None:
    body = calendar("Käyttö", [entry(WINTER, summary="Hyökkäyksen torjunta " * 20)])
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
    body = calendar(text, [entry(WINTER, summary=text, description=text, location=text)])
    plain = calendar("x", [entry(WINTER, description="x", location="x")])
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
    body = calendar("x", [entry(at, zone=zone, uid=f"{at:%j%H}") for at in starts])
    read = vobject.readOne(body.decode())
    got = sorted(event.dtstart.value.astimezone(UTC) for event in read.vevent_list)
    assert got == starts


def test_a_time_that_exists_twice_is_written_in_utc() -> None:
    first = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)  # 02:30 in Paris, for the first time
    (early,) = events(calendar("x", [entry(first, hours=1)]))
    assert early["dtstart"].to_ical() == b"20271031T003000Z"
    assert early["dtend"].to_ical() == b"20271031T013000Z"


def test_an_entry_has_local_times_and_names_its_zone() -> None:
    (event,) = events(calendar("x", [entry(WINTER, zone=HELSINKI)]))
    assert event["dtstart"].to_ical() == b"20270112T100000"
    assert event["dtstart"].params["TZID"] == "Europe/Helsinki"


def test_the_same_entries_give_the_same_bytes_in_any_order() -> None:
    one, two = entry(WINTER), entry(WINTER + timedelta(days=1), uid="b2@booking.example")
    assert calendar("x", [one, two]) == calendar("x", [two, one])


def test_an_empty_feed_is_a_valid_calendar_that_says_how_often_to_refresh() -> None:
    read = icalendar.Calendar.from_ical(calendar("x", []))
    assert read["refresh-interval"].to_ical() == b"PT1H"
    assert str(read["x-published-ttl"]) == "PT1H"
    assert "METHOD" not in read


# Letters of one to four octets, what is escaped or folded, and what is forbidden.
TEXTS = st.lists(
    st.sampled_from([*'aN 0;,:^\\"\n\r\t\x00äあ\u0301\u2028', "\N{FIRE}", "long text " * 8])
).map("".join)
ZONES = ("Europe/Paris", "Europe/Helsinki", "Europe/Lisbon", "UTC", "Asia/Kolkata")
INSTANTS = st.timedeltas(timedelta(), timedelta(days=700)).map(
    lambda after: datetime(2027, 1, 1, tzinfo=UTC) + after
)
ENTRIES = st.builds(
    Entry,
    uid=st.text("ab01", min_size=1).map("{}@booking.example".format),
    slot=st.tuples(INSTANTS, st.timedeltas(timedelta(minutes=1), timedelta(days=30))).map(
        lambda both: Slot(both[0], both[0] + both[1])
    ),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    summary=TEXTS,
    status=st.sampled_from(["TENTATIVE", "CONFIRMED", "CANCELLED"]),
    changed_at=INSTANTS,
    sequence=st.none() | st.integers(0, 10**6),
    description=TEXTS,
    location=TEXTS,
    url=st.just("") | st.integers(0, 10**90).map("https://booking.example/requests/{}".format),
    is_private=st.booleans(),
    takes_time=st.booleans(),
    organizer=st.none() | st.builds(Party, st.just("booking@example.org"), TEXTS),
    attendee=st.none() | st.just(Party("o'neill+x@example.org")),
)


def no_typed_break(text: str) -> str:
    """The library writes what somebody typed as `\\N` as a line break."""
    return re.sub(r"\\+N", "N", cleaned(text))


def without_typed_breaks(one: Entry) -> Entry:
    texts = ("summary", "description", "location")
    return replace(one, **{name: no_typed_break(getattr(one, name)) for name in texts})


@given(TEXTS.map(no_typed_break), st.lists(ENTRIES.map(without_typed_breaks), max_size=3))
def test_a_calendar_is_byte_for_byte_what_the_icalendar_library_writes(name, entries) -> None:
    assert calendar(name, entries) == rendered(name, entries)


def test_events_in_any_zone_are_those_of_the_icalendar_library() -> None:
    for name in sorted(available_timezones()):
        one = entry(datetime(2027, 10, 31, 0, 30, tzinfo=UTC), zone=ZoneInfo(name))
        assert written(one).text == event_of(one).to_ical()


@given(TEXTS)
@example("\\N is no line break")
def test_any_text_is_read_as_it_was_typed(text: str) -> None:
    body = calendar("x", [entry(WINTER, summary=text, description=f"{text}.", location=f"{text}.")])
    lines = body.split(b"\r\n")
    assert all(len(line) <= 75 and line.decode() is not None for line in lines)
    assert not any(b"\n" in line or b"\r" in line for line in lines)

    unfolded = dict(
        line.split(":", 1) for line in body.decode().replace("\r\n ", "").split("\r\n") if line
    )
    read = {
        name: re.sub(r"\\(.)", lambda pair: {"n": "\n"}.get(pair[1], pair[1]), unfolded[name])
        for name in ("SUMMARY", "DESCRIPTION", "LOCATION")
    }
    assert read == {
        "SUMMARY": cleaned(text).replace("\n", " "),
        "DESCRIPTION": cleaned(f"{text}."),
        "LOCATION": cleaned(f"{text}."),
    }
    (event,) = vobject.readOne(body.decode()).vevent_list
    assert event.description.value == read["DESCRIPTION"]


def test_an_address_cannot_add_a_line_or_a_parameter_to_an_invitation() -> None:
    hostile = Party('a;b"@example.org\r\nATTACH:x', 'Hall"\r\nATTACH:x')
    one = entry(WINTER, organizer=hostile, attendee=hostile)

    (event,) = events(message(Method.REQUEST, written(one)))

    assert "ATTACH" not in event
    assert str(event["attendee"]) == "mailto:a%3Bb%22@example.org%0D%0AATTACH%3Ax"
    assert set(event["organizer"].params) == {"CN"}
