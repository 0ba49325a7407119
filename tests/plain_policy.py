"""The policy of who sees what, applied row by row in plain Python, for a random federation.

It reads each table once, whole, and asks `rules.routing` and `rules.visibility` about one row at a
time. It knows no query of the product, so that both can be compared. It is made for facilities
with one place each: two dates that meet there compete.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.extensions import db
from booking.rules.lifecycle import FIRM, IN_THE_WAY, OPEN, WAIT_FOR_OWNER, State, state_at
from booking.rules.routing import Candidate, Deciders, deciders
from booking.rules.visibility import (
    Account,
    CalendarLevel,
    Viewer,
    calendar_level,
    may_act_as_requester,
    may_decide,
    sees_booking,
)
from tests.conftest import NOW

Row = Any
ZONE = ZoneInfo("Europe/Copenhagen")
TODAY = NOW.astimezone(ZONE).date()
_GIVEN_UP = (State.WITHDRAWN, State.CANCELLED)


def rows_of(table: str) -> list[Row]:
    """Every row of a table, by its columns as they are named in Python."""
    mapper = next(one for one in db.Model.registry.mappers if one.local_table.name == table)
    query = sa.select(*(column.label(name) for name, column in mapper.columns.items()))
    query = query.order_by(*mapper.local_table.primary_key.columns)
    return [SimpleNamespace(**one) for one in db.session.execute(query).mappings()]


@dataclass(frozen=True)
class Reader:
    """Somebody who reads, for the organisation for which they act; None: not signed in."""

    account: Account | None
    viewer: Viewer

    @property
    def id(self) -> int | None:
        """Their id."""
        return self.viewer.person_id


class Policy:
    """What each reader sees of the rows as they stand now."""

    def __init__(self) -> None:
        db.session.rollback()
        self.facilities = {one.id: one for one in rows_of("facility")}
        self.places = {one.id: one.facility_id for one in rows_of("place")}
        self.people = {one.id: one for one in rows_of("person")}
        self.memberships = rows_of("membership")
        self.roles = [
            one
            for one in rows_of("role")
            if one.ended_at is None and (one.ends_at is None or one.ends_at > NOW)
        ]
        self.absences = [
            one for one in rows_of("absence") if one.first_day <= TODAY <= one.last_day
        ]
        self.requests = {one.id: one for one in rows_of("booking_request")}
        self.bookings = {one.id: one for one in rows_of("booking")}
        self.dates = rows_of("occurrence")
        self.taken = rows_of("occupancy")
        self.enquiries = rows_of("enquiry")
        self.notices = rows_of("notice")
        self.closures = rows_of("closure")
        self.asking = rows_of("account_request")
        self.entries = rows_of("audit_entry")
        self.lines = {one.id: one for one in rows_of("booking_log")}
        self.affected = {
            one.occurrence_id for one in rows_of("affected") if one.resolved_at is None
        }
        self.done = [
            one
            for one in rows_of("booking_condition")
            if one.status == "done" and one.taken_off_at is None
        ]
        self.readers: dict[int, set[int]] = defaultdict(set)
        for one in rows_of("request_reader"):
            self.readers[one.request_id].add(one.person_id)
        self.dates_of: dict[int, list[Row]] = defaultdict(list)
        for date in self.dates:
            self.dates_of[date.booking_id].append(date)
        self.deciders_of = cache(self._deciders_of)
        db.session.rollback()

    # --- who decides ------------------------------------------------------------------------------

    def chain(self, facility_id: int) -> list[int]:
        """A facility and all above it, nearest first."""
        found = [facility_id]
        while (above := self.facilities[found[-1]].parent_id) is not None:
            found.append(above)
        return found

    def tree(self, facility_id: int) -> set[int]:
        """All facilities of the same tree."""
        root = self.chain(facility_id)[-1]
        return {key for key in self.facilities if self.chain(key)[-1] == root}

    def organisations_ever(self, person_id: int) -> frozenset[int]:
        """Everything for which somebody works or worked."""
        return frozenset(
            one.organisation_id for one in self.memberships if one.person_id == person_id
        )

    def _candidate(self, person_id: int, cluster_id: int) -> Candidate:
        person = self.people[person_id]
        organisations = self.organisations_ever(person_id)
        absence = next((one for one in self.absences if one.person_id == person_id), None)
        if absence is None:
            return Candidate(person_id, person.is_active, organisations)
        other = self.people.get(absence.stand_in_id)
        stands_in = (
            other is not None
            and person.is_active
            and other.is_active
            and all(one.person_id != other.id for one in self.absences)
            and any(
                one.person_id == other.id
                and one.cluster_id == cluster_id
                and one.kind in ("approver", "coordinator")
                for one in self.roles
            )
        )
        stand_in = (
            Candidate(other.id, True, self.organisations_ever(other.id))
            if stands_in and other is not None
            else None
        )
        return Candidate(person_id, False, organisations, stand_in)

    def deciders_here(
        self, facility_id: int, asker_id: int | None, rivals: Collection[int] = ()
    ) -> Deciders:
        """Who decides at a facility on what somebody sent with whom these organisations compete."""
        cluster_id = self.facilities[facility_id].cluster_id

        def named(kind: str, **of: int) -> list[Candidate]:
            return [
                self._candidate(one.person_id, cluster_id)
                for one in self.roles
                if one.kind == kind and all(getattr(one, name) == of[name] for name in of)
            ]

        chain = [named("approver", facility_id=key) for key in self.chain(facility_id)]
        coordinators = named("coordinator", cluster_id=cluster_id)
        return deciders(chain, coordinators, asker_id, frozenset(rivals))

    def _deciders_of(self, booking_id: int) -> Deciders:
        booking = self.bookings[booking_id]
        request = self.requests[booking.request_id]
        asker_id = None if request.entered else request.requester_id
        return self.deciders_here(booking.facility_id, asker_id, self._rivals_of(booking))

    def _rivals_of(self, booking: Row) -> set[int]:
        """The other organisations whose own dates compete with this booking."""
        request, found = self.requests[booking.request_id], set()
        for date in self.dates_of[booking.id]:
            if date.ends_at <= NOW:
                continue
            for other in self.dates:
                theirs = self.requests[self.bookings[other.booking_id].request_id]
                if theirs.organisation_id in (None, request.organisation_id):
                    continue
                if self._competes(date, other, request.sent_at) and self._meet(date, other):
                    found.add(theirs.organisation_id)
        return found

    def _competes(self, date: Row, other: Row, sent_at: Any) -> bool:
        if other.ends_at <= NOW:
            return False
        given_up = other.state in _GIVEN_UP
        if date.state in (*FIRM, State.NO_SHOW) and other.state in (*FIRM, State.CANCELLED):
            return False
        if given_up:
            return bool(other.changed_at > sent_at)
        return state_now(other) in (*IN_THE_WAY, State.WAITING)

    def _meet(self, date: Row, other: Row) -> bool:
        in_time = date.starts_at < other.ends_at and other.starts_at < date.ends_at
        return in_time and not self._needed(date).isdisjoint(self._needed(other))

    def _needed(self, date: Row) -> set[int]:
        if not date.whole:
            return {date.facility_id}
        return {key for key in self.facilities if date.facility_id in self.chain(key)}

    # --- what somebody sees -----------------------------------------------------------------------

    def named_on(self, request: Row) -> Collection[int] | None:
        """Who reads a confidential request, None if it is not."""
        return self.readers[request.id] if request.is_confidential else None

    def is_own(self, viewer: Viewer, request: Row) -> bool:
        """Whether somebody acts as requester of a request."""
        return may_act_as_requester(viewer, request.organisation_id, self.named_on(request))

    def decides(self, viewer: Viewer, booking: Row) -> bool:
        """Whether somebody decides on a booking."""
        return may_decide(viewer, self.deciders_of(booking.id))

    def sees(self, viewer: Viewer, booking: Row) -> bool:
        """Whether somebody may know what a booking is about."""
        request = self.requests[booking.request_id]
        named = self.named_on(request)
        return sees_booking(viewer, request.organisation_id, named, self.deciders_of(booking.id))

    def runs(self, viewer: Viewer, facility_id: int) -> bool:
        """Whether somebody decides at a facility, for nobody in particular."""
        return may_decide(viewer, self.deciders_here(facility_id, None))

    def keeps(self, viewer: Viewer, facility_id: int) -> bool:
        """Whether somebody is named as a keeper of a facility, or of one that it is part of."""
        return not viewer.keeps.isdisjoint(self.chain(facility_id))

    def answers(self, viewer: Viewer, enquiry: Row) -> bool:
        """Whether somebody answers an enquiry: not those whose organisation has dates there."""
        tree, users = self.tree(enquiry.facility_id), set()
        for date in self.dates:
            request = self.requests[self.bookings[date.booking_id].request_id]
            to_come = date.ends_at > NOW and (
                date.state in _GIVEN_UP or state_now(date) in (*IN_THE_WAY, State.WAITING)
            )
            if to_come and date.facility_id in tree:
                users.add(request.organisation_id)
        others = users - {enquiry.organisation_id, None}
        found = self.deciders_here(enquiry.facility_id, enquiry.asked_by_id, others)
        return may_decide(viewer, found)

    def knows_notice(self, reader: Reader, notice: Row) -> bool:
        """Whether somebody still reads what an update about a booking says."""
        booking = self.bookings[notice.booking_id]
        request = self.requests[booking.request_id]
        if notice.side == "admin":
            return reader.viewer.is_admin
        if notice.side == "owner":
            return self.decides(reader.viewer, booking)
        # Their updates are one list, for all organisations for which they work.
        works_there = any(
            one.organisation_id == request.organisation_id
            and one.person_id == reader.id
            and one.until is None
            for one in self.memberships
        )
        named = self.named_on(request)
        return works_there and (named is None or reader.id in named)

    def sees_calendar(self, viewer: Viewer, facility: Row) -> bool:
        """Whether somebody sees when a facility is busy."""
        levels = (facility.sees_public, facility.sees_signed_in, facility.sees_own_cluster)
        found = calendar_level(*(CalendarLevel(one) for one in levels), viewer, facility.cluster_id)
        return found is CalendarLevel.BUSY

    def is_taken(self, facility_id: int, starts_at: Any, ends_at: Any) -> bool:
        """Whether the one place of a facility is taken in some of this time."""
        return any(
            self.places[one.place_id] == facility_id
            and (one.held_until is None or one.held_until > NOW)
            and one.starts_at < ends_at
            and one.ends_at > starts_at
            for one in self.taken
        )

    # --- states of dates --------------------------------------------------------------------------

    def waits(self, date: Row) -> bool:
        """Whether a date waits for who decides, and nothing is proposed in its place."""
        instead = any(
            other.replaces_id == date.id
            and other.state in OPEN
            and other.lapses_at is not None
            and other.lapses_at > NOW
            for other in self.dates
        )
        return state_now(date) in WAIT_FOR_OWNER and not instead

    def is_late(self, date: Row) -> bool:
        """Whether the answer date of the booking of a date is over."""
        due_at = self.bookings[date.booking_id].due_at
        return due_at is not None and due_at <= NOW

    def is_affected(self, date: Row) -> bool:
        """Whether a closure or new hours affect a date to come, and nobody resolved it."""
        return date.id in self.affected and (state_now(date) in OPEN or is_upcoming(date))

    def is_to_check(self, date: Row) -> bool:
        """Whether a condition that was marked as done waits for its check."""
        accepted = state_now(date) is State.ACCEPTED
        return (accepted or is_upcoming(date)) and any(
            one.booking_id == date.booking_id
            and (one.stage == "before_arrival" or date.state is State.ACCEPTED)
            for one in self.done
        )

    def bookings_with(self, is_meant: Any) -> Iterable[Row]:
        """The bookings of which at least one date is meant."""
        return [one for one in self.bookings.values() if any(map(is_meant, self.dates_of[one.id]))]


def state_now(date: Row) -> State:
    """The state of a date as people read it now."""
    return state_at(date.state, date.lapses_at, NOW)


def is_upcoming(date: Row) -> bool:
    """Whether a date is agreed and not over."""
    return date.state in FIRM and date.ends_at > NOW


def is_around(date: Row, back: timedelta, ahead: timedelta) -> bool:
    """Whether a date is within so much before and after today."""
    midnight = NOW.replace(hour=0, minute=0)
    return bool(date.ends_at > midnight - back and date.starts_at < midnight + ahead)
