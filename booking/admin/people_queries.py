"""Reading people for administrators: who they are and what they may do, never what they book."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from booking.accounts.memberships import MEMBERSHIPS, organisations_in
from booking.accounts.models import (
    AccountMail,
    Membership,
    OneTimeLink,
    Organisation,
    Person,
    Role,
    SignIn,
)
from booking.accounts.roles import HELD, HELD_ROLES, RoleLine, RolesIn, own_roles
from booking.accounts.sign_in_service import has_second_factor
from booking.accounts.sign_ins import valid_sign_in
from booking.concepts.normalise import fold
from booking.errors import NotFound
from booking.extensions import db
from booking.rules.erasure import is_erased
from booking.rules.roles import RoleKind

PAGE = 50


class Show(StrEnum):
    """Which people a list has."""

    ALL = "all"
    ADMINS = "admins"
    DECIDING = "deciding"
    WITHOUT_PASSWORD = "no-password"  # noqa: S105  # a choice in an address
    DEACTIVATED = "deactivated"


#: Also if it is withheld.
_DECIDES = sa.exists().where(
    Role.person_id == Person.id,
    Role.kind.in_([RoleKind.APPROVER, RoleKind.COORDINATOR]),
    HELD,
)
_CONDITIONS: dict[Show, sa.ColumnElement[bool]] = {
    Show.ALL: sa.true(),
    Show.ADMINS: Person.is_admin.is_(True),
    Show.DECIDING: _DECIDES,
    Show.WITHOUT_PASSWORD: sa.and_(Person.password_hash.is_(None), Person.is_active),
    Show.DEACTIVATED: Person.is_active.is_(False),
}


@dataclass(frozen=True)
class PersonLine:
    """One person in the list."""

    key: str
    name: str
    email: str
    is_active: bool
    is_admin: bool
    has_password: bool
    coordinates: bool
    approves: bool
    keeps: bool
    audits: bool
    organisations: Sequence[str]


@dataclass(frozen=True)
class PeopleList:
    """One page of people, and how many there are in all."""

    lines: Sequence[PersonLine]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


def people_list(text: str, show: Show, page: int) -> PeopleList:
    """Return people by name, those whose name or address has the text; case does not count.

    `page` counts from 1; one behind the last is the last. Erased accounts are left out, and nothing
    of anybody's bookings is read.
    """
    columns = (Person.id, Person.name, Person.email)
    rows = db.session.execute(
        sa.select(*columns).where(_CONDITIONS[show]).order_by(Person.name, Person.email)
    ).all()
    wanted = fold(text.strip())
    ids = [
        row.id
        for row in rows
        if (wanted in fold(row.name) or wanted in row.email) and not is_erased(row.email)
    ]
    last = max(1, -(-len(ids) // PAGE))
    page = min(max(page, 1), last)
    shown = ids[(page - 1) * PAGE : page * PAGE]
    found = db.session.execute(
        sa.select(
            Person,
            MEMBERSHIPS.label("memberships"),
            HELD_ROLES.label("roles"),
        ).where(Person.id.in_(shown))
    )
    lines = {row.Person.id: _line(row) for row in found}
    return PeopleList([lines[one] for one in shown if one in lines], len(ids), page)


def _line(row: sa.Row[*tuple[Any, ...]]) -> PersonLine:
    person, memberships, joined = row
    roles = RolesIn(joined)
    return PersonLine(
        key=person.key,
        name=person.name,
        email=person.email,
        is_active=person.is_active,
        is_admin=person.is_admin,
        has_password=person.password_hash is not None,
        coordinates=bool(roles.clusters(RoleKind.COORDINATOR)),
        approves=bool(roles.clusters(RoleKind.APPROVER)),
        keeps=bool(roles.clusters(RoleKind.KEEPER)),
        audits=bool(roles.clusters(RoleKind.AUDITOR)),
        organisations=tuple(sorted(one.name for one in organisations_in(memberships))),
    )


@dataclass(frozen=True)
class MembershipOfPerson:
    """For which organisation a person works or worked; `until` None: they still do."""

    organisation_key: str
    organisation: str
    role: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class PersonPage:
    """A person as administrators see them.

    `sign_ins` counts the browsers in which they are signed in, `last_seen` is when one of those was
    used last. `link_until`: a link with which they can choose a password works until then.
    `mail_waits`: a mail about the account is to be sent; `mail_failed`: one could not be.
    """

    id: int
    key: str
    name: str
    email: str
    is_active: bool
    is_admin: bool
    has_password: bool
    created_at: datetime
    time_zone: str | None
    memberships: Sequence[MembershipOfPerson]
    roles: Sequence[RoleLine]
    sign_ins: int
    last_seen: datetime | None
    link_until: datetime | None
    mail_waits: bool
    mail_failed: bool
    has_second_factor: bool

    @property
    def works_for(self) -> Sequence[MembershipOfPerson]:
        """Return where they work now."""
        return [one for one in self.memberships if one.until is None]


def person_page(key: str, now: datetime) -> PersonPage:
    """Return the person with this key. Eight statements.

    Raises:
        NotFound: there is none.
    """
    person = db.session.scalar(sa.select(Person).where(Person.key == key)) if key else None
    if person is None:
        raise NotFound("person")
    memberships = db.session.execute(
        sa.select(
            Organisation.key, Organisation.name, Membership.role, Membership.since, Membership.until
        )
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == person.id)
        .order_by(Membership.until.is_not(None), Organisation.name, Membership.id)
    )
    sign_ins = db.session.execute(
        sa.select(sa.func.count(), sa.func.max(SignIn.seen_at)).where(
            SignIn.person_id == person.id, valid_sign_in(now)
        )
    ).one()
    link_until = db.session.scalar(
        sa.select(sa.func.max(OneTimeLink.expires_at)).where(
            OneTimeLink.person_id == person.id,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now,
        )
    )
    mails = db.session.scalars(
        sa.select(AccountMail.mail_failed_at).where(
            sa.or_(AccountMail.person_id == person.id, AccountMail.address == person.email)
        )
    ).all()
    return PersonPage(
        id=person.id,
        key=person.key,
        name=person.name,
        email=person.email,
        is_active=person.is_active,
        is_admin=person.is_admin,
        has_password=person.password_hash is not None,
        created_at=person.created_at,
        time_zone=person.time_zone,
        memberships=[MembershipOfPerson(*row) for row in memberships],
        roles=own_roles(person.id, now),
        sign_ins=sign_ins[0],
        last_seen=sign_ins[1],
        link_until=link_until,
        mail_waits=any(one is None for one in mails),
        mail_failed=any(one is not None for one in mails),
        has_second_factor=has_second_factor(person.id),
    )
