"""The next instant at which the clock alone changes what calendars of a tree show."""

from datetime import timedelta

import pytest

from booking.bookings.changes_to_come import changes_to_come
from booking.extensions import db
from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from tests.conftest import NOW
from tests.factories import (
    make_closure,
    make_cluster,
    make_facility,
    make_partner,
    make_request,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster(), "lab")


def slot(first, last):
    return Slot(NOW + first * HOUR, NOW + last * HOUR)


def test_nothing_changes_by_itself_where_nothing_is_stored(lab):
    make_closure(lab, slot(-9, -8))

    assert changes_to_come([lab.id], NOW) == {}


def test_a_closure_changes_when_it_begins_and_once_it_has_begun_when_it_ends(lab):
    make_closure(lab, slot(5, 9))
    assert changes_to_come([lab.id], NOW) == {lab.id: NOW + 5 * HOUR}
    assert changes_to_come([lab.id], NOW + 5 * HOUR) == {lab.id: NOW + 9 * HOUR}
    assert changes_to_come([lab.id], NOW + 9 * HOUR) == {}


def test_a_closure_of_the_whole_cluster_counts_for_its_facilities_alone(lab):
    elsewhere = make_facility(make_cluster("elsewhere"), "elsewhere")
    make_closure(lab, slot(5, 9)).facility_id = None
    db.session.commit()

    assert changes_to_come([lab.id, elsewhere.id], NOW) == {lab.id: NOW + 5 * HOUR}


def test_what_changes_in_a_part_counts_for_all_of_the_tree(lab):
    part = make_facility(lab.cluster, "part", parent=lab)
    other = make_facility(lab.cluster, "other")
    make_closure(part, slot(5, 9))

    assert changes_to_come([lab.id, other.id], NOW) == {lab.id: NOW + 5 * HOUR}


def test_of_several_changes_the_first_counts(lab):
    make_closure(lab, slot(5, 9))
    make_request(
        make_partner(), lab, [slot(100, 101)], state=State.REQUESTED, lapses_at=NOW + 3 * HOUR
    )

    assert changes_to_come([lab.id], NOW) == {lab.id: NOW + 3 * HOUR}


def test_the_end_of_a_date_counts_only_where_it_is_asked_for(lab):
    make_request(make_partner(), lab, [slot(100, 101)], state=State.CONFIRMED)

    assert changes_to_come([lab.id], NOW) == {}
    assert changes_to_come([lab.id], NOW, with_ends=True) == {lab.id: NOW + 101 * HOUR}
