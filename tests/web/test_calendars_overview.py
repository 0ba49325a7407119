"""The calendar across facilities."""

from datetime import UTC, date, datetime
from functools import partial
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from booking.calendars.overview import listing
from booking.extensions import db
from booking.rules.lifecycle import State
from tests.factories import (
    make_closure,
    make_cluster,
    make_coordinator,
    make_facility,
    make_focus_area,
    make_organisation,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, submit
from tests.statements import count_statements

COPENHAGEN, HELSINKI = ZoneInfo("Europe/Copenhagen"), ZoneInfo("Europe/Helsinki")
DAY = date(2027, 1, 12)


@pytest.fixture
def censec(app_context):
    cluster = make_cluster("censec", short_name="CenSec")
    make_coordinator(cluster)
    return cluster


@pytest.fixture
def tampere(app_context):
    fields = {"city": "Tampere", "country": "FI", "time_zone": "Europe/Helsinki"}
    cluster = make_cluster("tampere", short_name="Tampere", **fields)
    make_coordinator(cluster)
    return cluster


def calendar(client, **args):
    query = "&".join(f"{name}={value}" for name, value in args.items())
    return get_page(client, f"/calendar?{query}")


def names(page):
    """The texts of the first column, of a cluster without its time zone."""
    _head, *rows = page.one("table", class_="timeline").all("tr")
    return [row.all("th")[0].text.partition(" Helsinki time")[0] for row in rows]


def row_of(page, name):
    rows = page.one("table", class_="timeline").all("tr")
    (row,) = [row for row in rows if any(th.text == name for th in row.all("th", scope="row"))]
    return row


def labels(row, kind):
    return [bar.one("span", class_="bar-label").text for bar in row.all("li", class_=f"bar-{kind}")]


def taken(start="09:00", end="12:00", zone=COPENHAGEN):
    return slot_on(DAY, start, end, zone)


def test_facilities_are_listed_as_trees_under_their_clusters(client, censec, tampere):
    hall = make_facility(censec, "hall")
    make_facility(censec, "zinc-bench", parent=hall)
    make_facility(censec, "acid-bench", parent=hall)
    make_facility(censec, "arena")
    make_facility(tampere, "driving-track")

    page = calendar(client, on="2027-01-12")

    assert names(page) == [
        "CenSec, Karup",
        "Arena",
        "Hall",
        "Acid bench",
        "Zinc bench",
        "Tampere",
        "Driving track",
    ]
    assert "depth-1" in row_of(page, "Acid bench").one("th").get("class")


def test_one_axis_serves_all_and_other_zones_show_their_own_hours(client, censec, tampere):
    make_facility(censec, "hall")
    make_facility(tampere, "track")

    page = calendar(client, on="2027-01-12", zone="Europe/Copenhagen")

    assert "Times shown in Copenhagen time (UTC+1)." in page.text
    same, other = page.all("tr", class_="timeline-group")
    assert "Copenhagen time" in same.text
    assert "Helsinki time, 1 hour ahead" in other.text
    ticks = [tick.text for tick in other.all("span", class_="tick") if tick.text]
    assert ticks == ["07:00", "09:00", "11:00", "13:00", "15:00", "17:00", "19:00"]


def test_a_click_on_free_time_converts_to_the_time_of_the_facility(client, tampere):
    make_facility(tampere, "track")

    page = calendar(client, on="2027-01-12", zone="Europe/Copenhagen")

    row = row_of(page, "Track")
    (label,) = labels(row, "free")
    assert label == "free, Tue 12 Jan 2027, 07:00 – 17:00, Copenhagen time: request it"
    filled = parse_qs(urlsplit(row.one("li", class_="bar-free").one("a").get("href")).query)
    assert filled == {
        "facility": ["track"],
        "from": ["2027-01-12T08:00"],
        "to": ["2027-01-12T18:00"],
    }


@pytest.mark.parametrize("view", ["day", "month"])
def test_free_time_of_rows_that_look_the_same_links_to_the_form_of_each(client, censec, view):
    for slug in ("hall", "range"):
        make_facility(censec, slug)
    page = calendar(client, view=view, on=DAY)
    for slug in ("hall", "range"):
        row = row_of(page, slug.title())
        asked = [
            parse_qs(urlsplit(link.get("href")).query)
            for link in row.all("a")
            if link.get("href").startswith("/requests/new")
        ]
        assert asked
        for args in asked:
            assert args.keys() == {"facility", "from", "to"}
            assert args["facility"] == [slug]


def test_the_axis_is_in_the_viewers_zone(client, other_client, censec):
    make_facility(censec, "hall")
    assert "Times shown in Central European time" in calendar(client).text

    client.set_cookie("browser_zone", "Europe/Helsinki")
    assert "Times shown in Helsinki time (UTC+2)." in calendar(client).text
    client.set_cookie("browser_zone", "../../etc/passwd")
    assert "Times shown in Central European time" in calendar(client).text

    sign_in(other_client, make_partner(time_zone="Europe/Lisbon"))
    assert "Times shown in Lisbon time" in calendar(other_client).text
    assert (
        "Helsinki time"
        in calendar(other_client, zone="Europe/Helsinki").one("p", class_="lead").text
    )
    assert "Lisbon time" in calendar(other_client, zone="Nowhere/Land").one("p", class_="lead").text


@pytest.mark.parametrize(
    ("on", "quarters"), [("2027-03-28", 92), ("2027-10-31", 100), ("2027-01-12", 96)]
)
def test_days_of_clock_changes_have_23_and_25_hours(client, censec, on, quarters):
    always = {"hours": ("00:00", "00:00"), "weekdays": range(7), "opens_on_holidays": True}
    make_facility(censec, "hall", **always)

    page = calendar(client, on=on, hours="all", zone="Europe/Copenhagen")

    lane = row_of(page, "Hall").one("ol")
    assert f"cols-{quarters}" in lane.get("class")
    assert f"w{quarters}" in lane.one("li", class_="bar-free").get("class")


def test_it_shows_relevant_hours_and_links_to_the_whole_day(client, censec):
    make_facility(censec, "hall")

    page = calendar(client, on="2027-01-12", zone="Europe/Copenhagen")
    assert "cols-48" in row_of(page, "Hall").one("ol").get("class")

    (link,) = [link for link in page.all("a") if link.text == "Whole day"]
    page = get_page(client, link.get("href"))
    assert "cols-96" in row_of(page, "Hall").one("ol").get("class")


def test_it_starts_on_the_first_day_that_can_be_requested(client, censec):
    make_facility(censec, "hall", lead_time_days=45)
    make_facility(censec, "room", lead_time_days=9)

    page = calendar(client)

    assert page.one("h1").text == "Thursday 3 December 2026"
    assert "Starts at Thu 3 Dec" in page.text
    assert "Starts at" not in calendar(client, on="2026-11-24").text


def test_strangers_see_busy_and_their_own_organisation_sees_its_title(client, other_client, censec):
    organisation = make_organisation("Secret Drones")
    partner = make_partner(organisation=organisation)
    hall = make_facility(censec, "hall")
    make_request(partner, hall, [taken()], state=State.CONFIRMED, title="Secret trial")
    make_request(partner, hall, [taken("14:00", "16:00")], title="Secret plan")
    sign_in(other_client, partner)

    for args in ({}, {"view": "week"}, {"view": "month"}, {"as": "list"}):
        stranger = calendar(client, on="2027-01-12", **args)
        assert "Secret" not in stranger.text
        assert "requested by you" not in stranger.text
    own = row_of(calendar(other_client, on="2027-01-12"), "Hall")
    assert labels(own, "yours")[0].startswith("Secret trial · yours, Tue 12 Jan 2027, 09:00")
    assert labels(own, "asked")[0].startswith("requested by you, Tue 12 Jan 2027, 14:00")
    assert labels(own, "busy") == []


def test_a_hidden_calendar_only_links_to_the_request_form(client, censec):
    hidden = make_facility(censec, "hall", sees_public="nothing")
    make_request(make_partner(), hidden, [taken()], state=State.CONFIRMED)

    for view in ("day", "week", "month"):
        row = row_of(calendar(client, on="2027-01-12", view=view), "Hall")
        (bar,) = row.all("li", class_="bar")
        assert bar.one("a").get("href") == "/requests/new?facility=hall"
        assert "request dates" in bar.text


def test_facilities_that_cannot_be_requested_are_not_drawn_free(client, censec):
    make_facility(censec, "hall", status="closed")
    make_facility(censec, "yard", name="Yard", status="planned")

    for view in ("day", "week", "month"):
        page = calendar(client, view=view)
        (shut,) = row_of(page, "Hall").all("li", class_="bar-closed")
        assert "closed" in shut.text
        (planned,) = row_of(page, "Yard").all("li", class_="bar")
        assert "bar-not-open" in planned.get("class")


def test_an_invalid_address_elsewhere_is_not_linked(client, censec):
    make_facility(censec, "hall", mode="elsewhere", elsewhere_url="javascript:alert(1)")

    assert "booked on another site" in row_of(calendar(client), "Hall").text


def test_the_list_has_sentences_with_free_times_first(client, censec, tampere):
    hall = make_facility(censec, "hall")
    make_request(make_partner(), hall, [taken("08:00", "12:00")], state=State.CONFIRMED)
    make_closure(hall, taken("16:00", "18:00"), reason="calibration", reason_is_public=True)
    make_facility(tampere, "track")

    page = calendar(client, on="2027-01-12", zone="Europe/Copenhagen", **{"as": "list"})

    assert not page.all("table")
    said = {
        section.one("h2").text: [item.text for item in section.all("li")]
        for section in page.all("section", class_="timeline-list-row")
    }
    assert said == {
        "Hall": [
            "free 12:00 – 16:00",
            "closed: calibration, until Tue 12 Jan 2027, 18:00",
            "busy 08:00 – 12:00",
        ],
        "Track": ["free 07:00 – 17:00 there 08:00 – 18:00"],
    }


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        ({"what": "tinglev"}, ["Tinglev"]),
        ({"cluster": "tampere"}, ["Track"]),
        ({"where": "FI"}, ["Track"]),
        ({"country": "FI", "where": "censec"}, ["Tinglev", "Track"]),
        ({"kind": "range"}, ["Tinglev"]),
        ({"area": "fire"}, ["Track"]),
        ({"what": "nothing+has+this"}, []),
        ({"cluster": "nowhere", "kind": "'"}, ["Tinglev", "Track"]),
    ],
)
def test_filters_are_those_of_the_catalogue(client, censec, tampere, args, shown):
    fire = make_focus_area("fire")
    make_facility(censec, "tinglev", kind="range")
    track = make_facility(tampere, "track")
    track.focus_areas.append(fire)
    db.session.commit()

    page = calendar(client, on="2027-01-12", **args)

    rows = page.all("tr", class_="timeline-row")
    assert [row.one("th").text for row in rows] == shown
    if not shown:
        assert "No matching facilities" in page.text


