"""A canary crawl: unique words in every field of one organisation's requests, looked for by all.

Each person opens every address there is, with everything that they may have heard of, follows
the links they find, and tries forms that clash with the bookings. The words may come back only
to the organisation's own people and to those who decide, and as text; to all others a facility
and a time at most.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from itertools import product
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from booking.accounts.membership_service import current_membership, end_membership
from booking.accounts.models import Membership, Organisation, Person
from booking.accounts.queries import account_of
from booking.bookings.models import Booking, BookingRequest
from booking.browse.guides import GUIDES
from booking.conditions.queries import conditions_of
from booking.conditions.service import ConditionStep, take_condition_step
from booking.db import clock
from booking.db.transactions import writing
from booking.decisions.proposing import Proposal, propose
from booking.decisions.service import Decision, cancel, confirm, decline
from booking.decisions.waiting_list import put_on_waiting_list
from booking.enquiries.service import ask, write_on
from booking.extensions import db
from booking.facilities import calendar_cache
from booking.facilities.arrival_models import Arrival
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from booking.manage.closures.service import NewClosure, make
from booking.manage.closures.targets import Target
from booking.manage.set_aside.service import NewSetAside, set_aside
from booking.messages.service import NewMessage, write
from booking.notices.arriving import remind_of_arrivals
from booking.notices.mail import letter
from booking.notices.outbox import take_next
from booking.requests.answering import decline_proposals
from booking.requests.confidential import name_readers
from booking.rules.closure_times import PlannedClosure
from booking.rules.conditions import (
    ConditionAct,
    ConditionKind,
    ConditionsChoice,
    ConditionStage,
    NewCondition,
)
from booking.rules.lifecycle import Side, State
from booking.rules.roles import RoleKind
from booking.rules.set_aside import PlannedSetAside
from booking.rules.visibility import ANONYMOUS
from tests.conftest import NOW, Visitor
from tests.databases import SqliteDatabases, settings_for, shared_app
from tests.factories import (
    make_account_request,
    make_approver,
    make_cluster,
    make_condition,
    make_coordinator,
    make_facility,
    make_invitation,
    make_membership,
    make_organisation,
    make_person,
    make_request,
    make_role,
    sign_in,
    slot_on,
)
from tests.pages import post
from tests.postbox import text_of
from tests.web.requests_pages import FILLED

DAY = date(2027, 1, 12)
HIDDEN = dict.fromkeys(("sees_public", "sees_signed_in", "sees_own_cluster"), "nothing")
FACILITIES = ("hall", "bench", "vault", "shed", "barn")
ORGANISATION, PEOPLE = "Zanthorworks", ("Quillaree", "Vexworth")
EMAILS = ("quillaree@zanthor.example", "vexworth@zanthor.example")
ASKING = ("Ottermole", "ottermole@fenwick.example", "Fenwickery", "Pumpernote")
#: Whom the organisation invites: for its managers, of whom there is none here.
INVITED = ("Glimmerfen", "glimmerfen@zanthor.example")
#: Who is about to join, and why a member objects: for members and the coordinator.
JOINING = ("Snorkelbeck", "snorkelbeck@fenwick.example", "Snorkelwhy", "Snorkelno")
#: Why the hall is closed on that day, which is not public.
CLOSED = "Kettlewick"
#: How to arrive at the hall, for those who decide there or have a confirmed date.
ARRIVAL = "Lanterngate"
#: What was asked about the hall without a request, and the answer.
ASKED = ("Jabberkinask", "Jabberkinanswer")
#: What everybody who books the hall has to do: read by who decides there, and who is asked for it.
LISTED = "Mabbleford"
#: Who gets invoices: for its people, and who decides on its requests.
INVOICES = ("Tinkerpay", "tinkerpay@zanthor.example", "Tinkerpaid")
MOST_PAGES = 1500
KEEPER = "keeper, and approver elsewhere"
AUDITOR = "auditor, and coordinator of another cluster"
#: Appended to each word that somebody typed: pages must show it as text.
MARKUP = "'\"><b data-evil>{{7*7}}%(x)s</b>"

#: What somebody types about a request.
TYPED = ("title", "purpose", "hazards", "billing", "reason", "message", "question", "answer")

# What distinguishes pages: the same one for other days or facilities is not opened again.
TELLING = ("view", "as", "show", "state", "order")
#: Pages of which there is one for each concept of the vocabulary: one is opened.
OF_CONCEPTS = re.compile("^(/synergies/capabilities/|(?:/admin)?/vocabulary/).*")


class Scene:
    """Two clusters, the canary's requests in each state, and everybody who might look."""

    def __init__(self) -> None:
        here, there = make_cluster("here"), make_cluster("there")
        self.facilities = {
            "hall": make_facility(here, "hall", places=2, waiting_list_days=2),
            "vault": make_facility(here, "vault", **HIDDEN),
            "shed": make_facility(here, "shed"),
            "barn": make_facility(there, "barn"),
        }
        hall = self.facilities["hall"]
        self.facilities["bench"] = make_facility(here, "bench", parent=hall)
        canaries = make_organisation(f"{ORGANISATION}{MARKUP}", home_cluster=here)
        canaries.billing_name, canaries.billing_email = f"{INVOICES[0]}{MARKUP}", INVOICES[1]
        canaries.billing_reference = f"{INVOICES[2]}{MARKUP}"
        rivals = make_organisation("Rivals", home_cluster=here)
        self.people: dict[str, Person | None] = {
            "anonymous": None,
            "partner": make_person(EMAILS[0], organisation=canaries, name=f"{PEOPLE[0]}{MARKUP}"),
            "colleague": make_person(EMAILS[1], organisation=canaries, name=f"{PEOPLE[1]}{MARKUP}"),
            "named": make_person(organisation=canaries),
            "approver": make_approver(hall),
            "coordinator": make_coordinator(here),
            "rival": make_person(organisation=rivals),
            "former colleague": make_person(organisation=canaries),
            "works for both": make_person(organisation=rivals),
            KEEPER: make_approver(self.facilities["shed"]),
            "approver of another cluster": make_approver(self.facilities["barn"]),
            AUDITOR: make_coordinator(there),
            "admin": make_person(is_admin=True),
        }
        # More rights than a keeper and an auditor have alone, and still none to read these.
        make_role(self.the(KEEPER), RoleKind.KEEPER, hall)
        make_role(self.the(KEEPER), RoleKind.KEEPER, self.facilities["vault"])
        make_role(self.the(AUDITOR), RoleKind.AUDITOR, here)
        # They act for the rivals, and may switch.
        self.member = make_membership(self.the("works for both"), canaries).key
        make_invitation(canaries, self.the("partner"), email=INVITED[1], name=INVITED[0])
        db.session.add(Arrival(facility_id=hall.id, text=f"{ARRIVAL}{MARKUP}"))
        self.requests: dict[str, BookingRequest] = {}
        self._ask("Brimvolt", "hall", "08:00", "10:00", holds=True)
        self._ask("Cladrone", "hall", "08:00", "10:00")
        self._ask("Dwimmerlo", "bench", "08:00", "11:00", state=State.CONFIRMED)
        self._ask("Eskerfane", "vault", "08:00", "11:00", state=State.CONFIRMED)
        self._ask("Fothergam", "hall", "11:00", "12:00")
        self._ask("Grapplewi", "hall", "12:00", "13:00", state=State.CONFIRMED)
        self._ask("Hobblenox", "hall", "13:00", "14:00")
        self._ask("Jabberwix", "hall", "15:00", "16:00")
        self._ask("Kittlewash", "hall", "17:00", "17:30")
        self._ask("Kindlewisp", "hall", "16:00", "17:00")
        self._ask("Inglemoot", "hall", "14:00", "15:00", entered=True, state=State.CONFIRMED)
        self._decide(decline, "Fothergam")
        self._decide(cancel, "Grapplewi")
        self._decide(confirm, "Hobblenox")
        self._decide(put_on_waiting_list, "Kittlewash")
        for word in ("Brimvolt", "Cladrone", "Dwimmerlo", "Eskerfane"):
            self._write_about(word)
        self._ask_confidentially(canaries)
        self._propose("Jabberwix")
        self._propose_elsewhere("Hobblenox", "bench")
        self._accept("Kindlewisp")
        make_condition(hall, text=f"{LISTED}{MARKUP}")
        self.enquiry = ask(
            account_of(self.the("partner").id),
            self.facilities["hall"].id,
            f"{ASKED[0]}{MARKUP}",
        )
        answering = account_of(self.the("coordinator").id)
        write_on(answering, Side.OWNER, self.enquiry, f"{ASKED[1]}{MARKUP}")
        make_request(self.the("rival"), hall, [slot_on(DAY, "08:00", "10:00")])
        make_request(self.the("former colleague"), hall, [slot_on(DAY, "09:00", "10:00")])
        self.account_request = make_account_request(
            here,
            name=f"{ASKING[0]}{MARKUP}",
            email=ASKING[1],
            organisation_name=f"{ASKING[2]}{MARKUP}",
            message=f"{ASKING[3]}{MARKUP}",
        )
        make_account_request(
            here,
            name=f"{JOINING[0]}{MARKUP}",
            email=JOINING[1],
            message=f"{JOINING[2]}{MARKUP}",
            joins_id=canaries.id,
            announced_by_id=self.the("coordinator").id,
            objections_until=NOW + timedelta(days=3),
            objection=f"{JOINING[3]}{MARKUP}",
            objected_by_id=self.the("colleague").id,
            objected_at=NOW,
        )
        self.feeds = {name: list(self._feeds(name)) for name in self.people}
        self._leave("former colleague", canaries)
        make_membership(self.the("former colleague"), rivals)
        closing = NewClosure(
            Target(here.id, hall.id), PlannedClosure(DAY), f"{CLOSED}{MARKUP}", False
        )
        self.closure_id = make(account_of(self.the("coordinator").id), closing)
        kept = PlannedSetAside(DAY + timedelta(days=1))
        named = frozenset({f"{ORGANISATION}{MARKUP}"})
        set_aside(account_of(self.the("coordinator").id), "hall", NewSetAside(kept, named))
        self.marks = {word: self._marks_of(word) for word in self.requests}
        db.session.rollback()

    def _leave(self, name: str, organisation: Organisation) -> None:
        with writing() as now:
            membership = current_membership(self.the(name).id, organisation.id)
            assert membership is not None
            end_membership(membership, now, actor_id=membership.person_id)

    def the(self, name: str) -> Person:
        person = self.people[name]
        assert person is not None
        return person

    def _ask(self, word: str, slug: str, start: str, end: str, **fields: object) -> None:
        entered = bool(fields.get("entered"))
        partner = self.the("partner")
        requester = self.the(str(fields.pop("requester", "coordinator" if entered else "partner")))
        self.requests[word] = make_request(
            requester,
            self.facilities[slug],
            [slot_on(DAY, start, end)],
            organisation_id=partner.organisation_id,
            title=f"{word}title{MARKUP}",
            purpose=f"{word}purpose{MARKUP}",
            hazards=True,
            hazards_note=f"{word}hazards{MARKUP}",
            billing_reference=f"{word}billing{MARKUP}",
            **fields,
        )

    def _ask_confidentially(self, canaries: Organisation) -> None:
        """A request that two people read, one of whom leaves; a manager is none of them."""
        self._ask(SECRET, "hall", "07:00", "08:00", holds=True, requester="named")
        manager = current_membership(self.the("colleague").id, canaries.id)
        assert manager is not None
        manager.role = "manager"
        db.session.commit()
        keys = [
            db.session.query(Membership.key)
            .filter_by(person_id=self.the(name).id)
            .limit(1)
            .scalar()
            for name in ("named", "former colleague")
        ]
        name_readers(account_of(self.the("named").id), self._booking(SECRET).id, keys)
        self._write_about(SECRET, asker="named")

    def _decide(self, act, word: str) -> None:
        account = account_of(self.the("coordinator").id)
        booking = self._booking(word)
        ids = frozenset(occurrence.id for occurrence in booking.occurrences)
        act(account, Decision(booking.id, ids, f"{word}reason{MARKUP}"))

    def _write_about(self, word: str, asker: str = "partner") -> None:
        """A message, a question and an answer about a booking, each with a word of its own."""
        booking_id = self._booking(word).id
        asks, decides = (account_of(self.the(name).id) for name in (asker, "coordinator"))
        message = NewMessage(booking_id, f"{word}message{MARKUP}")
        write(asks, Side.REQUESTER, message)
        question = NewMessage(booking_id, f"{word}question{MARKUP}", True, DAY - timedelta(days=42))
        write(decides, Side.OWNER, question)
        if word != "Cladrone":  # whose question stays open
            write(asks, Side.REQUESTER, NewMessage(booking_id, f"{word}answer{MARKUP}"))

    def _propose(self, word: str) -> None:
        """Propose twice, one of which the partner declines; all with words."""
        booking = self._booking(word)
        key = booking.id, booking.occurrences[0].id
        for start, end in (("16:00", "16:30"), ("16:30", "17:00")):
            slot, text = slot_on(DAY, start, end), f"{word}offer{MARKUP}"
            proposal = Proposal(*key, (slot,), False, 1, date(2026, 12, 1), text)
            propose(account_of(self.the("coordinator").id), proposal)
        declined = max(one.id for one in self._booking(word).occurrences)
        partner = account_of(self.the("partner").id)
        decline_proposals(partner, key[0], [declined], f"{word}answer{MARKUP}")

    def _propose_elsewhere(self, word: str, slug: str) -> None:
        """Propose another facility of the cluster, with words."""
        booking, slot = self._booking(word), slot_on(DAY, "11:00", "11:30")
        key = booking.id, booking.occurrences[0].id
        there, text = self.facilities[slug].id, f"{word}offer{MARKUP}"
        proposal = Proposal(*key, (slot,), False, 1, date(2026, 12, 1), text, there)
        propose(account_of(self.the("coordinator").id), proposal)

    def _accept(self, word: str) -> None:
        """Accept on a condition, mark it as done, and find something missing; all with words."""
        booking, coordinator = self._booking(word), account_of(self.the("coordinator").id)
        permit = NewCondition(
            ConditionKind.PERMIT, f"{word}condition{MARKUP}", ConditionStage.BEFORE_FINAL
        )
        choice = ConditionsChoice(date(2026, 12, 1), added=permit)
        ids = frozenset(occurrence.id for occurrence in booking.occurrences)
        confirm(coordinator, Decision(booking.id, ids, conditions=choice))
        (condition,) = conditions_of([booking.id])[booking.id]
        done = ConditionStep(condition.id, ConditionAct.MARK_DONE, f"{word}done{MARKUP}")
        take_condition_step(account_of(self.the("partner").id), done)
        missing = ConditionStep(condition.id, ConditionAct.FIND_MISSING, f"{word}missing{MARKUP}")
        take_condition_step(coordinator, missing)

    def _booking(self, word: str) -> Booking:
        request_id = self.requests[word].id
        found = db.session.query(Booking).filter_by(request_id=request_id).order_by(Booking.id)
        return found.limit(1).one()

    def _feeds(self, name: str) -> Iterator[str]:
        person = self.people[name]
        account = account_of(person.id) if person else None
        if account is None:
            return
        viewer = account.viewer
        kinds = [FeedKind.OWN, FeedKind.ORGANISATION] if viewer.organisation_id else []
        kinds += [FeedKind.DECIDING] if viewer.approves or viewer.coordinates else []
        for kind in kinds:
            yield make_feed(account, kind, with_titles=True)
        for slug in ("here", "there") if viewer.coordinates else ():
            if name == ("coordinator" if slug == "here" else AUDITOR):
                yield make_feed(account, FeedKind.CLUSTER, with_titles=True, cluster_slug=slug)

    def _marks_of(self, word: str) -> set[str]:
        """What gives one request away: its typed words, its reference, the names of its dates."""
        booking = self._booking(word)
        reference = booking.request.reference
        texts = {f"{word}{what}" for what in (*TYPED, "offer", "condition", "done", "missing")}
        uids = {one.uid for part in booking.request.bookings for one in part.occurrences}
        return texts | {reference, reference.replace("-", "")} | uids


