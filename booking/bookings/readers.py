"""Who of an organisation reads a request: everybody, or only the people named on it.

It is `rules.visibility.may_act_as_requester` for rows and, in `of_requester`, for queries.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from booking.accounts.memberships import CURRENT
from booking.accounts.models import Membership, Person
from booking.bookings.models import BookingRequest, RequestReader
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.rules.visibility import Readers, Viewer, may_act_as_requester


def of_requester(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Return the condition that the viewer acts as requester of a `BookingRequest`."""
    if viewer.person_id is None or viewer.organisation_id is None:
        return sa.false()
    return sa.and_(
        BookingRequest.organisation_id == viewer.organisation_id, readable_by(viewer.person_id)
    )


def readable_by(person_id: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a `BookingRequest` is not confidential, or names this person.

    `person_id` is an id, a column or a bound parameter.
    """
    return sa.or_(
        sa.not_(BookingRequest.is_confidential),
        sa.exists()
        .where(RequestReader.request_id == BookingRequest.id, RequestReader.person_id == person_id)
        .correlate_except(RequestReader),
    )


def readers_by_request(requests: Iterable[tuple[int, bool]]) -> dict[int, frozenset[int]]:
    """Return by id the people named on requests, given with whether they are confidential.

    Those that are not are left out. One statement if any is, else none.
    """
    ids = {key for key, is_confidential in requests if is_confidential}
    if not ids:
        return {}
    found: dict[int, set[int]] = defaultdict(set)
    for request_id, person_id in db.session.execute(
        sa.select(RequestReader.request_id, RequestReader.person_id).where(
            in_ids(RequestReader.request_id, ids)
        )
    ):
        found[request_id].add(person_id)
    return {key: frozenset(found[key]) for key in ids}


def readers_of(request: BookingRequest) -> Readers:
    """Return who is named on a request now, None if it is not confidential."""
    return readers_by_request([(request.id, request.is_confidential)]).get(request.id)


def acts_as_requester(viewer: Viewer, request: BookingRequest) -> bool:
    """Return whether the viewer acts as requester of this request."""
    return may_act_as_requester(viewer, request.organisation_id, readers_of(request))


def set_readers(request: BookingRequest, person_ids: Collection[int], now: datetime) -> None:
    """Let only these people of its organisation read a request; it has its id already.

    Call it inside `writing`, after all of them were checked.
    """
    known = readers_by_request([(request.id, True)])[request.id]
    request.is_confidential = True
    db.session.execute(
        sa.delete(RequestReader).where(
            RequestReader.request_id == request.id, RequestReader.person_id.not_in(person_ids)
        )
    )
    db.session.add_all(
        RequestReader(request_id=request.id, person_id=person_id, named_at=now)
        for person_id in sorted(set(person_ids) - known)
    )
    _written(request, is_confidential=True)


def unset_readers(request: BookingRequest) -> None:
    """Let everybody of its organisation read a request again. Call it inside `writing`."""
    request.is_confidential = False
    db.session.execute(sa.delete(RequestReader).where(RequestReader.request_id == request.id))
    _written(request, is_confidential=False)


def _written(request: BookingRequest, *, is_confidential: bool) -> None:
    """Write the row of the request even if nothing of it changed: calendars are drawn anew."""
    db.session.flush()
    db.session.execute(
        sa.update(BookingRequest)
        .where(BookingRequest.id == request.id)
        .values(is_confidential=is_confidential)
    )


def nobody_reads() -> sa.ColumnElement[bool]:
    """Return the condition that a `BookingRequest` is confidential and nobody is left to read it.

    Nobody named on it works for its organisation and can sign in.
    """
    working = (
        sa.select(RequestReader.person_id)
        .join(Membership, Membership.person_id == RequestReader.person_id)
        .join(Person, Person.id == RequestReader.person_id)
        .where(
            RequestReader.request_id == BookingRequest.id,
            Membership.organisation_id == BookingRequest.organisation_id,
            CURRENT,
            Person.is_active,
        )
        .correlate(BookingRequest)
    )
    return sa.and_(BookingRequest.is_confidential, ~working.exists())
