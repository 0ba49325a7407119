"""One server process of the benchmark: the product as `docs/operations.md` has it served.

It prints its port, and ends when its standard input does.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import waitress
from flask import Flask

from booking.accounts import throttle
from booking.extensions import db
from booking.facilities import calendar_cache, terms_cache
from booking.rules.limits import Limit, LimitName
from tools.benchmark.bare_page import add_bare_page
from wsgi import app

THREADS = 8
#: A request with this header finds nothing in memory of what was read or drawn before.
FORGET = "X-Bench-Forget"
#: The headers of an answer that say how many SQL statements it took, and how many milliseconds
#: its thread computed.
STATEMENTS = "X-Bench-Statements"
COMPUTED = "X-Bench-Computed"
A_DAY = 24 * 60 * 60


def main() -> None:
    """Serve on a free port until the standard input ends."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    lift_limits()
    add_bare_page(app)
    with app.app_context():
        measure_answers(app, db.engine)
    server = waitress.create_server(
        app, host="127.0.0.1", port=0, threads=THREADS, ident=None, channel_timeout=A_DAY
    )
    threading.Thread(target=server.run, daemon=True).start()
    print(server.effective_port, flush=True)
    sys.stdin.read()


def measure_answers(app: Flask, engine: sa.Engine) -> None:
    """Let each answer say what it took, and forget first what is kept where it is asked to."""
    measured = threading.local()
    inner: Callable[..., Iterable[bytes]] = app.wsgi_app
    forget = f"HTTP_{FORGET.upper().replace('-', '_')}"

    @sa.event.listens_for(engine, "before_cursor_execute")
    def count(*_statement: Any) -> None:
        measured.statements = getattr(measured, "statements", 0) + 1

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            computed = 1000 * (time.thread_time() - began)
            more_headers = [
                (STATEMENTS, str(measured.statements)),
                (COMPUTED, f"{computed:.2f}"),
            ]
            return start_response(status, headers + more_headers, *more)

        if forget in environ:
            forget_kept()
        measured.statements, began = 0, time.thread_time()
        return inner(environ, start)

    app.wsgi_app = answer  # type: ignore[method-assign]


def forget_kept() -> None:
    """Empty what is kept in memory of the database, and of what was drawn from it.

    What follows from values alone, such as the public holidays of a country, stays.
    """
    terms_cache.clear()
    calendar_cache.clear()


def lift_limits() -> None:
    """Let one person sign in and send more often here than people can."""
    throttle.set_limits(dict.fromkeys(LimitName, Limit(10**6, timedelta(hours=1))))


if __name__ == "__main__":
    main()
