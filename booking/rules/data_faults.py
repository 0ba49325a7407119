"""What must always be true of stored data: the parts that follow from values alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

from booking.rules.availability import PlaceAssignment
from booking.rules.lifecycle import Event, State
from booking.rules.slots import Slot


class FaultCode(StrEnum):
    """What is wrong with a row."""

    # a date
    NO_PLACES = "no_places"
    TOO_FEW_PLACES = "too_few_places"
    TOO_MANY_PLACES = "too_many_places"
    SLOT_NOT_COVERED = "slot_not_covered"
    OTHER_FACILITYS_PLACE = "other_facilitys_place"
    CONFIRMED_BUT_HELD = "confirmed_but_held"
    HOLD_ENDS_AT_ANOTHER_TIME = "hold_ends_at_another_time"
    NEVER_EXPIRES = "never_expires"
    ENDED_BUT_TAKES = "ended_but_takes"
    OTHER_FACILITY_THAN_BOOKING = "other_facility_than_booking"
    CLOSED_BUT_NOT_AFFECTED = "closed_but_not_affected"
    ENDED_BUT_AFFECTED = "ended_but_affected"
    REPLACES_DATE_OF_OTHER_REQUEST = "replaces_date_of_other_request"
    # the log of a booking
    NOT_IN_LOG = "not_in_log"
    STATE_NOT_FROM_LOG = "state_not_from_log"
    LOG_DOES_NOT_FOLLOW = "log_does_not_follow"
    LOG_OF_OTHER_BOOKING = "log_of_other_booking"
    # other rows
    OVERLAP = "overlap"
    CYCLE = "cycle"
    WRONG_ROOT = "wrong_root"
    OTHER_CLUSTER = "other_cluster"
    TIMETABLES_OVERLAP = "timetables_overlap"
    NO_ORGANISATION = "no_organisation"
    NO_DATES = "no_dates"
    NOTICE_OF_OTHER_BOOKING = "notice_of_other_booking"
    MESSAGE_OF_OTHER_BOOKING = "message_of_other_booking"
    MISSING_ROW = "missing_row"
    MISSING_FILE = "missing_file"
    NO_OVERLAP_GUARD = "no_overlap_guard"


def place_faults(
    slot: Slot,
    seats: Sequence[PlaceAssignment],
    places: int,
    own: Set[int],
    whole: Set[int] | None,
) -> Iterator[FaultCode]:
    """Yield what is wrong with the places that a date takes.

    It takes `places` of its `own` at each instant, or, if `whole` is not None, all of those
    throughout. It takes them from one start to one end, set-up and clean-up included, which terms
    may have changed since; so they must cover at least `slot`.
    """
    if not seats:
        yield FaultCode.NO_PLACES
        return
    allowed = own if whole is None else whole
    if not {seat.place_id for seat in seats} <= allowed:
        yield FaultCode.OTHER_FACILITYS_PLACE
    needed = places if whole is None else len(whole)
    steps: dict[object, int] = {}
    for seat in seats:
        steps[seat.slot.starts_at] = steps.get(seat.slot.starts_at, 0) + 1
        steps[seat.slot.ends_at] = steps.get(seat.slot.ends_at, 0) - 1
    first = min(seat.slot.starts_at for seat in seats)
    last = max(seat.slot.ends_at for seat in seats)
    taken, counts = 0, []
    for at in sorted(steps):  # type: ignore[type-var]
        taken += steps[at]
        if at != last:
            counts.append(taken)
    if min(counts) < needed:
        yield FaultCode.TOO_FEW_PLACES
    if max(counts) > needed:
        yield FaultCode.TOO_MANY_PLACES
    if not Slot(first, last).contains(slot):
        yield FaultCode.SLOT_NOT_COVERED


@dataclass(frozen=True)
class TreeNode:
    """A facility in its tree."""

    id: int
    parent_id: int | None
    root_id: int | None
    cluster_id: int


def tree_faults(nodes: Mapping[int, TreeNode]) -> Iterator[tuple[int, FaultCode]]:
    """Yield the id of each facility that stands wrongly in its tree, and what is wrong."""
    for node in nodes.values():
        top, seen = node, {node.id}
        while (above := nodes.get(top.parent_id or 0)) is not None and above.id not in seen:
            seen.add(above.id)
            top = above
        if above is not None:
            yield node.id, FaultCode.CYCLE
        elif node.root_id != top.id:
            yield node.id, FaultCode.WRONG_ROOT
        parent = nodes.get(node.parent_id or 0)
        if parent is not None and parent.cluster_id != node.cluster_id:
            yield node.id, FaultCode.OTHER_CLUSTER


@dataclass(frozen=True)
class LoggedStep:
    """One line of a booking's log."""

    event: str
    before: str | None
    after: str
    occurrence_ids: tuple[int, ...]


def log_faults(
    states: Mapping[int, State], log: Iterable[LoggedStep]
) -> Iterator[tuple[int, FaultCode]]:
    """Yield the id of each date of a booking whose state its log does not lead to.

    `states` has the state of each date by its id, `log` the lines, oldest first.
    """
    reached: dict[int, str] = {}
    broken: set[int] = set()
    for line in log:
        for key in line.occurrence_ids:
            if key not in states:
                yield key, FaultCode.LOG_OF_OTHER_BOOKING
            elif reached.get(key) != line.before and key not in broken:
                broken.add(key)
                yield key, FaultCode.LOG_DOES_NOT_FOLLOW
            if line.event == Event.STEP:
                reached[key] = line.after
    for key, state in states.items():
        if key not in reached:
            yield key, FaultCode.NOT_IN_LOG
        elif reached[key] != state:
            yield key, FaultCode.STATE_NOT_FROM_LOG
