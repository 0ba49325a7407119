"""Terms that owners set: they agree with all that inherit them, and no date loses its place."""

from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import Occupancy, Occurrence
from booking.disruptions.pending import DatesInTheWay
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.facilities.models import Facility, Place
from booking.manage.terms.service import SETTABLE, InvalidTerms, Terms, set_terms
from booking.rules.lifecycle import State
from booking.rules.term_faults import TermFaultCode
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_partner,
    make_request,
    slot_on,
)

MONDAY, TUESDAY = date(2027, 1, 11), date(2027, 1, 12)


@pytest.fixture
def hall(app_context):
    """A hall for three groups with a bench below, and who decides on it."""
    cluster = make_cluster("here")
    hall = make_facility(cluster, "hall", places=3)
    hall.bench = make_facility(cluster, "bench", parent=hall, unit=None, step_minutes=None)
    hall.approver = account_of(make_approver(hall).id)
    return hall


def terms(facility, *, places=None, allows_shared=True, allows_exclusive=True, **stated):
    """The current terms, with these changed."""
    row = db.session.get(Facility, facility.id)
    has = db.session.scalar(sa.select(sa.func.count()).where(Place.facility_id == facility.id))
    return Terms(
        stated={name: getattr(row, name) for name in SETTABLE} | stated,
        places=has if places is None else places,
        place_word="bench",
        allows_shared=allows_shared,
        allows_exclusive=allows_exclusive,
    )


def places_of(facility):
    return db.session.scalar(sa.select(sa.func.count()).where(Place.facility_id == facility.id))


def faults(facility, **changes):
    with pytest.raises(InvalidTerms) as unsound:
        set_terms(facility.approver, facility.slug, terms(facility, **changes))
    return [(f.fields[0], f.code, f.params.get("facility")) for f in unsound.value.faults]


def test_a_term_applies_here_and_below_unless_stated_there(hall):
    set_terms(
        hall.approver,
        "hall",
        terms(hall, lead_time_days=45, late_asking=True, setup_minutes=30, pending_holds=True),
    )

    for facility in (hall, hall.bench):
        found = effective_terms([facility.id])[facility.id]
        assert (found.rules.lead_time_days, found.rules.late_asking) == (45, True)
        assert (found.rules.setup_minutes, found.rules.pending_holds) == (30, True)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"minimum_units": 3, "maximum_units": 2}, TermFaultCode.SHORTEST_OVER_LONGEST),
        ({"maximum_units": 401, "unit": "day"}, TermFaultCode.LONGER_THAN_ANY),
        ({"step_minutes": 90, "maximum_units": 1}, TermFaultCode.NO_LENGTH_ON_STEP),
        ({"lead_time_days": 401}, TermFaultCode.LEAD_BEYOND_HORIZON),
        ({"places": 0}, TermFaultCode.NOTHING_TO_REQUEST),
    ],
)
def test_terms_that_rule_out_every_request_are_refused(hall, changes, expected):
    assert expected in {code for _, code, where in faults(hall, **changes) if where is None}

    assert effective_terms([hall.id])[hall.id].rules.lead_time_days is None
    assert places_of(hall) == 3


def test_a_term_that_contradicts_one_of_a_part_is_refused_naming_the_part(hall):
    hall.bench.maximum_units = 2
    db.session.commit()

    assert faults(hall, minimum_units=3) == [
        ("minimum_units", TermFaultCode.SHORTEST_OVER_LONGEST, "Bench")
    ]


def test_a_contradiction_that_existed_before_does_not_prevent_another_change(hall):
    hall.bench.minimum_units, hall.bench.maximum_units = 3, 2
    db.session.commit()

    set_terms(hall.approver, "hall", terms(hall, people_limit=12))

    assert effective_terms([hall.id])[hall.id].rules.people_limit == 12


