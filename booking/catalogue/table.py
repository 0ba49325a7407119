"""The table of facilities, for spreadsheets: its columns, and values as texts of cells and back."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from booking.rules.facts import FACTS, FactKind, fact_named, stored_position

#: Columns that tell what follows from others; they are not read.
NOT_READ = ("country", "facts_read_on", "page")
_FIRST = ("slug", "name", "cluster", "country", "city", "kind", "part_of", "run_by", "status")
_OF_RULES = ("people", "groups_at_once")
_FACTS = tuple(fact.name for fact in FACTS if fact.name not in _FIRST)
HEADINGS = (*_FIRST, *_OF_RULES, *_FACTS, "facts_read_on", "page")
COLUMNS = tuple(name for name in HEADINGS if name not in NOT_READ)
_BETWEEN = "; "
_ROUNDED = "rounded"
_NUMBER = re.compile(r"-?\d{1,3}(\.\d+)?", re.ASCII)
_LONGEST_NUMBER = 9


def fact_cells(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the cells of facts by the name of their column."""
    return {fact.name: _cell(fact.kind, values[fact.name]) for fact in FACTS}


def read_cell(name: str, text: str) -> Any:
    """Return the value in a cell; nothing for an empty one.

    Raises:
        ValueError: it is no number, or no coordinates, where there must be one.
    """
    text = text.strip()
    if name in _OF_RULES:
        return _whole_number(text) if text else None
    if name in ("slug", "cluster", "part_of", "status"):
        return text or None
    fact = fact_named(name)
    if fact.is_list:
        return _entries(text)
    if fact.kind is FactKind.POSITION:
        return _position(text) if text else None
    return text or None


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
