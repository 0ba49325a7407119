"""The facts of a facility in the form of the catalogue's file, and back."""

from collections.abc import Mapping
from typing import Any

from booking.catalogue.mapping import concepts_of
from booking.rules.facts import FACTS, Fact

#: Facts that a file always states: what it leaves out of these is not stated.
_ALWAYS = frozenset(
    {
        "description",
        "run_by",
        "capabilities",
        "focus_areas",
        "hazards",
        "capacity_note",
        "opening_hours_note",
        "access_conditions",
        "city",
        "source",
        "more_sources",
    }
)


def facts_in(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that an entry of the file states, by name.

    Concepts are those that it states itself, else those of the shipped mapping.
    """
    found: dict[str, Any] = {"concepts": concepts_of(entry)}
    for fact in FACTS:
        if fact.name == "concepts":
            continue
        is_there, value = _at(entry, fact.key)
        if fact.name == "focus_areas":
            value = sorted(set(value or ()))
        if is_there or fact.name in _ALWAYS:
            found[fact.name] = value or fact.nothing
    return found


def stated_in_file(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts as an entry of the file has them; what it may leave out only if stated."""
    entry: dict[str, Any] = {}
    for fact in FACTS:
        value = values[fact.name]
        if value or fact.name in _ALWAYS:
            _put(entry, fact, value)
    return entry


def _at(entry: Mapping[str, Any], key: str) -> tuple[bool, Any]:
    """Return whether there is something at a key with dots, and what."""
    here: Any = entry
    for part in key.split("."):
        if not isinstance(here, Mapping) or part not in here:
            return False, None
        here = here[part]
    return True, here


def _put(entry: dict[str, Any], fact: Fact, value: Any) -> None:
    *above, last = fact.key.split(".")
    for part in above:
        entry = entry.setdefault(part, {})
    entry[last] = value
