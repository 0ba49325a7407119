"""What the owner notes from the day of a date on: who came, when they left, who did not come."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from booking.bookings.authorise import booking_to_decide, decide, is_colleague
from booking.bookings.log import write_log
from booking.bookings.models import Booking, Occurrence
from booking.bookings.occupancy import occurrence_slot
from booking.bookings.records import chosen_dates, facility_id_of, writing_on
from booking.db.transactions import retried, writing_by_rules
from booking.errors import Conflict, Invalid
from booking.rules.attendance import (
    Attendance,
    AttendanceFault,
    attendance_faults,
    attendance_from,
)
from booking.rules.lifecycle import Act, Event, Side
from booking.rules.routing import Deciders
from booking.rules.visibility import Account


class WrongTimes(Invalid):
    """Noted times that cannot be; `faults` has what is wrong with each."""

    def __init__(self, faults: list[AttendanceFault]) -> None:
        super().__init__("times", "wrong")
        self.faults = faults


@retried
def note_attendance(
    account: Account, booking_id: int, occurrence_id: int, attendance: Attendance
) -> None:
    """Note when the people of a date came and left, instead of what was noted before.

    Raises:
        NotFound: the person may not decide on this booking, or it does not exist.
        Conflict: `already_decided`, when it is no longer confirmed; `too_early`, before its day.
        WrongTimes: a time is in the future, too far from the date, or they left before they came.
    """
    _note(account, booking_id, occurrence_id, lambda noted, now: attendance)


@retried
def note_arrival(account: Account, booking_id: int, occurrence_id: int) -> None:
    """Note that the people of a date have come just now; a time noted before stays.

    Raises:
        NotFound, Conflict, WrongTimes: as `note_attendance`.
    """

    def arrived(noted: Attendance, now: datetime) -> Attendance:
        return replace(noted, arrived_at=noted.arrived_at or now)

    _note(account, booking_id, occurrence_id, arrived)


@retried
def note_leaving(account: Account, booking_id: int, occurrence_id: int) -> None:
    """Note that the people of a date have left just now; a time noted before stays.

    Raises:
        NotFound, Conflict, WrongTimes: as `note_attendance`.
    """

    def left(noted: Attendance, now: datetime) -> Attendance:
        return replace(noted, left_at=noted.left_at or now)

    _note(account, booking_id, occurrence_id, left)


@retried
def mark_no_show(account: Account, booking_id: int, occurrence_id: int) -> None:
    """Record that nobody came to a date that has begun; what is left of its time becomes free.

    Raises:
        NotFound: the person may not decide on this booking, or it does not exist.
        Conflict: `already_decided`, when it is no longer confirmed; `not_begun`; `attended`, when
            an arrival or a leaving is noted.
    """
    with writing_on(booking_id) as now:
        booking, deciders, date = _date(account, booking_id, occurrence_id, now)
        if now < date.starts_at:
            raise Conflict("not_begun")
        if Attendance(date.arrived_at, date.left_at).is_noted:
            raise Conflict("attended")
        decide(account, booking, [date], Act.MARK_NO_SHOW, deciders, "", now)


def _note(
    account: Account,
    booking_id: int,
    occurrence_id: int,
    change: Callable[[Attendance, datetime], Attendance],
) -> None:
    with writing_by_rules(facility_id_of(booking_id)) as now:
        booking, deciders, date = _date(account, booking_id, occurrence_id, now)
        slot, zone = occurrence_slot(date), ZoneInfo(booking.facility.cluster.time_zone)
        if now < attendance_from(slot, zone):
            raise Conflict("too_early")
        noted = Attendance(date.arrived_at, date.left_at)
        attendance = change(noted, now.replace(second=0, microsecond=0))
        if attendance == noted:
            return
        if faults := list(attendance_faults(attendance, slot, now)):
            raise WrongTimes(faults)
        date.arrived_at, date.left_at = attendance.arrived_at, attendance.left_at
        write_log(
            booking,
            [date],
            now,
            before=date.state,
            after=date.state,
            deciders=deciders,
            actor_id=account.person_id,
            side=Side.OWNER,
            colleague=is_colleague(account, booking),
            event=Event.ATTENDANCE,
        )


def _date(
    account: Account, booking_id: int, occurrence_id: int, now: datetime
) -> tuple[Booking, Deciders, Occurrence]:
    """Return a date that is confirmed, or was until it was over, with its booking."""
    booking, deciders = booking_to_decide(account, booking_id, now)
    (date,) = chosen_dates(booking, [occurrence_id])
    if not date.state.allows(Act.MARK_NO_SHOW, Side.OWNER):
        raise Conflict("already_decided")
    return booking, deciders, date
