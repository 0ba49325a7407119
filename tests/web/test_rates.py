"""Limits: how often one network may search and read calendars, and what a 429 says."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.models import FailedSignIn
from booking.accounts.queries import account_of
from booking.extensions import db
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from booking.rules.limits import DEFAULT_LIMITS, Limit, LimitName
from booking.web.rates import Rates
from tests.factories import make_cluster, make_facility, make_partner
from tests.pages import read_page
from tests.statements import count_statements

A, B = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def limited(app, monkeypatch):
    """Returns a function that sets limits of two a minute, for so many processes."""

    def limit(*names, tries=2, processes=1):
        tight = dict.fromkeys(names, Limit(tries, timedelta(minutes=1)))
        limits = {**DEFAULT_LIMITS, **tight}
        settings = replace(app.extensions["settings"], limits=limits, web_processes=processes)
        monkeypatch.setitem(app.extensions, "settings", settings)
        monkeypatch.setitem(app.extensions, "rates", Rates())

    return limit


@pytest.fixture
def hall(app):
    with app.app_context():
        make_facility(make_cluster("here"), "hall")


def get(client, url, address=A):
    return client.get(url, environ_overrides={"REMOTE_ADDR": address})


@pytest.mark.parametrize("url", ["/?what=drone", "/facilities?what=drone", "/calendar?view=week"])
def test_searches_are_limited_for_each_network(url, client, limited):
    limited(LimitName.SEARCH)

    assert [get(client, url).status_code for _ in range(3)] == [200, 200, 429]
    refused = get(client, url)
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert read_page(refused.text).one("h1").text == "Too many attempts"
    assert get(client, url, B).status_code == 200
    assert get(client, "/").status_code == 200, "the page without a search"


@pytest.mark.parametrize("url", ["/catalogue.json", "/catalogue.csv"])
def test_files_of_the_catalogue_count_as_searches(url, client, limited):
    limited(LimitName.SEARCH)

    assert [get(client, url).status_code for _ in range(3)] == [200, 200, 429]


def test_typing_counts_apart_from_searches(client, limited):
    limited(LimitName.SEARCH)

    assert [get(client, "/suggestions.json?what=d").status_code for _ in range(3)] == [
        200,
        200,
        429,
    ]
    assert get(client, "/?what=drone").status_code == 200


def test_each_process_takes_its_part_of_a_limit(client, limited):
    limited(LimitName.SEARCH, tries=8, processes=4)

    statuses = [get(client, "/?what=drone").status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


def test_this_machine_is_not_limited(client, limited):
    limited(LimitName.SEARCH)

    assert {get(client, "/?what=drone", "127.0.0.1").status_code for _ in range(4)} == {200}


def test_a_search_within_the_limit_costs_no_statement(app_context, client, limited):
    limited(LimitName.SEARCH, tries=100)
    get(client, "/facilities?what=drone")

    counted, exempt = (
        count_statements(lambda address=address: get(client, "/facilities?what=drone", address))
        for address in (A, "127.0.0.1")
    )

    assert counted == exempt


def test_public_calendars_are_limited_for_each_network(client, limited, hall):
    limited(LimitName.FEED)

    urls = ("/facilities/hall.ics", "/clusters/here.ics", "/facilities/hall.ics")
    assert [get(client, url).status_code for url in urls] == [200, 200, 429]
    assert get(client, "/facilities/hall.ics", B).status_code == 200


def test_a_secret_calendar_has_a_limit_of_its_own(app, client, limited):
    with app.app_context():
        account = account_of(make_partner("anna@example.org").id)
        one, other = (make_feed(account, FeedKind.OWN, with_titles=False) for _ in range(2))
    limited(LimitName.FEED)

    assert [get(client, f"/feeds/{one}.ics").status_code for _ in range(3)] == [200, 200, 429]
    assert get(client, f"/feeds/{other}.ics").status_code == 200


def test_wrong_calendar_addresses_are_counted_for_all_processes_and_right_ones_go_on(
    app, client, limited, monkeypatch
):
    with app.app_context():
        account = account_of(make_partner("anna@example.org").id)
        right = make_feed(account, FeedKind.OWN, with_titles=False)
    limited(LimitName.FEED_TOKEN, tries=40)

    statuses = []
    for number in range(62):
        monkeypatch.setitem(app.extensions, "rates", Rates())  # as in another process
        statuses.append(get(client, f"/feeds/wrong{number}.ics").status_code)

    assert statuses == [404] * 60 + [429] * 2, "the default in the database"
    assert get(client, f"/feeds/{right}.ics").status_code == 200
    assert get(client, "/feeds/wrong.ics", B).status_code == 404


def test_many_wrong_calendar_addresses_write_little(app, client, limited):
    limited(LimitName.FEED_TOKEN)

    statuses = [get(client, f"/feeds/wrong{number}.ics").status_code for number in range(4)]

    assert statuses == [404, 404, 429, 429]
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(FailedSignIn)) == 2
