"""Roles in words: what they are called, and what they allow."""

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel.speaklater import LazyString

from booking.rules.names import isolated
from booking.rules.roles import RoleKind
from booking.wording.translator import gettext, lazy_gettext


@dataclass(frozen=True)
class RoleWords:
    """What a role is called, for one and for several people, and what it allows.

    `where` says where somebody has it, `given` and `taken` that the reader got or lost it: by
    whom, and where.
    """

    name: LazyString
    plural: LazyString
    allows: LazyString
    where: Callable[[str], str]
    given: Callable[[str, str], str]
    taken: Callable[[str, str], str]


ROLE_WORDS = {
    RoleKind.COORDINATOR: RoleWords(
        lazy_gettext("Coordinator"),
        lazy_gettext("Coordinators"),
        lazy_gettext(
            "Manages all facilities of the cluster and can decide on every request there. Gives "
            "and takes away roles, and answers requests for accounts."
        ),
        lambda where: gettext("Coordinator of %(where)s", where=where),
        lambda actor, where: gettext(
            "%(actor)s made you a coordinator of %(where)s. Your account says what this allows.",
            actor=actor,
            where=where,
        ),
        lambda actor, where: gettext(
            "%(actor)s removed you as coordinator of %(where)s.", actor=actor, where=where
        ),
    ),
    RoleKind.APPROVER: RoleWords(
        lazy_gettext("Approver"),
        lazy_gettext("Approvers"),
        lazy_gettext(
            "Reads and decides on requests for the facility and its parts. Sets its hours, "
            "closures, rules and texts."
        ),
        lambda where: gettext("Approver of %(where)s", where=where),
        lambda actor, where: gettext(
            "%(actor)s made you an approver of %(where)s. Your account says what this allows.",
            actor=actor,
            where=where,
        ),
        lambda actor, where: gettext(
            "%(actor)s removed you as approver of %(where)s.", actor=actor, where=where
        ),
    ),
    RoleKind.KEEPER: RoleWords(
        lazy_gettext("Keeper"),
        lazy_gettext("Keepers"),
        lazy_gettext(
            "Keeps facts, hours, status, conditions and arrival texts of the facility and its "
            "parts up to date. Does not see who requests or books it, and decides on nothing."
        ),
        lambda where: gettext("Keeper of %(where)s", where=where),
        lambda actor, where: gettext(
            "%(actor)s made you a keeper of %(where)s. Your account says what this allows.",
            actor=actor,
            where=where,
        ),
        lambda actor, where: gettext(
            "%(actor)s removed you as keeper of %(where)s.", actor=actor, where=where
        ),
    ),
    RoleKind.AUDITOR: RoleWords(
        lazy_gettext("Auditor"),
        lazy_gettext("Auditors"),
        lazy_gettext(
            "Reads the log of the cluster: who changed what and when. Sees no requests and "
            "bookings, and changes nothing."
        ),
        lambda where: gettext("Auditor of %(where)s", where=where),
        lambda actor, where: gettext(
            "%(actor)s made you an auditor of %(where)s. Your account says what this allows.",
            actor=actor,
            where=where,
        ),
        lambda actor, where: gettext(
            "%(actor)s removed you as auditor of %(where)s.", actor=actor, where=where
        ),
    ),
}
ADMIN_ALLOWS = lazy_gettext(
    "Looks after clusters, organisations, accounts and settings of this site. Reads no requests "
    "and bookings, except one at a time in an emergency, and decides on none."
)


def colleague_text(actor: str, person: str, where: str, *, was_given: bool) -> str:
    """Return, for the coordinators of a cluster, that somebody became one or no longer is."""
    if was_given:
        return gettext(
            "%(actor)s made %(person)s a coordinator of %(where)s.",
            actor=actor,
            person=person,
            where=where,
        )
    return gettext(
        "%(actor)s removed %(person)s as coordinator of %(where)s.",
        actor=actor,
        person=person,
        where=where,
    )


def last_day_message(code: str) -> str:
    """Return what is wrong with the last day of a role, see `accounts.role_service`."""
    return {
        "past": gettext("Enter today or a later day, or leave it empty."),
        "too_far": gettext("Enter a day within the next ten years, or leave it empty."),
        "only_coordinator": gettext(
            "Leave it empty: a cluster needs a coordinator without a last day, and nobody else is "
            "one."
        ),
    }[code]


def last_coordinator_message() -> str:
    """Return why a coordinator cannot be removed, and what to do first."""
    return gettext(
        "This is the last coordinator of the cluster without a last day. First make somebody else "
        "a coordinator."
    )


def actor_text(name: str | None) -> str:
    """Return who did something: a person by name, or the operator (None)."""
    return isolated(name) if name else gettext("the operator of this site")
