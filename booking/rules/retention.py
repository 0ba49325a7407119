"""What becomes of the rows of each table: how long they stay, whom they name, what erasure does.

One declaration a table. The worker deletes by it, `flask retention` lists by it, a person's copy of
their data and the erasure of an account go by it, and the privacy pages are made from it. A test
fails for a table that has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from booking.rules.lifecycle import State

#: A sign-in ends so long after its last use, and so long after it began.
SIGN_IN_IDLE = timedelta(hours=12)
SIGN_IN_LONGEST = timedelta(days=30)
AT_ONCE = timedelta(0)
#: A booking with such a date took place, or would have.
TOOK_PLACE = (State.CONFIRMED, State.NO_SHOW)


class Period(StrEnum):
    """How long something stays, where the operator may choose."""

    NOT_CONFIRMED = "not_confirmed"
    """What people wrote in requests of which no date was confirmed in the end."""
    BOOKINGS = "bookings"
    """What people wrote in all other requests."""
    QUESTIONS = "questions"
    """Questions about facilities, without a request."""
    UPDATES = "updates"
    ACCOUNT_REQUESTS = "account_requests"
    RIGHTS = "rights"
    """Who got or lost which right."""
    SEARCHES = "searches"
    ADDRESSES = "addresses"
    """From where somebody did what the log has, in shortened form."""


#: In days.
DEFAULT_DAYS: Mapping[Period, int] = MappingProxyType(
    {
        Period.NOT_CONFIRMED: 365,
        Period.BOOKINGS: 3 * 365,
        Period.QUESTIONS: 2 * 365,
        Period.UPDATES: 365,
        Period.ACCOUNT_REQUESTS: 365,
        Period.RIGHTS: 3 * 365,
        Period.SEARCHES: 2 * 365,  # two winters and two summers can be compared
        Period.ADDRESSES: 90,
    }
)


@dataclass(frozen=True)
class Periods:
    """How long what stays in this installation; `days` has what the operator chose."""

    days: Mapping[Period, int] = field(default_factory=dict)

    def length(self, after: "Period | timedelta") -> timedelta:
        """Return the length of a period."""
        if isinstance(after, Period):
            return timedelta(days=self.days.get(after, DEFAULT_DAYS[after]))
        return after


class Counted(StrEnum):
    """From what instant on a period counts."""

    EXPIRY = "expiry"
    LAST_USE = "last_use"
    SIGNING_IN = "signing_in"
    MADE = "made"
    TOLD = "told"
    BEGINNING = "beginning"
    LAST_DAY = "last_day"
    END = "end"
    LAST_MESSAGE = "last_message"
    REVOKED = "revoked"


@dataclass(frozen=True)
class Deleted:
    """A row goes when `after` has passed since the instant (or day) in `column`.

    A row without that instant stays, and so does one with an instant in the column `unless`.
    """

    column: str
    counted: Counted
    after: Period | timedelta
    unless: str = ""


@dataclass(frozen=True)
class TextsDeleted:
    """Of a request what people wrote goes, with that of all rows that belong to it.

    Organisation, facility, dates and their states stay. `took_place`: of requests with such a date.
    """

    after: Period
    took_place: bool


@dataclass(frozen=True)
class AddressesErased:
    """Of an entry of the log it is erased from where it came; the entry stays."""

    after: Period


@dataclass(frozen=True)
class With:
    """A row stays as long as the row of `table` to which it belongs."""

    table: str


class Why(StrEnum):
    """Why rows stay without an end."""

    ACCOUNT = "account"
    """As long as the account is used."""
    RIVALS = "rivals"
    """Nobody leaves an organisation to decide on what competes with it."""
    ORGANISATION = "organisation"
    FACILITY = "facility"
    """As long as the facility or cluster is listed."""
    RULES = "rules"
    """As long as the owner wants it so."""
    CHAIN = "chain"
    """Each entry is sealed with the one before. Content and addresses can be erased."""
    TECHNICAL = "technical"
    """One row, or a few, that say nothing about anybody."""


@dataclass(frozen=True)
class Stays:
    """A row has no end of its own."""

    why: Why


class Erased(StrEnum):
    """What erasing an account does to the rows in which a column names its person."""

    DELETED = "deleted"
    """The rows go."""
    CLEARED = "cleared"
    """The column names nobody."""
    FORMER = "former"
    """The rows stay, and name "a former member"."""


@dataclass(frozen=True)
class Naming:
    """A column that names a person: what their copy has of such rows, and what erasure does.

    `shows`, at least one, are columns of the row that are about this person and about nobody else.
    `wrote` are those which the person wrote for an organisation: in the copy only while they work
    for it.
    """

    erased: Erased
    shows: tuple[str, ...]
    wrote: tuple[str, ...] = ()


class Blank(StrEnum):
    """What takes the place of a text that is deleted while its row stays."""

    EMPTY = "empty"
    NOTHING = "nothing"
    """NULL."""
    REFERENCE = "reference"
    """The reference of the request: pages need a title."""


class Subject(StrEnum):
    """What a table is about, as the privacy pages tell it."""

    ACCOUNT = "account"
    SIGNING_IN = "signing_in"
    ROLES = "roles"
    REQUESTS = "requests"
    QUESTIONS = "questions"
    EXPERTISE = "expertise"
    PLANS = "plans"
    UPDATES = "updates"
    CALENDARS = "calendars"
    DRAFTS = "drafts"
    SEARCHES = "searches"
    SAVED = "saved"
    OWNERS = "owners"
    HISTORY = "history"
    CATALOGUE = "catalogue"
    TECHNICAL = "technical"


Kept = Deleted | TextsDeleted | AddressesErased | With | Stays


@dataclass(frozen=True)
class TableRule:
    """What holds for the rows of one table.

    `people` has each column that names a person, `texts` each column with what people typed, and
    `addresses` each with an e-mail address: rows with that of a person are in their copy with the
    named columns, and go when they are erased.
    """

    subject: Subject
    kept: tuple[Kept, ...]
    people: Mapping[str, Naming] = field(default_factory=dict)
    texts: Mapping[str, Blank] = field(default_factory=dict)
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _stays(why: Why) -> tuple[Kept, ...]:
    return (Stays(why),)


_DATE = (With("occurrence"),)
_BOOKING = (With("booking"),)
_OF_FACILITY = TableRule(Subject.CATALOGUE, (With("facility"),))
_TECHNICAL = TableRule(Subject.TECHNICAL, _stays(Why.TECHNICAL))
_FORMER = Erased.FORMER

TABLES: Mapping[str, TableRule] = MappingProxyType(
    {
        # People.
        "person": TableRule(
            Subject.ACCOUNT,
            _stays(Why.ACCOUNT),
        ),
        "update_settings": TableRule(
            Subject.ACCOUNT,
            (With("person"),),
            {
                "person_id": Naming(
                    Erased.DELETED,
                    (
                        "to_decide",
                        "answers",
                        "messages",
                        "reminders",
                        "cluster",
                        "catalogue",
                        "every_step",
                        "details",
                        "invitations",
                    ),
                )
            },
        ),
        "email_change": TableRule(
            Subject.ACCOUNT,
            (Deleted("expires_at", Counted.EXPIRY, AT_ONCE),),
            {"person_id": Naming(Erased.DELETED, ("email", "expires_at"))},
            addresses={"email": ()},  # somebody else wants to use it: in nobody's copy
        ),
        "one_time_link": TableRule(
            Subject.ACCOUNT,
            # Long enough to find out what became of a link that somebody asks about.
            (Deleted("expires_at", Counted.EXPIRY, timedelta(days=30)),),
            {"person_id": Naming(Erased.DELETED, ("expires_at", "used_at"))},
        ),
        "account_mail": TableRule(
            Subject.ACCOUNT,
            (Deleted("mail_expires_at", Counted.EXPIRY, AT_ONCE),),
            {"person_id": Naming(Erased.DELETED, ("kind", "address", "created_at"))},
            addresses={"address": ("kind", "address", "created_at")},
        ),
        "account_request": TableRule(
            Subject.ACCOUNT,
            (Deleted("asked_at", Counted.MADE, Period.ACCOUNT_REQUESTS),),
            {
                "person_id": Naming(
                    Erased.DELETED,
                    (
                        "email",
                        "name",
                        "organisation_name",
                        "organisation_kind",
                        "country",
                        "message",
                        "website",
                        "asked_at",
                        "answer",
                        "answered_at",
                    ),
                ),
                "answered_by_id": Naming(_FORMER, ("answered_at", "answer")),
                "announced_by_id": Naming(_FORMER, ("objections_until",)),
                "objected_by_id": Naming(_FORMER, ("objected_at", "objection")),
            },
            {"message": Blank.EMPTY, "objection": Blank.EMPTY},
            {"email": ("email", "name", "organisation_name", "message", "asked_at", "answer")},
        ),
        "name_check": TableRule(
            Subject.ROLES,
            (With("account_request"),),
            {
                "asked_by_id": Naming(_FORMER, ("asked_at", "name")),
                "answered_by_id": Naming(_FORMER, ("answered_at", "answer")),
            },
        ),
        "sign_in": TableRule(
            Subject.SIGNING_IN,
            (
                Deleted("seen_at", Counted.LAST_USE, SIGN_IN_IDLE),
                Deleted("created_at", Counted.SIGNING_IN, SIGN_IN_LONGEST),
            ),
            {
                "person_id": Naming(
                    Erased.DELETED,
                    (
                        "browser",
                        "address",
                        "way",
                        "second_factor",
                        "created_at",
                        "seen_at",
                        "proved_at",
                    ),
                )
            },
        ),
        "second_step": TableRule(
            Subject.SIGNING_IN,
            (Deleted("expires_at", Counted.EXPIRY, AT_ONCE),),
            {"person_id": Naming(Erased.DELETED, ("way", "expires_at"))},
        ),
        "authenticator_app": TableRule(
            Subject.SIGNING_IN,
            _stays(Why.ACCOUNT),
            {"person_id": Naming(Erased.DELETED, ("added_at", "used_at"))},
        ),
        "passkey": TableRule(
            Subject.SIGNING_IN,
            _stays(Why.ACCOUNT),
            {"person_id": Naming(Erased.DELETED, ("name", "added_at", "used_at"))},
        ),
        "passkey_challenge": TableRule(
            Subject.SIGNING_IN,
            (Deleted("expires_at", Counted.EXPIRY, AT_ONCE),),
            {"person_id": Naming(Erased.DELETED, ("expires_at",))},
        ),
        "recovery_code": TableRule(
            Subject.SIGNING_IN,
            _stays(Why.ACCOUNT),
            {"person_id": Naming(Erased.DELETED, ("used_at",))},
        ),
        "sign_in_identity": TableRule(
            Subject.SIGNING_IN,
            _stays(Why.ACCOUNT),
            {"person_id": Naming(Erased.DELETED, ("issuer", "subject", "linked_at", "used_at"))},
        ),
        # Longer than the longest time over which tries are counted.
        "failed_sign_in": TableRule(
            Subject.SIGNING_IN, (Deleted("failed_at", Counted.MADE, timedelta(days=7)),)
        ),
        # Roles and organisations.
        "organisation": TableRule(
            Subject.ROLES,
            _stays(Why.ORGANISATION),
            texts={"billing_name": Blank.EMPTY, "billing_email": Blank.EMPTY},
        ),
        "membership": TableRule(
            Subject.ROLES,
            _stays(Why.RIVALS),
            {"person_id": Naming(_FORMER, ("organisation_id", "role", "since", "until"))},
        ),
        "membership_invitation": TableRule(
            Subject.ROLES,
            (Deleted("sent_at", Counted.MADE, Period.ACCOUNT_REQUESTS),),
            {"invited_by_id": Naming(_FORMER, ("invited_at", "sent_at"))},
            {"name": Blank.EMPTY},
            {"email": ("email", "name", "organisation_id", "invited_at", "ending")},
        ),
        "role": TableRule(
            Subject.ROLES,
            (
                Deleted("ended_at", Counted.END, Period.RIGHTS),
                Deleted("ends_at", Counted.END, Period.RIGHTS),
            ),
            {
                "person_id": Naming(
                    Erased.DELETED,
                    (
                        "kind",
                        "cluster_id",
                        "facility_id",
                        "since",
                        "reason",
                        "last_day",
                        "ends_at",
                        "ended_at",
                        "end_reason",
                    ),
                ),
                "given_by_id": Naming(_FORMER, ("since", "kind")),
                "ended_by_id": Naming(_FORMER, ("ended_at", "kind")),
            },
        ),
        "absence": TableRule(
            Subject.ROLES,
            (Deleted("last_day", Counted.LAST_DAY, timedelta(days=365)),),
            {
                "person_id": Naming(Erased.DELETED, ("first_day", "last_day", "entered_at")),
                "stand_in_id": Naming(Erased.CLEARED, ("first_day", "last_day")),
            },
        ),
        "account_log": TableRule(
            Subject.HISTORY,
            (Deleted("at", Counted.MADE, Period.RIGHTS),),
            {
                "person_id": Naming(
                    _FORMER, ("at", "event", "organisation_id", "facility_id", "cluster_id")
                ),
                "actor_id": Naming(_FORMER, ("at", "event")),
            },
        ),
        # Requests and bookings.
        "booking_request": TableRule(
            Subject.REQUESTS,
            (
                TextsDeleted(Period.NOT_CONFIRMED, took_place=False),
                TextsDeleted(Period.BOOKINGS, took_place=True),
            ),
            {
                "requester_id": Naming(
                    _FORMER,
                    ("reference", "sent_at"),
                    ("title", "purpose", "hazards_note", "billing_reference"),
                ),
                "contact_id": Naming(_FORMER, ("reference",)),
            },
            {
                "title": Blank.REFERENCE,
                "purpose": Blank.EMPTY,
                "hazards_note": Blank.EMPTY,
                "billing_reference": Blank.EMPTY,
            },
        ),
        "request_reader": TableRule(
            Subject.REQUESTS,
            (With("booking_request"),),
            {"person_id": Naming(Erased.DELETED, ("named_at",))},
        ),
        "booking": TableRule(Subject.REQUESTS, (With("booking_request"),)),
        "occurrence": TableRule(Subject.REQUESTS, _BOOKING, texts={"own_details": Blank.NOTHING}),
        "occupancy": TableRule(Subject.REQUESTS, _DATE),
        "booking_log": TableRule(
            Subject.REQUESTS,
            _BOOKING,
            {
                "actor_id": Naming(_FORMER, ("booking_id", "at", "event", "after"), ("reason",)),
                "stood_in_for_id": Naming(_FORMER, ("at", "event")),
            },
            {"reason": Blank.EMPTY, "changes": Blank.NOTHING},
        ),
        "message": TableRule(Subject.REQUESTS, _BOOKING, texts={"text": Blank.EMPTY}),
        "booking_condition": TableRule(Subject.REQUESTS, _BOOKING, texts={"note": Blank.EMPTY}),
        "date_override": TableRule(
            Subject.REQUESTS,
            _DATE,
            {"person_id": Naming(_FORMER, ("at",))},
            {"reason": Blank.EMPTY},
        ),
        "affected": TableRule(
            Subject.REQUESTS,
            _DATE,
            {"settled_by_id": Naming(_FORMER, ("settled_at", "settled_how"))},
            {"reason": Blank.EMPTY},
        ),
        "arrival_reminder": TableRule(Subject.REQUESTS, _DATE),
        "draft": TableRule(Subject.DRAFTS, (Deleted("expires_at", Counted.EXPIRY, AT_ONCE),)),
        "enquiry": TableRule(
            Subject.QUESTIONS,
            (Deleted("last_message_at", Counted.LAST_MESSAGE, Period.QUESTIONS),),
            {"asked_by_id": Naming(_FORMER, ("reference", "asked_at"))},
        ),
        "enquiry_message": TableRule(
            Subject.QUESTIONS,
            (With("enquiry"),),
            {"author_id": Naming(_FORMER, ("at", "side"), ("text",))},
            {"text": Blank.EMPTY},
        ),
        "correction": TableRule(
            Subject.QUESTIONS,
            (Deleted("settled_at", Counted.END, Period.QUESTIONS),),
            {
                "reported_by_id": Naming(
                    _FORMER, ("reported_at", "text", "facility_id", "outcome")
                ),
                "settled_by_id": Naming(_FORMER, ("settled_at", "facility_id")),
            },
            {"text": Blank.EMPTY},
        ),
        "expertise_area": TableRule(
            Subject.EXPERTISE,
            _stays(Why.RULES),
            {"changed_by_id": Naming(_FORMER, ("changed_at",))},
            {"name": Blank.EMPTY, "description": Blank.EMPTY, "role": Blank.EMPTY},
        ),
        "expertise_person": TableRule(
            Subject.EXPERTISE,
            (With("expertise_area"),),
            {"person_id": Naming(Erased.DELETED, ("named_at", "agreed_at"))},
        ),
        "expertise_question": TableRule(
            Subject.EXPERTISE,
            (Deleted("last_message_at", Counted.LAST_MESSAGE, Period.QUESTIONS),),
            {"asked_by_id": Naming(_FORMER, ("about", "organisation", "asked_at"))},
        ),
        "expertise_message": TableRule(
            Subject.EXPERTISE,
            (With("expertise_question"),),
            {"author_id": Naming(_FORMER, ("at", "side", "text"))},
            {"text": Blank.EMPTY},
        ),
        "facility_plan": TableRule(
            Subject.PLANS,
            _stays(Why.RULES),
            {"proposed_by_id": Naming(_FORMER, ("title", "proposed_at"))},
            {"title": Blank.EMPTY, "description": Blank.EMPTY, "demand": Blank.EMPTY},
        ),
        "plan_cluster": TableRule(
            Subject.PLANS,
            (With("facility_plan"),),
            {"said_by_id": Naming(_FORMER, ("said_at", "cluster_id"))},
        ),
        "plan_organisation": TableRule(
            Subject.PLANS,
            (With("facility_plan"),),
            {"said_by_id": Naming(_FORMER, ("said_at", "organisation_id"))},
        ),
        "plan_comment": TableRule(
            Subject.PLANS,
            (With("facility_plan"),),
            {"author_id": Naming(_FORMER, ("at", "text"))},
            {"text": Blank.EMPTY},
        ),
        "facility_follower": TableRule(
            Subject.UPDATES,
            (Deleted("told_at", Counted.TOLD, Period.UPDATES),),
            {"person_id": Naming(Erased.DELETED, ("facility_id", "asked_at", "told_at"))},
        ),
        "news": TableRule(Subject.UPDATES, (Deleted("at", Counted.MADE, Period.UPDATES),)),
        "free_time_alert": TableRule(
            Subject.UPDATES,
            (
                Deleted("starts_at", Counted.BEGINNING, AT_ONCE, unless="told_at"),
                Deleted("told_at", Counted.TOLD, Period.UPDATES),
            ),
            {
                "person_id": Naming(
                    Erased.DELETED,
                    ("facility_id", "starts_at", "ends_at", "places", "asked_at", "told_at"),
                )
            },
        ),
        # What people keep for later. What they look at is in their browser only.
        "favourite": TableRule(
            Subject.SAVED,
            _stays(Why.ACCOUNT),
            {"person_id": Naming(Erased.DELETED, ("facility_id", "added_at"))},
        ),
        "saved_search": TableRule(
            Subject.SAVED,
            _stays(Why.ACCOUNT),
            {"person_id": Naming(Erased.DELETED, ("name", "query", "tells", "made_at"))},
        ),
        "catalogue_event": TableRule(
            Subject.UPDATES, (Deleted("at", Counted.MADE, Period.UPDATES),)
        ),
        # Updates and calendars.
        "notice": TableRule(
            Subject.UPDATES,
            (Deleted("created_at", Counted.MADE, Period.UPDATES),),
            {"person_id": Naming(Erased.DELETED, ("created_at", "read_at", "mail_failed_at"))},
        ),
        "invitation": TableRule(
            Subject.CALENDARS,
            # Longer than dates can lie ahead, so that one that changes finds its row.
            (Deleted("mail_expires_at", Counted.EXPIRY, timedelta(days=3 * 365)),),
            {"person_id": Naming(Erased.DELETED, ("event_uid", "in_calendar", "sent_sequence"))},
        ),
        "feed": TableRule(
            Subject.CALENDARS,
            (Deleted("revoked_at", Counted.REVOKED, timedelta(days=30)),),
            {
                "person_id": Naming(
                    Erased.DELETED,
                    (
                        "kind",
                        "organisation_id",
                        "cluster_id",
                        "with_titles",
                        "created_at",
                        "revoked_at",
                        "fetched_at",
                        "fetched_by",
                    ),
                )
            },
        ),
        "search_count": TableRule(
            Subject.SEARCHES, (Deleted("day", Counted.MADE, Period.SEARCHES),)
        ),
        # What owners enter.
        "closure": TableRule(
            Subject.OWNERS,
            _stays(Why.FACILITY),
            {"made_by_id": Naming(_FORMER, ("made_at",))},
            {"reason": Blank.EMPTY},
        ),
        "closure_slot": TableRule(Subject.OWNERS, (With("closure"),)),
        "set_aside": TableRule(
            Subject.OWNERS,
            (Deleted("ends_at", Counted.END, Period.BOOKINGS),),
            {
                "made_by_id": Naming(_FORMER, ("made_at",)),
                "ended_by_id": Naming(_FORMER, ("ended_at",)),
            },
        ),
        "set_aside_organisation": TableRule(Subject.OWNERS, (With("set_aside"),)),
        "set_aside_place": TableRule(Subject.OWNERS, (With("set_aside"),)),
        "owner_change": TableRule(
            Subject.OWNERS,
            # Only forms that are still open ask for it.
            (Deleted("changed_at", Counted.MADE, timedelta(days=365)),),
            {"person_id": Naming(_FORMER, ("changed_at", "part", "facility_id", "cluster_id"))},
        ),
        "saved_reply": TableRule(
            Subject.OWNERS,
            _stays(Why.RULES),
            {"changed_by_id": Naming(_FORMER, ("changed_at",))},
            {"title": Blank.EMPTY, "text": Blank.EMPTY},
        ),
        # The catalogue and the rules of facilities; they name nobody.
        "cluster": TableRule(Subject.CATALOGUE, _stays(Why.FACILITY)),
        "cluster_focus_area": TableRule(Subject.CATALOGUE, (With("cluster"),)),
        "focus_area": TableRule(Subject.CATALOGUE, _stays(Why.FACILITY)),
        "facility": TableRule(Subject.CATALOGUE, _stays(Why.FACILITY)),
        "facility_focus_area": _OF_FACILITY,
        "facility_draft": TableRule(
            Subject.OWNERS,
            _stays(Why.RULES),
            {"saved_by_id": Naming(_FORMER, ("saved_at",))},
        ),
        "place": _OF_FACILITY,
        "timetable": _OF_FACILITY,
        "opening_span": TableRule(Subject.CATALOGUE, (With("timetable"),)),
        "special_day": TableRule(
            Subject.CATALOGUE, (With("facility"),), texts={"note": Blank.EMPTY}
        ),
        "concept_proposal": TableRule(
            Subject.OWNERS,
            _stays(Why.RULES),
            {
                "proposed_by_id": Naming(_FORMER, ("proposed_at", "names", "facility_id")),
                "answered_by_id": Naming(_FORMER, ("answered_at", "state")),
            },
            {"answer": Blank.EMPTY},
        ),
        "concept_merge": TableRule(
            Subject.OWNERS,
            _stays(Why.RULES),
            {"merged_by_id": Naming(_FORMER, ("merged_at", "concept_id", "into_id"))},
        ),
        "facts_question": _OF_FACILITY,
        "quota": _OF_FACILITY,
        "stored_file": TableRule(
            Subject.OWNERS,
            _stays(Why.FACILITY),
            {"put_by_id": Naming(_FORMER, ("put_at", "name", "media_type"))},
        ),
        "facility_file": _OF_FACILITY,
        "draft_file": TableRule(Subject.OWNERS, (With("facility_draft"),)),
        "arrival": TableRule(Subject.CATALOGUE, (With("facility"),), texts={"text": Blank.EMPTY}),
        "facility_condition": _OF_FACILITY,
        "automatic_organisation": _OF_FACILITY,
        "kind_default": _TECHNICAL,
        "calendar_key": _TECHNICAL,
        "calendar_version": _TECHNICAL,
        "rules_revision": _TECHNICAL,
        "mail_state": TableRule(
            Subject.HISTORY,
            _stays(Why.TECHNICAL),
            {"paused_by_id": Naming(Erased.CLEARED, ("paused_at",))},
        ),
        "worker_state": _TECHNICAL,
        "provider_check": _TECHNICAL,
        "last_check": _TECHNICAL,
        # Without foreign keys: `audit.erasing` erases what is personal in it.
        "audit_entry": TableRule(
            Subject.HISTORY, (Stays(Why.CHAIN), AddressesErased(Period.ADDRESSES))
        ),
        "audit_head": _TECHNICAL,
    }
)
