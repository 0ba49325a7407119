"""Reading for which organisations people work."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from booking.accounts.models import Membership, Organisation, Person
from booking.extensions import db
from booking.rules.visibility import MembershipRole, WorksFor

#: That a `Membership` has not ended.
CURRENT = Membership.until.is_(None)

_FIELDS = (
    sa.cast(Membership.id, sa.String),
    Membership.key,
    Membership.role,
    sa.case((Membership.chosen, "1"), else_="0"),
    sa.cast(Organisation.id, sa.String),
    sa.func.coalesce(sa.cast(Organisation.home_cluster_id, sa.String), ""),
    sa.func.replace(Organisation.name, "\n", " "),  # last: it may hold the other separator
)
_JOINED: sa.ColumnElement[str] = _FIELDS[0]
for _field in _FIELDS[1:]:
    _JOINED = _JOINED + ":" + _field
#: For which organisations a `Person` of the query works, as one text for `works_for`.
MEMBERSHIPS = (
    sa.select(sa.func.aggregate_strings(_JOINED, "\n"))
    .select_from(Membership)
    .join(Organisation, Organisation.id == Membership.organisation_id)
    .where(Membership.person_id == Person.id, CURRENT)
    .correlate(Person)
    .scalar_subquery()
)


def organisations_in(joined: str | None) -> Sequence[WorksFor]:
    """Return the organisations in a text of `MEMBERSHIPS`, the longest membership first."""
    found = []
    for line in (joined or "").split("\n"):
        if line:
            number, key, role, chosen, organisation_id, home, name = line.split(":", 6)
            found.append(
                (
                    int(number),
                    WorksFor(
                        key=key,
                        organisation_id=int(organisation_id),
                        name=name,
                        home_cluster_id=int(home) if home else None,
                        role=MembershipRole(role),
                        chosen=chosen == "1",
                    ),
                )
            )
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def organisations_for(person_id: int) -> Sequence[WorksFor]:
    """Return for which organisations a person works, the longest membership first."""
    return organisations_in(db.session.scalar(sa.select(MEMBERSHIPS).where(Person.id == person_id)))


@dataclass(frozen=True)
class MembershipLine:
    """One membership that has not ended, in its owner's list."""

    key: str
    organisation_id: int
    name: str
    role: MembershipRole
    since: datetime


def memberships_of(person_id: int) -> list[MembershipLine]:
    """Return for which organisations a person works and since when, by name."""
    rows = db.session.execute(
        sa.select(
            Membership.key, Organisation.id, Organisation.name, Membership.role, Membership.since
        )
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == person_id, CURRENT)
        .order_by(Organisation.name)
    )
    return [
        MembershipLine(key, organisation_id, name, MembershipRole(role), since)
        for key, organisation_id, name, role, since in rows
    ]


def active_of(organisations: Sequence[WorksFor], organisation_id: int | None) -> WorksFor | None:
    """Return for which of these somebody acts: that with this id, or None if it is not there.

    `organisation_id` None: the one that they chose last, else that of the longest membership.
    """
    if organisation_id is not None:
        return next((one for one in organisations if one.organisation_id == organisation_id), None)
    chosen = (one for one in organisations if one.chosen)
    return next(chosen, organisations[0] if organisations else None)


def ever_organisations_of(
    person_id: InstrumentedAttribute[int] | sa.ColumnElement[int],
) -> sa.ScalarSelect[str]:
    """Return the ids of all for which a person of the query works or worked, for `ids_in`.

    By them it is judged whether somebody who decides is a rival: nobody leaves an organisation to
    read or decide on what competes with it.
    """
    return (
        sa.select(sa.func.aggregate_strings(sa.cast(Membership.organisation_id, sa.String), ","))
        .where(Membership.person_id == person_id)
        .correlate_except(Membership)
        .scalar_subquery()
    )


@lru_cache(maxsize=10_000)
def ids_in(joined: str | None) -> frozenset[int]:
    """Return the ids in a text, "1,2"; None: no ids."""
    return frozenset(int(one) for one in (joined or "").split(",") if one)


def organisation_ids_of(person_id: int | None) -> frozenset[int]:
    """Return the ids of all organisations for which a person works; none if nobody is named."""
    return _organisation_ids(person_id, CURRENT)


def ever_organisation_ids_of(person_id: int | None) -> frozenset[int]:
    """Return those of all for which a person works or worked, see `ever_organisations_of`."""
    return _organisation_ids(person_id)


def _organisation_ids(person_id: int | None, *conditions: sa.ColumnElement[bool]) -> frozenset[int]:
    if person_id is None:
        return frozenset()
    return frozenset(
        db.session.scalars(
            sa.select(Membership.organisation_id).where(
                Membership.person_id == person_id, *conditions
            )
        )
    )


def working_for(organisation_ids: Collection[int]) -> sa.Select[int, int]:
    """Return the query for the active people of these organisations: organisation and person."""
    return (
        sa.select(Membership.organisation_id, Membership.person_id)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id.in_(organisation_ids), CURRENT, Person.is_active)
        .order_by(Membership.organisation_id, Membership.person_id)
    )


@dataclass(frozen=True)
class Member:
    """Somebody who works for an organisation and can sign in; `key` names the membership."""

    key: str
    person_id: int
    name: str


def members_of(organisation_id: int | None) -> Sequence[Member]:
    """Return who works for an organisation and can sign in, by name; nobody if there is none."""
    if organisation_id is None:
        return ()
    rows = db.session.execute(
        sa.select(Membership.key, Person.id, Person.name)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == organisation_id, CURRENT, Person.is_active)
        .order_by(Person.name, Person.id)
    )
    return [Member(*row) for row in rows]


def members_with(organisation_id: int, keys: Collection[str]) -> set[int]:
    """Return the ids of those whose memberships have these keys, and can sign in.

    Call it inside `writing`: the memberships are locked, so that none of them ends meanwhile.
    """
    if not keys:
        return set()
    return set(
        db.session.scalars(
            sa.select(Membership.person_id)
            .join(Person, Person.id == Membership.person_id)
            .where(
                Membership.organisation_id == organisation_id,
                Membership.key.in_(keys),
                CURRENT,
                Person.is_active,
            )
            .order_by(Membership.id)
            .with_for_update(of=Membership)
        )
    )


def is_member(
    person_id: InstrumentedAttribute[int] | sa.ColumnElement[int],
    organisation_id: InstrumentedAttribute[int]
    | InstrumentedAttribute[int | None]
    | sa.ColumnElement[int]
    | int
    | None,
) -> sa.ColumnElement[bool]:
    """Return the condition that a person of the query works for an organisation."""
    return sa.exists(
        sa.select(Membership.id)
        .where(
            Membership.person_id == person_id,
            Membership.organisation_id == organisation_id,
            CURRENT,
        )
        .correlate_except(Membership)
    )


def works_in(
    person_id: InstrumentedAttribute[int] | sa.ColumnElement[int], clusters: Collection[int]
) -> sa.ColumnElement[bool]:
    """Return the condition that a person works for an organisation at home in these clusters."""
    return sa.exists(
        sa.select(Membership.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.person_id == person_id,
            Organisation.home_cluster_id.in_(clusters),
            CURRENT,
        )
        .correlate_except(Membership, Organisation)
    )


def managers_of(organisation_id: int) -> Sequence[int]:
    """Return the ids of those who manage an organisation and can sign in."""
    return db.session.scalars(
        sa.select(Membership.person_id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.role == MembershipRole.MANAGER,
            CURRENT,
            Person.is_active,
        )
        .order_by(Membership.id)
    ).all()
