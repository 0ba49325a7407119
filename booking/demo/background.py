"""What stands around the bookings: closures, people who ask to be let in, old updates."""

import secrets
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from booking.accounts.account_request_service import NewAccountRequest, request_account
from booking.accounts.models import AccountRequest
from booking.accounts.throttle import ClientSource
from booking.db import clock
from booking.db.transactions import writing
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.facilities.effective_terms import effective_terms
from booking.facilities.models import Facility
from booking.notices.models import Notice
from booking.rules.opening import ONE_DAY, day_starts_at, local_day

# Facility, days ahead (it begins on the Monday after), days, reason, may everybody read it?
_CLOSURES = (
    ("force-reverberation-chamber", 24, 5, "Yearly calibration of the chamber", True),
    ("hervanta-mobility-testbed", 82, 7, "Winter maintenance of the road sensors", True),
    ("lfs-bruchsal", 40, 4, "Inspection of the smoke extraction", True),
    ("encs-test-lab", 33, 3, "Work on the power supply of the racks", False),
)
_ASKING = (
    NewAccountRequest(
        email="newcomer@demo.example",
        name="Demo Newcomer",
        organisation_name="Demo Coast Rescue",
        organisation_kind="practitioner",
        country="DK",
        home_cluster_slug="censec",
        message="We train volunteers for rescue at sea and would like to try drones in fog.",
    ),
    NewAccountRequest(
        email="stranger@demo.example",
        name="Demo Stranger",
        organisation_name="Demo Battery Start-up",
        organisation_kind="sme",
        country="BE",
        home_cluster_slug=None,
        message="We look for a fire laboratory and do not know whom to ask.",
    ),
)
_READ_AFTER = timedelta(days=8)


def write_background(now: datetime) -> None:
    """Write closures ahead of `now` and two requests for accounts; bookings keep clear of them."""
    _write_closures(now)
    for number, asking in enumerate(_ASKING, start=1):
        if db.session.scalar(
            sa.select(AccountRequest.id).where(AccountRequest.email == asking.email)
        ):
            continue
        with clock.fixed(now - timedelta(days=number, hours=3)):
            source = ClientSource(asking.email, f"demo {number}", secret=secrets.token_hex())
            request_account(asking, source)


def mark_notices_read(now: datetime) -> None:
    """Let older updates be read, and none be mailed: they lead to nobody."""
    with writing():
        db.session.execute(sa.update(Notice).values(mail_due_at=None))
        db.session.execute(
            sa.update(Notice)
            .where(Notice.created_at < now - _READ_AFTER)
            .values(read_at=Notice.created_at)
        )


def _write_closures(now: datetime) -> None:
    ids = dict(
        db.session.execute(
            sa.select(Facility.slug, Facility.id).where(
                Facility.slug.in_([slug for slug, *_ in _CLOSURES])
            )
        ).all()
    )
    with writing(*ids.values()):
        rules = effective_terms(ids.values())
        for slug, days_ahead, days, reason, is_public in _CLOSURES:
            facility_id = ids.get(slug)
            if facility_id is None or _is_closed(facility_id):
                continue
            zone = rules[facility_id].rules.zone
            first = _monday_from(local_day(now, zone) + ONE_DAY * days_ahead)
            slot = ClosureSlot(
                starts_at=day_starts_at(zone, first),
                ends_at=day_starts_at(zone, first + ONE_DAY * days),
            )
            db.session.add(
                Closure(
                    cluster_id=db.session.get_one(Facility, facility_id).cluster_id,
                    facility_id=facility_id,
                    reason=reason,
                    reason_is_public=is_public,
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
