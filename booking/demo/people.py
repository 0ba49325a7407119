"""The people of the demonstration: their accounts, roles and organisations, all invented."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.membership_service import begin_membership
from booking.accounts.memberships import organisation_ids_of
from booking.accounts.models import Organisation, Person
from booking.accounts.passwords import hash_password, matches
from booking.accounts.role_service import Giving, RoleOf, give_role
from booking.accounts.roles import has_role
from booking.accounts.sign_in_service import end_sign_ins
from booking.clusters.models import Cluster
from booking.db.transactions import writing
from booking.decisions.reply_models import SavedReply
from booking.demo import plans
from booking.extensions import db
from booking.facilities.models import Facility
from booking.rules.roles import RoleKind
from booking.rules.visibility import MembershipRole

DOMAIN = "demo.example"
#: The cluster that has a keeper, of this facility, and an auditor.
KEEPING, KEPT = "censec", "uas-denmark"
_REASON = "For the demonstration."
_REPLIES = (
    ("How to get here", "Please report to the reception and bring an identity card."),
    ("Visitor list", "Please send the names of all visitors five working days before you come."),
    ("Fully booked", "We have no room then. Please look for other dates in the calendar."),
)
# Without letters and digits that are mistaken for others.
_ALPHABET = "abcdefghkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class DemoAccount:
    """An account with which somebody may look around, and whose part it plays."""

    email: str
    part: str


def new_password() -> str:
    """Return a random password that can be read out: three groups of four."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))


def make_people(now: datetime) -> None:
    """Write the organisations, accounts and roles that are missing; `now` is when they came."""
    with writing():
        clusters = db.session.scalars(sa.select(Cluster).order_by(Cluster.slug)).all()
        cluster_ids = {cluster.slug: cluster.id for cluster in clusters}
        for planned in plans.read_plans().organisations:
            organisation = _organisation(planned, cluster_ids)
            person = _person(f"{planned.login}@{DOMAIN}", planned.person, now)
            _member(person, organisation, MembershipRole.MANAGER, now)
        for planned in plans.read_plans().organisations:
            for login in planned.also:
                colleague = _person(f"{login}@{DOMAIN}", login, now)
                organisation = _organisation(planned, cluster_ids)
                _member(colleague, organisation, MembershipRole.MEMBER, now)
        _person(f"admin@{DOMAIN}", "Demo Admin", now).is_admin = True
        for cluster in clusters:
            approver = _person(
                f"approver.{cluster.slug}@{DOMAIN}", f"Demo Approver {cluster.short_name}", now
            )
            coordinator = _person(
                f"coordinator.{cluster.slug}@{DOMAIN}",
                f"Demo Coordinator {cluster.short_name}",
                now,
            )
            _give_roles(cluster, approver, coordinator, now)
            _save_replies(cluster, coordinator, now)
            if cluster.slug == KEEPING:
                _name_keeper_and_auditor(cluster, now)


def accounts_to_try() -> list[DemoAccount]:
    """Return the accounts that can sign in, in the order in which to show them."""
    clusters = db.session.execute(
        sa.select(Cluster.slug, Cluster.short_name).order_by(Cluster.slug)
    ).all()
    return [
        *(
            DemoAccount(f"{one.login}@{DOMAIN}", _part_of(one))
            for one in plans.read_plans().organisations
            if one.role is not None
        ),
        *(
            DemoAccount(f"approver.{slug}@{DOMAIN}", f"decides on facilities of {name}")
            for slug, name in clusters
        ),
        *(
            DemoAccount(f"coordinator.{slug}@{DOMAIN}", f"runs {name}, lets people in")
            for slug, name in clusters
        ),
        *(
            account
            for slug, name in clusters
            if slug == KEEPING
            for account in (
                DemoAccount(f"keeper.{slug}@{DOMAIN}", f"keeps hours of a facility of {name}"),
                DemoAccount(f"auditor.{slug}@{DOMAIN}", f"reads the log of {name}"),
            )
        ),
        DemoAccount(f"admin@{DOMAIN}", "administrator; has no part in bookings"),
    ]


