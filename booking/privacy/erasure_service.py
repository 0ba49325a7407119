"""Erasing an account: the person goes, what they did for an organisation stays without their name.

What happens to the rows of each table says `rules.retention`.
"""

import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from booking.accounts.account_log import log_account_change
from booking.accounts.membership_service import end_membership, memberships_to_end
from booking.accounts.memberships import ever_organisation_ids_of
from booking.accounts.models import (
    Person,
    Role,
)
from booking.accounts.people_service import locked_admins
from booking.accounts.role_service import EVENTS, check_coordinators_stay
from booking.accounts.roles import HELD
from booking.accounts.service import locked, normal_email
from booking.audit.erasing import erase_person
from booking.audit.recording import record
from booking.db.in_ids import in_ids
from booking.db.transactions import retried, writing
from booking.errors import Conflict, NotFound
from booking.extensions import db
from booking.privacy.erasure_list import ErasedAccount, add_to_list, listed
from booking.rules.audit_events import Event
from booking.rules.erasure import FORMER_MEMBER, erased_email, is_erased, without_names
from booking.rules.retention import TABLES, Erased
from booking.rules.roles import RoleKind
from booking.rules.visibility import MembershipRole


@retried
def erase_own_account(person_id: int, list_path: Path) -> None:
    """Erase the account of a person who asked for it, and note it in the list.

    Raises:
        NotFound: there is no such active person.
        Conflict: `last_admin`, `last_coordinator` or `last_manager`: somebody else has to be named
            first.
        OSError: the list cannot be written; nothing was erased.
    """
    with writing() as now:
        admins = locked_admins()
        person = locked(person_id)
        if person is None or not person.is_active:
            raise NotFound("person")
        _refuse_the_last(person, admins)
        _erase(person, now, actor_id=person_id)
        add_to_list(list_path, ErasedAccount(person.id, person.created_at))


@retried
def erase_account(admin_id: int | None, email: str, list_path: Path, *, why: str = "") -> None:
    """Erase somebody's account at their request, as an administrator, and note it in the list.

    `admin_id` None is the operator. `why` stays in the log.

    Raises:
        Forbidden: the actor is no administrator.
        NotFound: there is no such account, or it is the administrator's own.
        Conflict: as `erase_own_account`.
        OSError: the list cannot be written; nothing was erased.
    """
    with writing() as now:
        admins = locked_admins(admin_id)
        person = db.session.scalar(
            sa.select(Person)
            .where(Person.email == normal_email(email))
            .with_for_update(key_share=True)
        )
        if person is None or person.id == admin_id or is_erased(person.email):
            raise NotFound("person")
        _refuse_the_last(person, admins)
        _erase(person, now, actor_id=admin_id, why=why)
        add_to_list(list_path, ErasedAccount(person.id, person.created_at))


def erase_again(list_path: Path) -> int:
    """Erase the accounts of the list that this database still has; returns how many.

    For after a restore. The last manager, coordinator or administrator is erased, too: when the
    list was written, they were not.

    Raises:
        ValueError: the list has a line that is none.
    """
    # A number can be there twice: after a restore somebody else may have got it.
    there = set(listed(list_path))
    if not there:
        return 0
    rows = db.session.execute(
        sa.select(Person.id, Person.created_at, Person.email).where(
            in_ids(Person.id, {account.person_id for account in there})
        )
    ).all()
    found = {
        ErasedAccount(row.id, row.created_at) for row in rows if not is_erased(row.email)
    } & there
    return sum(_erase_listed(account) for account in sorted(found, key=lambda one: one.person_id))


@retried
def _erase_listed(account: ErasedAccount) -> bool:
    with writing() as now:
        person = locked(account.person_id)
        if person is None or person.created_at != account.created_at or is_erased(person.email):
            return False
        _erase(person, now, actor_id=None, forced=True)
        return True


def _refuse_the_last(person: Person, admins: Sequence[int]) -> None:
    """Refuse to erase the only administrator, or the only coordinator of a cluster.

    Raises:
        Conflict: `last_admin` or `last_coordinator`.
    """
    if admins == [person.id]:
        raise Conflict("last_admin")
    if person.is_active:
        check_coordinators_stay(person)


def _erase(
    person: Person,
    now: datetime,
    *,
    actor_id: int | None,
    forced: bool = False,
    why: str = "",
) -> None:
    """Erase an account inside `writing`."""
    names = _names_to_replace(person)
    if person.is_admin:
        record(Event.ADMIN_REMOVED, now=now, actor=actor_id, person=person.id)
    _end_memberships(person, now, actor_id=actor_id, forced=forced)
    _end_roles(person, now, actor_id=actor_id)
    _delete_own_rows(person)
    _replace_names(person.id, names)
    person.name = FORMER_MEMBER
    person.email = erased_email(secrets.token_hex(16))
    person.password_hash = None
    person.time_zone = None
    person.language = ""
    person.is_active = False
    person.is_admin = False
    erase_person(person.id, now, actor=actor_id, why=why)


