"""When people came and left, in words."""

from datetime import datetime
from zoneinfo import ZoneInfo

from booking.rules.attendance import Attendance, AttendanceFaultCode
from booking.rules.opening import local_day
from booking.rules.slots import Slot
from booking.wording import formats
from booking.wording.translator import gettext


def attendance_text(attendance: Attendance, slot: Slot, zone: ZoneInfo) -> str:
    """Return when the people of a date came and left: `arrived 09:10, left 16:45`; "" if unknown.

    Times are in `zone` (the facility's), with their day unless the date has only one.
    """
    arrived_at, left_at = attendance.arrived_at, attendance.left_at
    if arrived_at is not None and left_at is not None:
        return gettext(
            "arrived %(arrived)s, left %(left)s",
            arrived=_time(arrived_at, slot, zone),
            left=_time(left_at, slot, zone),
        )
    if arrived_at is not None:
        return gettext("arrived %(arrived)s", arrived=_time(arrived_at, slot, zone))
    if left_at is not None:
        return gettext("left %(left)s", left=_time(left_at, slot, zone))
    return ""


def _time(at: datetime, slot: Slot, zone: ZoneInfo) -> str:
    day = local_day(at, zone)
    if day == local_day(slot.starts_at, zone) == local_day(slot.ends_at, zone):
        return formats.wall(at, zone)
    return gettext("%(day)s, %(time)s", day=formats.short_day(day), time=formats.wall(at, zone))


def attendance_fault_text(code: AttendanceFaultCode) -> str:
    """Return what is wrong with a noted time, and what to do."""
    if code is AttendanceFaultCode.FUTURE:
        return gettext("This time has not come yet. Enter a time up to now.")
    if code is AttendanceFaultCode.TOO_FAR:
        return gettext("Enter a time at most a day before the booking starts or after it ends.")
    return gettext("People leave after they arrive. Change one of the times.")