#: In the request that only named people of the organisation read, and who decides.
SECRET = "Lockmarten"
SEEN_BY = {
    "partner": set(FACILITIES),
    "colleague": set(FACILITIES),
    "coordinator": set(FACILITIES),
    "approver": {"hall", "bench"},
}


def may_read(name: str, word: str, slug: str) -> bool:
    """Whether somebody may read the request with this word, which is at this facility."""
    is_named = word != SECRET or name in ("approver", "coordinator")
    return is_named and slug in SEEN_BY.get(name, ())


#: Pictures, scripts and the like.
NO_WORDS = {"static", "bootstrap_css", "browse.help_image"}


class Crawler:
    """One person with a browser, who opens everything and keeps what comes back."""

    def __init__(self, app: Flask, scene: Scene, name: str) -> None:
        self.app, self.scene, self.name = app, scene, name
        self.client = app.test_client()
        if scene.people[name] is not None:
            sign_in(self.client, scene.the(name))
        db.session.rollback()
        self.read: dict[str, str] = {}

    def crawl(self) -> dict[str, str]:
        """All that this person reads, by address: headers and text."""
        waiting = list(self._seeds())
        known = {self._page_of(address) for address in waiting}
        while waiting and len(self.read) < MOST_PAGES:
            address = waiting.pop(0)
            answer = self.client.get(address)
            self._keep(f"GET {address}", answer)
            for written in re.findall(r'(?:href|action)="(/[^"#]*)', answer.text):
                link = unescape(written)
                page = self._page_of(link)
                if page not in known and "static/" not in link:
                    known.add(page)
                    waiting.append(link)
        self._try_forms()
        assert len(self.read) < MOST_PAGES, "the crawl did not come to its end"
        return self.read

    def _page_of(self, address: str) -> tuple[object, ...]:
        parts = urlsplit(address)
        path = OF_CONCEPTS.sub(r"\1", parts.path)
        return path, *(pair for pair in parse_qsl(parts.query) if pair[0] in TELLING)

    def _seeds(self) -> Iterator[str]:
        """Every address that can be got, with all that there is to put into it."""
        values = {
            "slug": (*FACILITIES, "here", "there"),
            "reference": [
                *(request.reference for request in self.scene.requests.values()),
                self.scene.enquiry,
            ],
            "key": [
                self.scene.account_request.key,
                self.scene.the("partner").key,
                self.scene.the("partner").organisation.key,
            ],
            "step": ["deactivate"],
            "member": [self.scene.member],
            "closure_id": [str(self.scene.closure_id)],
            "number": ["1"],
            "token": [*self.scene.feeds[self.name], "never-made"],
            "name": GUIDES,
            "concept": ["drones"],
            "kind": ["pictures", "documents"],
        }
        for rule in self.app.url_map.iter_rules():
            if "GET" not in rule.methods or rule.endpoint in NO_WORDS:
                continue
            names = re.findall(r"<\w+:(\w+)>", rule.rule)
            for filled in product(*(values[name] for name in names)):
                parts = iter(filled)
                yield re.sub(r"<[^>]+>", lambda _, parts=parts: next(parts), rule.rule)
        around = "on=2027-01-12"
        for view in ("day", "week", "month", "list"):
            yield f"/calendar?view={view}&{around}"
            yield from (f"/facilities/{slug}?view={view}&{around}" for slug in FACILITIES)
        yield f"/calendar?as=list&{around}"
        yield from (f"/facilities/{slug}/times.json?first=2027-01-12" for slug in FACILITIES)
        yield "/?first=2027-01-11&last=2027-01-15&length=8-hour"
        yield "/inbox?show=affected"
        yield "/inbox?show=proposed"
        yield "/inbox?show=to-check"
        yield "/inbox?show=upcoming"
        yield "/inbox?show=earlier"
        yield from (f"/manage/bookings/new?facility={slug}" for slug in FACILITIES)

    def _try_forms(self) -> None:
        """Forms that clash with the bookings, and answers to what is not one's own."""
        dates = {
            "dates-0-day": "2027-01-12",
            "dates-0-starts_time": "09:00",
            "dates-0-ends_time": "17:00",
        }
        for slug in FACILITIES:
            for address, step in (("/requests/new", "check"), ("/manage/bookings/new", "enter")):
                fields = FILLED | dates | {"facility": slug, "step": step, "extent": "whole"}
                self._keep(f"POST {address} {slug}", post(self.client, address, fields))
        if self.name in SEEN_BY:
            return
        for request in self.scene.requests.values():
            for path in (
                "requests/{}/withdraw",
                "requests/{}/cancel",
                "requests/{}/accept",
                "requests/{}/suggest",
                "requests/{}/conditions",
                "requests/{}/change",
                "requests/{}/readers",
                "inbox/{}/confirm",
                "inbox/{}/propose",
                "inbox/{}/conditions",
            ):
                address = f"/{path.format(request.reference)}"
                self._keep(f"POST {address}", post(self.client, address, {"booking": "1"}))
            for path in ("requests/{}/messages", "inbox/{}/messages"):
                address = f"/{path.format(request.reference)}"
                self._keep(f"POST {address}", post(self.client, address, {"message-1-text": "x"}))

    def _keep(self, what: str, answer: TestResponse) -> None:
        assert answer.status_code < 500, what
        if answer.mimetype == "text/html":
            assert "<b data-evil" not in answer.text, what
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers)
        # A calendar breaks long lines: a word may not hide behind that.
        text = answer.text.replace("\r\n ", "")
        # What somebody typed into the address is no news to them, on the way to the sign-in.
        typed = unquote(what.partition(" ")[2].partition("?")[0])
        self.read[what] = f"{headers}\n{text}".replace(typed, "").replace(typed[1:], "")


