"""Clusters, organisations, accounts and roles, as the operator enters them.

Each change of what a person may do ends their sign-ins, so nobody works on with the old rights.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from zoneinfo import available_timezones

import sqlalchemy as sa

from booking.accounts.account_log import AccountEvent, log_account_change
from booking.accounts.account_request_service import ORGANISATION_KINDS
from booking.accounts.factors import remove_factors
from booking.accounts.membership_service import (
    begin_membership,
    current_membership,
    end_membership,
    set_membership_role,
)
from booking.accounts.memberships import MEMBERSHIPS, organisations_in
from booking.accounts.models import Organisation, Person, Role, facility_table
from booking.accounts.organisations import locked_organisations_named, make_organisation
from booking.accounts.people_service import apply_active, apply_admin, locked_admins
from booking.accounts.role_service import Giving, RoleOf, give_role, take_role
from booking.accounts.roles import HELD
from booking.accounts.service import make_link, normal_email
from booking.audit.recording import record
from booking.clusters.models import Cluster
from booking.db.transactions import retried, writing
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.rules.audit_events import Event
from booking.rules.erasure import is_erased
from booking.rules.roles import RoleKind
from booking.rules.visibility import MembershipRole

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")


@dataclass(frozen=True)
class AccountLine:
    """One account for the operator's list; roles are slugs of clusters and facilities."""

    email: str
    name: str
    organisations: tuple[str, ...]
    is_active: bool
    is_admin: bool
    has_password: bool
    coordinates: tuple[str, ...]
    approves: tuple[str, ...]
    keeps: tuple[str, ...] = ()
    audits: tuple[str, ...] = ()


def add_account(email: str, name: str, organisation_name: str | None, *, is_admin: bool) -> str:
    """Add an account and return the token of its one-time link.

    Raises:
        Invalid: `email` is `taken`; `organisation` is `unknown`.
    """
    email = normal_email(email)
    with writing() as now:
        if db.session.scalar(sa.select(Person.id).where(Person.email == email)):
            raise Invalid("email", "taken")
        organisation_id = None
        if organisation_name is not None:
            organisation_id = _organisation_named(organisation_name)
        person = Person(email=email, name=name, is_admin=is_admin, created_at=now)
        db.session.add(person)
        db.session.flush()
        if organisation_id is None:
            log_account_change(AccountEvent.JOINED, person, now, actor_id=None)
        else:
            role = MembershipRole.MEMBER
            record(Event.ACCOUNT_MADE, now=now, actor=None, person=person.id)
            begin_membership(person, organisation_id, role, now, actor_id=None)
        if is_admin:
            record(Event.ADMIN_NAMED, now=now, actor=None, person=person.id)
        return make_link(person, now)


def add_member(email: str, organisation_name: str, *, is_manager: bool) -> None:
    """Let an account work for one more organisation, or change whether it manages it.

    Raises:
        Invalid: `email` or `organisation` is `unknown`; `role` is `already` given.
        Conflict: `last_manager`, when nobody else manages it.
    """
    with writing() as now:
        person = locked_person(email)
        organisation_id = _organisation_named(organisation_name)
        role = MembershipRole.MANAGER if is_manager else MembershipRole.MEMBER
        there = current_membership(person.id, organisation_id)
        if there is None:
            begin_membership(person, organisation_id, role, now, actor_id=None)
        elif there.role == role:
            raise Invalid("role", "already")
        else:
            set_membership_role(there, role, now, actor_id=None)


@retried
def end_membership_of(email: str, organisation_name: str) -> None:
    """End that an account works for an organisation; see `end_membership`.

    Raises:
        Invalid: `email` or `organisation` is `unknown`; `role` is `missing`.
        Conflict: `last_manager`, when others work there and nobody else manages it.
    """
    with writing() as now:
        person = locked_person(email)
        organisation_id = _organisation_named(organisation_name)
        there = current_membership(person.id, organisation_id)
        if there is None:
            raise Invalid("role", "missing")
        end_membership(there, now, actor_id=None)


