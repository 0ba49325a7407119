"""Taking times: a page over HTTP, the bare SQL that it needs, and a bare page to compare."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import waitress
from flask import Flask

Statement = tuple[str, Any]


@dataclass(frozen=True)
class Times:
    """Milliseconds of repeated runs."""

    p50: float
    p95: float


def timed(run: Callable[[], object], repeats: int) -> Times:
    """Return how long `run` took, after two runs that warm up."""
    run(), run()
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        taken.append((time.perf_counter() - began) * 1000)
    return times_of(taken)


def times_of(milliseconds: Iterable[float]) -> Times:
    """Return the figures of what was taken, at least once."""
    taken = sorted(milliseconds)
    return Times(statistics.median(taken), taken[max(0, round(0.95 * len(taken)) - 1)])


@contextmanager
def recorded(engine: sa.Engine) -> Iterator[list[Statement]]:
    """Collect the statements that run on this engine inside the block."""
    seen: list[Statement] = []

    def note(_c: Any, _cursor: Any, text: str, parameters: Any, *_rest: Any) -> None:
        seen.append((text, parameters))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def replay(engine: sa.Engine, statements: list[Statement]) -> None:
    """Run the reading statements again and fetch all their rows, with nothing of ours around."""
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        for text, parameters in statements:
            if text.lstrip().upper().startswith("SELECT"):
                cursor.execute(text, parameters)
                cursor.fetchall()


class Visitor:
    """One browser on one connection that stays open."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)

    def get(self, path: str, headers: Mapping[str, str] = {}, status: int = 200) -> dict[str, str]:
        """Read a page and throw it away; returns its headers by their names in small letters.

        Raises:
            RuntimeError: the answer has another status.
        """
        self._connection.request("GET", path, headers=dict(headers))
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != status:
            raise RuntimeError(f"{path} answered {answer.status}")
        return {name.lower(): value for name, value in answer.getheaders()}


@contextmanager
def served(app: Flask) -> Iterator[int]:
    """Serve the application as the demo does; gives the port."""
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.close()
        thread.join(5)
