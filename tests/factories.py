"""Factories: each writes one row, with what belongs to it, commits and returns it.

Call them in an application context. Rows come back with their columns loaded, so that they can
still be read after that context.
"""

import itertools
import secrets
from collections.abc import Iterable
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask.testing import FlaskClient

from booking.accounts.factor_models import AuthenticatorApp
from booking.accounts.invitation_service import INVITATION_LASTS
from booking.accounts.models import (
    Absence,
    AccountRequest,
    Membership,
    MembershipInvitation,
    Organisation,
    Person,
    Role,
    SignIn,
)
from booking.accounts.tokens import hashed, new_token
from booking.clusters.models import Cluster
from booking.db import clock
from booking.expertise.models import ExpertiseArea, ExpertisePerson
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.facilities.condition_models import FacilityCondition
from booking.facilities.hours_models import OpeningSpan, SpecialDayRow, TimetableRow
from booking.facilities.models import Facility, FocusArea, Place
from booking.files.models import FacilityFile, StoredFile
from booking.rules.roles import RoleKind, ends_at
from booking.rules.slots import Slot
from tests.cheap_passwords import CHEAP
from tests.request_factories import add_booking, kept, make_request, slot_on

__all__ = ["add_booking", "make_request", "slot_on"]  # requests are made here too

PASSWORD = "a lighthouse in the fog"
_PASSWORD_HASH = CHEAP.hash(PASSWORD)
_numbers = itertools.count(1)


def make_cluster(slug: str | None = None, **fields: Any) -> Cluster:
    """A cluster, by default in Copenhagen."""
    slug = slug or f"cluster-{next(_numbers)}"
    values: dict[str, Any] = {
        "slug": slug,
        "name": f"{slug.title()} Security Cluster",
        "short_name": slug.title(),
        "city": "Karup",
        "country": "DK",
        "region": None,
        "time_zone": "Europe/Copenhagen",
        "answer_days": 10,
    }
    return kept(Cluster(**{**values, **fields}))


def make_focus_area(slug: str, description: str | None = None) -> FocusArea:
    """A part of the security field."""
    return kept(FocusArea(slug=slug, description=description or slug.replace("-", " ")))


def make_facility(
    cluster: Cluster,
    slug: str | None = None,
    *,
    parent: Facility | None = None,
    places: int = 1,
    hours: tuple[str, str] | None = ("08:00", "18:00"),
    weekdays: Iterable[int] = range(5),
    **fields: Any,
) -> Facility:
    """A facility booked by the hour, open Monday to Friday, that anybody may request.

    `hours` None: opening hours not stated. `root_id` is set, and there are `places` places.
    """
    slug = slug or f"facility-{next(_numbers)}"
    values: dict[str, Any] = {
        "slug": slug,
        "name": slug.replace("-", " ").capitalize(),
        "kind": "lab",
        "cluster_id": cluster.id,
        "parent_id": parent.id if parent else None,
        "root_id": parent.root_id if parent else None,
        "unit": "hour",
        "step_minutes": 30,
        "horizon_days": 400,
    }
    facility = Facility(**{**values, **fields})
    db.session.add(facility)
    db.session.flush()
    facility.root_id = facility.root_id or facility.id
    db.session.add_all(Place(facility_id=facility.id) for _ in range(places))
    if hours:
        opens, closes = (time.fromisoformat(text) for text in hours)
        spans = [
            OpeningSpan(weekday=weekday, opens_time=opens, closes_time=closes)
            for weekday in weekdays
        ]
        db.session.add(TimetableRow(facility_id=facility.id, spans=spans))
    return kept(facility)


def make_closure(facility: Facility, *slots: Slot, open_ended: bool = False, **fields: Any) -> Any:
    """Time in which the facility is closed; open-ended from the start of the only slot."""
    rows = [
        ClosureSlot(starts_at=slot.starts_at, ends_at=None if open_ended else slot.ends_at)
        for slot in slots
    ]
    closure = Closure(cluster_id=facility.cluster_id, facility_id=facility.id, slots=rows, **fields)
    return kept(closure)


