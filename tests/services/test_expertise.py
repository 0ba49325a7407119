"""The directory of expertise: who is shown, who gets questions, and what goes with a person."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.audit.models import AuditEntry
from booking.errors import Conflict, Invalid, NotFound
from booking.expertise.models import ExpertisePerson
from booking.expertise.queries import (
    Wanted,
    area_to_ask,
    directory,
    kept_areas,
    own_namings,
    question_page,
    questions_of,
)
from booking.expertise.question_service import TooManyMessages, TooManyQuestions, ask, write_on
from booking.expertise.service import (
    AreaFacts,
    add_area,
    answer_naming,
    change_area,
    name_person,
    remove_area,
)
from booking.extensions import db
from booking.notices.models import Notice
from booking.notices.queries import updates
from booking.notices.sentences import leads_to, sentence
from booking.privacy.erasure_service import erase_own_account
from booking.rules.expertise import MOST_MESSAGES_AN_HOUR, MOST_QUESTIONS_A_DAY
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_expertise,
    make_organisation,
    make_partner,
    make_person,
)

FACTS = AreaFacts("drone flights", "Head of flight", "Airspace.", ("drones-uas",), ("da", "en"))


@pytest.fixture
def censec(app_context):
    return make_cluster("censec", expertise=["drone flights", "digital forensics"])


@pytest.fixture
def owner(censec):
    return account_of(make_coordinator(censec, email="owner@example.org").id)


@pytest.fixture
def expert(censec):
    firm = make_organisation(home_cluster=censec)
    return account_of(make_person("expert@example.org", name="Ada Expert", organisation=firm).id)


@pytest.fixture
def asker(censec):
    return account_of(make_partner("asker@example.org").id)


def shown():
    return {area.name: list(area.people) for area in directory()}


def told(person):
    """What a person was told, newest first, and to which pages it leads."""
    db.session.rollback()
    found = updates(person.viewer).notices
    return [(sentence(one, ZoneInfo("Europe/Berlin")), leads_to(one).endpoint) for one in found]


def test_people_are_shown_only_while_they_agree(owner, expert):
    key = add_area(owner, "censec", FACTS)
    name_person(owner, "censec", key, expert.email)
    (naming,) = own_namings(expert.person_id)
    assert shown() == {"drone flights": [], "digital forensics": []}
    assert told(expert)[0][1] == "expertise.own"

    answer_naming(expert, naming.key, shown=True)
    assert shown()["drone flights"] == ["Ada Expert"]
    answer_naming(expert, naming.key, shown=False)
    assert shown()["drone flights"] == []
    answer_naming(expert, naming.key, shown=None)
    assert own_namings(expert.person_id) == []
    with pytest.raises(NotFound):
        answer_naming(owner, naming.key, shown=True)
    events = db.session.scalars(sa.select(AuditEntry.event).order_by(AuditEntry.position)).all()
    assert events[-5:] == [
        "expertise_added", "expert_named", "expert_agreed", "expert_withdrew", "expert_withdrew",
    ]  # fmt: skip


def test_a_person_is_taken_out_of_the_directory_with_the_account(censec, expert, tmp_path):
    make_expertise(censec, db.session.get_one(Person, expert.person_id))
    assert ["Ada Expert"] in shown().values()
    db.session.rollback()

    erase_own_account(expert.person_id, tmp_path / "erased")

    assert all(not people for people in shown().values())
    assert db.session.scalar(sa.select(sa.func.count(ExpertisePerson.id))) == 0


def test_only_people_of_the_cluster_are_named_and_each_once(owner, expert, asker):
    key = add_area(owner, "censec", FACTS)
    name_person(owner, "censec", key, expert.email)

    for email, code in ((expert.email, "already"), (asker.email, "unknown"), ("a@b.c", "unknown")):
        with pytest.raises(Invalid) as wrong:
            name_person(owner, "censec", key, email)
        assert wrong.value.code == code
    with pytest.raises(NotFound):
        name_person(expert, "censec", key, expert.email)


def test_nobody_overwrites_a_change_they_have_not_seen(censec, owner):
    key = add_area(owner, "censec", FACTS)
    change_area(owner, "censec", key, replace(FACTS, name="flights"), revision="0")

    with pytest.raises(Conflict):
        change_area(owner, "censec", key, FACTS, revision="0")
    with pytest.raises(Invalid):
        add_area(owner, "censec", replace(FACTS, name="Flights"))
    (area,) = kept_areas(censec.id)
    assert (area.name, area.revision) == ("flights", 1)


def test_a_question_goes_to_who_is_shown_else_to_coordinators(censec, owner, expert, asker):
    key = add_area(owner, "censec", FACTS)
    first = ask(asker, "censec", "digital forensics", "To whom?")
    name_person(owner, "censec", key, expert.email)
    answer_naming(expert, own_namings(expert.person_id)[0].key, shown=True)
    second = ask(asker, "censec", key, "May we fly?")

    assert [text for text, _ in told(owner)] == [
        "Somebody asks Censec about its expertise in digital forensics."
    ]
    assert told(expert)[0] == (
        "Somebody asks Censec about its expertise in drone flights.", "expertise.conversation",
    )  # fmt: skip
    # Coordinators read all of them; the expert only those about the area.
    assert {one.reference for one in questions_of(owner.viewer)} == {first, second}
    assert {one.reference for one in questions_of(expert.viewer)} == {second}
    assert questions_of(make_reader().viewer) == []
    for reader, reference in ((expert, first), (make_reader(), second)):
        with pytest.raises(NotFound):
            question_page(reader.viewer, reference)


def make_reader():
    return account_of(make_partner().id)


def test_who_asked_learns_who_answers_only_where_they_are_shown(censec, owner, expert, asker):
    key = add_area(owner, "censec", FACTS)
    name_person(owner, "censec", key, expert.email)
    answer_naming(expert, own_namings(expert.person_id)[0].key, shown=True)
    reference = ask(asker, "censec", key, "May we fly?")
    write_on(expert, reference, "Yes.")
    write_on(owner, reference, "On Mondays.")
    write_on(owner, reference, "On Mondays.")  # sent twice

    authors = [one.author for one in question_page(asker.viewer, reference).messages]
    assert authors == ["Asker", "Ada Expert", ""]
    assert len(told(asker)) == 2
    answer_naming(expert, own_namings(expert.person_id)[0].key, shown=False)
    assert question_page(asker.viewer, reference).messages[1].author == ""
    remove_area(owner, "censec", key)
    assert question_page(owner.viewer, reference).about.about == "drone flights"


def test_questions_and_messages_are_limited(owner, asker):
    for _ in range(MOST_QUESTIONS_A_DAY):
        reference = ask(asker, "censec", "drone flights", "Again?")
    with pytest.raises(TooManyQuestions):
        ask(asker, "censec", "drone flights", "Again?")
    for number in range(1, MOST_MESSAGES_AN_HOUR):
        write_on(asker, reference, f"And {number}?")
    with pytest.raises(TooManyMessages):
        write_on(asker, reference, "And?")
    with pytest.raises(Invalid):
        ask(asker, "censec", "drone flights", " ")
    with pytest.raises(NotFound):
        ask(asker, "censec", "what it never named", "Really?")


def test_the_directory_is_searched_by_words_concepts_subject_and_language(owner):
    add_area(owner, "censec", FACTS)

    def found(**wanted):
        return [one.name for one in directory() if Wanted(**wanted).matches(one)]

    assert found(text="airspace") == ["drone flights"]
    assert found(text="Drohne") == ["drone flights"]
    assert found(text="choir") == []
    assert found(subject="forensics") == ["digital forensics"]
    assert found(language="da") == ["drone flights"]
    assert found(language="fi") == found(cluster="hsd") == []
    assert area_to_ask("censec", "digital forensics").key == ""


def test_notices_of_news_are_of_one_person_each(owner, expert, asker):
    ask(asker, "censec", "drone flights", "May we fly?")

    rows = db.session.execute(sa.select(Notice.person_id, Notice.news_id, Notice.mail_due_at)).all()
    assert [row.person_id for row in rows] == [owner.person_id]
    assert all(row.news_id and row.mail_due_at for row in rows)
