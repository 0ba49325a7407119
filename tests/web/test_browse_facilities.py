"""The pages of facilities, as a person reads them."""

from datetime import date, timedelta

import pytest

from booking.bookings.models import LogEntry
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from tests.conftest import NOW
from tests.factories import (
    kept,
    make_approver,
    make_closure,
    make_cluster,
    make_coordinator,
    make_facility,
    make_focus_area,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, submit
from tests.statements import count_statements


@pytest.fixture
def cluster(app_context):
    cluster = make_cluster("censec", short_name="CenSec")
    make_coordinator(cluster)
    return cluster


def facts(page):
    """The terms of the facility's facts and what holds."""
    return {
        pair.one("dt").text: pair.one("dd").text
        for pair in page.one("dl", class_="facts").all("div")
    }


def at_a_glance(page):
    """The texts of the facts beside icons."""
    return [item.text for item in page.one("ul", class_="fact-grid").all("li")]


def test_the_page_describes_a_facility_before_its_booking_rules(cluster, client):
    make_facility(
        cluster,
        "hall",
        name="Fire hall",
        run_by="Fire Institute",
        description="A hall to burn things in.",
        capabilities=["room fires", "smoke tests"],
        hazards=["live-fire", "laser (general knowledge)"],
        access_conditions="Bring your own boots.",
        status="unverified-since-2011",
        capacity_note="800 m2",
    )

    page = get_page(client, "/facilities/hall")

    shown = facts(page)
    chips = page.one("ul", class_="facility-capabilities").all("a")
    assert [chip.text for chip in chips] == ["room fires", "smoke tests"]
    assert chips[0].get("href") == "/?what=room+fires"
    assert "Run by Fire Institute" in page.text
    assert shown["Hazards allowed"] == "open fire · laser (general knowledge)"
    assert shown["Access"] == "Bring your own boots."
    assert shown["Size"] == "800 m2"
    assert "last public information from 2011" in page.text
    assert (
        "Public information. Not affiliated with these facilities; no booking agreement."
        in page.text
    )


def test_facts_that_owners_state_are_shown_and_what_nobody_states_is_said(cluster, client):
    make_facility(
        cluster,
        "hall",
        setting="both",
        size="40 × 25 m",
        equipment=["Radar", "Crane <5 t"],
        access_mode="on_site",
        who_may_use="fire services",
        permits="A flight plan",
        asking_cost="on_request",
        use_cost="price_list",
        use_prices_url="https://example.org/prices",
        getting_there="Bus 41",
        contact_role="Test centre office",
        contact_languages=["da"],
        confirmed_on=date(2026, 11, 20),
    )
    make_facility(cluster, "shed")

    page, bare = (get_page(client, f"/facilities/{one}") for one in ("hall", "shed"))

    assert at_a_glance(page) == [
        "Lab",
        "Indoors and outdoors",
        "40 × 25 m",
        "1 group at a time",
        "By the hour",
        "Mon – Fri 08:00 – 18:00 Copenhagen time",
        "Answer in 10 working days CenSec decides",
        "Requests: price on request use: according to the price list",
        "Used on site fire services",
        "Permits needed see Details below",
    ]
    shown = facts(page)
    assert shown["Equipment"] == "Radar Crane <5 t"
    assert shown["Size"] == "40 × 25 m"
    assert shown["Access"] == "For: fire services"
    assert shown["Permits"] == "A flight plan"
    assert shown["Getting there"] == "Bus 41"
    assert shown["Costs"] == (
        "Requests: price on request Use: according to the price list · Price list"
    )
    assert page.all("a", href="https://example.org/prices")
    contact = page.one("section", **{"aria-labelledby": "contact"}).text
    assert contact.startswith("Contact Test centre office CenSec, Karup Speaks Danish")
    assert "Confirmed by the owner on Fri 20 Nov" in page.text
    assert "Requests are free" not in page.text
    assert facts(bare)["Costs"] == "Requests: free of charge Use: not stated"
    assert "Confirmed by the owner" not in bare.text


@pytest.mark.parametrize(("answers", "said"), [(9, "Answer in 10 working days"), (10, "Usual")])
def test_the_usual_answer_time_is_measured_once_there_are_ten_answers(
    cluster, client, answers, said
):
    hall = make_facility(cluster, "hall")
    partner = make_partner()
    for number in range(answers):
        request = make_request(partner, hall, [slot_on(date(2027, 1, 11))], state=State.DECLINED)
        request.sent_at = NOW - timedelta(days=30)
        days = 2 if number < 6 else 9
        db.session.add(
            LogEntry(
                booking_id=request.bookings[0].id,
                at=request.sent_at + timedelta(days=days, hours=-1),
                side="owner",
                event="step",
                before="requested",
                after="declined",
            )
        )
    db.session.commit()

    glance = at_a_glance(get_page(client, "/facilities/hall"))

    found = next(one for one in glance if "nswer" in one)
    assert found.startswith(said)
    if said == "Usual":
        assert found.startswith(
            "Usual answer within 2 days measured over the last answers; CenSec promises 10"
        )


def test_by_agreement_no_answer_date_is_promised(cluster, client):
    make_facility(cluster, "hall", mode="by_agreement")

    asking = get_page(client, "/facilities/hall").text

    assert "decides; this is not a booking yet." in asking
    assert "aims to answer by" not in asking


def test_terms_are_shown_in_words_and_hours_with_their_source(cluster, client):
    make_facility(
        cluster, "hall", minimum_units=2, maximum_units=8, lead_time_days=14, people_limit=12
    )

    page = get_page(client, "/facilities/hall")

    shown = facts(page)
    assert at_a_glance(page) == [
        "Lab",
        "Up to 12 people 1 group at a time",
        "2 to 8 hours by the hour",
        "Mon – Fri 08:00 – 18:00 Copenhagen time",
        "14 days' notice earliest date: Tue 8 Dec",
        "Answer in 10 working days CenSec decides",
        "Requests are free ask CenSec about fees for its use",
    ]
    assert shown["Rules"] == "at most 400 days ahead"
    assert shown["Open"] == ("Mon – Fri 08:00 – 18:00, Copenhagen time not open on public holidays")


def test_demo_values_are_marked_and_stated_ones_are_not(app_context, client):
    from booking.catalogue import reading, service

    service.load(reading.read_catalogue())

    page = get_page(client, "/facilities/uas-denmark")

    assert "1 to 10 days by the day" in at_a_glance(page)
    assert "Demo values: people · length · notice." in page.text
    assert facts(page)["Rules"].endswith("demo value")
    campus = get_page(client, "/facilities/hsd-campus")
    assert "Demo values: people · length · hours · notice." in campus.text


def test_missing_values_are_shown_as_not_stated(cluster, client):
    make_facility(cluster, "hall", hours=None)

    assert facts(get_page(client, "/facilities/hall"))["Open"] == "not stated"


def test_parts_and_wholes_link_to_each_other(cluster, client):
    campus = make_facility(cluster, "campus", name="Campus")
    hall = make_facility(cluster, "hall", name="Hall", parent=campus)
    make_facility(cluster, "bench", name="Bench", parent=hall)

    assert facts(get_page(client, "/facilities/bench"))["Part of"] == "Hall · Campus"
    assert facts(get_page(client, "/facilities/campus"))["Parts"].startswith("Hall")


@pytest.fixture
def alike(app_context):
    """Makes a facility with these capabilities and the subject that all of them share."""
    area = make_focus_area("fire-rescue")

    def make(of, slug, *capabilities, **fields):
        areas = [db.session.merge(area)]
        return make_facility(of, slug, capabilities=list(capabilities), focus_areas=areas, **fields)

    return make


def test_similar_facilities_share_a_capability_and_can_be_requested(cluster, client, alike):
    other = make_cluster(country="FI")
    make_coordinator(other)
    alike(cluster, "hall", "smoke tests")
    alike(cluster, "neighbour", "smoke room", name="Neighbour")
    alike(other, "far", "smoke room", name="Far hall")
    alike(other, "shut", "smoke room", name="Shut hall", status="closed")
    alike(other, "planned", "smoke room", name="Planned hall", status="planned")
    alike(other, "unlike", "cooking", name="Hall of another purpose")
    closed = alike(other, "roofless", "smoke room", name="Hall without a roof")
    make_closure(closed, slot_on(date(2026, 11, 20)), open_ended=True)

    similar = get_page(client, "/facilities/hall").one("ul", class_="similar")
    assert [name.text for name in similar.all("h3")] == ["Far hall"]


def test_similar_facilities_do_not_tell_of_closures_that_are_hidden(cluster, client, alike):
    other = make_cluster(country="FI")
    make_coordinator(other)
    alike(cluster, "hall", "smoke room")
    hidden = alike(other, "far", "smoke room", name="Far hall", sees_public="nothing")
    before = get_page(client, "/facilities/hall").one("ul", class_="similar").text

    make_closure(hidden, slot_on(date(2026, 11, 20)), open_ended=True)

    assert get_page(client, "/facilities/hall").one("ul", class_="similar").text == before


@pytest.mark.parametrize("of", ["the one above it", "its cluster"])
def test_a_similar_facility_is_left_out_from_when_it_is_closed_with_all_around_it(
    cluster, client, alike, warm, at, of
):
    other = make_cluster(country="FI")
    make_coordinator(other)
    alike(cluster, "hall", "smoke room")
    campus = make_facility(other, "campus")
    alike(other, "far", "smoke room", parent=campus)
    closes = slot_on(date(2026, 12, 1)).starts_at
    make_closure(campus, slot_on(date(2026, 11, 30)))  # it ends, so it does not count
    kept(
        Closure(
            cluster_id=other.id,
            facility_id=None if of == "its cluster" else campus.id,
            slots=[ClosureSlot(starts_at=closes, ends_at=None)],
        )
    )
    shown = []
    for moment in (NOW, closes - timedelta(seconds=1), closes):
        at(moment)
        db.session.rollback()
        shown.append("/facilities/far" in client.get("/facilities/hall").text)

    assert shown == [True, True, False]


def test_the_box_is_filled_with_the_first_free_date_and_opens_the_request(cluster, client):
    make_facility(cluster, "hall", unit="day", lead_time_days=45)

    page = get_page(client, "/facilities/hall")

    form = page.one("form", action="/requests/new")
    assert form.values() == [
        ("facility", "hall"),
        ("first_day", "2027-01-08"),
        ("last_day", "2027-01-08"),
        ("people", ""),
    ]
    # Sent on 24 November: ten working days later.
    assert "CenSec aims to answer by Tue 8 Dec" in page.text
    links = [a.get("href") for a in page.one("ul", class_="slot-links").all("a")]
    assert links[1] == "/requests/new?facility=hall&first_day=2027-01-11&last_day=2027-01-11"


def test_who_decides_without_an_organisation_enters_a_booking_instead(cluster, client):
    hall = make_facility(cluster, "hall", unit="day", lead_time_days=45)
    sign_in(client, make_approver(hall))

    box = get_page(client, "/facilities/hall").one("aside")

    entry = submit(client, box.one("form"), {"people": "3"})
    assert "Enter a booking: Hall" in entry.text
    assert box.one("h2").text == "Enter a booking"


def test_who_belongs_to_no_organisation_is_told_so_instead_of_a_form(cluster, client):
    make_facility(cluster, "hall")
    elsewhere = make_cluster("elsewhere")
    sign_in(client, make_coordinator(elsewhere))

    box = get_page(client, "/facilities/hall").one("aside")

    assert not box.all("form")
    assert "does not belong to an organisation" in box.text
    assert "ask the coordinator of your cluster" in box.text
    assert box.all("a", href="/clusters")


@pytest.mark.parametrize(
    ("unit", "names"),
    [
        ("hour", ["facility", "from", "to", "people"]),
        ("half_day", ["facility", "first_day", "first_half", "last_day", "last_half", "people"]),
        ("day", ["facility", "first_day", "last_day", "people"]),
    ],
)
def test_the_request_box_uses_the_unit_of_the_facility(cluster, client, unit, names):
    make_facility(cluster, "hall", unit=unit)

    form = get_page(client, "/facilities/hall").one("form", action="/requests/new")

    assert [name for name, _ in form.values()] == names


def test_the_request_form_opens_with_the_values_of_the_box(cluster, client):
    make_facility(cluster, "hall", unit="hour")
    page = get_page(client, "/facilities/hall")

    answer = submit(
        client,
        page.one("form", action="/requests/new"),
        {"from": "2027-01-14T09:00", "to": "2027-01-14T12:00", "people": "6"},
    )

    assert answer.status_code == 200
    assert 'value="2027-01-14"' in answer.text
    assert 'value="09:00"' in answer.text


def test_a_chosen_date_fills_the_box_and_an_invalid_one_does_not(cluster, client):
    make_facility(cluster, "hall", unit="day")

    good = get_page(client, "/facilities/hall?first_day=2027-02-01&last_day=2027-02-03")
    bad = get_page(client, "/facilities/hall?first_day=soon&people=many&from=%00")

    assert ("first_day", "2027-02-01") in good.one("form", action="/requests/new").values()
    assert ("first_day", "soon") not in bad.one("form", action="/requests/new").values()


def test_places_or_whole_is_asked_only_where_there_is_a_choice(cluster, client):
    hall = make_facility(cluster, "hall", places=3)
    make_facility(cluster, "bench", parent=hall)

    of_hall = get_page(client, "/facilities/hall").one("form", action="/requests/new").values()
    of_bench = get_page(client, "/facilities/bench").one("form", action="/requests/new").values()

    assert ("whole", "0") in of_hall
    assert ("places", "1") in of_hall
    assert not {"whole", "places"} & {name for name, _ in of_bench}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"status": "closed"}, "Closed until further notice"),
        ({"status": "planned-in-2019"}, "This facility is planned and cannot be requested yet."),
        (
            {"mode": "elsewhere", "elsewhere_url": "https://example.org/book"},
            "This facility is booked on its own site and cannot be requested here.",
        ),
    ],
)
def test_a_facility_that_cannot_be_requested_says_why_and_has_no_form(
    cluster, client, fields, says
):
    make_facility(cluster, "hall", **fields)

    page = get_page(client, "/facilities/hall")

    assert says in page.text
    assert not page.all("form", action="/requests/new")


