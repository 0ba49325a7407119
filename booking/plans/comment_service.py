"""Commenting on plans: people of clusters, and of organisations that want it."""

from datetime import timedelta

import sqlalchemy as sa

from booking.accounts.cluster_people import coordinator_ids
from booking.accounts.queries import account_now
from booking.accounts.service import locked
from booking.db.transactions import retried, writing
from booking.errors import Busy, Conflict, Forbidden, Invalid
from booking.extensions import db
from booking.news.service import tell
from booking.plans.models import PlanComment, PlanOrganisation
from booking.plans.queries import joined_clusters
from booking.plans.service import interested_people, locked_plan
from booking.rules.news import NewsKind
from booking.rules.plans import MOST_COMMENTS_AN_HOUR, OPEN, is_of_clusters
from booking.rules.visibility import Account, Viewer

_HOUR = timedelta(hours=1)


class TooManyComments(Busy):
    """The person has written as many comments within the hour as they can."""


@retried
def comment(account: Account, key: str, text: str) -> None:
    """Comment on a plan; those are told who read it. Sent a second time, it is written once.

    Raises:
        NotFound: the person may not know of the plan.
        Forbidden: they are of no cluster, and of no organisation that wants it.
        Conflict: `not_open`.
        Invalid: `text` `missing`.
        TooManyComments: the limit is reached.
    """
    if not text.strip():
        raise Invalid("text", "missing")
    with writing() as now:
        locked(account.person_id)
        plan = locked_plan(account, key)
        if plan.status not in OPEN:
            raise Conflict("not_open")
        viewer = account_now(account).viewer
        organisation_id = None if is_of_clusters(viewer) else viewer.organisation_id
        if organisation_id is None and not is_of_clusters(viewer):
            raise Forbidden("comment")
        if organisation_id is not None and not _wants(plan.id, organisation_id):
            raise Forbidden("comment")
        latest = db.session.execute(
            sa.select(PlanComment.text, PlanComment.author_id)
            .where(PlanComment.plan_id == plan.id)
            .order_by(PlanComment.id.desc())
            .limit(1)
        ).first()
        if latest is not None and tuple(latest) == (text, account.person_id):
            return
        written = sa.select(sa.func.count(PlanComment.id)).where(
            PlanComment.author_id == account.person_id, PlanComment.at > now - _HOUR
        )
        if (db.session.scalar(written) or 0) >= MOST_COMMENTS_AN_HOUR:
            raise TooManyComments
        db.session.add(
            PlanComment(
                plan_id=plan.id,
                at=now,
                author_id=account.person_id,
                organisation_id=organisation_id,
                cluster_id=None if organisation_id else _cluster_of(viewer, plan.cluster_id),
                text=text,
            )
        )
        told = interested_people(plan.id, organisation_id)
        for one in {plan.cluster_id, *joined_clusters(plan.id)}:
            told.update(coordinator_ids(one))
        tell(
            NewsKind.PLAN_COMMENTED,
            told - {account.person_id},
            now,
            name=plan.title,
            key=plan.key,
            cluster_id=plan.cluster_id,
        )


def _wants(plan_id: int, organisation_id: int) -> bool:
    found = sa.select(PlanOrganisation.id).where(
        PlanOrganisation.plan_id == plan_id, PlanOrganisation.organisation_id == organisation_id
    )
    return db.session.scalar(found) is not None


def _cluster_of(viewer: Viewer, leading_id: int) -> int:
    """Return for which cluster somebody speaks: the leading one where they are of it."""
    own = viewer.coordinates | viewer.approver_clusters | viewer.keeper_clusters
    return leading_id if leading_id in own else min(own)
