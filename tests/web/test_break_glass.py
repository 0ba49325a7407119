"""An admin reads one booking with a reason: for an hour, in one browser, and not in secret."""

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from booking.audit.models import AuditEntry
from booking.audit.verifying import verify
from booking.extensions import db
from booking.notices.models import Notice
from booking.rules.audit_chain import content_of
from booking.rules.audit_events import Event
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_person,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import post, text_of

pytestmark = pytest.mark.usefixtures("app_context")

WHY = "The police ask who was there."


class Scene:
    """A request for the hall, who decides on it, and an admin."""

    def __init__(self):
        cluster = make_cluster()
        hall = make_facility(cluster, "hall")
        self.approver, self.coordinator = make_approver(hall), make_coordinator(cluster)
        self.partner = make_person(organisation=make_organisation())
        self.request = make_request(
            self.partner, hall, [slot_on(date(2027, 1, 12))], title="Zeppelin", purpose="Quietly"
        )
        self.other = make_request(self.partner, hall, [slot_on(date(2027, 1, 13))], title="Other")
        self.admin = make_person(is_admin=True)


@pytest.fixture
def scene():
    return Scene()


def opened(client, reference, why=WHY):
    return post(client, "/admin/bookings", {"reference": reference, "why": why})


def test_an_admin_reads_one_booking_for_an_hour_and_its_people_are_told(
    client, other_client, scene, at
):
    sign_in(client, scene.admin)
    sign_in(other_client, scene.admin)

    answer = opened(client, scene.request.reference.lower())

    page = f"/admin/bookings/{scene.request.reference}"
    assert (answer.status_code, answer.headers["Location"]) == (303, page)
    text = " ".join(re.sub(r"<[^>]*>", " ", text_of(client.get(page))).split())
    assert "Zeppelin" in text
    assert "Quietly" in text
    assert f"Your reason, which both sides read: “{WHY}”" in text
    assert client.get(f"/admin/bookings/{scene.other.reference}").status_code == 404
    assert other_client.get(page).status_code == 404, "another sign-in"
    db.session.rollback()  # what is read next is what is stored now
    told = db.session.scalars(sa.select(Notice.person_id)).all()
    assert sorted(told) == sorted([scene.approver.id, scene.coordinator.id, scene.partner.id])
    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.event == Event.BOOKING_OPENED)
    ).one()
    assert content_of(entry.content).why == WHY
    assert verify().fault is None
    at(NOW + timedelta(minutes=59))
    assert client.get(page).status_code == 200
    at(NOW + timedelta(minutes=60))
    over = client.get(page, follow_redirects=True)
    assert "The hour is over." in text_of(over)
    assert "Zeppelin" not in text_of(over)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_those_who_are_told_read_who_and_why(client, scene):
    sign_in(client, scene.admin)
    opened(client, scene.request.reference)

    sign_in(client, scene.partner)
    assert "An administrator of this site reads your booking" in text_of(
        client.get("/account/updates")
    )
    assert WHY in text_of(client.get(f"/requests/{scene.request.reference}"))
    sign_in(client, scene.approver)
    assert f"{scene.admin.name}, an administrator of this site" in text_of(
        client.get("/account/updates")
    )


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("reference", "why", "said"),
    [
        ("222-222", WHY, "There is no booking with this reference."),
        ("nonsense", WHY, "There is no booking with this reference."),
        ("", WHY, "Enter the reference"),
        (None, "  ", "Say why, in a sentence."),
    ],
)
def test_without_a_reason_or_a_booking_nothing_is_opened(client, scene, reference, why, said):
    sign_in(client, scene.admin)

    answer = opened(client, scene.request.reference if reference is None else reference, why)

    assert answer.status_code == 422
    assert said in text_of(answer)
    db.session.rollback()
    assert db.session.scalars(sa.select(AuditEntry)).all() == []
    assert db.session.scalars(sa.select(Notice)).all() == []
