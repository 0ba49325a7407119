"""The table of facilities, for spreadsheets: its columns, and values as texts of cells and back."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from booking.facilities.effective_terms import WEEKDAYS
from booking.rules.facts import FACTS, FactKind, fact_named, stored_position

#: Columns that tell what follows from others; they are not read.
NOT_READ = ("country", "facts_read_on", "page")
_FIRST = ("slug", "name", "cluster", "country", "city", "kind", "part_of", "run_by", "status")
_OF_RULES = ("people", "groups_at_once")
_HOURS = "opening_hours"
_FACTS = tuple(fact.name for fact in FACTS if fact.name not in _FIRST)
HEADINGS = (*_FIRST, *_OF_RULES, _HOURS, *_FACTS, "facts_read_on", "page")
COLUMNS = tuple(name for name in HEADINGS if name not in NOT_READ)
_BETWEEN = "; "
_ROUNDED = "rounded"
_NUMBER = re.compile(r"-?\d{1,3}(\.\d+)?", re.ASCII)
_LONGEST_NUMBER = 9
_CLOSED = "closed"
_ENTRY = re.compile(
    r"(?P<days>[a-z][a-z,\s-]*[a-z])\s+(?P<opens>\d{1,2}(:\d\d)?)\s*-\s*(?P<closes>\d{1,2}(:\d\d)?)",
    re.ASCII,
)


def fact_cells(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the cells of facts by the name of their column."""
    return {fact.name: _cell(fact.kind, values[fact.name]) for fact in FACTS}


def read_cell(name: str, text: str) -> Any:
    """Return the value in a cell; nothing for an empty one.

    Raises:
        ValueError: it is no number, no coordinates or no hours, where there must be one.
    """
    text = text.strip()
    if name in _OF_RULES:
        return _whole_number(text) if text else None
    if name == _HOURS:
        return _hours(text) if text else None
    if name in ("slug", "cluster", "part_of", "status"):
        return text or None
    fact = fact_named(name)
    if fact.is_list:
        return _entries(text)
    if fact.kind is FactKind.POSITION:
        return _position(text) if text else None
    return text or None


def hours_cell(hours: Sequence[Mapping[str, Any]] | None) -> str:
    """Return weekly hours, in the form of the catalogue's file, in one cell.

    As `mon tue 08:00-17:00; sat 09:00-12:00`; "closed" if it is open on no day, and "" for None.
    """
    if hours is None:
        return ""
    entries = (f"{' '.join(one['days'])} {one['from']}-{one['to']}" for one in hours)
    return _BETWEEN.join(entries) or _CLOSED


def _hours(text: str) -> list[dict[str, Any]]:
    """Return weekly hours in the form of the catalogue's file; days may be a range: mon-fri."""
    if text.casefold() == _CLOSED:
        return []
    return [_entry_of_hours(one) for one in text.casefold().split(";") if one.strip()]


def _entry_of_hours(text: str) -> dict[str, Any]:
    found = _ENTRY.fullmatch(text.strip().replace("\u2013", "-"))
    if found is None:
        raise ValueError(text)
    days: list[str] = []
    for token in re.split(r"[\s,]+", re.sub(r"\s*-\s*", "-", found["days"])):
        first, _, last = token.partition("-")
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        days += WEEKDAYS[start : end + 1] if start <= end else ()
        if start > end:
            raise ValueError(text)
    opens, closes = (_minute_of(found[one]) for one in ("opens", "closes"))
    return {"days": days, "from": opens, "to": "00:00" if closes == "24:00" else closes}


def _minute_of(text: str) -> str:
    return (text if ":" in text else f"{text}:00").rjust(5, "0")


def _cell(kind: FactKind, value: Any) -> str:
    if not value:
        return ""
    if kind is FactKind.POSITION:
        lat, lon, is_rounded = value
        return f"{lat!r}, {lon!r}" + (f", {_ROUNDED}" if is_rounded else "")
    return joined(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def joined(entries: Sequence[str]) -> str:
    r"""Return entries in one cell, `;` in an entry as `\;`."""
    return _BETWEEN.join(one.replace("\\", "\\\\").replace(";", "\\;") for one in entries)


def _entries(text: str) -> list[str]:
    parts = re.findall(r"(?:[^;\\]|\\.|\\$)+", text, re.DOTALL)
    found = (re.sub(r"\\(.)", r"\1", one, flags=re.DOTALL).strip() for one in parts)
    return [one for one in found if one]


def _whole_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > _LONGEST_NUMBER:
        raise ValueError(text)
    return int(text)


def _position(text: str) -> list[float | bool]:
    parts = [one.strip() for one in text.split(",")]
    is_rounded = parts[-1] == _ROUNDED
    numbers = parts[:-1] if is_rounded else parts
    if len(numbers) != 2 or not all(map(_NUMBER.fullmatch, numbers)):
        raise ValueError(text)
    return stored_position(float(numbers[0]), float(numbers[1]), is_rounded=is_rounded)
