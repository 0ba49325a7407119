"""The owners' pages of hours: what they say, what they refuse, and the check before saving."""

from datetime import date

import pytest

from booking.bookings.disruption_models import Affected
from booking.extensions import db
from booking.facilities.stated_hours import stated_timetables
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_partner,
    make_request,
    make_special_day,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post, read_page, submit, text_of

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])

HOURS = "/manage/facilities/hall/hours"
WEEK = f"{HOURS}/week"
SPECIAL = f"{HOURS}/special-days"
TUESDAY = date(2026, 12, 1)


@pytest.fixture
def cluster(app_context):
    return make_cluster()


@pytest.fixture
def hall(cluster, client):
    hall = make_facility(cluster, "hall")
    sign_in(client, make_approver(hall))
    db.session.rollback()  # what the pages write is seen from here on
    return hall


def stated(hall):
    db.session.rollback()
    return stated_timetables(hall.id)


def form_of(page, action):
    return page.one("form", action=action)


def opening(day, opens, closes, *, which="first", next_day=False):
    fields = {f"{day}-{which}-opens": opens, f"{day}-{which}-closes": closes}
    return {**fields, f"{day}-{which}-next_day": "y"} if next_day else fields


def test_hours_are_changed_after_a_preview_of_affected_bookings(hall, client):
    partner = make_partner()
    make_request(partner, hall, [slot_on(TUESDAY, "07:00", "09:00")], state=State.CONFIRMED)
    form = form_of(get_page(client, WEEK), WEEK)
    assert dict(form.values())["first"] == "2026-11-25"

    typed = opening("tue", "9", "24:00") | opening("sat", "22.30", "0600", next_day=True)
    checked = read_page(submit(client, form, typed).text)
    said = checked.one("main").text
    assert "1 booking affected" in said
    assert "Tue 1 Dec, 08:00 – 10:00" in said
    assert "Tue 09:00 – 24:00" in said
    assert "Sat 22:30 – 06:00 (next day)" in said
    assert len(stated(hall)) == 1

    saving = form_of(checked, WEEK)
    back = read_page(submit(client, saving, button="Change").text)
    assert dict(form_of(back, WEEK).values())["sat-first-opens"] == "22.30"

    saved = submit(client, saving, button="Save")
    assert (saved.status_code, saved.location) == (303, HOURS)
    page = get_page(client, HOURS)
    assert "1 date is affected by the new hours." in page.text
    assert page.all("a", href="/inbox?show=affected"), "that is where it is decided"
    shown = page.one("main").text
    assert "from Wed 25 Nov" in shown
    assert "until Tue 24 Nov" in shown


def test_monday_can_be_copied_to_other_days_as_typed(hall, client):
    form = form_of(get_page(client, WEEK), WEEK)
    typed = opening("mon", "seven", "12") | opening("mon", "13", "17", which="second")

    copied = submit(client, form, typed, "Copy Monday to Tuesday – Friday")

    values = dict(form_of(read_page(copied.text), WEEK).values())
    assert copied.status_code == 200
    assert (values["fri-first-opens"], values["fri-second-closes"]) == ("seven", "17")
    assert values["sat-first-opens"] == ""


MONDAY = opening("mon", "8", "17")
BAD_WEEKS = [
    (opening("mon", "noon", "17"), "Enter a time like"),
    (opening("mon", "8", ""), "Enter both times or neither."),
    (opening("mon", "", "", next_day=True), "Enter both times or neither."),
    (opening("mon", "17", "8"), "The end is before the start. Tick “next day”"),
    (opening("mon", "8", "8"), "The end is before the start"),
    (opening("mon", "8", "9", next_day=True), "longer than 24 hours"),
    (opening("mon", "25", "26"), "Enter a time like"),
    (opening("mon", "8" * 60, "9"), "Too long."),
    (opening("mon", "8\0", "9"), "cannot be shown"),
    (MONDAY | opening("mon", "16", "18", which="second"), "This overlaps Monday, 08:00 – 17:00"),
    (
        MONDAY | opening("sun", "20", "9", next_day=True),
        "This overlaps Sunday, 20:00 – 09:00 (next day)",
    ),
    (
        opening("mon", "20", "9", next_day=True) | opening("tue", "8", "10"),
        "This overlaps Monday, 20:00 – 09:00 (next day)",
    ),
    (MONDAY | {"first": ""}, "Enter the day from which these hours apply."),
    (MONDAY | {"first": "someday"}, "Enter a date like"),
    (MONDAY | {"first": "2026-11-23"}, "Choose today or a later day"),
    (MONDAY | {"first": "99999-01-01"}, "Enter a date like"),
    (MONDAY | {"first": "2027-05-01", "last": "2027-04-30"}, "The last day is before the first."),
    (
        MONDAY | {"first": "2027-07-01", "last": "2027-12-31"},
        "These days overlap the season Tue 1 Jun – Tue 31 Aug 2027.",
    ),
    (
        MONDAY | {"first": "2027-07-01"},
        "The season Tue 1 Jun – Tue 31 Aug 2027 applies on that day",
    ),
]


def test_each_error_in_a_week_is_shown_at_its_field_and_nothing_is_saved(hall, client):
    summer = MONDAY | {"first": "2027-06-01", "last": "2027-08-31", "version": "0"}
    seen = dict(form_of(read_page(post(client, WEEK, summer).text), WEEK).values())["acknowledged"]
    post(client, WEEK, {**summer, "step": "save", "acknowledged": seen})
    before = stated(hall)
    assert len(before) == 3

    saving = {"first": "2026-12-01", "step": "save", "acknowledged": seen, "version": "1"}
    for typed, message in BAD_WEEKS:
        answer = post(client, WEEK, saving | typed)
        assert answer.status_code == 422, message
        page = read_page(answer.text)
        errors = page.all("div", class_="field-error")
        assert any(message in one.text for one in errors), (message, [e.text for e in errors])
        kept = dict(form_of(page, WEEK).values())
        for name, value in typed.items():
            assert kept[name] == value.replace("\0", "\N{REPLACEMENT CHARACTER}") or "\0" in value
    assert stated(hall) == before


