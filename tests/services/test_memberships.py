"""Working for several organisations: acting for one, leaving one, and what is handed over."""

from datetime import UTC, date, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts import membership_service as service
from booking.accounts import operator_service
from booking.accounts.account_log import AccountEvent
from booking.accounts.models import (
    AccountLogEntry,
    Membership,
    Organisation,
    Person,
    SignIn,
)
from booking.accounts.queries import account_of
from booking.accounts.sign_in_service import Proof, begin_sign_in
from booking.accounts.sign_ins import signed_in
from booking.alerts.models import FreeTimeAlert
from booking.alerts.queries import is_free
from booking.alerts.service import NewAlert, ask_to_be_told
from booking.bookings.deciding import deciders_of
from booking.bookings.decision_scope import decided_by
from booking.bookings.models import Booking, BookingRequest, LogEntry
from booking.db import clock
from booking.db.transactions import writing
from booking.decisions.service import Decision, Entering, confirm, enter
from booking.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from booking.extensions import db
from booking.feeds.kinds import FeedKind
from booking.feeds.reading import open_feed
from booking.feeds.service import make_feed
from booking.notices.queries import updates
from booking.notices.sentences import sentence
from booking.requests.service import send
from booking.rules.lifecycle import Event, State
from booking.rules.refusals import RefusalCode
from booking.rules.roles import RoleKind
from booking.rules.sign_ins import SignInWay
from booking.rules.visibility import MembershipRole
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_membership,
    make_organisation,
    make_partner,
    make_person,
    make_request,
    make_role,
    slot_on,
)
from tests.request_factories import sending_for
from tests.statements import statements

DAY = date(2027, 1, 12)
pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def firm(app_context):
    return make_organisation("Firm")


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster("here"), "lab", pending_holds=False)


@pytest.fixture
def both(firm):
    """Works for the firm, and since later for the university."""
    person = make_person("both@example.org", organisation=firm)
    make_membership(person, make_organisation("University"), since=clock.now())
    return person


def sign_in(person: Person) -> str:
    with writing() as now:
        proof = Proof(SignInWay.PASSWORD, None, now)
        return begin_sign_in(db.session.get_one(Person, person.id), "Firefox", now, proof)


def keys(person: Person) -> dict[str, str]:
    rows = db.session.execute(
        sa.select(Organisation.name, Membership.key)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == person.id)
    )
    return dict(rows.all())


def acting_for(token: str) -> str | None:
    db.session.rollback()
    found = signed_in(token)
    return found[1].organisation_name if found else "signed out"


def acting(person: Person, name: str):
    organisation = db.session.scalar(sa.select(Organisation.id).where(Organisation.name == name))
    return account_of(person.id, organisation_id=organisation)


def leave(person: Person, name: str) -> str:
    return service.leave(person.id, keys(person)[name], "Firefox")


def test_switching_holds_for_this_browser_and_for_where_one_signs_in_next(both):
    here, elsewhere = sign_in(both), sign_in(both)
    assert acting_for(here) == "Firm"

    assert service.switch_organisation(both.id, here, keys(both)["University"]) == "University"

    assert acting_for(here) == "University"
    assert acting_for(elsewhere) == "Firm"
    assert acting_for(sign_in(both)) == "University"
    account = account_of(both.id)
    assert [one.name for one in account.organisations] == ["Firm", "University"]
    assert account.viewer.organisation_id == account.organisation_id


def test_nobody_switches_to_what_is_not_theirs(both, firm):
    other = make_person(organisation=firm)
    for key in (*keys(other).values(), "none"):
        with pytest.raises(NotFound):
            service.switch_organisation(both.id, sign_in(both), key)
    with pytest.raises(NotFound):
        service.switch_organisation(both.id, sign_in(other), keys(both)["University"])


def test_who_was_removed_does_not_act_for_another_of_their_organisations(both, lab):
    """What was typed for the firm must not reach the university."""
    make_approver(lab)
    account = acting(both, "Firm")
    operator_service.end_membership_of(both.email, "Firm")

    with pytest.raises(Forbidden):
        send(account, sending_for(lab, slot_on(DAY)))
    assert db.session.scalar(sa.select(sa.func.count(BookingRequest.id))) == 0


def test_leaving_ends_the_feeds_and_sign_ins_and_only_these(both, firm):
    colleague = make_person(organisation=firm)
    feeds = {
        (person.id, name, kind): make_feed(acting(person, name), kind, with_titles=False)
        for person, name in ((both, "Firm"), (both, "University"), (colleague, "Firm"))
        for kind in (FeedKind.OWN, FeedKind.ORGANISATION)
    }
    before = sign_in(both)

    token = leave(both, "Firm")

    assert acting_for(before) == "signed out"
    assert acting_for(token) == "University"
    for (person_id, name, _), feed in feeds.items():
        db.session.rollback()
        if (person_id, name) == (both.id, "Firm"):
            with pytest.raises(NotFound):
                open_feed(feed)
        else:
            assert open_feed(feed).account.person_id == person_id


