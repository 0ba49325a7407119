"""What each cluster has, counted; what is told of requests and of searches in vain."""

import random
from datetime import date, timedelta

from booking.clusters.models import FocusArea
from booking.concepts.subjects import SUBJECTS, subjects_named
from booking.concepts.vocabulary import CONCEPTS
from booking.extensions import db
from booking.rules.synergies import Held
from booking.rules.visibility import ANONYMOUS, Viewer
from booking.search.models import SearchCount
from booking.search.unmet import Lack, unmet_searches
from booking.synergies.queries import (
    capability_holders,
    capability_rows,
    subject_matrix,
    two_clusters,
)
from tests.conftest import NOW
from tests.factories import (
    make_cluster,
    make_facility,
    make_focus_area,
    make_organisation,
    make_person,
    make_request,
    slot_on,
)
from tests.lanes import IS_LONG

TODAY = NOW.date()
COORDINATOR = Viewer(person_id=1, coordinates=frozenset({1}))
PHRASES = ("drone flight", "digital forensics", "cyber range", "choir singing", "wildfire")


def test_the_matrix_equals_a_recount(app_context):
    """Random clusters, facilities and requests, counted row by row."""
    chance = random.Random(None if IS_LONG else 7)
    areas = [make_focus_area(slug) for slug in (*SUBJECTS[:4], "not-in-the-vocabulary")]
    clusters = [make_cluster(expertise=chance.sample(PHRASES, 2)) for _ in range(3)]
    people = [make_person(organisation=make_organisation()) for _ in range(7)]
    facilities = [
        make_facility(
            chance.choice(clusters),
            focus_areas=[db.session.get_one(FocusArea, one.id) for one in chance.sample(areas, 2)],
            concepts=chance.sample(["5g", "fire-resistance", "emc-testing"], 2),
            hours=None,
        )
        for _ in range(6)
    ]
    # What was sent in this month, or more than a year ago, does not count.
    sent = [NOW.replace(year=2025), NOW.replace(year=2025, month=12), NOW.replace(month=10), NOW]
    requests = []
    for number in range(24):
        person, facility = people[number % 7], chance.choice(facilities)
        request = make_request(
            person, facility, [slot_on(date(2027, 1, 4) + timedelta(number))],
            sent_at=chance.choice(sent),
        )  # fmt: skip
        requests.append((person.organisation_id, facility, request))

    matrix = subject_matrix(COORDINATOR, NOW)

    assert {row.subject for row in matrix.rows} == {*SUBJECTS, "not-in-the-vocabulary"}
    for row in matrix.rows:
        holding = 0
        for cluster in clusters:
            cell = row.cells[cluster.id]
            there = [
                one for one in facilities
                if one.cluster_id == cluster.id and row.subject in one.areas
            ]  # fmt: skip
            skilled = [one for one in cluster.expertise if row.subject in subjects_named(one)]
            asked = [
                (organisation_id, request.id)
                for organisation_id, facility, request in requests
                if facility in there and date(2025, 11, 1) <= request.sent_at.date()
                and request.sent_at.date() < date(2026, 11, 1)
            ]  # fmt: skip
            enough = len({organisation_id for organisation_id, _ in asked}) >= 5
            assert (cell.facilities, cell.expertise) == (len(there), len(skilled))
            assert cell.requests == (len(asked) if enough else None)
            holding += bool(there or skilled)
        assert row.held is [Held.NOBODY, Held.ONE, Held.SEVERAL][min(holding, 2)]
    cells = [cell for row in matrix.rows for cell in row.cells.values()]
    assert any(cell.requests for cell in cells), "no example of a number that is told"
    for row in subject_matrix(ANONYMOUS, NOW).rows:
        assert all(cell.requests is None for cell in row.cells.values())
    for row in capability_rows():
        found = capability_holders(row.concept).facilities
        assert dict(row.facilities) == {one.id: len(some) for one, some in found}
    pair = two_clusters(clusters[0].slug, clusters[1].slug)
    had = [{row.subject for row in matrix.rows if one.id in row.cluster_ids} for one in clusters]
    assert set(pair.subjects.both) == had[0] & had[1]
    assert set(pair.subjects.only_second) == had[1] - had[0]


def test_who_offers_something_narrower_offers_the_broader_too(app_context):
    make_facility(make_cluster("censec"), "chamber", concepts=["immunity-testing"], hours=None)

    ((cluster, (chamber,)),) = capability_holders("emc-testing").facilities

    assert (cluster.slug, chamber.slug) == ("censec", "chamber")
    held = {row.concept: row.held for row in capability_rows()}
    assert (held["emc-testing"], held["5g"]) == (Held.ONE, Held.NOBODY)


def searched(days: int, times: int, filters: dict, results: int = 0, last: date = TODAY) -> None:
    """Count a search on so many days, so many times each."""
    for day in range(days):
        one = {"day": last - timedelta(day), "filters": filters, "results": results}
        digest = str(hash((str(filters), results)))
        db.session.add(SearchCount(**one, searches=times, digest=digest))
    db.session.commit()


def test_what_is_searched_for_in_vain_is_told_after_five_days_and_ten_searches(app_context):
    searched(5, 2, {"what": "zeppelin"})
    searched(4, 99, {"what": "seldom"})
    searched(5, 1, {"what": "few"})
    searched(9, 9, {"what": "found"}, results=3)
    searched(9, 9, {"what": "long ago"}, last=TODAY - timedelta(400))

    found = unmet_searches(TODAY)

    assert [(one.text, one.days, one.searches, one.lack) for one in found] == [
        ("zeppelin", 5, 10, Lack.NOT_THERE)
    ]


def test_words_for_one_concept_add_up_and_what_is_not_free_is_told_apart(app_context):
    searched(3, 2, {"what": "elektromagnetische vertraglichkeit"})
    searched(2, 2, {"what": "emc"}, last=TODAY - timedelta(3))
    searched(5, 2, {"what": "emc", "first": "2027-01-11"})
    searched(5, 2, {"areas": ["cbrn"], "clusters": ["hsd"]})

    found = unmet_searches(TODAY)

    assert {(one.lack, one.concept, one.where, one.searches) for one in found} == {
        (Lack.NOT_THERE, "emc-testing", (), 10),
        (Lack.NOT_FREE, "emc-testing", (), 10),
        (Lack.NOT_THERE, "cbrn", ("hsd",), 10),
    }
    assert all(one.concept in CONCEPTS for one in found)
