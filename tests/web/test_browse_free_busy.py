"""Free and busy times as JSON."""

from datetime import date

import pytest

from booking.rules.lifecycle import State
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    make_request,
    slot_on,
)


@pytest.fixture
def cluster(app_context):
    cluster = make_cluster()
    make_coordinator(cluster)
    return cluster


def days(client, query=""):
    response = client.get(f"/facilities/hall/times.json{query}")
    assert response.status_code == 200
    return {day["day"]: day for day in response.json["days"]}


def test_times_are_listed_by_day_in_the_facilitys_zone(cluster, client):
    hall = make_facility(cluster, "hall")
    slot = slot_on(date(2027, 1, 14), "09:00", "11:00")
    make_request(make_partner(), hall, [slot], state=State.CONFIRMED, title="Secret trial")

    response = client.get("/facilities/hall/times.json?first=2027-01-14&last=2027-01-16")

    assert "Secret trial" not in response.text
    assert response.json["zone"] == "Europe/Copenhagen"
    thursday, friday, saturday = response.json["days"]
    assert thursday["busy"] == [["2027-01-14T10:00:00+01:00", "2027-01-14T12:00:00+01:00"]]
    assert thursday["free"] == [
        ["2027-01-14T08:00:00+01:00", "2027-01-14T10:00:00+01:00"],
        ["2027-01-14T12:00:00+01:00", "2027-01-14T18:00:00+01:00"],
    ]
    assert friday["busy"] == []
    assert response.json["next_free"][0] == [
        "2026-11-25T08:00:00+01:00",
        "2026-11-25T09:00:00+01:00",
    ]
    assert saturday["asking"] == "not_open"


def test_without_days_the_next_month_is_returned(cluster, client):
    make_facility(cluster, "hall")

    assert next(iter(days(client))) == "2026-11-24"
    assert len(days(client)) == 31
    assert len(days(client, "?first=2027-01-01&last=2027-04-02")) == 92


@pytest.mark.parametrize(
    "query",
    [
        "?first=soon",
        "?first=2027-01-02&last=2027-01-01",
        "?first=2027-01-01&last=2027-04-03",
        "?first=2027-01-01&last=2077-01-01",
        "?first=9999-12-31",
        "?first=%00",
        "?first=9990-01-01",
        "?first=0001-01-01",
    ],
)
def test_invalid_days_are_refused_with_a_message(cluster, client, query):
    make_facility(cluster, "hall")

    response = client.get(f"/facilities/hall/times.json{query}")

    assert response.status_code == 422
    assert response.json["error"]


@pytest.mark.parametrize(
    "fields",
    [{"sees_public": "nothing"}, {"mode": "by_agreement"}, {"mode": "elsewhere"}],
)
def test_a_hidden_calendar_is_not_found(cluster, client, fields):
    make_facility(cluster, "hall", **fields)

    assert client.get("/facilities/hall/times.json").status_code == 404
    assert client.get("/facilities/nothing/times.json").status_code == 404
