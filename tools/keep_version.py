"""Keeps a database of the newest migration with data, from which a test upgrades ever after.

    python -m tools.keep_version

Writes `tests/upgrades/<migration>.sqlite.sql.gz` and `.postgresql.sql.gz`: schema and rows of the
demonstration, and of what it leaves out, so that each table has rows and dates are in each state.
Run it once for each new migration and commit both files; those of older migrations stay as they
are. The clock is stopped, so dates are the same each time; references and tokens are random.
"""

import gzip
import secrets
import sqlite3
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import flask_migrate
import pyotp
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from booking.absences.service import NewAbsence, enter_absence
from booking.accounts import service as accounts
from booking.accounts.account_request_service import NewOrganisation, let_in
from booking.accounts.email_service import request_email_change
from booking.accounts.factor_models import Passkey
from booking.accounts.invitation_service import invite
from booking.accounts.models import AccountRequest, Organisation, Person, Role
from booking.accounts.name_check_service import ask_for_name
from booking.accounts.operator_service import add_member, end_membership_of
from booking.accounts.queries import account_of
from booking.accounts.reset_service import request_reset
from booking.accounts.roles import IS_COORDINATOR
from booking.accounts.throttle import ClientSource
from booking.alerts.service import NewAlert, ask_to_be_told
from booking.app import create_app
from booking.bookings.details import RequestDetails
from booking.bookings.models import Booking, BookingCondition, BookingRequest, Occurrence
from booking.bookings.new_request import NewRequest
from booking.catalogue import reading, service
from booking.clusters.models import Cluster
from booking.conditions.service import ConditionStep, take_condition_step
from booking.config import Settings
from booking.corrections.service import report_mistake
from booking.db import clock
from booking.db.readiness import MIGRATIONS
from booking.db.transactions import writing
from booking.decisions import service as decisions
from booking.decisions.proposing import Proposal, propose
from booking.demo import directory, joint_plans, people, story
from booking.disruptions.resolve import keep_disrupted
from booking.enquiries.service import ask, write_on
from booking.errors import Conflict
from booking.extensions import Model, db
from booking.facilities.change_models import FacilityDraft
from booking.facilities.models import Facility
from booking.favourites.service import add_favourite
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from booking.manage.arrival.service import set_arrival
from booking.manage.automatic.service import name_organisation
from booking.manage.closures import service as closures
from booking.manage.closures.targets import Target
from booking.manage.conditions.service import add_condition
from booking.manage.files.service import SentFile, add_file
from booking.manage.hours import service as hours
from booking.manage.new_facilities.service import begin_facility
from booking.manage.proposals.merge_service import merge_concepts
from booking.manage.proposals.service import NewConcept, propose_concept
from booking.manage.queries import DraftKey
from booking.manage.quotas.service import set_quotas
from booking.manage.second_factor.service import ask_for_second_factor, second_factor_page
from booking.notices.arriving import remind_of_arrivals
from booking.notices.choices import choose
from booking.notices.new_facilities import tell_of_new_facilities
from booking.notices.still_true import ask_whether_still_true
from booking.requests.answering import accept
from booking.requests.changing import Change, change_request
from booking.requests.confidential import name_readers
from booking.requests.drafts import keep_draft
from booking.rules.closure_times import PlannedClosure
from booking.rules.conditions import (
    ConditionAct,
    ConditionKind,
    ConditionStage,
    NewCondition,
)
from booking.rules.lifecycle import Side, State
from booking.rules.new_facilities import Setup
from booking.rules.opening import ONE_DAY
from booking.rules.quotas import Measure, Period
from booking.rules.sign_in_providers import ProvidedIdentity
from booking.rules.slots import Slot
from booking.rules.updates import Choice, Delivery, UpdateKind
from booking.rules.uploads import FileKind
from booking.rules.visibility import Account
from booking.saved.finding import found_by
from booking.saved.models import SavedSearch
from booking.saved.service import save_search
from booking.search.criteria import SearchCriteria
from booking.search.filters import Filters
from booking.search.statistics import count_search
from booking.second_factors.passkey_service import Site, ask_to_add
from booking.second_factors.service import add_app
from booking.single_sign_on.models import ProviderCheck
from booking.single_sign_on.service import link, sign_in_with
from tools import postgresql

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "upgrades"
#: Tuesday, 10:00 in Brussels: the day of the demonstration that is kept.
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def main() -> int:
    """Write both files, and return the exit code."""
    name = newest_migration()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kept.db"
        _fill(f"sqlite:///{path}")
        connection = sqlite3.connect(path)
        try:
            _write(name, "sqlite", "\n".join(connection.iterdump()))
        finally:
            connection.close()
    with postgresql.running() as server:
        server.create("kept")
        _fill(server.url("kept"))
        _write(name, "postgresql", server.dump("kept"))
    return 0


