"""A random federation: whatever may stand in the tables, for tests that must hold for all of it.

Each text that somebody typed is one word that stands nowhere else, so that pages can be searched
for it. Equal seeds make equal federations.
"""

import random
from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Any, NamedTuple

from booking.accounts.models import Organisation, Person
from booking.accounts.queries import account_of
from booking.audit.recording import record
from booking.bookings.disruption_models import Affected
from booking.bookings.models import (
    Booking,
    BookingCondition,
    BookingRequest,
    LogEntry,
    Occurrence,
    RequestReader,
)
from booking.break_glass.service import open_request
from booking.db.transactions import writing
from booking.enquiries.models import Enquiry
from booking.extensions import db
from booking.facilities.models import Facility
from booking.feeds.kinds import FeedKind, right_to
from booking.feeds.service import make_feed
from booking.notices.models import Notice
from booking.rules.audit_events import EVENTS, Event, Subject
from booking.rules.lifecycle import OPEN, Audience, Holds, State
from booking.rules.references import new_reference
from booking.rules.roles import RoleKind
from booking.rules.slots import Slot
from tests.conftest import NOW
from tests.factories import (
    make_absence,
    make_account_request,
    make_closure,
    make_cluster,
    make_facility,
    make_membership,
    make_organisation,
    make_person,
    make_role,
)
from tests.request_factories import add_booking, make_request

ONE_HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)
#: Dates begin at these hours after NOW, 9:00 UTC, and take two: many meet, some are over.
_STARTS = [day * ONE_DAY + hours * ONE_HOUR for day in (-20, 0, 50) for hours in (0, 1, 3)]
_LEVELS = ("busy", "busy", "busy", "nothing")
_HIDDEN = ("sees_public", "sees_signed_in", "sees_own_cluster")


class MadeFeed(NamedTuple):
    """A secret calendar: of what, and the token of its address."""

    kind: FeedKind
    cluster_id: int | None
    organisation_id: int | None
    token: str


