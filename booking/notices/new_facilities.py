"""Telling people of new facilities that their saved searches find; the worker calls it."""

from collections.abc import Callable

import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.db.in_ids import in_ids
from booking.db.revision_models import RulesRevision
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.notices.choices import choices_of
from booking.notices.delivery import NewNotice, add_notices
from booking.notices.models import CatalogueEvent
from booking.rules.catalogue_events import CatalogueEventKind
from booking.rules.lifecycle import Audience
from booking.rules.saved_searches import compared
from booking.saved.models import SavedSearch

#: Finds the ids of facilities for a person, by a search as it is kept and the person's language.
Find = Callable[[int, str, str], frozenset[int]]
#: So many searches are looked at in one round; the others wait for the next.
SEARCHES_A_ROUND = 500


def tell_of_new_facilities(find: Find) -> int:
    """Tell each person once of what is new to a search of theirs; returns how many were told.

    Only after something in the catalogue or the rules has changed: one statement where nothing
    has.

    Raises:
        ExceptionGroup: some failed, each with a note that names the search; the others are done.
    """
    number, waiting = _waiting()
    told, failed, unchanged = 0, [], []
    for search_id, person_id, query, known in waiting:
        try:
            if compared(known, _found(find, person_id, query)).new:
                told += _tell(search_id, find)
            else:
                unchanged.append(search_id)
        except Exception as error:  # noqa: BLE001  # the others go on
            db.session.rollback()
            error.add_note(f"while looking for what is new to saved search {search_id}")
            failed.append(error)
    db.session.rollback()
    if unchanged:
        _note_looked_at(unchanged, number)
    if failed:
        raise ExceptionGroup("some people were not told of new facilities", failed)
    return told


def _waiting() -> tuple[int, list[tuple[int, int, str, list[int]]]]:
    number = sa.select(RulesRevision.number).scalar_subquery()
    rows = db.session.execute(
        sa.select(
            number.label("number"),
            SavedSearch.id,
            SavedSearch.person_id,
            SavedSearch.query,
            SavedSearch.known_ids,
        )
        .where(SavedSearch.tells, SavedSearch.looked_at_number != number)
        .order_by(SavedSearch.looked_at_number, SavedSearch.id)
        .limit(SEARCHES_A_ROUND)
    ).all()
    found = [(row.id, row.person_id, row.query, row.known_ids) for row in rows]
    return (rows[0].number if rows else 0), found


def _found(find: Find, person_id: int, query: str) -> frozenset[int]:
    account = account_of(person_id)
    return find(person_id, query, account.language) if account else frozenset()


@retried
def _note_looked_at(search_ids: list[int], number: int) -> None:
    with writing():
        db.session.execute(
            sa.update(SavedSearch)
            .where(in_ids(SavedSearch.id, search_ids))
            .values(looked_at_number=number)
        )


@retried
def _tell(search_id: int, find: Find) -> bool:
    """Tell the person of a search; once, whoever else looks at it at the same time."""
    with writing() as now:
        search = db.session.scalar(
            sa.select(SavedSearch)
            .where(SavedSearch.id == search_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if search is None or not search.tells:
            return False
        number = db.session.scalar(sa.select(RulesRevision.number)) or 0
        found = compared(search.known_ids, _found(find, search.person_id, search.query))
        search.looked_at_number = number
        search.known_ids = sorted(found.known)
        if not found.new:
            return False
        event = CatalogueEvent(
            kind=CatalogueEventKind.NEW_FACILITIES,
            reference=search.key,
            facility_ids=sorted(found.new),
            at=now,
        )
        db.session.add(event)
        db.session.flush()
        told = NewNotice(search.person_id, Audience.CATALOGUE, catalogue_event_id=event.id)
        add_notices([told], choices_of([search.person_id]), now)
        return True