def _organisation_named(name: str) -> int:
    """Return the id of the organisation with exactly this name, locked."""
    found = locked_organisations_named([name])
    if found is None:
        raise Invalid("organisation", "unknown")
    return found[0]


def new_link(email: str) -> str:
    """Return the token of a new one-time link; older unused ones stop working.

    Raises:
        Invalid: `email` is `unknown`, or the account is `deactivated`.
    """
    with writing() as now:
        person = locked_person(email)
        if not person.is_active:
            raise Invalid("email", "deactivated")
        record(Event.PASSWORD_LINK_MADE, now=now, actor=None, person=person.id)
        return make_link(person, now)


@retried
def set_active(email: str, active: bool) -> None:
    """Activate an account, or deactivate it; see `people_service.change_active`.

    Raises:
        Invalid: `email` is `unknown`.
        Conflict: `last_coordinator` of a cluster, or `last_admin`.
    """
    with writing() as now:
        admins = locked_admins()
        person = locked_person(email)
        if person.is_active != active and not is_erased(person.email):
            apply_active(person, active, now, admins, actor_id=None)


def remove_second_factors(email: str, reason: str) -> None:
    """Remove all second factors of a person who has lost them, who is told by mail.

    Raises:
        Invalid: `email` is `unknown`; `factor` is `missing`.
    """
    with writing() as now:
        person = locked_person(email)
        try:
            remove_factors(person, now, actor_id=None, why=reason)
        except NotFound as error:
            raise Invalid("factor", "missing") from error


@retried
def set_admin(email: str, admin: bool) -> None:
    """Give a person the role of administrator, or take it away.

    Raises:
        Invalid: `email` is `unknown`.
        Conflict: `last_admin`, when nobody else is an administrator.
    """
    with writing() as now:
        admins = locked_admins()
        person = locked_person(email)
        if person.is_admin != admin:
            apply_admin(person, admin, now, admins, actor_id=None)


@retried
def give_cluster_role(
    kind: RoleKind,
    email: str,
    cluster_slug: str,
    *,
    reason: str = "",
    last_day: date | None = None,
    acknowledged: bool = False,
) -> None:
    """Give a person a role in a cluster.

    Raises:
        Invalid: `email` or `cluster` is `unknown`; `role` is `already` given; `last_day` is wrong,
            see `give_role`.
        WorksForOrganisation: the person does, and the caller has not `acknowledged` it.
    """
    with writing() as now:
        person = locked_person(email)
        wanted = RoleOf(kind, _cluster_of(cluster_slug))
        give_role(person, wanted, Giving(now, None, reason, last_day, acknowledged))


@retried
def take_cluster_role(kind: RoleKind, email: str, cluster_slug: str, *, reason: str = "") -> None:
    """Take a role in a cluster from a person.

    Raises:
        Invalid: `email` or `cluster` is `unknown`; `role` is `missing`.
        Conflict: `last_coordinator`.
    """
    with writing() as now:
        person = locked_person(email)
        wanted = RoleOf(kind, _cluster_of(cluster_slug))
        take_role(person, wanted, now, actor_id=None, reason=reason)


def _cluster_of(slug: str) -> int:
    found = db.session.scalar(sa.select(Cluster.id).where(Cluster.slug == slug))
    if found is None:
        raise Invalid("cluster", "unknown")
    return found


