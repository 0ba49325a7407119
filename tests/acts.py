"""Two acts on one booking at once: the acts, the ground they are done on, and what they leave.

The acts run in threads of this process, each with a session and a connection of its own. A round
has a booking and a day for itself, so that rounds do not meet.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask

from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.bookings.details import RequestDetails
from booking.bookings.disruption_models import Affected, GrantedException
from booking.bookings.models import (
    Booking,
    BookingCondition,
    BookingRequest,
    LogEntry,
    Occupancy,
    Occurrence,
)
from booking.clusters.models import Cluster
from booking.db import clock, transactions
from booking.decisions import expiry
from booking.decisions import service as deciding
from booking.decisions.proposing import Proposal, propose, withdraw_proposals
from booking.decisions.turns import offer_free_time
from booking.disruptions.resolve import keep_disrupted
from booking.errors import BookingError, Conflict, Invalid, Refused
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.facilities.models import Facility, Place
from booking.manage.closures.service import NewClosure, make
from booking.manage.closures.targets import Target
from booking.messages.models import Message
from booking.messages.service import NewMessage, write
from booking.notices.models import Notice
from booking.requests import service as asking
from booking.requests.answering import Suggestion, accept, decline_proposals, suggest
from booking.requests.changing import Change, DateChange, change_request
from booking.rules.closure_times import PlannedClosure
from booking.rules.lifecycle import Event, Side, State
from booking.rules.roles import RoleKind
from booking.rules.slots import Slot
from booking.rules.visibility import Account
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_partner,
    make_role,
    organisations_of,
)
from tests.racers import OVERLAPS

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
FIRST_DAY = NOW.date() + timedelta(days=60)
IN_A_WEEK = NOW.date() + timedelta(days=7)
LAPSES_AT = NOW + timedelta(days=30)
PROPOSED_UNTIL = NOW + timedelta(days=10)
#: When the first date lapses that may; each round has a second of its own, before all other dates.
FIRST_LAPSE = NOW + timedelta(days=1)
#: What every request says.
DETAILS = RequestDetails("Race", "To be first.", "experiment", people=1)
#: Seconds for both to reach the start of a round; only a bug takes so long.
TIMEOUT = 60

#: So many rounds have days of one facility.
DAYS = 40

_own_time = threading.local()


@dataclass(frozen=True)
class Ground:
    """A facility with two of each side, by role: so that no act is anybody's second one."""

    cluster_id: int
    facility_id: int
    place_id: int
    people: Mapping[str, int]
    accounts: Mapping[str, Account]
    #: Of the partners, and of who waits.
    organisation_ids: tuple[int, int]

    def roles(self) -> dict[int | None, str | None]:
        """Return the role of each person, and None for nobody."""
        return {None: None, **{key: name for name, key in self.people.items()}}


@dataclass(frozen=True)
class Round:
    """A booking with a date, and a proposal in its place; `number` makes its day and second.

    Where somebody waits for the time of the date, `waiting_id` is their booking.
    """

    ground: Ground
    number: int
    lapses_at: datetime
    booking_id: int = 0
    date_id: int = 0
    proposal_id: int = 0
    waiting_id: int = 0
    edits_more: bool = False

    @property
    def instant(self) -> datetime:
        """Return when the worker comes by, which acts in the order of its rounds."""
        return FIRST_LAPSE + timedelta(seconds=self.number)

    def slot(self, hour: int, hours: int = 2) -> Slot:
        """Return some hours of the day of the round."""
        day = FIRST_DAY + timedelta(days=self.number % DAYS)
        start = datetime.combine(day, time(hour), UTC)
        return Slot(start, start + timedelta(hours=hours))


@dataclass(frozen=True)
class Doing:
    """Somebody who acts in a round; `first`: of the two of their side, the first one."""

    round: Round
    first: bool

    def _account(self, side: str) -> Account:
        return self.round.ground.accounts[f"{side} {1 if self.first else 2}"]

    @property
    def decider(self) -> Account:
        """Return who decides."""
        return self._account("approver")

    @property
    def partner(self) -> Account:
        """Return who asked, or their colleague."""
        return self._account("partner")

    def decision(self, reason: str = "", exception: str = "") -> deciding.Decision:
        """Return a decision on the date."""
        return deciding.Decision(
            self.round.booking_id, frozenset({self.round.date_id}), reason, exception, seen=0
        )

    def suggestion(self, key: int, hour: int) -> Suggestion:
        """Return that the partner wants two other hours in the place of this date."""
        return Suggestion(self.round.booking_id, key, (self.round.slot(hour),), False, 1)


