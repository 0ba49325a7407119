"""What is left to choose: each count is the number of rows that the choice brings."""

import random

from booking.db import clock
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.facilities.listed import listed_facilities
from booking.facilities.models import KindDefault
from booking.rules.visibility import ANONYMOUS
from booking.search.criteria import SearchCriteria
from booking.search.facets import (
    ALL_OF,
    CONCEPTS_OF,
    GROUPS,
    NOT_STATED,
    FilterBy,
    capacity_of,
    facet_index,
    narrowest,
    people_limits,
    status_of,
)
from booking.search.filters import Filters
from booking.search.orders import SortBy, read_order
from booking.search.service import search
from tests.factories import (
    make_closure,
    make_cluster,
    make_coordinator,
    make_facility,
    make_focus_area,
    slot_on,
)
from tests.statements import count_statements

CONCEPTS = (
    "drone-flight-testing", "beyond-sight", "indoor-flight", "emc-testing", "fire", "radar",
    "indoor", "outdoor", "remote-access", "on-site-access", "runway",
)  # fmt: skip
WHERE = (FilterBy.CLUSTER, FilterBy.COUNTRY)
STATUSES = ("open", "open-unverified", "unverified-since-2017", "planned-in-2019", "closed")


def searched(filters, **more):
    return search(filters, SearchCriteria(), ANONYMOUS, clock.now(), **more)


def some(chance, values, most=3):
    return chance.sample(sorted(values), chance.randint(0, most))


def random_catalogue(chance):
    areas = [make_focus_area(slug) for slug in ("fire-rescue", "drones-uas", "cbrn")]
    clusters = [
        make_cluster(slug, country=c) for slug, c in (("a", "FR"), ("b", "FR"), ("c", "DK"))
    ]
    for cluster in clusters:
        make_coordinator(cluster)
    for _ in range(14):
        cluster = chance.choice(clusters)
        make_facility(
            cluster,
            kind=chance.choice(("lab", "range", "workbench")),
            city=chance.choice((None, "Odense", "Katwijk (Valkenburg)")),
            description=chance.choice(("smoke and drones", "a drone hall", None)),
            capabilities=some(chance, ("EMC testing", "drone detection", "hand-made paper")),
            concepts=chance.choice((None, some(chance, CONCEPTS))),
            hazards=some(chance, ("laser", "smoke (theatre only)", "smoke"), most=2),
            status=chance.choice(STATUSES),
            people_limit=chance.choice((None, 1, 5, 6, 30, 400)),
            focus_areas=chance.sample(areas, chance.randint(0, 2)),
        )


def test_each_count_is_the_number_of_rows_that_one_gets_by_choosing_it(app_context):
    chance = random.Random(20261128)
    random_catalogue(chance)
    index, listed = facet_index(), list(listed_facilities().values())
    choices = [
        (group, name, value)
        for group in GROUPS
        for name in group
        for value in sorted(index.values(name))
    ]
    for text in ("", "drone", "smoke hall"):
        in_text = {one.facility.id for one in searched(Filters(text=text)).results}
        of_text = [one for one in listed if one.id in in_text]
        for _ in range(4):
            chosen = dict.fromkeys(FilterBy, ())
            for group, name, value in chance.sample(choices, 3):
                chosen = with_choice(chosen, group, name, value)
            several = chance.choice(sorted(ALL_OF))
            values = index.values(several)
            chosen[several] = tuple(some(chance, values, most=min(2, len(values))))
            page = searched(Filters.of(text, chosen))

            assert page.facets.total == page.total
            for group, name, value in choices:
                clicked = with_choice(chosen, group, name, value)
                rows = [one for one in of_text if matches(one, clicked, index)]
                assert page.facets.counts[name].get(value, 0) == len(rows), (text, name, value)
            group, name, value = chance.choice(choices)
            clicked = with_choice(chosen, group, name, value)
            count = page.facets.counts[name].get(value, 0)
            assert count == searched(Filters.of(text, clicked)).total
            back = searched(Filters.of(text, chosen | dict.fromkeys(group, ()))).total
            is_chosen = any(chosen[one] for one in group)
            assert page.facets.without.get(group) == (back if is_chosen else None)
            for (name, value), count in page.facets.without_one.items():
                fewer = chosen | {name: tuple(one for one in chosen[name] if one != value)}
                assert count == searched(Filters.of(text, fewer)).total


