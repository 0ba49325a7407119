"""Keeping the directory: areas and the people named with them, for coordinators."""

import secrets
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from booking.accounts.cluster_people import locked_person_of
from booking.accounts.queries import account_now
from booking.accounts.service import locked
from booking.audit.recording import record
from booking.clusters.models import Cluster
from booking.db.transactions import retried, writing
from booking.errors import Conflict, Invalid, NotFound
from booking.expertise.models import ExpertiseArea, ExpertisePerson
from booking.expertise.queries import coordinated_cluster, find_area
from booking.extensions import db
from booking.news.service import tell
from booking.rules.audit_events import Event
from booking.rules.expertise import MOST_AREAS, MOST_PEOPLE
from booking.rules.news import NewsKind
from booking.rules.visibility import Account


@dataclass(frozen=True)
class AreaFacts:
    """What a coordinator states of an area, as it came from a valid form."""

    name: str
    role: str
    description: str
    subjects: tuple[str, ...]
    languages: tuple[str, ...]

    @property
    def logged(self) -> dict[str, Any]:
        """Return it as the log has it."""
        return {
            "name": self.name,
            "role": self.role,
            "description": self.description,
            "subjects": list(self.subjects),
            "languages": list(self.languages),
        }


def facts_of(area: ExpertiseArea) -> AreaFacts:
    """Return what is stated of an area."""
    return AreaFacts(
        area.name, area.role, area.description, tuple(area.subjects), tuple(area.languages)
    )


@retried
def add_area(account: Account, slug: str, facts: AreaFacts) -> str:
    """Add an area to a cluster that the person coordinates; returns its key.

    Raises:
        NotFound: there is no such cluster, or others coordinate it.
        Invalid: `name` is `taken`, or there are `too_many` areas.
    """
    with writing() as now:
        cluster_id = _locked_cluster(account, slug)
        _check_name(cluster_id, facts.name)
        number = sa.select(sa.func.count()).where(ExpertiseArea.cluster_id == cluster_id)
        if (db.session.scalar(number) or 0) >= MOST_AREAS:
            raise Invalid("name", "too_many")
        area = ExpertiseArea(
            key=secrets.token_hex(16),
            cluster_id=cluster_id,
            changed_at=now,
            changed_by_id=account.person_id,
            **_columns(facts),
        )
        db.session.add(area)
        record(
            Event.EXPERTISE_ADDED,
            now=now,
            actor=account.person_id,
            cluster=cluster_id,
            after=facts.logged,
        )
        return area.key


@retried
def change_area(account: Account, slug: str, key: str, facts: AreaFacts, *, revision: str) -> None:
    """Change an area; `revision` is the one that the person has seen.

    Raises:
        NotFound: there is none, or others coordinate the cluster.
        Conflict: `changed_meanwhile`, when it has another revision by now.
        Invalid: `name` is `taken`.
    """
    with writing() as now:
        cluster_id = _locked_cluster(account, slug)
        area = find_area(cluster_id, key)
        if revision != str(area.revision):
            raise Conflict("changed_meanwhile")
        if facts == facts_of(area):
            return
        _check_name(cluster_id, facts.name, but=area.id)
        record(
            Event.EXPERTISE_CHANGED,
            now=now,
            actor=account.person_id,
            cluster=cluster_id,
            before=facts_of(area).logged,
            after=facts.logged,
        )
        for name, value in _columns(facts).items():
            setattr(area, name, value)
        area.revision += 1
        area.changed_at, area.changed_by_id = now, account.person_id


@retried
def remove_area(account: Account, slug: str, key: str) -> None:
    """Remove an area with the people named; questions about it stay with the coordinators.

    Raises:
        NotFound: there is none, or others coordinate the cluster.
    """
    with writing() as now:
        cluster_id = _locked_cluster(account, slug)
        area = find_area(cluster_id, key)
        record(
            Event.EXPERTISE_REMOVED,
            now=now,
            actor=account.person_id,
            cluster=cluster_id,
            before=facts_of(area).logged,
        )
        db.session.execute(sa.delete(ExpertiseArea).where(ExpertiseArea.id == area.id))


