"""Setting time aside for named organisations, and releasing it."""

import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.organisations import locked_organisations_named
from booking.audit.recording import record
from booking.bookings.models import Booking, BookingRequest, Occupancy, Occurrence
from booking.bookings.rooms import rooms
from booking.bookings.set_aside_models import SetAside, SetAsideOrganisation, SetAsidePlace
from booking.db.in_ids import in_ids
from booking.db.transactions import retried, writing
from booking.disruptions.pending import DatesInTheWay, pending_dates
from booking.errors import BookingError, Invalid, NotFound
from booking.extensions import db
from booking.facilities.models import Place
from booking.manage.terms.service import facility_id_by_slug, reread_with_account
from booking.manage.version import claim_change, target_facility
from booking.rules.audit_events import Event
from booking.rules.owner_changes import ChangedPart
from booking.rules.set_aside import (
    PlannedSetAside,
    SetAsideFault,
    places_to_set_aside,
    set_aside_times,
)
from booking.rules.slots import Slot
from booking.rules.visibility import ANYBODY, NOT_NAMED, Account


@dataclass(frozen=True)
class NewSetAside:
    """Time to set aside for organisations, by their names, as it came from a valid form."""

    planned: PlannedSetAside
    organisations: frozenset[str]


class InvalidSetAside(BookingError):
    """What was typed is no time to set aside; `faults` has everything that is wrong."""

    def __init__(self, faults: Sequence[SetAsideFault]) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = tuple(faults)


@retried
def set_aside(account: Account, slug: str, new: NewSetAside, *, version: str | None = None) -> None:
    """Keep places of a facility free for the named organisations, and for nobody else.

    `version` is the `facility_version` that the form was filled with; None: there was no form.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such facility, or others decide on it.
        Invalid: `organisations` is `unknown`; `first_day` is `set_aside`: other time is set aside
            there already.
        InvalidSetAside: the times or places are wrong.
        DatesInTheWay: confirmed or held dates of others, or own use, are there.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility, current = reread_with_account(account, facility_id)
        named = _organisation_ids(new.organisations)
        own_places = db.session.scalar(
            sa.select(sa.func.count()).where(Place.facility_id == facility_id)
        )
        zone = ZoneInfo(facility.cluster.time_zone)
        times, faults = set_aside_times(new.planned, zone, own_places or 0, now)
        if times is None:
            raise InvalidSetAside(faults)
        claim_change(
            target_facility(facility),
            ChangedPart.SET_ASIDE,
            now,
            person_id=account.person_id,
            seen=version,
        )
        place_ids = _places(facility_id, times.slot, new.planned.places, named, current, now)
        row = SetAside(
            key=secrets.token_urlsafe(16),
            facility_id=facility_id,
            whole=new.planned.places is None,
            starts_at=times.slot.starts_at,
            ends_at=times.slot.ends_at,
            kept_until=times.kept_until,
            made_by_id=account.person_id,
            made_at=now,
        )
        db.session.add(row)
        db.session.flush()
        db.session.add_all(SetAsidePlace(set_aside_id=row.id, place_id=one) for one in place_ids)
        db.session.add_all(
            SetAsideOrganisation(set_aside_id=row.id, organisation_id=one) for one in named
        )
        record(
            Event.SET_ASIDE_MADE,
            now=now,
            actor=account.person_id,
            facility=facility_id,
            after={
                "starts_at": row.starts_at,
                "ends_at": row.ends_at,
                "places": new.planned.places,
                "organisations": sorted(new.organisations),
                "kept_until": row.kept_until,
            },
        )


@retried
def release(account: Account, slug: str, key: str, *, version: str | None = None) -> None:
    """Make set-aside time free for all at once; what is over or released already stays as it is.

    `version` is as in `set_aside`.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such facility or time, or others decide on it.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility, _ = reread_with_account(account, facility_id)
        row = db.session.scalar(
            sa.select(SetAside)
            .where(SetAside.key == key, SetAside.facility_id == facility_id)
            .execution_options(populate_existing=True)
        )
        if row is None:
            raise NotFound("set-aside time")
        if row.ended_at is not None or row.kept_until <= now:
            return
        claim_change(
            target_facility(facility),
            ChangedPart.SET_ASIDE,
            now,
            person_id=account.person_id,
            seen=version,
        )
        row.ended_at, row.ended_by_id = now, account.person_id
        record(
            Event.SET_ASIDE_RELEASED,
            now=now,
            actor=account.person_id,
            facility=facility_id,
            before={"starts_at": row.starts_at, "ends_at": row.ends_at},
        )


def _organisation_ids(names: Collection[str]) -> list[int]:
    found = locked_organisations_named(names) if names else None
    if found is None:
        raise Invalid("organisations", "unknown")
    return found


def _places(
    facility_id: int,
    slot: Slot,
    places: int | None,
    named: Collection[int],
    account: Account,
    now: datetime,
) -> list[int]:
    """Return the ids of the places to set aside.

    Raises:
        DatesInTheWay, Invalid: as `set_aside`.
    """
    of_named = _taken_by_named(slot, named, now)
    room = rooms([facility_id], slot, now, without=of_named.ids, for_organisation=ANYBODY)[
        facility_id
    ]
    found = places_to_set_aside(room, slot, places, of_named.on_places)
    if found is None:
        everything = room.own + room.below if places is None else room.own
        in_the_way = sa.select(Occupancy.occurrence_id).where(
            in_ids(Occupancy.place_id, everything),
            *_overlapping(slot, now),
            sa.not_(in_ids(Occupancy.occurrence_id, of_named.ids)),
        )
        raise DatesInTheWay(pending_dates(Occurrence.id.in_(in_the_way), account.viewer, now))
    there = rooms([facility_id], slot, now, without=of_named.ids, for_organisation=NOT_NAMED)[
        facility_id
    ]
    found = places_to_set_aside(there, slot, places, of_named.on_places)
    if found is None:
        raise Invalid("first_day", "set_aside")
    return found


@dataclass(frozen=True)
class _TakenByNamed:
    """What named organisations have or hold: the ids of their dates, and their slots by place."""

    ids: frozenset[int]
    on_places: Mapping[int, Sequence[Slot]]


def _taken_by_named(slot: Slot, named: Collection[int], now: datetime) -> _TakenByNamed:
    rows = db.session.execute(
        sa.select(
            Occupancy.occurrence_id, Occupancy.place_id, Occupancy.starts_at, Occupancy.ends_at
        )
        .join(Occurrence, Occurrence.id == Occupancy.occurrence_id)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .where(in_ids(BookingRequest.organisation_id, named), *_overlapping(slot, now))
    ).all()
    on_places: dict[int, list[Slot]] = defaultdict(list)
    for row in rows:
        on_places[row.place_id].append(Slot(row.starts_at, row.ends_at))
    return _TakenByNamed(frozenset(row.occurrence_id for row in rows), on_places)


def _overlapping(slot: Slot, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Occupancy.ends_at > slot.starts_at,
        Occupancy.starts_at < slot.ends_at,
        sa.or_(Occupancy.held_until.is_(None), Occupancy.held_until > now),
    )