def test_terms_that_do_not_apply_are_not_shown(cluster, client):
    """By agreement there is neither lead time nor length; elsewhere none of our terms apply."""
    rules = {"lead_time_days": 14, "minimum_units": 2, "horizon_days": 90}
    make_facility(cluster, "hall", mode="by_agreement", **rules)
    make_facility(cluster, "range", mode="elsewhere", **rules)

    agreed = get_page(client, "/facilities/hall").text
    assert "at most 90 days ahead" in agreed
    assert not [rule for rule in ("14 days", "at least 2", "notice too short") if rule in agreed]
    elsewhere = get_page(client, "/facilities/range").text
    assert not [rule for rule in ("days ahead", "14 days", "08:00") if rule in elsewhere]


def test_a_facility_without_deciders_says_so(app_context, client):
    make_facility(make_cluster(), "hall")

    page = get_page(client, "/facilities/hall")

    assert "Nobody answers here yet, so it cannot be requested." in page.text
    assert not page.all("form", action="/requests/new")


def test_a_calendar_that_is_not_public_shows_no_free_times_but_takes_any_date(cluster, client):
    make_facility(cluster, "hall", unit="day", sees_public="nothing", sees_signed_in="nothing")

    page = get_page(client, "/facilities/hall")

    assert not page.all("ul", class_="slot-links")
    assert "Free times are not shown. Request dates." in page.text
    assert ("first_day", "") in page.one("form", action="/requests/new").values()


