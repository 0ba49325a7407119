"""Changing the terms of a facility: all at once, checked with all below that inherit them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from booking.accounts.queries import account_now
from booking.audit.recording import record
from booking.availability.place_changes import add_places, remove_places
from booking.bookings.models import Occurrence
from booking.db.transactions import retried, writing
from booking.disruptions.pending import DatesInTheWay, pending_dates
from booking.errors import BookingError, NotFound
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.facilities.keepers import may_change
from booking.facilities.models import Facility, Place
from booking.facilities.tree import parts_of
from booking.manage.version import claim_change, target_facility
from booking.rules.audit_events import Event
from booking.rules.owner_changes import ChangedPart
from booking.rules.term_faults import TermFault, TermFaultCode, faults_of
from booking.rules.terms import TERMS
from booking.rules.visibility import Account, Viewer

#: The names of the terms that are set here.
SETTABLE = tuple(term.name for term in TERMS if term.group is not None)


@dataclass(frozen=True)
class Terms:
    """What an owner states: `stated` has a value for each name in `SETTABLE`, None: as above.

    `places` is the number of own places.
    """

    stated: Mapping[str, Any]
    places: int
    place_word: str | None
    allows_shared: bool
    allows_exclusive: bool


class InvalidTerms(BookingError):
    """The terms make no sense; `faults` has every reason, each with the terms it is about."""

    def __init__(self, faults: Sequence[TermFault]) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = tuple(faults)


@retried
def set_terms(account: Account, slug: str, terms: Terms, *, version: str | None = None) -> None:
    """Set the terms of a facility.

    They count for requests sent from now on; what has been sent stays as it was. `version` is the
    `facility_version` that the form was filled with; None: there was no form.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such facility, or others decide on it.
        InvalidTerms: they make no sense, here or for a facility below that inherits them.
        DatesInTheWay: there would be fewer places, and future dates need them.
        Invalid: `places` is `set_aside`: there would be fewer, and one that goes is set aside.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility, current = reread_with_account(account, facility_id)
        put_terms(facility, terms, current.viewer, now, person_id=account.person_id, seen=version)


def put_terms(
    facility: Facility,
    terms: Terms,
    viewer: Viewer,
    now: datetime,
    *,
    person_id: int | None,
    seen: str | None,
) -> None:
    """Set the terms of a facility inside `writing`, its root locked; `viewer` reads the refusals.

    Raises:
        ChangedMeanwhile, InvalidTerms, DatesInTheWay, Invalid: as `set_terms`.
    """
    family = [facility.id, *parts_of(facility.id)]
    before = faults_in(family)
    was = stated_terms(facility)
    names = write_terms(facility, terms)
    if was.places != terms.places:
        names.append("places")
    if names:
        record(
            Event.TERMS_CHANGED,
            now=now,
            actor=person_id,
            facility=facility.id,
            before=_logged(was),
            after=_logged(terms),
        )
        claim_change(
            target_facility(facility),
            ChangedPart.TERMS,
            now,
            person_id=person_id,
            seen=seen,
            names=names,
        )
    db.session.flush()
    check_terms(facility, terms, family, before)
    add_places(facility, terms.places - was.places)
    if was.places and terms.places < was.places:
        lacking = remove_places(facility, was.places - terms.places, now)
        if lacking:
            raise DatesInTheWay(pending_dates(Occurrence.id.in_(lacking), viewer, now))


def stated_terms(facility: Facility) -> Terms:
    """Return what a facility states itself now."""
    places = sa.select(sa.func.count()).where(Place.facility_id == facility.id)
    return Terms(
        stated={name: getattr(facility, name) for name in SETTABLE},
        places=db.session.scalar(places) or 0,
        place_word=facility.place_word,
        allows_shared=facility.allows_shared,
        allows_exclusive=facility.allows_exclusive,
    )


def _logged(terms: Terms) -> dict[str, Any]:
    return {
        **terms.stated,
        "place_word": terms.place_word,
        "allows_shared": terms.allows_shared,
        "allows_exclusive": terms.allows_exclusive,
        "places": terms.places,
    }


def write_terms(facility: Facility, terms: Terms) -> list[str]:
    """Write what is stated except the places; return the names of what that changes."""
    values = {
        **{name: terms.stated[name] for name in SETTABLE},
        "place_word": terms.place_word,
        "allows_shared": terms.allows_shared,
        "allows_exclusive": terms.allows_exclusive,
    }
    changed = [name for name, value in values.items() if getattr(facility, name) != value]
    for name in changed:
        setattr(facility, name, values[name])
    return changed


def facility_id_by_slug(slug: str) -> int:
    """Return the id of the facility with this slug; `writing` locks by id.

    Raises:
        NotFound: there is none.
    """
    if "\0" in slug:  # PostgreSQL refuses to look for it
        raise NotFound("facility")
    facility_id = db.session.scalar(sa.select(Facility.id).where(Facility.slug == slug))
    if facility_id is None:
        raise NotFound("facility")
    return facility_id


def reread_with_account(
    account: Account, facility_id: int, part: ChangedPart | None = None
) -> tuple[Facility, Account]:
    """Return the facility and the account, both read again under the lock.

    `part` is what the person wants to change; None: what only those who decide may do.

    Raises:
        NotFound: the person no longer decides on it, and may not change this part as keeper.
    """
    current = account_now(account)
    facility = db.session.get(Facility, facility_id, populate_existing=True)
    if facility is None or not may_change(current.viewer, facility_id, part):
        raise NotFound("facility")
    return facility, current


def check_terms(
    facility: Facility,
    terms: Terms,
    family: Collection[int],
    before: Mapping[int, Sequence[TermFault]],
) -> None:
    """Check terms that are written, with the facilities of the family that inherit them.

    Raises:
        InvalidTerms: they make no sense; what did not `before` at those below is not said again.
    """
    faults = [*_own_faults(terms, has_parts=len(family) > 1)]
    faults += _faults_to_show(faults_in(family), before, facility)
    if faults:
        raise InvalidTerms(faults)


def faults_in(facility_ids: Iterable[int]) -> dict[int, list[TermFault]]:
    """Return for each facility what makes no sense in the terms that hold for it."""
    found = effective_terms(facility_ids)
    return {facility_id: faults_of(one.rules) for facility_id, one in found.items()}


def _own_faults(terms: Terms, *, has_parts: bool) -> list[TermFault]:
    found = []
    if not terms.places and (terms.allows_shared or not has_parts):
        found.append(TermFault(("places",), TermFaultCode.NOTHING_TO_REQUEST))
    return found


def _faults_to_show(
    after: Mapping[int, Sequence[TermFault]],
    before: Mapping[int, Sequence[TermFault]],
    facility: Facility,
) -> list[TermFault]:
    """Return the faults for the facility's form: its own, and the new ones of facilities below."""
    own = after[facility.id]
    found = [_at_stated(fault, facility) for fault in own]
    for below_id, faults in after.items():
        for fault in faults:
            if fault not in own and fault not in before[below_id]:
                name = db.session.get_one(Facility, below_id).name
                params = {**fault.params, "facility": name}
                found.append(replace(_at_stated(fault, facility), params=params))
    return found


def _at_stated(fault: TermFault, facility: Facility) -> TermFault:
    """Return the fault with those terms first that the facility states itself."""
    stated = [name for name in fault.fields if getattr(facility, name) is not None]
    return replace(fault, fields=tuple(dict.fromkeys([*stated, *fault.fields])))
