"""How a term of a facility is declared: its type, its bounds, and where owners set it.

`BookingTerms` has one declaration for each term. The columns that are read, the fields of the
owners' form and the rows of their pages follow from it; the words are in `booking.wording.terms`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import Any, TypeVar

from booking.rules.opening import Unit
from booking.rules.refusals import Param, RefusalCode

_KEY = "term"


class TermKind(StrEnum):
    """What kind of value a term has, and so in which kind of field it is set."""

    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"
    TIME = "time"
    TEXT = "text"


class TermPage(StrEnum):
    """The owners' page on which a term is set."""

    TERMS = "terms"
    QUOTAS = "quotas"
    HOURS = "hours"


class TermGroup(StrEnum):
    """Terms shown together, in the order of the page."""

    SENDING = "sending"
    LENGTH = "length"
    WHEN = "when"
    ROOM = "room"
    AROUND = "around"
    AUTOMATIC = "automatic"


@dataclass(frozen=True)
class TermRule:
    """What a term refuses: `broken_by` returns the params of the refusal, None: nothing is wrong.

    It is given the value that holds and the requested date. `about_people`: the refusal is shown
    at the number of people, and once for all dates.
    """

    code: RefusalCode
    broken_by: Callable[[Any, Any], Mapping[str, Param] | None]
    about_people: bool = False


@dataclass(frozen=True)
class Term:
    """One term of a facility; its name is also that of the facility's column.

    `default` holds where neither the facility, nor one above it, nor a demo value states
    anything; None is "not stated". `inherited`: what is not stated comes from the facility above.
    `group`: where its field and its line are on the page of terms; None: it has none of its own
    there. `only_for`: it counts only where dates are counted in this unit. `least` and `most` bound
    a number; `most` is also the longest text. `choices` is the enum of a choice. `read` turns a
    stored value into the one that holds. `rule`: what it refuses, if that depends on its value
    alone; everything else is in `booking.rules.reasons`.
    """

    name: str
    kind: TermKind
    default: Any = None
    inherited: bool = True
    page: TermPage = TermPage.TERMS
    group: TermGroup | None = None
    only_for: Unit | None = None
    least: int = 0
    most: int = 0
    choices: type[StrEnum] | None = None
    read: Callable[[Any], Any] = lambda stored: stored
    rule: TermRule | None = None

    @property
    def offered(self) -> tuple[Any, ...]:
        """Return the values among which one chooses; none where one types."""
        return (False, True) if self.kind is TermKind.FLAG else tuple(self.choices or ())

    def value_of(self, stored: Any) -> Any:
        """Return the value that holds where this is stored; None: nobody states it."""
        return self.default if stored is None else self.read(stored)


E = TypeVar("E", bound=StrEnum)


def number(least: int, most: int, *, default: int | None = None, **more: Any) -> Any:
    """Declare a whole number from `least` to `most`."""
    return _declared(TermKind.NUMBER, default, least=least, most=most, **more)


def flag(*, default: bool = False, **more: Any) -> Any:
    """Declare a yes or no."""
    return _declared(TermKind.FLAG, default, **more)


def choice(default: E, **more: Any) -> Any:
    """Declare one of the values of the enum to which `default` belongs."""
    return _declared(TermKind.CHOICE, default, choices=type(default), read=type(default), **more)


def time_of_day(default: time, **more: Any) -> Any:
    """Declare a wall time of the facility."""
    return _declared(TermKind.TIME, default, **more)


def text(longest: int, **more: Any) -> Any:
    """Declare a text of at most so many characters."""
    return _declared(TermKind.TEXT, None, most=longest, **more)


def _declared(kind: TermKind, default: Any, **more: Any) -> Any:
    """Return the dataclass field of a term, with its default; it is named by `terms_in`."""
    return field(default=default, metadata={_KEY: {"kind": kind, "default": default} | more})


def terms_in(declaring: Any) -> tuple[Term, ...]:
    """Return the terms that a dataclass declares, in its order."""
    return tuple(
        Term(name, **one.metadata[_KEY])
        for name, one in declaring.__dataclass_fields__.items()
        if _KEY in one.metadata
    )