def _ask(doing: Doing) -> None:
    words = "Which crane?" if doing.first else "Which sensors?"
    write(doing.decider, Side.OWNER, NewMessage(doing.round.booking_id, words, True, IN_A_WEEK))


def _propose(doing: Doing) -> None:
    slot = doing.round.slot(20)
    propose(
        doing.decider,
        Proposal(doing.round.booking_id, doing.round.date_id, (slot,), False, 1, IN_A_WEEK),
    )


def _edit(doing: Doing) -> None:
    """Make the date an hour longer, which needs a yes, or shorter, which needs none."""
    slot = doing.round.slot(10, 3 if doing.round.edits_more else 1)
    date = DateChange(doing.round.date_id, slot, False, 1)
    change_request(doing.partner, Change(doing.round.booking_id, DETAILS, date))


def _cancel(doing: Doing) -> None:
    if doing.first:
        ids = {doing.round.date_id}
        asking.cancel(doing.partner, doing.round.booking_id, ids, "Off.")
    else:
        deciding.cancel(doing.decider, doing.decision("Off."))


def _close(doing: Doing) -> None:
    """Close over the date and what may be in its place; both closures are the same."""
    ground, day = doing.round.ground, doing.round.slot(0).starts_at.date()
    closing = PlannedClosure(day, day, time(9), time(23))
    target = Target(ground.cluster_id, ground.facility_id)
    make(doing.decider, NewClosure(target, closing, f"Works {doing.round.number}", True))


def _expire(doing: Doing) -> None:
    _own_time.now = doing.round.instant
    expiry.lapse_due()


def _turn(doing: Doing) -> None:
    _own_time.now = doing.round.instant
    offer_free_time()


ACTS: Mapping[str, Callable[[Doing], object]] = {
    "confirm": lambda d: deciding.confirm(d.decider, d.decision("", "They know.")),
    "decline": lambda d: deciding.decline(d.decider, d.decision("No.")),
    "ask": _ask,
    "propose": _propose,
    "take": lambda d: accept(d.partner, d.round.booking_id, d.round.proposal_id),
    "none of these": lambda d: decline_proposals(
        d.partner, d.round.booking_id, [d.round.proposal_id]
    ),
    "counter": lambda d: suggest(d.partner, d.suggestion(d.round.proposal_id, 18)),
    "another time": lambda d: suggest(d.partner, d.suggestion(d.round.date_id, 16)),
    "edit": _edit,
    "withdraw": lambda d: asking.withdraw(d.partner, d.round.booking_id, [d.round.date_id]),
    "withdraw proposal": lambda d: withdraw_proposals(
        d.decider, d.round.booking_id, [d.round.proposal_id]
    ),
    "cancel": _cancel,
    "resolve": lambda d: keep_disrupted(d.decider, [d.round.date_id], "Agreed by phone."),
    "expire": _expire,
    "close": _close,
    "turn": _turn,
}
"""Everything that may happen to a date that is open or agreed."""

_REQUESTED, _CONFIRMED, _ACCEPTED = State.REQUESTED, State.CONFIRMED, State.ACCEPTED
_ENDS_OPEN = {"decline", "withdraw", "expire"}


@dataclass(frozen=True, order=True)
class Pair:
    """Two acts at once; the date is requested, accepted or confirmed before.

    `edits_more`: an edit makes it longer, else shorter.
    """

    first: str
    second: str
    state: State
    edits_more: bool = False

    @property
    def affected(self) -> bool:
        """Return whether a closure affects the date before."""
        return "resolve" in (self.first, self.second)

    @property
    def waits(self) -> bool:
        """Return whether somebody is on the waiting list for the time of the date."""
        return "turn" in (self.first, self.second)

    @property
    def lapses(self) -> bool:
        """Return whether the date lapses during the round."""
        return "expire" in (self.first, self.second)


