"""Asking and answering on the start page and in the catalogue."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from booking.extensions import db
from booking.facilities.listed import listed_facilities
from booking.search.card_markup import card_writer
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_focus_area,
    make_organisation,
    make_partner,
    sign_in,
)
from tests.pages import get_page, read_page, submit
from tests.statements import count_statements

WHEN = "first=2027-01-11&last=2027-01-22&length=2-day"


@pytest.fixture
def cluster(app_context):
    cluster = make_cluster("censec", short_name="CenSec")
    make_coordinator(cluster)
    return cluster


def named(cluster, slug, name, **fields):
    fields.setdefault("unit", "day")
    return make_facility(cluster, slug, name=name, **fields)


def titles(page):
    return [heading.text for heading in page.one("ol", class_="answer-list").all("h3")]


def test_the_search_form_comes_first_and_can_be_sent_as_it_is(cluster, client):
    named(cluster, "hall", "Hall")

    page = get_page(client, "/")
    answer = submit(client, page.one("form", role="search"), {"what": "hall"})

    assert answer.status_code == 200
    assert "1 facility and its next free time" in answer.text
    assert "what=hall" in answer.request.url


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_without_a_search_all_facilities_are_shown_with_their_next_free_time(cluster, client):
    named(cluster, "bench", "Bench", unit="hour", minimum_units=2)
    named(cluster, "hall", "Hall", lead_time_days=45)
    named(cluster, "asked", "To be asked", mode="by_agreement")

    page = get_page(client, "/")

    assert page.one("span", role="status").text == "3 facilities and their next free times"
    first = [links.all("a")[0].text for links in page.all("ul", class_="slot-links")]
    # It is 24 November, which is too near; 8 January is 45 days ahead.
    assert first == ["Wed 25 Nov, 08:00 – 10:00", "Fri 8 Jan", "Propose dates"]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_cards_share_with_other_pages_looks_like_there(cluster, app):
    pairs = [("Mon 11 <Jan>", "/requests/new?facility=a&from=1"), ("lab", "/b")]
    hall = named(cluster, "hall", "Hall")
    facility = listed_facilities()[hall.id]
    with app.test_request_context():
        shared = app.jinja_env.get_template("_parts.html").module
        writer = card_writer()
        assert_alike(writer.dates(pairs, None), shared.slot_links(pairs))
        assert_alike(
            writer.dates(pairs, "/b#calendar"),
            shared.slot_links(pairs, ("Calendar", "/b#calendar")),
        )
        parts = writer.facility(facility, "closed", [("clock", "a < b"), ("notice", "")])
        assert_alike(parts.facts, shared.icon_facts([("clock", "a < b"), ("notice", "")]))
        assert str(shared.tag("closed")) in parts.head
        assert str(shared.country_tag(facility.cluster.country)) in parts.head


def assert_alike(one, other):
    """The two are the same HTML, but for blanks between its elements."""
    one, other = (re.sub(r"\s*(<[^>]*>)\s*", r"\1", str(html)) for html in (one, other))
    assert one == other


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_search_for_one_day_needs_only_its_first_day(cluster, client):
    named(cluster, "hall", "Hall", unit="half_day")

    page = get_page(client, "/?first=2027-01-12")

    assert page.one("span", role="status").text == "1 match"
    assert page.all("a", class_="chip-on")[0].text.startswith("Tue 12 Jan ✕")
    links = page.one("ul", class_="slot-links").all("a")
    assert [link.text for link in links[:2]] == ["Tue 12 Jan, morning", "Tue 12 Jan, afternoon"]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_several_days_at_an_hourly_facility_fill_a_request_with_as_many_dates(cluster, client):
    named(cluster, "bench", "Bench", unit="hour")

    page = get_page(client, "/?first=2027-01-14&last=2027-01-20&length=3-day&people=4")

    link = page.one("ul", class_="slot-links").all("a")[0]
    assert link.text == "Thu 14 – Mon 18 Jan, 3 days, each 08:00 – 18:00"
    filled = dict(get_page(client, link.get("href")).one("form", action="/requests/new").values())
    days = [filled[f"dates-{number}-day"] for number in range(3)]
    assert days == ["2027-01-14", "2027-01-15", "2027-01-18"]
    assert (filled["dates-2-starts_time"], filled["dates-2-ends_time"]) == ("08:00", "18:00")
    assert filled["people"] == "4"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_more_people_than_a_stated_limit_almost_fit(cluster, client):
    named(cluster, "small", "A small one", people_limit=12)
    named(cluster, "large", "B large one", people_limit=13)
    named(cluster, "open", "C not stated")

    page = get_page(client, f"/?{WHEN}&people=13")

    assert titles(page) == ["B large one", "C not stated", "A small one"]
    (missing,) = page.all("div", class_="card-near")
    assert missing.text.startswith("Close: for at most 12 people Mon 11 – Tue 12 Jan")


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_several_places_have_to_be_free_at_the_same_time(cluster, client):
    named(cluster, "two", "Two benches", places=2)
    named(cluster, "three", "Three benches", places=3)

    page = get_page(client, f"/?{WHEN}&places=3&people=5")

    assert titles(page) == ["Three benches", "Two benches"]
    address = page.all("ul", class_="slot-links")[0].all("a")[0].get("href")
    assert parse_qs(urlsplit(address).query)["places"] == ["3"]
    (missing,) = page.all("div", class_="card-near")
    assert missing.text.startswith("Close: 1 place fewer Mon 11 – Tue 12 Jan")
    fewer = parse_qs(urlsplit(missing.all("a")[0].get("href")).query)
    assert (fewer["places"], fewer["people"]) == (["2"], ["5"])


def test_a_country_and_a_cluster_in_another_country_are_both_searched(cluster, client):
    named(cluster, "a", "A")
    named(make_cluster("kit", country="DE"), "b", "B")
    named(make_cluster("munich", country="DE"), "c", "C")
    named(make_cluster("tampere", country="FI"), "d", "D")

    assert titles(get_page(client, "/?where=DE")) == ["B", "C"]
    page = get_page(client, "/?where=DE&cluster=tampere")
    assert titles(page) == ["B", "C", "D"]
    boxes = page.one("form", role="search").values()
    ticked = {value for name, value in boxes if name in ("cluster", "country")}
    assert ticked == {"DE", "tampere"}


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("query", ["", f"?{WHEN}", "?what=zeppelin", "?length=long"])
def test_the_start_page_and_the_catalogue_are_one_page(cluster, client, query):
    named(cluster, "hall", "Hall", focus_areas=[make_focus_area("fire-rescue")])

    status = 422 if "long" in query else 200
    start = get_page(client, "/" + query, status=status)
    catalogue = get_page(client, "/facilities" + query, status=status)

    assert catalogue.one("main").text == start.one("main").text
    assert catalogue.one("form", role="search").get("action") == "/facilities"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_search_without_results_still_shows_the_subjects_and_how_many_they_have(cluster, client):
    named(cluster, "hall", "Hall", focus_areas=[make_focus_area("fire-rescue")])

    page = get_page(client, "/?what=zeppelin")

    (subject,) = page.all("a", class_="area-link")
    assert subject.get("href") == "/?area=fire-rescue"
    assert subject.one("span", class_="visually-hidden").text == "1 facility"


def test_each_focus_area_says_how_many_facilities_it_has(cluster, client):
    fire, water = make_focus_area("fire-rescue"), make_focus_area("border-maritime")
    named(cluster, "hall", "Hall", focus_areas=[fire])
    named(cluster, "tank", "Tank", focus_areas=[fire, water])

    subjects = get_page(client, "/").all("a", class_="area-link")

    counts = [link.one("span", class_="visually-hidden").text for link in subjects]
    assert counts == ["2 facilities", "1 facility"]


def test_matching_facilities_link_to_requests_for_their_first_free_times(cluster, client):
    named(cluster, "hall", "Hall")

    page = get_page(client, f"/?{WHEN}")

    links = page.one("ul", class_="slot-links").all("a")
    assert [link.text for link in links] == [
        "Mon 11 – Tue 12 Jan",
        "Wed 13 – Thu 14 Jan",
        "Calendar",
    ]
    address = urlsplit(links[0].get("href"))
    assert address.path == "/requests/new"
    assert parse_qs(address.query) == {
        "facility": ["hall"],
        "first_day": ["2027-01-11"],
        "last_day": ["2027-01-12"],
    }
    assert client.get(links[0].get("href")).status_code == 200


def test_times_by_the_hour_are_wall_times_of_the_facility(app_context, client):
    cluster = make_cluster(time_zone="Europe/Helsinki", country="FI")
    make_coordinator(cluster)
    named(cluster, "bench", "Bench", unit="hour")

    page = get_page(client, "/?first=2027-01-11&last=2027-01-12&length=3-hour")

    link = page.one("ul", class_="slot-links").all("a")[0]
    assert link.text == "Mon 11 Jan, 08:00 – 11:00"
    assert parse_qs(urlsplit(link.get("href")).query) == {
        "facility": ["bench"],
        "from": ["2027-01-11T08:00"],
        "to": ["2027-01-11T11:00"],
    }
    assert "Helsinki time" in page.one("ol", class_="answer-list").text


def test_half_days_name_the_half(cluster, client):
    named(cluster, "hall", "Hall", unit="half_day")

    page = get_page(client, "/?first=2027-01-11&last=2027-01-12&length=1-half_day")

    links = page.one("ul", class_="slot-links").all("a")
    assert [link.text for link in links[:2]] == ["Mon 11 Jan, morning", "Mon 11 Jan, afternoon"]
    assert parse_qs(urlsplit(links[1].get("href")).query)["first_half"] == ["afternoon"]


def test_an_opening_over_midnight_is_offered_as_the_day_on_which_it_begins(cluster, client):
    named(cluster, "range", "Range", unit="day", hours=("18:00", "02:00"))

    page = get_page(client, "/?first=2027-03-19&last=2027-03-19&length=1-day")

    link = page.one("ul", class_="slot-links").all("a")[0]
    assert link.text == "Fri 19 Mar"
    form = get_page(client, link.get("href")).one("form", action="/requests/new")
    assert dict(form.values())["dates-0-last_day"] == "2027-03-19"


def test_facilities_that_almost_fit_follow_and_say_what_is_missing(cluster, client):
    named(cluster, "hall", "Hall")
    named(cluster, "annex", "Annex", maximum_units=1)

    page = get_page(client, f"/?{WHEN}")

    assert titles(page) == ["Hall", "Annex"]
    assert page.one("span", role="status").text == "1 match, 1 close"
    (missing,) = page.all("div", class_="card-near")
    assert missing.text == "Close: 1 day shorter Mon 11 Jan Calendar"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_where_nothing_matches_the_headline_counts_what_is_close(cluster, client):
    for n in range(3):
        named(cluster, f"annex-{n}", f"Annex {n}", maximum_units=1)

    page = get_page(client, f"/?{WHEN}")

    assert page.one("span", role="status").text == "No exact match, 3 close"


def test_facilities_by_agreement_are_shown_without_times(cluster, client):
    named(cluster, "hall", "Hall", mode="by_agreement")

    page = get_page(client, f"/?{WHEN}")

    assert page.one("span", role="status").text == "1 by agreement"
    links = page.one("ul", class_="slot-links").all("a")
    assert [link.text for link in links] == ["Propose dates", "Calendar"]


def test_hidden_calendars_count_as_by_agreement(cluster, client):
    named(cluster, "hall", "Hall", sees_public="nothing", sees_signed_in="nothing")

    page = get_page(client, f"/?{WHEN}")

    assert page.one("span", role="status").text == "1 by agreement"
    assert "Free times are not shown. Request dates." in page.text


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("FLIGHT drone", ["Drone hall"]),
        ("50%", ["Half price"]),
        ("%", []),
        ("_", []),
        ("\\", []),
        ("munchen", ["München lab"]),
        ("muenchen", ["München lab"]),
        ("MÜNCHEN", ["München lab"]),
        ("strasse", ["Straße lab"]),
    ],
)
def test_accents_and_signs_make_no_difference(cluster, client, typed, found):
    named(cluster, "drone", "Drone hall", capabilities=["flight beyond sight"])
    named(cluster, "half", "Half price", capabilities=["50% off"])
    named(cluster, "under", "Under_score")
    named(cluster, "muc", "München lab")
    named(cluster, "str", "Straße lab")

    page = get_page(client, "/facilities?what=" + typed.replace("%", "%25").replace("\\", "%5C"))

    shown = titles(page) if page.all("ol", class_="answer-list") else []
    assert shown == found


def lines(page, name):
    return [line.text for line in page.all("p", class_=name)]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_card_says_why_it_matches_and_what_it_lacks(cluster, client):
    named(cluster, "z", "Z hall", capabilities=["drone flights", "smoke"])
    named(cluster, "a", "A hall", capabilities=["smoke tests"])

    page = get_page(client, "/?what=flying+Smoke")

    assert titles(page) == ["Z hall", "A hall"]
    assert lines(page, "card-match") == ["Matches: drone flights · smoke", "Matches: smoke tests"]
    assert lines(page, "card-missing") == ["Missing: flying"]
    assert lines(page, "card-can") == []
    by_place = get_page(client, "/?what=Denmark")
    assert lines(by_place, "card-match") == ["Matches: Denmark"] * 2
    assert lines(by_place, "card-can")[0] == "What can be done: smoke tests"
    assert [mark.text for mark in page.all("mark")] == ["flights", "smoke", "smoke"]
    assert page.one("span", role="status").text == "1 match, 1 with some of the words"
    assert lines(get_page(client, "/"), "card-match") == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_has_all_words_comes_first_even_if_it_is_only_close(cluster, client):
    named(cluster, "free", "Free hall", capabilities=["smoke"])
    named(cluster, "short", "Short hall", capabilities=["smoke", "drones"], maximum_units=1)

    page = get_page(client, f"/?what=smoke+drones&{WHEN}")

    assert titles(page) == ["Short hall", "Free hall"]
    headline = page.one("span", role="status").text
    assert headline == "No exact match, 1 close, 1 with some of the words"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_word_that_is_spelled_wrong_is_answered_with_the_nearest(cluster, client):
    named(cluster, "range", "Range", capabilities=["cyber range"])

    page = get_page(client, f"/?what=cyberange&{WHEN}")

    link = page.one("p", class_="did-you-mean").one("a")
    assert link.text == "cyber range"
    assert titles(get_page(client, link.get("href"))) == ["Range"]
    assert "first=2027-01-11" in link.get("href")


def test_filters_are_shown_as_chips_that_can_be_removed(cluster, client):
    area = make_focus_area("fire-rescue")
    other = make_cluster("tampere", short_name="Tampere", country="FI")
    named(cluster, "hall", "Hall", kind="range", focus_areas=[db.session.merge(area)])
    named(other, "far", "Far hall", kind="range", focus_areas=[db.session.merge(area)])

    url = f"/facilities?what=hall&cluster=censec&kind=range&area=fire-rescue&{WHEN}"
    page = get_page(client, url)

    assert titles(page) == ["Hall"]
    chips = {
        chip.text.partition(" ✕")[0]: chip.get("href") for chip in page.all("a", class_="chip-on")
    }
    assert set(chips) == {
        "“hall”",
        "CenSec",
        "range",
        "Fire and rescue",
        "Mon 11 Jan – Fri 22 Jan",
        "2 days",
    }
    without = get_page(client, chips["CenSec"])
    assert set(titles(without)) == {"Hall", "Far hall"}
    undated = chips["Mon 11 Jan – Fri 22 Jan"]
    assert "first=" not in undated
    assert "last=" not in undated
    assert "length=2-day" in undated


def test_several_clusters_or_kinds_add_results_and_words_remove_some(cluster, client):
    other = make_cluster("tampere")
    third = make_cluster("kit")
    named(cluster, "a", "A", kind="lab")
    named(other, "b", "B", kind="range")
    named(third, "c", "C", kind="lab")

    page = get_page(client, "/facilities?cluster=censec&cluster=tampere")

    assert titles(page) == ["A", "B"]
    assert titles(get_page(client, "/facilities?kind=lab&kind=range")) == ["A", "B", "C"]


def test_unknown_filter_values_are_ignored(cluster, client):
    named(cluster, "hall", "Hall")

    page = get_page(client, "/facilities?cluster=atlantis&kind=castle&area=magic&page=x")

    assert titles(page) == ["Hall"]
    assert not page.all("a", class_="chip-on")


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("first=2027-02-05&last=2027-01-11", "last", "This is before the first day."),
        ("first=2027-01-01&last=2027-04-03", "last", "Search at most 92 days at a time."),
        ("first=2027-01-11&last=2077-01-11", "last", "Search at most 92 days at a time."),
        (
            "first=2027-01-11&last=2027-01-12&length=3-day",
            "last",
            "This period is shorter than 3 days.",
        ),
        ("first=2027-01-11&length=2-day", "last", "This period is shorter than 2 days."),
        ("first=2026-01-01", "first", "This day is in the past."),
        ("people=0", "people", "Enter a number from 1 to 9999."),
        ("people=many", "people", "Enter a whole number."),
        ("people=" + "9" * 400, "people", "Enter a smaller number."),
        ("places=-1", "places", "Enter a number from 1 to 500."),
        ("last=2027-01-01", "first", "Enter the first day as well."),
        ("first=2026-01-01&last=2026-02-01", "last", "This day is in the past."),
        ("first=9999-12-01&last=9999-12-31", "first", "Too far ahead."),
        ("first=soon&last=2027-01-11", "first", "Enter a date like 2027-01-14."),
        ("length=99-day", "length", "Choose a length from the list."),
        ("length=long", "length", "Choose a length from the list."),
        ("what=" + "x" * 101, "what", "Use at most 100 characters."),
        ("what=%00", "what", "cannot be shown"),
    ],
)
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_an_invalid_search_is_explained_at_its_field_and_kept(cluster, client, query, field, says):
    named(cluster, "hall", "Hall")

    page = get_page(client, f"/?{query}", status=422)

    assert says in page.one("div", id=f"{field}-error").text
    assert page.one("div", class_="error-summary").all("a")[0].get("href") == f"#{field}"
    kept = dict(page.one("form", role="search").values())
    for name, value in parse_qs(query).items():
        if name not in ("length", "what") and value[0] != "soon":
            assert kept[name] == value[0]


def test_a_length_outside_the_list_stays_selected(cluster, client):
    named(cluster, "hall", "Hall")

    page = get_page(client, "/?first=2027-01-11&last=2027-01-22&length=7-day")

    assert ("length", "7-day") in page.one("form", role="search").values()
    assert "1 match" in page.text


def test_the_longest_window_is_answered(cluster, client):
    named(cluster, "hall", "Hall")

    get_page(client, "/?first=2027-01-01&last=2027-04-02&length=1-day")


def test_pages_of_twenty_results_link_to_each_other(cluster, client):
    for n in range(45):
        named(cluster, f"hall-{n}", f"Hall {n:02}")

    first = get_page(client, f"/facilities?{WHEN}")
    following = first.one("a", rel="next").get("href")
    second = get_page(client, following)
    third = get_page(client, second.one("a", rel="next").get("href"))

    assert [len(titles(page)) for page in (first, second, third)] == [20, 20, 5]
    assert "21 to 40 of 45" in second.text
    assert not third.all("a", rel="next")
    beyond = get_page(client, f"/facilities?{WHEN}&page=9")
    assert "Page not found" in beyond.text


def test_the_map_counts_what_matches_and_what_is_close(cluster, client):
    other = make_cluster("tampere", short_name="Tampere", city="Tampere", lat=61.5, lon=23.8)
    for n in range(3):
        named(cluster, f"hall-{n}", f"Hall {n}")
    named(other, "far", "Far hall")
    named(other, "short", "Short hall", maximum_units=1)
    named(other, "shut", "Shut hall", status="closed")
    make_coordinator(other)

    page = get_page(client, f"/?{WHEN}")

    counts = [link.text for link in page.one("figure").one("ul").all("a")]
    assert counts == ["CenSec, Karup: 3 facilities", "Tampere, Tampere: 2 facilities"]
    assert page.one("span", role="status").text == "4 matches, 1 close"


def test_a_search_without_results_says_what_to_do(cluster, client):
    named(cluster, "hall", "Hall")

    page = get_page(client, "/?what=submarine")

    assert "Try fewer or other words, or the name in another language." in page.text


@pytest.mark.parametrize("signed_in", [False, True])
def test_the_number_of_statements_does_not_grow_with_the_facilities(cluster, client, signed_in):
    if signed_in:
        sign_in(client, make_partner())
        db.session.rollback()  # the read transaction before the sign-in must end
    for n in range(5):
        named(cluster, f"few-{n}", f"Few {n}", people_limit=8)
    few = {url: statements_of(client, url) for url in ("/", f"/?{WHEN}", f"/?{WHEN}&people=9")}
    db.session.rollback()  # a search is counted, so the open read transaction must end
    for n in range(45):
        named(cluster, f"more-{n}", f"More {n}", people_limit=8)

    assert {url: statements_of(client, url) for url in few} == few


def statements_of(client, url):
    return count_statements(lambda: get_page(client, url))


@pytest.mark.parametrize("path", ["/", "/facilities"])
def test_a_name_without_free_days_is_explained_and_not_an_error(cluster, client, path):
    named(cluster, "hall", "Hall")

    page = get_page(client, f"{path}?what=zeppelin&{WHEN}")

    assert page.one("span", role="status").text == "No match"
    assert page.all("a", class_="title-link") == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_card_tells_its_facts_beside_their_icons(cluster, client):
    named(
        cluster, "hall", "Indoor hall", kind="lab",
        people_limit=12, minimum_units=2, lead_time_days=21,
    )  # fmt: skip
    named(cluster, "site", "Site", mode="by_agreement")

    hall, site = get_page(client, "/").all("ul", class_="icon-facts")

    texts = [fact.text for fact in hall.all("li")]
    assert texts == ["lab", "indoors", "up to 12 people", "from 2 days", "21 days' notice"]
    icons = [use.get("href").partition("#")[2] for use in hall.all("use")]
    assert icons == ["lab", "indoors", "people", "duration", "notice"]
    assert [fact.text for fact in site.all("li")] == ["lab"]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_cards_name_the_answer_time_only_where_clusters_differ(cluster, client):
    named(cluster, "hall", "Hall")
    other = make_cluster("kit")
    make_coordinator(other)
    named(other, "lab", "Lab")
    usual = get_page(client, "/")
    other.answer_days = 3
    db.session.commit()
    differing = get_page(client, "/")

    assert "usually in 10 working days" in usual.text
    assert not [one for one in usual.all("ul", class_="icon-facts") if "answer" in one.text]
    assert "usually in 3 to 10 working days" in differing.text
    answers = [one.all("li")[-1].text for one in differing.all("ul", class_="icon-facts")]
    assert answers == ["answer in 10 working days", "answer in 3 working days"]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_chosen_days_stand_in_words_beside_their_fields(cluster, client):
    named(cluster, "hall", "Hall")

    page = get_page(client, "/?first=2027-01-11&last=2027-02-05")

    words = [one.text for one in page.all("p", class_="field-words")]
    assert words == ["Mon 11 Jan 2027", "Fri 5 Feb 2027"]


def labels(page, name):
    """The choices of one group as they read, the chosen ones with a star."""
    boxes = page.all("input", type="checkbox", name=name)
    words = {label.get("for"): label.text for label in page.all("label")}
    return [words[box.get("id")] + ("*" if "checked" in box.attributes else "") for box in boxes]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_each_choice_says_how_many_facilities_it_leaves(cluster, client):
    named(cluster, "hall", "Hall", hazards=["smoke"], concepts=["indoor-flight"])
    named(cluster, "yard", "Yard", hazards=["smoke", "laser"], kind="range")
    named(make_cluster("kit", short_name="KIT", country="DE"), "lab", "Lab", hazards=["water"])

    page = get_page(client, "/facilities?hazard=smoke&capability=drone-flight-testing")

    assert titles(page) == ["Hall"]
    assert labels(page, "hazard") == ["Smoke 1 1 facility*"]
    assert labels(page, "capability") == [
        "Drone flight testing 1 1 facility*", "Indoor flight 1 1 facility",
    ]  # fmt: skip
    chips = {
        chip.text.partition(" ✕")[0]: chip.get("href") for chip in page.all("a", class_="chip")
    }
    assert chips["smoke"] == "/facilities?capability=drone-flight-testing"
    assert chips["drone flight testing"] == "/facilities?hazard=smoke"
    assert chips["Clear all"] == "/facilities"
    page = get_page(client, chips["drone flight testing"])
    # A facility needs all hazards that are ticked: none has smoke and water.
    assert labels(page, "hazard") == ["Smoke 2 2 facilities*", "Laser 1 1 facility"]
    assert "Facilities that allow all that you tick" in page.text
    assert labels(page, "kind") == ["Lab 1 1 facility", "Range 1 1 facility"]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_choices_that_leave_nothing_say_which_one_to_take_back(cluster, client):
    named(cluster, "hall", "Hall", hazards=["smoke"])
    named(make_cluster("kit", short_name="KIT", country="DE"), "lab", "Lab", hazards=["water"])

    page = get_page(client, "/facilities?hazard=water&cluster=censec&country=DK&kind=lab")

    links = {
        link.text: link.get("href") for link in page.one("section", class_="found-list").all("a")
    }
    assert links["Without CenSec · Denmark: 1 facility"] == "/facilities?kind=lab&hazard=water"
    assert "Without water: 1 facility" in links
    assert not [text for text in links if text.startswith("Without lab")]
    assert links["See all facilities"] == "/facilities"
    words = get_page(client, "/facilities?hazard=water&what=submarine")
    (link,) = [one for one in words.all("a") if one.text.startswith("Without")]
    assert (link.text, link.get("href")) == (
        "Without “submarine”: 1 facility", "/facilities?hazard=water",
    )  # fmt: skip
    assert labels(page, "hazard") == ["Water 0 0 facilities*"]
    two = get_page(client, "/facilities?hazard=water&hazard=smoke")
    found = two.one("section", class_="found-list")
    links = {link.text: link.get("href") for link in found.all("a")}
    assert links["Without smoke: 1 facility"] == "/facilities?hazard=water"
    assert links["Without water: 1 facility"] == "/facilities?hazard=smoke"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_place_chosen_beside_the_results_and_in_the_question_is_one(cluster, client):
    named(cluster, "a", "A")
    named(make_cluster("kit", short_name="KIT", country="DE"), "b", "B")
    form = get_page(client, "/?country=DK").one("form", role="search")

    kept = submit(client, form, {"what": "A"})
    other = submit(client, form, {"where": "kit"})
    none = submit(client, form, {"country": None})
    both = submit(client, form, {"country": ["DK", "DE"]})

    found = [titles(read_page(answer.text)) for answer in (kept, other, none, both)]
    assert found == [["A"], ["B"], ["A", "B"], ["A", "B"]]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_choices_are_kept_where_the_search_has_a_fault(cluster, client):
    named(cluster, "hall", "Hall", hazards=["smoke"])
    form = get_page(client, "/?country=DK&hazard=smoke&people=0", status=422).one(
        "form", role="search"
    )

    mended = submit(client, form, {"people": "2"})

    chips = [
        one.text.partition(" ✕")[0] for one in read_page(mended.text).all("a", class_="chip-on")
    ]
    assert chips == ["Denmark", "smoke", "2 people"]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_order_is_chosen_by_links_and_stays_with_the_search(cluster, client):
    home = make_cluster(city="Pori", lat=61.48, lon=21.79)
    partner = make_partner(organisation=make_organisation(home_cluster=home))
    named(cluster, "hall", "Hall", city="Aarhus")
    named(cluster, "lab", "Lab", city="Odense")
    sign_in(client, partner)

    page = get_page(client, "/facilities?kind=lab&people=4")
    menu = {one.text: one.get("href") for one in page.one("details", class_="order-menu").all("a")}
    assert [*menu] == ["Best match", "First free", "Name", "Pori", "Aarhus", "Odense"]
    page = get_page(client, menu["Odense"])

    assert titles(page) == ["Lab", "Hall"]
    assert "km away" in page.one("ol", class_="answer-list").text
    chip = next(one for one in page.all("a", class_="chip-on") if "4 people" in one.text)
    assert chip.get("href") == "/facilities?kind=lab&sort=near-Odense"
    assert ("sort", "near-Odense") in page.one("form", role="search").values()


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_card_and_the_filters_agree_on_what_is_indoors(cluster, client):
    named(cluster, "hall", "Indoor hall", concepts=["outdoor"])
    named(cluster, "both", "Yard", setting="both")
    named(cluster, "words", "Indoor track", concepts=[])

    page = get_page(client, "/facilities")

    facts = [one.text for one in page.all("ul", class_="icon-facts")]
    assert ["indoors" in one for one in facts] == [False, True, True]
    assert ["outdoors" in one for one in facts] == [True, False, True]
