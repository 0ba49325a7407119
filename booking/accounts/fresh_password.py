"""Asking for the password again before something that somebody at an open browser must not do."""

import sqlalchemy as sa

from booking.accounts import passwords, throttle
from booking.accounts.models import Person
from booking.accounts.throttle import ClientSource
from booking.db.transactions import writing
from booking.errors import Invalid
from booking.extensions import db


def confirm_password(person_id: int, password: str, source: ClientSource) -> None:
    """Check the password of a person who is signed in; wrong ones are counted.

    Raises:
        Invalid: `password` is `wrong` (also after too many tries).
    """
    known_hash = db.session.scalar(
        sa.select(Person.password_hash).where(Person.id == person_id, Person.is_active)
    )
    with writing() as now:
        may_try = throttle.count_first([source.password_change], now)
    if not may_try or not passwords.matches(known_hash, password):
        raise Invalid("password", "wrong")
    with writing():
        throttle.take_back(source.password_change)
