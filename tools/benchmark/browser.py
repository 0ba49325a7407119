"""A browser that measures: it keeps connections and cookies, and fills in forms."""

import http.client
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from gzip import decompress
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from types import MappingProxyType
from urllib.parse import urlencode

from tools.benchmark.worker import COMPUTED, FORGET, STATEMENTS

#: What a browser says of itself with each request.
HEADERS = {
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en",
    "User-Agent": "Mozilla/5.0 (benchmark)",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Answer:
    """An answer as it came over the line, `milliseconds` after it was asked for."""

    status: int
    headers: Mapping[str, str]
    milliseconds: float
    body: bytes = field(repr=False)

    @property
    def is_compressed(self) -> bool:
        """Return whether it came compressed."""
        return self.headers.get("content-encoding") == "gzip"

    @property
    def content(self) -> bytes:
        """Return the body as it was before it was compressed."""
        return decompress(self.body) if self.is_compressed else self.body

    @property
    def statements(self) -> int:
        """Return how many SQL statements it took."""
        return int(self.headers[STATEMENTS.lower()])

    @property
    def computed(self) -> float:
        """Return the milliseconds for which the server's thread computed."""
        return float(self.headers[COMPUTED.lower()])


class Upstream:
    """Servers behind a proxy that gives each request to the least busy one; equals take turns.

    As nginx does with `least_conn`. Safe for threads.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = tuple(ports)
        self._open = [0] * len(ports)
        self._turn = 0
        self._lock = threading.Lock()

    @contextmanager
    def server(self) -> Iterator[int]:
        """Give the number of the server that gets the request made inside the block."""
        with self._lock:
            count = len(self._open)
            turns = [(self._turn + offset) % count for offset in range(count)]
            chosen = min(turns, key=self._open.__getitem__)
            self._open[chosen] += 1
            self._turn = chosen + 1
        try:
            yield chosen
        finally:
            with self._lock:
                self._open[chosen] -= 1


class Browser:
    """One browser in front of several servers.

    `answers` are those since they were last cleared. `forgets`: the servers find nothing in memory.
    `is_private`: it sends no cookies and keeps none, as for somebody who has not signed in.
    """

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._connections = [
            http.client.HTTPConnection("127.0.0.1", port) for port in upstream.ports
        ]
        self._cookies: dict[str, str] = {}
        self.answers: list[Answer] = []
        self.forgets = False
        self.is_private = False

    def get(
        self, path: str, headers: Mapping[str, str] = NO_HEADERS, *, status: int = 200
    ) -> Answer:
        """Return the answer to GET.

        Raises:
            RuntimeError: it has another status.
        """
        return self._ask("GET", path, None, headers, (status,))

    def post(self, path: str, fields: Mapping[str, str], *statuses: int) -> Answer:
        """Return the answer to a posted form.

        Raises:
            RuntimeError: it has none of the statuses.
        """
        return self._ask("POST", path, urlencode(fields).encode(), FORM, statuses)

    def sign_in(self, email: str, password: str) -> None:
        """Sign in on the page, if nobody has yet."""
        if self._cookies:
            return
        fields = hidden_fields(self.get("/sign-in"), "/sign-in")
        self.post("/sign-in", fields | {"email": email, "password": password}, 303)

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        statuses: Sequence[int],
    ) -> Answer:
        said = {**HEADERS, **headers}
        if self._cookies and not self.is_private:
            said["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if self.forgets:
            said[FORGET] = "1"
        with self._upstream.server() as number:
            connection = self._connections[number]
            began = time.perf_counter()
            connection.request(method, path, body, said)
            response = connection.getresponse()
            content = response.read()
            taken = 1000 * (time.perf_counter() - began)
        if response.status not in statuses:
            raise RuntimeError(f"{method} {path} answered {response.status}")
        if not self.is_private:
            for cookie in response.headers.get_all("Set-Cookie") or ():
                self._cookies |= {name: one.value for name, one in SimpleCookie(cookie).items()}
        received = {name.lower(): value for name, value in response.getheaders()}
        self.answers.append(Answer(response.status, received, taken, content))
        return self.answers[-1]


def hidden_fields(page: Answer, action: str) -> dict[str, str]:
    """Return the values of the hidden fields of the page's form with this action."""
    reader = _HiddenFields(action)
    reader.feed(page.content.decode())
    return reader.values


class _HiddenFields(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__()
        self._action, self._inside = action, False
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("action") == self._action
        elif self._inside and tag == "input" and given.get("type") == "hidden":
            self.values[given["name"]] = given.get("value", "")