def test_bookings_of_others_show_as_taken_times_and_nothing_else(cluster, client):
    hall = make_facility(cluster, "hall", unit="day")
    taken = Slot(
        slot_on(date(2026, 11, 25), "07:00").starts_at,
        slot_on(date(2026, 12, 4), "09:00", "17:00").ends_at,
    )
    make_request(make_partner(), hall, [taken], state=State.CONFIRMED, title="Secret trial")

    page = get_page(client, "/facilities/hall")

    assert "Secret trial" not in page.text
    assert page.one("ul", class_="slot-links").text.startswith("Mon 7 Dec")


def test_a_viewer_in_another_zone_also_sees_their_own_time(app_context, client):
    cluster = make_cluster(time_zone="Europe/Helsinki", country="FI")
    make_coordinator(cluster)
    make_facility(cluster, "hall")
    sign_in(client, make_partner(time_zone="Europe/Paris"))

    page = get_page(client, "/facilities/hall")

    hint = page.one("p", id="when-help").text
    assert "08:00 – 09:00, Helsinki time" in hint
    assert "In your time: Wed 25 Nov, 07:00 – 08:00, Paris time." in hint


def test_sources_are_links_with_their_notes(cluster, client):
    make_facility(
        cluster,
        "hall",
        source="seen: https://www.example.org/hall",
        more_sources=["general knowledge", "seen: a list that names https://example.net/x (site)"],
    )

    details = get_page(client, "/facilities/hall").one("details", class_="sources")

    hrefs = [a.get("href") for a in details.one("ul").all("a")]
    assert hrefs == ["https://www.example.org/hall", "https://example.net/x"]
    assert "general knowledge, not verified" in details.text