BAD_SPECIAL_DAYS = [
    ({"first": ""}, "Enter the day."),
    ({"first": "2026-11-23"}, "Choose today or a later day"),
    ({"last": "2026-11-30"}, "The last day is before the first."),
    ({"last": "2027-11-30"}, "Too many days"),
    ({"kind": "open"}, "Enter the times at which it is open."),
    ({"kind": "perhaps"}, "Choose one of these."),
    ({"kind": "open"} | opening("openings", "9", "8"), "The end is before the start"),
    (
        {"kind": "open", "last": "2026-12-02"}
        | opening("openings", "20", "6", next_day=True)
        | opening("openings", "5", "9", which="second"),
        "This overlaps Tuesday, 20:00 – 06:00 (next day)",
    ),
    (
        {"kind": "open"} | opening("openings", "20", "9", next_day=True),
        "Tue 1 Dec, 20:00 – 09:00 (next day) overlaps the opening of the next day.",
    ),
    ({"note": "x" * 121}, "Use at most 120 characters."),
]


def test_each_error_in_a_special_day_is_shown_at_its_field(hall, client):
    for typed, message in BAD_SPECIAL_DAYS:
        sent = {"first": "2026-12-01", "kind": "shut", "version": "0", **typed}
        answer = post(client, SPECIAL, sent)
        assert answer.status_code == 422, message
        errors = [one.text for one in read_page(answer.text).all("div", class_="field-error")]
        assert any(message in one for one in errors), (message, errors)


def test_a_public_holiday_can_be_opened_with_the_usual_times(hall, client):
    page = get_page(client, HOURS)
    assert "Fri 25 Dec Christmas Day not open" in page.text
    link = page.one("a", href=f"{SPECIAL}?day=2026-12-25&open=1")
    assert link.text == "Open anyway: Christmas Day"

    form = form_of(get_page(client, link.get("href")), SPECIAL)
    values = dict(form.values())
    assert (values["first"], values["openings-first-closes"]) == ("2026-12-25", "18:00")
    checked = read_page(submit(client, form, button="Check").text)
    assert "Fri 25 Dec is a public holiday: Christmas Day." in checked.text
    submit(client, form_of(checked, SPECIAL), button="Save")

    assert "Fri 25 Dec Christmas Day open: 08:00 – 18:00" in get_page(client, HOURS).text
    page_text = get_page(client, "/facilities/hall").text
    assert "Fri 25 Dec: 08:00 – 18:00 (Christmas Day)" in page_text


def test_values_that_were_not_offered_are_refused(hall, client):
    unknown = {"opens": "perhaps", "mode": "by force"}
    for page, field in ((f"{HOURS}/holidays", "opens"), (f"{HOURS}/mode", "mode")):
        for value in (unknown[field], "\0", "x" * 5000):
            assert post(client, page, {field: value}).status_code == 422
    assert post(client, f"{SPECIAL}/remove", {"first": "2026-12-01"}).status_code == 404
    assert post(client, f"{HOURS}/season/remove", {"first": "\0"}).status_code == 404
    assert client.get(f"{WEEK}?season=never").status_code == 200
    assert client.get("/manage/facilities/%00/hours").status_code == 404


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "Enter the address of the booking site."),
        ("http://a.example", "a full address such as https://"),
        ("//a.example", "a full address such as https://"),
        ("https://a.example/" + "x" * 300, "Use at most 300 characters."),
    ],
)
def test_an_invalid_external_address_is_reported_and_kept(hall, client, url, message):
    answer = post(client, f"{HOURS}/mode", {"mode": "elsewhere", "elsewhere_url": url})

    page = read_page(answer.text)
    assert answer.status_code == 422
    assert any(message in one.text for one in page.all("div", class_="field-error"))
    kept = dict(form_of(page, f"{HOURS}/mode").values())
    assert (kept["mode"], kept["elsewhere_url"]) == ("elsewhere", url)


def test_a_part_shows_where_its_hours_come_from_and_its_special_days(cluster, hall, client):
    make_facility(cluster, "bench", parent=hall, hours=None)
    make_special_day(hall, TUESDAY)

    said = get_page(client, "/manage/facilities/bench/hours").one("main").text

    assert "Mon – Fri 08:00 – 18:00 as Hall" in said
    assert "Tue 1 Dec from the facility above not open" in said
    assert "Use the hours of the facility above" not in said


def test_a_preview_does_not_show_dates_that_others_decide_on(cluster, app_context, client):
    hall = make_facility(cluster, "hall")
    bench = make_facility(cluster, "bench", parent=hall, hours=None)
    approver = make_approver(hall)
    make_approver(bench)
    sign_in(client, approver)
    typed = {"first": "2026-12-01", "version": "0", **opening("tue", "12", "14")}
    nothing_there = text_of(post(client, WEEK, typed))
    db.session.rollback()
    make_request(make_partner(), bench, [slot_on(TUESDAY, "07:00", "09:00")])

    there = post(client, WEEK, typed)
    checked = read_page(there.text)
    said = checked.one("main").text
    saved = submit(client, form_of(checked, WEEK), button="Save")

    assert text_of(there) == nothing_there
    assert "No bookings affected" in said
    assert "If others decide there, they are told when you save." in said
    assert "Tue 1 Dec, 08:00" not in said
    assert saved.status_code == 303
    db.session.rollback()
    assert db.session.query(Affected).count() == 1
