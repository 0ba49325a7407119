"""Pages of pictures and documents: adding, refusing, sending each to who may have it."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from booking.extensions import db
from booking.files.models import FacilityFile, StoredFile
from booking.files.storage import path_of
from booking.rules.lifecycle import State
from booking.rules.limits import Limit, LimitName
from booking.rules.uploads import MEGABYTE
from booking.web.rates import Rates
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_document,
    make_facility,
    make_keeper,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import csrf_token, get_page, read_page, submit
from tests.uploads import PDF, archive, picture

pytestmark = pytest.mark.usefixtures("files_here")

PICTURES = "/manage/facilities/hall/files/pictures"
DOCUMENTS = "/manage/facilities/hall/files/documents"


@pytest.fixture
def hall(app_context):
    return make_facility(make_cluster(), "hall")


@pytest.fixture
def owner(app, client, hall):
    app.extensions["rates"] = Rates()  # each test begins anew to count what is sent
    sign_in(client, make_approver(hall))
    db.session.rollback()


def add(client, address, data, name="a.jpg", **typed):
    form = get_page(client, address).one("form", action=address)
    return post_file(client, address, {**dict(form.values()), **typed}, data, name)


def post_file(client, address, typed, data, name="a.jpg"):
    boundary, body = encode_multipart({**typed, "file": FileStorage(BytesIO(data), name)})
    answer = client.post(
        address, data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )
    db.session.rollback()
    return answer


def test_a_keeper_adds_a_picture_and_everybody_sees_it_instead_of_the_drawing(client, app, hall):
    sign_in(client, make_keeper(hall))

    assert add(client, PICTURES, picture(), alt="The hall").status_code == 303

    stranger = app.test_client()
    shown = get_page(stranger, "/facilities/hall").one("img", class_="picture")
    assert shown.get("alt") == "The hall"
    assert (shown.get("width"), shown.get("height")) == ("400", "300")
    got = stranger.get(shown.get("src"))
    assert got.data.startswith(b"RIFF")
    assert got.headers["Content-Type"] == "image/webp"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert got.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert get_page(stranger, "/facilities").one("img", class_="picture").get("src") == shown.get(
        "src"
    )


@pytest.mark.parametrize(
    ("address", "data", "typed", "status", "fault"),
    [
        (PICTURES, archive(), {"alt": "The hall"}, 422, "This is a ZIP archive"),
        (PICTURES, PDF, {"alt": "The hall"}, 422, "This is a PDF, not a picture."),
        (PICTURES, picture(), {"alt": "x" * 251}, 422, "Use at most 250 characters."),
        (
            PICTURES,
            picture() + bytes(11 * MEGABYTE),
            {"alt": "The hall"},
            413,
            "at most 10 MB; yours has 12 MB.",
        ),
        (DOCUMENTS, picture(), {"title": "Rules"}, 422, "This is not a PDF"),
        (
            DOCUMENTS,
            PDF + bytes(21 * MEGABYTE),
            {"title": "Rules"},
            413,
            "at most 20 MB; yours has 22 MB.",
        ),
    ],
)
def test_what_is_refused_is_named_at_its_field_and_the_words_are_kept(
    client, hall, owner, address, data, typed, status, fault
):
    answer = add(client, address, data, **typed)

    assert answer.status_code == status
    form = read_page(answer.text).one("form", action=address)
    assert fault in form.text
    ((name, value),) = typed.items()
    assert dict(form.values())[name] == value
    db.session.rollback()
    assert db.session.query(StoredFile).count() == 0


def test_without_words_or_without_a_file_nothing_is_stored(client, hall, owner):
    no_words = add(client, PICTURES, picture(), alt=" ")
    no_file = add(client, PICTURES, b"", name="", alt="The hall")

    assert "Say what is on the picture" in read_page(no_words.text).one(id="alt-error").text
    assert "Choose the file again" in read_page(no_words.text).one(id="file-error").text
    assert "Choose a picture." in read_page(no_file.text).one(id="file-error").text
    db.session.rollback()
    assert db.session.query(StoredFile).count() == 0


def test_a_facility_has_a_bounded_number_of_documents(client, hall, owner):
    for number in range(20):
        make_document(hall, position=number)

    assert not get_page(client, DOCUMENTS).all("form", action=DOCUMENTS)
    typed = {
        "title": "One more",
        "audience": "public",
        "language": "",
        "csrf_token": csrf_token(client),
    }
    answer = post_file(client, DOCUMENTS, typed, PDF)

    assert answer.status_code == 422
    assert "at most 20 documents" in answer.text


def test_when_there_is_no_room_the_words_are_kept(client, hall, owner, files_here):
    files_here.write_bytes(b"a file where the folder should be")

    answer = add(client, DOCUMENTS, PDF, title="Rules")

    assert answer.status_code == 503
    assert "could not be stored" in read_page(answer.text).one(id="file-error").text


def test_one_person_sends_so_many_files_an_hour(client, app, hall, owner):
    settings = app.extensions["settings"]
    limits = {**settings.limits, LimitName.UPLOAD: Limit(1, timedelta(hours=1))}
    app.extensions["settings"] = type(settings)(**{**vars(settings), "limits": limits})

    assert add(client, DOCUMENTS, PDF, title="Rules").status_code == 303
    assert add(client, DOCUMENTS, PDF, title="Rules").status_code == 429


def document_of(hall, audience):
    row = make_document(hall, audience=audience)
    stored = db.session.get_one(StoredFile, row.file_id)
    stored.size = len(PDF)
    path = path_of(stored.sha256)
    path.parent.mkdir(parents=True)
    path.write_bytes(PDF)
    db.session.commit()
    return f"/files/documents/{row.id}/rules.pdf"


@pytest.mark.parametrize(
    ("audience", "readers"),
    [
        ("public", "anybody partner visitor approver keeper"),
        ("signed_in", "partner visitor approver keeper"),
        ("confirmed", "visitor approver keeper"),
    ],
)
def test_a_document_is_sent_to_whom_it_is_for_as_a_file_that_does_nothing(
    app, hall, audience, readers
):
    address = document_of(hall, audience)
    part = make_facility(hall.cluster, "room", parent=hall)
    visitor, past, asks = make_partner(), make_partner(), make_partner()
    make_request(visitor, part, [slot_on(date(2027, 1, 14))], state=State.CONFIRMED)
    make_request(past, hall, [slot_on((NOW - timedelta(days=1)).date())], state=State.CONFIRMED)
    make_request(asks, hall, [slot_on(date(2027, 1, 14))], state=State.REQUESTED)
    elsewhere = make_approver(make_facility(make_cluster(), "annex"))
    people = {
        "anybody": None,
        "partner": make_partner(),
        "partner whose visit is over": past,
        "partner who asks": asks,
        "visitor": visitor,
        "approver": make_approver(hall),
        "approver of another facility": elsewhere,
        "keeper": make_keeper(hall),
    }
    for who, person in people.items():
        client = app.test_client()
        if person is not None:
            sign_in(client, person)
        got = client.get(address)
        reads = who in readers.split() or (audience != "confirmed" and person is not None)
        assert got.status_code == (200 if reads else 302 if who == "anybody" else 404), who
        if reads:
            assert got.data == PDF
            assert got.headers["Content-Disposition"] == "attachment; filename=rules.pdf"
            assert got.headers["X-Content-Type-Options"] == "nosniff"
            assert got.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
            assert got.headers["Cache-Control"] == (
                "no-cache" if audience == "public" else "no-store"
            )
            assert client.get(address.replace("rules", "other")).status_code in (302, 404)


def test_who_visits_finds_the_documents_on_their_booking(client, hall):
    document_of(hall, "confirmed")
    visitor = make_partner()
    request = make_request(visitor, hall, [slot_on(date(2027, 1, 14))], state=State.CONFIRMED)
    sign_in(client, visitor)

    panel = get_page(client, f"/requests/{request.reference}").one("ul", class_="document-list")

    assert panel.text.startswith("Site rules")
    assert "Site rules" not in get_page(client, "/facilities/hall").text


def test_a_removed_picture_is_sent_to_nobody(client, hall, owner):
    add(client, PICTURES, picture(), alt="The hall")
    number = db.session.query(FacilityFile.id).scalar()
    src = get_page(client, PICTURES).one("img", class_="picture").get("src")
    assert client.get(src).status_code == 200

    page = get_page(client, f"{PICTURES}/{number}")
    submit(client, page.one("form", action=f"{PICTURES}/{number}/remove"))

    assert client.get(src).status_code == 404


def test_a_form_without_a_file_is_not_read_beyond_the_usual_limit(client, hall, owner):
    address = "/manage/facilities/hall/arrival"
    form = get_page(client, address).one("form", action=address)

    answer = post_file(client, address, dict(form.values()), bytes(5 * MEGABYTE))

    assert answer.status_code == 413
