"""An administrator merges a duplicate into the organisation of which it is one."""

from datetime import date, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from booking.accounts import membership_service, operator_service
from booking.accounts.memberships import memberships_of
from booking.accounts.models import (
    AccountLogEntry,
    Membership,
    MembershipInvitation,
    Organisation,
    Person,
    SignIn,
)
from booking.accounts.organisations import make_organisation as add_organisation
from booking.accounts.organisations import organisation_named
from booking.accounts.queries import account_of
from booking.admin.merge_queries import merge_preview
from booking.admin.merge_service import merge
from booking.alerts.models import FreeTimeAlert
from booking.audit.models import AuditEntry
from booking.bookings.models import Booking, BookingRequest
from booking.bookings.set_aside_models import SetAsideOrganisation
from booking.data_check.queries import find_faults
from booking.db import clock
from booking.db.revision_models import CalendarVersion
from booking.db.transactions import writing
from booking.decisions.organisation_lookup import look_up
from booking.decisions.service import Entering, enter
from booking.enquiries.models import Enquiry, EnquiryMessage
from booking.enquiries.service import ask
from booking.errors import Conflict, Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.facilities.automatic_models import AutomaticOrganisation
from booking.facilities.quota_models import Quota
from booking.feeds.kinds import FeedKind
from booking.feeds.reading import FeedReader, open_feed
from booking.feeds.service import make_feed
from booking.manage.automatic.service import name_organisation
from booking.manage.set_aside.service import NewSetAside, set_aside
from booking.notices.queries import updates
from booking.notices.sentences import sentence
from booking.organisation.queries import organisation_page
from booking.plans.comment_service import comment
from booking.plans.service import PlanFacts, join_for_organisation, propose, take_step
from booking.requests.confidential import name_readers
from booking.requests.queries import get_request
from booking.requests.service import send
from booking.rules.lifecycle import State
from booking.rules.plans import PlanStatus
from booking.rules.set_aside import PlannedSetAside
from booking.rules.visibility import MembershipRole
from tests.conftest import NOW
from tests.factories import (
    make_account_request,
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_invitation,
    make_membership,
    make_organisation,
    make_person,
    make_request,
    slot_on,
)
from tests.request_factories import kept, sending_for
from tests.two_at_once import at_once

DAY = date(2027, 1, 12)
WHY = "The same firm, entered twice."
one_engine = pytest.mark.parametrize("engine_name", ["sqlite"])
pytestmark = pytest.mark.usefixtures("app_context")