def test_text_of_owners_is_escaped(cluster, client):
    make_facility(cluster, "hall", name="<b>Hall</b>", capabilities=["<script>x</script>"])

    page = get_page(client, "/facilities/hall")

    assert page.one("h1").text == "<b>Hall</b>"


def test_an_unknown_facility_is_not_found(app_context, client):
    get_page(client, "/facilities/nothing", status=404)


def test_the_sources_page_names_every_facility_and_unverified_facts(app_context, client):
    from booking.catalogue import reading, service

    assert "No facilities yet" in get_page(client, "/sources").text
    service.load(reading.read_catalogue())

    page = get_page(client, "/sources")

    facilities, _ = page.all("table")
    rows = facilities.one("tbody").all("tr")
    assert len(rows) == 68
    assert "No facility has agreed to be listed or booked" in page.text
    assert "current opening state of every facility" in page.text
    assert "The facts were collected on Tue 24 Nov." in page.text


def test_the_number_of_statements_of_a_page_does_not_grow_with_its_cluster(cluster, client):
    hall = make_facility(cluster, "hall", focus_areas=[make_focus_area("space")])
    for n in range(5):
        make_facility(cluster, f"part-{n}", parent=hall)
    few = count_statements(lambda: client.get("/facilities/hall"))
    for n in range(45):
        make_facility(cluster, f"more-{n}", parent=hall)

    assert count_statements(lambda: client.get("/facilities/hall")) == few


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_another_week_reads_dates_closures_and_quotas_anew_and_nothing_else(cluster, client, warm):
    hall = make_facility(cluster, "hall", focus_areas=[make_focus_area("space")])
    make_facility(cluster, "part", parent=hall)
    make_closure(hall, slot_on(date(2026, 12, 1)))
    client.get("/facilities/hall?on=2026-12-07")

    # Two numbers, dates around today and in the week, closures, quotas, and what changes next.
    assert count_statements(lambda: client.get("/facilities/hall?on=2027-06-07")) == 7


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_first_day_to_request_is_not_a_closed_one(app_context, client):
    hall = make_facility(make_cluster(), "hall", unit="day")
    make_approver(hall)
    assert "First free Wed 25 Nov" in page_of(client, "hall")

    make_closure(hall, slot_on(date(2026, 11, 25), "00:00", "23:00"))

    assert "First free Thu 26 Nov" in page_of(client, "hall")


