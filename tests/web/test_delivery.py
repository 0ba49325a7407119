"""How answers travel: compressed where nothing can be guessed from it, and files kept for long."""

import gzip
from datetime import date

import pytest

from booking.accounts.queries import account_of
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from booking.web import static_files
from tests.factories import (
    make_cluster,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page

GZIP = {"Accept-Encoding": "gzip, br"}
PLAIN = {"Accept-Encoding": "gzip;q=0"}


@pytest.fixture
def partner(app_context):
    hall = make_facility(make_cluster("censec"), "hall")
    partner = make_partner(organisation=make_organisation())
    make_request(partner, hall, [slot_on(date(2027, 1, day)) for day in range(4, 9)])
    return partner


@pytest.fixture
def feed(partner):
    return f"/feeds/{make_feed(account_of(partner.id), FeedKind.OWN, with_titles=False)}.ics"


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/facilities/hall",
        "/facilities/hall/times.json?first=2027-01-04&last=2027-01-29",
        "/static/theme.css",
        "/static/app.js",
        "/static/europe.svg",
        "/bootstrap.css",
    ],
)
def test_public_answers_are_compressed_for_those_who_accept_it(client, partner, url):
    plain, packed = (client.get(url, headers=headers, buffered=True) for headers in (PLAIN, GZIP))

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    for answer in (plain, packed):
        assert "Accept-Encoding" in ", ".join(answer.headers.getlist("Vary"))
        assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_a_page_with_something_of_a_person_is_never_compressed(client, partner):
    assert "Content-Encoding" not in client.get("/sign-in?next=/x", headers=GZIP).headers
    assert "Content-Encoding" not in client.get("/", headers=GZIP).headers

    sign_in(client, partner)

    for url in ("/", "/?what=K7M-4QX", "/requests", "/facilities/hall", "/account"):
        assert "Content-Encoding" not in client.get(url, headers=GZIP).headers, url


def test_both_forms_of_a_feed_have_an_etag_of_their_own_and_answer_304(client, feed):
    plain, packed = client.get(feed, headers=PLAIN), client.get(feed, headers=GZIP)

    assert gzip.decompress(packed.data) == plain.data
    etags = [answer.headers["ETag"] for answer in (plain, packed)]
    assert etags[0] != etags[1]
    assert not any(etag.startswith("W/") for etag in etags)
    for etag in etags:
        again = client.get(feed, headers=GZIP | {"If-None-Match": etag})
        assert (again.status_code, again.headers["ETag"], again.data) == (304, etag, b"")
    assert client.get(feed, headers=GZIP | {"If-None-Match": '"other-gzip"'}).status_code == 200


def test_a_part_of_a_file_is_not_compressed(client, partner):
    part = client.get("/static/theme.css", headers=GZIP | {"Range": "bytes=0-9"}, buffered=True)

    assert (part.status_code, len(part.data)) == (206, 10)
    assert "Content-Encoding" not in part.headers


def test_files_of_pages_are_named_by_their_content_and_kept_for_a_year(client, partner):
    page = get_page(client, "/facilities/hall")
    files = [one.get("href") for one in page.all("link", rel="stylesheet")]
    files += [one.get("src") for one in page.all("script", "img") if "src" in one.attributes]

    assert len(files) > 5
    for file in files:
        answer = client.get(file, buffered=True)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable", file
        again = client.get(file, headers={"If-None-Match": answer.headers["ETag"]}, buffered=True)
        assert again.status_code == 304
        assert "immutable" in again.headers["Cache-Control"]


def test_a_file_under_the_name_of_other_content_is_not_kept(client, partner):
    for url in ("/static/theme.css", "/static/theme.css?v=0123456789ab", "/static/none.css?v=0"):
        answer = client.get(url, buffered=True)
        assert "immutable" not in answer.headers.get("Cache-Control", ""), url


def test_another_content_has_another_address(tmp_path):
    file = tmp_path / "theme.css"
    file.write_text("a")
    before = static_files._digest_of(file)
    file.write_text("ab")

    assert static_files._digest_of(file) != before