class Scene:
    """A firm, its duplicate, and all that an organisation can have, of the duplicate."""

    def __init__(self) -> None:
        cluster = make_cluster("here")
        self.hall = make_facility(
            cluster, "hall", places=4, pending_holds=False, automatic_for="named"
        )
        self.yard = make_facility(cluster, "yard", pending_holds=False)
        self.decides = account_of(make_coordinator(cluster).id)
        self.admin = make_person("admin@example.org", is_admin=True)
        self.firm = make_organisation("Firm", home_cluster=cluster)
        self.twin = make_organisation("Firm Ltd", home_cluster=cluster, website="https://f.example")
        self.mia = make_person("mia@example.org")
        make_membership(self.mia, self.firm, role="manager")
        self.bo = make_person("bo@example.org")
        make_membership(self.bo, self.twin, role="manager")
        self.both = make_person("both@example.org", organisation=self.firm)
        make_membership(self.both, self.twin, role="manager", since=NOW - timedelta(days=900))
        self.left = make_person("left@example.org")
        make_membership(self.left, self.twin, until=NOW)
        self.request = make_request(self.bo, self.hall, [slot_on(DAY)], state=State.CONFIRMED)
        self.secret = make_request(self.bo, self.hall, [slot_on(DAY)])
        name_readers(account_of(self.bo.id), self.booking_of(self.secret), [self.key_of(self.bo)])
        make_request(self.mia, self.hall, [slot_on(DAY)])
        for person, text in ((self.mia, "Ours"), (self.bo, "Theirs")):
            ask(account_of(person.id), self.hall.id, text)
        ask(account_of(self.bo.id), self.yard.id, "Another")
        named = frozenset({"Firm", "Firm Ltd"})
        for slug, names in (("hall", named), ("yard", frozenset({"Firm Ltd"}))):
            set_aside(self.decides, slug, NewSetAside(PlannedSetAside(DAY), names))
        for name in ("Firm", "Firm Ltd"):
            name_organisation(self.decides, "hall", name, version=None)
        make_invitation(self.twin, self.bo, email="nora@example.org")
        make_invitation(self.twin, self.bo, email=self.mia.email)
        make_account_request(cluster, organisation_id=self.twin.id)
        make_account_request(cluster, joins_id=self.twin.id)
        kept(
            FreeTimeAlert(
                key="k", person_id=self.bo.id, organisation_id=self.twin.id,
                facility_id=self.hall.id, starts_at=slot_on(DAY).starts_at,
                ends_at=slot_on(DAY).ends_at, whole=False, places=1, asked_at=NOW,
            )
        )  # fmt: skip
        facts = PlanFacts("Street", "range", "", ("smoke-training",), "", "unknown", None)
        suggested = propose(account_of(self.bo.id), cluster.slug, facts)
        take_step(self.decides, suggested, PlanStatus.IDEA, seen=PlanStatus.SUGGESTED)
        for person in (self.mia, self.bo):
            join_for_organisation(account_of(person.id), suggested, joins=True)
        comment(account_of(self.bo.id), suggested, "We want it.")
        self.feed = make_feed(account_of(self.bo.id), FeedKind.ORGANISATION, with_titles=False)
        kept(
            SignIn(
                token_hash="h", person_id=self.bo.id, created_at=NOW, seen_at=NOW,
                organisation_id=self.twin.id,
            )
        )  # fmt: skip

    def booking_of(self, request: BookingRequest) -> int:
        return db.session.scalars(
            sa.select(Booking.id).where(Booking.request_id == request.id)
        ).one()

    def key_of(self, person: Person) -> str:
        return memberships_of(person.id)[0].key

    def merge(self, kept_one=None, duplicate=None, *, admin=None, expected=None) -> str:
        kept_key, twin = (kept_one or self.firm).key, duplicate or self.twin
        key, name = twin.key, twin.name
        if expected is None:
            expected = merge_preview(kept_key, name, clock.now()).version
        account = account_of((admin or self.admin).id)
        return merge(account, kept_key, key, WHY, expected)


@pytest.fixture
def scene(app_context):
    return Scene()


def naming_organisations() -> list[sa.Column]:
    """Every column that names an organisation, but for those of what happened then."""
    return [
        column
        for table in db.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "organisation"
        and table.name not in ("account_log", "organisation")
    ]


def rows_of(organisation_id: int) -> dict[str, int]:
    db.session.rollback()
    counts = {
        str(column): db.session.scalar(sa.select(sa.func.count()).where(column == organisation_id))
        for column in naming_organisations()
    }
    return {name: count for name, count in counts.items() if count}


def test_nothing_is_left_at_the_duplicate(scene):
    everything = {str(column) for column in naming_organisations()}
    assert rows_of(scene.twin.id).keys() == everything, "the test has something of each"
    requests = rows_of(scene.firm.id)["booking_request.organisation_id"]

    assert scene.merge() == "Firm Ltd"

    assert rows_of(scene.twin.id) == {}
    assert rows_of(scene.firm.id)["booking_request.organisation_id"] == requests + 2
    assert list(find_faults()) == []
    firm = db.session.get_one(Organisation, scene.firm.id)
    assert firm.website == "https://f.example"


@one_engine
def test_who_works_for_both_has_one_membership_with_the_larger_role(scene):
    scene.merge()

    (only,) = memberships_of(scene.both.id)
    assert (only.name, only.role) == ("Firm", MembershipRole.MANAGER)
    assert only.since == NOW - timedelta(days=900)
    page = organisation_page(account_of(scene.mia.id), NOW)
    assert {one.person_id for one in page.people} == {scene.mia.id, scene.bo.id, scene.both.id}
    former = sa.select(Membership.organisation_id).where(Membership.person_id == scene.left.id)
    assert db.session.scalars(former).all() == [scene.firm.id]  # a rival to what competes with it
    # The sign-in goes on, for the organisation that stays.
    assert db.session.scalars(sa.select(SignIn.organisation_id)).all() == [scene.firm.id]