def every_pair(*, in_all_states: bool) -> list[Pair]:
    """Return every pair of acts, also of an act with itself; those with an edit in both kinds.

    Each in a state in which both can be done, else one of them after the other. Where several
    will do, the pairs take turns, unless `in_all_states`.
    """
    names = list(ACTS)
    found = []
    for number, first in enumerate(names):
        for second in names[number:]:
            states = _states_for({first, second})
            if not in_all_states:
                states = [states[len(found) % len(states)]]
            kinds = (False, True) if "edit" in (first, second) else (False,)
            found += [Pair(first, second, state, kind) for state in states for kind in kinds]
    # Who lets dates expire later would also end what still waits.
    return sorted(found, key=lambda pair: (pair.waits, not pair.lapses))


def _states_for(acts: set[str]) -> list[State]:
    if "confirm" in acts:
        return [_REQUESTED]
    if acts & _ENDS_OPEN:
        return [_REQUESTED, _ACCEPTED]
    return [_CONFIRMED] if "cancel" in acts else [_REQUESTED, _CONFIRMED, _ACCEPTED]


# --- the ground -------------------------------------------------------------------------------


def make_ground() -> Ground:
    """Make a facility with one place, two who decide and two partners of one firm."""
    cluster = make_cluster(answer_days=1, time_zone="UTC")
    hall = make_hall(cluster)
    partner = make_partner()
    other = make_partner(organisation=partner.organisation)
    people = {"partner 1": partner.id, "partner 2": other.id, "waiting partner": make_partner().id}
    for number in (1, 2):
        people[f"approver {number}"] = make_approver(hall).id
    place_id = db.session.scalars(sa.select(Place.id).where(Place.facility_id == hall.id)).one()
    firms = [organisations_of(people[role])[0].id for role in ("partner 1", "waiting partner")]
    accounts = {role: account_of(key) for role, key in people.items()}
    db.session.rollback()
    return Ground(cluster.id, hall.id, place_id, people, accounts, (firms[0], firms[1]))


def make_hall(cluster: Cluster) -> Facility:
    """Make a facility that holds requested dates; one firm may have any number of them."""
    unlimited = {"most_open_requests": 1000, "most_held_days": 1000, "waiting_list_days": 2}
    return make_facility(cluster, hours=None, pending_holds=True, **unlimited)


def another_hall(ground: Ground) -> Ground:
    """Return the ground with another facility, so that its days are free.

    Each has few rounds: much of what acts do takes the longer the more dates there are.
    """
    cluster = db.session.get_one(Facility, ground.facility_id).cluster
    hall = make_hall(cluster)
    for number in (1, 2):
        key = ground.people[f"approver {number}"]
        make_role(db.session.get_one(Person, key), RoleKind.APPROVER, hall)
    place_id = db.session.scalars(sa.select(Place.id).where(Place.facility_id == hall.id)).one()
    db.session.rollback()
    return replace(ground, facility_id=hall.id, place_id=place_id)


def prepare(ground: Ground, pairs: Sequence[Pair], first_number: int) -> list[Round]:
    """Save what each of these pairs is to meet; returns a round for each, in the same order."""
    made = []
    for number, pair in enumerate(pairs, first_number):
        one = Round(ground, number, LAPSES_AT, edits_more=pair.edits_more)
        one = replace(one, lapses_at=one.instant if pair.lapses else LAPSES_AT)
        made.append((one, *_rows(one, pair)))
    db.session.add_all(booking for _, booking, *_ in made)
    rounds_of_pairs = zip((one for one, *_ in made), pairs, strict=True)
    waiting = {one.number: _let_wait(one) for one, pair in rounds_of_pairs if pair.waits}
    db.session.flush()
    for one, _, date, proposal in made:
        proposal.replaces_id = date.id
        if one.number in waiting:
            (waits,) = waiting[one.number].occurrences
            _log(one, waits, None, "requester", "waiting partner")
        _log_and_places(one, date, proposal)
        if pairs[one.number - first_number].affected:
            _affect(one, date)
        if date.state is State.ACCEPTED:
            _ask_something(date)
    rounds = [
        replace(
            one,
            booking_id=booking.id,
            date_id=date.id,
            proposal_id=proposal.id,
            waiting_id=waiting[one.number].id if one.number in waiting else 0,
        )
        for one, booking, date, proposal in made
    ]
    db.session.commit()
    db.session.remove()  # what the acts leave is read anew
    return rounds


def _rows(one: Round, pair: Pair) -> tuple[Booking, Occurrence, Occurrence]:
    standing = _date(one, 10, pair.state, one.lapses_at)
    proposal = _date(one, 13, State.PROPOSED, PROPOSED_UNTIL)
    booking = Booking(
        request=_request(one, f"R{one.number:06}", "partner 1"),
        facility_id=one.ground.facility_id,
        due_at=NOW + timedelta(days=1, hours=9),
        occurrences=[standing, proposal],
    )
    return booking, standing, proposal