class Federation:
    """The rows, as far as a test asks for them; `feeds` has those of each person."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._words = count(1)
        self.people: list[Person] = []
        self.feeds: dict[int, list[MadeFeed]] = {}
        self._taken: list[tuple[int, Slot]] = []
        self._make_places()
        self._make_people()
        self._make_roles()
        for _ in range(26):
            self._make_request()
        self._make_marks()
        self._make_others()
        self._make_log()
        for person in self.people:
            self._make_feeds(person)
        db.session.rollback()

    def _chance(self, part: float) -> bool:
        return self._rng.random() < part

    def _word(self, kind: str) -> str:
        return f"{kind}{next(self._words):03}x"

    # --- places and people ------------------------------------------------------------------------

    def _make_places(self) -> None:
        self.clusters = [make_cluster(f"cluster{number}") for number in range(3)]
        self.facilities: list[Facility] = []
        for cluster in self.clusters:
            hall = self._facility(cluster, None)
            bench = self._facility(cluster, hall)
            self._facility(cluster, self._rng.choice((hall, bench, None)))

    def _facility(self, cluster: Any, parent: Facility | None) -> Facility:
        slug = self._word("Facility").lower()
        levels = {name: self._rng.choice(_LEVELS) for name in _HIDDEN}
        made = make_facility(cluster, slug, parent=parent, weekdays=range(7), **levels)
        self.facilities.append(made)
        return made

    def _make_people(self) -> None:
        homes = [*self.clusters, None]
        self.organisations = [
            make_organisation(self._word("Organisation"), home_cluster=self._rng.choice(homes))
            for _ in range(4)
        ]
        for organisation in self.organisations:
            for _ in range(3):
                self._member(organisation)
        for person in self._rng.sample(self.people, 4):  # some work for two, or did
            other = self._rng.choice(self.organisations)
            if other.id != person.organisation_id:
                self._join(person, other)
        for number in range(7):
            self._person(is_admin=number == 0)
        self._person(is_active=False)

    def _person(self, **fields: Any) -> Person:
        name = self._word("Person")
        person = make_person(f"{name.lower()}@example.org", name=name, **fields)
        self.people.append(person)
        return person

    def _member(self, organisation: Organisation) -> None:
        person = self._person()
        self._join(person, organisation)
        person.organisation_id = organisation.id

    def _join(self, person: Person, organisation: Organisation) -> None:
        since = NOW - self._rng.randint(50, 90) * ONE_DAY
        until = NOW - self._rng.randint(1, 10) * ONE_DAY if self._chance(0.2) else None
        role = "manager" if self._chance(0.3) else "member"
        make_membership(person, organisation, role=role, since=since, until=until)

    def _make_roles(self) -> None:
        given: set[tuple[int, str, int]] = set()
        for cluster in self.clusters:
            person = self._rng.choice(self.people)
            given.add((person.id, RoleKind.COORDINATOR, cluster.id))
            make_role(person, RoleKind.COORDINATOR, cluster)
        for _ in range(14):
            kind = self._rng.choice([*RoleKind, RoleKind.APPROVER, RoleKind.APPROVER])
            of_cluster = kind in (RoleKind.COORDINATOR, RoleKind.AUDITOR)
            of = self._rng.choice(self.clusters if of_cluster else self.facilities)
            person = self._rng.choice(self.people)
            last_day = self._rng.choice((None, None, None, -1, 30))
            last = (NOW + last_day * ONE_DAY).date() if last_day is not None else None
            if (person.id, kind, of.id) not in given:
                given.add((person.id, kind, of.id))
                make_role(person, kind, of, last_day=last)
        for person in self._rng.sample(self.people, 5):
            first = (NOW + self._rng.choice((-3, 0, 5)) * ONE_DAY).date()
            other = self._rng.choice((None, *self.people))
            stand_in = other if other is not None and other.id != person.id else None
            make_absence(person, first, first + 4 * ONE_DAY, stand_in=stand_in)

    # --- requests ---------------------------------------------------------------------------------

    def _make_request(self) -> None:
        members = [one for one in self.people if one.organisation_id is not None]
        entered = self._chance(0.2)
        requester = self._rng.choice(self.people if entered else members)
        organisation_id = (
            self._rng.choice((None, *(one.id for one in self.organisations)))
            if entered
            else requester.organisation_id
        )
        state, slots, facility, fields = self._some_dates(entered)
        request = make_request(
            requester,
            facility,
            slots,
            state=state,
            organisation_id=organisation_id,
            entered=entered,
            title=self._word("Title"),
            reference=new_reference(self._rng),
            sent_at=NOW - self._rng.randint(21, 40) * ONE_DAY,
            **fields,
        )
        if self._chance(0.3):
            state, slots, facility, fields = self._some_dates(entered)
            add_booking(request, facility, slots, state=state, **fields)
        if organisation_id is not None and self._chance(0.3):
            self._name_readers(request)
        if not entered and self._chance(0.15):
            colleagues = [one.id for one in members if one.organisation_id == organisation_id]
            request.contact_id = self._rng.choice(colleagues)
        db.session.commit()

    def _some_dates(self, entered: bool) -> tuple[State, Sequence[Slot], Facility, dict[str, Any]]:
        facility = self._rng.choice(self.facilities)
        starts = self._rng.sample(_STARTS, self._rng.randint(1, 3))
        slots = sorted(Slot(NOW + one, NOW + one + 2 * ONE_HOUR) for one in starts)
        # Of one booking no two dates meet.
        slots = [
            slot
            for index, slot in enumerate(slots)
            if not any(slot.overlaps(other) for other in slots[:index])
        ]
        state = State.CONFIRMED if entered and self._chance(0.5) else self._rng.choice(list(State))
        whole = self._chance(0.2)
        takes = state.rules.holds is Holds.PLACES or (not whole and self._chance(0.3))
        if takes and state in (*OPEN, State.CONFIRMED) and self._is_room(facility, slots, whole):
            holds = True
        else:
            holds = False
            if state.rules.holds is Holds.PLACES:
                state = State.REQUESTED
        due = NOW + self._rng.choice((-2, 3, 9)) * ONE_DAY
        lapses = NOW + self._rng.choice((-1, 4, 40)) * ONE_DAY
        fields = {"whole": whole, "holds": holds, "due_at": due, "lapses_at": lapses}
        return state, slots, facility, fields

    def _is_room(self, facility: Facility, slots: Sequence[Slot], whole: bool) -> bool:
        needed = {facility.id, *(self._below(facility.id) if whole else ())}
        wanted = [(key, slot) for key in needed for slot in slots]
        if any(a == b and one.overlaps(two) for a, one in wanted for b, two in self._taken):
            return False
        self._taken += wanted
        return True

    def _below(self, facility_id: int) -> set[int]:
        found = {one.id for one in self.facilities if one.parent_id == facility_id}
        return found.union(*(self._below(one) for one in found))

    def _name_readers(self, request: BookingRequest) -> None:
        theirs = [one for one in self.people if one.organisation_id == request.organisation_id]
        request.is_confidential = True
        named = self._rng.sample(theirs, self._rng.randint(0, len(theirs)))
        db.session.add_all(
            RequestReader(request_id=request.id, person_id=one.id, named_at=NOW) for one in named
        )

    def _make_marks(self) -> None:
        """Proposals in the place of dates, affected dates, conditions, and updates about all."""
        for booking in db.session.query(Booking).order_by(Booking.id).all():
            first = booking.occurrences[0]
            if first.state in (State.REQUESTED, State.CONFIRMED) and self._chance(0.3):
                self._propose_instead(booking, first)
            for date in booking.occurrences:
                if self._chance(0.2):
                    resolved = NOW if self._chance(0.3) else None
                    db.session.add(
                        Affected(
                            occurrence_id=date.id,
                            cause="hours",
                            marked_at=NOW,
                            resolved_at=resolved,
                            resolved_how="kept" if resolved else None,
                        )
                    )
                date.began_waiting = date.state is State.WAITING
            if self._chance(0.3):
                self._hang_condition(booking)
            for line in booking.log:
                for person in self._rng.sample(self.people, 4):
                    side = self._rng.choice((Audience.REQUESTER, Audience.OWNER))
                    notice = {"booking_id": booking.id, "log_id": line.id, "after": line.after}
                    read_at = NOW if self._chance(0.5) else None
                    db.session.add(
                        Notice(
                            person_id=person.id,
                            side=side,
                            created_at=NOW,
                            read_at=read_at,
                            **notice,
                        )
                    )
        db.session.commit()

    def _propose_instead(self, booking: Booking, date: Occurrence) -> None:
        state = self._rng.choice((State.PROPOSED, State.DECLINED, State.LAPSED))
        slot = Slot(date.starts_at + 6 * ONE_HOUR, date.ends_at + 6 * ONE_HOUR)
        db.session.add(
            Occurrence(
                booking_id=booking.id,
                facility_id=booking.facility_id,
                uid=self._word("uid"),
                replaces_id=date.id,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                places=1,
                state=state,
                lapses_at=NOW + 3 * ONE_DAY if state is State.PROPOSED else None,
                changed_at=NOW,
            )
        )
        db.session.flush()
        db.session.add(
            LogEntry(
                booking_id=booking.id,
                at=NOW,
                actor_id=None,
                side="owner",
                after=state,
                occurrence_ids=[date.id],
            )
        )

    def _hang_condition(self, booking: Booking) -> None:
        db.session.add(
            BookingCondition(
                booking_id=booking.id,
                kind="insurance",
                text=self._word("Condition"),
                stage=self._rng.choice(("before_final", "before_arrival")),
                due_at=NOW + 3 * ONE_DAY,
                status=self._rng.choice(("open", "done", "done", "met")),
                added_at=NOW,
            )
        )

    # --- everything else --------------------------------------------------------------------------

    def _make_others(self) -> None:
        for _ in range(6):
            facility = self._rng.choice(self.facilities)
            slot = Slot(NOW + 70 * ONE_DAY, NOW + 71 * ONE_DAY)
            closure = make_closure(facility, slot, reason=self._word("Closed"))
            if self._chance(0.3):
                closure.facility_id = None
            make_account_request(
                self._rng.choice((None, *self.clusters)),
                name=self._word("Asking"),
                joins_id=self._rng.choice((None, None, self.organisations[0].id)),
                answer=self._rng.choice((None, None, "declined")),
                answered_at=NOW,
            )
        for organisation in self.organisations:
            for facility in self._rng.sample(self.facilities, 3):
                self._ask(organisation, facility)
        admin = account_of(next(one for one in self.people if one.is_admin).id)
        assert admin is not None
        references = [one.reference for one in db.session.query(BookingRequest).order_by("id")]
        self.opened = self._rng.choice(references)
        open_request(admin, self.opened, "Somebody asked.")

    def _ask(self, organisation: Organisation, facility: Facility) -> None:
        theirs = [one.id for one in self.people if one.organisation_id == organisation.id]
        db.session.add(
            Enquiry(
                reference=new_reference(self._rng),
                facility_id=facility.id,
                organisation_id=organisation.id,
                asked_by_id=self._rng.choice(theirs),
                asked_at=NOW,
                last_message_at=NOW,
                is_answered=self._chance(0.3),
            )
        )
        db.session.commit()

    def _make_log(self) -> None:
        requests = db.session.query(BookingRequest).order_by(BookingRequest.id).all()
        ids = {
            Subject.PERSON: [one.id for one in self.people],
            Subject.ORGANISATION: [one.id for one in self.organisations],
            Subject.CLUSTER: [one.id for one in self.clusters],
            Subject.FACILITY: [one.id for one in self.facilities],
            Subject.BOOKING: [one.reference for one in requests],
        }
        names = {one: one.value for one in Subject} | {Subject.BOOKING: "reference"}
        cluster_of = {one.id: one.cluster_id for one in self.facilities}
        organisation_of = {one.reference: one.organisation_id for one in requests}
        ids[Subject.BOOKING] += [one.reference for one in requests if one.is_confidential] * 2
        db.session.rollback()
        with writing() as now:
            for event in self._rng.choices([*Event, *[Event.BOOKING_STEP] * 20], k=80):
                rules = EVENTS[event]
                about = [*rules.about, *(one for one in sorted(rules.also) if self._chance(0.7))]
                subjects = {names[one]: self._rng.choice(ids[one]) for one in about}
                if "facility" in subjects:
                    subjects["cluster"] = cluster_of[subjects["facility"]]
                asking = organisation_of.get(subjects.get("reference"))
                if asking is not None and "organisation" in subjects:
                    subjects["organisation"] = asking
                actor = self._rng.choice([None, *ids[Subject.PERSON]])
                record(event, now=now, actor=actor, why=self._word("Why"), **subjects)

    def _make_feeds(self, person: Person) -> None:
        account = account_of(person.id)
        if account is None:
            return
        found = []
        for kind in FeedKind:
            for cluster in self.clusters if kind is FeedKind.CLUSTER else [None]:
                cluster_id = cluster.id if cluster else None
                if right_to(kind, account.viewer, account.organisation_id, cluster_id):
                    slug = {"cluster_slug": cluster.slug} if cluster else {}
                    token = make_feed(account, kind, with_titles=True, **slug)
                    found.append(MadeFeed(kind, cluster_id, account.organisation_id, token))
        self.feeds[person.id] = found
