"""Merged concepts: all that had one is read as having the other, until that is undone."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.audit.models import AuditEntry
from booking.catalogue import reading, service
from booking.catalogue.export import catalogue_file
from booking.concepts.vocabulary import CONCEPTS, SHIPPED, concept_word, with_broader, with_merges
from booking.db.times import CENTRAL_EUROPEAN
from booking.errors import Conflict, Forbidden, NotFound
from booking.extensions import db
from booking.facilities.models import Facility
from booking.manage.facts.service import publish_facts
from booking.manage.proposals import merge_service
from booking.manage.proposals.merge_queries import new_names, use_of
from booking.manage.proposals.merge_service import merge_concepts, undo_merge
from booking.manage.proposals.presenter import state_text
from booking.manage.proposals.queries import proposal
from booking.manage.proposals.service import (
    CannotMerge,
    NewConcept,
    accept_concept,
    propose_concept,
)
from booking.notices.queries import updates
from booking.notices.sentences import sentence
from booking.rules.audit_events import Event
from booking.rules.concept_proposals import MergeFault
from booking.search.facets import FilterBy, facet_index
from booking.search.filters import Filters
from booking.search.service import matching_ids
from booking.synergies.queries import capability_holders
from tests.factories import make_cluster, make_coordinator, make_facility, make_keeper, make_person


class Scene:
    def __init__(self):
        self.cluster = make_cluster("censec", short_name="CenSec")
        make_coordinator(self.cluster)
        self.hall = make_facility(self.cluster, "hall", concepts=["indoor-flight", "radar"])
        self.cage = make_facility(self.cluster, "cage", concepts=["flight-cage"])
        keeper, admin = make_keeper(self.hall), make_person(is_admin=True)
        db.session.commit()
        self.keeper, self.admin = account_of(keeper.id), account_of(admin.id)

    def merge(self, one, into):
        merge_concepts(self.admin, one, into)
        db.session.rollback()


@pytest.fixture
def scene(app_context):
    return Scene()


def found(text):
    db.session.rollback()
    ids = matching_ids(Filters(text=text))
    return set(db.session.scalars(sa.select(Facility.slug).where(Facility.id.in_(ids))))


def counts(name):
    db.session.rollback()
    return dict(facet_index().counts({}).counts.get(name, {}))


def test_what_has_a_merged_concept_has_the_other_one_until_that_is_undone(scene):
    before = counts(FilterBy.EQUIPMENT), counts(FilterBy.CAPABILITY)
    assert before[0] == {"radar": 1, "flight-cage": 1}
    assert found("vliegkooi") == {"cage"}
    scene.merge("flight-cage", "indoor-flight")
    assert counts(FilterBy.EQUIPMENT) == {"radar": 1}
    assert counts(FilterBy.CAPABILITY)["indoor-flight"] == 2
    assert found("vliegkooi") == found("indoor flight") == {"hall", "cage"}
    assert "flight-cage" not in CONCEPTS
    assert concept_word("flight-cage") == "flight cage"
    holders = capability_holders("indoor-flight").facilities
    assert {one.slug for _, facilities in holders for one in facilities} == {"hall", "cage"}
    undo_merge(scene.admin, "flight-cage")
    assert (counts(FilterBy.EQUIPMENT), counts(FilterBy.CAPABILITY)) == before
    assert found("vliegkooi") == {"cage"}
    with pytest.raises(NotFound):
        undo_merge(scene.admin, "flight-cage")


def test_what_was_a_kind_of_it_is_a_kind_of_the_other_one_also_over_two_merges(scene):
    scene.merge("drone-flight-testing", "drone-surveillance")
    assert CONCEPTS["indoor-flight"].broader == ("drone-surveillance",)
    scene.merge("drone-surveillance", "aerial-imaging")
    assert with_broader("drone-flight-testing")[0] == "aerial-imaging"
    assert CONCEPTS["indoor-flight"].broader == ("aerial-imaging",)
    assert found("vol de drone") == {"hall", "cage"}
    undo_merge(scene.admin, "drone-surveillance")
    db.session.rollback()
    assert CONCEPTS["indoor-flight"].broader == ("drone-surveillance",)


def test_a_concept_is_merged_only_into_another_one_that_is_there_and_once(scene):
    for one, into, fault in (
        ("radar", "radar", MergeFault.ITSELF),
        ("drone-flight-testing", "indoor-flight", MergeFault.NARROWER),
        ("radar", "nothing-such", MergeFault.UNKNOWN),
        ("radar", "drones-uas", MergeFault.CODE),
        ("laser", "radar", MergeFault.CODE),
    ):
        with pytest.raises(CannotMerge) as refused:
            scene.merge(one, into)
        assert refused.value.fault is fault
    with pytest.raises(NotFound):
        scene.merge("nothing-such", "radar")
    with pytest.raises(Forbidden):
        merge_concepts(scene.keeper, "flight-cage", "radar")
    scene.merge("flight-cage", "radar")
    with pytest.raises(Conflict):
        scene.merge("flight-cage", "runway")
    with pytest.raises(CannotMerge) as refused:
        scene.merge("runway", "flight-cage")
    assert refused.value.fault is MergeFault.MERGED


def test_what_a_merge_would_change_is_counted_before(scene):
    use = use_of("flight-cage")
    assert ([one.slug for one in use.facilities], use.plans, use.searches) == (["cage"], 0, 0)
    assert use_of("drone-flight-testing").facilities == []
    assert "indoor-flight" in use_of("drone-flight-testing").narrower
    names = new_names("flight-cage", "indoor-flight")
    assert "flight net" in names
    scene.merge("flight-cage", "indoor-flight")
    assert set(names) <= set(use_of("indoor-flight").names)


def test_neither_a_file_nor_an_open_form_brings_a_merged_concept_back(scene):
    service.load(reading.read_catalogue())
    scene.merge("indoor-flight", "drone-flight-testing")
    report = service.load(reading.read_catalogue())
    assert not report.lines
    assert "indoor-flight" not in counts(FilterBy.CAPABILITY)
    publish_facts(scene.keeper, "hall", {"concepts": ["indoor-flight", "runway"]})
    db.session.rollback()
    hall = next(one for one in catalogue_file()["facilities"] if one["slug"] == "hall")
    assert hall["concepts"] == ["drone-flight-testing", "runway"]


def test_who_proposed_a_concept_is_told_when_another_one_takes_its_place(scene):
    tank = NewConcept("equipment", {"en": ["wave tank"]}, "radar", "trade")
    key = propose_concept(scene.keeper, "hall", tank)
    accept_concept(scene.admin, key)
    scene.merge("wave-tank", "water-basin")
    assert found("wave tank") == {"hall"}
    newest = updates(scene.keeper.viewer).notices[0]
    assert "means the same as “water basin”" in sentence(newest, CENTRAL_EUROPEAN)
    assert "merged since" in state_text(proposal(key))
    undo_merge(scene.admin, "wave-tank")
    db.session.rollback()
    assert "merged" not in state_text(proposal(key))


def test_a_merge_and_its_end_are_in_the_log(scene):
    scene.merge("flight-cage", "indoor-flight")
    undo_merge(scene.admin, "flight-cage")
    events = db.session.scalars(sa.select(AuditEntry.event).order_by(AuditEntry.position.desc()))
    assert events.all()[:2] == [Event.CONCEPTS_PARTED, Event.CONCEPTS_MERGED]


def test_of_two_merges_that_would_make_a_loop_one_is_refused(scene, app, monkeypatch):
    other = make_person(is_admin=True)
    db.session.commit()
    both_have_looked, fault_of = Barrier(2), merge_service.fault_of

    def slow(*pair):
        fault = fault_of(*pair)
        # One alone waits in vain: the other one may not look yet.
        with suppress(BrokenBarrierError):
            both_have_looked.wait(0.5)
        return fault

    monkeypatch.setattr(merge_service, "fault_of", slow)

    def work(admin, *pair):
        with app.app_context():
            try:
                merge_concepts(admin, *pair)
            except CannotMerge as refused:
                return refused.fault
            return None

    admins = scene.admin, account_of(other.id)
    db.session.rollback()
    with ThreadPoolExecutor(2) as pool:
        faults = list(pool.map(work, admins, ("radar", "workshop"), ("workshop", "radar")))
    assert sorted(map(str, faults)) == ["None", "merged"]
    assert ("radar" in CONCEPTS) != ("workshop" in CONCEPTS)


def test_a_merge_into_what_the_file_no_longer_has_does_not_hold():
    concepts = {one: SHIPPED.concepts[one] for one in ("radar", "runway", "airfield")}
    assert with_merges(concepts, {"radar": "gone"}).concepts.keys() == concepts.keys()
    known = with_merges(concepts, {"gone": "radar", "airfield": "runway"})
    assert known.instead == {"gone": "radar", "airfield": "runway"}
    assert known.concepts["runway"].broader == ()
