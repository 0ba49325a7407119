"""Sentences about affected dates and granted exceptions."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext

from booking.availability.requestable import get_requestable
from booking.disruptions.detection import Cause
from booking.disruptions.queries import (
    AffectedMark,
    ExceptionLine,
    affected_dates,
    ended_as_affected,
    exceptions_of,
)
from booking.requests.alternatives import FormAlternative, alternatives_elsewhere
from booking.requests.queries import BookingLine, DateLine, RequestPage
from booking.rules.lifecycle import State
from booking.rules.terms import RequestedDate
from booking.rules.visibility import Viewer
from booking.search.cards import offer_url
from booking.wording import formats
from booking.wording.closures import closed_text
from booking.wording.dates import date_days, date_text
from booking.wording.exceptions import rule_word

MOST_ELSEWHERE = 3
MOST_DATES = 5


def affected_text(affected: AffectedMark, zone: ZoneInfo) -> str:
    """Return what a date is affected by: `closed Tue 12 – Fri 15 Jan 2027`."""
    if affected.starts_at is not None:
        return closed_text(
            affected.starts_at, affected.ends_at, affected.next_word_on, affected.reason, zone
        )
    if affected.cause is Cause.HOURS:
        return gettext("no longer open then")
    return gettext("closed then")


def exception_text(one: ExceptionLine, who: str) -> str:
    """Return which exceptions `who` granted for a date, and why."""
    return gettext(
        "Exception by %(who)s: %(rules)s. Reason: %(reason)s",
        who=who,
        rules=formats.listed(rule_word(code) for code in one.codes),
        reason=one.reason,
    )


@dataclass(frozen=True)
class Marks:
    """What is said at the dates of a request, by the dates' ids.

    `disruptions` says what affects a date, `exceptions` which rules it may break. `causes` are
    those of the affected dates, one each.
    """

    disruptions: Mapping[int, str]
    exceptions: Mapping[int, Sequence[str]]
    causes: Sequence[Cause] = ()


def marks_of(page: RequestPage) -> Marks:
    """Return what affects the dates of a request, and which exceptions the owner granted."""
    zone_of = {date.id: (booking.zone, booking.cluster_name) for booking, date in _alive(page)}
    every_id = [date.id for booking in page.bookings for date in booking.dates]
    cluster_of = {date.id: b.cluster_name for b in page.bookings for date in b.dates}
    affected_by_id = affected_dates(zone_of)
    return Marks(
        causes=[affected.cause for affected in affected_by_id.values()],
        disruptions={
            key: gettext(
                "affected: %(what)s. %(cluster)s will decide and let you know.",
                what=affected_text(affected, zone_of[key][0]),
                cluster=zone_of[key][1],
            )
            for key, affected in affected_by_id.items()
        },
        exceptions={
            key: [exception_text(one, cluster_of[key]) for one in found]
            for key, found in exceptions_of(every_id).items()
        },
    )


def _alive(page: RequestPage) -> Iterator[tuple[BookingLine, DateLine]]:
    for booking in page.bookings:
        for date in (*booking.to_withdraw, *booking.to_cancel):
            yield booking, date


def instead_of_lost(
    booking: BookingLine, people: int | None, viewer: Viewer, now: datetime
) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """Return what can be requested elsewhere on the days of each date to come that was lost.

    Lost are dates that are affected, or ended as they were, and those that the owner declined
    or did not answer in time.

    Pairs of the date's days and links (facility and date, address), at most `MOST_ELSEWHERE` for
    each of the first `MOST_DATES`; a date without any alternative is left out. For the
    requester only: owners see nothing of other clusters' facilities.
    """
    stands = {date.id for date in booking.listed}
    ids = [date.id for date in booking.dates if date.slot.starts_at > now and date.id in stands]
    hit = affected_dates(ids).keys() | ended_as_affected(ids) | _not_agreed(booking, ids)
    if not hit:
        return []
    requestable = get_requestable(booking.facility_slug, viewer, now)
    found: list[tuple[str, Sequence[tuple[str, str]]]] = []
    for date in [one for one in booking.dates if one.id in hit][:MOST_DATES]:
        requested = (RequestedDate(date.slot, date.places, date.whole, people),)
        links = [
            (_offered(one), offer_url(one.facility.slug, one.alternative.slots, one.rules, {}))
            for one in alternatives_elsewhere(requestable, requested, viewer, now)
            if one.facility is not None and not one.alternative.number  # on the same days
        ]
        if links:
            found.append((date_days(date.slot, booking.rules), links[:MOST_ELSEWHERE]))
    return found


def _not_agreed(booking: BookingLine, ids: Collection[int]) -> set[int]:
    ended = (State.DECLINED, State.LAPSED)
    return {d.id for d in booking.dates if d.id in ids and d.state in ended}


def _offered(one: FormAlternative) -> str:
    name = formats.in_city(one.facility.name, one.facility.city) if one.facility else ""
    when = date_text(one.alternative.slots[0], one.rules)
    return gettext("%(facility)s: %(when)s", facility=name, when=when)