def _let_wait(one: Round) -> Booking:
    """Let somebody wait for the time of the date until the next round."""
    date = _date(one, 10, State.WAITING, one.instant + timedelta(seconds=1))
    date.uid, date.began_waiting = f"{one.number}-waiting", True
    booking = Booking(
        request=_request(one, f"W{one.number:06}", "waiting partner"),
        facility_id=one.ground.facility_id,
        occurrences=[date],
    )
    db.session.add(booking)
    return booking


def _date(one: Round, hour: int, state: State, lapses_at: datetime | None) -> Occurrence:
    slot = one.slot(hour)
    return Occurrence(
        facility_id=one.ground.facility_id,
        uid=f"{one.number}-{hour}",
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        places=1,
        state=state,
        lapses_at=lapses_at,
        changed_at=NOW,
    )


def _request(one: Round, reference: str, role: str) -> BookingRequest:
    return BookingRequest(
        reference=reference,
        organisation_id=one.ground.organisation_ids[role == "waiting partner"],
        requester_id=one.ground.people[role],
        details=DETAILS,
        sent_at=NOW,
        idempotency_key=reference,
    )


def _log_and_places(one: Round, date: Occurrence, proposal: Occurrence) -> None:
    _log(one, date, None, "requester", "partner 1", State.REQUESTED)
    if date.state is not State.REQUESTED:
        _log(one, date, State.REQUESTED, "owner", "approver 1")
    _log(one, proposal, None, "owner", "approver 1")
    for about in (date, proposal):
        firm = about.state is State.CONFIRMED
        db.session.add(
            Occupancy(
                place_id=one.ground.place_id,
                occurrence_id=about.id,
                starts_at=about.starts_at,
                ends_at=about.ends_at,
                held_until=None if firm else about.lapses_at,
            )
        )


def _log(
    one: Round,
    date: Occurrence,
    before: State | None,
    side: str,
    role: str,
    after: State | None = None,
) -> None:
    db.session.add(
        LogEntry(
            booking_id=date.booking_id,
            at=NOW,
            actor_id=one.ground.people[role],
            side=side,
            before=before,
            after=after or date.state,
            occurrence_ids=[date.id],
        )
    )


def _ask_something(date: Occurrence) -> None:
    """Hang a condition on a booking, without which its date is not final."""
    db.session.add(
        BookingCondition(
            booking_id=date.booking_id,
            kind="insurance",
            text="Liability of 5 million euros",
            stage="before_final",
            due_at=date.lapses_at,
            status="open",
            added_at=NOW,
        )
    )


def _affect(one: Round, date: Occurrence) -> None:
    slot = ClosureSlot(starts_at=date.starts_at, ends_at=date.ends_at)
    ground = one.ground
    closure = Closure(
        cluster_id=ground.cluster_id,
        facility_id=ground.facility_id,
        reason=f"Before {one.number}",
        slots=[slot],
    )
    db.session.add(closure)
    db.session.flush()
    mark = {"cause": "closure", "closure_id": closure.id, "marked_at": NOW}
    db.session.add(Affected(occurrence_id=date.id, **mark))


# --- acting -----------------------------------------------------------------------------------


def time_of_this_thread() -> datetime:
    """Return the present for the clock: NOW, but for who lets dates expire."""
    return getattr(_own_time, "now", NOW)


def act(name: str, doing: Doing) -> str:
    """Do it; return what a person would get: "ok", or the status with its codes."""
    _own_time.now = NOW
    try:
        ACTS[name](doing)
    except Conflict as conflict:
        return f"409 {conflict.code}"
    except Refused as refused:
        return "422 " + " ".join(sorted({one.code for one in refused.refusals}))
    except Invalid as invalid:
        return f"422 {invalid.code}"
    except BookingError as error:
        return repr(error)
    except Exception as error:  # noqa: BLE001 - anything that a person would see as a 500
        return f"500 {error!r}"
    finally:
        _own_time.now = NOW
        db.session.remove()
    return "ok"


def let_expire_before(number: int) -> None:
    """Let what still waits of rounds before this number expire, so that no later one meets it."""
    _own_time.now = FIRST_LAPSE + timedelta(seconds=number - 1)
    expiry.lapse_due()
    _own_time.now = NOW
    db.session.remove()


