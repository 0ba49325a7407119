"""What is offered while somebody types."""

import pytest

from booking.db import clock
from booking.extensions import db
from booking.facilities.change_models import FacilityDraft
from booking.rules.visibility import ANONYMOUS
from booking.search.criteria import SearchCriteria
from booking.search.facets import FilterBy
from booking.search.filters import Filters
from booking.search.reader_words import reader_words
from booking.search.service import search
from booking.search.suggestions import MOST, MOST_FACILITIES, suggestions
from tests.factories import make_cluster, make_facility, make_focus_area
from tests.statements import count_statements


@pytest.fixture
def catalogue(app_context):
    censec = make_cluster("censec", short_name="CenSec", country="DK")
    kit = make_cluster("kit", short_name="KIT", country="DE")
    fire = make_focus_area("fire-rescue")
    make_facility(censec, "a", name="Drone hall", concepts=["indoor-flight"], city="Odense")
    make_facility(kit, "b", name="Straßen-Labor", concepts=["emc-testing"], city="Karlsruhe")
    make_facility(kit, "c", name="Smoke house", hazards=["smoke"], focus_areas=[fire], city="Pori")


def offered(text, **filters):
    found = suggestions(text, Filters(**filters), reader_words())
    return [(one.by, one.value, one.count) for one in found]


def texts(text):
    """What is shown, with what was typed in brackets."""
    return [
        "".join(f"[{piece}]" if is_typed else piece for piece, is_typed in (*one.text, *one.also))
        for one in suggestions(text, Filters(), reader_words())
    ]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_names_in_six_languages_are_offered_by_the_beginnings_of_their_words(catalogue):
    for typed, first in {
        "dro": (FilterBy.CAPABILITY, "drone-flight-testing", 1),
        "EMC": (FilterBy.CAPABILITY, "emc-testing", 1),
        "elektromagnetische V": (FilterBy.CAPABILITY, "emc-testing", 1),
        "incend": (FilterBy.SUBJECT, "fire-rescue", 1),
        "savu": (FilterBy.HAZARD, "smoke", 1),
        "odens": (FilterBy.CITY, "Odense", 1),
        "karl": (FilterBy.CITY, "Karlsruhe", 1),
        "cens": (FilterBy.CLUSTER, "censec", 1),
        "allem": (FilterBy.COUNTRY, "DE", 2),
        "hall dro": (None, "1", 1),
        "strassen": (None, "2", 1),
    }.items():
        assert offered(typed)[:1] == [first], typed


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_was_typed_is_marked_and_the_other_name_shown(catalogue):
    assert "[Dro]ne hall" in texts("dro")
    assert texts("strass")[0] == "[Straß]en-Labor"
    assert texts("savu")[0].endswith("[savu]")
    assert [texts(one) for one in ("", "x", "  ", "no such thing", "%", "'--")] == [[]] * 6


def test_each_number_is_that_of_the_results_under_the_same_filters(catalogue):
    for typed in ("dr", "sm", "fi", "em", "in"):
        for by, value, count in offered(typed, countries=("DE",)):
            if by in (None, FilterBy.CLUSTER, FilterBy.COUNTRY):
                continue
            filters = Filters.of("", {FilterBy.COUNTRY: ("DE",), by: (value,)})
            found = search(filters, SearchCriteria(), ANONYMOUS, clock.now())
            assert count == found.total > 0, (typed, by, value)


def test_there_are_few_and_they_cost_one_statement(catalogue):
    for _ in range(30):
        make_facility(make_cluster(), name="Fire and smoke and drone lab")
    db.session.rollback()
    found = offered("fi")
    assert len(found) <= MOST
    assert sum(by is None for by, _, _ in found) <= MOST_FACILITIES
    db.session.rollback()

    # The number under which it is kept.
    assert count_statements(lambda: offered("fi")) == 1
    db.session.rollback()
    assert count_statements(lambda: offered("fir")) == 1


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_is_not_published_is_not_offered(catalogue):
    draft = FacilityDraft(
        cluster_id=1, slug="secret", content={"name": "Secret vault"}, saved_at=clock.now()
    )
    db.session.add(draft)
    db.session.commit()

    assert offered("secret") == offered("vault") == []
    make_facility(make_cluster(), name="Secret vault")
    assert [by for by, _, _ in offered("vault")] == [None]