def found(read: dict[str, str], marks: Iterable[str]) -> list[str]:
    """Where any of the marks is found, and which."""
    return [
        f"{mark} at {address}"
        for address, text in read.items()
        for mark in sorted(marks)
        if mark in text
    ]


OUTSIDERS = (
    "anonymous",
    "rival",
    "former colleague",
    "works for both",
    KEEPER,
    "approver of another cluster",
    "admin",
)


# Who sees what is the same rule on both engines, and a crawl takes seconds.
one_engine = pytest.mark.parametrize("engine_name", ["sqlite"])


@dataclass(frozen=True)
class Crawled:
    """What everybody read on one site; of each request its reference, facility and marks."""

    read: dict[str, dict[str, str]]
    references: dict[str, str]
    slugs: dict[str, str]
    marks: dict[str, set[str]]
    enquiry: str
    emails: dict[str, str]


@pytest.fixture(scope="module")
def crawled(sqlite_databases: SqliteDatabases) -> Crawled:
    """Let everybody crawl one site, as one server serves it: insiders first.

    So what is in memory when the others come was drawn for insiders.
    """
    clock.set_source(lambda: NOW)
    with sqlite_databases.fresh() as url, shared_app(url) as app, app.app_context():
        app.test_client_class = Visitor
        scene = Scene()
        read = {name: Crawler(app, scene, name).crawl() for name in (*SEEN_BY, *OUTSIDERS, AUDITOR)}
        found = Crawled(
            read=read,
            references={word: one.reference for word, one in scene.requests.items()},
            slugs={word: scene._booking(word).facility.slug for word in scene.requests},
            marks=scene.marks,
            enquiry=scene.enquiry,
            emails={name: scene.the(name).email for name in SEEN_BY},
        )
        db.session.remove()
    clock.set_source(None)
    return found


