"""The facts of a facility in the form of the catalogue's file, and back."""

from collections.abc import Iterator, Mapping
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


#: Keys of an entry beside those of facts.
OWN_KEYS = ("slug", "cluster", "parent", "status", "opening_hours", "capacity", "texts")
_IN_CAPACITY = frozenset({"people", "simultaneous_groups"})


def facts_stated(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that an entry states and no others, by name; nothing as `Fact.nothing`."""
    found = {}
    for fact in FACTS:
        is_there, value = _at(entry, fact.key)
        if is_there:
            found[fact.name] = fact.nothing if value in (None, "") else value
    return found


def unknown_keys(entry: Mapping[str, Any]) -> list[str]:
    """Return the keys of an entry that mean nothing, with dots where they are inside another."""
    known = {fact.key for fact in FACTS} | {f"capacity.{one}" for one in _IN_CAPACITY}
    found = []
    for key, value in entry.items():
        inside = [one for one in known if one.startswith(f"{key}.")]
        if inside and isinstance(value, Mapping):
            found += [f"{key}.{one}" for one in _paths(value) if f"{key}.{one}" not in known]
        elif key not in known and key not in OWN_KEYS:
            found.append(key)
    return found


def _paths(value: Mapping[str, Any]) -> Iterator[str]:
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            yield from (f"{key}.{one}" for one in _paths(inner))
        else:
            yield key


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
