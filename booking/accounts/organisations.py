"""Making organisations, and telling those that look alike."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.clusters.models import Cluster
from booking.errors import BookingError, Invalid
from booking.extensions import db
from booking.rules.names import look_alikes, looks_like


@dataclass(frozen=True)
class SimilarOrganisation:
    """An organisation whose name looks like another; `home_cluster` None: it has none."""

    name: str
    kind: str
    country: str
    home_cluster: str | None


class LooksAlike(BookingError):
    """The name of a new organisation looks like that of others, which was not acknowledged."""

    def __init__(self, organisations: Sequence[SimilarOrganisation]) -> None:
        super().__init__(", ".join(one.name for one in organisations))
        self.organisations = tuple(organisations)


def lock_organisations(organisation_ids: Collection[int]) -> None:
    """Let nobody else change who works for these organisations until this transaction ends.

    Whoever lets somebody in, ends a membership or names a manager takes it before they look: of two
    managers who leave at once the second sees that the first has gone. It comes after the locks of
    people and of requests for accounts, and before those of memberships and invitations. Call it
    once, inside `writing`: it locks in the order of the ids.
    """
    db.session.execute(
        sa.select(Organisation.id)
        .where(Organisation.id.in_(organisation_ids))
        .order_by(Organisation.id)
        .with_for_update(key_share=True)
    )


#: The id of an `Organisation`, or of the one into which it was merged.
STANDING_ID = sa.func.coalesce(Organisation.merged_into_id, Organisation.id)


def organisation_named(name: str) -> int | None:
    """Return the id of the organisation of exactly this name, None if there is none.

    The name of a duplicate finds the one into which it was merged.
    """
    if "\0" in name:  # PostgreSQL refuses to look for it
        return None
    found: int | None = db.session.scalar(sa.select(STANDING_ID).where(Organisation.name == name))
    return found


def locked_organisations_named(names: Collection[str]) -> list[int] | None:
    """Return the ids of the organisations of these names, locked; None if one is unknown.

    Until the transaction ends none of them is merged into another. Call it inside `writing`.
    """
    locked: list[int] | None = None
    while True:
        rows = db.session.scalars(sa.select(STANDING_ID).where(Organisation.name.in_(names))).all()
        if len(rows) != len(names):
            return None
        found = sorted(set(rows))
        if found == locked:
            return found
        lock_organisations(found)
        locked = found


def similar_organisations(name: str) -> list[SimilarOrganisation]:
    """Return the organisations whose name looks like this one or is the same, by name."""
    rows = db.session.execute(
        sa.select(Organisation.name, Organisation.kind, Organisation.country, Cluster.short_name)
        .outerjoin(Cluster, Cluster.id == Organisation.home_cluster_id)
        .order_by(Organisation.name)
    )
    return [SimilarOrganisation(*row) for row in rows if looks_like(name, row.name)]


def looking_alike(name: str, others: Iterable[str]) -> list[str]:
    """Return those of the other names that look like this one, in their order."""
    return look_alikes(name, others)


def make_organisation(
    name: str, kind: str, country: str, home_cluster_id: int | None, *, is_different: bool
) -> Organisation:
    """Add an organisation and return it. Call it inside `writing`.

    `is_different`: whoever adds it knows which ones look alike.

    Raises:
        Invalid: `name` is `taken`, whatever its case.
        LooksAlike: there are such ones, and they were not acknowledged.
    """
    similar = similar_organisations(name)
    if any(one.name.casefold() == name.casefold() for one in similar):
        raise Invalid("name", "taken")
    if similar and not is_different:
        raise LooksAlike(similar)
    made = Organisation(name=name, kind=kind, country=country, home_cluster_id=home_cluster_id)
    db.session.add(made)
    db.session.flush()
    return made
