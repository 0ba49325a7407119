"""Suggestions as the page asks for them."""

import pytest

from tests.factories import make_cluster, make_facility


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_suggestions_lead_to_the_search_without_the_text_and_to_facilities(app_context, client):
    cluster = make_cluster("censec", short_name="CenSec", country="DK")
    make_facility(cluster, "hall", name="Drone hall", concepts=["indoor-flight"], kind="lab")

    answer = client.get("/suggestions.json?what=dro&kind=lab&people=4&where=DK&where_shown=").json

    assert answer["status"] == "3 suggestions"
    first, last = answer["suggestions"][0], answer["suggestions"][-1]
    assert first["text"] == [["dro", True], ["ne flight testing", False]]
    assert first["note"] == "What can be done: 1 facility"
    address = "/facilities?country=DK&kind=lab&people=4&capability=drone-flight-testing"
    assert first["url"] == address
    assert (last["url"], last["note"]) == ("/facilities/hall", "lab · CenSec")


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    "query", ["", "?what=", "?what=" + "a" * 101, "?what=dro&kind=nothing&first=2020-02-31", "?x=1"]
)
def test_nothing_to_offer_is_an_empty_list(app_context, client, query):
    answer = client.get("/suggestions.json" + query)

    assert answer.status_code == 200
    assert answer.json == {"status": "No suggestions", "suggestions": []}
