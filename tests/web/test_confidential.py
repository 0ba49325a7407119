"""Pages of confidential requests: named when sending, shown to both sides, changed later."""

import pytest
import sqlalchemy as sa

from booking.accounts.models import Membership, Person
from booking.bookings.models import RequestReader
from booking.extensions import db
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_organisation,
    make_person,
    sign_in,
)
from tests.pages import get_page, submit
from tests.web.requests_pages import check, request_form

one_engine = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster("censec"), "lab", lead_time_days=7)


@pytest.fixture
def people(lab):
    firm = make_organisation("Firm")
    return [make_person(organisation=firm, name=name) for name in ("Alma", "Bela", "Cleo")]


def key(person):
    query = sa.select(Membership.key).where(Membership.person_id == person.id)
    found = db.session.scalar(query)
    db.session.rollback()
    return found


def named():
    db.session.rollback()
    return set(db.session.scalars(sa.select(RequestReader.person_id)))


@one_engine
def test_who_may_read_is_named_when_sending_copied_with_it_and_changed_later(
    client, other_client, lab, people
):
    approver, (alma, bela, cleo) = make_approver(lab), people
    sign_in(client, alma)

    checked = check(client, {"confidential": "yes", "readers": key(bela)})
    assert "only you and the people you named: Bela" in checked.one("main").text
    sent = submit(client, request_form(checked), {}, "Send")

    assert named() == {alma.id, bela.id}
    page = get_page(client, sent.location)
    shown = page.one("main").text.partition("only these people can see this: ")[2]
    assert "Alma" in shown.partition(".")[0]
    assert "Bela" in shown.partition(".")[0]
    copied = request_form(
        get_page(client, f"/requests/new?facility=lab&again={sent.location[-7:]}")
    )
    assert {("confidential", "yes"), ("readers", key(bela))} <= set(copied.values())
    sign_in(other_client, approver)
    review = get_page(other_client, sent.location.replace("/requests/", "/inbox/"))
    assert "Confidential." in review.one("main").text
    sign_in(other_client, cleo)
    get_page(other_client, sent.location, 404)

    form = get_page(client, f"{sent.location}/readers").one("form", class_="narrow-panel")
    submit(client, form, {"readers": key(cleo)}, "Save")

    assert named() == {alma.id, cleo.id}
    get_page(other_client, sent.location)


@one_engine
def test_a_manager_reads_how_many_there_are_and_hands_over_what_nobody_can_read(
    client, other_client, lab, people
):
    make_approver(lab)
    alma, bela, _ = people
    alma_id, bela_id = alma.id, bela.id
    sign_in(client, alma)
    submit(client, request_form(check(client, {"confidential": "yes"})), {}, "Send")
    db.session.rollback()
    db.session.execute(
        sa.update(Membership).where(Membership.person_id == bela_id).values(role="manager")
    )
    db.session.commit()
    sign_in(other_client, bela)
    page = get_page(other_client, "/organisation")
    assert "1 request is confidential" in page.one("main").text
    assert "Hand over" not in page.one("main").text

    db.session.rollback()
    db.session.execute(sa.update(Person).where(Person.id == alma_id).values(is_active=False))
    db.session.commit()
    page = get_page(other_client, "/organisation")
    assert "Nobody is left to read 1 confidential request." in page.one("main").text
    form = page.one("form", action="/organisation/confidential/hand-over")
    submit(other_client, form, {"person": key(bela)}, "Hand over")

    assert named() == {bela.id}