def _names_to_replace(person: Person) -> tuple[str, ...]:
    """Return what is replaced in texts: the address, and the name unless somebody else has it.

    A name of one word could be another word in somebody's text.
    """
    shared = sa.select(Person.id).where(
        sa.func.lower(Person.name) == person.name.lower(), Person.id != person.id
    )
    is_name = " " in person.name.strip() and db.session.scalar(shared.limit(1)) is None
    return (person.email, person.name) if is_name else (person.email,)


def _end_memberships(person: Person, now: datetime, *, actor_id: int | None, forced: bool) -> None:
    for membership in memberships_to_end(person.id):
        if forced:
            membership.role = MembershipRole.MEMBER
            db.session.flush()
        end_membership(membership, now, actor_id=actor_id)


def _end_roles(person: Person, now: datetime, *, actor_id: int | None) -> None:
    roles = db.session.scalars(sa.select(Role).where(Role.person_id == person.id, HELD))
    for role in roles.all():
        log_account_change(
            EVENTS[RoleKind(role.kind), False],
            person,
            now,
            actor_id=actor_id,
            cluster_id=role.cluster_id if role.facility_id is None else None,
            facility_id=role.facility_id,
        )


def _delete_own_rows(person: Person) -> None:
    """Delete the rows that go, those first to which nothing refers, and clear what is cleared."""
    db.session.flush()
    for table in reversed(db.metadata.sorted_tables):
        rule = TABLES[table.name]
        for column, naming in rule.people.items():
            mine = table.c[column] == person.id
            if naming.erased is Erased.DELETED:
                db.session.execute(sa.delete(table).where(mine))
            elif naming.erased is Erased.CLEARED:
                db.session.execute(sa.update(table).where(mine).values({column: None}))
        for column in rule.addresses:
            by_address = sa.func.lower(table.c[column]) == person.email
            db.session.execute(sa.delete(table).where(by_address))
    db.session.expire_all()


def _replace_names(person_id: int, names: Sequence[str]) -> None:
    """Let "a former member" stand in texts in place of an address and, if there is one, a name.

    The address in all texts. The name, which people choose themselves, only in those that they had
    to do with: else somebody could call themselves "must not" and erase that from others' texts.
    """
    for table in db.metadata.sorted_tables:
        texts = TABLES[table.name].texts
        if not texts:
            continue
        (key,) = table.primary_key.columns
        columns = [table.c[name] for name in texts]
        with_name = sa.or_(
            *(_holds(column, names[0]) for column in columns),
            sa.and_(
                _concerns(table, person_id),
                sa.or_(
                    sa.false(),
                    *(_holds(column, name) for column in columns for name in names[1:]),
                ),
            ),
        )
        for row in db.session.execute(sa.select(key, *columns).where(with_name)).all():
            values: dict[str, Any] = {
                column.name: _cut(column, without_names(value, tuple(names)))
                for column, value in zip(columns, row[1:], strict=True)
            }
            db.session.execute(sa.update(table).where(key == row[0]).values(values))


def _cut(column: sa.Column[Any], value: Any) -> Any:
    """Return a text as far as its column holds it: "a former member" is longer than some names."""
    return value[: getattr(column.type, "length", None)] if isinstance(value, str) else value


def _concerns(table: sa.Table, person_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that a row names a person, or is of their organisations or bookings.

    Those are the organisations for which they ever worked, and the bookings in which they took a
    step.
    """
    tables = db.metadata.tables
    requests, booking, log = tables["booking_request"], tables["booking"], tables["booking_log"]
    enquiry, date = tables["enquiry"], tables["occurrence"]
    question = tables["expertise_question"]
    organisations = ever_organisation_ids_of(person_id)
    own_requests = sa.select(requests.c.id).where(requests.c.organisation_id.in_(organisations))
    bookings = sa.union(
        sa.select(booking.c.id).where(booking.c.request_id.in_(own_requests)),
        sa.select(log.c.booking_id).where(log.c.actor_id == person_id),
    )
    acted_in = sa.select(booking.c.request_id).where(booking.c.id.in_(bookings))
    by_column: dict[str, Any] = {
        "organisation_id": organisations,
        "booking_id": bookings,
        "occurrence_id": sa.select(date.c.id).where(date.c.booking_id.in_(bookings)),
        "log_id": sa.select(log.c.id).where(log.c.booking_id.in_(bookings)),
        "enquiry_id": sa.select(enquiry.c.id).where(enquiry.c.organisation_id.in_(organisations)),
        "question_id": sa.select(question.c.id).where(question.c.asked_by_id == person_id),
    }
    return sa.or_(
        *(table.c[column] == person_id for column in TABLES[table.name].people),
        *(table.c[name].in_(ids) for name, ids in by_column.items() if name in table.c),
        *([requests.c.id.in_(acted_in)] if table is requests else []),
        *([table.c.id.in_(organisations)] if table is tables["organisation"] else []),
        sa.false(),
    )


def _holds(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """Return the condition that a text, or JSON, may hold a name."""
    text = sa.cast(column, sa.Text)
    conditions = [
        text.contains(name, autoescape=True),
        sa.func.lower(text).contains(name.lower(), autoescape=True),
    ]
    if isinstance(column.type, sa.JSON):  # other letters than ASCII are written as codes there
        conditions.append(text.contains(json.dumps(name)[1:-1], autoescape=True))
    return sa.or_(*conditions)
