"""What organisations ask about facilities without a request, and who may read and answer it."""

from datetime import date, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from booking.accounts.organisations import lock_organisations
from booking.accounts.queries import account_of
from booking.db.rules_number import claim_rules
from booking.db.transactions import before_commit, writing
from booking.enquiries import service
from booking.enquiries.models import Enquiry, EnquiryMessage
from booking.enquiries.queries import (
    count_to_answer,
    get_enquiry,
    received_enquiries,
    sent_enquiries,
)
from booking.enquiries.service import MOST_A_DAY, TooManyEnquiries, ask, write_on
from booking.errors import Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.messages.service import MOST_AN_HOUR, TooManyMessages
from booking.notices.models import Notice
from booking.rules.lifecycle import Side, State
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    make_person,
    make_request,
    slot_on,
)
from tests.statements import count_statements
from tests.two_at_once import at_once

pytestmark = pytest.mark.usefixtures("app_context")
DAY = date(2027, 1, 12)


class Ground:
    """A hall with its approver and coordinator, and a partner who may ask."""

    def __init__(self) -> None:
        self.cluster = make_cluster()
        self.hall = make_facility(self.cluster, "hall")
        self.approver, self.coordinator = make_approver(self.hall), make_coordinator(self.cluster)
        self.partner = make_partner()
        self.colleague = make_partner(organisation=self.partner_organisation())

    def partner_organisation(self):
        from booking.accounts.models import Organisation

        return db.session.get_one(Organisation, self.partner.organisation_id)

    def ask(self, text="Is there a crane?", by=None, about=None) -> str:
        return ask(account_of((by or self.partner).id), (about or self.hall).id, text)

    def answer(self, reference, text="Yes, 5 t.", by=None) -> None:
        write_on(account_of((by or self.approver).id), Side.OWNER, reference, text)


@pytest.fixture
def ground(app_context):
    return Ground()


def viewer_of(person):
    return account_of(person.id).viewer


def may_read(person, side, reference) -> bool:
    try:
        get_enquiry(viewer_of(person), side, reference, NOW)
    except NotFound:
        return False
    return True


def told() -> list[tuple[int, str]]:
    found = db.session.execute(
        sa.select(Notice.person_id, Notice.side)
        .where(Notice.enquiry_message_id.is_not(None))
        .order_by(Notice.id)
    ).all()
    db.session.rollback()
    return [tuple(row) for row in found]


def test_both_sides_read_what_was_asked_and_answered_and_nobody_else_does(ground):
    reference = ground.ask()
    ground.answer(reference)

    page = get_enquiry(viewer_of(ground.colleague), Side.REQUESTER, reference, NOW)
    assert [(one.side, one.text) for one in page.messages] == [
        (Side.REQUESTER, "Is there a crane?"),
        (Side.OWNER, "Yes, 5 t."),
    ]
    for person in (ground.approver, ground.coordinator):
        assert may_read(person, Side.OWNER, reference)
        assert not may_read(person, Side.REQUESTER, reference)
    others = (make_partner(), make_coordinator(make_cluster()), make_person(is_admin=True))
    for person in others:
        assert not may_read(person, Side.OWNER, reference)
        assert not may_read(person, Side.REQUESTER, reference)
        assert not sent_enquiries(viewer_of(person))
        assert not received_enquiries(viewer_of(person), NOW)
        with pytest.raises(NotFound):
            ground.answer(reference, by=person)
    assert not may_read(ground.partner, Side.OWNER, reference)


def test_an_organisation_has_one_enquiry_for_each_facility(ground):
    reference = ground.ask()
    assert ground.ask("And a gate?", by=ground.colleague) == reference
    assert ground.ask(about=make_facility(ground.cluster)) != reference
    assert ground.ask(by=make_partner()) != reference


def test_what_is_sent_twice_is_written_once(ground):
    reference = ground.ask()
    assert ground.ask() == reference
    assert db.session.scalar(sa.select(sa.func.count()).select_from(EnquiryMessage)) == 1


def test_who_answers_is_told_of_a_question_and_who_asked_of_the_answer(ground):
    reference = ground.ask()
    assert told() == [(ground.approver.id, "owner")]
    ground.answer(reference)
    assert told()[1:] == [(ground.partner.id, "requester")]