def newest_migration() -> str:
    """Return the name of the newest migration, such as `0004_owner_changes`."""
    script = ScriptDirectory(str(MIGRATIONS))
    return Path(script.get_revision("head").path).stem


def _write(name: str, engine: str, sql: str) -> None:
    path = FOLDER / f"{name}.{engine}.sql.gz"
    # Without the time at which it was packed.
    path.write_bytes(gzip.compress(sql.encode(), 9, mtime=0))
    print(f"{path.relative_to(FOLDER.parent.parent)}: {path.stat().st_size // 1024} kB")


def _fill(database_url: str) -> None:
    """Fill an empty database; nothing is connected to it at the end.

    Raises:
        LookupError: a table is empty, or dates are missing in a state.
    """
    with tempfile.TemporaryDirectory() as folder:
        _fill_with_files_in(database_url, Path(folder))


def _fill_with_files_in(database_url: str, folder: Path) -> None:
    app = create_app(
        Settings(secret_key=secrets.token_hex(), database_url=database_url, files_folder=folder)
    )
    with app.app_context(), clock.fixed(NOW):
        flask_migrate.upgrade()
        service.load(reading.read_catalogue())
        people.make_people(NOW - story.FIRST_DAY_AGO)
        story.play(NOW)
        directory.write_directory(NOW)
        joint_plans.write_plans(NOW)
        _AfterTheDemonstration().do_all()
        remind_of_arrivals()
        _check_complete()
        db.session.remove()
        db.engine.dispose()


