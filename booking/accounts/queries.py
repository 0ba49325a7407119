"""Reading accounts: what a person may do."""

from typing import Any

import sqlalchemy as sa

from booking.accounts.memberships import MEMBERSHIPS, active_of, organisations_in
from booking.accounts.models import Person
from booking.accounts.roles import ROLES, WITHHELD_KINDS, RolesIn
from booking.accounts.second_factor_duty import ACTS_AS_ADMIN, NEEDS_SECOND_FACTOR
from booking.errors import NotFound
from booking.extensions import db
from booking.rules.roles import RoleKind
from booking.rules.visibility import Account, Viewer

# The table of `bookings.models.RequestReader`, which is above this package.
_reader = sa.table("request_reader", sa.column("person_id", sa.Integer))
_READS_CONFIDENTIAL = sa.exists(
    sa.select(sa.literal(1)).select_from(_reader).where(_reader.c.person_id == Person.id)
)
#: What `account_from` needs beside the person.
ACCOUNT_COLUMNS = (
    MEMBERSHIPS.label("memberships"),
    ROLES.label("roles"),
    WITHHELD_KINDS.label("withheld"),
    ACTS_AS_ADMIN.label("acts_as_admin"),
    NEEDS_SECOND_FACTOR.label("needs_second_factor"),
    _READS_CONFIDENTIAL.label("reads_confidential"),
)


_ACTIVE_PERSON = sa.select(Person, *ACCOUNT_COLUMNS).where(
    Person.id == sa.bindparam("person_id"), Person.is_active
)


def account_of(person_id: int, *, organisation_id: int | None = None) -> Account | None:
    """Return the account of an active person with all their roles, or None. One statement.

    `organisation_id` says for which organisation they act: if they do not work for it, for none.
    None: the one for which they sign in.
    """
    row = db.session.execute(_ACTIVE_PERSON, {"person_id": person_id}).first()
    return None if row is None else account_from(row.Person, row, organisation_id)


def account_from(
    person: Person, row: sa.Row[*tuple[Any, ...]], organisation_id: int | None
) -> Account:
    """Return the account of a person, made of a row with `ACCOUNT_COLUMNS`.

    `organisation_id` is meant as in `account_of`.
    """
    roles = RolesIn(row.roles)
    organisations = organisations_in(row.memberships)
    active = active_of(organisations, organisation_id)
    return Account(
        person_id=person.id,
        name=person.name,
        email=person.email,
        time_zone=person.time_zone,
        language=person.language,
        organisations=tuple(sorted(organisations, key=lambda one: one.name.casefold())),
        active=active,
        needs_second_factor=bool(row.needs_second_factor),
        withheld=frozenset(RoleKind(one) for one in (row.withheld or "").split(",") if one),
        is_withheld_admin=person.is_admin and not row.acts_as_admin,
        viewer=Viewer(
            person_id=person.id,
            organisation_id=active.organisation_id if active else None,
            home_cluster_id=active.home_cluster_id if active else None,
            coordinates=roles.clusters(RoleKind.COORDINATOR),
            approves=roles.facilities(RoleKind.APPROVER),
            approver_clusters=roles.clusters(RoleKind.APPROVER),
            keeps=roles.facilities(RoleKind.KEEPER),
            keeper_clusters=roles.clusters(RoleKind.KEEPER),
            audited_cluster_ids=roles.clusters(RoleKind.AUDITOR),
            is_admin=bool(row.acts_as_admin),
            reads_confidential=bool(row.reads_confidential),
        ),
    )


def account_now(account: Account) -> Account:
    """Return the account as it is now; services read it again once they hold their lock.

    It acts for the same organisation, or for none if the person does not work there any more.

    Raises:
        NotFound: the account is no longer active.
    """
    current = account_of(account.person_id, organisation_id=account.organisation_id)
    if current is None:
        raise NotFound("account")
    return current
