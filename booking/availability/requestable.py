"""A facility as the request form needs it, and whether a request can be sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.availability.automatic import rule_that_confirms
from booking.availability.checks import check_context, refusals_for_requester
from booking.bookings.new_request import NewRequest
from booking.clusters.deadlines import deadlines_of
from booking.clusters.models import Cluster
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.calendar_visibility import sees_calendar
from booking.facilities.deciders import deciders_on
from booking.facilities.effective_terms import EffectiveTerms, effective_terms
from booking.facilities.listed import listed_by_slug
from booking.facilities.models import Facility
from booking.facilities.queries import own_places
from booking.facilities.tree import parts_of
from booking.rules.deadlines import Deadlines, due_at
from booking.rules.many_dates import MAX_DATES, MAX_DATES_SIGNED_OUT
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import (
    AutomaticFor,
    BookingMode,
    BookingTerms,
    earliest_open_day,
    latest_day,
    status_allows,
)
from booking.rules.visibility import Viewer


@dataclass(frozen=True)
class RequestableFacility:
    """One facility as the request form needs it; `has_parts`: there are facilities below it.

    A request may have `most_dates`: fewer before its writer signs in.
    """

    facility_id: int
    slug: str
    name: str
    city: str | None
    place_word: str | None
    own_places: int
    has_parts: bool
    elsewhere_url: str | None
    access_conditions: str | None
    cluster_name: str
    cluster_slug: str
    country: str
    effective: EffectiveTerms
    deadlines: Deadlines
    sees_calendar: bool
    most_dates: int = MAX_DATES

    @property
    def rules(self) -> BookingTerms:
        """Return its effective terms."""
        return self.effective.rules

    @property
    def zone(self) -> ZoneInfo:
        """Return the facility's zone, in which its dates are typed."""
        return self.effective.rules.zone

    @property
    def offers_part(self) -> bool:
        """Return whether it can be booked by place."""
        return self.rules.allows_shared and self.own_places > 0

    @property
    def offers_choice(self) -> bool:
        """Return whether one can choose between some places and the whole."""
        return (
            self.offers_part
            and self.rules.allows_exclusive
            and (self.own_places > 1 or self.has_parts)
        )

    @property
    def only_whole(self) -> bool:
        """Return whether it can be booked only as a whole."""
        return self.rules.allows_exclusive and not self.offers_part

    @property
    def opens_over_night(self) -> bool:
        """Return whether a date by the hour may end on another day."""
        spans = self.rules.hours.spans
        by_agreement = self.rules.mode is BookingMode.BY_AGREEMENT
        return spans is None or by_agreement or any(s.closes_time <= s.opens_time for s in spans)

    def lasting_refusals(self) -> list[Refusal]:
        """Return why it cannot be requested at all, whatever the date."""
        if self.rules.mode is BookingMode.ELSEWHERE:
            return [Refusal(RefusalCode.BOOKED_ELSEWHERE)]
        found = []
        if not status_allows(self.rules.status):
            found.append(Refusal(RefusalCode.CLOSED_STATUS, {"status": self.rules.status}))
        if not self.rules.has_deciders:
            found.append(Refusal(RefusalCode.NOBODY_ANSWERS))
        return found

    def due_at(self, slots: Sequence[Slot], now: datetime) -> datetime:
        """Return when an answer to a request sent now is due (UTC)."""
        return due_at(now, min(slot.starts_at for slot in slots), self.deadlines)