def make_condition(facility: Facility, **fields: Any) -> FacilityCondition:
    """An insurance, before the yes is final."""
    values: dict[str, Any] = {
        "kind": "insurance",
        "text": "Liability of 5 million euros",
        "stage": "before_final",
        "days_before": 0,
    }
    return kept(FacilityCondition(facility_id=facility.id, **{**values, **fields}))


def make_document(facility: Facility, **fields: Any) -> FacilityFile:
    """A document of a facility for everybody; its bytes are nowhere."""
    stored = kept(
        StoredFile(
            sha256="0" * 64,
            size=9,
            media_type="application/pdf",
            name="rules.pdf",
            put_at=clock.now(),
        )
    )
    values = {"kind": "document", "position": 1, "file_id": stored.id, "words": "Site rules"}
    return kept(FacilityFile(**{**values, "facility_id": facility.id, **fields}))


def make_special_day(facility: Facility, day: date, *spans: tuple[str, str]) -> SpecialDayRow:
    """What is open on one day instead of the weekly hours; no spans: nothing."""
    return kept(SpecialDayRow(facility_id=facility.id, day=day, spans=[list(one) for one in spans]))


def make_organisation(
    name: str | None = None, *, home_cluster: Cluster | None = None, **fields: Any
) -> Organisation:
    """A small firm."""
    values: dict[str, Any] = {
        "name": name or f"Organisation {next(_numbers)}",
        "kind": "sme",
        "country": "DK",
        "home_cluster_id": home_cluster.id if home_cluster else None,
    }
    return kept(Organisation(**{**values, **fields}))


def make_person(
    email: str | None = None,
    *,
    organisation: Organisation | None = None,
    with_password: bool = True,
    **fields: Any,
) -> Person:
    """Somebody with an account whose password is `PASSWORD`."""
    email = email or f"person{next(_numbers)}@example.org"
    values: dict[str, Any] = {
        "email": email,
        "name": email.partition("@")[0].title(),
        "password_hash": _PASSWORD_HASH if with_password else None,
        "created_at": clock.now(),
    }
    person = kept(Person(**{**values, **fields}))
    if organisation is not None:
        make_membership(person, organisation)
    # Not columns: where they work first, for tests that send requests in its name.
    person.organisation = organisation
    person.organisation_id = organisation.id if organisation else None
    return person


def make_membership(person: Person, organisation: Organisation, **fields: Any) -> Membership:
    """A person works for an organisation, beside others."""
    values: dict[str, Any] = {
        "key": secrets.token_hex(16),
        "person_id": person.id,
        "organisation_id": organisation.id,
        "role": "member",
        "since": clock.now(),
    }
    return kept(Membership(**{**values, **fields}))


def move_to(person: Person, organisation: Organisation | None) -> None:
    """Let a person work for this organisation and no other; None: for none."""
    db.session.execute(
        sa.update(Membership)
        .where(Membership.person_id == person.id, Membership.until.is_(None))
        .values(until=clock.now())
    )
    db.session.commit()
    if organisation is not None:
        make_membership(person, organisation)
    person.organisation = organisation
    person.organisation_id = organisation.id if organisation else None


def organisations_of(person_id: int) -> list[Organisation]:
    """Return the organisations for which a person works, the longest membership first."""
    return list(
        db.session.scalars(
            sa.select(Organisation)
            .join(Membership, Membership.organisation_id == Organisation.id)
            .where(Membership.person_id == person_id, Membership.until.is_(None))
            .order_by(Membership.id)
        )
    )


def make_partner(email: str | None = None, **fields: Any) -> Person:
    """A person of an organisation, one of its own unless given."""
    organisation = fields.pop("organisation", None) or make_organisation()
    return make_person(email, organisation=organisation, **fields)


def make_approver(*facilities: Facility, email: str | None = None, **fields: Any) -> Person:
    """A person named as approver of these facilities."""
    person = make_person(email, **fields)
    for facility in facilities:
        make_role(person, RoleKind.APPROVER, facility)
    return kept(person)


def make_keeper(*facilities: Facility, email: str | None = None, **fields: Any) -> Person:
    """A person named as keeper of these facilities."""
    person = make_person(email, **fields)
    for facility in facilities:
        make_role(person, RoleKind.KEEPER, facility)
    return kept(person)


