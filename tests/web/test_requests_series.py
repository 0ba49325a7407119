"""A date that comes again: shown before it is sent, and nothing left out unsaid."""

from datetime import UTC, date, datetime

import pytest

from booking.extensions import db
from booking.requests.models import Occurrence
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
from tests.pages import get_page, read_page, submit
from tests.web.requests_pages import FILLED, JANUARY_12, ask_form, open_form, summary

WEEKLY = {"repeat-pattern": "weekly", "repeat-count": "4"}


@pytest.fixture
def cluster(app_context):
    cluster = make_cluster("censec")
    make_coordinator(cluster)
    return cluster


@pytest.fixture
def lab(cluster):
    return make_facility(cluster, "lab", places=1)


def press(client, page, button, typed=None, status=200):
    response = submit(client, ask_form(page), typed, button)
    assert response.status_code == status, response.status
    return read_page(response.text)


def shown(client, typed, status=200, facility="lab"):
    page = get_page(client, f"/requests/new?facility={facility}")
    return press(client, page, "Show the dates", typed, status)


def strip(page):
    return [item.text for item in page.all("li", class_="strip-date")]


def test_a_series_is_shown_date_by_date_and_conflicts_are_left_out_only_when_one_says_so(
    client, lab
):
    partner = make_partner("anna@example.org")
    make_request(
        make_partner(), lab, [slot_on(date(2027, 1, 19), "09:00", "10:00")], state=State.CONFIRMED
    )
    sign_in(client, partner)

    page = shown(client, JANUARY_12 | WEEKLY)
    assert page.one(id="strip-title").text == "4 dates: 3 can be asked for · 1 conflicts"
    assert strip(page)[0].startswith("Tue 12 Jan 2027 ✓ free")
    assert strip(page)[1].startswith("Tue 19 Jan 2027 ▮ busy Taken: Tue 19 Jan 2027, 10:00")

    refused = press(client, page, "Check and send", FILLED, 422)
    assert "1 of the 4 dates conflicts" in summary(refused)
    page = press(client, refused, "Leave out the one that conflicts")
    assert page.one(id="strip-title").text == "4 dates: 3 can be asked for · 1 left out"

    checked = press(client, page, "Check and send")
    assert "1 left out Tue 19 Jan 2027" in checked.text
    sent = submit(client, ask_form(checked), button="Send")
    assert sent.status_code == 302
    db.session.rollback()
    asked_for = db.session.query(Occurrence).filter_by(state=State.REQUESTED)
    assert sorted(o.starts_at.date().isoformat() for o in asked_for) == [
        "2027-01-12",
        "2027-01-26",
        "2027-02-02",
    ]
