"""HTTP with a provider: one time limit for all that a page asks, and answers of bounded size."""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session

from booking.rules.sign_in_providers import is_safe_endpoint

#: Seconds for all that one page asks of a provider.
PATIENCE = 5.0
LARGEST_ANSWER = 256 * 1024
_PIECE = 16 * 1024

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


class AnswerTooLarge(requests.RequestException):
    """A provider sends more than anything that is asked of it needs."""


class UnsafeEndpoint(Exception):
    """A provider names an address that is not HTTPS."""


@contextmanager
def patience() -> Iterator[None]:
    """Let everything that is asked of a provider inside the block take `PATIENCE` together."""
    token = _deadline.set(time.monotonic() + PATIENCE)
    try:
        yield
    finally:
        _deadline.reset(token)


class ProviderSession(OAuth2Session):  # type: ignore[misc]  # Authlib has no types
    """A session whose requests end in time, are not redirected, and read only so much."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        """Return the answer, read to its end.

        Raises:
            requests.RequestException: there is none, it takes too long or is too large.
            UnsafeEndpoint: the address is not HTTPS, nor on this machine.
        """
        if not is_safe_endpoint(url):
            raise UnsafeEndpoint
        kwargs |= {"timeout": _time_left(), "allow_redirects": False, "stream": True}
        response: requests.Response = super().request(method, url, *args, **kwargs)
        try:
            body = _read(response)
        finally:
            response.close()
        read = requests.Response()
        read.status_code, read.headers = response.status_code, response.headers
        read.encoding, read.url = response.encoding, response.url
        read.raw = io.BytesIO(body)
        return read


def _time_left() -> float:
    deadline = _deadline.get()
    left = PATIENCE if deadline is None else deadline - time.monotonic()
    if left <= 0:
        raise requests.Timeout
    return left


def _read(response: requests.Response) -> bytes:
    """Return the body. A piece is what has come by now, so a slow one cannot hold it up."""
    body = b""
    while piece := response.raw.read1(_PIECE, decode_content=True):
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise AnswerTooLarge
        _time_left()
    return body