def test_coming_back_does_not_bring_old_feeds_back(both):
    feed = make_feed(acting(both, "Firm"), FeedKind.OWN, with_titles=False)
    leave(both, "Firm")
    operator_service.add_member(both.email, "Firm", is_manager=False)

    with pytest.raises(NotFound):
        open_feed(feed)


@pytest.mark.parametrize("has_manager", [True, False])
def test_open_requests_go_to_the_manager_else_to_who_has_worked_there_longest(
    both, firm, lab, has_manager
):
    make_person(organisation=firm, is_active=False)
    longest = make_person(organisation=firm)
    manager = make_person()
    make_membership(manager, firm, role="manager" if has_manager else "member")
    heir = manager if has_manager else longest
    approver = make_approver(lab)
    waiting = make_request(both, lab, [slot_on(DAY)])
    over = make_request(both, lab, [slot_on(DAY)], state=State.DECLINED)
    elsewhere = make_request(
        both, lab, [slot_on(DAY)], organisation_id=acting(both, "University").organisation_id
    )

    leave(both, "Firm")

    db.session.expire_all()
    assert (waiting.contact_id, over.contact_id, elsewhere.contact_id) == (heir.id, None, None)
    assert waiting.requester_id == both.id
    assert waiting.organisation_id == firm.id
    entry = db.session.scalars(sa.select(LogEntry).where(LogEntry.event == Event.HANDED_OVER)).one()
    assert (entry.booking_id, entry.actor_id) == (waiting.bookings[0].id, both.id)
    left = db.session.scalars(
        sa.select(AccountLogEntry).where(AccountLogEntry.event == AccountEvent.LEFT)
    ).one()
    assert (left.person_id, left.organisation_id, left.told_ids) == (both.id, firm.id, [heir.id])
    (told,) = [sentence(one, UTC) for one in updates(account_of(heir.id).viewer).notices]
    assert told.startswith("Both no longer works for Firm. You look after their open requests now")
    ids = frozenset(one.id for one in waiting.bookings[0].occurrences)
    confirm(account_of(approver.id), Decision(waiting.bookings[0].id, ids))
    assert len(updates(account_of(heir.id).viewer).notices) == 2
    assert not updates(account_of(both.id).viewer).notices


def test_handing_over_reads_no_more_often_with_more_requests(firm, lab):
    make_approver(lab)
    stays = make_person(organisation=firm)

    def count_reads(how_many: int) -> int:
        leaving = make_person(organisation=firm)
        requests = [make_request(leaving, lab, [slot_on(DAY)]) for _ in range(how_many)]
        with statements() as seen:
            leave(leaving, "Firm")
        db.session.expire_all()
        assert {one.contact_id for one in requests} == {stays.id}
        return sum(one.startswith("SELECT") for one in seen)

    assert count_reads(5) == count_reads(1)


def test_who_sent_a_request_never_decides_on_it_also_after_leaving(firm, lab):
    """Nobody decides on their own request; being handed over does not make it another's."""
    sender = make_approver(lab, organisation=firm)
    colleague = make_approver(lab, organisation=firm)
    request = make_request(sender, lab, [slot_on(DAY)])
    leave(sender, "Firm")

    db.session.rollback()
    booking = request.bookings[0]
    assert deciders_of([booking], clock.now())[booking.id].all == {colleague.id}


def test_the_last_manager_stays_while_others_work_there(both, firm):
    manager = make_person()
    make_membership(manager, firm, role="manager")

    with pytest.raises(Conflict, match="last_manager"):
        leave(manager, "Firm")
    assert acting_for(sign_in(manager)) == "Firm"

    leave(both, "Firm")
    leave(manager, "Firm")
    assert acting_for(sign_in(manager)) is None


def test_who_decides_is_absent_for_all_that_an_organisation_of_theirs_competes_with(lab, both):
    """Whichever they act for: nobody may decide against their firm under another hat."""
    make_role(both, RoleKind.APPROVER, lab)
    other = make_approver(lab)
    booking = make_request(make_partner(), lab, [slot_on(DAY)]).bookings[0]
    assert deciders_of([booking], clock.now())[booking.id].all == {both.id, other.id}

    university = acting(both, "University").organisation_id
    make_request(make_person(), lab, [slot_on(DAY)], organisation_id=university)

    assert acting_for(sign_in(both)) == "Firm"
    assert deciders_of([booking], clock.now())[booking.id].all == {other.id}
    decision = Decision(booking.id, frozenset(one.id for one in booking.occurrences))
    with pytest.raises(NotFound):
        confirm(acting(both, "Firm"), decision)
    with pytest.raises(Refused) as refused:
        enter(acting(both, "Firm"), Entering(sending_for(lab, slot_on(DAY)), None))
    assert [one.code for one in refused.value.refusals] == [RefusalCode.LEFT_TO_OTHERS]