def one_after_the_other(pair: Pair, one: Round, *, first_first: bool) -> tuple[str, str]:
    """Do both, one after the other; return the answers to the first and the second act."""
    answers = {}
    for is_first in (True, False) if first_first else (False, True):
        name = pair.first if is_first else pair.second
        answers[is_first] = act(name, Doing(one, is_first))
    return answers[True], answers[False]


@dataclass
class Lock:
    """Notes in which order the acts of a round get the lock of the tree.

    Some act does not always want it, such as the worker's when there is nothing to do.
    """

    lane: threading.local = field(default_factory=threading.local)
    got: list[bool] = field(default_factory=list)
    #: Set once one act has the lock, or has ended without.
    taken: threading.Event = field(default_factory=threading.Event)

    def note(self) -> None:
        """Note that the act of this thread has it."""
        is_first = getattr(self.lane, "is_first", None)
        if is_first is not None and is_first not in self.got:
            self.got.append(is_first)
            self.taken.set()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note each lock that is taken meanwhile."""
        look_around = transactions._look_around

        def noting(*args: Any, **others: Any) -> Any:
            self.note()
            return look_around(*args, **others)

        transactions._look_around = noting
        try:
            yield
        finally:
            transactions._look_around = look_around


def at_once(
    app: Flask, pairs: Sequence[Pair], rounds: Sequence[Round]
) -> tuple[list[tuple[str, str]], list[list[bool]]]:
    """Do both acts of each round at once.

    Returns by round their answers, and which got the lock in which order: True is the first act.
    In half of the rounds both start at the same instant; in the others one of them starts as soon
    as the other has the lock, so that all that it read before is old when it gets it.
    """
    barrier, lock = threading.Barrier(2), Lock()
    answers: list[list[str]] = [["", ""] for _ in rounds]
    orders: list[list[bool]] = []

    def race(lane: int) -> None:
        for number, (pair, one) in enumerate(zip(pairs, rounds, strict=True)):
            # Who is started first would else be first in each round.
            is_first = (number // 4 + lane) % 2 == 0
            if lane == 0:
                lock.got, lock.taken = [], threading.Event()
            barrier.wait(TIMEOUT)
            lock.lane.is_first = is_first
            follows = number % 4 == (1 if is_first else 3)
            if follows:
                lock.taken.wait(TIMEOUT)
            with app.app_context():
                name = pair.first if is_first else pair.second
                answers[number][0 if is_first else 1] = act(name, Doing(one, is_first))
            lock.taken.set()
            barrier.wait(TIMEOUT)
            if lane == 0:
                orders.append(lock.got)

    lanes = [threading.Thread(target=race, args=(lane,)) for lane in (0, 1)]
    with lock.watched():
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
    return [(first, second) for first, second in answers], orders


# --- what is left -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A line of the log: what happened to which dates, who did it, and who was told as what."""

    event: str
    before: str | None
    after: str | None
    side: str
    actor: str | None
    dates: tuple[str, ...]
    reason: str
    told: tuple[tuple[str | None, str], ...]


@dataclass(frozen=True)
class Left:
    """What a round has left, in words that are the same for each round of its pair."""

    answers: tuple[str, str]
    dates: tuple[Any, ...] = ()
    due_at: datetime | None = None
    log: tuple[Line, ...] = ()
    marks: tuple[Any, ...] = ()
    exceptions: tuple[Any, ...] = ()
    messages: tuple[Any, ...] = ()
    conditions: tuple[Any, ...] = ()


