"""What outsiders cannot find out: all that they can read stays the same, to the letter.

Each test reads every page around a facility as an outsider, lets something happen that is none
of their business, and reads again.
"""

import re
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.decisions.service import Decision, confirm, decline
from booking.extensions import db
from booking.rules.lifecycle import State
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_person,
    make_request,
    move_to,
    sign_in,
    slot_on,
)
from tests.pages import post
from tests.web.requests_pages import FILLED

# As on a server, and faster.
pytestmark = pytest.mark.usefixtures("warm")

DAY = date(2027, 1, 12)
MORNING = slot_on(DAY, "08:00", "10:00")  # 09:00 to 11:00 in Copenhagen
HIDDEN = dict.fromkeys(("sees_public", "sees_signed_in", "sees_own_cluster"), "nothing")
EVERYBODY_ELSE = ("anonymous", "rival", "former colleague", "other coordinator", "admin")
# Who sees what is the same rule on both engines, and to read all pages twice takes seconds.
ONE_ENGINE = pytest.mark.parametrize("engine_name", ["sqlite"])
OUTSIDERS = pytest.mark.parametrize("outsider", EVERYBODY_ELSE[:3])

# What differs from one reading to the next by itself.
FRESH = re.compile(r'name="(csrf_token|idempotency_key)" value="[^"]*"')

ADDRESSES = (
    "/",
    "/?what=hall&first=2027-01-11&last=2027-01-15&length=3-hour",
    "/facilities?first=2027-01-12&last=2027-01-12&length=9-hour",
    "/facilities/hall",
    *(f"/facilities/hall?view={view}&on=2027-01-12" for view in ("day", "week", "month", "list")),
    "/facilities/hall?view=day&on=2027-01-12&from=2027-01-12T09:00&to=2027-01-12T11:00",
    "/facilities/hall.ics",
    "/facilities/hall/subscribe",
    "/facilities/hall/times.json?first=2027-01-11&last=2027-01-15",
    "/clusters/here",
    "/clusters/here.ics",
    *(f"/calendar?view={view}&on=2027-01-12" for view in ("day", "week", "month")),
    "/calendar?as=list&on=2027-01-12&hours=all",
    "/requests/new?facility=hall&from=2027-01-12T09:00&to=2027-01-12T11:00",
    "/requests",
    "/account/updates",
    "/inbox",
)

# Part or whole, how many places, and dates from and to: what the form says of them is compared.
ASKED = (
    ("part", "1", [("09:00", "11:00")]),
    ("part", "3", [("09:00", "11:00")]),
    ("part", "1", [("09:00", "11:00"), ("09:00", "11:00")]),
    ("part", "2", [("09:00", "11:00"), ("10:00", "12:00")]),
    ("part", "3", [("09:00", "11:00"), ("10:00", "12:00")]),
    ("whole", "1", [("09:00", "11:00"), ("09:00", "11:00")]),
)


class Ground:
    """A facility, the organisation whose business it is, and everybody else."""

    def __init__(self, **fields: object) -> None:
        here, there = make_cluster("here"), make_cluster("there")
        self.hall = make_facility(here, "hall", **fields)
        self.coordinator = make_coordinator(here)
        self.partner = make_partner()
        former = make_partner(organisation=self.partner.organisation)
        rivals = make_organisation(home_cluster=here)
        self.people: dict[str, Person | None] = {
            "anonymous": None,
            "rival": make_person(organisation=rivals),
            "former colleague": former,
            "other coordinator": make_coordinator(there),
            "admin": make_person(is_admin=True),
        }
        # They sent a request once, and now work for somebody else.
        self.of_former = make_request(former, self.hall, [slot_on(DAY, "13:00", "14:00")])
        move_to(former, rivals)

    def requested(self, **fields: object) -> BookingRequest:
        return make_request(self.partner, self.hall, [MORNING], **fields)

    def decision(self, request: BookingRequest) -> Decision:
        booking = db.session.query(Booking).filter_by(request_id=request.id).one()
        return Decision(booking.id, frozenset(o.id for o in booking.occurrences), "no")


