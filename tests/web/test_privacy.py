"""What the privacy pages and the records of processing say, made from the rules of retention."""

import dataclasses

import pytest

from booking.rules.retention import Period, Periods
from booking.wording.personal_data import SUBJECT_WORDS
from tests.factories import make_cluster, make_coordinator, sign_in
from tests.pages import get_page, text_of


@pytest.fixture
def cluster(app_context):
    return make_cluster("here", name="Here Security Cluster", website="https://here.example.org")


def test_the_privacy_page_names_who_is_responsible_and_how_long_what_is_kept(
    client, cluster, app, monkeypatch
):
    page = text_of(get_page(client, "/privacy"))
    assert "Here Security Cluster" in page
    for line in (
        "Sign-ins: 12 hours after the last use",
        "What people wrote in bookings that took place: 3 years after the last date",
        "Drafts: deleted within a day of expiring",
        "Updates: 1 year",
    ):
        assert line in page
    settings = dataclasses.replace(
        app.extensions["settings"],
        retention=Periods({Period.UPDATES: 90}),
        privacy_contact="mailto:privacy@example.org",
    )
    monkeypatch.setitem(app.extensions, "settings", settings)

    html = get_page(client, "/privacy/here")

    assert "Updates: 90 days" in text_of(html)
    assert "Here Security Cluster in Karup, Denmark, is responsible" in text_of(html)
    links = {link.get("href") for link in html.all("a")}
    assert {"mailto:privacy@example.org", "https://here.example.org"} <= links


def test_coordinators_find_the_records_of_processing_from_the_privacy_page(client, cluster):
    assert not get_page(client, "/privacy").all("a", href="/records-of-processing")
    sign_in(client, make_coordinator(cluster))

    assert get_page(client, "/privacy").all("a", href="/records-of-processing")
    page = text_of(get_page(client, "/records-of-processing"))
    for words in SUBJECT_WORDS.values():
        assert str(words.title) in page
