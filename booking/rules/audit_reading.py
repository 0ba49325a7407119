"""Who reads which entry of the log of who changed what; `audit.reading` is the same as a query."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from booking.rules.audit_events import EVENTS, Area, Event

#: What an admin reads of everybody. Of bookings they read only that something happened.
ADMINS_AREAS = frozenset(Area) - {Area.BOOKINGS}
#: What is about bookings: nothing of others' for those who may compete.
ABOUT_BOOKINGS = frozenset({Area.BOOKINGS, Area.OPENED})
#: What everybody who works for an organisation reads of it, and what its managers read.
MEMBERS_AREAS = frozenset({Area.ORGANISATIONS})
MANAGERS_AREAS = frozenset({Area.ORGANISATIONS, Area.ACCOUNTS}) | ABOUT_BOOKINGS
#: What those who decide on a facility read of it.
DECIDERS_AREAS = frozenset({Area.SETTINGS, Area.ROLES})


@dataclass(frozen=True)
class LogReader:
    """Who wants to read the log.

    `organisation_id` is the one for which they act. `clusters` are those they run or audit,
    `facilities` those on which they decide. `works_for_others`: they work, or once worked, for an
    organisation, which may compete with others.
    """

    person_id: int
    organisation_id: int | None = None
    is_manager: bool = False
    clusters: frozenset[int] = frozenset()
    facilities: frozenset[int] = frozenset()
    is_admin: bool = False
    works_for_others: bool = False


class LogLine(Protocol):
    """What decides who reads an entry."""

    @property
    def event(self) -> str:
        """Return the value of an `Event`."""

    @property
    def person_id(self) -> int | None:
        """Return whom it is about."""

    @property
    def organisation_id(self) -> int | None:
        """Return the organisation that it is about."""

    @property
    def cluster_id(self) -> int | None:
        """Return the cluster that it is about."""

    @property
    def facility_id(self) -> int | None:
        """Return the facility that it is about."""


class Reads(StrEnum):
    """What somebody reads of an entry."""

    NOTHING = "nothing"
    HAPPENED = "happened"
    """That and when it happened, not what it was or who did it."""
    ALL = "all"


def reads_entry(reader: LogReader, line: LogLine) -> Reads:
    """Return what somebody reads of an entry of the log."""
    if may_read_entry(reader, line):
        return Reads.ALL
    is_step = area_of(line) is Area.BOOKINGS
    return Reads.HAPPENED if reader.is_admin and is_step else Reads.NOTHING


def may_read_entry(reader: LogReader, line: LogLine) -> bool:
    """Return whether somebody reads all of an entry: it concerns them, or what is theirs to run.

    Who works for an organisation that may compete reads no steps of others' bookings, whatever
    they run.
    """
    area = area_of(line)
    if line.person_id == reader.person_id:
        return True
    of_organisation = MANAGERS_AREAS if reader.is_manager else MEMBERS_AREAS
    works_there = reader.organisation_id is not None and (
        line.organisation_id == reader.organisation_id
    )
    if works_there and area in of_organisation:
        return True
    competes = reader.works_for_others and area in ABOUT_BOOKINGS
    if line.cluster_id in reader.clusters and not competes:
        return True
    if line.facility_id in reader.facilities and area in DECIDERS_AREAS:
        return True
    return reader.is_admin and area in ADMINS_AREAS


def reads_texts(reader: LogReader, line: LogLine) -> bool:
    """Return whether somebody who reads an entry also reads the texts that owners wrote for theirs.

    How to get in, why it is closed, saved replies: not for admins.
    """
    return line.cluster_id in reader.clusters or line.facility_id in reader.facilities


def area_of(line: LogLine) -> Area:
    """Return what kind of thing an entry belongs to."""
    return EVENTS[Event(line.event)].area
