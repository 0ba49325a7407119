"""Links that the catalogue brings in lead to pages of other sites, and never run anything."""

import pytest
from flask.testing import FlaskClient

from booking.catalogue.export import LICENCE
from booking.concepts.word_sources import SOURCES
from tests.factories import make_cluster, make_coordinator, make_facility
from tests.pages import get_page

#: What the product itself links to: its licence, and where the words of the vocabulary are from.
OUR_OWN = {LICENCE["url"]} | {
    url for one in SOURCES.values() for url in (one.address, one.licence_url)
}


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "jAvA\tscript:alert(1)", "data:text/html,x", "//evil.example"]
)
def test_only_web_addresses_are_linked(app_context: None, client: FlaskClient, url: str) -> None:
    cluster = make_cluster("here", website=url, source=f"seen: {url}")
    make_coordinator(cluster)
    make_facility(cluster, "hall", mode="elsewhere", elsewhere_url=url, source=f"seen: {url}")

    for address in (
        "/clusters/here",
        "/facilities/hall",
        "/requests/new?facility=hall",
        "/calendar",
        "/sources",
        "/facilities",
        "/?first=2027-01-11&last=2027-01-15",
    ):
        links = {link.get("href") for link in get_page(client, address).all("a")}
        elsewhere = {
            link for link in links if not link.startswith(("/", "#")) or link.startswith("//")
        }
        assert elsewhere <= OUR_OWN


def test_links_to_other_sites_send_no_referrer(app_context: None, client: FlaskClient) -> None:
    url = "https://lab.example/book"
    cluster = make_cluster("here", website=url)
    make_facility(cluster, "hall", mode="elsewhere", elsewhere_url=url)

    for address in ("/clusters/here", "/facilities/hall", "/requests/new?facility=hall"):
        for link in get_page(client, address).all("a", href=url):
            assert "noreferrer" in link.get("rel")
