"""A federation as the shipped catalogue would be with 200 facilities, and a year of bookings.

No two facilities are alike: kinds, words, clusters and trees are those of the shipped catalogue,
and people, notice, steps, hours, seasons, places, set-up and quotas vary from one to the next.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.models import Membership, Organisation, Person, Role
from booking.accounts.passwords import hash_password
from booking.accounts.queries import account_of
from booking.catalogue import service
from booking.catalogue.reading import Catalogue, read_catalogue
from booking.clusters.models import Cluster
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.facilities.models import Facility, Place
from booking.facilities.quota_models import Quota
from booking.facilities.stated_hours import replace_timetables
from booking.rules.opening import WeeklySpan
from booking.rules.timetables import Timetable
from booking.rules.visibility import Account
from tools.benchmark.federation import raise_sequences
from tools.benchmark.year import Room, write_year

ORGANISATIONS = 400
PASSWORD = "a password for measuring only"  # noqa: S105
#: When facilities open and close, and for how many days of the week.
HOURS = (
    (time(8), time(17), 5),
    (time(8), time(18), 5),
    (time(7), time(18), 5),
    (time(9), time(17, 30), 5),
    (time(8), time(20), 6),
    (time(7, 30), time(16), 5),
    (time(9), time(19), 5),
)


def load(facilities: int, dates: int, now: datetime) -> None:
    """Fill an empty, migrated PostgreSQL database with so many facilities and dates.

    The same day gives the same rows.
    """
    service.load(_catalogue(facilities))
    with_terms = [
        _give_terms(facility, number, now)
        for number, facility in enumerate(_all(Facility), start=1)
    ]
    _people(now)
    db.session.commit()
    rooms = [_room(facility, hours) for facility, hours in with_terms]
    db.session.rollback()
    write_year(rooms, dates // facilities, ORGANISATIONS, now)


def _catalogue(count: int) -> Catalogue:
    """Return the shipped catalogue with its facilities repeated under other names."""
    shipped = read_catalogue()
    facilities: list[dict[str, Any]] = []
    for number in range(1, count // len(shipped.facilities) + 2):
        for facts in shipped.facilities:
            copy = dict(facts) | {"status": "open-unverified", "opening_hours": None}
            if number > 1:
                copy["slug"] = f"{facts['slug']}-{number}"
                copy["name"] = f"{facts['name']} {number}"
                copy["parent"] = facts["parent"] and f"{facts['parent']}-{number}"
            facilities.append(copy)
    return replace(shipped, facilities=tuple(facilities[:count]))


def _give_terms(
    facility: Facility, number: int, now: datetime
) -> tuple[Facility, tuple[time, time, int]]:
    """Set the terms and hours of a facility by its number; returns it with its hours."""
    chance = Random(number)
    facility.unit = "hour"
    facility.minimum_units, facility.maximum_units = chance.choice((1, 1, 2)), chance.randint(6, 12)
    facility.people_limit = chance.choice((4, 6, 8, 10, 12, 16, 20, 30, 40, 60))
    facility.lead_time_days = chance.choice((2, 3, 5, 7, 10, 14))
    facility.step_minutes = chance.choice((15, 30, 30, 60))
    facility.setup_minutes = chance.choice((0, 0, 0, 15))
    facility.cleanup_minutes = chance.choice((0, 0, 0, 15))
    facility.fair_share_percent = chance.choice((None, None, 25, 50))
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        db.session.add(Place(facility_id=facility.id))
    hours = HOURS[number % len(HOURS)]
    replace_timetables(facility.id, _timetables(hours, now.date(), with_season=number % 9 == 0))
    if number % 12 == 0:
        db.session.add(
            Quota(facility_id=facility.id, period="month", measure="hours", most=60 + number)
        )
    if number % 20 == 0:
        starts_at = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=60)
        slot = ClosureSlot(starts_at=starts_at, ends_at=starts_at + timedelta(days=5))
        db.session.add(
            Closure(
                cluster_id=facility.cluster_id, facility_id=facility.id, reason="Maintenance",
                reason_is_public=True, slots=[slot],
            )
        )  # fmt: skip
    return facility, hours


def _timetables(
    hours: tuple[time, time, int], today: date, *, with_season: bool
) -> list[Timetable]:
    opens, closes, days = hours
    usual = tuple(WeeklySpan(day, opens, closes) for day in range(days))
    if not with_season:
        return [Timetable(usual, None, None)]
    first, last = today + timedelta(days=120), today + timedelta(days=180)
    longer = tuple(WeeklySpan(day, opens, time(21)) for day in range(days))
    one_day = timedelta(days=1)
    return [
        Timetable(usual, None, first - one_day),
        Timetable(longer, first, last),
        Timetable(usual, last + one_day, None),
    ]


def _people(now: datetime) -> None:
    """Write one person of each organisation, and an approver of each facility, who can sign in."""
    password_hash = hash_password(PASSWORD)
    clusters = [cluster.id for cluster in _all(Cluster)]
    for number in range(1, ORGANISATIONS + 1):
        db.session.add(
            Organisation(
                id=number, name=f"Organisation {number}", kind="sme", country="DK",
                home_cluster_id=clusters[number % len(clusters)],
            )
        )  # fmt: skip
    db.session.flush()
    for number in range(1, ORGANISATIONS + 1):
        db.session.add(
            Person(
                id=number, email=partner_email(number), name=f"Person {number}", created_at=now,
                password_hash=password_hash,
            )
        )  # fmt: skip
    db.session.flush()
    for number in range(1, ORGANISATIONS + 1):
        db.session.add(
            Membership(
                key=f"member-{number}", person_id=number, organisation_id=number, role="manager",
                since=now,
            )
        )  # fmt: skip
    for number, facility in enumerate(_all(Facility), start=1):
        approver = Person(
            id=ORGANISATIONS + number, email=f"approver{number}@bench.example",
            name=f"Approver {number}", created_at=now, password_hash=password_hash,
        )  # fmt: skip
        db.session.add(approver)
        db.session.flush()
        db.session.add(
            Role(
                key=f"approver-{number}", person_id=approver.id, kind="approver",
                cluster_id=facility.cluster_id, facility_id=facility.id,
            )
        )  # fmt: skip
    raise_sequences(db.session.connection(), "organisation", "person")


def approver_of(slug: str) -> Account:
    """Return the account of who decides on bookings of the facility of this slug."""
    person_id = db.session.scalar(
        sa.select(Role.person_id)
        .join(Facility, Facility.id == Role.facility_id)
        .where(Facility.slug == slug)
    )
    account = account_of(person_id) if person_id else None
    if account is None:
        raise LookupError(slug)
    return account


def that_hold(slugs: Collection[str]) -> list[str]:
    """Return the facilities among these at which a requested date holds its place."""
    holding = sa.select(Facility.slug).where(Facility.pending_holds.is_(True)).order_by(Facility.id)
    return [slug for slug in db.session.scalars(holding) if slug in slugs]


def partner_email(number: int) -> str:
    """Return the e-mail of the person of this organisation, from 1 on."""
    return f"partner{number}@bench.example"


def _room(facility: Facility, hours: tuple[time, time, int]) -> Room:
    places = db.session.scalars(sa.select(Place.id).where(Place.facility_id == facility.id))
    return Room(
        facility.id,
        ZoneInfo(facility.cluster.time_zone),
        *hours[:2],
        tuple(places),
        timedelta(minutes=facility.setup_minutes or 0),
        timedelta(minutes=facility.cleanup_minutes or 0),
    )


def _all(model: type[Any]) -> list[Any]:
    return list(db.session.scalars(sa.select(model).order_by(model.id)))
