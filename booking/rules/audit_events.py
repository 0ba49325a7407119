"""What the log of who changed what records: its events, and whom and what each is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Actor(StrEnum):
    """Who did something."""

    PERSON = "person"
    OPERATOR = "operator"
    """Somebody on the command line."""
    WORKER = "worker"
    VISITOR = "visitor"
    """Somebody who is not signed in."""
    PRODUCT = "product"
    """Nobody: a rule that others set."""


class Subject(StrEnum):
    """What an event may be about."""

    PERSON = "person"
    ORGANISATION = "organisation"
    CLUSTER = "cluster"
    FACILITY = "facility"
    BOOKING = "booking"


class Area(StrEnum):
    """What kind of thing an event belongs to, which decides who reads it (`audit_reading`)."""

    ACCOUNTS = "accounts"
    """The account of one person: it concerns them and the admins."""
    ORGANISATIONS = "organisations"
    ROLES = "roles"
    """Who decides, runs a cluster or administrates."""
    SETTINGS = "settings"
    """What holds for a facility, a cluster or the whole product."""
    BOOKINGS = "bookings"
    """That a step of a booking happened, without what it says."""
    OPENED = "opened"
    """That an admin opened a booking, and why."""
    LOG = "log"
    """What happened to this log."""


class Event(StrEnum):
    """What happened. A value that was stored once never changes its meaning."""

    ACCOUNT_MADE = "account_made"
    ACCOUNT_ACTIVATED = "account_activated"
    ACCOUNT_DEACTIVATED = "account_deactivated"
    SIGN_INS_ENDED = "sign_ins_ended"
    PASSWORD_LINK_MADE = "password_link_made"  # noqa: S105  # the name of an event
    PASSWORD_SET = "password_set"  # noqa: S105  # the name of an event
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # the name of an event
    EMAIL_CHANGED = "email_changed"
    SECOND_FACTOR_ADDED = "second_factor_added"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    NAME_CHANGED = "name_changed"
    DATA_COPIED = "data_copied"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    ABSENCE_ENTERED = "absence_entered"
    ABSENCE_ENDED = "absence_ended"

    ORGANISATION_MADE = "organisation_made"
    ORGANISATION_MERGED = "organisation_merged"
    """It was a duplicate, and its people and requests are those of another one now."""
    DUPLICATE_TAKEN_IN = "duplicate_taken_in"
    """The same, about that other one."""
    BILLING_CHANGED = "billing_changed"
    MEMBER_JOINED = "member_joined"
    MEMBER_LEFT = "member_left"
    MEMBER_REMOVED = "member_removed"
    MANAGER_NAMED = "manager_named"
    MANAGER_REMOVED = "manager_removed"
    CONFIDENTIAL_HANDED_OVER = "confidential_handed_over"
    ACCOUNT_REQUEST_DECLINED = "account_request_declined"
    ACCOUNT_REQUEST_PASSED_ON = "account_request_passed_on"
    JOIN_ANNOUNCED = "join_announced"
    JOIN_OBJECTED = "join_objected"
    INVITATION_SENT = "invitation_sent"
    INVITATION_WITHDRAWN = "invitation_withdrawn"
    INVITATION_DECLINED = "invitation_declined"

    APPROVER_NAMED = "approver_named"
    APPROVER_REMOVED = "approver_removed"
    COORDINATOR_NAMED = "coordinator_named"
    COORDINATOR_REMOVED = "coordinator_removed"
    KEEPER_NAMED = "keeper_named"
    KEEPER_REMOVED = "keeper_removed"
    AUDITOR_NAMED = "auditor_named"
    AUDITOR_REMOVED = "auditor_removed"
    STAND_IN_NAMED = "stand_in_named"
    ADMIN_NAMED = "admin_named"
    ADMIN_REMOVED = "admin_removed"

    SECOND_FACTOR_ASKED = "second_factor_asked"
    """A cluster asks everybody with a role for a second factor, from a day on."""
    SECOND_FACTOR_NOT_ASKED = "second_factor_not_asked"

    CLUSTER_ADDED = "cluster_added"
    CLUSTER_CHANGED = "cluster_changed"
    CATALOGUE_LOADED = "catalogue_loaded"
    FACILITIES_IMPORTED = "facilities_imported"
    FACILITY_ADDED = "facility_added"
    FACTS_CHANGED = "facts_changed"
    FACTS_CONFIRMED = "facts_confirmed"
    """Somebody who keeps a facility has looked at all its facts: they are right."""
    CONCEPT_PROPOSED = "concept_proposed"
    """A concept for the vocabulary, for a facility that needs it."""
    CONCEPT_ACCEPTED = "concept_accepted"
    CONCEPT_MERGED = "concept_merged"
    CONCEPT_DECLINED = "concept_declined"
    CONCEPTS_MERGED = "concepts_merged"
    """One concept of the vocabulary took the place of another."""
    CONCEPTS_PARTED = "concepts_parted"
    """The other one is back."""
    STATUS_CHANGED = "status_changed"
    PARENT_CHANGED = "parent_changed"
    MODE_CHANGED = "mode_changed"
    TERMS_CHANGED = "terms_changed"
    AUDIENCES_CHANGED = "audiences_changed"
    HOURS_CHANGED = "hours_changed"
    SPECIAL_DAYS_CHANGED = "special_days_changed"
    HOLIDAYS_CHANGED = "holidays_changed"
    CLOSURE_MADE = "closure_made"
    CLOSURE_CHANGED = "closure_changed"
    CLOSURE_CANCELLED = "closure_cancelled"
    QUOTAS_CHANGED = "quotas_changed"
    SET_ASIDE_MADE = "set_aside_made"
    SET_ASIDE_RELEASED = "set_aside_released"
    AUTOMATIC_NAMED = "automatic_named"
    AUTOMATIC_REMOVED = "automatic_removed"
    CONDITION_ADDED = "condition_added"
    CONDITION_CHANGED = "condition_changed"
    CONDITION_REMOVED = "condition_removed"
    ARRIVAL_CHANGED = "arrival_changed"
    MISTAKE_REPORTED = "mistake_reported"
    """Somebody reported a mistake on the page of a facility."""
    MISTAKE_SETTLED = "mistake_settled"
    PICTURE_ADDED = "picture_added"
    PICTURE_CHANGED = "picture_changed"
    PICTURE_REMOVED = "picture_removed"
    PICTURES_ORDERED = "pictures_ordered"
    DOCUMENT_ADDED = "document_added"
    DOCUMENT_CHANGED = "document_changed"
    DOCUMENT_REMOVED = "document_removed"
    DOCUMENTS_ORDERED = "documents_ordered"
    REPLY_SAVED = "reply_saved"
    REPLY_REMOVED = "reply_removed"

    EXPERTISE_ADDED = "expertise_added"
    EXPERTISE_CHANGED = "expertise_changed"
    EXPERTISE_REMOVED = "expertise_removed"
    EXPERT_NAMED = "expert_named"
    EXPERT_REMOVED = "expert_removed"
    EXPERT_AGREED = "expert_agreed"
    """The person agreed to be shown with an area of expertise."""
    EXPERT_WITHDREW = "expert_withdrew"

    PLAN_PROPOSED = "plan_proposed"
    PLAN_CHANGED = "plan_changed"
    PLAN_STATUS_CHANGED = "plan_status_changed"
    PLAN_JOINED = "plan_joined"
    """A cluster joins a plan."""
    PLAN_LEFT = "plan_left"

    MAIL_PAUSED = "mail_paused"
    MAIL_RESUMED = "mail_resumed"
    MAIL_SENT_AGAIN = "mail_sent_again"
    """Mails that had failed are tried again."""
    MAIL_GIVEN_UP = "mail_given_up"

    BOOKING_STEP = "booking_step"
    BOOKING_OPENED = "booking_opened"

    PERSON_ERASED = "person_erased"
    """What was personal in entries about them is gone, and from where they acted."""
    ADDRESSES_ERASED = "addresses_erased"
    """From where people acted is gone from older entries."""


@dataclass(frozen=True)
class EventRules:
    """What an event belongs to, what must be named with it (`about`), and what may be."""

    area: Area
    about: frozenset[Subject]
    also: frozenset[Subject] = frozenset()


def _rules(area: Area, *about: Subject, also: tuple[Subject, ...] = ()) -> EventRules:
    return EventRules(area, frozenset(about), frozenset(also))


_P, _O, _C, _F = Subject.PERSON, Subject.ORGANISATION, Subject.CLUSTER, Subject.FACILITY
_ACCOUNT = _rules(Area.ACCOUNTS, _P)
_OF_ORGANISATION = _rules(Area.ORGANISATIONS, _O, also=(_C,))
_MEMBERSHIP = _rules(Area.ORGANISATIONS, _P, _O, also=(_C,))
_ROLE_THERE = _rules(Area.ROLES, _P, _F, _C, also=(_O,))
_ROLE_IN_CLUSTER = _rules(Area.ROLES, _P, _C, also=(_O,))
#: What holds for one facility, or for all of a cluster.
_SETTING = _rules(Area.SETTINGS, _C, also=(_F,))
_OF_FACILITY = _rules(Area.SETTINGS, _F, _C)
_FOR_ORGANISATION = _rules(Area.SETTINGS, _F, _C, also=(_O,))

#: What holds for each event. The cluster of a facility is found by itself.
EVENTS: Mapping[Event, EventRules] = MappingProxyType(
    {
        Event.ACCOUNT_MADE: _rules(Area.ACCOUNTS, _P, also=(_C, _O)),
        Event.ACCOUNT_ACTIVATED: _ACCOUNT,
        Event.ACCOUNT_DEACTIVATED: _ACCOUNT,
        Event.SIGN_INS_ENDED: _ACCOUNT,
        Event.PASSWORD_LINK_MADE: _ACCOUNT,
        Event.PASSWORD_SET: _ACCOUNT,
        Event.PASSWORD_CHANGED: _ACCOUNT,
        Event.EMAIL_CHANGED: _ACCOUNT,
        Event.SECOND_FACTOR_ADDED: _ACCOUNT,
        Event.SECOND_FACTOR_REMOVED: _ACCOUNT,
        Event.RECOVERY_CODES_MADE: _ACCOUNT,
        Event.NAME_CHANGED: _ACCOUNT,
        Event.DATA_COPIED: _ACCOUNT,
        Event.IDENTITY_LINKED: _ACCOUNT,
        Event.IDENTITY_UNLINKED: _ACCOUNT,
        Event.ABSENCE_ENTERED: _ACCOUNT,
        Event.ABSENCE_ENDED: _ACCOUNT,
        Event.ORGANISATION_MADE: _OF_ORGANISATION,
        Event.ORGANISATION_MERGED: _OF_ORGANISATION,
        Event.DUPLICATE_TAKEN_IN: _OF_ORGANISATION,
        Event.BILLING_CHANGED: _rules(Area.ORGANISATIONS, _O),
        Event.MEMBER_JOINED: _MEMBERSHIP,
        Event.MEMBER_LEFT: _MEMBERSHIP,
        Event.MEMBER_REMOVED: _MEMBERSHIP,
        Event.MANAGER_NAMED: _MEMBERSHIP,
        Event.MANAGER_REMOVED: _MEMBERSHIP,
        Event.CONFIDENTIAL_HANDED_OVER: _rules(Area.ORGANISATIONS, _P, _O),
        Event.ACCOUNT_REQUEST_DECLINED: _rules(Area.ORGANISATIONS, also=(_O, _C)),
        Event.ACCOUNT_REQUEST_PASSED_ON: _OF_ORGANISATION,
        Event.JOIN_ANNOUNCED: _OF_ORGANISATION,
        Event.JOIN_OBJECTED: _OF_ORGANISATION,
        Event.INVITATION_SENT: _OF_ORGANISATION,
        Event.INVITATION_WITHDRAWN: _OF_ORGANISATION,
        Event.INVITATION_DECLINED: _OF_ORGANISATION,
        Event.APPROVER_NAMED: _ROLE_THERE,
        Event.APPROVER_REMOVED: _ROLE_THERE,
        Event.COORDINATOR_NAMED: _ROLE_IN_CLUSTER,
        Event.COORDINATOR_REMOVED: _ROLE_IN_CLUSTER,
        Event.KEEPER_NAMED: _ROLE_THERE,
        Event.KEEPER_REMOVED: _ROLE_THERE,
        Event.AUDITOR_NAMED: _ROLE_IN_CLUSTER,
        Event.AUDITOR_REMOVED: _ROLE_IN_CLUSTER,
        Event.STAND_IN_NAMED: _rules(Area.ROLES, _P, also=(_O,)),
        Event.ADMIN_NAMED: _rules(Area.ROLES, _P),
        Event.ADMIN_REMOVED: _rules(Area.ROLES, _P),
        Event.SECOND_FACTOR_ASKED: _rules(Area.ROLES, _C),
        Event.SECOND_FACTOR_NOT_ASKED: _rules(Area.ROLES, _C),
        Event.CLUSTER_ADDED: _rules(Area.SETTINGS, _C),
        Event.CLUSTER_CHANGED: _rules(Area.SETTINGS, _C),
        Event.CATALOGUE_LOADED: _rules(Area.SETTINGS, also=(_C,)),
        Event.FACILITIES_IMPORTED: _rules(Area.SETTINGS, _C),
        Event.FACILITY_ADDED: _OF_FACILITY,
        Event.FACTS_CHANGED: _OF_FACILITY,
        Event.FACTS_CONFIRMED: _OF_FACILITY,
        Event.CONCEPT_PROPOSED: _OF_FACILITY,
        Event.CONCEPT_ACCEPTED: _OF_FACILITY,
        Event.CONCEPT_MERGED: _OF_FACILITY,
        Event.CONCEPT_DECLINED: _OF_FACILITY,
        Event.CONCEPTS_MERGED: _rules(Area.SETTINGS),
        Event.CONCEPTS_PARTED: _rules(Area.SETTINGS),
        Event.STATUS_CHANGED: _OF_FACILITY,
        Event.PARENT_CHANGED: _OF_FACILITY,
        Event.MODE_CHANGED: _OF_FACILITY,
        Event.TERMS_CHANGED: _OF_FACILITY,
        Event.AUDIENCES_CHANGED: _OF_FACILITY,
        Event.HOURS_CHANGED: _OF_FACILITY,
        Event.SPECIAL_DAYS_CHANGED: _OF_FACILITY,
        Event.HOLIDAYS_CHANGED: _OF_FACILITY,
        Event.CLOSURE_MADE: _SETTING,
        Event.CLOSURE_CHANGED: _SETTING,
        Event.CLOSURE_CANCELLED: _SETTING,
        Event.QUOTAS_CHANGED: _OF_FACILITY,
        Event.SET_ASIDE_MADE: _OF_FACILITY,
        Event.SET_ASIDE_RELEASED: _OF_FACILITY,
        Event.AUTOMATIC_NAMED: _FOR_ORGANISATION,
        Event.AUTOMATIC_REMOVED: _FOR_ORGANISATION,
        Event.CONDITION_ADDED: _OF_FACILITY,
        Event.CONDITION_CHANGED: _OF_FACILITY,
        Event.CONDITION_REMOVED: _OF_FACILITY,
        Event.ARRIVAL_CHANGED: _OF_FACILITY,
        Event.MISTAKE_REPORTED: _OF_FACILITY,
        Event.MISTAKE_SETTLED: _OF_FACILITY,
        Event.PICTURE_ADDED: _OF_FACILITY,
        Event.PICTURE_CHANGED: _OF_FACILITY,
        Event.PICTURE_REMOVED: _OF_FACILITY,
        Event.PICTURES_ORDERED: _OF_FACILITY,
        Event.DOCUMENT_ADDED: _OF_FACILITY,
        Event.DOCUMENT_CHANGED: _OF_FACILITY,
        Event.DOCUMENT_REMOVED: _OF_FACILITY,
        Event.DOCUMENTS_ORDERED: _OF_FACILITY,
        Event.REPLY_SAVED: _SETTING,
        Event.REPLY_REMOVED: _SETTING,
        Event.EXPERTISE_ADDED: _rules(Area.SETTINGS, _C),
        Event.EXPERTISE_CHANGED: _rules(Area.SETTINGS, _C),
        Event.EXPERTISE_REMOVED: _rules(Area.SETTINGS, _C),
        Event.EXPERT_NAMED: _rules(Area.SETTINGS, _P, _C),
        Event.EXPERT_REMOVED: _rules(Area.SETTINGS, _P, _C),
        Event.EXPERT_AGREED: _rules(Area.SETTINGS, _P, _C),
        Event.EXPERT_WITHDREW: _rules(Area.SETTINGS, _P, _C),
        Event.PLAN_PROPOSED: _rules(Area.SETTINGS, _C),
        Event.PLAN_CHANGED: _rules(Area.SETTINGS, _C),
        Event.PLAN_STATUS_CHANGED: _rules(Area.SETTINGS, _C),
        Event.PLAN_JOINED: _rules(Area.SETTINGS, _C),
        Event.PLAN_LEFT: _rules(Area.SETTINGS, _C),
        Event.MAIL_PAUSED: _rules(Area.SETTINGS),
        Event.MAIL_RESUMED: _rules(Area.SETTINGS),
        Event.MAIL_SENT_AGAIN: _rules(Area.SETTINGS),
        Event.MAIL_GIVEN_UP: _rules(Area.SETTINGS),
        Event.BOOKING_STEP: _rules(Area.BOOKINGS, Subject.BOOKING, _F, _C, also=(_O,)),
        Event.BOOKING_OPENED: _rules(Area.OPENED, Subject.BOOKING, _F, _C, also=(_O,)),
        Event.PERSON_ERASED: _rules(Area.LOG, _P),
        Event.ADDRESSES_ERASED: _rules(Area.LOG),
    }
)


def subject_fault(event: Event, given: frozenset[Subject]) -> str | None:
    """Return what is wrong with the subjects named for an event, or None."""
    rules = EVENTS[event]
    if missing := rules.about - given:
        return f"{event} says nothing of its {', '.join(sorted(missing))}"
    if surplus := given - rules.about - rules.also:
        return f"{event} is not about: {', '.join(sorted(surplus))}"
    return None


def changed_only(
    before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """Return of both only what differs; what one of them does not name counts as different."""
    nothing = object()
    return (
        {key: value for key, value in before.items() if after.get(key, nothing) != value},
        {key: value for key, value in after.items() if before.get(key, nothing) != value},
    )
