"""Concepts that owners propose: accepted ones are found at once, merged ones are followed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.catalogue.export import catalogue_file
from booking.concepts.vocabulary import CONCEPTS, concept_word
from booking.db.times import CENTRAL_EUROPEAN
from booking.errors import Conflict, Forbidden, NotFound
from booking.extensions import db
from booking.facilities.models import Facility
from booking.manage.proposals.queries import proposal_of
from booking.manage.proposals.service import (
    CannotMerge,
    NameTaken,
    NewConcept,
    accept_concept,
    decline_concept,
    merge_concept,
    propose_concept,
)
from booking.notices.queries import updates
from booking.notices.sentences import sentence
from booking.rules.concept_proposals import MergeFault
from booking.search.filters import Filters
from booking.search.service import matching_ids
from tests.factories import make_cluster, make_facility, make_keeper, make_person

TANK = NewConcept(
    "equipment", {"en": ["wave tank", "wave basin"], "de": ["Wellenbecken"]}, None, "trade"
)


class Scene:
    def __init__(self):
        self.cluster = make_cluster("censec", short_name="CenSec")
        self.hall = make_facility(self.cluster, "hall", concepts=["indoor-flight"])
        self.pool = make_facility(self.cluster, "pool", concepts=[])
        keeper, admin = make_keeper(self.hall, self.pool), make_person(is_admin=True)
        db.session.commit()
        self.keeper, self.admin = account_of(keeper.id), account_of(admin.id)

    def accepted(self, slug, new):
        key = propose_concept(self.keeper, slug, new)
        accept_concept(self.admin, key)
        return key


@pytest.fixture
def scene(app_context):
    return Scene()


def found(text):
    db.session.rollback()
    ids = matching_ids(Filters(text=text))
    return set(db.session.scalars(sa.select(Facility.slug).where(Facility.id.in_(ids))))


def concepts_of(slug):
    db.session.rollback()
    return db.session.scalar(sa.select(Facility.concepts).where(Facility.slug == slug))


def told(account):
    db.session.rollback()
    return [sentence(one, CENTRAL_EUROPEAN) for one in updates(account.viewer).notices]


def test_an_accepted_concept_is_found_in_all_its_languages_at_once(scene):
    assert found("Wellenbecken") == set()
    key = propose_concept(scene.keeper, "pool", TANK)
    assert "wave-tank" not in CONCEPTS
    assert told(scene.admin) == ["An owner proposes the concept “wave tank”. Please decide."]
    accept_concept(scene.admin, key)
    assert concepts_of("pool") == ["wave-tank"]
    assert found("Wellenbecken") == found("wave basin") == {"pool"}
    assert concept_word("wave-tank", "de") == "Wellenbecken"
    assert concept_word("wave-tank", "fi") == "wave tank"
    assert told(scene.keeper)[0] == "The concept “wave tank” that you proposed was accepted."
    exported = catalogue_file()["vocabulary"]["concepts"]["wave-tank"]
    assert exported["names"]["de"] == ["Wellenbecken"]


def test_texts_that_were_read_before_are_found_by_a_concept_that_is_accepted(scene):
    scene.hall.description = "Beside the wave tank of the harbour."
    db.session.commit()
    assert found("wave tank") == {"hall"}
    assert found("Wellenbecken") == set()
    scene.accepted("pool", TANK)
    assert found("Wellenbecken") == {"hall", "pool"}


def test_facilities_follow_a_concept_that_is_merged_and_so_does_what_is_a_kind_of_it(scene):
    key = scene.accepted("pool", TANK)
    deep = NewConcept("equipment", {"en": ["deep wave tank"]}, "wave-tank", "trade")
    scene.accepted("hall", deep)
    assert merge_concept(scene.admin, key, "indoor-flight") == 1
    assert concepts_of("pool") == ["indoor-flight"]
    assert concepts_of("hall") == ["indoor-flight", "deep-wave-tank"]
    assert CONCEPTS["deep-wave-tank"].broader == ("indoor-flight",)
    assert "wave-tank" not in CONCEPTS
    assert found("Wellenbecken") == set()
    with pytest.raises(Conflict):
        merge_concept(scene.admin, key, "indoor-flight")


def test_a_concept_is_merged_neither_into_itself_nor_into_its_own_kind(scene):
    key = scene.accepted("pool", TANK)
    deep = NewConcept("equipment", {"en": ["deep wave tank"]}, "wave-tank", "trade")
    scene.accepted("hall", deep)
    for into, fault in (
        ("wave-tank", MergeFault.ITSELF),
        ("deep-wave-tank", MergeFault.NARROWER),
        ("nothing-such", MergeFault.UNKNOWN),
    ):
        with pytest.raises(CannotMerge) as refused:
            merge_concept(scene.admin, key, into)
        assert refused.value.fault is fault
    assert concepts_of("pool") == ["wave-tank"]


def test_a_name_that_means_something_else_is_refused_when_proposed_and_when_accepted(scene):
    flight = NewConcept("capability", {"en": ["indoor flight"]}, None, "trade")
    with pytest.raises(NameTaken) as taken:
        propose_concept(scene.keeper, "pool", flight)
    assert taken.value.concept_id == "indoor-flight"
    first = propose_concept(scene.keeper, "pool", TANK)
    second = propose_concept(scene.keeper, "hall", TANK)
    accept_concept(scene.admin, first)
    with pytest.raises(NameTaken):
        accept_concept(scene.admin, second)


def test_who_proposed_reads_why_it_was_declined_and_only_admins_answer(scene):
    key = propose_concept(scene.keeper, "pool", TANK)
    with pytest.raises(Forbidden):
        accept_concept(scene.keeper, key)
    with pytest.raises(NotFound):
        propose_concept(scene.admin, "pool", TANK)
    decline_concept(scene.admin, key, "Too special.")
    assert proposal_of(scene.keeper.person_id, key).answer == "Too special."
    assert told(scene.keeper)[0].endswith("was declined: Too special.")
    with pytest.raises(Conflict):
        accept_concept(scene.admin, key)
    with pytest.raises(NotFound):
        proposal_of(scene.admin.person_id, key)


def test_of_two_administrators_one_answers(scene, app):
    key = propose_concept(scene.keeper, "pool", TANK)
    db.session.rollback()

    def work(_number):
        with app.app_context():
            try:
                accept_concept(scene.admin, key)
            except Conflict:
                return 0
            return 1

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, range(2))) == [0, 1]