def page_of(client, slug):
    return get_page(client, f"/facilities/{slug}").one("main").text


@pytest.mark.parametrize("unit", ["hour", "day"])
def test_a_facility_closed_until_further_notice_says_so_and_offers_no_dates(cluster, client, unit):
    hall = make_facility(cluster, "hall", unit=unit)
    make_closure(
        hall,
        slot_on(date(2026, 11, 20)),
        open_ended=True,
        reason="roof repair",
        reason_is_public=True,
        next_word_on=date(2027, 1, 14),
    )

    page = get_page(client, "/facilities/hall")

    banner = page.one("section", class_="closed-banner")
    assert banner.text == (
        "Closed until further notice roof repair Next update by Thu 14 Jan 2027."
    )
    assert not page.all("form", action="/requests/new")
    assert not [a for a in page.all("a") if "/requests/new" in (a.get("href") or "")]
    assert "closed" in page.one("section", id="calendar").text


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("unit", ["hour", "day"])
def test_a_facility_closed_for_good_shows_its_present_days_as_closed(cluster, client, unit):
    make_facility(cluster, "hall", status="closed", unit=unit, lead_time_days=45)

    part = get_page(client, "/facilities/hall?view=month").one("section", id="calendar")

    assert part.one("h2").text == "November 2026"
    looks = [cell.get("class") for cell in part.all("td", class_="day")]
    assert sum("day-closed" in look for look in looks) == 7  # from today, the 24th
    assert not part.all("li", class_="timeline-hint")


