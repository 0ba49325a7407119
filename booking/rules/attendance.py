"""When the people of a date came and left: from when on that can be noted, and what is wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking.rules.lifecycle import Act, Side, State
from booking.rules.opening import ONE_DAY, day_starts_at, local_day
from booking.rules.slots import Slot


@dataclass(frozen=True)
class Attendance:
    """When people came and left (aware UTC); None: not noted."""

    arrived_at: datetime | None = None
    left_at: datetime | None = None

    @property
    def is_noted(self) -> bool:
        """Return whether either is noted."""
        return self.arrived_at is not None or self.left_at is not None


class AttendanceFaultCode(StrEnum):
    """What is wrong with a noted time."""

    FUTURE = "future"
    TOO_FAR = "too_far"  # more than a day before the date begins, or after it ends
    NOT_AFTER_ARRIVAL = "not_after_arrival"


@dataclass(frozen=True)
class AttendanceFault:
    """One fault, at a field of `Attendance`."""

    field: str
    code: AttendanceFaultCode


def attendance_from(slot: Slot, zone: ZoneInfo) -> datetime:
    """Return from when on (UTC) arrivals can be noted: the start of the date's first local day."""
    return day_starts_at(zone, local_day(slot.starts_at, zone))


def may_note_attendance(state: State, slot: Slot, zone: ZoneInfo, now: datetime) -> bool:
    """Return whether the owner may note who came to a date, or that nobody did once it began."""
    return state.allows(Act.MARK_NO_SHOW, Side.OWNER) and attendance_from(slot, zone) <= now


def attendance_faults(
    attendance: Attendance, slot: Slot, now: datetime
) -> Iterator[AttendanceFault]:
    """Yield what is wrong with these times of a date, at most one fault a field."""
    for field, at in (("arrived_at", attendance.arrived_at), ("left_at", attendance.left_at)):
        if at is None:
            continue
        if at > now:
            yield AttendanceFault(field, AttendanceFaultCode.FUTURE)
        elif not slot.starts_at - ONE_DAY <= at <= slot.ends_at + ONE_DAY:
            yield AttendanceFault(field, AttendanceFaultCode.TOO_FAR)
        elif (
            field == "left_at" and attendance.arrived_at is not None and at <= attendance.arrived_at
        ):
            yield AttendanceFault(field, AttendanceFaultCode.NOT_AFTER_ARRIVAL)
