"""Sign-ins: whose they are, when they expire, and a person's list of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from booking.accounts.models import LONG_AGO, Person, SignIn
from booking.accounts.queries import ACCOUNT_COLUMNS, account_from
from booking.accounts.tokens import hashed
from booking.db import clock
from booking.db.rules_number import RULES_NUMBER, note_rules_number
from booking.db.side_writes import write_aside
from booking.extensions import db
from booking.rules.retention import SIGN_IN_IDLE, SIGN_IN_LONGEST
from booking.rules.sign_ins import SecondFactor, SignInWay
from booking.rules.visibility import Account

IDLE_LIMIT = SIGN_IN_IDLE
ABSOLUTE_LIMIT = SIGN_IN_LONGEST
# How often `seen_at` is written.
SEEN_EVERY = timedelta(minutes=5)

# Built once: that takes as long as to run it.
_WITH_PERSON = (
    sa.select(SignIn, Person, *ACCOUNT_COLUMNS, RULES_NUMBER.label("rules_number"))
    .join(Person, Person.id == SignIn.person_id)
    .where(SignIn.token_hash == sa.bindparam("token_hash"), Person.is_active)
)


@dataclass(frozen=True)
class SignInLine:
    """One sign-in in its owner's list; `key` identifies it in forms and is no secret.

    `address` is the network from which it began, "" if that was not noted.
    """

    key: str
    browser: str
    created_at: datetime
    seen_at: datetime
    way: SignInWay
    second_factor: SecondFactor | None
    address: str
    is_this: bool


def person_of(token: str, *, active: bool = True) -> Person | None:
    """Return the person whose sign-in has this token; see `signed_in`."""
    found = signed_in(token, active=active)
    return found[0] if found else None


def signed_in(token: str, *, active: bool = True) -> tuple[Person, Account] | None:
    """Return whose sign-in has this token, with their account, or None when it has ended.

    It ends 12 hours after its last use and 30 days after it began, and does not come back when
    the clock is set back. `active` false does not count as use: the page polls by itself.

    One statement, which also reads the number of the rules.
    """
    now = clock.now()
    by_token = {"token_hash": hashed(token)}
    row = db.session.execute(_WITH_PERSON, by_token).first()
    if row is None:
        return None
    sign_in = row.SignIn
    if _has_ended(sign_in, now):
        write_aside(
            "the end of a sign-in", sa.delete(SignIn).where(SignIn.token_hash == hashed(token))
        )
        return None
    if active and now - sign_in.seen_at >= SEEN_EVERY:
        write_aside(
            "the use of a sign-in",
            sa.update(SignIn).where(SignIn.token_hash == hashed(token)).values(seen_at=now),
        )
        # That ended the transaction, so read again: the sign-in may be gone by now.
        row = db.session.execute(_WITH_PERSON, by_token).first()
        if row is None:
            return None
    note_rules_number(row.rules_number)
    person: Person = row.Person
    person.sign_in_token = token
    person.proved_at = row.SignIn.proved_at or LONG_AGO
    return person, account_from(person, row, row.SignIn.organisation_id)


def sign_ins_of(person_id: int, this_token: str) -> list[SignInLine]:
    """Return the person's valid sign-ins: this one, then the others, last used first."""
    now = clock.now()
    this_key = hashed(this_token)
    lines = [
        SignInLine(
            key=sign_in.token_hash,
            browser=sign_in.browser,
            created_at=sign_in.created_at,
            seen_at=sign_in.seen_at,
            way=SignInWay(sign_in.way),
            second_factor=SecondFactor(sign_in.second_factor) if sign_in.second_factor else None,
            address=sign_in.address,
            is_this=sign_in.token_hash == this_key,
        )
        for sign_in in db.session.scalars(
            sa.select(SignIn).where(SignIn.person_id == person_id).order_by(SignIn.seen_at.desc())
        )
        if not _has_ended(sign_in, now)
    ]
    return sorted(lines, key=lambda line: not line.is_this)


def valid_sign_in(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a `SignIn` of the query has not ended."""
    return sa.and_(SignIn.seen_at > now - IDLE_LIMIT, SignIn.created_at > now - ABSOLUTE_LIMIT)


def _has_ended(sign_in: SignIn, now: datetime) -> bool:
    return now - sign_in.seen_at >= IDLE_LIMIT or now - sign_in.created_at >= ABSOLUTE_LIMIT