def with_choice(chosen, group, name, value):
    """What is chosen after one more click: where all are needed, beside the others."""
    if name in ALL_OF:
        return chosen | {name: tuple(dict.fromkeys([*chosen[name], value]))}
    return chosen | dict.fromkeys(group, ()) | {name: (value,)}


def matches(facility, chosen, index):
    """Whether one would find it by hand."""
    has = {
        FilterBy.CLUSTER: {facility.cluster.slug},
        FilterBy.COUNTRY: {facility.cluster.country},
        FilterBy.CITY: {(facility.city or "").partition(" (")[0]},
        FilterBy.KIND: {facility.kind},
        FilterBy.SUBJECT: set(facility.areas),
        FilterBy.HAZARD: {hazard.split()[0] for hazard in facility.hazards},
        FilterBy.STATUS: {status_of(facility.status)},
        # What concepts and numbers of people mean is tested below.
        **{
            one: {value for value in chosen[one] if facility in index.matching({one: [value]})}
            for one in (*CONCEPTS_OF, FilterBy.CAPACITY)
        },
    }
    if not all(set(chosen[one]) <= has[one] for one in ALL_OF):
        return False
    is_there = [bool(has[one] & set(chosen[one])) for one in WHERE if chosen[one]]
    return any(is_there or [True]) and all(
        has[one] & set(chosen[one]) for one in has if chosen[one] and one not in WHERE
    )


def ids(**chosen):
    return {one.slug for one in Filters(**chosen).found()}


def test_a_choice_finds_what_is_a_kind_of_it_and_what_capabilities_name(app_context):
    cluster = make_cluster()
    make_facility(cluster, "stated", concepts=["indoor-flight"], capabilities=["EMC testing"])
    make_facility(cluster, "named", concepts=None, capabilities=["beyond visual line of sight"])
    make_facility(cluster, "neither", concepts=[], equipment=["3D radar", "indoor flight ideas"])

    assert ids(capabilities=("drone-flight-testing",)) == {"stated", "named"}
    assert ids(capabilities=("emc-testing",)) == set()
    assert ids(equipment=("radar",)) == {"neither"}
    assert [one.facility.slug for one in searched(Filters(text="3D radar")).results] == ["neither"]
    assert ids(capabilities=("drone-flight-testing", "indoor-flight")) == {"stated"}
    assert ids(capabilities=("drone-flight-testing", "emc-testing")) == set()
    assert narrowest(["drone-flight-testing", "fire", "indoor-flight"]) == ["fire", "indoor-flight"]


def test_two_hazards_are_asked_for_at_once_and_two_places_as_alternatives(app_context):
    here, there = make_cluster("here", country="FR"), make_cluster("there", country="DK")
    make_facility(here, "both", hazards=["fire", "smoke (theatre only)"])
    make_facility(there, "fire-only", hazards=["fire"])

    assert ids(hazards=("fire",)) == {"both", "fire-only"}
    assert ids(hazards=("fire", "smoke")) == {"both"}
    assert ids(hazards=("fire",), countries=("FR", "DK")) == {"both", "fire-only"}
    assert searched(Filters(hazards=("fire",))).facets.counts[FilterBy.HAZARD]["smoke"] == 1
    none = searched(Filters(hazards=("fire", "smoke"), countries=("DK",)))
    assert (none.total, none.facets.without_one) == (
        0,
        {(FilterBy.HAZARD, "fire"): 0, (FilterBy.HAZARD, "smoke"): 1},
    )


