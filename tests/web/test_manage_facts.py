"""The pages on which owners state facts: what is typed shows where and when it should."""

from datetime import date

import pytest

from booking.accounts.queries import account_of
from booking.extensions import db
from booking.facilities.facts import fact_values, set_here
from booking.facilities.models import Facility, KindDefault
from booking.manage.facts.service import publish_facts
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_focus_area,
    make_keeper,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, read_page, submit

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
MANAGE = "/manage/facilities/hall"
FACTS = f"{MANAGE}/facts"
PUBLIC = "/facilities/hall"


@pytest.fixture
def hall(app_context, client, other_client):
    """A hall; its keeper and the coordinator of its cluster are signed in."""
    cluster = make_cluster("here")
    make_focus_area("cbrn")
    hall = make_facility(
        cluster,
        "hall",
        description="An old hall.",
        capabilities=["smoke tests"],
        hazards=["laser (general knowledge)"],
        concepts=["drones-uas"],
    )
    keeper, coordinator = make_keeper(hall, name="Kim"), make_coordinator(cluster, name="Cora")
    sign_in(client, keeper)
    sign_in(other_client, coordinator)
    db.session.rollback()
    return hall


def form_of(client):
    return get_page(client, FACTS).one("form", action=FACTS)


def stated(name):
    db.session.rollback()
    return fact_values(db.session.query(Facility).filter_by(slug="hall").one())[name]


def errors_in(answer):
    return read_page(answer.text).one("div", class_="error-summary").text


def test_a_keeper_publishes_a_sentence_and_everybody_reads_it_at_once(hall, client):
    assert "An old hall." in get_page(client, PUBLIC).one("main").text

    answer = submit(client, form_of(client), {"description": "A <b>new</b> hall."})

    assert answer.status_code == 303
    page = client.get(PUBLIC).text
    assert "A &lt;b&gt;new&lt;/b&gt; hall." in page
    assert "<b>new" not in page
    assert "A <b>new</b> hall." in client.get("/catalogue.json").json["facilities"][0].values()
    db.session.rollback()
    row = db.session.query(Facility).filter_by(slug="hall").one()
    assert set_here(row) == {"description"}, "only what was typed is the owner's"


def test_what_is_not_touched_keeps_its_value_and_its_order(hall, client):
    before = {**fact_values(hall)}

    submit(client, form_of(client), {"size": "40 × 25 m", "equipment": "Crane\n- Winch\n\nCrane"})

    db.session.rollback()
    after = fact_values(db.session.query(Facility).filter_by(slug="hall").one())
    assert after == before | {"size": "40 × 25 m", "equipment": ["Crane", "Winch"]}


def test_a_draft_shows_only_in_the_preview_until_it_is_published(hall, client, other_client):
    draft = {"description": "Better.", "kind": "range", "step": "draft"}
    assert submit(client, form_of(client), draft).status_code == 303
    assert "Better." not in client.get(PUBLIC).text
    assert stated("description") == "An old hall."
    assert form_of(other_client).one("textarea", name="description").text == "Better."
    assert "You are editing a draft: Description" in get_page(other_client, FACTS).one("main").text

    preview = get_page(other_client, f"{FACTS}/preview")
    assert "Better." in preview.one("main").text
    assert "An old hall." not in preview.one("main").text
    assert "Better." not in client.get(PUBLIC).text, "a preview publishes nothing"
    assert submit(other_client, preview.one("form", action=f"{FACTS}/publish")).status_code == 303

    assert "Better." in client.get(PUBLIC).text
    assert (stated("description"), stated("kind")) == ("Better.", "range")
    assert "draft" not in get_page(client, FACTS).one("main").text.split("Save draft")[0]


def test_a_draft_that_is_deleted_leaves_what_is_published(hall, client):
    submit(client, form_of(client), {"description": "Worse.", "step": "draft"})
    page = get_page(client, FACTS)

    assert submit(client, page.one("form", action=f"{FACTS}/discard")).status_code == 303

    assert form_of(client).one("textarea", name="description").text == "An old hall."
    assert client.get(f"{FACTS}/preview").status_code == 302


def test_two_people_at_once_lose_nothing(hall, client, other_client):
    mine, theirs = form_of(client), form_of(other_client)
    assert submit(other_client, theirs, {"size": "Large", "city": "Aarhus"}).status_code == 303

    refused = submit(client, mine, {"size": "Small", "permits": "None"})

    assert refused.status_code == 409
    page = read_page(refused.text)
    said = page.one("div", class_="note-warning").text
    assert "Size: Large" in said
    assert "Town: Aarhus" in said
    again = page.one("form", action=FACTS)
    assert {name: dict(again.values())[name] for name in ("size", "permits", "city")} == {
        "size": "Small",
        "permits": "None",
        "city": "Aarhus",
    }
    assert submit(client, again).status_code == 303
    assert (stated("size"), stated("permits"), stated("city")) == ("Small", "None", "Aarhus")