def _part_of(planned: plans.PlannedOrganisation) -> str:
    others = [one.name for one in plans.read_plans().organisations if planned.login in one.also]
    return f"{planned.role}; works for {' and '.join([planned.name, *others])}"


def set_password(accounts: Sequence[DemoAccount], password: str) -> None:
    """Give these accounts this password; where it is another than before, sign-ins end."""
    emails = [account.email for account in accounts]
    hashes = db.session.execute(
        sa.select(Person.email, Person.password_hash).where(Person.email.in_(emails))
    ).all()
    # All have the same hash unless somebody changed a password, so one comparison is enough.
    right = {known: matches(known, password) for known in {known for _, known in hashes}}
    stale = [email for email, known in hashes if not right[known]]
    if not stale:
        return
    new_hash = hash_password(password)
    with writing():
        for person in db.session.scalars(sa.select(Person).where(Person.email.in_(stale))):
            person.password_hash = new_hash
            end_sign_ins(person.id)


def _organisation(planned: plans.PlannedOrganisation, cluster_ids: dict[str, int]) -> Organisation:
    found = db.session.scalar(sa.select(Organisation).where(Organisation.name == planned.name))
    if found is None:
        found = Organisation(
            name=planned.name,
            kind=planned.kind,
            country=planned.country,
            billing_reference=planned.billing_reference,
            billing_name=planned.billing_name,
        )
        if planned.home_cluster is not None:
            found.home_cluster_id = cluster_ids.get(planned.home_cluster)
        db.session.add(found)
        db.session.flush()
    return found


def _member(
    person: Person, organisation: Organisation, role: MembershipRole, now: datetime
) -> None:
    if organisation.id not in organisation_ids_of(person.id):
        begin_membership(person, organisation.id, role, now, actor_id=None)


def _person(email: str, name: str, now: datetime) -> Person:
    found = db.session.scalar(sa.select(Person).where(Person.email == email))
    if found is None:
        found = Person(email=email, name=name, created_at=now)
        db.session.add(found)
        db.session.flush()
    found.is_active = True
    return found


def _save_replies(cluster: Cluster, coordinator: Person, now: datetime) -> None:
    if db.session.scalar(sa.select(SavedReply.id).where(SavedReply.cluster_id == cluster.id)):
        return
    db.session.add_all(
        SavedReply(
            cluster_id=cluster.id,
            title=title,
            text=text,
            changed_at=now,
            changed_by_id=coordinator.id,
        )
        for title, text in _REPLIES
    )


def _give_roles(cluster: Cluster, approver: Person, coordinator: Person, now: datetime) -> None:
    roots = db.session.scalars(
        sa.select(Facility.id).where(
            Facility.cluster_id == cluster.id, Facility.parent_id.is_(None)
        )
    ).all()
    for facility_id in roots:
        _role(approver, RoleOf(RoleKind.APPROVER, cluster.id, facility_id), now)
    _role(coordinator, RoleOf(RoleKind.COORDINATOR, cluster.id), now)


def _name_keeper_and_auditor(cluster: Cluster, now: datetime) -> None:
    keeper = _person(f"keeper.{cluster.slug}@{DOMAIN}", f"Demo Keeper {cluster.short_name}", now)
    auditor = _person(f"auditor.{cluster.slug}@{DOMAIN}", f"Demo Auditor {cluster.short_name}", now)
    kept = db.session.scalars(sa.select(Facility.id).where(Facility.slug == KEPT)).one()
    _role(keeper, RoleOf(RoleKind.KEEPER, cluster.id, kept), now)
    _role(auditor, RoleOf(RoleKind.AUDITOR, cluster.id), now)


def _role(person: Person, wanted: RoleOf, now: datetime) -> None:
    if not has_role(person.id, wanted.kind, wanted.cluster_id, wanted.facility_id):
        give_role(person, wanted, Giving(now, None, _REASON))
