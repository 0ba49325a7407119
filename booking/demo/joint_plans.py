"""The plans of the demonstration: one that clusters agreed on, an idea, and a suggestion."""

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from booking.db import clock
from booking.demo.directory import demo_account
from booking.extensions import db
from booking.facilities.models import Facility
from booking.plans.comment_service import comment
from booking.plans.follow_service import follow
from booking.plans.models import FacilityPlan
from booking.plans.service import (
    PlanFacts,
    join_for_cluster,
    join_for_organisation,
    propose,
    take_step,
)
from booking.rules.plans import PlanStatus
from booking.rules.visibility import Account

_CHAMBER = PlanFacts(
    "EMC chamber for drones in flight",
    "facility",
    "A chamber large enough to keep a drone of 25 kg in the air while it is radiated.",
    ("emc-testing", "indoor-flight"),
    "Makers of control units test on the ground today and find faults in the field.",
    "below_1m",
    date(2028, 6, 30),
)
_STREET = PlanFacts(
    "Smoke-filled street for robots",
    "range",
    "A street of container houses in which robots and crews can work in smoke.",
    ("smoke-training", "rubble-rescue"),
    "",
    "unknown",
    None,
)
_RACK = PlanFacts(
    "Rack for satellite link jamming",
    "workbench",
    "A bench with a link simulator on which receivers can be jammed without a licence.",
    ("radio-testing",),
    "We have no place to test this.",
    "below_50k",
    None,
)


def write_plans(now: datetime) -> None:
    """Write the plans, unless there are some."""
    if db.session.scalar(sa.select(FacilityPlan.id).limit(1)) is not None:
        return
    people = {
        login: demo_account(login)
        for login in ("partner", "coordinator.censec", "coordinator.munich", "coordinator.tampere")
    }
    if None in people.values():
        return
    partner, censec, munich, tampere = (one for one in people.values() if one is not None)
    with clock.fixed(now - timedelta(days=30)):
        chamber = propose(censec, "censec", _CHAMBER)
        propose(tampere, "tampere", _STREET)
    with clock.fixed(now - timedelta(days=20)):
        join_for_cluster(munich, chamber, "munich", joins=True)
        join_for_organisation(partner, chamber, joins=True)
        comment(munich, chamber, "We could lend the antennas and two engineers.")
        comment(partner, chamber, "We would book about ten days a year.")
    with clock.fixed(now - timedelta(days=10)):
        take_step(censec, chamber, PlanStatus.AGREED, seen=PlanStatus.IDEA)
    with clock.fixed(now - timedelta(days=2)):
        propose(partner, "censec", _RACK)
        _follow(partner)


def _follow(partner: Account) -> None:
    slug = db.session.scalar(
        sa.select(Facility.slug)
        .where(Facility.status.startswith("planned"))
        .order_by(Facility.slug)
        .limit(1)
    )
    if slug is not None:
        follow(partner, slug)
