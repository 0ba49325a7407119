"""The directory of expertise of the demonstration: areas, people who agreed, and a question."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.db import clock
from booking.demo.people import DOMAIN
from booking.expertise.models import ExpertiseArea, ExpertisePerson
from booking.expertise.question_service import ask, write_on
from booking.expertise.service import AreaFacts, add_area, answer_naming, name_person
from booking.extensions import db
from booking.rules.visibility import Account

#: Cluster, area, role, what others can ask for, subjects, languages; and whether somebody agreed.
_AREAS = (
    (
        "censec",
        "unmanned systems",
        "Head of the flight test team",
        "Planning flights beyond sight, applying for airspace, and what a site needs for it.",
        ("drones-uas", "counter-uas"),
        ("da", "en"),
        True,
    ),
    (
        "munich",
        "hardware and embedded security",
        "Team lead of the hardware lab",
        "Side-channel attacks and fault injection: what to measure, and how to prepare a sample.",
        ("secure-electronics", "cybersecurity"),
        ("de", "en"),
        True,
    ),
    (
        "safe-cluster",
        "wildfire prevention and response",
        "Adviser on wildfires",
        "",
        ("fire-rescue", "crisis-management"),
        ("fr", "en"),
        False,
    ),
)


def write_directory(now: datetime) -> None:
    """Write the areas that are missing, and a question about one of them that was answered."""
    for slug, name, role, description, subjects, languages, agrees in _AREAS:
        coordinator = demo_account(f"coordinator.{slug}")
        approver = demo_account(f"approver.{slug}")
        if coordinator is None or approver is None:
            continue
        known = sa.select(ExpertiseArea.id).where(ExpertiseArea.name == name)
        if db.session.scalar(known) is not None:
            continue
        facts = AreaFacts(name, role, description, subjects, languages)
        with clock.fixed(now - timedelta(days=20)):
            key = add_area(coordinator, slug, facts)
            name_person(coordinator, slug, key, approver.email)
        naming = db.session.scalar(
            sa.select(ExpertisePerson.key).where(ExpertisePerson.person_id == approver.person_id)
        )
        if agrees and naming is not None:
            with clock.fixed(now - timedelta(days=19)):
                answer_naming(approver, naming, shown=True)
            _ask(now, slug, key, approver)


def _ask(now: datetime, slug: str, key: str, answering: Account) -> None:
    partner = demo_account("partner")
    if partner is None or slug != "munich":
        return
    with clock.fixed(now - timedelta(days=6)):
        reference = ask(
            partner, slug, key, "We want to test a tracker for glitches. How many samples?"
        )
    with clock.fixed(now - timedelta(days=5)):
        write_on(answering, reference, "Three, of which one may break. Send the data sheet first.")


def demo_account(login: str) -> Account | None:
    """Return an account of the demonstration, None if there is none of this login."""
    person_id = db.session.scalar(sa.select(Person.id).where(Person.email == f"{login}@{DOMAIN}"))
    return None if person_id is None else account_of(person_id)
