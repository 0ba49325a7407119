"""Pages of the vocabulary: concepts, their words, and where these are from."""

import json

import pytest

from booking.extensions import db
from tests.factories import make_cluster, make_facility
from tests.pages import get_page


@pytest.fixture
def browser(app_context, client):
    make_facility(make_cluster(), "mast", concepts=["radar", "runway"])
    db.session.commit()
    return client


def test_a_concepts_page_names_the_source_of_each_word_that_has_one(browser):
    page = get_page(browser, "/vocabulary/runway")
    assert "1 facility" in page.one("main").text
    links = {one.get("href"): one.text for one in page.one("main").all("a")}
    assert links["http://eurovoc.europa.eu/195"].startswith("EuroVoc")
    assert "landingsbaan" in page.one("main").text
    assert "CC BY 4.0, Commission Decision 2011/833/EU" in page.one("main").text
    assert "/vocabulary/airfield" in links
    assert browser.get("/vocabulary/none-such").status_code == 404


def test_concepts_are_found_by_a_part_of_a_name_in_any_language(browser):
    def names(address):
        return {
            (one.get("href") or "").removeprefix("/vocabulary/")
            for one in get_page(browser, address).one("main").all("a")
        }

    assert "radar" in names("/vocabulary?what=TUTKA")
    assert "radar" not in names("/vocabulary?what=tutka&facet=hazard")
    assert "No such word" in browser.get("/vocabulary?what=zzz").text
    assert browser.get("/vocabulary?facet=nothing&what=%00").status_code == 200


def test_the_file_has_the_source_of_each_word_and_the_sources_page_counts_them(browser):
    content = json.loads(browser.get("/vocabulary.json").data)
    radar = content["concepts"]["radar"]
    assert {"name": "radar", "source": "cpv", "entry": "35722000-1"} in radar["words"]["en"]
    words = [
        word
        for concept in content["concepts"].values()
        for words in concept["words"].values()
        for word in words
    ]
    assert {word["source"] for word in words} == set(content["sources"])
    own = sum(word["source"] == "own" for word in words)
    assert f"{own} are the team's own usage" in browser.get("/sources").text
