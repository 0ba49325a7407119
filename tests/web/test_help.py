"""Pages: help, about, accessibility; and security.txt."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from booking.browse.guides import DOCS, GUIDES
from tests.conftest import NOW
from tests.pages import get_page


def test_every_page_leads_to_help_about_and_accessibility(client):
    links = [one.get("href") for one in get_page(client, "/sign-in").one("footer").all("a")]

    assert {"/help", "/about", "/accessibility"} <= set(links)


def test_the_help_lists_every_guide_for_users(client):
    main = get_page(client, "/help").one("main")
    links = [one.get("href") for one in main.all("a")]

    assert "](" not in main.text
    assert {f"/help/{path.stem}" for path in (DOCS / "users").glob("*.md")} <= set(links)


@pytest.mark.parametrize("name", GUIDES)
def test_links_and_pictures_of_a_guide_lead_somewhere(name, client):
    page = get_page(client, f"/help/{name}")
    main = page.one("main")
    ids = {one.get("id") for one in main.all("h2", "h3")}

    assert ids - {None}
    for link in main.all("a"):
        path, _, part = link.get("href").partition("#")
        target = get_page(client, path).one("main") if path else main
        if part:
            assert part in {one.get("id") for one in target.all("h2", "h3")}, link.get("href")
    for picture in main.all("img"):
        assert picture.get("alt")
        assert client.get(picture.get("src")).mimetype == "image/png"
    assert ".md" not in main.text


@pytest.mark.parametrize("name", ["..%2F..%2Fpyproject.toml", "none.png", "../users/partner.md"])
def test_only_pictures_of_the_guides_are_served(name, client):
    assert client.get(f"/help/images/{name}").status_code == 404


def test_security_txt_says_what_the_settings_say(app, client, monkeypatch):
    assert client.get("/.well-known/security.txt").status_code == 404
    settings = replace(
        app.extensions["settings"],
        security_contact="mailto:security@example.org",
        security_policy="https://example.org/policy",
    )
    monkeypatch.setitem(app.extensions, "settings", settings)

    answer = client.get("/.well-known/security.txt")

    assert answer.content_type == "text/plain; charset=utf-8"
    fields = dict(re.findall(r"^([\w-]+): (.+)$", answer.text, re.MULTILINE))
    assert fields["Contact"] == "mailto:security@example.org"
    assert fields["Policy"] == "https://example.org/policy"
    assert fields["Canonical"] == "http://localhost/.well-known/security.txt"
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=1) < expires - NOW < timedelta(days=365)
    assert "/.well-known/security.txt" in [
        one.get("href") for one in get_page(client, "/about").one("main").all("a")
    ]
