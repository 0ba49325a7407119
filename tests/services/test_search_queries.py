"""What people type in six languages finds first what they expect, on both databases."""

import tomllib
from pathlib import Path

from booking.catalogue import reading, service
from booking.db import clock
from booking.rules.visibility import ANONYMOUS
from booking.search.criteria import SearchCriteria
from booking.search.filters import Filters
from booking.search.reader_words import reader_words
from booking.search.service import search

QUERIES = tomllib.loads(Path(__file__).with_name("queries.toml").read_text("utf-8"))["query"]


def slugs(text):
    page = search(
        Filters(text=text), SearchCriteria(), ANONYMOUS, clock.now(), words=reader_words()
    )
    return [one.facility.slug for one in page.results]


def test_what_people_type_in_six_languages_finds_first_what_they_expect(app_context):
    service.load(reading.read_catalogue())

    found = {one["text"]: sorted(slugs(one["text"])[: len(one["first"])]) for one in QUERIES}

    assert found == {one["text"]: sorted(one["first"]) for one in QUERIES}


def test_the_queries_are_of_all_six_languages_and_at_least_twenty_four():
    assert {one["language"] for one in QUERIES} == {"en", "nl", "fr", "de", "da", "fi"}
    assert len(QUERIES) >= 24
