"""Mistakes on pages of facilities: who is signed in reports them, their owners settle them."""

from datetime import timedelta

import pytest

from booking.corrections.models import Correction
from booking.extensions import db
from booking.rules.corrections import MOST_OPEN
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_keeper,
    make_partner,
    sign_in,
)
from tests.pages import get_page, read_page, submit

REPORT = "/facilities/hall/report-a-mistake"
REPORTS = "/manage/facilities/hall/reports"


@pytest.fixture
def hall(app_context):
    return make_facility(make_cluster(short_name="CenSec"), "hall")


@pytest.fixture
def partner(client, hall):
    partner = make_partner(name="Ada")
    sign_in(client, partner)
    db.session.rollback()
    return partner


def report(client, text="It is 30 m long."):
    answer = submit(client, get_page(client, REPORT).one("form", action=REPORT), {"text": text})
    db.session.rollback()
    return answer


def test_keepers_and_coordinators_are_told_and_settle_it_and_the_reporter_hears_of_it(
    app, client, hall, partner
):
    keeper, coordinator = make_keeper(hall), make_coordinator(hall.cluster)
    elsewhere = make_keeper(make_facility(hall.cluster, "shed"))
    approver = make_approver(hall)
    assert get_page(client, "/facilities/hall").all("a", href=REPORT)

    assert report(client).status_code == 302

    said = "Ada reported a mistake on the page of Hall."
    told = {}
    for name, person in {
        "keeper": keeper,
        "coordinator": coordinator,
        "elsewhere": elsewhere,
        "approver": approver,
    }.items():
        told[name] = app.test_client()
        sign_in(told[name], person)
        db.session.rollback()
        assert (said in get_page(told[name], "/account/updates").text) is (
            name in ("keeper", "coordinator")
        ), name
    assert get_page(told["keeper"], "/account/updates").all("a", href=REPORTS)
    (marked,) = get_page(told["keeper"], "/manage").all("a", href=REPORTS)
    assert marked.text == "1 mistake reported"
    page = get_page(told["keeper"], REPORTS)
    assert "It is 30 m long." in page.one("section", **{"aria-labelledby": "open"}).text
    settling = page.all("form", action=f"{REPORTS}/1")
    assert submit(told["keeper"], settling[0]).status_code == 303
    assert not get_page(told["keeper"], "/manage").all("a", href=REPORTS)
    again = submit(told["coordinator"], settling[1], {"csrf_token": _token(told["coordinator"])})
    assert again.status_code == 303
    assert "Somebody has settled this report" in get_page(told["coordinator"], REPORTS).text
    assert (
        "CenSec corrected what you reported on the page of Hall."
        in get_page(client, "/account/updates").text
    )


def _token(client):
    return dict(get_page(client, REPORT).one("form", action=REPORT).values())["csrf_token"]


def test_a_report_needs_words_and_is_stored_once(client, hall, partner):
    empty, long = report(client, " "), report(client, "x" * 1001)
    report(client)
    report(client)

    assert "what would be right" in read_page(empty.text).one(id="text-error").text
    assert long.status_code == 422
    assert "x" * 1001 in long.text
    assert db.session.query(Correction).count() == 1


def test_one_person_reports_a_bounded_number_in_a_day(client, hall, partner, at):
    for number in range(10):
        assert report(client, f"Mistake {number}").status_code == 302

    refused = report(client, "One more")

    assert refused.status_code == 429
    assert "One more" in read_page(refused.text).one("textarea").text
    at(NOW + timedelta(hours=25))
    sign_in(client, partner)
    db.session.rollback()
    assert report(client, "One more").status_code == 302


def test_a_facility_has_a_bounded_number_of_open_reports(client, hall, partner):
    others = make_partner()
    db.session.add_all(
        Correction(
            facility_id=hall.id,
            reported_by_id=others.id,
            reported_at=NOW,
            text=f"Mistake {number}",
        )
        for number in range(MOST_OPEN)
    )
    db.session.commit()

    refused = report(client)

    assert refused.status_code == 422
    assert "Many reports wait here already" in read_page(refused.text).one(id="text-error").text