def test_a_facility_closed_for_good_draws_its_calendar_as_closed(cluster, client):
    make_facility(cluster, "hall", status="closed")

    page = get_page(client, "/facilities/hall?view=day&on=2027-01-12")

    assert page.one("section", class_="closed-banner").text == "Closed until further notice"
    assert "closed, until further notice" in page.text
    overview = get_page(client, "/calendar?on=2027-01-12&view=day").text
    assert "closed, until further notice" in overview


def test_a_closure_without_end_that_begins_later_leaves_dates_before_it(cluster, client):
    make_closure(
        make_facility(cluster, "hall", unit="day"), slot_on(date(2027, 3, 1)), open_ended=True
    )

    page = get_page(client, "/facilities/hall")

    assert not page.all("section", class_="closed-banner")
    assert page.all("form", action="/requests/new")


def test_the_coordinator_of_the_cluster_is_named_as_contact(app_context, client):
    make_facility(make_cluster("censec", short_name="CenSec"), "hall")
    said = "The coordinator of CenSec answers questions about"

    facility, cluster = (
        get_page(client, path) for path in ("/facilities/hall", "/clusters/censec")
    )

    contact = facility.one("section", **{"aria-labelledby": "contact"})
    assert f"{said} requests." in contact.text
    assert contact.all("a", href="/clusters/censec")
    assert f"{said} accounts and requests." in cluster.text


def test_texts_in_other_languages_stand_below_each_in_its_own(cluster, client):
    hall = make_facility(cluster, "hall", description="A hall with smoke.")
    hall.texts = {"fr": {"description": "Un hall enfumé."}, "de": {"access_conditions": "Mit Helm"}}
    db.session.commit()

    page = get_page(client, "/facilities/hall")

    assert "A hall with smoke." in page.one("p", class_="facility-lead").text
    found = {one.one("div").get("lang"): one for one in page.all("details", class_="other-texts")}
    assert set(found) == {"fr"}  # there is no English text to stand for the German one
    assert found["fr"].one("summary").text == "French"
    assert found["fr"].one("div").text == "Un hall enfumé."