def test_only_deciders_of_the_facility_change_its_terms(hall):
    elsewhere = account_of(make_approver(make_facility(make_cluster("there"), "barn")).id)
    of_bench = account_of(make_approver(hall.bench).id)

    for account in (elsewhere, of_bench, account_of(make_partner().id)):
        with pytest.raises(NotFound):
            set_terms(account, "hall", terms(hall, people_limit=1))
    with pytest.raises(NotFound):
        set_terms(hall.approver, "no\0where", terms(hall))


def test_new_places_are_taken_by_existing_whole_bookings(hall):
    request = make_request(
        make_partner(), hall, [slot_on(MONDAY)], state=State.CONFIRMED, whole=True
    )

    set_terms(hall.approver, "hall", terms(hall, places=5))

    taken = sa.select(sa.func.count()).where(
        Occupancy.occurrence_id == request.bookings[0].occurrences[0].id
    )
    assert (places_of(hall), db.session.scalar(taken)) == (5, 6)


def in_the_way(facility, places):
    with pytest.raises(DatesInTheWay) as refused:
        set_terms(facility.approver, facility.slug, terms(facility, places=places))
    assert places_of(facility) == 3
    return [date.reference for date in refused.value.dates]


def test_with_fewer_places_dates_move_to_the_remaining_places(hall):
    requests = [
        make_request(make_partner(), hall, [slot_on(day)], state=State.CONFIRMED)
        for day in (MONDAY, MONDAY, TUESDAY)
    ]

    first, second, _ = (one.reference for one in requests)
    assert set(in_the_way(hall, 1)) < {first, second}
    set_terms(hall.approver, "hall", terms(hall, places=2))

    assert places_of(hall) == 2
    assert db.session.scalar(sa.select(sa.func.count(Occupancy.id))) == 3


def test_with_fewer_places_a_date_may_change_places_midway(hall):
    """At each instant two of three places are taken, yet no single one is free all morning."""

    def confirmed(start, end):
        slot = slot_on(MONDAY, start, end)
        return make_request(make_partner(), hall, [slot], state=State.CONFIRMED)

    in_between = confirmed("08:00", "12:00")
    confirmed("10:00", "12:00")
    long = confirmed("08:00", "12:00")
    (date_id,) = (one.id for one in in_between.bookings[0].occurrences)
    db.session.execute(sa.delete(Occupancy).where(Occupancy.occurrence_id == date_id))
    db.session.execute(
        sa.update(Occurrence).where(Occurrence.id == date_id).values(state=State.CANCELLED)
    )
    db.session.commit()
    confirmed("08:00", "10:00")

    set_terms(hall.approver, "hall", terms(hall, places=2))

    (date_id,) = (one.id for one in long.bookings[0].occurrences)
    rows = db.session.execute(
        sa.select(Occupancy.starts_at, Occupancy.ends_at, Occupancy.held_until)
        .where(Occupancy.occurrence_id == date_id)
        .order_by(Occupancy.starts_at)
    ).all()
    halves = [slot_on(MONDAY, "08:00", "10:00"), slot_on(MONDAY, "10:00", "12:00")]
    assert rows == [(half.starts_at, half.ends_at, None) for half in halves]


def test_competing_requests_also_prevent_fewer_places(hall):
    make_request(make_partner(), hall, [slot_on(MONDAY)], state=State.CONFIRMED)
    one = make_request(make_partner(), hall, [slot_on(MONDAY)])
    many = make_request(make_partner(), hall, [slot_on(TUESDAY)], places=3)
    make_request(make_partner(), hall, [slot_on(TUESDAY)], state=State.DECLINED, places=3)

    assert in_the_way(hall, 1) == [one.reference, many.reference]
    assert in_the_way(hall, 2) == [many.reference]


def test_past_dates_and_whole_bookings_do_not_prevent_fewer_places(hall):
    for _ in range(3):
        make_request(make_partner(), hall, [slot_on(date(2026, 11, 20))], state=State.CONFIRMED)
    make_request(make_partner(), hall, [slot_on(MONDAY)], state=State.CONFIRMED, whole=True)

    set_terms(hall.approver, "hall", terms(hall, places=1))

    assert places_of(hall) == 1