def test_what_owners_state_of_setting_and_access_counts_instead_of_concepts(app_context):
    cluster = make_cluster()
    make_facility(cluster, "hall", concepts=["outdoor", "remote-access"], setting="indoor")
    make_facility(cluster, "net", concepts=["indoor"], setting="both", access_mode="remote")

    assert ids(settings=("indoor",)) == {"hall", "net"}
    assert ids(settings=("outdoor",)) == {"net"}
    assert ids(access=("remote-access",)) == {"hall", "net"}
    assert ids(access=("on-site-access",)) == set()


def test_room_for_people_is_what_the_facility_above_states_where_it_states_none(app_context):
    cluster = make_cluster()
    hall = make_facility(cluster, "hall", people_limit=30)
    make_facility(cluster, "bench", parent=hall)
    make_facility(cluster, "open")
    make_facility(cluster, "shop", kind="workbench")
    db.session.add(KindDefault(kind="workbench", unit="day", people_limit=4))
    db.session.commit()

    assert ids(capacities=("26-50",)) == {"hall", "bench"}
    assert ids(capacities=(NOT_STATED,)) == {"open"}
    assert ids(capacities=("1-5",)) == {"shop"}
    terms = effective_terms(listed_facilities())
    assert people_limits(listed_facilities()) == {
        one: known.rules.people_limit for one, known in terms.items()
    }
    assert [capacity_of(one) for one in (1, 5, 6, 50, 51, 9999)] == [
        "1-5", "1-5", "6-10", "26-50", "51-", "51-",
    ]  # fmt: skip


def order_of(filters, sort, **criteria):
    order = read_order(sort)
    page = search(filters, SearchCriteria(**criteria), ANONYMOUS, clock.now(), order=order)
    return [(one.facility.slug, one.km) for one in page.results]


def test_results_come_by_name_first_free_or_the_nearest_first(app_context):
    cluster = make_cluster(city="Karup", lat=56.31, lon=9.17)
    make_coordinator(cluster)
    far = make_facility(cluster, "a-far", name="Zebra smoke", city="Tampere", lead_time_days=30)
    stated = {"city": "Pori", "lat": 56.2, "lon": 10.2}
    make_facility(cluster, "b-near", name="Smoke lab", lead_time_days=20, **stated)
    make_facility(cluster, "c-nowhere", name="Lab", description="smoke", city="not published")
    make_closure(far, slot_on(clock.now().date(), "00:00", "01:00"))
    smoke = Filters(text="smoke")

    assert [slug for slug, _ in order_of(smoke, "")][-1] == "c-nowhere"
    assert [slug for slug, _ in order_of(smoke, "name")] == ["c-nowhere", "b-near", "a-far"]
    assert [slug for slug, _ in order_of(smoke, "first-free")] == ["c-nowhere", "b-near", "a-far"]
    near = order_of(smoke, "near-Karup")
    assert [slug for slug, _ in near] == ["b-near", "a-far", "c-nowhere"]
    assert 60 < near[0][1] < 75
    assert 950 < near[1][1] < 1050
    assert near[2][1] is None
    assert next(slug for slug, _ in order_of(smoke, "near-Tampere")) == "a-far"
    assert [read_order(one).by for one in ("near-Atlantis", "nearby", "x")] == [
        SortBy.RELEVANCE
    ] * 3


def test_counts_and_orders_cost_as_many_statements_whatever_the_number(app_context):
    cluster = make_cluster()
    make_coordinator(cluster)

    def cost(sort):
        db.session.rollback()
        return count_statements(lambda: searched(Filters(text="lab"), order=read_order(sort)))

    def costs():
        return [cost(one) for one in ("first-free", "", "near-Karup")]

    make_facility(cluster, description="lab")
    few = costs()
    for _ in range(20):
        make_facility(cluster, description="lab", city="Karup")

    assert costs() == few
