"""Changing the rules of a facility: all at once, checked with all that inherits them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from booking.accounts.queries import account_now
from booking.availability.place_changes import add_places, remove_places
from booking.bookings.models import Occurrence
from booking.db.transactions import retried, writing
from booking.disruptions.pending import DatesInTheWay, pending_dates
from booking.errors import BookingError, NotFound
from booking.extensions import db
from booking.facilities.deciders import decides_on
from booking.facilities.effective_terms import effective_terms
from booking.facilities.models import Facility, Place
from booking.facilities.tree import parts_of
from booking.manage.version import check_version
from booking.rules.term_faults import TermFault, TermFaultCode, faults_of
from booking.rules.visibility import Account

#: The rules that one may set here and that are inherited where they are not.
SETTABLE = (
    "unit",
    "pending_holds",
    "minimum_units",
    "maximum_units",
    "step_minutes",
    "half_day_time",
    "lead_time_days",
    "late_asking",
    "horizon_days",
    "people_limit",
    "setup_minutes",
    "cleanup_minutes",
)


@dataclass(frozen=True)
class Terms:
    """What an owner states: `stated` by the names in `SETTABLE`, None: as above.

    `places` is how many own places there are.
    """

    stated: Mapping[str, Any]
    places: int
    place_word: str | None
    allows_shared: bool
    allows_exclusive: bool


class InvalidTerms(BookingError):
    """Rules that make no sense; `faults` has every reason, each at a field of the facility."""

    def __init__(self, faults: Sequence[TermFault]) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = tuple(faults)


@retried
def set_terms(account: Account, slug: str, terms: Terms, *, version: str | None = None) -> None:
    """Set the rules of a facility.

    They count for what is sent from now on; what has been sent stays as it was. `version` is the
    `stated_mark` of what the person saw before; None: whatever it was.

    Raises:
        Conflict: `changed_meanwhile`, when it states something else by now.
        NotFound: there is no such facility, or others decide on it.
        Unsound: they make no sense, here or for one below that inherits them.
        InTheWay: fewer places, and dates still to come need them.
    """
    facility_id = facility_id_of(slug)
    with writing(facility_id) as now:
        facility, now_account = mine_now(account, facility_id)
        if version is not None:
            check_version(facility_id, version)
        family = [facility.id, *parts_of(facility_id)]
        before = faults_in(family)
        for name in SETTABLE:
            setattr(facility, name, terms.stated[name])
        facility.place_word = terms.place_word
        facility.allows_shared, facility.allows_exclusive = (
            terms.allows_shared,
            terms.allows_exclusive,
        )
        db.session.flush()
        faults = [*_own_faults(terms, has_parts=len(family) > 1)]
        faults += _told_here(faults_in(family), before, facility)
        if faults:
            raise InvalidTerms(faults)
        has = db.session.scalar(sa.select(sa.func.count()).where(Place.facility_id == facility.id))
        add_places(facility, terms.places - (has or 0))
        if has and terms.places < has:
            disruption = remove_places(facility, has - terms.places, now)
            if disruption:
                dates = pending_dates(Occurrence.id.in_(disruption), now_account.viewer, now)
                raise DatesInTheWay(dates)


def facility_id_of(slug: str) -> int:
    """Return the id of a facility, to know which root to lock.

    Raises:
        NotFound: there is none.
    """
    if "\0" in slug:  # PostgreSQL refuses to look for it
        raise NotFound("facility")
    facility_id = db.session.scalar(sa.select(Facility.id).where(Facility.slug == slug))
    if facility_id is None:
        raise NotFound("facility")
    return facility_id


def mine_now(account: Account, facility_id: int) -> tuple[Facility, Account]:
    """Return the facility, and what the person may do, now that the lock is held.

    Raises:
        NotFound: the person no longer decides on it.
    """
    current = account_now(account)
    facility = db.session.get(Facility, facility_id, populate_existing=True)
    if facility is None or not decides_on(current.viewer, facility_id):
        raise NotFound("facility")
    return facility, current


def faults_in(facility_ids: Iterable[int]) -> dict[int, list[TermFault]]:
    """Return what makes no sense of the rules that hold for each facility."""
    found = effective_terms(facility_ids)
    return {facility_id: faults_of(one.rules) for facility_id, one in found.items()}


def _own_faults(terms: Terms, *, has_parts: bool) -> list[TermFault]:
    found = []
    if not terms.places and (terms.allows_shared or not has_parts):
        found.append(TermFault(("places",), TermFaultCode.NOTHING_TO_ASK_FOR))
    return found


def _told_here(
    after: Mapping[int, Sequence[TermFault]],
    before: Mapping[int, Sequence[TermFault]],
    facility: Facility,
) -> list[TermFault]:
    """Return the faults as told on the facility's form: its own, and new ones of those below."""
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
    """Return the fault with the field first that the facility states itself."""
    stated = [name for name in fault.fields if getattr(facility, name) is not None]
    return replace(fault, fields=tuple(dict.fromkeys([*stated, *fault.fields])))
