"""What the demonstration has besides bookings: closures, set-aside time, requests for accounts."""

import secrets
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.account_request_service import request_account
from booking.accounts.models import AccountRequest, Person
from booking.accounts.queries import account_of
from booking.accounts.throttle import ClientSource
from booking.db import clock
from booking.db.transactions import writing
from booking.demo import plans
from booking.demo.people import DOMAIN
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.facilities.effective_terms import effective_terms
from booking.facilities.models import Facility
from booking.manage.set_aside.queries import set_aside_at
from booking.manage.set_aside.service import NewSetAside, set_aside
from booking.notices.models import Notice
from booking.rules.opening import ONE_DAY, day_starts_at, local_day
from booking.rules.set_aside import PlannedSetAside

_READ_AFTER = timedelta(days=8)
_WAITING_LIST_DAYS = 2


def write_background(now: datetime) -> None:
    """Write closures, set-aside time and requests for accounts that are missing; then bookings.

    Every facility gets a waiting list, as its owner would set it.
    """
    _write_closures(now)
    _open_waiting_lists()
    _set_time_aside(now)
    for number, planned in enumerate(plans.read_plans().account_requests, start=1):
        if db.session.scalar(
            sa.select(AccountRequest.id).where(AccountRequest.email == planned.email)
        ):
            continue
        with clock.fixed(now - timedelta(days=number, hours=3)):
            source = ClientSource(planned.email, f"demo {number}", secret=secrets.token_hex())
            request_account(planned, source)


def _open_waiting_lists() -> None:
    with writing():
        db.session.execute(
            sa.update(Facility)
            .where(Facility.parent_id.is_(None), Facility.waiting_list_days.is_(None))
            .values(waiting_list_days=_WAITING_LIST_DAYS)
        )


def _set_time_aside(now: datetime) -> None:
    demonstration = plans.read_plans()
    names = {one.login: one.name for one in demonstration.organisations}
    for planned in demonstration.set_aside:
        facility = db.session.scalars(
            sa.select(Facility).where(Facility.slug == planned.facility)
        ).one_or_none()
        if facility is None or set_aside_at(facility.id, now):
            continue
        zone = ZoneInfo(facility.cluster.time_zone)
        first = _monday_from(local_day(now, zone) + ONE_DAY * planned.days_ahead)
        times = PlannedSetAside(
            first_day=first,
            last_day=first + ONE_DAY * (planned.days - 1),
            release_day=first - ONE_DAY * planned.release_days,
        )
        email = f"coordinator.{facility.cluster.slug}@{DOMAIN}"
        person_id = db.session.scalars(sa.select(Person.id).where(Person.email == email)).one()
        if (account := account_of(person_id)) is not None:
            organisations = frozenset(names[login] for login in planned.organisations)
            set_aside(account, planned.facility, NewSetAside(times, organisations))


def mark_notices_read(now: datetime) -> None:
    """Mark older updates as read, and mail none of them: the addresses are invented."""
    with writing():
        db.session.execute(sa.update(Notice).values(mail_due_at=None))
        db.session.execute(
            sa.update(Notice)
            .where(Notice.created_at < now - _READ_AFTER)
            .values(read_at=Notice.created_at)
        )


def _write_closures(now: datetime) -> None:
    closures = plans.read_plans().closures
    ids = dict(
        db.session.execute(
            sa.select(Facility.slug, Facility.id).where(
                Facility.slug.in_([closure.facility for closure in closures])
            )
        ).all()
    )
    with writing(*ids.values()):
        rules = effective_terms(ids.values())
        for closure in closures:
            facility_id = ids.get(closure.facility)
            if facility_id is None or _is_closed(facility_id):
                continue
            zone = rules[facility_id].rules.zone
            first = _monday_from(local_day(now, zone) + ONE_DAY * closure.days_ahead)
            slot = ClosureSlot(
                starts_at=day_starts_at(zone, first),
                ends_at=day_starts_at(zone, first + ONE_DAY * closure.days),
            )
            db.session.add(
                Closure(
                    cluster_id=db.session.get_one(Facility, facility_id).cluster_id,
                    facility_id=facility_id,
                    reason=closure.reason,
                    reason_is_public=closure.reason_is_public,
                    slots=[slot],
                )
            )


def _monday_from(day: date) -> date:
    return day + ONE_DAY * (-day.weekday() % 7)


def _is_closed(facility_id: int) -> bool:
    return (
        db.session.scalar(sa.select(Closure.id).where(Closure.facility_id == facility_id).limit(1))
        is not None
    )
