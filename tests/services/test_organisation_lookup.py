"""Which organisations those who decide find by a part of a name, and which by the whole only."""

import pytest

from booking.accounts.organisations import organisation_named
from booking.accounts.queries import account_of
from booking.db import clock
from booking.decisions.organisation_lookup import MOST_NAMES, look_up
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    slot_on,
)
from tests.services.test_set_aside import DAY

one_engine = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster(), "lab")


@pytest.fixture
def find(lab):
    """Looks up a text at the lab, as an approver of it."""
    return as_seen_by(make_approver(lab), lab)


def as_seen_by(person, facility):
    def find(text, **options):
        viewer = account_of(person.id).viewer
        found = look_up(text, facility.id, viewer, clock.now(), **options)
        return found.exact, list(found.names)

    return find


@one_engine
def test_who_has_dealt_with_the_facility_is_found_by_a_part_and_others_by_the_whole_name(lab, find):
    elsewhere = make_facility(make_cluster(), "elsewhere")
    make_organisation("Ørsted Robotik", home_cluster_id=lab.cluster_id)
    here, there = make_organisation("Robots Here"), make_organisation("Robots There")
    make_request(make_partner(organisation=here), lab, [slot_on(DAY)])
    make_request(make_partner(organisation=there), elsewhere, [slot_on(DAY)])

    assert find("robot") == (None, ["Robots Here", "Ørsted Robotik"])
    assert find("orsted robotik") == ("Ørsted Robotik", ["Ørsted Robotik"])
    assert find("Robots There") == ("Robots There", [])
    assert find("robots there") == (None, [])
    assert find("  ") == (None, [])
    assert find("robot", but=[here.id]) == (None, ["Ørsted Robotik"])
    assert find("Robots There", but=[there.id]) == (None, [])


@one_engine
def test_nobody_finds_whose_requests_they_may_not_read(lab):
    firm = make_organisation("Firm")
    rival = make_approver(lab, organisation=firm)
    other = make_facility(lab.cluster, "other")
    make_approver(other)
    for name, facility in (("Robots Next Door", other), ("Robots Asking", lab)):
        organisation = make_organisation(name)
        make_request(make_partner(organisation=organisation), facility, [slot_on(DAY)])

    assert as_seen_by(rival, lab)("robots") == (None, ["Robots Asking"])
    coordinator = as_seen_by(make_coordinator(lab.cluster), lab)
    make_request(make_partner(organisation=firm), lab, [slot_on(DAY)])  # competes with it

    assert as_seen_by(rival, lab)("robots") == (None, [])
    assert coordinator("robots") == (None, ["Robots Asking", "Robots Next Door"])


@one_engine
def test_only_so_many_are_shown(lab):
    viewer = account_of(make_approver(lab).id).viewer
    for number in range(MOST_NAMES + 1):
        make_organisation(f"Robots {number:02}", home_cluster_id=lab.cluster_id)

    found = look_up("robots", lab.id, viewer, clock.now())

    assert (len(found.names), found.has_more) == (MOST_NAMES, True)


def test_a_name_with_a_nul_is_nobodys(find):
    make_organisation("Robots")

    assert organisation_named("Robots\0") is None
    assert find("Robots\0") == (None, [])