def test_everybody_reads_what_is_for_them_and_nothing_else(crawled: Crawled) -> None:
    # One test, as two processes that share the tests would both crawl.
    for name in OUTSIDERS:
        check_that_outsiders_read_no_confidential_word(crawled, name)
    check_that_an_auditor_reads_that_steps_were_taken_and_no_word_of_them(crawled)
    for name in SEEN_BY:
        check_that_insiders_read_their_words_and_no_others(crawled, name)


def check_that_outsiders_read_no_confidential_word(crawled: Crawled, name: str) -> None:
    read = crawled.read[name]
    if name == "works for both":  # their updates are one list, whichever they act for
        read = {at: text for at, text in read.items() if "/account/updates" not in at}

    for marks in crawled.marks.values():
        assert found(read, marks) == []
    words = [*ASKING, *INVITED, *JOINING, *INVOICES, CLOSED, *ASKED, crawled.enquiry]
    kept = [ARRIVAL, LISTED]
    assert found(read, words) == []
    assert {one for one in kept if found(read, [one])} == set(kept if name == KEEPER else ())
    if name == "admin":  # who there is and for whom they work, and nothing of what they book
        assert all(found(read, [word]) for word in (ORGANISATION, *PEOPLE, *EMAILS))
        return
    assert found(read, [*PEOPLE, *EMAILS]) == []
    if name == "former colleague":  # what was changed about them says where they worked
        read = {at: text for at, text in read.items() if "/account/history" not in at}
    if name == "works for both":
        assert found(read, [ORGANISATION]) != []  # in the menu, to switch to it
    else:
        assert found(read, [ORGANISATION]) == []


