"""Pages: coordinators take their facilities out as a file, and import them."""

import io

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from booking.extensions import db
from booking.facilities.models import Facility
from tests.factories import make_cluster, make_coordinator, make_facility, sign_in
from tests.pages import get_page, read_page, submit

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
IMPORT = "/manage/clusters/here/import"


@pytest.fixture
def hall(app_context, client):
    """A hall of a cluster whose coordinator is signed in."""
    cluster = make_cluster("here", short_name="Here")
    hall = make_facility(cluster, "hall", status="open", description="<i>Old</i>")
    sign_in(client, make_coordinator(cluster))
    db.session.rollback()
    return hall


def checked(client, content, name="facilities.csv"):
    form = get_page(client, IMPORT).one("form", action=IMPORT)
    token = form.one("input", name="csrf_token").get("value")
    file = FileStorage(io.BytesIO(content), name)
    boundary, body = encode_multipart({"csrf_token": token, "step": "check", "file": file})
    return client.post(IMPORT, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def description():
    db.session.rollback()
    return db.session.scalars(sa.select(Facility.description)).one()


def test_a_file_is_checked_and_then_imported(hall, client):
    exported = client.get("/manage/clusters/here/facilities.csv")
    assert exported.headers["Content-Disposition"] == 'attachment; filename="here.csv"'
    content = exported.data.replace(b"<i>Old</i>", b"<b>New</b>")

    page = read_page(checked(client, content).text)

    assert "1 changed" in page.text
    row = page.one("li", id="row-2").text
    assert "Description Now <i>Old</i> New <b>New</b>" in row
    assert description() == "<i>Old</i>"
    answer = submit(client, page.one("form", action=IMPORT), {"step": "save"})
    assert answer.status_code == 303
    assert description() == "<b>New</b>"
    assert "1 unchanged" in checked(client, content).text
    same = checked(client, client.get("/manage/clusters/here/facilities.json").data, "here.json")
    assert "There is nothing to import." in same.text


def test_what_is_wrong_is_said_with_row_and_column_on_a_page_without_a_button(hall, client):
    content = "slug;name;descripton\nhall;Hålle;x\nhall;Hall;x\n".encode("latin-1")

    answer = checked(client, content)

    assert answer.status_code == 422
    page = read_page(answer.text)
    summary = page.one("div", class_="error-summary").text
    assert "there are 3 problems" in summary
    assert "Row 1: descripton: There is no such column. Do you mean “description”?" in summary
    assert "Row 2, hall: A letter here is not UTF-8." in summary
    assert "Row 3, hall: slug: The same slug is in row 2 already." in summary
    assert not page.all("button", value="save")


def test_no_file_an_empty_one_and_one_too_big_leave_the_page_usable(hall, client):
    for content, name, status, said in (
        (b"", "", 422, "Choose a file."),
        (b"", "empty.csv", 422, "The file is empty."),
        (bytes(5 * 2**20), "big.csv", 413, "The file is too big: at most 1 MB."),
    ):
        answer = checked(client, content, name)
        assert answer.status_code == status
        page = read_page(answer.text)
        assert said in page.one("div", class_="field-error").text
        assert page.one("form", action=IMPORT)


def test_who_confirms_after_somebody_changed_something_is_told_and_sees_what_it_would_do(
    hall, client
):
    page = read_page(checked(client, b"slug,description\nhall,Mine\n").text)
    hall.description = "Theirs"
    db.session.commit()

    answer = submit(client, page.one("form", action=IMPORT), {"step": "save"})

    assert answer.status_code == 409
    page = read_page(answer.text)
    assert "Nothing was imported: somebody has changed something" in page.text
    assert "Now Theirs New Mine" in page.text
    assert description() == "Theirs"
    assert submit(client, page.one("form", action=IMPORT), {"step": "save"}).status_code == 303
    assert description() == "Mine"


def test_what_was_not_checked_is_not_imported(hall, client):
    form = get_page(client, IMPORT).one("form", action=IMPORT)

    for content in ("", "no base64", "c2x1Zw=="):
        answer = submit(client, form, {"step": "save", "content": content, "version": "1"})
        assert answer.status_code == 409
    assert description() == "<i>Old</i>"


def test_the_command_imports_and_exports_as_the_page_does(hall, app, tmp_path):
    db.session.rollback()
    run, file = app.test_cli_runner().invoke, tmp_path / "here.csv"
    assert run(args=["catalogue", "export-cluster", "here", str(file), "--csv"]).exit_code == 0
    file.write_text(file.read_text("utf-8").replace("<i>Old</i>", "New"), "utf-8")

    dry = run(args=["catalogue", "import", "here", str(file), "--dry-run"])
    done = run(args=["catalogue", "import", "here", str(file)])

    assert dry.exit_code == done.exit_code == 0
    assert "Description: <i>Old</i> -> New" in dry.output
    assert "Nothing was written." in dry.output
    assert description() == "New"
    file.write_text("slug,kind\nhall,castle\n", "utf-8")
    wrong = run(args=["catalogue", "import", "here", str(file)])
    assert wrong.exit_code == 1
    assert "kind: This cannot be chosen here: castle" in wrong.output
    assert run(args=["catalogue", "import", "nowhere", str(file)]).exit_code == 1
