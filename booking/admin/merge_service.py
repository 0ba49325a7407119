"""Merging a duplicate into the organisation of which it is one, as an administrator."""

import logging
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.account_log import AccountEvent, log_account_change
from booking.accounts.invitations import Ending
from booking.accounts.memberships import CURRENT, ever_organisation_ids_of, working_for
from booking.accounts.models import (
    AccountRequest,
    Membership,
    MembershipInvitation,
    Organisation,
    Person,
    SignIn,
)
from booking.accounts.organisations import lock_organisations
from booking.accounts.people_service import check_still_admin
from booking.admin.merge_queries import addresses_there, preview_of, taken_addresses
from booking.alerts.models import FreeTimeAlert
from booking.audit.recording import record
from booking.bookings.models import Booking, BookingRequest
from booking.bookings.set_aside_models import SetAside, SetAsideOrganisation
from booking.db.rules_number import claim_rules
from booking.db.transactions import AgainError, retried, writing
from booking.enquiries.models import Enquiry, EnquiryMessage
from booking.errors import Conflict, NotFound
from booking.extensions import db
from booking.facilities.automatic_models import AutomaticOrganisation
from booking.feeds.models import Feed
from booking.plans.models import FacilityPlan, PlanComment, PlanOrganisation
from booking.rules.audit_events import Event
from booking.rules.visibility import Account, MembershipRole

log = logging.getLogger(__name__)


@retried
def merge(account: Account, key: str, duplicate_key: str, why: str, expected: str) -> str:
    """Merge a duplicate into the organisation with this key; returns the name of the duplicate.

    Its people work there from now on, and all that was of the duplicate is of that organisation:
    requests, calendar links, invitations, time set aside. Its name finds the other one. Everybody
    who works for either is told. `expected` is the version of the preview that was seen.

    The locks are taken in this order: the trees of facilities, administrators, requests for
    accounts, both organisations, the rules. So nobody sends, decides or joins meanwhile, and
    whoever waited for one of them looks at what is there now. The rules are claimed before anything
    is read: whoever sends or enters a request in another tree holds them, and what is on its way
    would be missed, as moving memberships waits for it only later, or not at all if there are none.

    Raises:
        NotFound: one of them does not exist.
        Forbidden: the person who acts is no administrator any more.
        Conflict: `merged`, when one of them was merged before; `itself`; `yourself`, when the
            administrator works or worked for one of them; `changed`, when it would do something
            else than the administrator has seen.
    """
    kept_id, duplicate_id = _id_of(key), _id_of(duplicate_key)
    if kept_id == duplicate_id:
        raise Conflict("itself")
    facilities = _facilities_of(duplicate_id)
    with writing(*facilities) as now:
        check_still_admin(account)
        _lock_requests_to_join([kept_id, duplicate_id])
        lock_organisations([kept_id, duplicate_id])
        claim_rules()
        kept, duplicate = (
            db.session.get_one(Organisation, one, populate_existing=True)
            for one in (kept_id, duplicate_id)
        )
        if kept.merged_into_id is not None or duplicate.merged_into_id is not None:
            raise Conflict("merged")
        if not _facilities_of(duplicate_id) <= facilities:
            raise AgainError  # a request was sent elsewhere before it was locked
        if ever_organisation_ids_of(account.person_id) & {kept_id, duplicate_id}:
            raise Conflict("yourself")
        if preview_of(kept, duplicate, now).version != expected:
            raise Conflict("changed")
        _join_people(kept_id, duplicate_id, now, actor_id=account.person_id)
        _move_what_is_there(kept_id, duplicate_id, now)
        _join_what_is_there_once(kept_id, duplicate_id)
        _end(kept, duplicate, now)
        _tell(account.person_id, kept, duplicate, why, now)
        return duplicate.name


def _id_of(key: str) -> int:
    if not key or "\0" in key:  # PostgreSQL refuses to look for it
        raise NotFound("organisation")
    found = db.session.scalar(sa.select(Organisation.id).where(Organisation.key == key))
    if found is None:
        raise NotFound("organisation")
    return found


