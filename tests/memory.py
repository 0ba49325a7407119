"""Putting the memory of a process aside, to see what is drawn anew."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Engine

from booking.facilities import calendar_cache, terms_cache

_TOKEN = re.compile(r'(name="csrf_token"[^>]*value=")[^"]*')


@contextmanager
def nothing_kept(engine: Engine) -> Iterator[None]:
    """Put aside what is kept of this database; inside the block nothing is kept of calendars."""
    calendars, terms = calendar_cache._caches[engine], terms_cache._caches.pop(engine, None)
    calendar_cache.prepare(engine, 0)
    try:
        yield
    finally:
        calendar_cache._caches[engine] = calendars
        terms_cache._caches.pop(engine, None)
        if terms is not None:
            terms_cache._caches[engine] = terms


def without_token(page: str) -> str:
    """Return a page without the token of its forms, which is another one each time."""
    return _TOKEN.sub(r"\1", page)
