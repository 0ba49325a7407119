"""Who comes on one day to the facilities on which somebody decides."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.models import Organisation, Person
from booking.bookings.decision_scope import decided_by
from booking.bookings.models import LOOKED_AFTER_BY, Booking, BookingRequest, Occurrence
from booking.clusters.models import Cluster
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.facilities.models import Facility, Place
from booking.rules.attendance import Attendance, may_note_attendance
from booking.rules.lifecycle import FIRM, State, is_completed
from booking.rules.opening import ONE_DAY, day_starts_at, local_day
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms
from booking.rules.visibility import Viewer

#: At most so many dates are listed.
MOST_LISTED = 300
#: Agreed dates, also those to which nobody came.
_LISTED = FIRM | {State.NO_SHOW}
# A day of any zone is within so much of its middle in UTC, and of any instant in it.
_AROUND = timedelta(days=2)


@dataclass(frozen=True)
class ListedDate:
    """One date; `organisation` None is own use, `person` is who requested it, or `entered` it.

    `may_note`: arrivals can be noted now. `has_begun`: a no-show can be recorded, too.
    """

    uid: str
    reference: str
    title: str
    organisation: str | None
    person: str
    entered: bool
    people: int | None
    has_hazards: bool
    slot: Slot
    whole: bool
    places: int
    state: State
    attendance: Attendance
    may_note: bool
    has_begun: bool
    is_completed: bool


@dataclass(frozen=True)
class FacilityDay:
    """The dates of one facility on one of its days, earliest first."""

    name: str
    slug: str
    place_word: str | None
    own_places: int
    zone: ZoneInfo
    rules: BookingTerms
    day: date
    dates: tuple[ListedDate, ...]


@dataclass(frozen=True)
class DayList:
    """Facilities with dates, by name; `has_more`: there are more dates than are listed."""

    facilities: tuple[FacilityDay, ...]
    has_more: bool


def day_list(
    viewer: Viewer, day: date | None, now: datetime, *, facility_ids: Collection[int] | None = None
) -> DayList:
    """Return who comes on a day (None: today), in the calendar of each facility.

    Has the agreed dates on which the viewer decides, of these facilities if they are given; also
    those that began before the day or go on after it. A constant number of statements.
    """
    middle = now if day is None else day_starts_at(ZoneInfo("UTC"), day) + ONE_DAY / 2
    rows = db.session.execute(
        sa.select(
            Occurrence,
            BookingRequest.reference,
            BookingRequest.title,
            BookingRequest.entered,
            BookingRequest.people,
            BookingRequest.hazards,
            Organisation.name.label("organisation"),
            Person.name.label("person"),
            Facility,
            sa.select(sa.func.count(Place.id))
            .where(Place.facility_id == Facility.id)
            .correlate(Facility)
            .scalar_subquery()
            .label("own_places"),
            Cluster.time_zone,
        )
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Person, Person.id == LOOKED_AFTER_BY)
        .outerjoin(Organisation, Organisation.id == BookingRequest.organisation_id)
        .join(Facility, Facility.id == Occurrence.facility_id)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .where(
            decided_by(viewer, facility_ids, now),
            Occurrence.state.in_(sorted(_LISTED)),
            Occurrence.ends_at > middle - _AROUND,
            Occurrence.starts_at < middle + _AROUND,
        )
        .order_by(Facility.name, Facility.id, Occurrence.starts_at, Occurrence.id)
    ).all()
    of_day = [row for row in rows if _is_on(row, day, now)]
    listed = of_day[:MOST_LISTED]
    return DayList(_facilities(listed, day, now), has_more=len(of_day) > len(listed))


def _day_of(row: Any, day: date | None, now: datetime) -> date:
    return local_day(now, ZoneInfo(row.time_zone)) if day is None else day


def _is_on(row: Any, day: date | None, now: datetime) -> bool:
    zone, shown = ZoneInfo(row.time_zone), _day_of(row, day, now)
    whole_day = Slot(day_starts_at(zone, shown), day_starts_at(zone, shown + ONE_DAY))
    return Slot(row.Occurrence.starts_at, row.Occurrence.ends_at).overlaps(whole_day)


def _facilities(rows: Sequence[Any], day: date | None, now: datetime) -> tuple[FacilityDay, ...]:
    of_facility: dict[int, list[Any]] = {}
    for row in rows:
        of_facility.setdefault(row.Facility.id, []).append(row)
    terms = effective_terms(of_facility)
    return tuple(
        FacilityDay(
            name=some[0].Facility.name,
            slug=some[0].Facility.slug,
            place_word=some[0].Facility.place_word,
            own_places=some[0].own_places,
            zone=ZoneInfo(some[0].time_zone),
            rules=terms[facility_id].rules,
            day=_day_of(some[0], day, now),
            dates=tuple(_listed(row, now) for row in some),
        )
        for facility_id, some in of_facility.items()
    )


def _listed(row: Any, now: datetime) -> ListedDate:
    date_ = row.Occurrence
    slot = Slot(date_.starts_at, date_.ends_at)
    return ListedDate(
        uid=date_.uid,
        reference=row.reference,
        title=row.title,
        organisation=row.organisation,
        person=row.person,
        entered=row.entered,
        people=row.people,
        has_hazards=bool(row.hazards),
        slot=slot,
        whole=date_.whole,
        places=date_.places,
        state=date_.state,
        attendance=Attendance(date_.arrived_at, date_.left_at),
        may_note=may_note_attendance(date_.state, slot, ZoneInfo(row.time_zone), now),
        has_begun=date_.starts_at <= now,
        is_completed=is_completed(date_.state, date_.ends_at, now),
    )
