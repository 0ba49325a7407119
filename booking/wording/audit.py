"""The log of who changed what, in words.

Each event has a label, for lists of what can be looked for, and a sentence that names who did it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from booking.rules.audit_events import Area, Event
from booking.rules.lifecycle import Event as Step
from booking.rules.lifecycle import State
from booking.rules.quotas import Period
from booking.wording.states import WORDS
from booking.wording.translator import gettext, lazy_gettext

AREA_WORDS: Mapping[Area, str] = MappingProxyType(
    {
        Area.ACCOUNTS: lazy_gettext("Accounts"),
        Area.ORGANISATIONS: lazy_gettext("Organisations"),
        Area.ROLES: lazy_gettext("Roles"),
        Area.SETTINGS: lazy_gettext("Settings"),
        Area.BOOKINGS: lazy_gettext("Bookings"),
        Area.OPENED: lazy_gettext("Bookings read by administrators"),
        Area.LOG: lazy_gettext("This log"),
    }
)


@dataclass(frozen=True)
class Told:
    """The names in the sentence of an entry; "" for what it is not about."""

    actor: str
    person: str = ""
    organisation: str = ""
    cluster: str = ""
    facility: str = ""
    reference: str = ""
    step: str = ""

    @property
    def by_name(self) -> dict[str, str]:
        """Return what stands for each name in a sentence.

        `place` is the facility, or the cluster where it is about all of it.
        """
        return {**vars(self), "place": self.facility or self.cluster}


_STEP_WORDS: Mapping[str, str] = MappingProxyType(
    {
        Step.AFFECTED: lazy_gettext("affected by a closure or new hours"),
        Step.LIFTED: lazy_gettext("no longer affected"),
        Step.KEPT: lazy_gettext("takes place although affected"),
        Step.ARRIVING: lazy_gettext("reminder of the dates"),
        Step.OVERRIDE: lazy_gettext("exception granted"),
        Step.ATTENDANCE: lazy_gettext("arrival or departure noted"),
        Step.MESSAGE: lazy_gettext("message"),
        Step.QUESTION: lazy_gettext("question"),
        Step.ANSWER: lazy_gettext("answer to a question"),
        Step.REMINDED: lazy_gettext("reminder to answer"),
        Step.OVERDUE: lazy_gettext("answer overdue"),
        Step.ANNOUNCEMENT: lazy_gettext("message to everybody booked"),
        Step.CONDITION_DONE: lazy_gettext("condition said to be met"),
        Step.CONDITION_MET: lazy_gettext("condition met"),
        Step.CONDITION_NOT_YET: lazy_gettext("condition not met yet"),
        Step.CONDITION_WAIVED: lazy_gettext("condition waived"),
        Step.CONDITION_MISSED: lazy_gettext("condition missed"),
        Step.CHANGED: lazy_gettext("request changed"),
        Step.OPENED: lazy_gettext("read by an administrator"),
        Step.HANDED_OVER: lazy_gettext("handed over to a colleague"),
        Step.READERS: lazy_gettext("people who may read it changed"),
        Step.ELSEWHERE_PROPOSED: lazy_gettext("another facility proposed"),
        Step.ELSEWHERE_REQUESTED: lazy_gettext("another facility suggested"),
        Step.ELSEWHERE_ACCEPTED: lazy_gettext("another facility accepted"),
        Step.ELSEWHERE_CONFIRMED: lazy_gettext("another facility confirmed"),
        Step.ELSEWHERE_ENDED: lazy_gettext("proposal of another facility ended"),
    }
)


def step_word(step: str) -> str:
    """Return what a step of a booking is called: the new state, or what else happened."""
    if step in _STEP_WORDS:
        return str(_STEP_WORDS[step])
    return str(WORDS[State(step)].word) if step else ""


@dataclass(frozen=True)
class EventWords:
    """The words of one event; `text` names who did what to whom, and ends with a full stop."""

    label: str
    text: str

    def sentence(self, told: Told) -> str:
        """Return what happened, with the names."""
        return str(self.text) % told.by_name


EVENT_WORDS: Mapping[Event, EventWords] = MappingProxyType(
    {
        Event.ACCOUNT_MADE: EventWords(
            lazy_gettext("Account made"),
            lazy_gettext("%(actor)s made an account for %(person)s."),
        ),
        Event.ACCOUNT_ACTIVATED: EventWords(
            lazy_gettext("Account activated"),
            lazy_gettext("%(actor)s activated the account of %(person)s."),
        ),
        Event.ACCOUNT_DEACTIVATED: EventWords(
            lazy_gettext("Account deactivated"),
            lazy_gettext("%(actor)s deactivated the account of %(person)s."),
        ),
        Event.SIGN_INS_ENDED: EventWords(
            lazy_gettext("Signed out everywhere"),
            lazy_gettext("%(actor)s signed %(person)s out everywhere."),
        ),
        Event.PASSWORD_LINK_MADE: EventWords(
            lazy_gettext("Link to choose a password made"),
            lazy_gettext("%(actor)s made a link with which %(person)s can choose a password."),
        ),
        Event.PASSWORD_SET: EventWords(
            lazy_gettext("Password chosen by a link"),
            lazy_gettext("%(actor)s chose a new password by a link."),
        ),
        Event.PASSWORD_CHANGED: EventWords(
            lazy_gettext("Password changed"),
            lazy_gettext("%(actor)s changed their password."),
        ),
        Event.EMAIL_CHANGED: EventWords(
            lazy_gettext("E-mail address changed"),
            lazy_gettext("%(actor)s changed their e-mail address."),
        ),
        Event.SECOND_FACTOR_ADDED: EventWords(
            lazy_gettext("Second step added"),
            lazy_gettext("%(actor)s added a second step to their sign-in."),
        ),
        Event.SECOND_FACTOR_REMOVED: EventWords(
            lazy_gettext("Second step removed"),
            lazy_gettext("%(actor)s removed a second step from the sign-in of %(person)s."),
        ),
        Event.RECOVERY_CODES_MADE: EventWords(
            lazy_gettext("Recovery codes made"),
            lazy_gettext("%(actor)s made new recovery codes."),
        ),
        Event.NAME_CHANGED: EventWords(
            lazy_gettext("Name changed"),
            lazy_gettext("%(actor)s changed their name."),
        ),
        Event.DATA_COPIED: EventWords(
            lazy_gettext("Copy of data"),
            lazy_gettext("%(actor)s downloaded a copy of their data."),
        ),
        Event.IDENTITY_LINKED: EventWords(
            lazy_gettext("Single sign-on linked"),
            lazy_gettext(
                "%(actor)s linked an account at a sign-in provider to the account of %(person)s."
            ),
        ),
        Event.IDENTITY_UNLINKED: EventWords(
            lazy_gettext("Single sign-on unlinked"),
            lazy_gettext(
                "%(actor)s unlinked an account at a sign-in provider from the account of "
                "%(person)s."
            ),
        ),
        Event.ABSENCE_ENTERED: EventWords(
            lazy_gettext("Absence entered"),
            lazy_gettext("%(actor)s entered an absence of %(person)s."),
        ),
        Event.ABSENCE_ENDED: EventWords(
            lazy_gettext("Absence removed"),
            lazy_gettext("%(actor)s removed an absence of %(person)s."),
        ),
        Event.ORGANISATION_MADE: EventWords(
            lazy_gettext("Organisation added"),
            lazy_gettext("%(actor)s added the organisation %(organisation)s."),
        ),
        Event.ORGANISATION_MERGED: EventWords(
            lazy_gettext("Organisation merged into another"),
            lazy_gettext("%(actor)s merged %(organisation)s into another organisation."),
        ),
        Event.DUPLICATE_TAKEN_IN: EventWords(
            lazy_gettext("Duplicate merged"),
            lazy_gettext("%(actor)s merged a duplicate into %(organisation)s."),
        ),
        Event.BILLING_CHANGED: EventWords(
            lazy_gettext("Invoices changed"),
            lazy_gettext("%(actor)s changed what %(organisation)s wants on its invoices."),
        ),
        Event.MEMBER_JOINED: EventWords(
            lazy_gettext("Member joined"),
            lazy_gettext("%(actor)s let %(person)s join %(organisation)s."),
        ),
        Event.MEMBER_LEFT: EventWords(
            lazy_gettext("Member left"),
            lazy_gettext("%(person)s left %(organisation)s."),
        ),
        Event.MEMBER_REMOVED: EventWords(
            lazy_gettext("Member removed"),
            lazy_gettext("%(actor)s removed %(person)s from %(organisation)s."),
        ),
        Event.MANAGER_NAMED: EventWords(
            lazy_gettext("Manager named"),
            lazy_gettext("%(actor)s named %(person)s a manager of %(organisation)s."),
        ),
        Event.CONFIDENTIAL_HANDED_OVER: EventWords(
            lazy_gettext("Confidential requests handed over"),
            lazy_gettext(
                "%(actor)s let %(person)s read confidential requests of %(organisation)s that "
                "nobody could read any more."
            ),
        ),
        Event.MANAGER_REMOVED: EventWords(
            lazy_gettext("Manager removed"),
            lazy_gettext("%(actor)s removed %(person)s as manager of %(organisation)s."),
        ),
        Event.ACCOUNT_REQUEST_DECLINED: EventWords(
            lazy_gettext("Request for an account declined"),
            lazy_gettext("%(actor)s declined a request for an account."),
        ),
        Event.ACCOUNT_REQUEST_PASSED_ON: EventWords(
            lazy_gettext("Request to join passed on"),
            lazy_gettext(
                "%(actor)s passed a request to join on to the managers of %(organisation)s."
            ),
        ),
        Event.JOIN_ANNOUNCED: EventWords(
            lazy_gettext("Member announced"),
            lazy_gettext(
                "%(actor)s announced to the members of %(organisation)s that somebody is to join."
            ),
        ),
        Event.JOIN_OBJECTED: EventWords(
            lazy_gettext("Objection to a new member"),
            lazy_gettext("%(actor)s objected to somebody who was to join %(organisation)s."),
        ),
        Event.INVITATION_SENT: EventWords(
            lazy_gettext("Invitation sent"),
            lazy_gettext("%(actor)s invited somebody to %(organisation)s."),
        ),
        Event.INVITATION_WITHDRAWN: EventWords(
            lazy_gettext("Invitation withdrawn"),
            lazy_gettext("%(actor)s withdrew an invitation to %(organisation)s."),
        ),
        Event.INVITATION_DECLINED: EventWords(
            lazy_gettext("Invitation declined"),
            lazy_gettext("%(actor)s declined an invitation to %(organisation)s."),
        ),
        Event.APPROVER_NAMED: EventWords(
            lazy_gettext("Approver named"),
            lazy_gettext("%(actor)s named %(person)s an approver of %(facility)s."),
        ),
        Event.APPROVER_REMOVED: EventWords(
            lazy_gettext("Approver removed"),
            lazy_gettext("%(actor)s removed %(person)s as an approver of %(facility)s."),
        ),
        Event.KEEPER_NAMED: EventWords(
            lazy_gettext("Keeper named"),
            lazy_gettext("%(actor)s named %(person)s a keeper of %(facility)s."),
        ),
        Event.KEEPER_REMOVED: EventWords(
            lazy_gettext("Keeper removed"),
            lazy_gettext("%(actor)s removed %(person)s as a keeper of %(facility)s."),
        ),
        Event.AUDITOR_NAMED: EventWords(
            lazy_gettext("Auditor named"),
            lazy_gettext("%(actor)s named %(person)s an auditor of %(cluster)s."),
        ),
        Event.AUDITOR_REMOVED: EventWords(
            lazy_gettext("Auditor removed"),
            lazy_gettext("%(actor)s removed %(person)s as an auditor of %(cluster)s."),
        ),
        Event.COORDINATOR_NAMED: EventWords(
            lazy_gettext("Coordinator named"),
            lazy_gettext("%(actor)s named %(person)s a coordinator of %(cluster)s."),
        ),
        Event.COORDINATOR_REMOVED: EventWords(
            lazy_gettext("Coordinator removed"),
            lazy_gettext("%(actor)s removed %(person)s as a coordinator of %(cluster)s."),
        ),
        Event.STAND_IN_NAMED: EventWords(
            lazy_gettext("Stand-in named"),
            lazy_gettext("%(actor)s named %(person)s to stand in while away."),
        ),
        Event.ADMIN_NAMED: EventWords(
            lazy_gettext("Administrator named"),
            lazy_gettext("%(actor)s made %(person)s an administrator."),
        ),
        Event.ADMIN_REMOVED: EventWords(
            lazy_gettext("Administrator removed"),
            lazy_gettext("%(actor)s removed %(person)s as administrator."),
        ),
        Event.CLUSTER_ADDED: EventWords(
            lazy_gettext("Cluster added"),
            lazy_gettext("%(actor)s added the cluster %(cluster)s."),
        ),
        Event.SECOND_FACTOR_ASKED: EventWords(
            lazy_gettext("Two-step sign-in required"),
            lazy_gettext("%(actor)s required two-step sign-in for roles in %(cluster)s."),
        ),
        Event.SECOND_FACTOR_NOT_ASKED: EventWords(
            lazy_gettext("Two-step sign-in no longer required"),
            lazy_gettext("%(actor)s no longer requires two-step sign-in in %(cluster)s."),
        ),
        Event.CLUSTER_CHANGED: EventWords(
            lazy_gettext("Cluster changed"),
            lazy_gettext("%(actor)s changed the facts of %(cluster)s."),
        ),
        Event.CATALOGUE_LOADED: EventWords(
            lazy_gettext("Catalogue loaded"),
            lazy_gettext("%(actor)s loaded the catalogue."),
        ),
        Event.FACILITIES_IMPORTED: EventWords(
            lazy_gettext("Facilities imported"),
            lazy_gettext("%(actor)s imported facilities of %(cluster)s."),
        ),
        Event.FACILITY_ADDED: EventWords(
            lazy_gettext("Facility added"),
            lazy_gettext("%(actor)s added %(facility)s."),
        ),
        Event.FACTS_CHANGED: EventWords(
            lazy_gettext("Facts changed"),
            lazy_gettext("%(actor)s changed the facts of %(facility)s."),
        ),
        Event.FACTS_CONFIRMED: EventWords(
            lazy_gettext("Facts confirmed"),
            lazy_gettext("%(actor)s confirmed the facts of %(facility)s."),
        ),
        Event.CONCEPT_PROPOSED: EventWords(
            lazy_gettext("Concept proposed"),
            lazy_gettext("%(actor)s proposed a concept for %(facility)s."),
        ),
        Event.CONCEPT_ACCEPTED: EventWords(
            lazy_gettext("Concept accepted"),
            lazy_gettext("%(actor)s accepted a concept proposed for %(facility)s."),
        ),
        Event.CONCEPT_MERGED: EventWords(
            lazy_gettext("Concept merged"),
            lazy_gettext("%(actor)s merged a concept proposed for %(facility)s into another."),
        ),
        Event.CONCEPT_DECLINED: EventWords(
            lazy_gettext("Concept declined"),
            lazy_gettext("%(actor)s declined a concept proposed for %(facility)s."),
        ),
        Event.CONCEPTS_MERGED: EventWords(
            lazy_gettext("Concepts merged"),
            lazy_gettext("%(actor)s merged one concept of the vocabulary into another."),
        ),
        Event.CONCEPTS_PARTED: EventWords(
            lazy_gettext("Merge of concepts undone"),
            lazy_gettext("%(actor)s brought a merged concept of the vocabulary back."),
        ),
        Event.STATUS_CHANGED: EventWords(
            lazy_gettext("Status changed"),
            lazy_gettext("%(actor)s changed the status of %(facility)s."),
        ),
        Event.PARENT_CHANGED: EventWords(
            lazy_gettext("Moved to another facility"),
            lazy_gettext("%(actor)s moved %(facility)s to another facility."),
        ),
        Event.MODE_CHANGED: EventWords(
            lazy_gettext("How it is booked changed"),
            lazy_gettext("%(actor)s changed how %(facility)s is booked."),
        ),
        Event.TERMS_CHANGED: EventWords(
            lazy_gettext("Rules changed"),
            lazy_gettext("%(actor)s changed the rules of %(facility)s."),
        ),
        Event.AUDIENCES_CHANGED: EventWords(
            lazy_gettext("Who can see a calendar changed"),
            lazy_gettext("%(actor)s changed who can see the calendar of %(facility)s."),
        ),
        Event.HOURS_CHANGED: EventWords(
            lazy_gettext("Weekly hours changed"),
            lazy_gettext("%(actor)s changed the weekly hours of %(facility)s."),
        ),
        Event.SPECIAL_DAYS_CHANGED: EventWords(
            lazy_gettext("Special days changed"),
            lazy_gettext("%(actor)s changed the special days of %(facility)s."),
        ),
        Event.HOLIDAYS_CHANGED: EventWords(
            lazy_gettext("Public holidays changed"),
            lazy_gettext("%(actor)s changed what holds on public holidays at %(facility)s."),
        ),
        Event.CLOSURE_MADE: EventWords(
            lazy_gettext("Closure entered"),
            lazy_gettext("%(actor)s entered a closure of %(place)s."),
        ),
        Event.CLOSURE_CHANGED: EventWords(
            lazy_gettext("Closure changed"),
            lazy_gettext("%(actor)s changed a closure of %(place)s."),
        ),
        Event.CLOSURE_CANCELLED: EventWords(
            lazy_gettext("Closure cancelled"),
            lazy_gettext("%(actor)s cancelled a closure of %(place)s."),
        ),
        Event.QUOTAS_CHANGED: EventWords(
            lazy_gettext("Limits per organisation changed"),
            lazy_gettext("%(actor)s changed the limits per organisation of %(facility)s."),
        ),
        Event.SET_ASIDE_MADE: EventWords(
            lazy_gettext("Time set aside"),
            lazy_gettext("%(actor)s set time aside at %(facility)s."),
        ),
        Event.SET_ASIDE_RELEASED: EventWords(
            lazy_gettext("Set-aside time released"),
            lazy_gettext("%(actor)s released set-aside time at %(facility)s."),
        ),
        Event.AUTOMATIC_NAMED: EventWords(
            lazy_gettext("Organisation to be confirmed at once named"),
            lazy_gettext(
                "%(actor)s named %(organisation)s to be confirmed at once at %(facility)s."
            ),
        ),
        Event.AUTOMATIC_REMOVED: EventWords(
            lazy_gettext("Organisation to be confirmed at once removed"),
            lazy_gettext(
                "%(actor)s removed %(organisation)s from those confirmed at once at %(facility)s."
            ),
        ),
        Event.CONDITION_ADDED: EventWords(
            lazy_gettext("Condition added"),
            lazy_gettext("%(actor)s added a condition for bookings of %(facility)s."),
        ),
        Event.CONDITION_CHANGED: EventWords(
            lazy_gettext("Condition changed"),
            lazy_gettext("%(actor)s changed a condition for bookings of %(facility)s."),
        ),
        Event.CONDITION_REMOVED: EventWords(
            lazy_gettext("Condition removed"),
            lazy_gettext("%(actor)s removed a condition for bookings of %(facility)s."),
        ),
        Event.ARRIVAL_CHANGED: EventWords(
            lazy_gettext("How to arrive changed"),
            lazy_gettext("%(actor)s changed how to arrive at %(facility)s."),
        ),
        Event.MISTAKE_REPORTED: EventWords(
            lazy_gettext("Mistake reported"),
            lazy_gettext("%(actor)s reported a mistake on the page of %(facility)s."),
        ),
        Event.MISTAKE_SETTLED: EventWords(
            lazy_gettext("Reported mistake settled"),
            lazy_gettext("%(actor)s settled a reported mistake on the page of %(facility)s."),
        ),
        Event.PICTURE_ADDED: EventWords(
            lazy_gettext("Picture added"),
            lazy_gettext("%(actor)s added a picture of %(facility)s."),
        ),
        Event.PICTURE_CHANGED: EventWords(
            lazy_gettext("Picture changed"),
            lazy_gettext("%(actor)s changed what is said of a picture of %(facility)s."),
        ),
        Event.PICTURE_REMOVED: EventWords(
            lazy_gettext("Picture removed"),
            lazy_gettext("%(actor)s removed a picture of %(facility)s."),
        ),
        Event.PICTURES_ORDERED: EventWords(
            lazy_gettext("Pictures put in another order"),
            lazy_gettext("%(actor)s put the pictures of %(facility)s in another order."),
        ),
        Event.DOCUMENT_ADDED: EventWords(
            lazy_gettext("Document added"),
            lazy_gettext("%(actor)s added a document to %(facility)s."),
        ),
        Event.DOCUMENT_CHANGED: EventWords(
            lazy_gettext("Document changed"),
            lazy_gettext("%(actor)s changed what is said of a document of %(facility)s."),
        ),
        Event.DOCUMENT_REMOVED: EventWords(
            lazy_gettext("Document removed"),
            lazy_gettext("%(actor)s removed a document of %(facility)s."),
        ),
        Event.DOCUMENTS_ORDERED: EventWords(
            lazy_gettext("Documents put in another order"),
            lazy_gettext("%(actor)s put the documents of %(facility)s in another order."),
        ),
        Event.REPLY_SAVED: EventWords(
            lazy_gettext("Saved reply written"),
            lazy_gettext("%(actor)s wrote a saved reply for %(place)s."),
        ),
        Event.REPLY_REMOVED: EventWords(
            lazy_gettext("Saved reply removed"),
            lazy_gettext("%(actor)s removed a saved reply of %(place)s."),
        ),
        Event.EXPERTISE_ADDED: EventWords(
            lazy_gettext("Area of expertise added"),
            lazy_gettext("%(actor)s added an area of expertise of %(cluster)s."),
        ),
        Event.EXPERTISE_CHANGED: EventWords(
            lazy_gettext("Area of expertise changed"),
            lazy_gettext("%(actor)s changed an area of expertise of %(cluster)s."),
        ),
        Event.EXPERTISE_REMOVED: EventWords(
            lazy_gettext("Area of expertise removed"),
            lazy_gettext("%(actor)s removed an area of expertise of %(cluster)s."),
        ),
        Event.EXPERT_NAMED: EventWords(
            lazy_gettext("Person named with expertise"),
            lazy_gettext("%(actor)s named %(person)s with expertise of %(cluster)s."),
        ),
        Event.EXPERT_REMOVED: EventWords(
            lazy_gettext("Person no longer named with expertise"),
            lazy_gettext("%(actor)s took %(person)s off an area of expertise of %(cluster)s."),
        ),
        Event.EXPERT_AGREED: EventWords(
            lazy_gettext("Agreed to be shown with expertise"),
            lazy_gettext("%(actor)s agreed to be shown with expertise of %(cluster)s."),
        ),
        Event.EXPERT_WITHDREW: EventWords(
            lazy_gettext("No longer shown with expertise"),
            lazy_gettext("%(actor)s is no longer shown with expertise of %(cluster)s."),
        ),
        Event.PLAN_PROPOSED: EventWords(
            lazy_gettext("Plan proposed"),
            lazy_gettext("%(actor)s proposed or suggested a plan to %(cluster)s."),
        ),
        Event.PLAN_CHANGED: EventWords(
            lazy_gettext("Plan changed"),
            lazy_gettext("%(actor)s changed a plan of %(cluster)s."),
        ),
        Event.PLAN_STATUS_CHANGED: EventWords(
            lazy_gettext("Status of a plan changed"),
            lazy_gettext("%(actor)s changed the status of a plan of %(cluster)s."),
        ),
        Event.PLAN_JOINED: EventWords(
            lazy_gettext("Plan joined"),
            lazy_gettext("%(actor)s joined a plan for %(cluster)s."),
        ),
        Event.PLAN_LEFT: EventWords(
            lazy_gettext("Plan left"),
            lazy_gettext("%(actor)s left a plan for %(cluster)s."),
        ),
        Event.MAIL_PAUSED: EventWords(
            lazy_gettext("Mail paused"),
            lazy_gettext("%(actor)s paused all mail."),
        ),
        Event.MAIL_RESUMED: EventWords(
            lazy_gettext("Mail resumed"),
            lazy_gettext("%(actor)s resumed mail."),
        ),
        Event.MAIL_SENT_AGAIN: EventWords(
            lazy_gettext("Failed mail sent again"),
            lazy_gettext("%(actor)s sent failed mail again."),
        ),
        Event.MAIL_GIVEN_UP: EventWords(
            lazy_gettext("Failed mail given up"),
            lazy_gettext("%(actor)s gave up mail that had failed."),
        ),
        Event.BOOKING_STEP: EventWords(
            lazy_gettext("Step of a booking"),
            lazy_gettext("%(reference)s at %(facility)s: %(step)s (%(actor)s)."),
        ),
        Event.BOOKING_OPENED: EventWords(
            lazy_gettext("Booking read by an administrator"),
            lazy_gettext("%(actor)s, an administrator, read %(reference)s at %(facility)s."),
        ),
        Event.PERSON_ERASED: EventWords(
            lazy_gettext("Person erased"),
            lazy_gettext("%(actor)s erased what this log said about %(person)s."),
        ),
        Event.ADDRESSES_ERASED: EventWords(
            lazy_gettext("Addresses erased"),
            lazy_gettext("%(actor)s removed old network addresses from this log."),
        ),
    }
)

#: What the values in entries are called; terms have their own words.
_FIELD_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "facility": lazy_gettext("Facility in the catalogue"),
        "text": lazy_gettext("Text"),
        "title": lazy_gettext("Title"),
        "alt": lazy_gettext("What is on it"),
        "credit": lazy_gettext("Credit"),
        "language": lazy_gettext("Language"),
        "audience": lazy_gettext("Who may read it"),
        "sha256": lazy_gettext("Check sum"),
        "order": lazy_gettext("Order"),
        "reminder_days": lazy_gettext("Reminder, working days before"),
        "fair_share_percent": lazy_gettext("Fair share, percent"),
        "kind": lazy_gettext("Kind"),
        "stage": lazy_gettext("When it must be met"),
        "days_before": lazy_gettext("Days before"),
        "starts_at": lazy_gettext("From"),
        "ends_at": lazy_gettext("To"),
        "kept_until": lazy_gettext("Kept until"),
        "organisations": lazy_gettext("For"),
        "places": lazy_gettext("Places"),
        "place_word": lazy_gettext("Word for a place"),
        "allows_shared": lazy_gettext("Single places can be requested"),
        "allows_exclusive": lazy_gettext("All of it can be requested"),
        "status": lazy_gettext("Status"),
        "parent": lazy_gettext("Part of"),
        "sees_public": lazy_gettext("Everybody sees"),
        "sees_signed_in": lazy_gettext("Signed-in people see"),
        "sees_own_cluster": lazy_gettext("Its own cluster sees"),
        "opens_on_holidays": lazy_gettext("Open on public holidays"),
        "weekly_hours": lazy_gettext("Weekly hours"),
        "elsewhere_url": lazy_gettext("Address to book at"),
        "closed": lazy_gettext("Closed"),
        "reason": lazy_gettext("Reason"),
        "reason_is_public": lazy_gettext("Everybody sees the reason"),
        "next_word_on": lazy_gettext("Next update by"),
        "first_day": lazy_gettext("First day"),
        "last_day": lazy_gettext("Last day"),
        "compiled_on": lazy_gettext("Catalogue of"),
        "confirmed_on": lazy_gettext("Confirmed by the owner"),
        "changes": lazy_gettext("Things that changed"),
        "name": lazy_gettext("Name"),
        "description": lazy_gettext("Description"),
        "role": lazy_gettext("Role"),
        "subjects": lazy_gettext("Subjects"),
        "cost_class": lazy_gettext("Cost"),
        "demand": lazy_gettext("Who needs it"),
        "wanted_by": lazy_gettext("Wanted by"),
        "city": lazy_gettext("Town"),
        "capabilities": lazy_gettext("Capabilities"),
        "concepts": lazy_gettext("Concepts"),
        "hazards": lazy_gettext("Hazards"),
        "website": lazy_gettext("Website"),
        "short_name": lazy_gettext("Short name"),
        "country": lazy_gettext("Country"),
        "region": lazy_gettext("Region"),
        "time_zone": lazy_gettext("Time zone"),
        "lat": lazy_gettext("Latitude"),
        "lon": lazy_gettext("Longitude"),
        "languages": lazy_gettext("Languages"),
        "expertise": lazy_gettext("Expertise"),
        "aims": lazy_gettext("Aims"),
        "partners": lazy_gettext("Partners"),
        "contact_role": lazy_gettext("Contact"),
        "answer_days": lazy_gettext("Answer time in working days"),
        "days_off": lazy_gettext("Days off"),
        "members": lazy_gettext("Members"),
        "second_sites": lazy_gettext("Other sites"),
        "focus_areas": lazy_gettext("Focus areas"),
        "source": lazy_gettext("Source"),
        "more_sources": lazy_gettext("More sources"),
        "run_by": lazy_gettext("Run by"),
        "access_conditions": lazy_gettext("Conditions of access"),
        "capacity_note": lazy_gettext("Note on capacity"),
        "opening_hours_note": lazy_gettext("Note on opening hours"),
        "asked_from": lazy_gettext("From"),
        "factor": lazy_gettext("Second step"),
        "issuer": lazy_gettext("Sign-in provider"),
        "mails": lazy_gettext("Mails"),
        "dropped": lazy_gettext("Waiting mail left out"),
        "requests": lazy_gettext("Confidential requests"),
        "billing_reference": lazy_gettext("Billing reference"),
        "concept": lazy_gettext("Concept"),
        "merged_into": lazy_gettext("Merged into"),
        "duplicate": lazy_gettext("Duplicate"),
    }
)


def field_word(name: str) -> str:
    """Return what a value in an entry is called."""
    return str(_FIELD_WORDS.get(name, name.replace("_", " ")))


def quota_word(period: Period) -> str:
    """Return what a limit per organisation is called, by the time in which it counts."""
    return str(_QUOTA_WORDS[period])


_QUOTA_WORDS: Mapping[Period, str] = MappingProxyType(
    {
        Period.WEEK: lazy_gettext("Limit a week"),
        Period.MONTH: lazy_gettext("Limit a month"),
        Period.QUARTER: lazy_gettext("Limit a quarter"),
        Period.YEAR: lazy_gettext("Limit a year"),
    }
)


def happened_text() -> str:
    """Return that something happened to a booking, for those who may not read to which or what."""
    return gettext("A step of a booking was taken.")