class _AfterTheDemonstration:
    """What people do besides requesting and deciding, so that no table stays empty."""

    def __init__(self) -> None:
        partner = f"partner@{people.DOMAIN}"
        self._partner = self._account(Person.email == partner)
        self._source = ClientSource(partner, "192.0.2.1", secret=secrets.token_hex())
        self._password = people.new_password()

    def do_all(self) -> None:
        self._sign_in_search_and_subscribe()
        self._ask_for_mails()
        self._link_an_identity()
        self._let_somebody_in()
        self._ask_to_be_told()
        self._keep_for_later()
        date = db.session.scalars(
            sa.select(Occurrence)
            .where(Occurrence.state == State.CONFIRMED, Occurrence.starts_at > NOW)
            .order_by(Occurrence.starts_at, Occurrence.id)
            .offset(1)
        ).first()
        if date is None:
            raise LookupError("the demonstration has too few dates to come")
        facility = date.facility
        approver = self._account(
            Person.email == f"approver.{facility.cluster.slug}@{people.DOMAIN}"
        )
        self._change_the_facility(facility, approver, date.starts_at)
        reference = ask(self._partner, date.facility_id, "Does a van fit through the gate?")
        write_on(approver, Side.OWNER, reference, "Yes, up to 3 m.")
        self._accept_a_date()
        stand_in = f"coordinator.{facility.cluster.slug}@{people.DOMAIN}"
        monday = NOW.date() + 13 * ONE_DAY
        enter_absence(approver, NewAbsence(monday, monday + 6 * ONE_DAY, stand_in))
        self._propose()
        self._change_a_request()
        self._hand_over()
        self._ask_for_second_factors()

    def _hand_over(self) -> None:
        """Let somebody leave who sent requests; the partner, who works there too, gets them."""
        harbour = "Demo Harbour City"
        add_member(self._source.email, harbour, is_manager=True)
        end_membership_of(f"harbour@{people.DOMAIN}", harbour)

    def _sign_in_search_and_subscribe(self) -> None:
        people.set_password(people.accounts_to_try(), self._password)
        app = pyotp.TOTP(pyotp.random_base32())
        add_app(self._partner.person_id, app.secret, app.at(NOW), self._source, "Firefox", "")
        site = Site("localhost", "http://localhost", "Shared test facilities")
        ask_to_add(self._partner.person_id, site)
        self._keep_passkey(self._partner)
        accounts.sign_in(self._source.email, self._password, self._source, "Firefox")
        count_search(NOW.date(), Filters(text="drone hall"), SearchCriteria(people=12), 3)
        make_feed(self._partner, FeedKind.ORGANISATION, with_titles=True)
        choice = Choice({UpdateKind.ANSWERS: Delivery.DIGEST}, invitations=True)
        choose(self._partner.person_id, choice)
        keep_draft([("title", "Not sent yet"), ("people", "8")], self._source)

    def _ask_for_second_factors(self) -> None:
        """Let a cluster ask everybody with a role for a second factor, from a day to come on."""
        coordinator = self._account(Person.email == f"coordinator.censec@{people.DOMAIN}")
        self._keep_passkey(coordinator)
        version = second_factor_page(coordinator.viewer, "censec").version
        db.session.rollback()
        day = NOW.date() + 30 * ONE_DAY
        ask_for_second_factor(coordinator, "censec", day, "Our insurance", version=version)

    def _keep_passkey(self, account: Account) -> None:
        """Keep the passkey of a device that does not exist, so that nothing answers for it."""
        with writing() as now:
            db.session.add(
                Passkey(
                    key=secrets.token_hex(16),
                    person_id=account.person_id,
                    credential_id=secrets.token_urlsafe(32),
                    handle=secrets.token_urlsafe(32),
                    public_key=secrets.token_bytes(77),
                    sign_count=0,
                    name="Work laptop",
                    added_at=now,
                )
            )

    def _ask_for_mails(self) -> None:
        request_reset(self._source.email, self._source)
        for name in ("colleague", "another"):
            invite(self._partner, f"{name}@{people.DOMAIN}", self._source, by_mail=True)
        new = ClientSource(f"new.{self._source.email}", "192.0.2.1", self._source.secret)
        request_email_change(
            self._partner.person_id, self._password, new.email, self._source, new, new.secret
        )

    def _link_an_identity(self) -> None:
        identity = ProvidedIdentity(
            issuer="https://login.example.org", subject="8f14e45f", email=self._source.email
        )
        link(self._partner.person_id, identity, NOW)
        sign_in_with(identity, self._source, "Firefox")
        with writing() as now:
            found = [["reachable", "good", "", ""], ["clock", "wrong", "90", ""]]
            db.session.add(
                ProviderCheck(
                    provider_key="university", issuer=identity.issuer, checked_at=now, found=found
                )
            )

    def _let_somebody_in(self) -> None:
        request = db.session.scalars(
            sa.select(AccountRequest).where(AccountRequest.home_cluster_id.is_not(None))
        ).first()
        if request is None:
            raise LookupError("the demonstration has no request for an account")
        coordinator_id = db.session.scalars(
            sa.select(Role.person_id).where(
                Role.cluster_id == request.home_cluster_id, IS_COORDINATOR
            )
        ).one()
        cluster = db.session.get_one(Cluster, request.home_cluster_id)
        organisation = NewOrganisation(
            request.organisation_name,
            request.organisation_kind,
            request.country,
            cluster.slug,
        )
        ask_for_name(request.key, coordinator_id, organisation)
        let_in(request.key, coordinator_id, organisation)

    def _ask_to_be_told(self) -> None:
        """Ask about the first confirmed date that can be asked about: one that others have."""
        dates = db.session.execute(
            sa.select(
                Occurrence.facility_id,
                Occurrence.starts_at,
                Occurrence.ends_at,
                Occurrence.whole,
                Occurrence.places,
            )
            .where(Occurrence.state == State.CONFIRMED, Occurrence.starts_at > NOW)
            .order_by(Occurrence.starts_at.desc(), Occurrence.id)
        ).all()
        for facility_id, starts_at, ends_at, whole, places in dates:
            wanted = NewAlert(facility_id, (Slot(starts_at, ends_at),), whole, places)
            with suppress(Conflict):
                ask_to_be_told(self._partner, wanted)
                return

    def _keep_for_later(self) -> None:
        """Mark a facility, and keep a search to which one is new."""
        slug = db.session.scalars(sa.select(Facility.slug).order_by(Facility.id)).first() or ""
        add_favourite(self._partner, slug)
        save_search(self._partner, "Drones", "what=drone", tells=True)
        with writing():
            db.session.execute(sa.update(SavedSearch).values(known_ids=[], looked_at_number=-1))
        tell_of_new_facilities(found_by)
        ask_whether_still_true()
        facility = db.session.scalars(sa.select(Facility).order_by(Facility.id)).first()
        if facility is None:
            raise LookupError("the demonstration has no facility")
        coordinator = self._account(
            Person.email == f"coordinator.{facility.cluster.slug}@{people.DOMAIN}"
        )
        tank = NewConcept("equipment", {"en": ["wave tank"]}, None, "trade")
        slug = facility.slug
        db.session.rollback()
        propose_concept(coordinator, slug, tank)
        admin = self._account(Person.email == f"admin@{people.DOMAIN}")
        db.session.rollback()
        merge_concepts(admin, "flight-cage", "indoor-flight")

    def _propose(self) -> None:
        """Propose another day for two requested dates; the requester accepts the first."""
        dates = db.session.scalars(
            sa.select(Occurrence)
            .join(Booking)
            .join(BookingRequest)
            .where(
                Occurrence.state == State.REQUESTED,
                BookingRequest.requester_id == self._partner.person_id,
            )
            .order_by(Occurrence.starts_at, Occurrence.id)
            .limit(2)
        ).all()
        for is_accepted, date in zip((True, False), dates, strict=True):
            approver = self._account(
                Person.email == f"approver.{date.facility.cluster.slug}@{people.DOMAIN}"
            )
            later = timedelta(days=28)
            proposal = Proposal(
                date.booking_id,
                date.id,
                (Slot(date.starts_at + later, date.ends_at + later),),
                date.whole,
                date.places,
                NOW.date() + 7 * ONE_DAY,
                "The lab is free then.",
            )
            booking_id = date.booking_id
            propose(approver, proposal)
            if is_accepted:
                proposed = sa.select(Occurrence.id).where(
                    Occurrence.state == State.PROPOSED, Occurrence.booking_id == booking_id
                )
                accept(self._partner, booking_id, db.session.scalars(proposed).one())

    def _accept_a_date(self) -> None:
        """Confirm requested dates on a condition, which the requester marks as done."""
        date = db.session.scalars(
            sa.select(Occurrence)
            .where(
                Occurrence.state == State.REQUESTED,
                Occurrence.starts_at > NOW + 7 * ONE_DAY,
                Occurrence.lapses_at > NOW,
            )
            .order_by(Occurrence.starts_at.desc(), Occurrence.id)
        ).first()
        if date is None:
            raise LookupError("the demonstration has too few requested dates")
        cluster, requester_id = date.facility.cluster.slug, date.booking.request.requester_id
        coordinator = self._account(Person.email == f"coordinator.{cluster}@{people.DOMAIN}")
        insurance = NewCondition(
            ConditionKind.INSURANCE, "Liability of 5 million euros", ConditionStage.BEFORE_FINAL
        )
        add_condition(coordinator, date.facility.slug, insurance)
        decision = decisions.Decision(date.booking_id, frozenset({date.id}))
        decisions.confirm(coordinator, decision)
        condition_id = db.session.scalars(
            sa.select(BookingCondition.id).where(BookingCondition.booking_id == date.booking_id)
        ).one()
        requester = self._account(Person.id == requester_id)
        step = ConditionStep(condition_id, ConditionAct.MARK_DONE, "Sent by post")
        take_condition_step(requester, step)

    def _change_a_request(self) -> None:
        """Change title and purpose of a confirmed date: the latter needs a yes."""
        date = db.session.scalars(
            sa.select(Occurrence)
            .join(Booking)
            .join(BookingRequest)
            .where(
                Occurrence.state == State.CONFIRMED,
                Occurrence.starts_at > NOW + timedelta(days=10),
                BookingRequest.requester_id == self._partner.person_id,
            )
            .order_by(Occurrence.starts_at, Occurrence.id)
        ).first()
        if date is None:
            raise LookupError("the demonstration has no confirmed date of the partner")
        details = date.booking.request.details
        wanted = replace(details, title=f"{details.title}, again", purpose="Other sensors, too.")
        change_request(self._partner, Change(date.booking_id, wanted))
        name_readers(self._partner, date.booking_id, [])

    def _change_the_facility(
        self, facility: Facility, approver: Account, starts_at: datetime
    ) -> None:
        """Close it on the day of a confirmed date, which stays; set the rest that owners set."""
        facility_id, slug, cluster_id = facility.id, facility.slug, facility.cluster_id
        day = starts_at.date()
        target = Target(cluster_id, facility_id)
        closing = PlannedClosure(day, day + 14 * ONE_DAY)
        closures.make(approver, closures.NewClosure(target, closing, "Repairs of the roof", True))
        affected = db.session.scalars(
            sa.select(Occurrence.id).where(
                Occurrence.facility_id == facility_id, Occurrence.starts_at == starts_at
            )
        ).all()
        keep_disrupted(approver, affected, "The roof is repaired elsewhere that day.")
        far = day + 90 * ONE_DAY
        special = hours.NewSpecial(far, far, (), "Stocktaking")
        previewed = hours.set_special_days(approver.viewer, facility_id, special, None)
        hours.set_special_days(approver.viewer, facility_id, special, previewed.version)
        set_arrival(approver, slug, "Gate 3. Ask for the duty officer.", 5)
        rules = b"%PDF-1.4\ntrailer<<>>\nstartxref\n9\n%%EOF\n"
        sent = SentFile(rules, len(rules), "rules.pdf")
        report_mistake(self._partner, facility_id, "The hall is 30 m long.")
        add_file(approver, slug, FileKind.DOCUMENT, sent, {"words": "Site rules"})
        with writing() as now:
            db.session.add(
                FacilityDraft(
                    facility_id=facility_id,
                    cluster_id=cluster_id,
                    content={"size": "40 × 25 m"},
                    saved_at=now,
                    saved_by_id=approver.person_id,
                )
            )
        owner = f"coordinator.{facility.cluster.slug}@{people.DOMAIN}"
        coordinator = self._account(Person.email == owner)
        db.session.rollback()
        begin_facility(
            coordinator,
            owner.removeprefix("coordinator.").removesuffix(f"@{people.DOMAIN}"),
            "annex",
            {"name": "Annex", "kind": "lab"},
            Setup(slug, 2, "open"),
        )
        words = {"words": "House rules"}
        add_file(coordinator, DraftKey("annex"), FileKind.DOCUMENT, sent, words)
        name_organisation(
            approver, slug, db.session.scalars(sa.select(Organisation.name).limit(1)).one()
        )
        set_quotas(approver, slug, {(Measure.HOURS, Period.YEAR): 400}, 60)
        # At night, which is not open: with an exception.
        begins = datetime(far.year, far.month, far.day, 1, tzinfo=UTC) + ONE_DAY
        decisions.enter(
            approver,
            decisions.Entering(
                NewRequest(
                    facility_id=facility_id,
                    slots=(Slot(begins, begins + timedelta(hours=2)),),
                    whole=facility.allows_exclusive,
                    places=1,
                    details=RequestDetails(
                        title="Night of open labs",
                        purpose="Visitors",
                        activity="demonstration",
                        people=None,
                    ),
                    idempotency_key=secrets.token_urlsafe(16),
                ),
                None,
                exception_reason="Visitors come once a year.",
            ),
        )

    @staticmethod
    def _account(condition: sa.ColumnElement[bool]) -> Account:
        account = account_of(db.session.scalars(sa.select(Person.id).where(condition)).one())
        if account is None:
            raise LookupError("a person of the demonstration has no account")
        return account


def _check_complete() -> None:
    empty = [
        table.name
        for table in Model.metadata.sorted_tables
        if not db.session.scalar(sa.select(sa.func.count()).select_from(table))
    ]
    if empty:
        raise LookupError(f"No rows in: {', '.join(empty)}")
    missing = set(State) - set(db.session.scalars(sa.select(Occurrence.state)))
    if missing:
        raise LookupError(f"No dates are {', '.join(sorted(missing))}")


if __name__ == "__main__":
    sys.exit(main())