def check_that_an_auditor_reads_that_steps_were_taken_and_no_word_of_them(crawled: Crawled) -> None:
    read = crawled.read[AUDITOR]

    log = {at: text for at, text in read.items() if "/manage/clusters/here/log" in at}
    assert crawled.references["Brimvolt"] in "".join(log.values())
    for word, marks in crawled.marks.items():
        assert found(read, {mark for mark in marks if mark.startswith(word)}) == []
        assert found({at: text for at, text in read.items() if at not in log}, marks) == []
    assert found(read, [*ASKED, *ASKING, *INVITED, *JOINING]) == []


def check_that_insiders_read_their_words_and_no_others(crawled: Crawled, name: str) -> None:
    read = dict(crawled.read[name])

    texts = "\n".join(read.values())
    assert ARRIVAL in texts
    assert LISTED in texts
    assert all(word in texts for word in ASKED)
    for word, reference in crawled.references.items():
        marks = crawled.marks[word]
        if not may_read(name, word, crawled.slugs[word]):
            assert found(read, marks) == []
            continue
        further = {
            "Hobblenox": ("offer",),
            "Jabberwix": ("offer", "answer"),
            "Kindlewisp": ("condition", "done", "missing"),
        }
        for what in ("title", "purpose", "hazards", "billing", *further.get(word, ())):
            assert f"{word}{what}" in texts
        assert reference in texts
        if word in ("Brimvolt", "Dwimmerlo"):
            assert all(f"{word}{what}" in texts for what in ("message", "question", "answer"))
    assert "Fothergamreason" in texts, "why it was declined"
    assert ORGANISATION in texts
    assert PEOPLE[0] in texts
    assert bool(found(read, [CLOSED])) is (name in ("coordinator", "approver"))
    assert bool(found(read, JOINING)) is (name != "approver")
    assert all(word in texts for word in INVOICES[:2])
    assert bool(found(read, INVOICES[2:])) is (name in ("partner", "colleague"))
    own = crawled.emails[name]
    if name == "colleague":  # who manages, and so sees addresses there
        read.pop("GET /organisation")
    assert found(read, [email for email in EMAILS if email != own]) == []
    assert found(read, INVITED) == []
    if name == "coordinator":
        assert all(mark in texts for mark in ASKING)
    else:
        assert found(read, ASKING) == []


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_mails_go_to_insiders_and_have_only_reference_facility_and_time(
    app: Flask, app_context: None, database_url: str
) -> None:
    scene = Scene()
    remind_of_arrivals()
    owners = {scene.the(name).email for name in ("approver", "coordinator", "named")}
    may_know = {scene.the(name).email for name in (*SEEN_BY, "works for both", "named")}
    settings = settings_for(database_url)
    mails = []
    while (parcel := take_next()) is not None:
        mails.append(letter(parcel, settings))

    assert any(mail["To"] in may_know for mail in mails)
    for mail in mails:
        shown = f"{mail}{text_of(mail)}{unescape(text_of(mail, 'html'))}"
        text = shown.replace(str(mail["To"]), "")
        for word, marks in scene.marks.items():
            typed = {mark for mark in marks if mark[-1].islower() and mark[0].isupper()}
            # Others are notified of their own requests only.
            hidden = typed if mail["To"] in (owners if word == SECRET else may_know) else marks
            assert not [mark for mark in hidden if mark in text]
        words = (ORGANISATION, *PEOPLE, *EMAILS, CLOSED, ARRIVAL, LISTED, *ASKED)
        assert not [mark for mark in words if mark in text]