def test_an_invalid_filter_is_refused_and_ignored(client, censec):
    make_facility(censec, "hall")

    page = get_page(client, "/calendar?on=2027-01-12&what=" + "x" * 101, status=422)

    assert page.one("input", id="what").get("aria-invalid") == "true"
    assert [row.one("th").text for row in page.all("tr", class_="timeline-row")] == ["Hall"]


def test_the_filter_form_keeps_view_and_day_and_its_chips_can_be_removed(client, censec, tampere):
    make_facility(censec, "hall")
    make_facility(tampere, "track")
    page = calendar(client, on="2027-01-12", view="week")

    answer = submit(client, page.one("form", action="/calendar"), {"cluster": "tampere"})

    assert "Tue 12 – Mon 18 Jan 2027" in answer.text
    filtered = calendar(client, on="2027-01-12", view="week", cluster="tampere")
    (chip,) = filtered.all("a", class_="chip-on")
    query = parse_qs(urlsplit(chip.get("href")).query)
    assert query == {"on": ["2027-01-12"], "view": ["week"]}


def test_the_week_starts_on_the_first_day_that_can_be_requested(client, censec):
    make_facility(censec, "hall", lead_time_days=9)

    assert calendar(client, view="week").one("h1").text == "Thu 3 – Wed 9 Dec"