def test_nobody_leaves_an_organisation_to_decide_on_what_competes_with_it(lab, both):
    make_role(both, RoleKind.APPROVER, lab)
    other = make_approver(lab)
    booking = make_request(make_partner(), lab, [slot_on(DAY)]).bookings[0]
    university = acting(both, "University").organisation_id
    make_request(make_person(), lab, [slot_on(DAY)], organisation_id=university)

    leave(both, "University")

    db.session.rollback()
    assert deciders_of([booking], clock.now())[booking.id].all == {other.id}
    assert not db.session.scalar(
        sa.select(Booking.id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .where(Booking.id == booking.id, decided_by(account_of(both.id).viewer, None, clock.now()))
    )
    with pytest.raises(NotFound):
        confirm(
            account_of(both.id),
            Decision(booking.id, frozenset(one.id for one in booking.occurrences)),
        )
    with pytest.raises(Refused) as refused:
        enter(account_of(both.id), Entering(sending_for(lab, slot_on(DAY)), None))
    assert [one.code for one in refused.value.refusals] == [RefusalCode.LEFT_TO_OTHERS]


def test_nobody_enters_a_booking_for_an_organisation_of_their_own(lab, both):
    make_role(both, RoleKind.APPROVER, lab)
    account = acting(both, "Firm")
    for one in account.organisations:
        with pytest.raises(Invalid, match="organisation"):
            enter(account, Entering(sending_for(lab, slot_on(DAY)), one.organisation_id))


def test_updates_of_all_organisations_are_one_list_and_end_with_the_membership(both, firm, lab):
    make_person(organisation=firm)
    approver = account_of(make_approver(lab).id)
    for weeks, name in enumerate(("Firm", "University")):
        organisation_id = acting(both, name).organisation_id
        slot = slot_on(DAY + timedelta(weeks=weeks))
        request = make_request(both, lab, [slot], organisation_id=organisation_id)
        ids = frozenset(one.id for one in request.bookings[0].occurrences)
        confirm(approver, Decision(request.bookings[0].id, ids))

    of_university, of_firm = updates(acting(both, "Firm").viewer).notices
    assert of_firm.content
    assert of_firm.other_organisation is None
    assert of_university.content
    assert of_university.other_organisation == "University"
    leave(both, "University")
    of_university, of_firm = updates(acting(both, "Firm").viewer).notices
    assert of_university.content is None
    assert of_university.other_organisation is None


def test_a_free_time_is_judged_for_the_organisation_that_wanted_it(both, lab):
    make_approver(lab)
    alert = FreeTimeAlert(
        key="k", person_id=both.id, organisation_id=acting(both, "University").organisation_id,
        facility_id=lab.id, starts_at=slot_on(DAY).starts_at, ends_at=slot_on(DAY).ends_at,
        whole=False, places=1, asked_at=clock.now(),
    )  # fmt: skip
    db.session.add(alert)
    db.session.commit()
    assert is_free(alert, clock.now())
    leave(both, "University")
    assert not is_free(alert, clock.now())


def test_the_operator_makes_managers_and_tells_everybody_of_new_members(firm):
    first = make_person(organisation=firm)
    newcomer = make_person("new@example.org")

    operator_service.add_member("new@example.org", "Firm", is_manager=False)
    operator_service.add_member("new@example.org", "Firm", is_manager=True)

    (organisation,) = account_of(newcomer.id).organisations
    assert organisation.role is MembershipRole.MANAGER
    assert len(updates(account_of(first.id).viewer).notices) == 1
    with pytest.raises(Invalid, match="already"):
        operator_service.add_member("new@example.org", "Firm", is_manager=True)
    with pytest.raises(Conflict, match="last_manager"):
        operator_service.add_member("new@example.org", "Firm", is_manager=False)
    assert db.session.scalar(sa.select(sa.func.count(SignIn.token_hash))) == 0


def test_managers_make_managers_and_remove_people_who_are_told(both, firm):
    manager = make_person("mia@example.org")
    make_membership(manager, firm, role="manager")
    account = account_of(manager.id)

    service.change_role(account, keys(both)["Firm"], MembershipRole.MANAGER)
    service.change_role(account, keys(both)["Firm"], MembershipRole.MEMBER)
    made_and_unmade = [sentence(one, UTC) for one in updates(acting(both, "Firm").viewer).notices]
    assert made_and_unmade == [
        "Mia made you a member of Firm again. You no longer manage it.",
        "Mia made you a manager of Firm. You decide who works there.",
    ]
    token = sign_in(both)
    service.remove_member(account, keys(both)["Firm"])

    assert acting_for(token) == "signed out"
    told, *before = [sentence(one, UTC) for one in updates(account_of(both.id).viewer).notices]
    assert told == "Mia removed you from Firm. Your calendar links there have ended."
    assert set(before) == {"Something changed in an organisation that you no longer belong to."}
    events = db.session.scalars(sa.select(AccountLogEntry.event).order_by(AccountLogEntry.id)).all()
    assert events == ["manager_named", "manager_removed", "left"]


@pytest.mark.parametrize("who", ["member", "manager elsewhere", "manager who acts elsewhere"])
def test_only_managers_change_who_works_there(both, firm, who):
    make_membership(make_person(), firm, role="manager")
    other = make_organisation()
    actor = make_person(organisation=firm) if who == "member" else make_person()
    if who != "member":
        make_membership(actor, other, role="manager")
    if who == "manager who acts elsewhere":
        make_membership(actor, firm, role="manager")
    key = keys(both)["Firm"]
    account = account_of(actor.id)

    for act in (
        lambda: service.remove_member(account, key),
        lambda: service.change_role(account, key, MembershipRole.MANAGER),
    ):
        with pytest.raises(Forbidden if who == "member" else NotFound):
            act()
    assert acting_for(sign_in(both)) == "Firm"


def test_a_manager_who_is_one_no_more_changes_nothing(both, firm):
    """The role is read again under the lock."""
    manager = make_person()
    make_membership(manager, firm, role="manager")
    account = account_of(manager.id)
    operator_service.add_member(both.email, "Firm", is_manager=True)
    operator_service.add_member(manager.email, "Firm", is_manager=False)

    with pytest.raises(Forbidden):
        service.remove_member(account, keys(both)["Firm"])


def test_the_only_manager_stays_one(both, firm):
    manager = make_person()
    make_membership(manager, firm, role="manager")
    with pytest.raises(Conflict, match="last_manager"):
        service.change_role(account_of(manager.id), keys(manager)["Firm"], MembershipRole.MEMBER)


def test_a_manager_who_was_removed_changes_nothing(both, firm):
    manager, other = make_person(), make_person()
    make_membership(manager, firm, role="manager")
    make_membership(other, firm, role="manager")
    account, key = account_of(manager.id), keys(both)["Firm"]
    operator_service.end_membership_of(manager.email, "Firm")

    for act in (
        lambda: service.remove_member(account, key),
        lambda: service.change_role(account, key, MembershipRole.MANAGER),
    ):
        with pytest.raises(NotFound):
            act()
    assert acting_for(sign_in(both)) == "Firm"


def test_what_has_ended_is_not_ended_switched_to_or_changed_again(both, firm):
    manager = make_person()
    make_membership(manager, firm, role="manager")
    key = keys(both)["Firm"]
    leave(both, "Firm")
    token = sign_in(both)

    for act in (
        lambda: service.leave(both.id, key, ""),
        lambda: service.switch_organisation(both.id, token, key),
        lambda: service.remove_member(account_of(manager.id), key),
    ):
        with pytest.raises(NotFound):
            act()
    assert acting_for(token) == "University"


def test_what_was_handed_over_goes_on_to_the_next_and_what_is_past_stays(both, firm, lab):
    first, second = make_person(organisation=firm), make_person(organisation=firm)
    waiting = make_request(both, lab, [slot_on(DAY)])
    past = make_request(both, lab, [slot_on(date(2026, 1, 12))], state=State.CONFIRMED)

    leave(both, "Firm")
    db.session.expire_all()
    assert (waiting.contact_id, past.contact_id) == (first.id, None)
    leave(first, "Firm")
    db.session.expire_all()

    assert (waiting.contact_id, waiting.requester_id, past.contact_id) == (second.id, both.id, None)


def test_an_alert_is_asked_for_in_the_name_of_the_active_organisation(both, lab):
    make_approver(lab)
    make_request(make_partner(), lab, [slot_on(DAY)], state=State.CONFIRMED)
    account = acting(both, "University")

    ask_to_be_told(account, NewAlert(lab.id, (slot_on(DAY),), False, 1))

    stored = db.session.scalars(sa.select(FreeTimeAlert.organisation_id)).one()
    assert stored == account.organisation_id != acting(both, "Firm").organisation_id