class Outsider:
    """One of the people, with a browser."""

    def __init__(self, app: Flask, person: Person | None) -> None:
        self.client = app.test_client()
        if person is not None:
            sign_in(self.client, person)
        db.session.rollback()

    def read(self) -> dict[str, tuple[object, ...]]:
        """All that this person can read around the facility, by address."""
        read = {address: seen(self.client.get(address)) for address in ADDRESSES}
        # Its first date, which gets taken, is left out, but still shown with its state.
        series = {"repeat-pattern": "daily", "repeat-count": "2", "step": "dates"}
        series |= {"repeat-skipped": "2027-01-12"}
        form = form_of("part", "3", [("09:00", "11:00")]) | series
        read["a series"] = seen(post(self.client, "/requests/new", form))
        for extent, places, dates in ASKED:
            answer = post(self.client, "/requests/new", form_of(extent, places, dates))
            read[f"{extent} of it, {places}, {dates}"] = seen(answer)
        db.session.rollback()  # what the test does next must not use what it read before
        return read


def seen(answer: TestResponse) -> tuple[object, ...]:
    headers = {name: answer.headers.get(name) for name in ("ETag", "Location", "Last-Modified")}
    return answer.status_code, headers, FRESH.sub("", answer.text)


def form_of(extent: str, places: str, dates: list[tuple[str, str]]) -> dict[str, str]:
    fields = FILLED | {"facility": "hall", "idempotency_key": "x", "step": "check"}
    fields |= {"extent": extent, "places": places}
    for number, (start, end) in enumerate(dates):
        fields |= {
            f"dates-{number}-day": "2027-01-12",
            f"dates-{number}-starts_time": start,
            f"dates-{number}-ends_time": end,
        }
    return fields


def changed(before: dict[str, object], after: dict[str, object]) -> list[str]:
    return [address for address in before if before[address] != after[address]]


@ONE_ENGINE
@pytest.mark.parametrize(
    ("outsider", "places"), [*((name, 3) for name in EVERYBODY_ELSE), ("anonymous", 1)]
)
def test_a_hidden_calendar_reveals_nothing_that_is_taken(
    app: Flask, app_context: None, outsider: str, places: int
) -> None:
    ground = Ground(places=places, **HIDDEN)
    reader = Outsider(app, ground.people[outsider])
    before = reader.read()

    ground.requested(state=State.CONFIRMED, places=places)

    assert changed(before, reader.read()) == []


@ONE_ENGINE
@OUTSIDERS
def test_a_competing_request_is_visible_nowhere(
    app: Flask, app_context: None, outsider: str
) -> None:
    ground = Ground(places=2)
    reader = Outsider(app, ground.people[outsider])
    before = reader.read()

    request = ground.requested()
    assert changed(before, reader.read()) == []

    decline(account_of(ground.coordinator.id), ground.decision(request))
    assert changed(before, reader.read()) == []


@ONE_ENGINE
@OUTSIDERS
def test_held_and_confirmed_times_look_the_same(
    app: Flask, app_context: None, outsider: str
) -> None:
    ground = Ground(places=2)
    reader = Outsider(app, ground.people[outsider])
    request = ground.requested(holds=True, lapses_at=slot_on(DAY, "06:00", "07:00").starts_at)
    before = reader.read()

    confirm(account_of(ground.coordinator.id), ground.decision(request))

    assert changed(before, reader.read()) == []


@ONE_ENGINE
@OUTSIDERS
def test_who_booked_and_why_is_visible_nowhere(
    app: Flask, app_context: None, outsider: str
) -> None:
    ground = Ground(places=2)
    reader = Outsider(app, ground.people[outsider])
    request = ground.requested(state=State.CONFIRMED)
    before = reader.read()

    other = make_partner()
    db.session.execute(
        sa.update(BookingRequest)
        .where(BookingRequest.id == request.id)
        .values(
            title="Another",
            purpose="Another",
            hazards=True,
            hazards_note="Fire",
            people=9,
            reference="ZZZ-ZZZ",
            requester_id=other.id,
            organisation_id=other.organisation_id,
        )
    )
    db.session.execute(sa.update(Occurrence).values(revision=7, uid=Occurrence.uid + "x"))
    db.session.commit()

    assert changed(before, reader.read()) == []


def test_people_who_left_an_organisation_learn_no_more_of_its_requests(
    app: Flask, app_context: None
) -> None:
    ground = Ground(places=2)
    reader = Outsider(app, ground.people["former colleague"])
    before = reader.read()

    decline(account_of(ground.coordinator.id), ground.decision(ground.of_former))

    assert changed(before, reader.read()) == []


def test_the_test_itself_would_notice_a_visible_booking(app: Flask, app_context: None) -> None:
    ground = Ground(places=1)
    reader = Outsider(app, None)
    before = reader.read()

    ground.requested(state=State.CONFIRMED)

    noticed = changed(before, reader.read())
    assert "/facilities/hall.ics" in noticed
    assert f"part of it, 1, {ASKED[0][2]}" in noticed
    assert "a series" in noticed
