"""Administrators are told of requests on which nobody can decide."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from booking.accounts.queries import account_of
from booking.extensions import db
from booking.notices.models import Notice
from booking.notices.queries import updates
from booking.notices.sentences import leads_to, sentence
from booking.notices.undecidable import tell_admins
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_organisation,
    make_partner,
    make_person,
    make_request,
    slot_on,
)

SLOT = slot_on(date(2027, 1, 14))


@pytest.fixture
def lab(app_context):
    """A lab whose only approver works for a firm; there is one administrator."""
    lab = make_facility(make_cluster("censec"), "drone-lab", name="Drone lab")
    lab.firm = make_organisation("Rival Robotics")
    lab.approver = make_approver(lab, organisation=lab.firm)
    lab.admin = make_person(is_admin=True)
    return lab


def told(person):
    zone = ZoneInfo("Europe/Copenhagen")
    return [sentence(one, zone) for one in updates(account_of(person.id).viewer).notices]


def test_the_administrator_is_told_once_without_purpose_and_organisation(lab):
    partner = make_partner(organisation=make_organisation("Secret Sensors"))
    request = make_request(partner, lab, [SLOT], title="Hush")
    assert tell_admins() == 0

    make_request(make_partner(organisation=lab.firm), lab, [SLOT])

    assert (tell_admins(), tell_admins()) == (1, 0)
    (text,) = told(lab.admin)
    assert text.startswith(f"Nobody can decide on request {request.reference} for Drone lab.")
    assert "Secret" not in text
    assert "Hush" not in text
    (notice,) = updates(account_of(lab.admin.id).viewer).notices
    assert leads_to(notice) is None


def test_of_a_request_whose_approver_left_the_administrator_is_told(lab):
    make_request(make_partner(), lab, [SLOT])
    lab.approver.is_active = False
    db.session.commit()

    assert tell_admins() == 1
    assert len(told(lab.admin)) == 1


def test_without_an_administrator_nothing_is_marked_as_told(lab):
    make_request(make_partner(), lab, [SLOT])
    lab.approver.is_active = lab.admin.is_active = False
    db.session.commit()

    assert tell_admins() == 0
    lab.admin.is_active = True
    db.session.commit()
    assert tell_admins() == 1


@pytest.mark.parametrize("state", [State.CONFIRMED, State.DECLINED])
def test_what_waits_for_nobody_needs_no_administrator(lab, state):
    make_request(make_partner(), lab, [SLOT], state=state)
    lab.approver.is_active = False
    db.session.commit()

    assert tell_admins() == 0


def test_somebody_who_is_no_administrator_any_more_reads_nothing_of_it(lab):
    make_request(make_partner(), lab, [SLOT])
    lab.approver.is_active = False
    db.session.commit()
    tell_admins()

    lab.admin.is_admin = False
    db.session.commit()

    assert told(lab.admin) == ["Something changed in a booking that you can no longer see."]


def test_an_administrator_who_was_told_as_approver_before_is_told_again(lab):
    request = make_request(make_partner(), lab, [SLOT])
    booking = request.bookings[0]
    lab.approver.is_admin = True
    db.session.add(
        Notice(
            person_id=lab.approver.id,
            booking_id=booking.id,
            log_id=booking.log[0].id,
            side="owner",
            after=State.REQUESTED,
            created_at=request.sent_at,
        )
    )
    db.session.commit()
    make_request(make_partner(organisation=lab.firm), lab, [SLOT])

    assert tell_admins() == 1

    (text,) = told(lab.approver)
    assert text.startswith("Nobody can decide")