def test_it_waits_for_the_owner_until_answered_and_again_after_a_further_message(ground):
    viewer = viewer_of(ground.approver)
    assert count_to_answer(viewer, NOW) == 0
    reference = ground.ask()
    assert count_to_answer(viewer, NOW) == 1
    ground.answer(reference)
    assert count_to_answer(viewer, NOW) == 0
    ground.ask("And a gate?")
    assert count_to_answer(viewer, NOW) == 1
    assert [line.is_answered for line in received_enquiries(viewer, NOW)] == [False]


@pytest.mark.parametrize("part", ["the hall itself", "a bench in it"])
def test_who_works_for_another_user_of_the_facility_counts_as_absent(ground, part):
    user = make_partner()
    makes = make_approver(ground.hall, organisation=db.session.merge(user).organisation)
    bench = make_facility(ground.cluster, "bench", parent=ground.hall)
    reference = ground.ask()
    assert may_read(makes, Side.OWNER, reference)

    used = ground.hall if part == "the hall itself" else bench
    make_request(user, used, [slot_on(DAY)], state=State.CONFIRMED)

    assert not may_read(makes, Side.OWNER, reference)
    assert not received_enquiries(viewer_of(makes), NOW)
    with pytest.raises(NotFound):
        ground.answer(reference, by=makes)
    assert may_read(ground.approver, Side.OWNER, reference)


def test_an_approver_does_not_answer_what_they_asked_themselves(ground):
    asking = make_approver(ground.hall, organisation=ground.partner_organisation())
    reference = ground.ask(by=asking)
    assert not may_read(asking, Side.OWNER, reference)
    assert (asking.id, "owner") not in told()


def test_who_works_for_no_organisation_cannot_ask(ground):
    with pytest.raises(Forbidden):
        ground.ask(by=make_person())


def test_where_nobody_decides_nobody_is_asked(ground):
    bare = make_facility(make_cluster())
    with pytest.raises(Invalid, match="nobody_answers"):
        ground.ask(about=bare)
    with pytest.raises(Invalid, match="missing"):
        ground.ask("  ")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Enquiry)) == 0


def test_an_organisation_begins_at_most_so_many_enquiries_a_day(ground, monkeypatch, at):
    monkeypatch.setattr(service, "MOST_A_DAY", 2)
    ground.ask()
    ground.ask(by=ground.colleague, about=make_facility(ground.cluster))
    third = make_facility(ground.cluster)
    with pytest.raises(TooManyEnquiries):
        ground.ask(about=third)
    ground.ask("One that was begun goes on.")
    ground.ask(by=make_partner(), about=third)
    at(NOW + timedelta(days=1, seconds=1))
    ground.ask(about=third)
    assert MOST_A_DAY == 10


def test_a_side_writes_at_most_so_many_messages_an_hour(ground, monkeypatch, at):
    monkeypatch.setattr(service, "MOST_AN_HOUR", 2)
    reference = ground.ask()
    ground.ask("2")
    with pytest.raises(TooManyMessages):
        ground.ask("3")
    ground.answer(reference)
    at(NOW + timedelta(hours=1, seconds=1))
    ground.ask("3")
    assert MOST_AN_HOUR == 30


def test_the_list_of_the_owner_takes_as_many_statements_for_five_as_for_one(ground):
    ground.ask()
    viewer = viewer_of(ground.approver)

    def cost():
        db.session.rollback()
        return count_statements(lambda: received_enquiries(viewer, NOW))

    cost()
    few = cost()
    for _ in range(4):
        ground.ask(by=make_partner())
    cost()
    assert cost() == few


def test_who_asks_never_waits_in_a_circle_with_who_changes_who_works_there(
    app, monkeypatch, ground
):
    organisation_id = ground.partner.organisation_id

    def change_who_works_there() -> None:
        with writing():
            lock_organisations([organisation_id])
            before_commit(claim_rules)  # while somebody waits for the organisation

    once = partial(ask.__wrapped__, account_of(ground.partner.id), ground.hall.id, "A crane?")

    assert at_once(app, monkeypatch, change_who_works_there, once) == "done"