@one_engine
def test_both_read_the_requests_of_both_but_for_the_confidential_ones(scene):
    references = [request.reference for request in (scene.request, scene.secret)]
    scene.merge()

    assert get_request(account_of(scene.mia.id).viewer, references[0], NOW)
    with pytest.raises(NotFound):
        get_request(account_of(scene.mia.id).viewer, references[1], NOW)
    assert get_request(account_of(scene.bo.id).viewer, references[1], NOW)


@one_engine
def test_a_calendar_link_goes_on_with_the_same_events(scene):
    before = {one.uid for one in FeedReader(open_feed(scene.feed), NOW, "secret").dates()}

    scene.merge()

    after = {one.uid for one in FeedReader(open_feed(scene.feed), NOW, "secret").dates()}
    assert before < after  # those of colleagues are new
    membership_service.leave(scene.bo.id, scene.key_of(scene.bo), "")
    with pytest.raises(NotFound):
        open_feed(scene.feed)


@one_engine
def test_what_both_had_is_there_once(scene):
    make_invitation(scene.firm, scene.mia, email=scene.bo.email)

    scene.merge()

    waiting = sa.select(MembershipInvitation.email).where(MembershipInvitation.ended_at.is_(None))
    assert db.session.scalars(waiting).all() == ["nora@example.org"]
    assert db.session.scalar(sa.select(sa.func.count(AutomaticOrganisation.facility_id))) == 1
    assert db.session.scalar(sa.select(sa.func.count(SetAsideOrganisation.set_aside_id))) == 2
    in_hall = sa.select(Enquiry.id).where(Enquiry.facility_id == scene.hall.id)
    (one,) = db.session.scalars(in_hall).all()
    texts = sa.select(EnquiryMessage.text).where(EnquiryMessage.enquiry_id == one)
    assert set(db.session.scalars(texts)) == {"Ours", "Theirs"}


@one_engine
def test_the_name_of_the_duplicate_finds_the_other_one(scene):
    scene.merge()

    assert organisation_named("Firm Ltd") == organisation_named("Firm") == scene.firm.id
    assert look_up("Firm Ltd", scene.hall.id, scene.decides.viewer, NOW).exact == "Firm"
    assert look_up("irm", scene.hall.id, scene.decides.viewer, NOW).names == ["Firm"]
    with pytest.raises(Invalid, match="name: taken"), writing():
        add_organisation("Firm LTD", "sme", "DK", None, is_different=True)
    third = make_organisation("Firm Group")
    scene.merge(third, scene.firm)
    assert organisation_named("Firm Ltd") == organisation_named("Firm") == third.id
    version = sa.select(sa.func.count(AutomaticOrganisation.facility_id))
    name_organisation(scene.decides, "hall", "Firm Ltd", version=None)  # named already
    assert db.session.scalar(version) == 1


@one_engine
def test_everybody_of_both_is_told_and_it_is_logged_for_both(scene):
    operator_service.add_member(scene.mia.email, "Firm Ltd", is_manager=False)
    scene.merge()

    for person in (scene.mia, scene.bo, scene.both):
        newest = updates(account_of(person.id).viewer).notices[0]
        assert sentence(newest, clock.now().tzinfo).endswith("sees the requests of both.")
    _, joined = updates(account_of(scene.bo.id).viewer).notices[:2]
    assert "Firm Ltd" in sentence(joined, clock.now().tzinfo)
    told = sa.select(AccountLogEntry.told_ids).where(AccountLogEntry.event == "merged")
    assert set(db.session.scalars(told).one()) == {scene.mia.id, scene.bo.id, scene.both.id}
    events = sa.select(AuditEntry.event, AuditEntry.organisation_id, AuditEntry.content).where(
        AuditEntry.event.in_(["organisation_merged", "duplicate_taken_in"])
    )
    rows = db.session.execute(events).all()
    assert {(row.event, row.organisation_id) for row in rows} == {
        ("organisation_merged", scene.twin.id),
        ("duplicate_taken_in", scene.firm.id),
    }
    assert all(WHY in row.content for row in rows)


def test_calendars_that_are_kept_in_memory_are_drawn_anew(scene):
    number = sa.select(CalendarVersion.number).where(CalendarVersion.root_id == scene.hall.id)
    before = db.session.scalar(number)

    scene.merge()

    assert db.session.scalar(number) > before


