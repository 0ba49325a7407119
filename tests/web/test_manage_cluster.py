"""Pages: coordinators keep what their cluster says of itself."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import Booking
from booking.clusters.deadlines import deadlines_of
from booking.clusters.facts import stated_facts
from booking.clusters.models import Cluster
from booking.extensions import db
from booking.manage.cluster import service
from booking.requests.service import send
from tests.conftest import NOW
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_focus_area,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, read_page, submit
from tests.request_factories import sending_for

FACTS = "/manage/clusters/here/facts"
TYPED = {
    "kind": "regional network",
    "description": "A network <b>by the sea</b>.",
    "aims": "Share what is costly\r\n\r\nFind gaps\r\nShare what is costly",
    "focus_areas": "forensics",
    "expertise": "radio\r\ndrones",
    "industry": "Demo Drones",
    "practitioners": "Demo Police",
    "contact_role": "Cluster office",
    "website": "https://here.example",
    "answer_days": "15",
    "days_off-0-first": "2026-12-24",
    "days_off-0-last": "2027-01-01",
    "days_off-0-name": "Christmas",
}


@pytest.fixture
def here(app_context, client):
    """A cluster whose coordinator is signed in."""
    cluster = make_cluster("here", short_name="Here")
    make_facility(cluster, "hall")
    make_focus_area("forensics")
    sign_in(client, make_coordinator(cluster, name="Cora"))
    db.session.rollback()  # what the client wrote would hold up a writer here
    return cluster


def checked(client, typed):
    """The answer of the check page for what was typed into the form as it is now."""
    return submit(client, get_page(client, FACTS).one("form", action=FACTS), typed)


def saved(client, typed):
    page = read_page(checked(client, typed).text)
    return submit(client, page.one("form", action=FACTS), {"step": "save"})


def main(client, url):
    return get_page(client, url).one("main").text


def cluster_now():
    db.session.rollback()
    return db.session.scalars(sa.select(Cluster).where(Cluster.slug == "here")).one()


def test_what_is_stated_is_checked_saved_shown_to_everybody_and_logged(here, client):
    assert main(client, "/clusters/here").count("not stated") >= 3

    check = read_page(checked(client, TYPED).text).one("main").text

    for said in ("Nothing is saved yet.", "10 working days", "15 working days", "Cluster office"):
        assert said in check
    assert "due for an answer on Tue 15 Dec instead of Tue 8 Dec" in check
    assert cluster_now().aims == []
    assert saved(client, TYPED).status_code == 303
    assert cluster_now().aims == ["Share what is costly", "Find gaps"]
    assert cluster_now().set_here == sorted(stated_facts(here))
    public = main(client, "/clusters/here")
    for said in (
        "A network <b>by the sea</b>.",
        "Find gaps",
        "Demo Police",
        "Public bodies not stated",
        "Cluster office",
        "Within 15 working days",
        "Thu 24 Dec – Fri 1 Jan 2027 (Christmas)",
        "here.example",
    ):
        assert said in public
    assert "(address not verified)" not in public
    log = main(client, "/manage/clusters/here/log")
    assert "Industry: Demo Drones" in log
    assert "after Thu 24 Dec – Fri 1 Jan 2027 (Christmas)" in log


def test_saving_what_is_there_already_changes_and_marks_nothing(here, client):
    saved(client, TYPED)
    marked = cluster_now().set_here

    page = read_page(checked(client, {}).text)

    assert "Nothing differs from what is stored." in page.one("main").text
    assert not page.all("button", value="save")
    assert cluster_now().set_here == marked


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_all_that_is_wrong_is_said_at_its_field_and_kept(here, client):
    wrong = {
        "aims": "x" * 201,
        "expertise": "\n".join(f"area {number}" for number in range(41)),
        "focus_areas": "forensics",
        "contact_role": "anna@example.org",
        "website": "ftp://here.example",
        "answer_days": "0",
        "days_off-0-first": "2026-12-24",
        "days_off-0-last": "2026-12-20",
        "days_off-1-last": "2026-12-20",
        "days_off-1-name": "Why",
    }

    answer = checked(client, wrong)

    assert answer.status_code == 422
    page = read_page(answer.text)
    summary = page.one("div", class_="error-summary").text
    for said in (
        "Too long: “xxxx",
        "at most 40 lines; there are 41",
        "no address",
        "begins with https://",
        "Enter 1 or more.",
        "The last day is before the first.",
        "Enter the first day.",
    ):
        assert said in summary
    assert page.one("input", name="website").get("value") == "ftp://here.example"
    assert cluster_now().set_here == []


def test_who_saves_second_is_told_what_the_first_has_saved(here, client, other_client):
    sign_in(other_client, make_coordinator(here, name="Bo"))
    db.session.rollback()
    form = get_page(other_client, FACTS).one("form", action=FACTS)
    check = read_page(submit(other_client, form, {"description": "By Bo"}).text)
    saved(client, {"description": "By Cora", "answer_days": "5"})

    answer = submit(other_client, check.one("form", action=FACTS), {"step": "save"})

    assert answer.status_code == 409
    page = read_page(answer.text)
    told = page.one("div", class_="note-warning").text.replace("\u2068", "").replace("\u2069", "")
    assert "By Cora Changed by Cora" in told
    assert "5 working days" in told
    assert page.one("textarea", name="description").text == "By Bo"
    assert cluster_now().description == "By Cora"
    assert saved(other_client, {"description": "By Bo"}).status_code == 303
    assert (cluster_now().description, cluster_now().answer_days) == ("By Bo", 5)


def test_waiting_bookings_keep_their_due_date_and_new_ones_count_days_off(here, client):
    hall = make_facility(here, "lab", lead_time_days=0)
    waiting = make_request(make_partner(), hall, [slot_on(date(2027, 3, 2))])
    stands = db.session.scalars(sa.select(Booking.due_at)).one()

    db.session.rollback()

    saved(client, {"answer_days": "3", "days_off-0-first": "2026-11-26"})

    db.session.rollback()
    assert db.session.scalars(sa.select(Booking.due_at)).one() == stands
    other = account_of(make_partner().id)
    send(other, sending_for(hall, slot_on(date(2027, 3, 3))))
    due = sa.select(Booking.due_at).where(Booking.request_id != waiting.id)
    assert db.session.scalars(due).one() == datetime(2026, 11, 30, 17, tzinfo=UTC)


def test_days_off_that_are_over_still_count_for_deadlines_that_run(here, client, at):
    saved(client, {"days_off-0-first": "2026-11-26"})
    at(datetime(2026, 12, 3, 9, tzinfo=UTC))
    db.session.rollback()
    sign_in(client, make_coordinator(here))  # the first one's sign-in is over

    assert "2026-11-26" not in checked(client, {}).text
    saved(client, {"days_off-0-first": "2026-12-24"})

    cluster = cluster_now()
    assert [first for first, _, _ in cluster.days_off] == ["2026-11-26", "2026-12-24"]
    assert {date(2026, 11, 26), date(2026, 12, 24)} <= deadlines_of(cluster, NOW).holidays


def test_only_those_who_coordinate_it_change_a_cluster(here):
    stranger = account_of(make_coordinator(make_cluster("there")).id)
    facts = stated_facts(here)

    with pytest.raises(service.NotFound):
        service.change_cluster_facts(stranger, "here", facts, version="0")