@retried
def name_person(account: Account, slug: str, key: str, email: str) -> str:
    """Name a person of the cluster with an area, and tell them; returns their name.

    Nobody sees it until they agree.

    Raises:
        NotFound: there is no such area, or others coordinate the cluster.
        Invalid: `email` is `unknown` in the cluster or `already` named; there are `too_many`.
    """
    with writing() as now:
        cluster = coordinated_cluster(account_now(account).viewer, slug)
        find_area(cluster.id, key)
        person = locked_person_of(email, cluster.id)  # before the cluster, as everywhere
        area = find_area(_locked_cluster(account, slug), key)
        named = db.session.scalars(
            sa.select(ExpertisePerson.person_id).where(ExpertisePerson.area_id == area.id)
        ).all()
        if person.id in named:
            raise Invalid("email", "already")
        if len(named) >= MOST_PEOPLE:
            raise Invalid("email", "too_many")
        naming = ExpertisePerson(
            key=secrets.token_hex(16), area_id=area.id, person_id=person.id, named_at=now
        )
        db.session.add(naming)
        record(
            Event.EXPERT_NAMED,
            now=now,
            actor=account.person_id,
            person=person.id,
            cluster=area.cluster_id,
            after={"name": area.name},
        )
        if person.id != account.person_id:
            tell(
                NewsKind.EXPERTISE_NAMED,
                [person.id],
                now,
                name=area.name,
                key=naming.key,
                cluster_id=area.cluster_id,
            )
        return person.name


@retried
def unname_person(account: Account, slug: str, key: str, naming_key: str) -> None:
    """Take a person off an area.

    Raises:
        NotFound: nobody is named so there, or others coordinate the cluster.
    """
    with writing() as now:
        area = find_area(_locked_cluster(account, slug), key)
        naming = _naming(naming_key)
        if naming is None or naming.area_id != area.id:
            raise NotFound("person")
        record(
            Event.EXPERT_REMOVED,
            now=now,
            actor=account.person_id,
            person=naming.person_id,
            cluster=area.cluster_id,
            before={"name": area.name},
        )
        db.session.delete(naming)


@retried
def answer_naming(account: Account, naming_key: str, *, shown: bool | None) -> None:
    """Agree to be shown with an area (`shown`), or not any more; None: one wants not to be named.

    Raises:
        NotFound: it is not about this person.
    """
    with writing() as now:
        locked(account.person_id)
        account_now(account)
        naming = _naming(naming_key)
        if naming is None or naming.person_id != account.person_id:
            raise NotFound("naming")
        area = db.session.get_one(ExpertiseArea, naming.area_id)
        was_shown = naming.agreed_at is not None
        if shown is not None and shown == was_shown:
            return
        record(
            Event.EXPERT_AGREED if shown else Event.EXPERT_WITHDREW,
            now=now,
            actor=account.person_id,
            person=account.person_id,
            cluster=area.cluster_id,
            after={"name": area.name},
        )
        if shown is None:
            db.session.delete(naming)
        else:
            naming.agreed_at = now if shown else None


def _locked_cluster(account: Account, slug: str) -> int:
    """Return the id of a cluster that the person coordinates now, locked."""
    cluster = coordinated_cluster(account_now(account).viewer, slug)
    db.session.execute(
        sa.select(Cluster.id).where(Cluster.id == cluster.id).with_for_update(key_share=True)
    )
    return cluster.id


def _naming(key: str) -> ExpertisePerson | None:
    if not key or "\0" in key:  # PostgreSQL refuses to look for it
        return None
    return db.session.scalar(
        sa.select(ExpertisePerson)
        .where(ExpertisePerson.key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _check_name(cluster_id: int, name: str, but: int | None = None) -> None:
    names = sa.select(ExpertiseArea.id).where(
        ExpertiseArea.cluster_id == cluster_id,
        sa.func.lower(ExpertiseArea.name) == name.lower(),
        ExpertiseArea.id != (but or 0),
    )
    if db.session.scalar(names.limit(1)) is not None:
        raise Invalid("name", "taken")


def _columns(facts: AreaFacts) -> dict[str, Any]:
    return facts.logged