def test_what_cannot_be_stated_is_said_at_its_field_and_kept(hall, client):
    typed = {
        "name": "",
        "use_cost": "price_list",
        "use_prices_url": "http://example.org/prices",
        "contact_role": "anna@example.org",
        "capabilities": "x" * 121,
        "lat": "north",
        "lon": "10",
        "permits": "Kept all the same",
    }

    answer = submit(client, form_of(client), typed)

    assert answer.status_code == 422
    said = errors_in(answer)
    for text in (
        "Name: Enter something here.",
        "begins with https://",
        "without an e-mail address",
        "at most 120 characters a line",
        "in degrees, such as",
    ):
        assert text in said
    kept = dict(read_page(answer.text).one("form", action=FACTS).values())
    assert {name: kept[name] for name in typed} == typed
    assert stated("permits") is None
    unlinked = submit(client, form_of(client), {"asking_cost": "price_list"})
    assert "Enter the address of the price list." in errors_in(unlinked)
    unread = submit(client, form_of(client), {"setting": "upstairs"})
    assert "Indoors or outdoors: This cannot be chosen here: upstairs" in errors_in(unread)
    unknown = submit(client, form_of(client), {"concepts": ["dragons"]})
    assert "This cannot be chosen here: dragons" in errors_in(unknown)


@pytest.mark.parametrize(
    ("lat", "lon", "doubt"),
    [("56,0", "4,0", "in the sea"), ("10.33", "55.47", "swapped"), ("52.5", "13.4", "in Germany")],
)
def test_coordinates_that_are_hardly_right_have_to_be_confirmed(hall, client, lat, lon, doubt):
    answer = submit(client, form_of(client), {"lat": lat, "lon": lon})

    assert answer.status_code == 422
    assert doubt in errors_in(answer)
    sure = read_page(answer.text).one("form", action=FACTS)
    assert submit(client, sure, {"position_is_sure": "y"}).status_code == 303
    assert stated("position") == [float(lat.replace(",", ".")), float(lon.replace(",", ".")), False]


def test_coordinates_are_rounded_where_the_owner_wants_it(hall, client):
    typed = {"lat": "55.4763", "lon": "10.3309", "position_is_rounded": "y"}

    assert submit(client, form_of(client), typed).status_code == 303

    assert stated("position") == [55.5, 10.3, True]


def test_a_change_of_one_fact_is_put_back_and_the_others_stay(hall, client, other_client):
    submit(other_client, form_of(other_client), {"size": "Large", "description": "New."})
    page = get_page(client, f"{FACTS}/history")
    lines = [one.text for one in page.all("li", class_="fact-change")]
    assert any("Description holds now before An old hall. after New." in one for one in lines)
    assert "Cora" not in page.one("main").text, "a keeper learns no names"
    assert "You, Tue 24 Nov" in get_page(other_client, f"{FACTS}/history").one("main").text
    back = next(
        one
        for one in page.all("form", action=f"{FACTS}/put-back")
        if dict(one.values())["name"] == "description"
    )

    assert submit(client, back).status_code == 303

    assert (stated("description"), stated("size")) == ("An old hall.", "Large")
    assert submit(client, back).status_code == 303, "once more changes nothing"


def test_only_a_change_of_this_facility_can_be_put_back(hall, client, other_client):
    other = make_facility(make_cluster("there"), "other", description="Old.")
    coordinator = account_of(make_coordinator(other.cluster).id)
    publish_facts(coordinator, "other", {"description": "New."})
    submit(other_client, form_of(other_client), {"size": "Large"})
    page = get_page(client, f"{FACTS}/history")
    back = page.one("form", action=f"{FACTS}/put-back")
    first = int(dict(back.values())["position"])

    for wrong in (
        {"position": first - 1, "name": "description"},
        {"name": "status"},
        {"position": "x"},
    ):
        assert submit(client, back, wrong).status_code == 404


def test_who_confirms_the_facts_dates_them(hall, client):
    page = get_page(client, FACTS)

    assert submit(client, page.one("form", action=f"{FACTS}/confirm")).status_code == 303

    assert "Confirmed by the owner on Tue 24 Nov" in get_page(client, FACTS).one("main").text


def test_a_kind_whose_hours_hit_dates_is_refused_without_telling_a_keeper_which(
    app_context, client, other_client
):
    cluster = make_cluster("here")
    hall = make_facility(cluster, "hall", hours=None)
    days = ["mon", "tue", "wed", "thu", "fri"]
    for kind, opens in (("lab", "08:00"), ("range", "20:00")):
        spans = [{"days": days, "from": opens, "to": "23:00"}]
        db.session.add(KindDefault(kind=kind, unit="hour", opening_hours=spans))
    db.session.commit()
    slot = slot_on(date(2026, 12, 1))
    make_request(make_partner(), hall, [slot], state=State.CONFIRMED, title="Brimvolt")
    keeper, approver = make_keeper(hall), make_approver(hall)
    sign_in(client, keeper)
    sign_in(other_client, approver)

    by_keeper = submit(client, form_of(client), {"kind": "range", "size": "Large"})
    by_decider = submit(other_client, form_of(other_client), {"kind": "range"})

    assert (by_keeper.status_code, by_decider.status_code) == (422, 422)
    assert "date prevents this change" not in by_keeper.text
    assert "1 date prevents this change" in by_decider.text
    assert (stated("kind"), stated("size")) == ("lab", None)


def test_what_has_changed_since_is_shown_before_it_is_confirmed(hall, client, other_client):
    confirm = get_page(client, FACTS).one("form", action=f"{FACTS}/confirm")
    submit(other_client, form_of(other_client), {"size": "Large"})

    refused = submit(client, confirm)

    assert refused.status_code == 409
    assert "Size: Large" in read_page(refused.text).one("div", class_="note-warning").text
