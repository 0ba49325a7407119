"""Reading the directory, and the questions that somebody asked or answers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from booking.accounts.models import Person
from booking.clusters.models import Cluster
from booking.concepts.normalise import fold
from booking.concepts.subjects import concepts_named, subjects_named, subjects_of
from booking.db.in_ids import in_ids
from booking.errors import NotFound
from booking.expertise.models import (
    ExpertiseArea,
    ExpertiseMessage,
    ExpertisePerson,
    ExpertiseQuestion,
)
from booking.extensions import db
from booking.facilities.listed import ListedCluster, listed_clusters
from booking.rules.expertise import side_in_question
from booking.rules.lifecycle import Side
from booking.rules.visibility import Viewer

#: Lists of questions show so many.
MOST_LISTED = 100


@dataclass(frozen=True)
class ShownArea:
    """An area of expertise as everybody sees it.

    `key` is "" for what a cluster only names as its expertise: it has no role yet, its coordinators
    answer, and `subjects` are those that its words name. `people` are the names of those who agreed
    to be shown.
    """

    cluster: ListedCluster
    name: str
    subjects: Sequence[str]
    key: str = ""
    description: str = ""
    role: str = ""
    languages: Sequence[str] = ()
    people: Sequence[str] = ()


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for in the directory; what is empty filters nothing."""

    text: str = ""
    subject: str = ""
    language: str = ""
    cluster: str = ""

    def matches(self, area: ShownArea) -> bool:
        """Return whether an area has all of it.

        Words match where they stand in its texts, or name something of one of its subjects. An
        area without languages of its own is one of its cluster's, in all of which it may answer.
        """
        return (
            (not self.cluster or area.cluster.slug == self.cluster)
            and (not self.subject or self.subject in area.subjects)
            and (not self.language or self.language in area.languages)
            and (not self.text or self._has_words(area))
        )

    def _has_words(self, area: ShownArea) -> bool:
        said = fold(" ".join([area.name, area.description, area.role, *area.people]))
        named = concepts_named(self.text)
        about = concepts_named(f"{area.name} {area.description}") | set(area.subjects)
        return all(word in said for word in fold(self.text).split()) or bool(
            named and (named & about or subjects_of(named) & set(area.subjects))
        )


def directory() -> Sequence[ShownArea]:
    """Return all areas by cluster and name: those that are kept, then what clusters only name.

    A constant number of statements.
    """
    clusters = listed_clusters()
    kept: dict[int, list[ShownArea]] = defaultdict(list)
    areas = db.session.scalars(sa.select(ExpertiseArea).order_by(ExpertiseArea.name)).all()
    people = shown_people(area.id for area in areas)
    for area in areas:
        kept[area.cluster_id].append(
            ShownArea(
                clusters[area.cluster_id],
                area.name,
                tuple(area.subjects),
                area.key,
                area.description,
                area.role,
                tuple(area.languages),
                [name for _, name in people[area.id]],
            )
        )
    named = dict(db.session.execute(sa.select(Cluster.id, Cluster.expertise)).all())
    found = []
    for cluster_id, cluster in clusters.items():
        found += kept[cluster_id]
        taken = {fold(area.name) for area in kept[cluster_id]}
        found += [
            ShownArea(cluster, name, sorted(subjects_named(name)))
            for name in named.get(cluster_id) or ()
            if fold(name) not in taken
        ]
    return found


def area_to_ask(slug: str, area: str) -> ShownArea:
    """Return an area of a cluster by its key, or by the words with which the cluster names it.

    Raises:
        NotFound: there is no such cluster, or it has no such area.
    """
    cluster = cluster_of_slug(slug)
    for one in directory():
        if one.cluster.id == cluster.id and area and area == (one.key or one.name):
            return one
    raise NotFound("area")


