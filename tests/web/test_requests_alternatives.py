"""The alternatives on the form: what they say, and what taking one does."""

from datetime import date, timedelta

import pytest

from booking.rules.lifecycle import State
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post, read_page, submit
from tests.web.requests_pages import FILLED, JANUARY_12, check, request_form, value

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])

MORNING = slot_on(date(2027, 1, 12), "08:00", "11:00")
TYPED = {"title": "A <b>bold</b> trial", "purpose": "First line\nsecond line", "people": "3"}


@pytest.fixture
def cluster(app_context):
    cluster = make_cluster("censec")
    make_coordinator(cluster, email="coordinator@example.org")
    return cluster


@pytest.fixture
def lab(cluster):
    lab = make_facility(cluster, "lab", places=2, capabilities=["flight"])
    make_request(make_partner(), lab, [MORNING], state=State.CONFIRMED, places=2)
    return lab


def offered(page):
    """The alternatives on a page, each with its text and its button."""
    blocks = page.all("section", class_="possibilities")
    return [(item.text, item.one("button")) for block in blocks for item in block.all("li")]


def take(client, page, words):
    """The page after pressing the button of the one alternative that says so."""
    (button,) = [button for text, button in offered(page) if words in text]
    form = request_form(page)
    data = dict(form.values()) | {"step": button.get("value")}
    response = client.post("/requests/new", data=data)
    assert response.status_code == 200, response.status
    return read_page(response.text)


def test_for_a_taken_date_others_are_offered_and_choosing_one_keeps_the_input(client, lab):
    page = check(client, TYPED | {"places": "2"}, status=422)
    assert any(
        "Same place: one day later Wed 13 Jan 2027, 09:00 – 12:00" in t for t, _ in offered(page)
    )
    before = dict(request_form(page).values())

    taken = take(client, page, "one day later")

    after = dict(request_form(taken).values())
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert changed - {"csrf_token"} == {"dates-0-day"}
    assert after["dates-0-day"] == "2027-01-13"
    assert not offered(taken)
    checked = submit(client, request_form(taken), button="Review request")
    assert "Wed 13 Jan 2027, 09:00 – 12:00" in read_page(checked.text).text


def test_choosing_another_facility_opens_its_form_with_all_input(client, lab, cluster):
    make_facility(cluster, "bench", unit="day", name="Long bench", capabilities=["indoor flight"])
    page = check(client, TYPED, status=422)

    taken = take(client, page, "Long bench")

    assert taken.one("h1").text == "Request Long bench"
    for name, typed in (TYPED | {"activity": "experiment", "hazards": "no"}).items():
        assert value(taken, name) == typed
    assert (value(taken, "dates-0-first_day"), value(taken, "facility")) == ("2027-01-12", "bench")
    assert submit(client, request_form(taken), button="Review request").status_code == 200


def test_only_refused_dates_lead_to_alternatives(client, lab):
    free = {"dates-0-day": "2027-01-13"}

    assert not offered(check(client, free | {"title": ""}, status=422))
    assert offered(check(client, {"title": ""}, status=422))
    assert not offered(check(client, {"dates-0-ends_time": "never"}, status=422))


def offers_for(client, how_many):
    """The alternatives to so many dates by the hour, of which the last two overlap."""
    typed = {}
    for number in range(how_many):
        first = date(2027, 1, 12) + timedelta(days=min(number, how_many - 2))
        typed |= {
            f"dates-{number}-day": first.isoformat(),
            f"dates-{number}-starts_time": "09:00",
            f"dates-{number}-ends_time": "12:00",
        }
    page = read_page(post(client, "/requests/new", FILLED | typed | {"facility": "lab"}).text)
    assert "overlap" in page.one(id="errors").text
    return offered(page)


def test_many_dates_that_overlap_each_other_have_no_alternatives(client, cluster):
    make_facility(cluster, "lab", hours=None)

    assert offers_for(client, 5)
    assert not offers_for(client, 25)


