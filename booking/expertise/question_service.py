"""Asking a cluster about its expertise, and writing on; neither side sees an address."""

import secrets
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.cluster_people import coordinator_ids
from booking.accounts.queries import account_now
from booking.accounts.service import locked
from booking.db.transactions import retried, writing
from booking.errors import Busy, Invalid
from booking.expertise.models import ExpertiseMessage, ExpertiseQuestion
from booking.expertise.queries import (
    area_to_ask,
    find_area,
    find_question,
    shown_people,
    side_of,
)
from booking.extensions import db
from booking.news.service import tell
from booking.rules.expertise import DAY, HOUR, MOST_MESSAGES_AN_HOUR, MOST_QUESTIONS_A_DAY
from booking.rules.lifecycle import Side
from booking.rules.news import NewsKind
from booking.rules.visibility import Account


class TooManyQuestions(Busy):
    """The person has begun as many questions within a day as they can."""

    wait = DAY


class TooManyMessages(Busy):
    """This side has written as many messages within the hour as it can."""


@retried
def ask(account: Account, slug: str, area: str, text: str) -> str:
    """Ask a cluster about an area of its expertise; returns the reference of the question.

    `area` is the key of an area, or what the cluster only names as its expertise. The people who
    agreed to be shown with the area are told; where nobody did, the coordinators.

    Raises:
        NotFound: there is no such cluster, or it has no such area.
        Invalid: `text` `missing`, or `nobody_answers`: nobody would read it.
        TooManyQuestions: the limit is reached.
    """
    if not text.strip():
        raise Invalid("text", "missing")
    with writing() as now:
        locked(account.person_id)  # who sends twice at once waits here, so that the limit holds
        current = account_now(account)
        asked = area_to_ask(slug, area)
        begun = sa.select(sa.func.count()).where(
            ExpertiseQuestion.asked_by_id == account.person_id,
            ExpertiseQuestion.asked_at > now - DAY,
        )
        if (db.session.scalar(begun) or 0) >= MOST_QUESTIONS_A_DAY:
            raise TooManyQuestions
        question = ExpertiseQuestion(
            reference=secrets.token_hex(8),
            cluster_id=asked.cluster.id,
            area_id=find_area(asked.cluster.id, asked.key).id if asked.key else None,
            about=asked.name,
            asked_by_id=account.person_id,
            organisation=current.organisation_name or "",
            asked_at=now,
            last_message_at=now,
            is_answered=False,
        )
        if not _answering(question, account.person_id):
            raise Invalid("text", "nobody_answers")
        db.session.add(question)
        db.session.flush()
        _write(account, Side.REQUESTER, question, text, now)
        return question.reference


@retried
def write_on(account: Account, reference: str, text: str) -> None:
    """Write a further message in a question, on the side of the person.

    Raises:
        NotFound: there is no such question, or it is others'.
        Invalid: `text` `missing`.
        TooManyMessages: this side has written as many within the hour as it can.
    """
    if not text.strip():
        raise Invalid("text", "missing")
    with writing() as now:
        db.session.execute(
            sa.select(ExpertiseQuestion.id)
            .where(ExpertiseQuestion.id == find_question(reference).id)
            .with_for_update()
        )
        question = find_question(reference)
        side = side_of(account_now(account).viewer, question)
        written = sa.select(sa.func.count()).where(
            ExpertiseMessage.question_id == question.id,
            ExpertiseMessage.side == side,
            ExpertiseMessage.at > now - HOUR,
        )
        if (db.session.scalar(written) or 0) >= MOST_MESSAGES_AN_HOUR:
            raise TooManyMessages
        _write(account, side, question, text, now)


def _write(
    account: Account, side: Side, question: ExpertiseQuestion, text: str, now: datetime
) -> None:
    """Add a message and tell the other side; sent a second time, it is written once."""
    latest = db.session.execute(
        sa.select(ExpertiseMessage.text, ExpertiseMessage.author_id)
        .where(ExpertiseMessage.question_id == question.id)
        .order_by(ExpertiseMessage.id.desc())
        .limit(1)
    ).first()
    if latest is not None and tuple(latest) == (text, account.person_id):
        return
    db.session.add(
        ExpertiseMessage(
            question_id=question.id, at=now, author_id=account.person_id, side=side, text=text
        )
    )
    question.last_message_at = now
    question.is_answered = side is Side.OWNER
    asked = side is Side.REQUESTER
    told = _answering(question, account.person_id) if asked else [question.asked_by_id]
    tell(
        NewsKind.EXPERTISE_ASKED if asked else NewsKind.EXPERTISE_ANSWERED,
        told,
        now,
        name=question.about,
        key=question.reference,
        cluster_id=question.cluster_id,
    )


def _answering(question: ExpertiseQuestion, but: int) -> Collection[int]:
    """Return who is told of what is asked: the people shown, else the coordinators."""
    shown = shown_people([question.area_id] if question.area_id else ())
    people = {person_id for some in shown.values() for person_id, _ in some} - {but}
    return people or set(coordinator_ids(question.cluster_id)) - {but}