def _facilities_of(organisation_id: int) -> frozenset[int]:
    """Return the facilities that have something of an organisation."""
    return frozenset(
        db.session.scalars(
            sa.union(
                sa.select(Booking.facility_id)
                .join(BookingRequest, BookingRequest.id == Booking.request_id)
                .where(BookingRequest.organisation_id == organisation_id),
                sa.select(SetAside.facility_id)
                .join(SetAsideOrganisation, SetAsideOrganisation.set_aside_id == SetAside.id)
                .where(SetAsideOrganisation.organisation_id == organisation_id),
                sa.select(AutomaticOrganisation.facility_id).where(
                    AutomaticOrganisation.organisation_id == organisation_id
                ),
                sa.select(Enquiry.facility_id).where(Enquiry.organisation_id == organisation_id),
            )
        )
    )


def _lock_requests_to_join(organisation_ids: Sequence[int]) -> None:
    db.session.execute(
        sa.select(AccountRequest.id)
        .where(
            sa.or_(
                AccountRequest.organisation_id.in_(organisation_ids),
                AccountRequest.joins_id.in_(organisation_ids),
            )
        )
        .order_by(AccountRequest.id)
        .with_for_update()
    )


def _join_people(kept_id: int, duplicate_id: int, now: datetime, *, actor_id: int) -> None:
    """Let everybody work there. Who works for both has one membership, with the larger role."""
    there = {
        one.person_id: one
        for one in db.session.scalars(
            sa.select(Membership)
            .where(Membership.organisation_id == kept_id, CURRENT)
            .execution_options(populate_existing=True)
        )
    }
    moving = db.session.scalars(
        sa.select(Membership)
        .where(Membership.organisation_id == duplicate_id)
        .order_by(Membership.id)
        .execution_options(populate_existing=True)
    ).all()
    for one in moving:
        same = there.get(one.person_id) if one.until is None else None
        if same is not None:
            same.since = min(same.since, one.since)
            same.chosen = same.chosen or one.chosen
            if one.role == MembershipRole.MANAGER and same.role != MembershipRole.MANAGER:
                same.role = MembershipRole.MANAGER
                record(
                    Event.MANAGER_NAMED,
                    now=now,
                    actor=actor_id,
                    person=one.person_id,
                    organisation=kept_id,
                )
            one.until, one.chosen = now, False
            db.session.flush()  # nobody has two that have not ended
        one.organisation_id = kept_id
    db.session.flush()
    _move(SignIn, kept_id, duplicate_id)


def _move_what_is_there(kept_id: int, duplicate_id: int, now: datetime) -> None:
    # Who joins answers the invitation that waits for them, as in `begin_membership`.
    db.session.execute(
        sa.update(MembershipInvitation)
        .where(
            MembershipInvitation.organisation_id == kept_id,
            MembershipInvitation.ended_at.is_(None),
            MembershipInvitation.email.in_(addresses_there(kept_id)),
        )
        .values(ended_at=now, ending=Ending.ACCEPTED)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        sa.update(MembershipInvitation)
        .where(
            MembershipInvitation.organisation_id == duplicate_id,
            MembershipInvitation.ended_at.is_(None),
            sa.func.lower(MembershipInvitation.email).in_(taken_addresses(kept_id)),
        )
        .values(ended_at=now, ending=Ending.WITHDRAWN)
        .execution_options(synchronize_session=False)
    )
    for model in (
        MembershipInvitation, AccountRequest, Feed, FreeTimeAlert, BookingRequest, PlanComment
    ):  # fmt: skip
        _move(model, kept_id, duplicate_id)
    db.session.execute(
        sa.update(FacilityPlan)
        .where(FacilityPlan.suggested_for_id == duplicate_id)
        .values(suggested_for_id=kept_id)
        .execution_options(synchronize_session=False)
    )
    # Who was announced to the people of one has to be announced to those of both.
    db.session.execute(
        sa.update(AccountRequest)
        .where(
            AccountRequest.joins_id.in_([kept_id, duplicate_id]), AccountRequest.answer.is_(None)
        )
        .values(joins_id=None, announced_by_id=None, objections_until=None)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        sa.update(AccountRequest)
        .where(AccountRequest.joins_id == duplicate_id)
        .values(joins_id=kept_id)
        .execution_options(synchronize_session=False)
    )


