"""The calendar on the page of one facility."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
DAY = date(2027, 1, 12)
VIEWS = ("day", "week", "month", "list")


def calendar(client, slug, **args):
    query = "&".join(f"{name}={value}" for name, value in args.items())
    return get_page(client, f"/facilities/{slug}?{query}").one("section", id="calendar")


def taken(start="09:00", end="12:00", day=DAY, zone=COPENHAGEN):
    return slot_on(day, start, end, zone)


@pytest.fixture
def lab(app_context):
    """A facility by the hour that somebody answers for."""
    facility = make_facility(make_cluster(short_name="CenSec"), "drone-lab")
    make_approver(facility, email="approver@example.org")
    return facility


def links_to_the_form(part):
    return [
        parse_qs(urlsplit(link.get("href")).query)
        for link in part.all("a")
        if "/requests/new" in link.get("href", "")
    ]


def bars(part, kind):
    return [
        bar.one("span", class_="bar-label").text for bar in part.all("li", class_=f"bar-{kind}")
    ]


def test_it_names_the_facilitys_zone_first(client, lab):
    assert "Copenhagen time (UTC+1)" in calendar(client, "drone-lab", on="2027-01-12").text
    assert "Copenhagen time (UTC+2)" in calendar(client, "drone-lab", on="2027-06-15").text


def test_the_viewers_zone_follows_where_it_differs(client, lab):
    client.set_cookie("browser_zone", "Europe/Helsinki")

    assert "Helsinki time, 1 hour ahead" in calendar(client, "drone-lab").text

    client.set_cookie("browser_zone", "Europe/Paris")
    assert "Paris" not in calendar(client, "drone-lab").text


def test_an_unknown_zone_is_not_called_the_viewers_own(client, app_context):
    make_facility(make_cluster(time_zone="Europe/Helsinki", country="FI"), "ice-lab")

    assert "You:" not in calendar(client, "ice-lab").text
    across = get_page(client, "/calendar")
    assert "Times shown in Central European time" in across.text
    assert "your time" not in across.one("ul", class_="menu-list").text

    client.set_cookie("browser_zone", "Europe/Paris")
    assert "You: Paris time, 1 hour behind" in calendar(client, "ice-lab").text
    assert (
        "Paris time (your time)" in get_page(client, "/calendar").one("ul", class_="menu-list").text
    )


@pytest.mark.parametrize(
    ("unit", "title"), [("hour", "Tue 12"), ("day", "January 2027"), ("half_day", "January 2027")]
)
def test_it_shows_the_week_by_the_hour_and_else_the_month(client, app_context, unit, title):
    facility = make_facility(make_cluster(), "x", unit=unit)
    make_approver(facility)

    assert calendar(client, "x", on="2027-01-12").one("h2").text.startswith(title)


def test_it_starts_on_the_first_day_that_can_be_requested_and_says_why(client, app_context):
    facility = make_facility(make_cluster(), "x", unit="day", lead_time_days=45)
    make_approver(facility)

    part = calendar(client, "x")

    assert part.one("h2").text == "January 2027"
    why = "Starts at Fri 8 Jan, the earliest date you can request (45 days ahead)."
    assert why in part.text


def test_its_week_starts_on_the_first_day_that_can_be_requested(client, app_context):
    facility = make_facility(make_cluster(), "x", unit="hour", lead_time_days=9)
    make_approver(facility)

    days = [row.one("th").text for row in calendar(client, "x").all("tr", class_="timeline-row")]

    assert (days[0], len(days)) == ("Thu 3 Dec", 7)


def test_weeks_that_are_all_too_early_to_request_are_one_line(client, app_context):
    facility = make_facility(make_cluster(), "x", unit="day", lead_time_days=48)
    make_approver(facility)

    (early, *weeks) = calendar(client, "x").one("tbody").all("tr")

    assert early.text == "Fri 1 – Sun 10 Jan: notice too short (48 days needed)"
    assert [len(week.all("td", class_="day")) for week in weeks] == [7, 7, 7]
    assert "notice too short" in calendar(client, "x", on="2026-12-01").text


def test_a_day_view_promises_drawing_only_where_hours_can_be_drawn(client, app_context):
    cluster = make_cluster()
    for unit in ("hour", "half_day", "day"):
        make_approver(make_facility(cluster, unit.replace("_", "-"), unit=unit))

    assert calendar(client, "hour", view="day").all("li", class_="timeline-hint")
    for slug in ("half-day", "day"):
        part = calendar(client, slug, view="day", on="2027-01-12")
        assert not part.all("li", class_="timeline-hint")
        assert not [link for link in part.all("a") if link.get("data-from")]


def test_each_ground_on_which_nothing_can_be_requested_looks_different(client, app_context):
    rules = {"minimum_units": 3, "lead_time_days": 48, "unit": "hour"}
    lab = make_facility(make_cluster(), "x", **rules)
    make_approver(lab)
    make_request(make_partner(), lab, [taken("10:00", "16:00")], state=State.CONFIRMED)
    make_closure(lab, taken("08:00", "16:00", day=date(2027, 1, 13)))

    early = calendar(client, "x", on="2027-01-05", view="day")
    later = calendar(client, "x", on="2027-01-12", view="week")

    assert bars(early, "too-late")
    assert bars(early, "not-open")
    assert bars(later, "too-short") == [
        "gap too short, Tue 12 Jan 2027, 08:00 – 10:00, Copenhagen time",
        "gap too short, Tue 12 Jan 2027, 16:00 – 18:00, Copenhagen time",
        "gap too short, Wed 13 Jan 2027, 16:00 – 18:00, Copenhagen time",
    ]
    assert bars(later, "closed")
    assert bars(later, "not-open")
    key = [
        item.one("span").get("class")
        for item in later.one("ul", class_="timeline-key").all("li")[:-1]
    ]
    assert len(key) == len({tuple(look) for look in key})


@pytest.mark.parametrize(("days", "starts_at"), [(1, "Mon 11 Jan"), (24, "Mon 1 Feb")])
def test_it_does_not_start_on_a_closed_day(client, app_context, days, starts_at):
    facility = make_facility(make_cluster(), "x", unit="day", lead_time_days=45)
    make_approver(facility)
    begins = taken("00:00", "23:00", date(2027, 1, 8)).starts_at
    make_closure(facility, Slot(begins, begins + timedelta(days=days)))

    assert f"Starts at {starts_at}" in calendar(client, "x").text


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_it_does_not_start_on_a_taken_day(client, app_context):
    facility = make_facility(make_cluster(), "x", unit="day", lead_time_days=45)
    make_approver(facility)
    whole_day = taken("07:00", "17:00", date(2027, 1, 8))
    make_request(make_partner(), facility, [whole_day], state=State.CONFIRMED)

    assert "Starts at Mon 11 Jan" in calendar(client, "x").text


def test_free_hours_fill_the_form_in_the_time_of_the_facility(client, lab):
    part = calendar(client, "drone-lab", view="day", on="2027-01-12")

    (filled, *_) = links_to_the_form(part)
    assert filled == {
        "facility": ["drone-lab"],
        "from": ["2027-01-12T08:00"],
        "to": ["2027-01-12T18:00"],
    }


def test_free_days_fill_the_form_with_first_and_last_day(client, app_context):
    facility = make_facility(make_cluster(), "x", unit="day", minimum_units=2)
    make_approver(facility)

    filled = links_to_the_form(calendar(client, "x", on="2027-01-12"))

    assert {"facility": ["x"], "first_day": ["2027-01-15"], "last_day": ["2027-01-18"]} in filled


def test_a_free_half_day_fills_the_form_with_its_half(client, app_context):
    facility = make_facility(make_cluster(), "x", unit="half_day")
    make_approver(facility)
    make_request(make_partner(), facility, [taken("08:00", "12:30")], state=State.CONFIRMED)

    part = calendar(client, "x", on="2027-01-12")

    assert "afternoon free" in part.text
    assert {
        "facility": ["x"],
        "first_day": ["2027-01-12"],
        "last_day": ["2027-01-12"],
        "first_half": ["afternoon"],
        "last_half": ["afternoon"],
    } in links_to_the_form(part)


def test_strangers_see_busy_and_nothing_else(client, lab):
    organisation = make_organisation("Secret Drones")
    partner = make_partner("p@example.org", organisation=organisation)
    make_request(partner, lab, [taken()], state=State.CONFIRMED, title="Secret trial")
    sign_in(client, make_partner("stranger@example.org"))

    page = get_page(client, "/facilities/drone-lab?view=day&on=2027-01-12")

    assert bars(page, "busy") == ["busy, Tue 12 Jan 2027, 09:00 – 12:00, Copenhagen time"]
    assert "Secret" not in page.text
    assert "/requests/K" not in page.text


def test_requests_without_a_hold_are_invisible_to_strangers(client, lab):
    make_request(make_partner(), lab, [taken()])

    part = calendar(client, "drone-lab", view="day", on="2027-01-12")

    assert bars(part, "busy") == bars(part, "asked") == []
    assert len(bars(part, "free")) == 1


def test_a_hold_looks_busy_until_it_expires(client, lab, at):
    lapses_at = datetime(2026, 12, 1, 17, tzinfo=UTC)
    make_request(make_partner(), lab, [taken()], holds=True, lapses_at=lapses_at)

    assert len(bars(calendar(client, "drone-lab", view="day", on="2027-01-12"), "busy")) == 1
    at(lapses_at)
    assert bars(calendar(client, "drone-lab", view="day", on="2027-01-12"), "busy") == []


def test_own_dates_are_named_and_link_to_the_request(client, lab):
    partner = make_partner()
    request = make_request(partner, lab, [taken()], state=State.CONFIRMED, title="Sensor trial")
    asked = make_request(partner, lab, [taken("14:00", "17:00")], title="More of it")
    sign_in(client, partner)

    part = calendar(client, "drone-lab", view="day", on="2027-01-12")

    (own,) = part.all("li", class_="bar-yours")
    assert own.one("a").get("href") == f"/requests/{request.reference}"
    assert own.one("span", class_="bar-label").text.startswith("Sensor trial · yours, Tue 12 Jan")
    (waiting,) = part.all("li", class_="bar-asked")
    assert waiting.one("a").get("href") == f"/requests/{asked.reference}"
    assert waiting.one("span", class_="bar-label").text.startswith("requested by you, Tue 12 Jan")


def test_deciders_see_who_booked_and_who_requested(client, lab):
    organisation = make_organisation("Demo Fly")
    partner = make_partner("fly@example.org", organisation=organisation)
    booked = make_request(partner, lab, [taken()], state=State.CONFIRMED)
    make_request(partner, lab, [taken("14:00", "17:00")])
    approver = make_approver(lab, email="decides@example.org")
    sign_in(client, approver)

    part = calendar(client, "drone-lab", view="day", on="2027-01-12")

    (bar,) = part.all("li", class_="bar-busy")
    assert bar.one("a").get("href") == f"/inbox/{booked.reference}"
    assert bar.one("span", class_="bar-label").text.startswith("Demo Fly · confirmed, Tue 12 Jan")
    assert bars(part, "asked")[0].startswith("requested by Demo Fly, Tue 12 Jan")


def test_the_number_of_places_left_is_shown(client, app_context):
    facility = make_facility(make_cluster(), "x", places=4)
    make_approver(facility)
    make_request(make_partner(), facility, [taken()], state=State.CONFIRMED)

    part = calendar(client, "x", view="day", on="2027-01-12")

    (label,) = bars(part, "partly")
    assert label.startswith("3 of 4 groups free, Tue 12 Jan 2027, 09:00 – 12:00")


@pytest.mark.parametrize("view", ["day", "list"])
def test_partly_taken_time_is_requested_by_place_in_the_facilitys_own_word(
    client, app_context, view
):
    facility = make_facility(make_cluster(), "x", places=4, place_word="bench")
    make_approver(facility)
    make_request(make_partner(), facility, [taken()], state=State.CONFIRMED)

    part = calendar(client, "x", view=view, on="2027-01-12")

    links = [link for link in part.all("a") if "3 of 4 benches free" in link.text]
    (address,) = {link.get("href") for link in links}
    assert parse_qs(urlsplit(address).query) == {
        "facility": ["x"],
        "from": ["2027-01-12T09:00"],
        "to": ["2027-01-12T12:00"],
        "whole": ["0"],
    }


def test_a_facility_with_one_place_is_busy_and_never_partly_taken(client, app_context):
    facility = make_facility(make_cluster(), "x")
    make_approver(facility)
    make_request(make_partner(), facility, [taken()], state=State.CONFIRMED)

    part = calendar(client, "x", view="day", on="2027-01-12")

    assert len(bars(part, "busy")) == 1
    assert bars(part, "partly") == []


def test_places_taken_below_do_not_count_as_own_places(client, app_context):
    facility = make_facility(make_cluster(), "x", places=4)
    room = make_facility(facility.cluster, "room", parent=facility)
    make_approver(facility)
    make_request(make_partner(), room, [taken()], state=State.CONFIRMED)

    for address in ("/facilities/x?view=day&on=2027-01-12", "/calendar?on=2027-01-12"):
        text = get_page(client, address).text
        assert "partly taken, Tue 12 Jan 2027, 09:00 – 12:00" in text
        assert "4 of 4" not in text


def test_a_closure_of_whole_days_ends_with_its_last_day(client, lab):
    midnight = datetime(2027, 1, 14, tzinfo=COPENHAGEN).astimezone(UTC)
    make_closure(lab, Slot(taken("08:00").starts_at, midnight))

    part = calendar(client, "drone-lab", view="list", on="2027-01-12")

    assert "closed, until the end of Wed 13 Jan 2027" in part.text


def test_busy_all_day_is_said_only_of_a_day_without_other_time(client, app_context):
    facility = make_facility(make_cluster(), "x", unit="hour", lead_time_days=30)
    make_approver(facility)
    near = date(2026, 12, 1)
    make_request(make_partner(), facility, [taken(day=near)], state=State.CONFIRMED)

    part = calendar(client, "x", view="list", on="2026-12-01")

    assert "busy 09:00 – 12:00" in part.text
    assert "busy all day" not in part.text


def test_viewers_of_a_hidden_calendar_are_told_to_request_dates(client, app_context):
    hidden = {"sees_public": "nothing", "sees_signed_in": "nothing", "sees_own_cluster": "nothing"}
    facility = make_facility(make_cluster(), "x", **hidden)
    make_approver(facility)
    make_request(make_partner(), facility, [taken()], state=State.CONFIRMED)

    for view in VIEWS:
        part = calendar(client, "x", view=view, on="2027-01-12")
        assert "Free times are not shown here. Request dates" in part.text
        assert {"facility": ["x"]} in links_to_the_form(part)
        assert not any(
            word in part.text for word in ("busy", "08:00", "notice too short", "not open")
        )
        assert not part.all("li", class_="bar")


def test_by_agreement_no_free_times_are_shown(client, app_context):
    facility = make_facility(make_cluster(short_name="CenSec"), "x", mode="by_agreement")
    make_approver(facility)

    for view in VIEWS:
        part = calendar(client, "x", view=view, on="2027-01-12")
        assert "By agreement: no free times are shown." in part.text
        assert not part.all("li", class_="bar-free")
        assert not part.all("td", class_="day-free")


def test_booked_elsewhere_it_links_there(client, app_context):
    facility = make_facility(
        make_cluster(), "x", mode="elsewhere", elsewhere_url="https://example.org/"
    )
    make_approver(facility)

    part = calendar(client, "x")

    assert part.one("a", href="https://example.org/").text == "Book there"
    assert links_to_the_form(part) == []


def test_a_closure_shows_its_reason_only_if_it_is_public(client, lab):
    make_closure(lab, taken("08:00", "10:00"), reason="calibration", reason_is_public=True)
    make_closure(lab, taken("12:00", "14:00"), reason="a raid", reason_is_public=False)

    part = calendar(client, "drone-lab", view="day", on="2027-01-12")

    first, second = bars(part, "closed")
    assert first == "closed: calibration, until Tue 12 Jan 2027, 10:00"
    assert second == "closed, until Tue 12 Jan 2027, 14:00"


@pytest.mark.parametrize(
    ("unit", "args"),
    [
        ("hour", {"from": "2027-01-12T09:00", "to": "2027-01-12T12:00"}),
        ("day", {"first_day": "2027-01-12", "last_day": "2027-01-13"}),
        (
            "half_day",
            {"first_day": "2027-01-12", "last_day": "2027-01-12", "first_half": "afternoon"},
        ),
    ],
)
def test_the_choice_is_outlined_and_kept_in_the_links(client, app_context, unit, args):
    make_approver(make_facility(make_cluster(), "x", unit=unit))

    for view in VIEWS:
        part = calendar(client, "x", view=view, **args)
        assert "your choice" in part.text
        (forth,) = [link for link in part.all("a") if "Next " in link.text]
        kept = parse_qs(urlsplit(forth.get("href")).query)
        assert {name: [value] for name, value in args.items()}.items() <= kept.items()


def test_a_day_that_cannot_be_shown_does_not_break_the_page(client, lab):
    far = ("0001-01-01", "9999-12-31")
    unreadable = ("9999-99-99", "nonsense", "2027-1-1", "20270101", "2027-W02", "%00", "\u0661")
    for on in (*far, *unreadable):
        for view in (*VIEWS, "nonsense"):
            text = calendar(client, "drone-lab", view=view, on=on).text
            assert ("400 days" if on in far else "Enter the date like") in text


@pytest.mark.parametrize("unit", ["hour", "day"])
def test_an_invalid_choice_does_not_break_the_page(client, app_context, unit):
    make_approver(make_facility(make_cluster(), "x", unit=unit))

    for args in (
        {"from": "9999-12-31T23:00", "to": "9999-12-31T23:59"},
        {"from": "0001-01-01T00:00", "to": "0001-01-01T01:00"},
        {"from": "2027-03-28T02:30", "to": "2027-03-28T04:00"},
        {"from": "2027-10-31T02:30", "to": "2027-10-31T04:00"},
        {"from": "2027-01-12T12:00", "to": "2027-01-12T09:00"},
        {"from": "2027-01-12T12:00Z", "to": "2027-01-12T13:00Z"},
        {"from": "x", "to": "y"},
        {"first_day": "2027-01-12", "last_day": "9999-12-31"},
        {"first_day": "0001-01-01", "last_day": "0001-01-01"},
        {"hours": "nonsense"},
    ):
        assert calendar(client, "x", **args).one("h2").text


@pytest.mark.parametrize("on", ["2027-03-28", "2027-10-31"])
def test_days_of_a_clock_change_are_drawn(client, app_context, on):
    always = {"hours": ("00:00", "00:00"), "weekdays": range(7), "opens_on_holidays": True}
    make_approver(make_facility(make_cluster(), "x", **always))

    for view in VIEWS:
        part = calendar(client, "x", view=view, on=on, hours="all")
        assert links_to_the_form(part) or view == "month"


def test_steps_end_where_calendars_end(client, lab):
    last = (datetime(2026, 11, 24, tzinfo=UTC) + timedelta(days=400)).date()

    part = calendar(client, "drone-lab", view="day", on=last.isoformat())

    assert not any("Next day" in link.text for link in part.all("a"))
    assert any("Previous day" in link.text for link in part.all("a"))


def test_in_a_week_the_now_line_is_in_the_row_of_its_day(client, lab, at):
    at(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))

    part = calendar(client, lab.slug, view="week", on="2026-11-24")

    with_line = [row for row in part.all("tr") if row.all("li", class_="now")]
    assert [row.one("th").text for row in with_line] == ["Tue 24 Nov It is 10:00 now."]
    assert "It is" not in calendar(client, lab.slug, view="week", on="2027-01-12").text


def test_it_can_be_subscribed_to(client, lab):
    assert (
        calendar(client, "drone-lab").one("a", href="/facilities/drone-lab.ics").text == "Subscribe"
    )