def get_requestable(slug: str, viewer: Viewer, now: datetime) -> RequestableFacility:
    """Return a facility as the request form needs it. One statement, for its places.

    What follows from the rules is in memory while they hold.

    Raises:
        NotFound: there is no such facility.
    """
    facility = listed_by_slug().get(slug)
    if facility is None:
        raise NotFound("facility")
    cluster = facility.cluster
    effective = effective_terms([facility.id])[facility.id]
    return RequestableFacility(
        facility_id=facility.id,
        slug=facility.slug,
        name=facility.name,
        city=facility.city,
        place_word=facility.place_word,
        own_places=own_places(facility.id),
        has_parts=bool(parts_of(facility.id)),
        elsewhere_url=effective.rules.elsewhere_url,
        access_conditions=facility.access_conditions,
        cluster_name=cluster.short_name,
        cluster_slug=cluster.slug,
        country=cluster.country,
        effective=effective,
        deadlines=deadlines_of(cluster, now),
        sees_calendar=sees_calendar(facility, viewer),
        most_dates=MAX_DATES if viewer.signed_in else MAX_DATES_SIGNED_OUT,
    )


def requestable_facilities() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the facilities that can be requested here: by cluster, pairs of slug and name."""
    rows = db.session.execute(
        sa.select(Facility.id, Cluster.short_name, Facility.slug, Facility.name, Facility.status)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .order_by(Cluster.short_name, Facility.name)
    ).all()
    effective = effective_terms(row.id for row in rows)
    found: dict[str, list[tuple[str, str]]] = {}
    for facility_id, cluster_name, slug, name, status in rows:
        elsewhere = effective[facility_id].rules.mode is BookingMode.ELSEWHERE
        if status_allows(status) and not elsewhere:
            found.setdefault(cluster_name, []).append((slug, name))
    return list(found.items())


def why_not_now(
    requestable: RequestableFacility, new_request: NewRequest, viewer: Viewer, now: datetime
) -> list[Refusal]:
    """Return every reason why this request cannot be sent now, as far as the viewer may know.

    For the pages before sending, which checks again under the lock.
    """
    return why_not_now_and_left_out(requestable, new_request, (), viewer, now)[0]


def why_not_now_and_left_out(
    requestable: RequestableFacility,
    new_request: NewRequest,
    left_out: Sequence[Slot],
    viewer: Viewer,
    now: datetime,
) -> tuple[list[Refusal], list[Refusal]]:
    """Return the refusals of `why_not_now`, and those for dates left out of the request.

    The calendar is read once for both: as many statements for 200 dates as for one.
    """
    every_slot = (*new_request.slots, *left_out)
    context = check_context(
        requestable.facility_id,
        every_slot,
        now,
        whole=new_request.whole,
        organisation_id=viewer.organisation_id,
        viewer=viewer,
    )
    refusals = refusals_for_requester(context, new_request.requested_dates(), now, viewer)
    apart = replace(new_request, slots=tuple(left_out)).requested_dates()
    refusals_apart = [
        refusal
        for refusal in refusals_for_requester(context, apart, now, viewer)
        if refusal.date_index is not None
    ]
    known = any(refusal.code is RefusalCode.NOBODY_ANSWERS for refusal in refusals)
    if not known and not deciders_on(requestable.facility_id, viewer.person_id).all:
        refusals.append(Refusal(RefusalCode.NOBODY_ANSWERS))
    return refusals, refusals_apart


def would_confirm(
    requestable: RequestableFacility, new_request: NewRequest, viewer: Viewer, now: datetime
) -> bool:
    """Return whether a rule confirms this request once it is sent, if nobody waits for its time.

    Whether somebody does is not looked up: it is for nobody to know before.
    """
    if requestable.rules.automatic_for is AutomaticFor.NOBODY:
        return False
    context = check_context(
        requestable.facility_id,
        new_request.slots,
        now,
        whole=new_request.whole,
        organisation_id=viewer.organisation_id,
        viewer=viewer,
    )
    return rule_that_confirms(context, new_request, viewer, now) is not None


def day_bounds(requestable: RequestableFacility, now: datetime) -> tuple[str, str | None]:
    """Return the first open and the last local day (ISO, or None) that can be requested now."""
    latest = latest_day(requestable.rules, now)
    earliest = earliest_open_day(requestable.rules, requestable.deadlines, now)
    return earliest.isoformat(), latest.isoformat() if latest else None
