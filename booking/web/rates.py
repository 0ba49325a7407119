"""Limits on pages that are costly, counted in the memory of each process.

They cost no statement. Each process counts by itself, so it gets its part of the limit
(`WEB_PROCESSES`); a restart begins anew. What must be exact is counted in the database instead
(`booking.accounts.throttle`).
"""

import time
from datetime import timedelta
from threading import Lock

from cachetools import LRUCache
from flask import Flask, current_app, request

from booking.config import Settings
from booking.errors import Busy
from booking.rules.limits import LimitName, is_this_machine, network_of

#: So many networks and calendars are remembered; then the longest unseen is forgotten.
_MOST_KEPT = 20_000
#: Views that search all facilities; each counts only with what was asked for.
_SEARCHES = frozenset(
    {"browse.start", "browse.facilities", "browse.facility_map", "calendars.index"}
)
#: Views that are asked while somebody types.
_TYPING = frozenset({"browse.suggest"})
#: Views that read all facilities anew each time.
_FILES = frozenset({"catalogue.as_json", "catalogue.as_table"})


class Rates:
    """Counts by key in fixed windows: since when, and how many."""

    def __init__(self) -> None:
        self._counts: LRUCache[tuple[LimitName, str], tuple[float, int]] = LRUCache(_MOST_KEPT)
        self._lock = Lock()

    def count(self, name: LimitName, key: str, tries: int, seconds: float) -> float:
        """Count one try, and return how many seconds to wait before it may be done: 0 is now."""
        now = time.monotonic()
        with self._lock:
            since, number = self._counts.get((name, key), (now, 0))
            if now - since >= seconds:
                since, number = now, 0
            if number >= tries:
                return since + seconds - now
            self._counts[name, key] = (since, number + 1)
            return 0


def init_app(app: Flask) -> None:
    """Count searches before anything is read for them."""
    app.extensions["rates"] = Rates()

    @app.before_request
    def count_searches() -> None:
        if request.endpoint in _TYPING:
            # Apart from searches: typing must not use up what they may cost.
            count_by_network(LimitName.SEARCH, of="typing ")
        searched = request.endpoint in _SEARCHES and request.query_string
        if searched or request.endpoint in _FILES:
            count_by_network(LimitName.SEARCH)


def count_by_network(name: LimitName, of: str = "") -> None:
    """Count this request for its network, unless it comes from this machine.

    `of` says what is counted apart under the same limit.

    Raises:
        Busy: it is one too many.
    """
    address = request.remote_addr or ""
    if not is_this_machine(address):
        count_for(name, of + network_of(address))


def count_for(name: LimitName, key: str) -> None:
    """Count this request for a key.

    Raises:
        Busy: it is one too many.
    """
    settings: Settings = current_app.extensions["settings"]
    limit = settings.limits[name]
    rates: Rates = current_app.extensions["rates"]
    mine = max(1, limit.tries // settings.web_processes)
    if wait := rates.count(name, key, mine, limit.within.total_seconds()):
        raise Busy(f"too many: {name}", wait=_whole_seconds(wait))


def _whole_seconds(wait: float) -> timedelta:
    return timedelta(seconds=int(wait) + 1)