def make_coordinator(*clusters: Cluster, email: str | None = None, **fields: Any) -> Person:
    """A person who coordinates these clusters."""
    person = make_person(email, **fields)
    for cluster in clusters:
        make_role(person, RoleKind.COORDINATOR, cluster)
    return kept(person)


def make_second_factor(person_id: int) -> AuthenticatorApp:
    """An authenticator app of a person, which no code fits."""
    now = clock.now()
    return kept(
        AuthenticatorApp(
            person_id=person_id, secret="sealed", last_step=0, added_at=now, used_at=now
        )
    )


def make_role(
    person: Person, kind: RoleKind, of: Facility | Cluster, *, last_day: date | None = None
) -> Role:
    """A role of a person for a facility or in a cluster, given now; with a last day or without."""
    cluster = of if isinstance(of, Cluster) else db.session.get_one(Cluster, of.cluster_id)
    role = Role(
        key=secrets.token_hex(16),
        person_id=person.id,
        kind=kind,
        cluster_id=cluster.id,
        facility_id=of.id if isinstance(of, Facility) else None,
        since=clock.now(),
        last_day=last_day,
        ends_at=ends_at(last_day, ZoneInfo(cluster.time_zone)) if last_day else None,
    )
    return kept(role)


def make_absence(
    person: Person, first: date, last: date | None = None, *, stand_in: Person | None = None
) -> Absence:
    """Days on which somebody is away, one unless `last` is given."""
    values: dict[str, Any] = {"first_day": first, "last_day": last or first}
    values["stand_in_id"] = stand_in.id if stand_in else None
    return kept(Absence(person_id=person.id, entered_at=clock.now(), **values))


def make_account_request(home_cluster: Cluster | None = None, **fields: Any) -> AccountRequest:
    """A request for an account."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "key": secrets.token_hex(8),
        "email": f"newcomer{number}@example.org",
        "name": f"Newcomer {number}",
        "organisation_name": f"New Organisation {number}",
        "organisation_kind": "sme",
        "country": "DK",
        "home_cluster_id": home_cluster.id if home_cluster else None,
        "message": "",
        "asked_at": clock.now(),
    }
    return kept(AccountRequest(**{**values, **fields}))


def make_invitation(
    organisation: Organisation, invited_by: Person, **fields: Any
) -> MembershipInvitation:
    """An invitation to an organisation that waits for an answer; `token` is that of its link."""
    number, now = next(_numbers), clock.now()
    values: dict[str, Any] = {
        "key": secrets.token_hex(16),
        "token_hash": hashed(fields.pop("token", new_token())),
        "organisation_id": organisation.id,
        "email": f"invited{number}@example.org",
        "name": "",
        "invited_by_id": invited_by.id,
        "invited_at": now,
        "sent_at": now,
        "expires_at": now + INVITATION_LASTS,
    }
    return kept(MembershipInvitation(**{**values, **fields}))


def make_expertise(cluster: Cluster, *people: Person, **fields: Any) -> ExpertiseArea:
    """An area of expertise of a cluster, with people who agreed to be shown."""
    now = clock.now()
    values: dict[str, Any] = {
        "key": secrets.token_hex(16),
        "name": f"drone flights {next(_numbers)}",
        "role": "Head of flight",
        "subjects": ["drones-uas"],
        "languages": ["en"],
        "changed_at": now,
        "changed_by_id": fields.pop("changed_by", None) or make_coordinator(cluster).id,
    }
    area = kept(ExpertiseArea(cluster_id=cluster.id, **{**values, **fields}))
    for person in people:
        kept(
            ExpertisePerson(
                key=secrets.token_hex(16),
                area_id=area.id,
                person_id=person.id,
                named_at=now,
                agreed_at=now,
            )
        )
    return area


def sign_in(client: FlaskClient, person: Person) -> str:
    """Sign `person` in on this client without the sign-in page; return the sign-in's token."""
    token = new_token()
    now = clock.now()
    with client.application.app_context():
        db.session.add(
            SignIn(
                token_hash=hashed(token),
                person_id=person.id,
                created_at=now,
                seen_at=now,
                proved_at=now,
            )
        )
        db.session.commit()
    with client.session_transaction() as session:
        session["_user_id"] = token
        session["_fresh"] = True
    return token
