"""Letting those join to whom nobody objected; the worker does it."""

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from booking.accounts.account_request_service import make_account, pass_on
from booking.accounts.memberships import managers_of
from booking.accounts.models import AccountRequest, Person
from booking.accounts.objections import who_may_object
from booking.accounts.organisations import lock_organisations
from booking.db import clock
from booking.db.transactions import writing
from booking.extensions import db
from booking.rules.visibility import MembershipRole


def admit_announced(*, by_mail: bool) -> int:
    """Let everybody join whose time for objections is over; returns how many.

    If the organisation has a manager by now, the request is passed on. If the address has an
    account by now, or nobody is left there who could object, it goes back to the coordinator.
    """
    due = db.session.scalars(
        sa.select(AccountRequest.id).where(
            *_is_due(), AccountRequest.objections_until <= clock.now()
        )
    ).all()
    db.session.rollback()
    return sum(_admit(one, by_mail=by_mail) for one in due)


def _is_due() -> tuple[sa.ColumnElement[bool], ...]:
    return (
        AccountRequest.joins_id.is_not(None),
        AccountRequest.organisation_id.is_(None),
        AccountRequest.answer.is_(None),
        AccountRequest.objected_at.is_(None),
    )


def _admit(request_id: int, *, by_mail: bool) -> int:
    try:
        with writing() as now:
            request = db.session.scalar(
                sa.select(AccountRequest)
                .where(AccountRequest.id == request_id, *_is_due())
                .with_for_update()
            )
            if request is None or request.joins_id is None or request.announced_by_id is None:
                return 0
            organisation_id, coordinator_id = request.joins_id, request.announced_by_id
            lock_organisations([organisation_id])
            managers = managers_of(organisation_id)
            if managers:
                pass_on(request, organisation_id, managers, coordinator_id, now)
                return 0
            known = db.session.scalar(sa.select(Person.id).where(Person.email == request.email))
            if known is not None or not who_may_object(organisation_id):
                request.joins_id = request.announced_by_id = request.objections_until = None
                return 0
            role = MembershipRole.MEMBER
            make_account(request, organisation_id, role, coordinator_id, now, by_mail=by_mail)
            return 1
    except IntegrityError:  # the address got an account at the same moment: next round
        return 0
