"""Owners are asked once a year whether facts are still true."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.db.times import CENTRAL_EUROPEAN
from booking.extensions import db
from booking.facilities.models import Facility
from booking.manage.facts.service import confirm_facts
from booking.notices.models import Notice
from booking.notices.queries import updates
from booking.notices.sentences import sentence
from booking.notices.still_true import ask_whether_still_true
from tests.conftest import NOW
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_keeper,
)


@pytest.fixture
def cluster(app_context):
    return make_cluster("censec", short_name="CenSec")


def told(person):
    """What a person's updates say, newest first."""
    db.session.rollback()
    account = account_of(person.id)
    return [sentence(one, CENTRAL_EUROPEAN) for one in updates(account.viewer).notices]


def test_keepers_are_asked_and_coordinators_about_what_has_none(cluster):
    hall = make_facility(cluster, "hall")
    make_facility(cluster, "bench", parent=hall)
    make_facility(cluster, "tower")
    make_facility(cluster, "ruin", status="closed")
    keeper, coordinator = make_keeper(hall), make_coordinator(cluster)
    db.session.commit()
    assert ask_whether_still_true() == 2
    asked = "Is what the public pages say still true? Nobody has confirmed it for a year: "
    assert told(keeper) == [f"{asked}Bench · Hall."]
    assert told(coordinator) == [
        "Is what the public page says still true? Nobody has confirmed it for a year: Tower."
    ]


def test_one_reminder_follows_and_then_nothing_until_a_year_has_passed(cluster, at):
    make_facility(cluster, "hall")
    coordinator = make_coordinator(cluster)
    db.session.commit()
    numbers = []
    for days in (0, 1, 29, 30, 31, 364, 365, 366):
        at(NOW + timedelta(days=days))
        numbers.append(ask_whether_still_true())
        db.session.rollback()
    assert numbers == [1, 0, 0, 1, 0, 0, 1, 0]
    assert [one.startswith("Reminder") for one in told(coordinator)] == [False, True, False]


def test_what_was_confirmed_is_asked_about_a_year_later(cluster, at):
    make_facility(cluster, "hall")
    coordinator = make_coordinator(cluster)
    db.session.commit()
    confirm_facts(account_of(coordinator.id), "hall")
    assert ask_whether_still_true() == 0
    at(NOW + timedelta(days=364))
    assert ask_whether_still_true() == 0
    at(NOW + timedelta(days=365))
    assert ask_whether_still_true() == 1


def test_two_workers_ask_once(cluster, app):
    make_facility(cluster, "hall")
    make_coordinator(cluster)
    db.session.commit()

    def work(_number):
        with app.app_context():
            return ask_whether_still_true()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, range(2))) == [0, 1]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 1
    assert db.session.scalar(sa.select(Facility.confirmed_on)) is None
