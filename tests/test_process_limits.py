"""Limits hold for all server processes together: real ones, asked at once over HTTP."""

import http.client
import re
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count, cycle
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from tests.server_processes import PROCESSES, server_processes

LIMIT = 8
TRIES = 3 * LIMIT
#: Each is counted for an hour, so that none begins anew during a test. What is not looked at may
#: be done often.
LIMITED = (
    "SIGN_IN_ACCOUNT",
    "SIGN_IN_NETWORK",
    "LINK_MAIL_NETWORK",
    "ACCOUNT_REQUEST_NETWORK",
    "FEED_TOKEN",
    "FEED",
    "SEARCH",
)
_addresses = count(1)


class Answer(NamedTuple):
    """The status, when to come again, cookies that were set, and the page."""

    status: int
    retry_after: str | None
    cookie: str
    text: str


class Site:
    """The processes, asked in turn."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = cycle(ports)

    def ask(
        self, method: str, path: str, network: str, form: dict[str, str], cookie: str
    ) -> Answer:
        """Ask the next process, for somebody in this network."""
        connection = http.client.HTTPConnection("127.0.0.1", next(self._ports), timeout=60)
        headers = {"Host": "localhost", "X-Forwarded-For": network, "X-Forwarded-Proto": "http"}
        if cookie:
            headers |= {"Cookie": cookie, "Origin": "http://localhost"}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        cookies = [one.partition(";")[0] for one in answer.headers.get_all("Set-Cookie", [])]
        return Answer(answer.status, answer.headers["Retry-After"], "; ".join(cookies), text)

    def at_once(
        self, method: str, tries: Sequence[tuple[str, str, dict[str, str]]], cookie: str = ""
    ) -> Counter[int]:
        """Ask all of these at once and count the statuses: path, network and form of each."""

        def ask(one: tuple[str, str, dict[str, str]]) -> Answer:
            path, network, form = one
            return self.ask(method, path, network, form, cookie)

        with ThreadPoolExecutor(2 * PROCESSES) as threads:
            answers = list(threads.map(ask, tries))
        refused = [one for one in answers if one.status == 429]
        assert all(one.retry_after and int(one.retry_after) > 0 for one in refused)
        return Counter(one.status for one in answers)

    def form(self, path: str) -> tuple[dict[str, str], str]:
        """Open a page with a form; return its token as a field, and the cookies."""
        page = self.ask("GET", path, new_network(), {}, "")
        token = re.search(r'name="csrf_token" (?:type="hidden" )?value="([^"]+)"', page.text)
        assert token is not None
        return {"csrf_token": token[1]}, page.cookie


def new_network() -> str:
    """An address that nobody had before."""
    number = next(_addresses)
    return f"10.1.{number // 250}.{number % 250 + 1}"


def tries_let_through(database_url: str) -> Counter[int]:
    """How many accounts and networks have how many wrong passwords, in the table of tries."""
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        numbers = sa.text("SELECT count(*) FROM failed_sign_in GROUP BY key")
        found = Counter(connection.execute(numbers).scalars())
    engine.dispose()
    return found


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    environment = {
        "DATABASE_URL": database_url,
        "SECRET_KEY": secrets.token_hex(32),
        "BASE_URL": "http://localhost",
        "TRUSTED_HOSTS": "localhost",
        "PROXY_HOPS": "1",
        "WEB_PROCESSES": str(PROCESSES),
        "SMTP_HOST": "127.0.0.1",
        "MAIL_FROM": "Booking <booking@localhost>",
        **{f"LIMIT_{name}": f"{LIMIT}/1h" for name in LIMITED},
    }
    with server_processes(environment) as ports:
        yield Site(ports)


def test_limits_are_those_of_all_processes_together(site: Site, database_url: str) -> None:
    """As many as the limit says are let through, whichever process was asked."""
    sign_in, cookie = site.form("/sign-in")
    one_account = [
        ("/sign-in", new_network(), {**sign_in, "email": "a@example.org", "password": "guessed"})
        for _ in range(TRIES)
    ]
    # Wrong or too often, the answer is the same; what was let through stands in the table.
    assert site.at_once("POST", one_account, cookie) == {422: TRIES}
    assert tries_let_through(database_url) == {LIMIT: 1, 1: LIMIT}

    here = new_network()
    many_accounts = [
        ("/sign-in", here, {**sign_in, "email": f"b{n}@example.org", "password": "guessed"})
        for n in range(TRIES)
    ]
    assert site.at_once("POST", many_accounts, cookie) == {422: TRIES}
    assert tries_let_through(database_url) == {LIMIT: 2, 1: 2 * LIMIT}

    reset, cookie = site.form("/forgotten-password")
    resets = [
        ("/forgotten-password", here, {**reset, "email": f"c{n}@example.org"}) for n in range(TRIES)
    ]
    assert site.at_once("POST", resets, cookie) == {303: LIMIT, 429: TRIES - LIMIT}

    wrong = [(f"/feeds/wrong{n}.ics", here, {}) for n in range(TRIES)]
    assert site.at_once("GET", wrong) == {404: LIMIT, 429: TRIES - LIMIT}

    searches = [(f"/facilities?what=drone&page={n}", here, {}) for n in range(TRIES)]
    assert site.at_once("GET", searches) == {200: LIMIT, 429: TRIES - LIMIT}
    assert site.at_once("GET", [("/facilities?what=drone", new_network(), {})]) == {200: 1}
