"""Concepts that owners propose: accepted ones are found at once, merged ones are followed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

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
    merge_proposal,
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


def test_a_proposal_that_is_merged_gives_its_facility_the_other_concept_and_its_names(scene):
    key = propose_concept(scene.keeper, "pool", TANK)
    merge_proposal(scene.admin, key, "water-basin")
    assert concepts_of("pool") == ["water-basin"]
    assert found("Wellenbecken") == {"pool"}
    assert told(scene.keeper)[0].startswith("The concept “wave tank” that you proposed means the")
    with pytest.raises(Conflict):
        merge_proposal(scene.admin, key, "indoor-flight")


def test_names_of_a_merged_proposal_that_mean_something_else_are_left_out(scene):
    deep = replace(TANK, names={"en": ["surf lagoon"]})
    first, second = (propose_concept(scene.keeper, "hall", deep) for _ in range(2))
    accept_concept(scene.admin, first)
    merge_proposal(scene.admin, second, "water-basin")
    assert "surf lagoon" not in CONCEPTS["water-basin"].names["en"]
    third = propose_concept(scene.keeper, "hall", replace(TANK, names={"en": ["bathtub"]}))
    with pytest.raises(CannotMerge) as refused:
        merge_proposal(scene.admin, third, "surf-lagoon-2")
    assert refused.value.fault is MergeFault.MERGED


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