def test_the_preview_counts_what_happens_and_names_no_booking(scene):
    kept(Quota(facility_id=scene.hall.id, period="month", measure="hours", most=7))

    preview = merge_preview(scene.firm.key, "Firm Ltd", NOW)

    assert [(one.email, one.works_there) for one in preview.people] == [
        ("bo@example.org", False),
        ("both@example.org", True),
    ]
    assert vars(preview.counts) == {
        "former": 1, "requests": 2, "confidential": 1, "bookings": 2, "invitations": 2,
        "invitations_ending": 1, "joining": 2, "links": 1, "alerts": 1, "enquiries": 2,
        "enquiries_joining": 1, "set_aside": 2, "at_once": 1, "competing": 2, "exceeded": 1,
        "deciders": 0,
    }  # fmt: skip


@one_engine
def test_only_another_organisation_of_exactly_this_name_is_merged(scene):
    for name, code in (("Firm", "itself"), ("firm ltd", "unknown"), ("\0", "unknown")):
        with pytest.raises(Invalid, match=f"name: {code}"):
            merge_preview(scene.firm.key, name, NOW)


@one_engine
def test_nothing_is_merged_twice_or_with_itself(scene):
    with pytest.raises(Conflict, match="itself"):
        scene.merge(scene.firm, scene.firm, expected="any")
    scene.merge()

    with pytest.raises(Conflict, match="merged"):
        scene.merge(expected="any")
    with pytest.raises(Conflict, match="merged"):
        scene.merge(scene.twin, scene.firm, expected="any")
    with pytest.raises(Invalid, match="name: merged"):
        merge_preview(scene.firm.key, "Firm Ltd", NOW)
    with pytest.raises(NotFound):
        merge_preview(scene.twin.key, "Firm", NOW)


@one_engine
def test_nothing_is_merged_that_was_not_seen_so(scene):
    seen = merge_preview(scene.firm.key, "Firm Ltd", NOW).version
    make_request(scene.bo, scene.yard, [slot_on(DAY)])
    before = rows_of(scene.twin.id)

    with pytest.raises(Conflict, match="changed"):
        scene.merge(expected=seen)

    assert rows_of(scene.twin.id) == before


@one_engine
def test_only_administrators_merge_and_not_what_they_would_read_by_it(scene):
    with pytest.raises(Forbidden):
        scene.merge(admin=scene.mia)
    make_membership(scene.admin, scene.twin, until=NOW)

    with pytest.raises(Conflict, match="yourself"):
        scene.merge()


def test_of_two_administrators_at_once_one_merges(app, monkeypatch, scene):
    other = make_person(is_admin=True)
    expected = merge_preview(scene.firm.key, "Firm Ltd", NOW).version

    met = at_once(
        app,
        monkeypatch,
        partial(scene.merge, expected=expected),
        partial(scene.merge, scene.firm, scene.twin, admin=other, expected=expected),
    )

    assert met == "merged"
    assert rows_of(scene.twin.id) == {}


def test_what_is_entered_for_a_duplicate_before_it_is_merged_is_not_missed(app, monkeypatch, scene):
    lab = make_facility(db.session.merge(scene.hall).cluster, "lab")
    empty = make_organisation("Firm AG")  # nobody works there, so nobody joins by the merge
    expected = merge_preview(scene.firm.key, empty.name, NOW).version
    admin, keys = account_of(scene.admin.id), (scene.firm.key, empty.key)
    entering = Entering(sending_for(lab, slot_on(DAY)), empty.id)

    met = at_once(
        app,
        monkeypatch,
        partial(enter, account_of(make_approver(lab).id), entering),
        partial(merge, admin, *keys, WHY, expected),
    )

    assert met == "changed"
    assert rows_of(empty.id) == {"booking_request.organisation_id": 1}


@pytest.mark.parametrize("key", ["", "\0", "x" * 32])
def test_a_key_of_no_organisation_finds_nothing(scene, key):
    with pytest.raises(NotFound, match="organisation"):
        merge(account_of(scene.admin.id), scene.firm.key, key, WHY, "any")


def test_nobody_sends_for_a_duplicate_while_it_is_merged(app, monkeypatch, scene):
    make_approver(scene.yard)
    sender = account_of(scene.bo.id)
    request = sending_for(scene.yard, slot_on(DAY + timedelta(days=1)))

    met = at_once(app, monkeypatch, scene.merge, partial(send, sender, request))

    assert met != "done"
    assert rows_of(scene.twin.id) == {}