def _move(model: type, kept_id: int, duplicate_id: int) -> None:
    table = model.__table__  # type: ignore[attr-defined]
    db.session.execute(
        sa.update(table)
        .where(table.c.organisation_id == duplicate_id)
        .values(organisation_id=kept_id)
    )


def _join_what_is_there_once(kept_id: int, duplicate_id: int) -> None:
    """Name the organisation where the duplicate was named, and go on with what both asked."""
    for model, column in (
        (AutomaticOrganisation, AutomaticOrganisation.facility_id),
        (SetAsideOrganisation, SetAsideOrganisation.set_aside_id),
        (PlanOrganisation, PlanOrganisation.plan_id),
    ):
        named = sa.select(column).where(model.organisation_id == kept_id)
        db.session.execute(
            sa.delete(model)
            .where(model.organisation_id == duplicate_id, column.in_(named))
            .execution_options(synchronize_session=False)
        )
        _move(model, kept_id, duplicate_id)
    there = {
        one.facility_id: one
        for one in db.session.scalars(sa.select(Enquiry).where(Enquiry.organisation_id == kept_id))
    }
    for one in _enquiries_of(duplicate_id):
        same = there.get(one.facility_id)
        if same is None:
            one.organisation_id = kept_id
            continue
        db.session.execute(
            sa.update(EnquiryMessage)
            .where(EnquiryMessage.enquiry_id == one.id)
            .values(enquiry_id=same.id)
            .execution_options(synchronize_session=False)
        )
        if one.last_message_at > same.last_message_at:
            same.is_answered = one.is_answered
        same.last_message_at = max(one.last_message_at, same.last_message_at)
        same.asked_at = min(one.asked_at, same.asked_at)
        db.session.execute(
            sa.delete(Enquiry)
            .where(Enquiry.id == one.id)
            .execution_options(synchronize_session=False)
        )
        db.session.expunge(one)


def _enquiries_of(organisation_id: int) -> Sequence[Enquiry]:
    return db.session.scalars(
        sa.select(Enquiry).where(Enquiry.organisation_id == organisation_id).order_by(Enquiry.id)
    ).all()


def _end(kept: Organisation, duplicate: Organisation, now: datetime) -> None:
    """Let the duplicate be another name of the organisation, which takes what it does not state."""
    if not kept.website:
        kept.website = duplicate.website
    if not (kept.billing_reference or kept.billing_name or kept.billing_email):
        kept.billing_reference = duplicate.billing_reference
        kept.billing_name = duplicate.billing_name
        kept.billing_email = duplicate.billing_email
    if kept.home_cluster_id is None:
        kept.home_cluster_id = duplicate.home_cluster_id
    duplicate.billing_reference = duplicate.billing_name = duplicate.billing_email = ""
    duplicate.home_cluster_id = None
    duplicate.merged_into_id, duplicate.merged_at = kept.id, now
    db.session.execute(
        sa.update(Organisation)
        .where(Organisation.merged_into_id == duplicate.id)
        .values(merged_into_id=kept.id)
        .execution_options(synchronize_session=False)
    )
    db.session.flush()


def _tell(
    admin_id: int, kept: Organisation, duplicate: Organisation, why: str, now: datetime
) -> None:
    """Log it for both, and tell everybody who works there."""
    told = [one for _, one in db.session.execute(working_for([kept.id])) if one != admin_id]
    log_account_change(
        AccountEvent.MERGED,
        db.session.get_one(Person, admin_id),
        now,
        actor_id=admin_id,
        organisation_id=kept.id,
        told_ids=told,
        after={"duplicate": duplicate.name},
        why=why,
    )
    record(
        Event.ORGANISATION_MERGED,
        now=now,
        actor=admin_id,
        organisation=duplicate.id,
        after={"merged_into": kept.name},
        why=why,
    )
    log.info("organisation %s merged into %s by person %s", duplicate.id, kept.id, admin_id)