def all_accounts() -> list[AccountLine]:
    """Return all accounts, sorted by e-mail."""
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for person_id, kind, cluster, facility in db.session.execute(
        sa.select(Role.person_id, Role.kind, Cluster.slug, facility_table.c.slug)
        .join(Cluster, Cluster.id == Role.cluster_id)
        .outerjoin(facility_table, facility_table.c.id == Role.facility_id)
        .where(HELD)
        .order_by(Cluster.slug, facility_table.c.slug)
    ):
        found[person_id, kind].append(facility or cluster)
    people = db.session.execute(
        sa.select(Person, MEMBERSHIPS.label("memberships")).order_by(Person.email)
    )
    return [
        AccountLine(
            email=person.email,
            name=person.name,
            organisations=tuple(sorted(one.name for one in organisations_in(memberships))),
            is_active=person.is_active,
            is_admin=person.is_admin,
            has_password=person.password_hash is not None,
            coordinates=tuple(found[person.id, RoleKind.COORDINATOR]),
            approves=tuple(found[person.id, RoleKind.APPROVER]),
            keeps=tuple(found[person.id, RoleKind.KEEPER]),
            audits=tuple(found[person.id, RoleKind.AUDITOR]),
        )
        for person, memberships in people
    ]


def locked_person(email: str) -> Person:
    """Return the person with this e-mail, locked. Call it inside `writing`.

    Raises:
        Invalid: `email` is `unknown`.
    """
    person = db.session.scalar(
        sa.select(Person).where(Person.email == normal_email(email)).with_for_update(key_share=True)
    )
    if person is None:
        raise Invalid("email", "unknown")
    return person


def add_cluster(
    slug: str,
    name: str,
    short_name: str,
    city: str,
    country: str,
    time_zone: str,
    region: str | None = None,
    answer_days: int = 10,
) -> None:
    """Add a cluster; `answer_days` are working days.

    Raises:
        Invalid: `slug` has a wrong `format` or is `taken`; `region` has a wrong `format`: no ISO
            3166-2 code of the country; `time_zone` is `unknown`.
    """
    if not SLUG.fullmatch(slug):
        raise Invalid("slug", "format")
    if region is not None and not (REGION.fullmatch(region) and region.startswith(country)):
        raise Invalid("region", "format")
    if time_zone not in available_timezones():
        raise Invalid("time_zone", "unknown")
    with writing() as now:
        if db.session.scalar(sa.select(Cluster.id).where(Cluster.slug == slug)):
            raise Invalid("slug", "taken")
        made = Cluster(
            slug=slug,
            name=name,
            short_name=short_name,
            city=city,
            country=country,
            region=region,
            time_zone=time_zone,
            answer_days=answer_days,
        )
        db.session.add(made)
        db.session.flush()
        record(Event.CLUSTER_ADDED, now=now, actor=None, cluster=made.id)


def add_organisation(
    name: str,
    kind: str,
    country: str,
    home_cluster_slug: str | None,
    *,
    is_different: bool = False,
) -> None:
    """Add an organisation, with or without a home cluster.

    Raises:
        Invalid: `name` is `taken`; `kind` or `home_cluster` is `unknown`.
        LooksAlike: others have such a name, and it is not said that this one `is_different`.
    """
    if kind not in ORGANISATION_KINDS:
        raise Invalid("kind", "unknown")
    with writing() as now:
        home_cluster_id = None
        if home_cluster_slug is not None:
            home_cluster_id = db.session.scalar(
                sa.select(Cluster.id).where(Cluster.slug == home_cluster_slug)
            )
            if home_cluster_id is None:
                raise Invalid("home_cluster", "unknown")
        made = make_organisation(name, kind, country, home_cluster_id, is_different=is_different)
        record(
            Event.ORGANISATION_MADE,
            now=now,
            actor=None,
            organisation=made.id,
            cluster=home_cluster_id,
        )


def clusters_by_slug() -> list[Cluster]:
    """Return all clusters, sorted by slug."""
    return list(db.session.scalars(sa.select(Cluster).order_by(Cluster.slug)))


def all_organisations() -> list[tuple[Organisation, str | None]]:
    """Return all organisations, sorted by name, each with the slug of its home cluster or None."""
    rows = db.session.execute(
        sa.select(Organisation, Cluster.slug)
        .outerjoin(Cluster, Cluster.id == Organisation.home_cluster_id)
        .where(Organisation.merged_into_id.is_(None))
        .order_by(Organisation.name)
    )
    return [(organisation, slug) for organisation, slug in rows]
