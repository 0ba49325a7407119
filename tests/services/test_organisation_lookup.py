"""Which organisations those who decide find by a part of a name, and which by the whole only."""

import pytest

from booking.decisions.entry_queries import organisation_named
from booking.decisions.organisation_lookup import MOST_NAMES, FoundOrganisations, look_up
from tests.factories import (
    make_cluster,
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


@one_engine
def test_who_has_dealt_with_the_cluster_is_found_by_a_part_and_others_by_the_whole_name(lab):
    elsewhere = make_facility(make_cluster(), "elsewhere")
    make_organisation("Ørsted Robotik", home_cluster_id=lab.cluster_id)
    make_request(make_partner(organisation=make_organisation("Robots Here")), lab, [slot_on(DAY)])
    make_request(
        make_partner(organisation=make_organisation("Robots There")), elsewhere, [slot_on(DAY)]
    )

    assert look_up("robot", lab.id) == FoundOrganisations(names=["Robots Here", "Ørsted Robotik"])
    assert look_up("orsted robotik", lab.id).exact == "Ørsted Robotik"
    assert look_up("Robots There", lab.id) == FoundOrganisations("Robots There", [])
    assert look_up("robots there", lab.id) == FoundOrganisations(names=[])
    assert look_up("  ", lab.id) == FoundOrganisations()
    only_other = look_up("robot", lab.id, among={"Robots Here"})
    assert only_other.names == ["Robots Here"]


@one_engine
def test_only_so_many_are_shown(lab):
    for number in range(MOST_NAMES + 1):
        make_organisation(f"Robots {number:02}", home_cluster_id=lab.cluster_id)

    found = look_up("robots", lab.id)

    assert (len(found.names), found.has_more) == (MOST_NAMES, True)


def test_a_name_with_a_nul_is_nobodys(lab):
    make_organisation("Robots")

    assert organisation_named("Robots\0") is None
    assert look_up("Robots\0", lab.id) == FoundOrganisations()