def shown_people(area_ids: Iterable[int]) -> Mapping[int, Sequence[tuple[int, str]]]:
    """Return id and name of the people who agreed to be shown, by id of the area. One statement."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = db.session.execute(
        sa.select(ExpertisePerson.area_id, Person.id, Person.name)
        .join(Person, Person.id == ExpertisePerson.person_id)
        .where(
            in_ids(ExpertisePerson.area_id, area_ids),
            ExpertisePerson.agreed_at.is_not(None),
            Person.is_active,
        )
        .order_by(Person.name, Person.id)
    )
    for area_id, person_id, name in rows:
        found[area_id].append((person_id, name))
    return found


def find_area(cluster_id: int, key: str) -> ExpertiseArea:
    """Return an area of a cluster, as it is stored now.

    Raises:
        NotFound: the cluster has none of this key.
    """
    area = None
    if key and "\0" not in key:  # PostgreSQL refuses to look for it
        area = db.session.scalar(
            sa.select(ExpertiseArea)
            .where(ExpertiseArea.key == key, ExpertiseArea.cluster_id == cluster_id)
            .execution_options(populate_existing=True)
        )
    if area is None:
        raise NotFound("area")
    return area


def cluster_of_slug(slug: str) -> ListedCluster:
    """Return the cluster of this slug.

    Raises:
        NotFound: there is none.
    """
    for cluster in listed_clusters().values():
        if cluster.slug == slug:
            return cluster
    raise NotFound("cluster")


def coordinated_cluster(viewer: Viewer, slug: str) -> ListedCluster:
    """Return a cluster that the viewer coordinates.

    Raises:
        NotFound: there is no such cluster, or others coordinate it.
    """
    cluster = cluster_of_slug(slug)
    if cluster.id not in viewer.coordinates:
        raise NotFound("cluster")
    return cluster


def kept_areas(cluster_id: int, area_id: int | None = None) -> Sequence[ExpertiseArea]:
    """Return the areas that a cluster keeps, or one of them, by name, with everybody named.

    Two statements.
    """
    one = ExpertiseArea.id == area_id if area_id is not None else sa.true()
    return db.session.scalars(
        sa.select(ExpertiseArea)
        .where(ExpertiseArea.cluster_id == cluster_id, one)
        .order_by(ExpertiseArea.name)
        .options(selectinload(ExpertiseArea.people).joinedload(ExpertisePerson.person))
    ).all()


@dataclass(frozen=True)
class OwnNaming:
    """An area with which the reader is named; `agreed_at` None: they are not shown."""

    key: str
    area: str
    role: str
    cluster: str
    agreed_at: datetime | None


def own_namings(person_id: int) -> Sequence[OwnNaming]:
    """Return the areas with which a person is named, by cluster and name. One statement."""
    rows = db.session.execute(
        sa.select(
            ExpertisePerson.key,
            ExpertiseArea.name,
            ExpertiseArea.role,
            Cluster.short_name,
            ExpertisePerson.agreed_at,
        )
        .join(ExpertiseArea, ExpertiseArea.id == ExpertisePerson.area_id)
        .join(Cluster, Cluster.id == ExpertiseArea.cluster_id)
        .where(ExpertisePerson.person_id == person_id)
        .order_by(Cluster.short_name, ExpertiseArea.name)
    )
    return [OwnNaming(*row) for row in rows]


@dataclass(frozen=True)
class ListedQuestion:
    """A question in a list. `side` is that of the reader; `zone` the cluster's."""

    reference: str
    about: str
    cluster: str
    zone: ZoneInfo
    side: Side
    asked_by: str
    organisation: str
    last_message_at: datetime
    is_answered: bool


@dataclass(frozen=True)
class MessageLine:
    """One message; `author` is "" where the reader may not know who wrote for the cluster."""

    at: datetime
    side: Side
    author: str
    is_own: bool
    text: str


@dataclass(frozen=True)
class QuestionPage:
    """A question with its messages, oldest first."""

    about: ListedQuestion
    messages: Sequence[MessageLine]


