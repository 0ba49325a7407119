"""From where a change comes, for the log: a page, the command line, the worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from booking.rules.audit_chain import shortened_address
from booking.rules.audit_events import Actor


@dataclass(frozen=True)
class Origin:
    """Who it is if nobody is named, and the shortened address of their browser, or ""."""

    actor: Actor
    address: str = ""


_COMMAND_LINE = Origin(Actor.OPERATOR)
WORKER = Origin(Actor.WORKER)
_origin: ContextVar[Origin] = ContextVar("origin", default=_COMMAND_LINE)


def present_origin() -> Origin:
    """Return from where a change comes now; what nobody has named is the command line."""
    return _origin.get()


def note_visitor(address: str) -> None:
    """Say that what follows in this context comes from a page that this address asked for."""
    _origin.set(Origin(Actor.VISITOR, shortened_address(address)))


def forget_visitor() -> None:
    """Say that the page is done: what follows does not come from it."""
    _origin.set(_COMMAND_LINE)


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """Say from where comes what the block does."""
    before = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(before)
