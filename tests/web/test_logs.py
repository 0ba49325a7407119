"""Logs: one line of JSON for each event, without personal data, and the number of each request."""

import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from booking.web.logs import JsonLines, access_log
from tests.pages import read_page

ROOT = Path(__file__).resolve().parents[2]


class Lines(logging.Handler):
    """Keeps what is logged, as production writes it."""

    def __init__(self):
        super().__init__()
        self.setFormatter(JsonLines())
        self.texts = []

    def emit(self, record):
        self.texts.append(self.format(record))


@pytest.fixture
def lines():
    handler, logger = Lines(), logging.getLogger("booking")
    logger.addHandler(handler)
    before, level = access_log.level, logger.level
    access_log.setLevel(logging.INFO)
    yield handler.texts
    access_log.setLevel(before)
    logger.setLevel(level)
    logger.removeHandler(handler)


def line_of(message, *args, error=None):
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("booking", logging.ERROR, "", 0, message, args, info)
    return JsonLines().format(record)


@pytest.mark.parametrize("given", ["abcd1234", "A-b_c.1234", "x" * 64])
def test_the_number_of_a_request_is_kept_where_it_fits(given, client):
    assert client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given", [None, "", "short", "x" * 65, "abcd 1234", "<script>1234", "ä" * 9]
)
def test_else_it_is_random(given, client):
    headers = {} if given is None else {"X-Request-ID": given.encode()}
    first, second = (
        client.get("/healthz", headers=headers).headers["X-Request-ID"] for _ in range(2)
    )

    assert re.fullmatch("[0-9a-f]{16}", first)
    assert first != second


def test_a_request_is_one_line_that_names_the_view_and_not_its_address(client, lines):
    answer = client.get("/reset-password/a-secret-token?next=anna@example.org")

    (line,) = lines
    found = json.loads(line)
    assert (found["page"], found["method"], found["status"]) == (
        "accounts.reset_password",
        "GET",
        404,
    )
    assert found["at"].endswith("+00:00")
    assert found["request"] == answer.headers["X-Request-ID"]
    assert "secret" not in line
    assert "anna" not in line


def test_no_line_can_be_broken_or_hold_control_characters():
    line = line_of("typed %s", "a\r\nb\x1b[2J\x00\u2028\x85c")

    assert json.loads(line)["message"] == "typed a b [2J c"
    assert line.isprintable()
    assert line.isascii()


def test_an_error_says_where_and_not_what_was_typed():
    try:
        int("Anna Berg")
    except ValueError as error:
        found = json.loads(line_of("failed", error=error))
    refused = IntegrityError("INSERT ...", {}, Exception("duplicate key\nDETAIL: (a@example.org)"))

    assert found["error"] == "ValueError"
    assert "test_logs.py" in found["where"][-1]
    assert json.loads(line_of("failed", error=refused))["error"] == "Exception: duplicate key"


def test_the_page_of_an_unexpected_error_shows_the_number_that_is_logged(
    app, client, lines, monkeypatch
):
    def fail(**_: object) -> None:
        raise RuntimeError("anna@example.org")

    fail.access_mark = "public"
    monkeypatch.setitem(app.view_functions, "browse.clusters", fail)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)

    answer = client.get("/clusters")

    assert answer.status_code == 500
    reference = read_page(answer.text).one("main").text.partition("questions: ")[2].split()[0]
    assert reference == answer.headers["X-Request-ID"]
    errors = [json.loads(line) for line in lines if "RuntimeError" in line]
    assert [one["request"] for one in errors] == [reference]
    assert errors[0]["message"] == "unexpected error in browse.clusters"
    assert "anna" not in str(lines)


def test_a_process_in_production_writes_json(tmp_path):
    environ = {
        **os.environ,
        "APP_ENV": "production",
        "SECRET_KEY": "kX8z1wQp0sLmN4vB7cJ2hT6yR9aE3dGf",
        "BASE_URL": "https://booking.example.org",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'empty.db'}",
    }
    code = "import wsgi; wsgi.app.test_client().get('/nowhere', base_url='https://booking.example.org')"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, check=True
    )

    found = [json.loads(line) for line in run.stderr.decode().splitlines()]
    assert found[-1]["status"] == 404
    assert found[-1]["logger"] == "booking.access"
