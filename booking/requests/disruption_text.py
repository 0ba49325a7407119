"""Sentences about affected dates and granted exceptions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext

from booking.disruptions.detection import Cause
from booking.disruptions.queries import AffectedMark, ExceptionLine, affected_dates, exceptions_of
from booking.requests.queries import BookingLine, DateLine, RequestPage
from booking.rules.opening import local_day
from booking.rules.visibility import Viewer
from booking.search.similar import similar_facilities
from booking.wording import formats
from booking.wording.closures import closed_text
from booking.wording.dates import date_days
from booking.wording.exceptions import rule_word

MOST_ELSEWHERE = 3


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


def elsewhere(
    booking: BookingLine, marks: Marks, viewer: Viewer
) -> tuple[str, Sequence[tuple[str, str]]]:
    """Return the days of the first affected date, and similar facilities as pairs (name, url).

    For the requester only: owners see nothing of other clusters' facilities.
    """
    disruption = next((date for date in booking.dates if date.id in marks.disruptions), None)
    if disruption is None:
        return "", ()
    links = [
        (
            formats.in_city(one.name, one.city),
            url_for(
                "browse.facility",
                slug=one.slug,
                on=local_day(disruption.slot.starts_at, booking.zone),
            ),
        )
        for one in similar_facilities(booking.facility_id, viewer)
        if one.does_the_same
    ]
    return date_days(disruption.slot, booking.rules), links[:MOST_ELSEWHERE]
