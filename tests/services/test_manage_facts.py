"""Facts and drafts on both databases: what is kept, what is rolled back, who is in whose way."""

from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import Occupancy
from booking.errors import Invalid
from booking.extensions import db
from booking.facilities.change_models import FacilityDraft
from booking.facilities.described import described_facility
from booking.facilities.facts import fact_values, set_here
from booking.facilities.models import Facility, Place
from booking.manage.facts import service
from booking.manage.new_facilities.service import as_published, begin_facility, publish_new
from booking.manage.version import ChangedMeanwhile, facility_version
from booking.rules.audit_chain import LONGEST_TEXT
from booking.rules.facts import FACTS
from booking.rules.lifecycle import State
from booking.rules.new_facilities import Setup
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_keeper,
    make_partner,
    make_request,
    slot_on,
)
from tests.two_at_once import at_once

NAMED = {"name": "Bench", "kind": "workbench"}


@pytest.fixture
def hall(app_context):
    cluster = make_cluster("here")
    hall = make_facility(cluster, "hall", description="Old.")
    hall.keeper = account_of(make_keeper(hall).id)
    hall.coordinator = account_of(make_coordinator(cluster).id)
    db.session.rollback()
    return hall


def stored():
    db.session.rollback()
    return db.session.scalars(sa.select(Facility).where(Facility.slug == "hall")).one()


def test_the_log_holds_each_fact_whole_so_that_it_can_be_put_back():
    assert max(fact.most for fact in FACTS) <= LONGEST_TEXT


def test_a_preview_leaves_nothing_behind(hall):
    values = {"description": "New.", "position": [55.5, 10.3, True]}
    service.save_draft(hall.keeper, "hall", values)
    before = fact_values(stored())
    assert described_facility("hall").description == "Old."
    db.session.rollback()

    with service.as_published(hall.keeper, "hall"):
        seen = described_facility("hall")

    assert (seen.description, seen.lat) == ("New.", 55.5)
    assert seen.confirmed_on is None, "to publish is not to confirm all the rest"
    assert fact_values(stored()) == before
    assert described_facility("hall").description == "Old."
    db.session.rollback()
    assert db.session.scalars(sa.select(FacilityDraft.content)).one() == values


def test_two_who_publish_at_once_do_not_overwrite_each_other(app, hall, monkeypatch):
    seen = facility_version(hall.id)
    db.session.rollback()

    met = at_once(
        app,
        monkeypatch,
        lambda: service.publish_facts(hall.keeper, "hall", {"size": "Large"}, version=seen),
        lambda: service.publish_facts(hall.coordinator, "hall", {"size": "Small"}, version=seen),
    )

    assert met == "changed_meanwhile"
    assert (stored().size, set_here(stored())) == ("Large", {"size"})


def test_of_two_who_take_a_slug_at_once_one_is_told(app, hall, monkeypatch):
    setup = Setup("hall", 1, "open")
    told = []

    def take():
        try:
            begin_facility(hall.coordinator, "here", "bench", NAMED, setup)
        except Invalid as taken:
            told.append((taken.field, taken.code))

    at_once(app, monkeypatch, take, take)

    assert told == [("slug", "taken")]
    assert db.session.scalars(sa.select(FacilityDraft.slug)).all() == ["bench"]


def test_a_new_part_is_in_the_way_of_nobody_until_it_is_published(hall):
    whole = make_request(
        make_partner(), hall, [slot_on(date(2026, 12, 1))], state=State.CONFIRMED, whole=True
    )
    date_id = whole.bookings[0].occurrences[0].id
    taken = sa.select(sa.func.count()).where(Occupancy.occurrence_id == date_id)
    begin_facility(hall.coordinator, "here", "bench", NAMED, Setup("hall", 2, "open"))
    with as_published(hall.coordinator.viewer, "bench"):
        assert db.session.scalar(taken) == 3
    db.session.rollback()
    assert db.session.scalar(taken) == 1
    db.session.rollback()

    publish_new(hall.coordinator, "bench", revision="1")

    db.session.rollback()
    assert db.session.scalar(taken) == 3, "who has booked all of the hall has its new part, too"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Place)) == 3


def test_a_keeper_who_has_not_seen_the_draft_does_not_delete_it(hall):
    seen = facility_version(hall.id)
    db.session.rollback()
    service.save_draft(hall.coordinator, "hall", {"size": "Large"}, version=seen)

    with pytest.raises(ChangedMeanwhile):
        service.publish_facts(hall.keeper, "hall", {"city": "Aarhus"}, version=seen)

    assert stored().city is None
    assert db.session.scalars(sa.select(FacilityDraft.content)).one() == {"size": "Large"}
