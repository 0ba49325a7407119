"""The owners' pages: what holds and means, and forms that keep what was typed."""

from datetime import date

import pytest

from booking.extensions import db
from booking.facilities.models import Facility, KindDefault
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post, read_page, submit
from tests.statements import count_statements


@pytest.fixture
def hall(app_context, client):
    """A hall with a bench below; its approver is signed in."""
    db.session.add(KindDefault(kind="lab", unit="hour", people_limit=8, opening_hours=[]))
    cluster = make_cluster("here")
    hall = make_facility(cluster, "hall", places=2, lead_time_days=45)
    hall.bench = make_facility(cluster, "bench", parent=hall)
    hall.approver = make_approver(hall)
    sign_in(client, hall.approver)
    db.session.rollback()
    return hall


def links_on(page):
    lists = page.all("ul", class_="manage-list")
    return [link.text for found in lists for link in found.all("a")]


def terms_form(client, slug="hall"):
    return get_page(client, f"/manage/facilities/{slug}/terms").one("form", class_="term-form")


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_list_shows_each_facility_after_the_one_that_it_is_part_of(hall, client, other_client):
    assert links_on(get_page(client, "/manage")) == ["Hall", "Bench"]

    sign_in(other_client, make_approver(hall.bench))
    assert links_on(get_page(other_client, "/manage")) == ["Bench"]
    assert links_on(get_page(client, "/manage")) == ["Hall"]


def test_the_list_shows_who_decides_what_waits_and_the_next_closure(hall, client):
    make_request(make_partner(), hall.bench, [slot_on(date(2027, 1, 14))])
    make_request(make_partner(), hall.bench, [slot_on(date(2027, 1, 15))])
    make_closure(hall, slot_on(date(2027, 2, 2)))
    make_closure(hall, slot_on(date(2027, 2, 1)))

    of_hall, of_bench = (
        row.text
        for row in get_page(client, "/manage").one("ul", class_="manage-rows").children
        if not isinstance(row, str)
    )

    for row in (of_hall, of_bench):
        assert hall.approver.name in row
        assert "next closure: Mon 1 Feb" in row
    assert "to decide" not in of_hall
    assert "2 requests to decide" in of_bench


def test_the_list_takes_as_many_statements_for_ten_facilities_as_for_two(hall, client):
    def cost():
        number = count_statements(lambda: get_page(client, "/manage"))
        db.session.rollback()
        return number

    for facility in (hall, hall.bench):
        make_closure(facility, slot_on(date(2027, 2, 2)))
        make_request(make_partner(), facility, [slot_on(date(2027, 1, 14))])
    cost()
    few = cost()
    for number in range(8):
        below = make_facility(hall.cluster, f"bench-{number}", parent=hall)
        make_closure(below, slot_on(date(2027, 2, 2)))
        make_request(make_partner(), below, [slot_on(date(2027, 1, 14))])
    assert cost() == few


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_overview_shows_each_term_with_its_source_and_meaning(hall, client):
    text = get_page(client, "/manage/facilities/bench").one("main").text

    assert "Notice 45 days as Hall" in text
    assert "Partners must give at least 45 days' notice" in text
    assert "from today that is Fri 8 Jan 2027" in text
    assert "Demo value: People." in text
    assert "Partners can bring 8 people at most." in text


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("address", "field", "first", "second"),
    [("terms", "lead_time_days", "30", "60"), ("quotas", "hours_month", "40", "20")],
)
def test_saving_over_an_unseen_change_is_refused_once_and_can_be_repeated(
    hall, client, address, field, first, second
):
    def form():
        path = f"/manage/facilities/hall/{address}"
        return get_page(client, path).one("form", class_="term-form")

    opened = form()
    assert submit(client, form(), {field: first}).status_code == 302

    refused = submit(client, opened, {field: second})

    assert refused.status_code == 409
    page = read_page(refused.text)
    assert "Someone else has changed this" in page.one("div", id="errors").text
    typed = page.one("form", class_="term-form")
    assert typed.one("input", id=field).get("value") == second
    assert form().one("input", id=field).get("value") == first
    assert submit(client, typed).status_code == 302
    assert form().one("input", id=field).get("value") == second


