"""Entering one's own absence, and ending it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa

from booking.absences.queries import days_taken, deciding_in, zones_of
from booking.accounts.absences import read_absences
from booking.accounts.account_log import AccountEvent, log_account_change
from booking.accounts.memberships import ever_organisation_ids_of
from booking.accounts.models import Absence as AbsenceRow
from booking.accounts.models import Person
from booking.accounts.queries import account_now
from booking.accounts.roles import decides_in
from booking.audit.recording import record
from booking.db.in_ids import in_ids
from booking.db.rules_number import claim_rules
from booking.db.transactions import retried, writing
from booking.errors import BookingError, Invalid, NotFound
from booking.extensions import db
from booking.facilities.deciders import DecisionTable, read_named_rows
from booking.facilities.models import Facility
from booking.facilities.tree import node_chains
from booking.rules.absences import Absence, Absences, AbsentDays, StandIn, absence_fault
from booking.rules.audit_events import Event
from booking.rules.opening import day_starts_at, local_day
from booking.rules.visibility import Account, Viewer


@dataclass(frozen=True)
class NewAbsence:
    """What somebody entered: first and last day, and the e-mail address of a stand-in, or None.

    `acknowledged` is the `CoordinatorsDecide.key` that they have read, "" for none.
    """

    first: date
    last: date
    stand_in: str | None = None
    acknowledged: str = ""


class NobodyLeft(BookingError):
    """Nobody would decide on these facilities, by name, while the person is away."""

    def __init__(self, facilities: Sequence[str]) -> None:
        super().__init__(", ".join(facilities))
        self.facilities = tuple(facilities)


class CoordinatorsDecide(BookingError):
    """The coordinators would decide on these facilities, by name; it has not been acknowledged.

    `key` stands for the absence and these facilities.
    """

    def __init__(self, facilities: Sequence[str], key: str) -> None:
        super().__init__(", ".join(facilities))
        self.facilities = tuple(facilities)
        self.key = key


@retried
def enter_absence(account: Account, new: NewAbsence) -> None:
    """Enter days on which the person is away, in their own name; the stand-in is told.

    Raises:
        NotFound: the person decides nowhere.
        Invalid: `first` is `past`, `too_far` or `overlaps`; `last` is `before_first` or
            `too_long`; `stand_in` is `self`, `unknown` (nobody who decides in the same cluster,
            or deactivated) or `away` on one of the days.
        NobodyLeft: nobody would decide on a facility.
        CoordinatorsDecide: no approver would decide on a facility, and that is not acknowledged.
    """
    with writing() as now:
        claim_rules()
        viewer = account_now(account).viewer
        zones = zones_of(viewer)
        if not zones:
            raise NotFound("role")
        today = min(local_day(now, zone) for zone in zones.values())
        fault = absence_fault(new.first, new.last, today, days_taken(account.person_id, today))
        if fault is not None:
            raise Invalid(*fault)
        days = AbsentDays(new.first, new.last)
        known = read_absences(now)
        stand_in = _stand_in(new.stand_in, viewer, days, known) if new.stand_in else None
        absence = Absence(account.person_id, days, stand_in)
        _check_who_is_left(absence, known, viewer, new)
        db.session.add(
            AbsenceRow(
                person_id=account.person_id,
                first_day=new.first,
                last_day=new.last,
                stand_in_id=None if stand_in is None else stand_in.person_id,
                entered_at=now,
            )
        )
        record(
            Event.ABSENCE_ENTERED,
            now=now,
            actor=account.person_id,
            person=account.person_id,
            after={"first_day": new.first, "last_day": new.last},
        )
        if stand_in is not None:
            log_account_change(
                AccountEvent.STAND_IN_NAMED,
                db.session.get_one(Person, stand_in.person_id),
                now,
                actor_id=account.person_id,
            )


def _stand_in(email: str, viewer: Viewer, days: AbsentDays, known: Absences) -> StandIn:
    person = db.session.scalar(
        sa.select(Person).where(Person.email == email.strip().lower(), Person.is_active)
    )
    if person is not None and person.id == viewer.person_id:
        raise Invalid("stand_in", "self")
    clusters = viewer.coordinates | viewer.approver_clusters
    if person is None or person.id not in set(db.session.scalars(deciding_in(clusters))):
        raise Invalid("stand_in", "unknown")
    if any(one.days.overlaps(days) for one in known.of(person.id)):
        raise Invalid("stand_in", "away")
    there = frozenset(db.session.scalars(decides_in(sa.literal(person.id))))
    return StandIn(person.id, True, ever_organisation_ids_of(person.id), there)


def _check_who_is_left(absence: Absence, known: Absences, viewer: Viewer, new: NewAbsence) -> None:
    """Check on each day on which it may differ who decides with this absence, and without it."""
    zones = zones_of(viewer)
    facilities = db.session.execute(
        sa.select(Facility.id, Facility.cluster_id, Facility.name)
        .where(in_ids(Facility.cluster_id, zones))
        .order_by(Facility.name, Facility.id)
    ).all()
    chains = node_chains(one.id for one in facilities)
    named = read_named_rows()
    with_it = known.plus(absence)
    nobody: set[int] = set()
    coordinators: set[int] = set()
    for cluster_id, zone in zones.items():
        here = {one.id: chains[one.id] for one in facilities if one.cluster_id == cluster_id}
        ends = named.days_of_ends(zone)
        days = {*with_it.days_of_change(absence.days), *filter(absence.days.contains, ends)}
        for day in sorted(days):
            begins = day_starts_at(zone, day)
            before = DecisionTable(here, named.at(begins, known))
            after = DecisionTable(here, named.at(begins, with_it))
            for one in here:
                then, now = before.deciders(one, None), after.deciders(one, None)
                if then.all and not now.all:
                    nobody.add(one)
                elif then.approvers and not now.approvers:
                    coordinators.add(one)
    names = {one.id: one.name for one in facilities}
    if nobody:
        raise NobodyLeft([name for one, name in names.items() if one in nobody])
    if coordinators:
        parts = (new.first, new.last, new.stand_in, sorted(coordinators))
        key = sha256(repr(parts).encode()).hexdigest()[:32]
        if new.acknowledged != key:
            raise CoordinatorsDecide(
                [name for one, name in names.items() if one in coordinators], key
            )


@retried
def end_absence(account: Account, first: date) -> None:
    """End one's own absence that begins on this day: from today on the person is present.

    An absence that has not begun is deleted.

    Raises:
        NotFound: there is none that is not over.
    """
    with writing() as now:
        today = _first_today(account_now(account).viewer, now)
        row = db.session.scalar(
            sa.select(AbsenceRow)
            .where(
                AbsenceRow.person_id == account.person_id,
                AbsenceRow.first_day == first,
                AbsenceRow.last_day >= today,
            )
            .with_for_update()
        )
        if row is None:
            raise NotFound("absence")
        record(
            Event.ABSENCE_ENDED,
            now=now,
            actor=account.person_id,
            person=account.person_id,
            before={"first_day": row.first_day, "last_day": row.last_day},
        )
        if row.first_day >= today:
            db.session.delete(row)
        else:
            row.last_day = today - timedelta(days=1)


def _first_today(viewer: Viewer, now: datetime) -> date:
    zones = zones_of(viewer).values()
    if not zones:
        raise NotFound("role")
    return min(local_day(now, zone) for zone in zones)