#: Everybody, insiders first: what these draw is in memory when the others come.
IN_ORDER = (*SEEN_BY, *OUTSIDERS, AUDITOR)
#: Those who see the same, and so may be served what the other one has drawn.
ALIKE = ({"partner", "colleague"}, {"rival", "former colleague", "works for both"})
KEPT = (
    "/facilities/hall?view=day&on=2027-01-12",
    "/facilities/bench?view=month&on=2027-01-12",
    "/facilities/vault?view=week&on=2027-01-12",
    "/calendar?view=day&on=2027-01-12&open=all",
    "/calendar?view=month&on=2027-01-12&open=all",
    "/?first=2027-01-12&length=2-hour",
    "/clusters/here.ics",
)


#: What is another one in each browser, or each time.
OF_BROWSER = re.compile(r'(?:Set-Cookie|X-Request-ID): .*|(?<=csrf_token" value=")[^"]*')


#: What is worked out from bookings and shown to everybody: how long answers take.
PUBLIC = {"usual answer"}
EVERYBODY = "everybody"
#: How many numbers the version of the rules has: the revision, and who is away.
PARTS_OF_RULES = 2


class Memory:
    """Watches what is kept of calendars: `served` has who drew it and who got it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reader = ""
        self.served: set[tuple[str, str]] = set()
        self._drawn_by: dict[int, str] = {}
        cache = calendar_cache._Cache
        put, get, get_all = cache.put, cache.get, cache.get_all

        def noting_put(kept: object, key: object, entry: calendar_cache._Entry) -> None:
            put(kept, key, entry)
            is_public = isinstance(key, tuple) and key[0] in PUBLIC
            self._drawn_by[id(entry)] = EVERYBODY if is_public else self.reader

        def noting_get(kept: object, key: object) -> calendar_cache._Entry | None:
            return self._note(get(kept, key))

        def noting_all(kept: object, keys: list) -> list[calendar_cache._Entry | None]:
            return [self._note(entry) for entry in get_all(kept, keys)]

        monkeypatch.setattr(cache, "put", noting_put)
        monkeypatch.setattr(cache, "get", noting_get)
        monkeypatch.setattr(cache, "get_all", noting_all)

    def _note(self, entry: calendar_cache._Entry | None) -> calendar_cache._Entry | None:
        # What follows from its key, or from the rules alone, is the same for all.
        if entry is not None and len(entry.version) > PARTS_OF_RULES:
            drawer = self._drawn_by[id(entry)]
            self.served.add((self.reader if drawer == EVERYBODY else drawer, self.reader))
        return entry


def read_kept(app: Flask, scene: Scene, name: str, pages: Iterable[str] = KEPT) -> dict[str, str]:
    """What somebody reads on the pages that are kept in memory, and in their own feeds."""
    crawler = Crawler(app, scene, name)
    for address in (*pages, *(f"/feeds/{token}.ics" for token in scene.feeds[name])):
        crawler._keep(f"GET {address}", crawler.client.get(address))
    return {at: OF_BROWSER.sub("", text) for at, text in crawler.read.items()}


@one_engine
def test_whoever_has_read_before_everybody_gets_from_memory_what_is_for_them(
    app: Flask, app_context: None, warm: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In any order: what is kept for one reader is found only by those who see the same."""
    scene, memory = Scene(), Memory(monkeypatch)
    read: dict[str, dict[str, str]] = {}
    for name in IN_ORDER:
        memory.reader = name
        read[name] = read_kept(app, scene, name)
        for word, marks in scene.marks.items():
            slug = db.session.get(Booking, scene._booking(word).id).facility.slug
            assert may_read(name, word, slug) or found(read[name], marks) == [], (
                f"{name} reads {word}"
            )
    assert "Dwimmerlotitle" in "\n".join(read["colleague"].values())
    for name in reversed(IN_ORDER):
        memory.reader = name
        again = read_kept(app, scene, name)
        assert {at for at, text in again.items() if text != read[name][at]} == set(), name

    for drawer, reader in memory.served:
        assert drawer == reader or any({drawer, reader} <= alike for alike in ALIKE)
    assert {reader for _, reader in memory.served} == set(IN_ORDER)
    assert ("partner", "colleague") in memory.served


@one_engine
def test_a_key_without_the_reader_would_be_noticed(
    app: Flask, app_context: None, warm: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking.wording.reader.reading_rights", lambda viewer: ANONYMOUS)
    scene = Scene()
    read_kept(app, scene, "partner", KEPT[:1])

    assert found(read_kept(app, scene, "rival", KEPT[:1]), scene.marks["Brimvolt"])