def test_an_unknown_button_changes_nothing(client, lab):
    typed = dict(request_form(check(client, status=422)).values())
    for step in (
        "use:",
        "use:lab:1:",
        "use:lab:1:20270113T0800Z-20270113T0800Z",
        "use:lab:1:20279913T0800Z-20270113T0900Z",
        "use:lab:-1:20270113T0800Z-20270113T0900Z",
        "use:lab:whole:\0",
        "use:LAB'--:1:20270113T0800Z-20270113T0900Z",
        "use:lab:1:" + ",".join(["20270113T0800Z-20270113T0900Z"] * 300),
    ):
        response = client.post("/requests/new", data=typed | {"step": step})

        assert response.status_code == 422, step
        kept = dict(request_form(read_page(response.text)).values())
        assert {name: kept[name] for name in FILLED | JANUARY_12} == FILLED | JANUARY_12


def test_a_button_for_an_unknown_facility_is_not_found(client, lab):
    data = FILLED | JANUARY_12 | {"facility": "lab"}
    step = "use:attic:1:20270113T0800Z-20270113T0900Z"

    assert post(client, "/requests/new", data | {"step": step}).status_code == 404


@pytest.mark.parametrize("taken", [False, True])
def test_a_hidden_calendar_is_never_offered_with_times(client, lab, cluster, taken):
    """Neither next to another facility, nor where it is the requested one, and nothing of it."""
    hidden = {"sees_public": "nothing", "sees_signed_in": "nothing", "sees_own_cluster": "nothing"}
    secret = make_facility(
        cluster,
        "secret",
        name="Secret bench",
        maximum_units=2,
        hours=("10:00", "17:00"),
        capabilities=["flight"],
        **hidden,
    )
    if taken:
        afternoon = slot_on(date(2027, 1, 12), "08:00", "16:00")
        make_request(make_partner(), secret, [afternoon], state=State.CONFIRMED)
    sign_in(client, make_partner())

    page = check(client, {"dates-0-starts_time": "10:00"}, status=422)
    assert "Secret bench" not in page.text
    own = [text for text, _ in offered(check(client, status=422, query="facility=secret"))]

    assert [text for text in own if "Lab" not in text] == [
        "Same place: 1 hour shorter Tue 12 Jan 2027, 09:00 – 11:00 Use this"
    ]


def test_alternatives_are_also_offered_when_entering_a_booking(client, lab, cluster):
    sign_in(client, make_coordinator(cluster))
    form = get_page(client, "/manage/bookings/new?facility=lab").one(
        "form", action="/manage/bookings/new"
    )
    typed = {"title": "Repair", "purpose": "Paint it.", "activity": "maintenance"} | JANUARY_12
    refused = submit(client, form, typed, "Enter and confirm")
    assert refused.status_code == 422
    page = read_page(refused.text)
    (button,) = [button for text, button in offered(page) if "one day later" in text]

    data = dict(page.one("form", action="/manage/bookings/new").values())
    taken = client.post("/manage/bookings/new", data=data | {"step": button.get("value")})

    form = read_page(taken.text).one("form", action="/manage/bookings/new")
    assert dict(form.values())["dates-0-day"] == "2027-01-13"
    assert submit(client, form, button="Enter and confirm").status_code == 302


def test_a_series_stays_one_and_moves_within_its_days(client, lab, cluster):
    make_facility(cluster, "bench", name="Long bench", capabilities=["indoor flight"])
    weekly = {"repeat-pattern": "weekly", "repeat-weekdays": ["1"], "repeat-count": "3"}
    page = check(client, weekly | {"dates-0-day": "2027-01-05"}, status=422)
    texts = [text for text, _ in offered(page)]
    assert any("Same place, all dates: 3 hours later" in text for text in texts), texts
    assert not [text for text in texts if "day later" in text or "day earlier" in text]

    for words, start, name in (("3 hours later", "12:00", "lab"), ("Long bench", "09:00", "bench")):
        taken = take(client, page, words)

        assert value(taken, "facility") == name
        assert value(taken, "dates-0-starts_time") == start
        assert value(taken, "dates-0-day") == "2027-01-05"
        checked = submit(client, request_form(taken), button="Review request")
        assert checked.status_code == 200
        assert "Tue 19 Jan 2027" in read_page(checked.text).text