def all_left(rounds: Sequence[Round], answers: Iterable[tuple[str, str]]) -> list[Left]:
    """Return what these rounds have left, in the same order."""
    ids = [key for one in rounds for key in (one.booking_id, one.waiting_id) if key]
    bookings = {one.id: one for one in _rows_of(Booking, Booking.id, ids)}
    dates = _by(_rows_of(Occurrence, Occurrence.booking_id, ids), "booking_id")
    keys = [date.id for some in dates.values() for date in some]
    taken = _by(_rows_of(Occupancy, Occupancy.occurrence_id, keys), "occurrence_id")
    marks = _by(_rows_of(Affected, Affected.occurrence_id, keys), "occurrence_id")
    granted = _by(_rows_of(GrantedException, GrantedException.occurrence_id, keys), "occurrence_id")
    log = _by(_rows_of(LogEntry, LogEntry.booking_id, ids), "booking_id")
    notices = _by(_rows_of(Notice, Notice.booking_id, ids), "log_id")
    messages = _by(_rows_of(Message, Message.booking_id, ids), "booking_id")
    hung = _by(_rows_of(BookingCondition, BookingCondition.booking_id, ids), "booking_id")
    found = []
    for one, answer in zip(rounds, answers, strict=True):
        here = [*dates[one.booking_id], *dates[one.waiting_id]]
        lines = [*log[one.booking_id], *log[one.waiting_id]]
        told = _Teller(one, here)
        found.append(
            Left(
                answer,
                tuple(told.date(date, taken[date.id]) for date in here),
                bookings[one.booking_id].due_at,
                tuple(told.line(line, notices[line.id]) for line in lines),
                tuple(
                    (told.names[date.id], mark.cause, mark.resolved_how)
                    for date in here
                    for mark in marks[date.id]
                ),
                tuple(
                    (told.names[date.id], tuple(exception.codes), exception.reason)
                    for date in here
                    for exception in granted[date.id]
                ),
                tuple(told.message(message) for message in messages[one.booking_id]),
                tuple((row.status, told.when(row.due_at)) for row in hung[one.booking_id]),
            )
        )
    db.session.rollback()
    return found


def _rows_of(model: Any, column: Any, ids: Sequence[int]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(ids), 500):
        query = sa.select(model).where(column.in_(ids[start : start + 500])).order_by(model.id)
        found += db.session.scalars(query)
    return found


def _by(rows: Iterable[Any], name: str) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


@dataclass
class _Teller:
    """Says what rows hold without ids, and with times as seen from the round."""

    round: Round
    dates: Sequence[Occurrence]
    names: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seen: Counter[str] = Counter()
        for date in sorted(self.dates, key=lambda date: date.id):
            starts = self.when(date.starts_at)
            seen[starts] += 1
            self.names[date.id] = starts if seen[starts] == 1 else f"{starts} #{seen[starts]}"
        self.roles = self.round.ground.roles()

    def when(self, instant: datetime | None) -> str:
        """Return an instant as seen from the round."""
        if instant is None:
            return "never"
        if instant == self.round.lapses_at:
            return "as before"
        if instant == self.round.instant + timedelta(seconds=1):
            return "with the round"
        midnight = self.round.slot(0).starts_at
        if midnight <= instant:
            return f"{(instant - midnight).total_seconds() / 3600} h"
        return instant.isoformat()

    def date(self, date: Occurrence, taken: Sequence[Occupancy]) -> tuple[Any, ...]:
        """Return all about a date."""
        replaces = self.names[date.replaces_id] if date.replaces_id else None
        rows = sorted(
            (self.when(one.starts_at), self.when(one.ends_at), self.when(one.held_until))
            for one in taken
        )
        goes_on = date.feed_uid and date.feed_uid.partition("-")[2]
        ends, lapses = self.when(date.ends_at), self.when(date.lapses_at)
        where = self.names[date.id], ends, date.state, replaces
        return *where, lapses, date.revision, goes_on, *rows

    def line(self, line: LogEntry, notices: Sequence[Notice]) -> Line:
        """Return a line of the log; `after` None: the state stays."""
        return Line(
            line.event,
            line.before,
            line.after if line.event == Event.STEP else None,
            line.side,
            self.roles[line.actor_id],
            tuple(sorted(self.names[key] for key in line.occurrence_ids)),
            "" if line.reason.startswith("Works") else line.reason,
            tuple(sorted((self.roles[one.person_id] or "", one.side) for one in notices)),
        )

    def message(self, message: Message) -> tuple[Any, ...]:
        """Return all about a message."""
        before = sorted(
            (self.names[int(key)], self.when(datetime.fromisoformat(at)))
            for key, at in message.lapses_before.items()
        )
        return message.text, message.is_question, message.due_before, message.answered_at, *before


def no_place_is_shared() -> bool:
    """Return whether no two occupancies of one place share an instant, asked by SQL."""
    found = db.session.execute(OVERLAPS).scalar_one() == 0
    db.session.rollback()
    return bool(found)


def use_clock_of_threads() -> None:
    """Let the clock show each thread its own time."""
    clock.set_source(time_of_this_thread)
