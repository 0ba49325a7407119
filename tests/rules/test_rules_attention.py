"""What of an installation needs an administrator's attention."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.rules.attention import (
    CHECK_BROKE_OFF,
    CHECK_EVERY,
    CHECK_LATE,
    Checked,
    CheckKind,
    Installation,
    Level,
    Need,
    Opened,
    attention,
    check_is_due,
)

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SITE = "https://booking.example.org"
PROXY = ("X-Forwarded-For",)


def facts(**changed) -> Installation:
    """A site where all is well, opened through its one proxy."""
    well = {
        "now": NOW,
        "worker_seen_at": NOW - timedelta(seconds=20),
        "base_url": SITE,
        "proxy_hops": 1,
        "opened": Opened(SITE, PROXY),
    }
    return Installation(**{**well, **changed})


def needs(**changed) -> list[Need]:
    return [one.need for one in attention(facts(**changed))]


def test_nothing_needs_attention_where_all_is_well():
    assert attention(facts()) == []


@pytest.mark.parametrize(
    ("changed", "need"),
    [
        ({"worker_seen_at": None}, Need.WORKER_NEVER_SEEN),
        ({"worker_seen_at": NOW - timedelta(minutes=5)}, Need.WORKER_LATE),
        ({"mail_failed": 1}, Need.MAIL_FAILED),
        ({"mail_waiting": 2, "mail_waiting_since": NOW - timedelta(minutes=15)}, Need.MAIL_WAITS),
        ({"mail_paused": True}, Need.MAIL_PAUSED_BY_SETTING),
        ({"mail_paused": True, "paused_since": NOW}, Need.MAIL_PAUSED),
        (
            {"mail_paused": True, "paused_since": NOW, "restored": True},
            Need.MAIL_PAUSED_AFTER_RESTORE,
        ),
        ({"has_mail_server": False}, Need.NO_MAIL_SERVER),
        ({"checks": [Checked(CheckKind.DATA, ended_at=NOW, faults=2)]}, Need.DATA_WRONG),
        ({"checks": [Checked(CheckKind.LOG, ended_at=NOW, faults=1)]}, Need.LOG_WRONG),
        ({"checks": [Checked(CheckKind.LOG, ended_at=NOW - CHECK_LATE)]}, Need.CHECK_LATE),
        ({"proxy_hops": 0}, Need.PROXY_NOT_COUNTED),
        ({"opened": Opened(SITE)}, Need.PROXY_NOT_HEARD),
        ({"opened": Opened("https://other.example.org", PROXY)}, Need.OTHER_ADDRESS),
        ({"opened": Opened(f"{SITE}:8443", PROXY)}, Need.OTHER_ADDRESS),
        ({"production": False}, Need.DEVELOPMENT),
        ({"facilities": 0}, Need.NOTHING_TO_BOOK),
        ({"without_coordinator": ("CenSec",)}, Need.NO_COORDINATOR),
        ({"without_manager": 1}, Need.NO_MANAGER),
        ({"admins": 0}, Need.NO_ADMIN),
        ({"admins": 1}, Need.ONE_ADMIN),
    ],
)
def test_each_fact_out_of_order_is_found(changed, need):
    assert needs(**changed) == [need]


@pytest.mark.parametrize(
    "changed",
    [
        {"worker_seen_at": NOW - timedelta(minutes=5, seconds=-1)},
        {"mail_waiting": 2, "mail_waiting_since": NOW - timedelta(minutes=14)},
        {"proxy_hops": 0, "opened": Opened(SITE)},
        {"opened": None},
        {"opened": Opened("http://booking.example.org:80", PROXY)},
        {"opened": Opened("https://BOOKING.example.org", PROXY)},
        {
            "production": False,
            "base_url": "http://127.0.0.1:8000",
            "opened": Opened("http://localhost:8100", PROXY),
        },
    ],
)
def test_what_is_usual_is_not_found(changed):
    assert needs(**changed) == []


def test_paused_mail_is_not_also_said_to_wait():
    late = NOW - timedelta(hours=2)
    assert needs(mail_paused=True, paused_since=late, mail_waiting_since=late, mail_waiting=3) == [
        Need.MAIL_PAUSED
    ]


def test_a_database_that_cannot_be_used_is_said_alone():
    found = attention(facts(database_fault="It is read-only.", worker_seen_at=None, admins=0))
    assert [(one.need, one.text) for one in found] == [(Need.DATABASE, "It is read-only.")]


def test_the_most_urgent_comes_first():
    found = attention(facts(admins=1, without_coordinator=("CenSec",), mail_failed=2))
    assert [one.level for one in found] == [Level.BROKEN, Level.SOON, Level.HINT]


def test_without_a_mail_server_a_trial_only_gets_a_hint():
    local = {"base_url": "http://localhost:8000", "opened": None, "has_mail_server": False}
    assert [one.level for one in attention(facts(production=False, **local))] == [Level.HINT]
    assert [one.level for one in attention(facts(has_mail_server=False))] == [Level.BROKEN]


@pytest.mark.parametrize(
    ("last", "is_due"),
    [
        ({}, True),
        ({"ended_at": NOW - CHECK_EVERY}, True),
        ({"ended_at": NOW - CHECK_EVERY + SECOND}, False),
        ({"ended_at": NOW - SECOND, "asked_at": NOW}, True),
        ({"started_at": NOW - SECOND}, False),  # another worker does it
        ({"started_at": NOW - SECOND, "asked_at": NOW, "ended_at": NOW - CHECK_EVERY}, False),
        ({"ended_at": NOW - SECOND, "started_at": NOW - CHECK_BROKE_OFF}, True),
    ],
)
def test_a_check_is_due_once_a_day_or_when_asked_and_never_twice_at_once(last, is_due):
    assert check_is_due(Checked(CheckKind.DATA, **last), NOW) is is_due