def find_question(reference: str) -> ExpertiseQuestion:
    """Return the row of a question, as it is stored now.

    Raises:
        NotFound: there is none of this reference.
    """
    question = None
    if "\0" not in reference:
        question = db.session.scalar(
            sa.select(ExpertiseQuestion)
            .where(ExpertiseQuestion.reference == reference)
            .execution_options(populate_existing=True)
        )
    if question is None:
        raise NotFound("question")
    return question


def side_of(viewer: Viewer, question: ExpertiseQuestion) -> Side:
    """Return on which side the viewer reads a question. One statement.

    Raises:
        NotFound: it is others'.
    """
    answering = shown_people([question.area_id] if question.area_id else ())
    ids = {person_id for people in answering.values() for person_id, _ in people}
    side = side_in_question(viewer, question.asked_by_id, question.cluster_id, ids)
    if side is None:
        raise NotFound("question")
    return side


def questions_of(viewer: Viewer) -> Sequence[ListedQuestion]:
    """Return what the viewer asked or answers; first what waits for them, longest first.

    One statement.
    """
    mine = ExpertiseQuestion.asked_by_id == viewer.person_id
    named = sa.select(ExpertisePerson.area_id).where(
        ExpertisePerson.person_id == viewer.person_id, ExpertisePerson.agreed_at.is_not(None)
    )
    rows = db.session.execute(
        _questions()
        .where(
            sa.or_(
                mine,
                in_ids(ExpertiseQuestion.cluster_id, viewer.coordinates),
                ExpertiseQuestion.area_id.in_(named),
            )
        )
        .order_by(ExpertiseQuestion.last_message_at.desc(), ExpertiseQuestion.id.desc())
        .limit(MOST_LISTED)
    )
    lines = [_listed(row, _side(row, viewer)) for row in rows]
    waiting = [line for line in lines if line.side is Side.OWNER and not line.is_answered]
    return [*reversed(waiting), *(line for line in lines if line not in waiting)]


def question_page(viewer: Viewer, reference: str) -> QuestionPage:
    """Return a question for somebody of either side. A constant number of statements.

    Who asked learns who answered only where that person is shown with the area.

    Raises:
        NotFound: there is none, or it is others'.
    """
    question = find_question(reference)
    side = side_of(viewer, question)
    row = db.session.execute(_questions().where(ExpertiseQuestion.id == question.id)).one()
    shown = {
        person_id
        for people in shown_people([question.area_id] if question.area_id else ()).values()
        for person_id, _ in people
    }
    lines = db.session.execute(
        sa.select(ExpertiseMessage, Person.name)
        .join(Person, Person.id == ExpertiseMessage.author_id)
        .where(ExpertiseMessage.question_id == question.id)
        .order_by(ExpertiseMessage.id)
    )
    return QuestionPage(
        _listed(row, side),
        [
            MessageLine(
                one.at,
                Side(one.side),
                author
                if Side(one.side) is side or side is Side.OWNER or one.author_id in shown
                else "",
                one.author_id == viewer.person_id,
                one.text,
            )
            for one, author in lines
        ],
    )


def _questions() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            ExpertiseQuestion.reference,
            ExpertiseQuestion.about,
            ExpertiseQuestion.asked_by_id,
            ExpertiseQuestion.organisation,
            ExpertiseQuestion.last_message_at,
            ExpertiseQuestion.is_answered,
            Cluster.short_name,
            Cluster.time_zone,
            Person.name.label("asked_by"),
        )
        .join(Cluster, Cluster.id == ExpertiseQuestion.cluster_id)
        .join(Person, Person.id == ExpertiseQuestion.asked_by_id)
    )


def _side(row: Any, viewer: Viewer) -> Side:
    return Side.REQUESTER if row.asked_by_id == viewer.person_id else Side.OWNER


def _listed(row: Any, side: Side) -> ListedQuestion:
    return ListedQuestion(
        reference=row.reference,
        about=row.about,
        cluster=row.short_name,
        zone=ZoneInfo(row.time_zone),
        side=side,
        asked_by=row.asked_by,
        organisation=row.organisation,
        last_message_at=row.last_message_at,
        is_answered=row.is_answered,
    )