def test_terms_are_saved_and_an_empty_field_inherits(hall, client):
    typed = {"lead_time_days": "30", "late_asking": "yes", "places": "3", "place_word": "rack"}
    answer = submit(client, terms_form(client), typed)

    assert answer.status_code == 302
    text = get_page(client, "/manage/facilities/bench").one("main").text
    assert "Partners should give 30 days' notice: from today that is Thu 24 Dec." in text
    assert submit(client, terms_form(client), {"lead_time_days": ""}).status_code == 302
    db.session.expire_all()
    assert db.session.get(Facility, hall.id).lead_time_days is None


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"step_minutes": "0"}, "step_minutes", "Enter 1 or more."),
        ({"step_minutes": "half an hour"}, "step_minutes", "Enter a whole number."),
        (
            {"minimum_units": "5", "maximum_units": "2"},
            "minimum_units",
            "is longer than the longest",
        ),
        ({"maximum_units": "-1"}, "maximum_units", "Enter 1 or more."),
        ({"setup_minutes": "9" * 400}, "setup_minutes", "Enter a smaller number."),
        ({"horizon_days": "3661"}, "horizon_days", "Enter 3660 or less."),
        ({"lead_time_days": "401"}, "lead_time_days", "is longer than the booking window"),
        ({"half_day_time": "noonish"}, "half_day_time", "Enter a time like 14:30."),
        ({"half_day_time": "00:00"}, "half_day_time", "there would be no morning"),
        ({"places": ""}, "places", "Enter how many places"),
        ({"places": "0"}, "places", "Without a place"),
        ({"unit": "fortnight"}, "unit", "Choose one of these."),
        ({"extent": "most"}, "extent-0", "Choose one of these."),
    ],
)
def test_contradictory_terms_are_reported_at_their_field_and_input_is_kept(
    hall, client, typed, field, says
):
    answer = submit(client, terms_form(client), {"place_word": "rack", **typed})

    assert answer.status_code == 422
    page = read_page(answer.text)
    (link,) = [a for a in page.one(id="errors").all("a") if a.get("href") == f"#{field}"]
    assert says in link.text
    kept = dict(page.one("form", class_="term-form").values())
    assert kept["place_word"] == "rack"
    if field not in ("unit", "extent-0") and len(typed) == 1:
        assert kept[field] == typed[field]
    assert db.session.get(Facility, hall.id).place_word is None


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_dates_that_prevent_fewer_places_are_linked_to_the_inbox(hall, client):
    slots = [slot_on(date(2027, 1, 12))]
    partner = make_partner()
    requests = [make_request(partner, hall, slots, state=State.CONFIRMED) for _ in range(2)]

    answer = submit(client, terms_form(client), {"places": "1"})

    page = read_page(answer.text)
    links = {a.get("href") for a in page.one("main").all("a")}
    assert answer.status_code == 422
    assert links & {f"/inbox/{one.reference}" for one in requests}
    assert dict(page.one("form", class_="term-form").values())["places"] == "1"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_status_prevented_by_dates_is_refused_with_links_to_them(hall, client):
    request = make_request(make_partner(), hall, [slot_on(date(2027, 1, 12))])
    page = get_page(client, "/manage/facilities/hall/standing")
    (form,) = [one for one in page.all("form") if (one.get("action") or "").endswith("/status")]

    answer = submit(client, form, {"status": "closed"})

    refused = read_page(answer.text).one("main")
    assert answer.status_code == 422
    assert f"/inbox/{request.reference}" in {a.get("href") for a in refused.all("a")}
    assert submit(client, form, {"status": "haunted"}).status_code == 422
    assert submit(client, form, {"status": "winding-down"}).status_code == 303


def quota_form(client):
    page = get_page(client, "/manage/facilities/hall/quotas")
    return page.one("form", class_="term-form")


