"""Forms sent with the ids of others: of another organisation, another cluster, a hidden part.

Every form of the application is tried, found in the URL map, with all ids of everybody else in its
address and in its fields. The answer is the one for an id that nobody has, and nothing changes.
"""

import re
import secrets
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from booking.accounts.models import Membership, Role
from booking.accounts.queries import account_of
from booking.alerts.models import FreeTimeAlert
from booking.bookings.models import BookingCondition
from booking.enquiries.service import ask
from booking.expertise.models import ExpertisePerson
from booking.expertise.question_service import ask as ask_about
from booking.extensions import db
from booking.facilities.change_models import FacilityDraft
from booking.facilities.concept_models import ConceptProposal
from booking.feeds.kinds import FeedKind
from booking.feeds.models import Feed
from booking.feeds.service import make_feed
from booking.plans.service import PlanFacts, propose
from booking.rules.lifecycle import State
from booking.saved.models import SavedSearch
from tests.conftest import NOW
from tests.factories import (
    make_absence,
    make_account_request,
    make_approver,
    make_closure,
    make_cluster,
    make_condition,
    make_coordinator,
    make_document,
    make_expertise,
    make_facility,
    make_invitation,
    make_membership,
    make_organisation,
    make_person,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import post, text_of

pytestmark = [
    pytest.mark.parametrize("engine_name", ["sqlite"]),
    pytest.mark.usefixtures("warm"),  # as on a server, and faster
]

DAY = date(2027, 1, 12)
HIDDEN = dict.fromkeys(("sees_public", "sees_signed_in", "sees_own_cluster"), "nothing")
#: In place of an id: nobody has it.
NOBODYS = "222-222"

#: What a filled form would say beside ids, so that one that is let in would save something.
FIELDS = {
    "facet": "equipment",
    "en": "mine",
    "source": "mine",
    "into": "indoor-flight",
    "step": "save",
    "part": "1",
    "booking": "1",
    "title": "Mine",
    "purpose": "Mine.",
    "text": "Mine.",
    "reason": "Mine.",
    "why": "Mine.",
    "end_reason": "Mine.",
    "answer-1-reason": "Mine.",
    "answer-1-code": "safety",
    "cancel-1-reason": "Mine.",
    "message-1-text": "Mine.",
    "name": "Mine",
    "email": "mine@example.org",
    "status": "closed",
    "first_day": "2027-01-12",
    "last_day": "2027-01-13",
    "first": "2027-01-12",
    "kind": "approver",
    "public": "nothing",
    "most": "1",
    "who": "named",
    "seen": "suggested",
    "role": "Mine",
    "subjects": "drones-uas",
    "languages": "en",
    "answer": "show",
}
#: Forms without an id in the address and which of their fields has one, by the kind of the id.
IN_FIELDS = {
    "accounts.switch": {"key": "membership"},
    "decisions.answer_several": {"pick": "request"},
    "decisions.submit_entry": {"facility": "facility"},
    "manage.make_closure": {"facility": "facility"},
    "manage.propose": {"facility": "facility"},
    "organisation.hand_over": {"person": "membership"},
    "requests.submit": {"again": "request", "draft": "request"},
    "absences.enter": {"stand_in": "email"},
    "manage.give_role": {"facility": "facility", "cluster": "cluster"},
    "break_glass.open_one": {"reference": "request"},
    "privacy.erase_other": {"email": "email"},
}
#: Forms that name nothing of anybody else.
WITHOUT_IDS = {
    "about the person who is signed in alone": """
        accounts.account second_factors.confirm_identity accounts.email accounts.end_other_sign_ins
        accounts.language accounts.name accounts.password
        second_factors.set_up_app second_factors.remove_app second_factors.add_passkey
        second_factors.passkey_to_add second_factors.renew_recovery_codes
        accounts.sign_out feeds.index notices.choose_delivery notices.read_all privacy.data
        privacy.erase single_sign_on.do_not_link single_sign_on.link
        favourites.forget_viewed favourites.stop_remembering saved.new
    """,
    "for who is not signed in": """
        accounts.ask accounts.forgotten_password second_factors.passkey_to_sign_in
        second_factors.second_step accounts.sign_in second_factors.sign_in_with_passkey
    """,
    "for who has the secret link": """
        accounts.accept_invitation_here accounts.confirm_email
        accounts.decline_invitation_here accounts.invitation accounts.reset_password
        accounts.welcome
    """,
    "of the whole site": """
        admin.ask_check admin.check_provider admin.forget_mail admin.pause_mail
        admin.resume_mail admin.send_mail_again
    """,
    "about one's own organisation": "organisation.billing organisation.invite_somebody",
    "about what everybody sees": """
        corrections.send_report enquiries.send favourites.add favourites.remove
        requests.ask_to_tell_me
        expertise.ask_cluster plans.propose plans.follow_facility
    """,
}


#: What differs from one page to the next by itself.
FRESH = re.compile(r'name="(csrf_token|idempotency_key)"\s+type="hidden"\s+value="[^"]*"')


_PLAN = PlanFacts("Street", "range", "Of smoke.", ("smoke-training",), "", "unknown", None)


class Scene:
    """An organisation with everything there is, in a cluster with a hidden part."""

    def __init__(self) -> None:
        here, there = make_cluster("here"), make_cluster("there")
        hall = make_facility(here, "hall", places=2)
        cellar = make_facility(here, "cellar", parent=hall, **HIDDEN)
        shed = make_facility(here, "shed")
        firm, rivals = make_organisation("Firm"), make_organisation("Rivals")
        partner = make_person("partner@firm.example", organisation=firm)
        manager = make_person("manager@firm.example")
        make_membership(manager, firm, role="manager")
        coordinator = make_coordinator(here, email="coordinator@here.example")
        self.attackers = {
            "manager of another organisation": make_person("rival@rivals.example"),
            "approver of another facility": make_approver(shed, organisation=rivals),
            "coordinator of another cluster": make_coordinator(there),
        }
        rival = self.attackers["manager of another organisation"]
        make_membership(rival, rivals, role="manager")
        requests = [
            make_request(
                partner, facility, [slot_on(DAY, f"{hour:02}:00", f"{hour + 1:02}:00")], state=state
            )
            for hour, (facility, state) in enumerate(
                [
                    (hall, State.REQUESTED),
                    (hall, State.CONFIRMED),
                    (hall, State.PROPOSED),
                    (cellar, State.REQUESTED),
                    (cellar, State.CONFIRMED),
                ],
                start=8,
            )
        ]
        booking = requests[1].bookings[0]
        db.session.add(
            BookingCondition(
                booking_id=booking.id,
                kind="insurance",
                text="Liability",
                stage="before_arrival",
                due_at=NOW,
                status="open",
                added_at=NOW,
            )
        )
        alert = FreeTimeAlert(
            key=secrets.token_hex(16),
            person_id=partner.id,
            facility_id=hall.id,
            starts_at=slot_on(DAY).starts_at,
            ends_at=slot_on(DAY).ends_at,
            whole=False,
            places=1,
            asked_at=NOW,
        )
        db.session.add(alert)
        content = {"name": "Annex", "kind": "lab", "parent": "", "places": 1, "status": "open"}
        draft = FacilityDraft(cluster_id=here.id, slug="annex", content=content, saved_at=NOW)
        db.session.add(draft)
        search = SavedSearch(
            key=secrets.token_hex(16),
            person_id=partner.id,
            name="Drones",
            query="what=drone",
            made_at=NOW,
            tells=False,
        )
        db.session.add(search)
        proposal = ConceptProposal(
            key=secrets.token_hex(16),
            concept_id="wave-tank",
            facet="equipment",
            names={"en": ["wave tank"]},
            source="trade",
            facility_id=hall.id,
            proposed_by_id=coordinator.id,
            proposed_at=NOW,
            state="waiting",
        )
        db.session.add(proposal)
        db.session.commit()
        self.dates = [one.uid for request in requests for one in request.bookings[0].occurrences]
        make_feed(account_of(partner.id), FeedKind.OWN, with_titles=False)
        make_absence(coordinator, DAY)
        make_condition(hall)
        make_document(hall)
        closure = make_closure(hall, slot_on(date(2027, 6, 1)))
        joining = make_account_request(here, organisation_id=firm.id)
        announced = make_account_request(here, joins_id=firm.id, objections_until=NOW)
        memberships = db.session.scalars(
            sa.select(Membership.key).where(Membership.organisation_id == firm.id)
        ).all()
        role = db.session.scalar(sa.select(Role.key).where(Role.person_id == coordinator.id))
        area = make_expertise(here, partner, changed_by=coordinator.id)
        self.ids: dict[str, list[str]] = {
            "request": [request.reference for request in requests],
            "enquiry": [ask(account_of(partner.id), hall.id, "Is there a crane?")],
            "facility": ["hall", "cellar"],
            "cluster": ["here"],
            "membership": list(memberships),
            "email": [partner.email],
            "person": [partner.key],
            "organisation": [firm.key],
            "invitation": [make_invitation(firm, manager).key],
            "joining": [joining.key, announced.key],
            "asking": [make_account_request(here).key],
            "role": [role or ""],
            "feed": [db.session.query(Feed.key).scalar()],
            "alert": [alert.key],
            "search": [search.key],
            "proposal": [proposal.key],
            "concept": ["radar"],
            "area": [area.key],
            "plan": [propose(account_of(partner.id), "here", _PLAN)],
            "naming": [db.session.query(ExpertisePerson.key).scalar()],
            "expertise": [ask_about(account_of(partner.id), "here", area.key, "Who helps?")],
            "closure": [str(closure.id)],
            "draft": ["annex"],
            "number": ["1"],
            "files": ["documents"],
            "day": [str(DAY)],
        }

    def addresses(self, rule: Any) -> Iterator[str]:
        """The address of a form with each id that stands for what it is about."""
        names = re.findall(r"<\w+:(\w+)>", rule.rule)
        kinds = [kind_of(rule.rule, name) for name in names]
        for value in self.ids[kinds[0]] if kinds else ("",):
            others = iter([value, *(self.ids[kind][0] for kind in kinds[1:])])
            yield re.sub(r"<[^>]+>", lambda _, others=others: next(others), rule.rule)


#: What an id in an address is of, by where it stands.
KINDS = (
    (r"^/expertise/questions/", "expertise"),
    (r"^/plans/", "plan"),
    (r"^/account/expertise/", "naming"),
    (r"^/(requests|inbox)/questions/", "enquiry"),
    (r"^/(requests|inbox)/<string:reference>", "request"),
    (r"^/account/free-times/", "alert"),
    (r"^/account/saved/searches/", "search"),
    (r"^/account/feeds/", "feed"),
    (r"^/account/organisations/", "membership"),
    (r"^/account/absences/", "day"),
    (r"^/account/(sign-ins|two-step|single-sign-on)/", "role"),  # random keys too
    (r"^/organisation/people/", "membership"),
    (r"^/organisation/requests/", "joining"),
    (r"^/organisation/invitations/", "invitation"),
    (r"^/admin/people/", "person"),
    (r"^/admin/organisations/names/", "asking"),
    (r"^/admin/organisations/", "organisation"),
    (r"^/admin/concepts/", "proposal"),
    (r"^/admin/vocabulary/", "concept"),
    (r"^/admin/clusters/", "cluster"),
    (r"^/manage/people/roles/", "role"),
    (r"^/manage/people/", "asking"),
    (r"^/manage/(facilities|completeness)/", "facility"),
    (r"^/manage/clusters/", "cluster"),
    (r"^/manage/new-facilities/", "draft"),
    (r"^/manage/closures/", "closure"),
)


def kind_of(rule: str, name: str) -> str:
    """What an id in an address is of."""
    if "/expertise/" in rule and name in ("key", "member") and rule.startswith("/manage/"):
        return {"key": "area", "member": "naming"}[name]
    fixed = {"number": "number", "member": "membership", "step": "number", "kind": "files"}
    if name in fixed:
        return fixed[name]
    if name == "key" and rule.startswith("/admin/clusters/"):
        return "role"
    return next(kind for pattern, kind in KINDS if re.search(pattern, rule))


def forms(app: Flask) -> dict[str, Any]:
    """Every address to which a form is sent, by the name of its view."""
    return {rule.endpoint: rule for rule in app.url_map.iter_rules() if "POST" in rule.methods}


def everything() -> dict[str, Any]:
    """All rows there are but those of sessions."""
    db.session.rollback()
    return {
        table.name: db.session.execute(sa.select(table).order_by(*table.primary_key)).all()
        for table in db.metadata.sorted_tables
        if table.name != "sign_in"
    }


def test_every_form_that_names_something_is_tried_with_the_ids_of_others(app: Flask) -> None:
    without = {name for names in WITHOUT_IDS.values() for name in names.split()}
    for endpoint, rule in forms(app).items():
        if endpoint in without:
            continue
        names = re.findall(r"<\w+:(\w+)>", rule.rule)
        assert names or endpoint in IN_FIELDS, f"{endpoint}: say which of its fields name what"
        assert all(kind_of(rule.rule, name) for name in names)
    assert (without | IN_FIELDS.keys()) - forms(app).keys() == set()


@pytest.mark.parametrize(
    "who",
    [
        "manager of another organisation",
        "approver of another facility",
        "coordinator of another cluster",
    ],
)
def test_forms_with_ids_of_others_change_nothing_and_answer_as_for_ids_that_nobody_has(
    app: Flask, app_context: None, who: str
) -> None:
    scene = Scene()
    client = app.test_client()
    sign_in(client, scene.attackers[who])
    without = {name for names in WITHOUT_IDS.values() for name in names.split()}
    named_dates = ("dates", "date", "answer-1-dates", "cancel-1-dates", "compared", "condition")
    dates = dict.fromkeys(named_dates, scene.dates)
    before, wrong = everything(), []
    for endpoint, rule in forms(app).items():
        if endpoint in without:
            continue
        named = IN_FIELDS.get(endpoint, {})
        theirs = {name: scene.ids[kind] for name, kind in named.items()}
        nobodys = dict.fromkeys(named, NOBODYS)
        nowhere = re.sub(r"<int:\w+>", "999", rule.rule)
        nowhere = re.sub(r"<[^>]+>", NOBODYS, nowhere)
        expected = post(client, nowhere, FIELDS | dates | nobodys)
        for address in scene.addresses(rule):
            got = post(client, address, FIELDS | dates | theirs)
            typed = {NOBODYS, *(one for ids in theirs.values() for one in ids)}
            if not is_refused(got, expected, typed):
                wrong.append(f"{address} {theirs}: {got.status}, not {expected.status}")
    after = everything()
    wrong += [f"changed: {name}" for name, rows in before.items() if rows != after[name]]
    assert wrong == [], "\n" + "\n".join(wrong)


def is_refused(got: TestResponse, nobodys: TestResponse, typed: set[str]) -> bool:
    """Whether an answer is a refusal that is the same where nobody has the id.

    `typed` is what was sent in fields, which a page may show again.
    """
    if got.status_code == 403:  # for what they see, such as an organisation of which they hear
        return nobodys.status_code in (403, 404)

    def said(answer: TestResponse) -> str:
        text = FRESH.sub("", text_of(answer))
        for one in typed:
            text = text.replace(one, "")
        return text

    return got.status_code == nobodys.status_code and said(got) == said(nobodys)
