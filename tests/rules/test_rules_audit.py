"""The log of who changed what: its events, what an entry is sealed with, addresses made short."""

from datetime import UTC, date, datetime

import pytest

from booking.rules.audit_chain import (
    BEGINNING,
    LONGEST_TEXT,
    Sealed,
    content_of,
    content_text,
    digest,
    shortened_address,
)
from booking.rules.audit_events import (
    EVENTS,
    Event,
    Subject,
    changed_only,
    subject_fault,
)

SEALED = Sealed(
    position=7,
    at=datetime(2026, 11, 24, 9, tzinfo=UTC),
    event=Event.HOURS_CHANGED,
    actor_kind="person",
    actor_id=3,
    person_id=None,
    organisation_id=None,
    cluster_id=1,
    facility_id=5,
    reference=None,
    content_digest=digest("salt", "text"),
    address_digest=None,
    previous_hash=BEGINNING,
)


def test_each_event_says_what_it_is_about():
    assert set(EVENTS) == set(Event)


def test_the_names_of_events_fit_their_column():
    assert max(map(len, Event)) <= 40


@pytest.mark.parametrize(
    ("event", "given", "fault"),
    [
        (Event.MEMBER_LEFT, {Subject.PERSON, Subject.ORGANISATION}, None),
        (Event.MEMBER_LEFT, {Subject.PERSON}, "member_left says nothing of its organisation"),
        (
            Event.PASSWORD_SET,
            {Subject.PERSON, Subject.FACILITY},
            "password_set is not about: facility",
        ),
    ],
)
def test_an_event_names_all_that_it_is_about_and_nothing_else(event, given, fault):
    assert subject_fault(event, frozenset(given)) == fault


def test_of_before_and_after_only_what_differs_is_left():
    before, after = {"people": 4, "note": "a"}, {"people": 6, "note": "a", "unit": "day"}

    assert changed_only(before, after) == ({"people": 4}, {"people": 6, "unit": "day"})


@pytest.mark.parametrize(
    "change",
    [
        {"position": 8},
        {"at": datetime(2026, 11, 24, 9, 0, 0, 1, tzinfo=UTC)},
        {"event": Event.TERMS_CHANGED},
        {"actor_kind": "operator"},
        {"actor_id": 4},
        {"person_id": 3},
        {"organisation_id": 5},
        {"cluster_id": 2},
        {"facility_id": None, "organisation_id": 5},
        {"reference": "K7M-4QX"},
        {"content_digest": digest("salt", "another text")},
        {"address_digest": digest("salt", "192.0.2.0/24")},
        {"previous_hash": "1" * 64},
    ],
)
def test_the_hash_of_an_entry_covers_each_of_its_values(change):
    assert SEALED._replace(**change).hash != SEALED.hash


def test_the_hash_of_a_stored_entry_is_the_same_in_every_version():
    assert SEALED.hash == "d9056206c6f2fd62655aa84a9c5d40d3523a127da1fbd93ae8285da42437fda6"


def test_content_is_read_as_it_was_written():
    text = content_text({"first": date(2026, 12, 1)}, {"first": None, "spans": ["09:00"]}, "Fire")

    content = content_of(text)

    assert content.before == {"first": "2026-12-01"}
    assert content.after == {"first": None, "spans": ["09:00"]}
    assert content.why == "Fire"
    assert content_text({}, {}, "") is None


def test_long_texts_are_cut():
    content = content_of(content_text({}, {"text": "x" * 5000}, "y" * 5000))

    assert len(content.after["text"]) == len(content.why) == LONGEST_TEXT


def test_what_is_no_plain_value_is_refused():
    with pytest.raises(TypeError, match="object"):
        content_text({}, {"what": object()}, "")


@pytest.mark.parametrize(
    ("address", "short"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_an_address_is_shortened_to_its_network(address, short):
    assert shortened_address(address) == short
