"""A part whose calendar is hidden does not show through what it is part of."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.accounts.queries import account_of
from booking.bookings.models import Booking, Occupancy, Occurrence
from booking.db import clock
from booking.decisions.competing import competition
from booking.extensions import db
from booking.requests.service import send
from booking.rules.lifecycle import State
from booking.rules.visibility import Viewer
from tests.factories import make_closure, make_facility, make_partner, make_request
from tests.request_factories import sending_for
from tests.web.test_attacks_calendars import HIDDEN, MORNING, Ground, Outsider, changed

# Who reads it, and how the whole is requested: also by place, or only everything below it.
BY_PLACE_TOO, ONLY_PARTS = {"places": 2}, {"places": 0, "allows_shared": False}


def part_of(ground: Ground, **fields: object) -> object:
    cluster = ground.hall.cluster
    return make_facility(cluster, "cellar", parent=ground.hall, **fields)


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("outsider", "whole"), [("anonymous", BY_PLACE_TOO), ("rival", ONLY_PARTS)]
)
def test_a_booking_or_closure_of_a_hidden_part_changes_nothing_for_outsiders(
    app: Flask, app_context: None, outsider: str, whole: dict[str, object]
) -> None:
    ground = Ground(**whole)
    cellar = part_of(ground, **HIDDEN)
    reader = Outsider(app, ground.people[outsider])
    before = reader.read()

    make_request(ground.partner, cellar, [MORNING], state=State.CONFIRMED)
    make_closure(cellar, MORNING)

    assert changed(before, reader.read()) == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_test_itself_would_notice_a_part_that_is_not_hidden(
    app: Flask, app_context: None
) -> None:
    ground = Ground(**ONLY_PARTS)
    cellar = part_of(ground)
    reader = Outsider(app, None)
    before = reader.read()

    make_request(ground.partner, cellar, [MORNING], state=State.CONFIRMED)

    noticed = changed(before, reader.read())
    assert "/facilities/hall.ics" in noticed
    assert "/facilities/hall/times.json?first=2027-01-11&last=2027-01-15" in noticed
    assert any(address.startswith("whole of it") for address in noticed)


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_request_for_the_whole_competes_even_if_a_hidden_part_is_taken_and_the_approver_sees_it(
    app_context: None, is_taken: bool
) -> None:
    ground = Ground(places=1, pending_holds=True)
    cellar = part_of(ground, **HIDDEN)
    if is_taken:
        make_request(ground.partner, cellar, [MORNING], state=State.CONFIRMED)
    rival = account_of(make_partner().id)

    reference = send(rival, sending_for(ground.hall, MORNING, whole=True))

    date = db.session.scalars(
        sa.select(Occurrence).join(Booking).where(Booking.request.has(reference=reference))
    ).one()
    held = db.session.scalars(sa.select(Occupancy).where(Occupancy.occurrence_id == date.id))
    assert held.all() == []
    viewer: Viewer = account_of(ground.coordinator.id).viewer
    now = clock.now() + timedelta(seconds=1)
    around = competition(viewer, [ground.hall.id], [MORNING], now)
    assert (date.id in around.effects([date.id]).unfit) is is_taken


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("is_taken", [True, False])
def test_a_hold_of_a_hidden_whole_does_not_show_on_its_parts(
    app: Flask, app_context: None, is_taken: bool
) -> None:
    ground = Ground(places=1, pending_holds=True, **HIDDEN)
    make_facility(ground.hall.cluster, "bench", parent=ground.hall)
    if is_taken:
        make_request(ground.partner, ground.hall, [MORNING], state=State.CONFIRMED)
    reader = Outsider(app, ground.people["rival"])
    bench = "/facilities/bench/times.json?first=2027-01-12&last=2027-01-12"
    before = reader.client.get(bench).text

    send(account_of(ground.people["rival"].id), sending_for(ground.hall, MORNING, whole=True))

    assert reader.client.get(bench).text == before
