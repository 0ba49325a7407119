"""Long addresses: pages repeat what they know, each once, and nothing beyond 4 kB is read."""

import re

import pytest

from tests.factories import make_cluster, make_facility
from tests.pages import read_page

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])

SEARCHED = ("/", "/facilities", "/calendar", "/calendar?view=month")


@pytest.mark.parametrize("page", SEARCHED)
@pytest.mark.parametrize(
    "argument",
    ["what=x", "what=" + "x" * 90, "zone=Europe/Paris", "cluster=here", "open=here", "fold=hall",
     "view=week", "on=2027-01-12", "unknown=x", "cluster=none", "kind=none", "fold=none"],
)  # fmt: skip
def test_a_repeated_argument_is_not_copied_into_every_link(app, app_context, page, argument):
    make_facility(make_cluster("here"), "hall")
    client = app.test_client()
    address = f"{page}{'&' if '?' in page else '?'}{argument}"
    once = client.get(address)

    often = client.get(address + f"&{argument}" * ((4000 - len(address)) // (len(argument) + 1)))

    assert often.status_code == once.status_code == 200
    assert len(often.data) == len(once.data)


@pytest.mark.parametrize("page", SEARCHED)
def test_a_text_too_long_to_search_for_is_refused_at_its_field_and_in_no_link(
    app, app_context, page
):
    make_facility(make_cluster("here"), "hall")
    text = "x" * 3000

    answer = app.test_client().get(f"{page}{'&' if '?' in page else '?'}what={text}")

    assert answer.status_code == 422
    assert "Use at most 100 characters." in read_page(answer.text).text
    assert not any(text in (link.get("href") or "") for link in read_page(answer.text).all("a"))
    assert answer.text.count(text) <= 1


def test_an_address_beyond_four_kilobytes_is_refused_everywhere(app, app_context):
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        path = re.sub("<[^>]*>", "1", rule.rule)
        method = "POST" if "GET" not in rule.methods else "GET"
        answer = client.open(f"{path}?x={'x' * 4096}", method=method)
        assert answer.status_code == 400, path
        assert "xxx" not in answer.text
        assert "This address is too long" in read_page(answer.text).text