def test_the_month_names_the_weekday_of_each_day(client, censec):
    make_facility(censec, "hall")

    ticks = calendar(client, on="2027-01-12", view="month").one("thead").all("span", class_="tick")

    assert [tick.text for tick in ticks][:4] == ["Fr1", "Sa2", "Su3", "Mo4"]
    assert len(ticks) == 31


def test_each_row_of_the_list_is_a_name_and_its_sentences(client, censec):
    hall = make_facility(censec, "hall")
    make_facility(censec, "room", parent=hall)

    page = calendar(client, on="2027-01-12", **{"as": "list"})

    for section in page.all("section", class_="timeline-list-row"):
        name, sentences = [child for child in section.children if not isinstance(child, str)]
        assert name.one("h2")
        assert sentences.tag == "ul"


def test_a_day_that_cannot_be_shown_does_not_break_the_page(client, censec):
    make_facility(censec, "hall")
    for on in ("9999-99-99", "0001-01-01", "9999-12-31", "nonsense", "%00"):
        for view in ("day", "week", "month", "nonsense"):
            text = calendar(client, on=on, view=view, zone="Pacific/Kiritimati").text
            assert "400 days" in text or "Enter the date like" in text


def test_pages_hold_a_limited_number_of_facilities(client, censec, monkeypatch):
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    for name in ("a-lab", "b-lab", "c-lab"):
        make_facility(censec, name)

    first = calendar(client, on="2027-01-12")
    assert "1 to 2 of 3" in first.text
    second = get_page(client, first.one("a", rel="next").get("href"))
    assert [row.one("th").text for row in second.all("tr", class_="timeline-row")] == ["C lab"]
    for page in ("99", "-1", "x", "9" * 50):
        calendar(client, on="2027-01-12", page=page)


def test_the_now_line_is_on_the_present_day(client, censec, at):
    make_facility(censec, "hall")
    at(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))

    today = calendar(client, on="2026-11-24", zone="Europe/Copenhagen")
    (line,) = today.all("span", class_="now")
    assert "s13" in line.get("class")  # 10:00, three hours after the first shown
    assert "It is 10:00 now." in today.one("caption").text
    assert not calendar(client, on="2027-01-12").all("span", class_="now")


@pytest.mark.parametrize("view", ["day", "week", "month"])
@pytest.mark.parametrize("signed_in", [False, True])
def test_fifty_facilities_take_as_many_statements_as_five(client, app_context, view, signed_in):
    clusters = [make_cluster(f"cluster-of-{n}") for n in range(3)]
    coordinator = make_coordinator(*clusters)
    partner = make_partner()
    if signed_in:
        sign_in(client, coordinator)
        db.session.rollback()
    counts = []
    for number in range(50):
        facility = make_facility(clusters[number % 3], f"lab-{number}")
        make_request(partner, facility, [taken()], state=State.CONFIRMED)
        if number in (4, 49):
            url = f"/calendar?on=2027-01-12&view={view}"
            counts.append(count_statements(partial(get_page, client, url)))

    assert counts[0] == counts[1]