def test_quotas_are_saved_together_and_shown_to_partners(hall, client, other_client):
    typed = {"hours_month": "40", "days_week": "2", "fair_share_percent": "30"}
    assert submit(client, quota_form(client), typed).status_code == 302

    text = get_page(other_client, "/facilities/bench").one("main").text
    assert "at most 40 h a month per organisation, across all of Hall" in text
    assert "at most 2 days a week per organisation, across all of Hall" in text
    text = get_page(client, "/manage/facilities/bench").one("main").text
    assert "30 % of a month as Hall" in text
    assert submit(client, quota_form(client), {"days_week": ""}).status_code == 302
    assert "2 days a week" not in get_page(other_client, "/facilities/hall").text


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("hours_week", "0", "Enter 1 or more."),
        ("hours_week", "169", "Enter 168 or less."),
        ("days_year", "-3", "Enter 1 or more."),
        ("days_month", "9" * 400, "Enter a smaller number."),
        ("fair_share_percent", "101", "Enter 100 or less."),
        ("fair_share_percent", "half", "Enter a whole number."),
    ],
)
def test_an_invalid_quota_is_reported_at_its_field(hall, client, field, typed, says):
    answer = submit(client, quota_form(client), {"hours_year": "100", field: typed})

    assert answer.status_code == 422
    page = read_page(answer.text)
    (link,) = page.one(id="errors").all("a")
    assert (link.get("href"), says in link.text) == (f"#{field}", True)
    kept = dict(page.one("form", class_="term-form").values())
    assert (kept[field], kept["hours_year"]) == (typed, "100")


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_partners_read_what_is_left_of_a_quota_and_deciders_of_the_fair_share(
    hall, client, other_client
):
    submit(client, quota_form(client), {"hours_month": "40", "fair_share_percent": "1"})
    partner = make_partner()
    request = make_request(partner, hall, [slot_on(date(2027, 1, 12), "08:00", "12:00")])
    sign_in(other_client, partner)

    text = get_page(other_client, "/requests/new?facility=hall").one("main").text
    assert "January 2027, Hall: 36 h of 40 h left" in text
    text = get_page(client, f"/inbox/{request.reference}").one("main").text
    assert "would use 2 % of the open hours of January 2027" in text


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_only_deciders_get_a_link_from_the_facility_to_its_management(hall, client, other_client):
    def offers(browser):
        return [
            a for a in get_page(browser, "/facilities/bench").all("a") if "Manage this" in a.text
        ]

    stranger = make_coordinator(make_cluster("there"))
    assert offers(client)
    assert not offers(other_client)
    sign_in(other_client, stranger)
    assert not offers(other_client)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_coordinator_names_people_by_e_mail_and_learns_of_nobody_else(hall, client):
    coordinator, stranger = make_coordinator(hall.cluster, name="Cora"), make_partner()
    sign_in(client, coordinator)

    def add(email):
        page = get_page(client, "/manage/facilities/hall/people")
        return submit(client, page.one("form", class_="manage-add"), {"email": email})

    unknown, known = add("nobody@example.org"), add(stranger.email)
    assert unknown.status_code == known.status_code == 422
    assert unknown.text.replace("nobody@example.org", stranger.email).count(
        "No account in your cluster has this address."
    ) == known.text.count("No account in your cluster has this address.")
    assert "Enter an e-mail address" in add("not an address").text
    text = get_page(client, "/manage/facilities/hall/people").one("main").text
    assert hall.approver.email in text
    assert "Nobody will be named here or above, so the coordinators decide: Cora." in text


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_coordinator_reads_for_whom_a_person_works_before_naming_them(hall, client):
    firm = make_organisation("Demo Drones", home_cluster=hall.cluster)
    partner = make_partner(organisation=firm, name="Paul")
    sign_in(client, make_coordinator(hall.cluster))
    page = get_page(client, "/manage/facilities/hall/people")

    answer = submit(
        client, page.one("form", class_="manage-add"), {"email": partner.email, "reason": "New."}
    )

    assert answer.status_code == 422
    page = read_page(answer.text)
    assert "Paul works for Demo Drones." in page.one("main").text
    form = page.one("form", class_="manage-add")
    assert submit(client, form, {"email": "else@example.org"}).status_code == 422
    assert submit(client, form, {}).status_code == 303
    page = get_page(client, "/manage/facilities/hall/people")
    assert "works for Demo Drones" in page.one("ul", class_="manage-list").text


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_malformed_form_causes_no_error_and_changes_nothing(hall, client):
    sign_in(client, make_coordinator(hall.cluster))
    nonsense = ("\0", "9" * 400, "-1", "None", "\u202e", ["1", "2"])
    names = ("places", "step_minutes", "extent", "email", "public", "status", "parent")
    actions = ("terms", "people", "people/remove", "calendar", "status", "move")
    for action in actions:
        for value in nonsense:
            fields = dict.fromkeys(names, value)
            answer = post(client, f"/manage/facilities/hall/{action}", fields)
            assert answer.status_code == 422, (action, value)
        assert post(client, f"/manage/facilities/hall/{action}").status_code in (303, 422)
    db.session.expire_all()
    assert db.session.get(Facility, hall.id).status == "open-unverified"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_visibility_of_a_calendar_can_be_set_and_is_shown(hall, client, other_client):
    sign_in(client, make_coordinator(hall.cluster))
    page = get_page(client, "/manage/facilities/hall/people")
    form = page.one("form", class_="term-form")

    assert submit(client, form, {"public": "sometimes"}).status_code == 422
    assert submit(client, form, {"public": "nothing", "signed_in": "nothing"}).status_code == 303

    assert other_client.get("/facilities/hall.ics").status_code == 404
    text = get_page(client, "/manage/facilities/hall").one("main").text
    assert "Everyone sees nothing and requests dates" in text
