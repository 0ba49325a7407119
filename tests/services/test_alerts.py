"""Being told once when a taken time becomes free, without a request."""

from datetime import date, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.accounts.service import locked
from booking.alerts.models import FreeTimeAlert
from booking.alerts.queries import alert_of, alerts_of
from booking.alerts.service import (
    MOST_ALERTS,
    NewAlert,
    TooManyAlerts,
    ask_to_be_told,
    remove_alert,
)
from booking.db import clock
from booking.db.rules_number import claim_rules
from booking.db.transactions import before_commit, writing
from booking.decisions.service import Decision, cancel
from booking.decisions.turns import offer_free_time
from booking.errors import Conflict, Forbidden, NotFound
from booking.extensions import db
from booking.facilities.models import Facility
from booking.notices.free_time import tell_of_free_time
from booking.notices.queries import updates
from booking.privacy.retention import delete_due
from booking.requests.service import send
from booking.rules.lifecycle import State
from booking.rules.retention import Periods
from booking.rules.visibility import CalendarLevel
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_partner,
    make_person,
    make_request,
    slot_on,
)
from tests.request_factories import sending_for
from tests.two_at_once import at_once

DAY = date(2027, 1, 14)
SLOT = slot_on(DAY)
one_engine = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster(), "lab", waiting_list_days=2, pending_holds=True)


@pytest.fixture
def approver(lab):
    return account_of(make_approver(lab).id)


@pytest.fixture
def taken(lab, approver):
    request = make_request(make_partner(), lab, [SLOT], state=State.CONFIRMED)
    ids = frozenset(one.id for one in request.bookings[0].occurrences)
    return Decision(request.bookings[0].id, ids, "Free again.")


@pytest.fixture
def partner(lab):
    return account_of(make_partner().id)


def wants(account, lab, *slots):
    return ask_to_be_told(account, NewAlert(lab.id, slots or (SLOT,), False, 1))


def told(account):
    db.session.rollback()
    return [one.content for one in updates(account.viewer).notices]


def test_somebody_is_told_once_when_the_time_becomes_free(lab, approver, taken, partner):
    assert wants(partner, lab) == wants(partner, lab) == [SLOT]
    assert tell_of_free_time() == 0
    cancel(approver, taken)

    assert (tell_of_free_time(), tell_of_free_time()) == (1, 0)

    (content,) = told(partner)
    assert (content.facility, content.slot) == ("Lab", SLOT)
    (line,) = alerts_of(partner.person_id, NOW)
    assert (line.key, line.told_at) == (content.key, NOW)


def test_what_goes_to_somebody_on_the_waiting_list_is_told_to_nobody(lab, approver, taken, partner):
    wants(partner, lab)
    send(account_of(make_partner().id), sending_for(lab, SLOT, may_wait=True))
    cancel(approver, taken)
    offer_free_time()

    assert tell_of_free_time() == 0
    assert told(partner) == []


@one_engine
def test_only_taken_times_are_noted_and_only_for_who_could_request_them(lab, taken, partner):
    later = slot_on(DAY + timedelta(days=1))
    assert wants(partner, lab, SLOT, later) == [SLOT]
    with pytest.raises(Conflict, match="not_taken"):
        wants(partner, lab, later)
    with pytest.raises(Forbidden):
        wants(account_of(make_person().id), lab)


@one_engine
def test_a_hidden_calendar_tells_nobody_what_is_taken_or_free(lab, approver, taken, partner):
    wants(partner, lab)
    hidden = db.session.get_one(Facility, lab.id)
    hidden.sees_signed_in = hidden.sees_public = CalendarLevel.NOTHING
    db.session.commit()
    with pytest.raises(Conflict):
        wants(partner, lab, slot_on(DAY, "10:00", "11:00"))
    cancel(approver, taken)

    assert tell_of_free_time() == 0


@one_engine
def test_nobody_is_told_late_because_a_part_that_they_cannot_see_was_taken(lab, partner):
    nothing = CalendarLevel.NOTHING
    parts = [
        make_facility(lab.cluster, slug, parent=lab, allows_shared=True, **sees)
        for slug, sees in [
            ("seen", {}),
            ("hidden", {"sees_public": nothing, "sees_signed_in": nothing}),
        ]
    ]
    approver = account_of(make_approver(lab).id)
    seen, hidden = (
        make_request(make_partner(), part, [SLOT], state=State.CONFIRMED) for part in parts
    )
    ask_to_be_told(partner, NewAlert(lab.id, (SLOT,), True, 1))
    ids = frozenset(one.id for one in seen.bookings[0].occurrences)
    cancel(approver, Decision(seen.bookings[0].id, ids, "Free again."))

    assert tell_of_free_time() == 1
    assert hidden.bookings[0].occurrences[0].state == State.CONFIRMED


@one_engine
def test_a_person_waits_to_hear_about_a_limited_number_of_times(lab, approver, partner):
    every = [date(2027, 2, 1) + timedelta(days=number) for number in range(40)]
    slots = [slot_on(day) for day in every if day.weekday() < 5][: MOST_ALERTS + 1]
    make_request(make_partner(), lab, slots, state=State.CONFIRMED)
    wants(partner, lab, *slots[:-1])

    with pytest.raises(TooManyAlerts):
        wants(partner, lab, slots[-1])

    remove_alert(partner, alerts_of(partner.person_id, NOW)[0].key)
    assert wants(partner, lab, slots[-1]) == [slots[-1]]


@one_engine
def test_a_time_is_its_persons_own_and_is_forgotten_when_it_begins(lab, taken, partner):
    wants(partner, lab)
    (line,) = alerts_of(partner.person_id, NOW)
    stranger = account_of(make_partner().id)
    with pytest.raises(NotFound):
        alert_of(stranger.person_id, line.key)
    with pytest.raises(NotFound):
        remove_alert(stranger, line.key)
    db.session.rollback()

    with clock.fixed(SLOT.starts_at):
        delete_due(Periods())

    assert db.session.scalars(sa.select(FreeTimeAlert)).all() == []


@one_engine
def test_nobody_is_told_early_because_the_public_does_not_see_a_part(lab, partner):
    part = make_facility(
        lab.cluster, "part", parent=lab, allows_shared=True, sees_public=CalendarLevel.NOTHING
    )
    approver = account_of(make_approver(lab).id)
    taken = make_request(make_partner(), part, [SLOT], state=State.CONFIRMED)
    ask_to_be_told(partner, NewAlert(lab.id, (SLOT,), True, 1))
    assert tell_of_free_time() == 0

    ids = frozenset(one.id for one in taken.bookings[0].occurrences)
    cancel(approver, Decision(taken.bookings[0].id, ids, "Free."))

    assert tell_of_free_time() == 1


def test_who_asks_to_be_told_never_waits_in_a_circle_with_their_own_leaving(
    app, monkeypatch, lab, taken, partner
):
    def leave() -> None:
        with writing():
            locked(partner.person_id)
            before_commit(claim_rules)  # while somebody waits for the person

    once = partial(ask_to_be_told.__wrapped__, partner, NewAlert(lab.id, (SLOT,), False, 1))

    assert at_once(app, monkeypatch, leave, once) == "done"
