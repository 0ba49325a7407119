"""Forms with a file: how much of their body is read, and what of a file that is too large.

A file beyond the limit of its form is read to its end and forgotten, so that the page can say so
at its field and keep all that was typed.
"""

from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeVar

from flask import Flask, Request, current_app, request

from booking.rules.uploads import LONGEST_UPLOAD

View = TypeVar("View", bound=Callable[..., Any])

_MARK = "takes_file"
# As long as a file that lies in memory while it is read.
_IN_MEMORY = 512 * 1024


def takes_file(most_bytes: int) -> Callable[[View], View]:
    """Mark a view whose form has a file of at most so many bytes; put it above the access mark."""

    def mark(view: View) -> View:
        setattr(view, _MARK, most_bytes)
        return view

    return mark


def longest_file() -> int | None:
    """Return how many bytes of a file this request may have; None: it is for no form with one."""
    view = current_app.view_functions.get(request.endpoint or "")
    most: int | None = getattr(view, _MARK, None)
    return most


def longest_body() -> int | None:
    """Return how many bytes of such a form are read; None: as many as of all others."""
    return LONGEST_UPLOAD if longest_file() is not None else None


class CappedFile(SpooledTemporaryFile[bytes]):
    """A file that keeps at most so many bytes; `size` counts all that came."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(max_size=_IN_MEMORY, mode="w+b")
        self._most = most_bytes
        self.size = 0

    def write(self, data: Any) -> int:
        """Keep these bytes while there is room for all of them."""
        self.size += len(data)
        if self.size <= self._most:
            super().write(data)
        return len(data)


class UploadRequest(Request):
    """A request that keeps of each file only as much as its form takes."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        most = longest_file()
        if most is None:
            return super()._get_file_stream(
                total_content_length, content_type, filename, content_length
            )
        return CappedFile(most)


def read_all(file: Any) -> tuple[bytes, int]:
    """Return what was kept of a file that was sent, and how many bytes came."""
    data = file.stream.read()
    return data, getattr(file.stream, "size", len(data))


def init_app(app: Flask) -> None:
    """Let the application read such forms."""
    app.request_class = UploadRequest
