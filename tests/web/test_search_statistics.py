"""Searches are counted, so that clusters see what people fail to find; persons are not recorded."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from booking.extensions import db
from booking.privacy.retention import delete_due
from booking.rules.date_windows import Length
from booking.rules.opening import Unit
from booking.rules.retention import Periods
from booking.search.criteria import SearchCriteria
from booking.search.filters import Filters
from booking.search.models import SearchCount
from booking.search.statistics import stored_search
from tests.factories import make_cluster, make_coordinator, make_facility, make_partner, sign_in
from tests.pages import get_page

WHEN = "first=2027-01-11&last=2027-01-22&length=2-day"


@pytest.fixture
def hall(app_context):
    cluster = make_cluster("censec")
    make_coordinator(cluster)
    return make_facility(cluster, "hall", name="Hall", unit="day")


def counted():
    db.session.rollback()
    return [
        (one.day, one.filters, one.results, one.searches)
        for one in db.session.scalars(sa.select(SearchCount).order_by(SearchCount.id))
    ]


def test_a_search_is_counted_with_criteria_and_results_but_not_the_person(hall, client):
    sign_in(client, make_partner())

    get_page(client, f"/?what=Hall&cluster=censec&{WHEN}&people=3")
    get_page(client, f"/?what=zeppelin&{WHEN}")

    days = {"first": "2027-01-11", "last": "2027-01-22", "length": "2-day"}
    today = date(2026, 11, 24)
    assert counted() == [
        (today, {"what": "hall", "clusters": ["censec"], "people": 3} | days, 1, 1),
        (today, {"what": "zeppelin"} | days, 0, 1),
    ]
    columns = {"id", "day", "digest", "filters", "results", "searches"}
    assert set(SearchCount.__table__.columns.keys()) == columns


def test_equal_searches_of_a_day_are_one_row(hall, client, at):
    for day in (24, 24, 25):
        at(datetime(2026, 11, day, 9, tzinfo=UTC))
        client.get("/?what=zeppelin")

    assert counted() == [
        (date(2026, 11, 24), {"what": "zeppelin"}, 0, 2),
        (date(2026, 11, 25), {"what": "zeppelin"}, 0, 1),
    ]


def test_so_many_different_searches_a_day_are_counted_and_no_more(hall, client, monkeypatch):
    monkeypatch.setattr("booking.search.statistics.MAX_DIFFERENT_A_DAY", 1)
    for what in ("zeppelin", "balloon", "zeppelin"):
        client.get(f"/?what={what}")

    assert counted() == [(date(2026, 11, 24), {"what": "zeppelin"}, 0, 2)]


def test_counts_are_deleted_after_two_years(hall, client, at):
    client.get("/?what=zeppelin")
    at(datetime(2028, 11, 23, 9, tzinfo=UTC))
    delete_due(Periods())
    assert len(counted()) == 1

    at(datetime(2028, 11, 24, 9, tzinfo=UTC))
    delete_due(Periods())
    assert counted() == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_only_results_with_all_words_are_counted(hall, client):
    get_page(client, "/?what=Hall+zeppelin")
    get_page(client, f"/?what=Hall+zeppelin&{WHEN}")

    assert [results for _, _, results, _ in counted()] == [0, 0]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_browsing_further_pages_and_crawlers_are_not_counted(hall, client):
    get_page(client, "/")
    get_page(client, "/facilities?what=&where=&first=&last=&length=&people=&page=1")
    get_page(client, "/?cluster=atlantis")
    get_page(client, f"/?{WHEN}&page=2")
    get_page(client, "/?length=long", status=422)
    client.head(f"/?{WHEN}")
    client.get(f"/?{WHEN}", headers={"User-Agent": "Mozilla/5.0 (compatible; Examplebot/2.1)"})
    client.get(f"/?{WHEN}", headers={"Sec-Purpose": "prefetch"})

    assert counted() == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_search_while_somebody_writes_is_answered_at_once_and_not_counted(hall, client):
    with db.engine.connect().execution_options(writes=True) as writer, writer.begin():
        assert "1 match" in client.get(f"/?{WHEN}").text

    assert counted() == []


def test_a_search_is_answered_even_if_it_cannot_be_counted(hall, client, caplog):
    SearchCount.__table__.drop(db.engine)

    assert "1 match" in client.get(f"/?{WHEN}").text
    (record,) = [one for one in caplog.records if one.name == "booking.db.side_writes"]
    assert record.exc_info is None
    assert "\n" not in record.message


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_search_is_counted_once_its_answer_has_been_sent(hall, client):
    answer = client.get(f"/?{WHEN}", buffered=False)
    assert "1 match" in answer.text
    assert counted() == []

    answer.close()

    assert [searches for *_, searches in counted()] == [1]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_goes_wrong_after_an_answer_is_logged_and_breaks_nothing(
    hall, client, caplog, monkeypatch
):
    monkeypatch.setattr("booking.search.pages.count_search", lambda *_: [].pop())

    assert "1 match" in client.get(f"/?{WHEN}").text
    assert [one.message for one in caplog.records if one.levelname == "ERROR"] == [
        "counting a search failed after the answer"
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("  Prüfstand   HALL ", "prufstand hall"),
        ("drone ann@example.org +4512345678", "drone"),
        ("x" * 100, "x" * 60),
        ("case 2026-11-0042 5G", "case 5g"),
    ],
)
def test_only_a_short_text_without_addresses_and_long_numbers_is_counted(text, what):
    assert stored_search(Filters(text=text), SearchCriteria()) == {"what": what}


def test_the_order_of_choices_does_not_change_what_is_counted():
    criteria = SearchCriteria(length=Length(3, Unit.HALF_DAY), places=2)

    filters = Filters(
        clusters=("kit", "censec"), countries=("DE",), focus_areas=("cbrn",), hazards=("smoke",)
    )
    assert stored_search(filters, criteria) == {
        "clusters": ["censec", "kit"],
        "countries": ["DE"],
        "areas": ["cbrn"],
        "hazards": ["smoke"],
        "length": "3-half_day",
        "places": 2,
    }
