"""Reading and writing the facts of a facility, as `booking.rules.facts` declares them."""

from collections.abc import Iterable, Mapping
from typing import Any

from booking.clusters.models import FocusArea
from booking.concepts.vocabulary import present_ids, present_vocabulary
from booking.facilities.models import Facility
from booking.rules.facts import FACTS, TEXT_LANGUAGES, Fact, FactKind

#: The fact that has concepts of the vocabulary.
CONCEPTS = "concepts"


def fact_values(facility: Facility) -> dict[str, Any]:
    """Return all facts of a facility by name, as plain values that JSON can hold.

    A concept that was merged is there as the one that took its place.
    """
    return {fact.name: _value(facility, fact) for fact in FACTS}


def present_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of facts with merged concepts replaced by those that took their place."""
    concepts = values.get(CONCEPTS)
    if not isinstance(concepts, list) or not all(isinstance(one, str) for one in concepts):
        return dict(values)
    instead = present_vocabulary().instead
    if instead.keys().isdisjoint(concepts):
        return dict(values)
    return {**values, CONCEPTS: present_ids(concepts)}


def changed_facts(facility: Facility, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of those facts that have another value than these, in their order."""
    return tuple(
        fact.name
        for fact in FACTS
        if fact.name in values and values[fact.name] != _value(facility, fact)
    )


def write_facts(
    facility: Facility, values: Mapping[str, Any], areas: Mapping[str, FocusArea]
) -> None:
    """Write these facts; what is not among `values` stays. `areas` are focus areas by slug."""
    for fact in FACTS:
        if fact.name in values:
            _write(facility, fact, values[fact.name], areas)


def mark_set_here(facility: Facility, names: Iterable[str]) -> None:
    """Remember that somebody here has set these, so that a file of the catalogue keeps them.

    `names` are those of facts, and `STATUS` and `OPENING_HOURS` of `booking.rules.facts`.
    """
    facility.set_here = sorted({*facility.set_here, *names})


def set_here(facility: Facility) -> frozenset[str]:
    """Return what somebody here has ever set, and no file may overwrite."""
    return frozenset(facility.set_here)


def text_in(facility: Any, name: str, language: str) -> str | None:
    """Return a text of a facility in this language, else in the first in which there is one.

    `facility` is a row, or anything with its own text and `texts`.
    """
    own = _by_language(facility, name)
    return own.get(language) or next((text for text in own.values() if text), None)


def texts_in_others(facility: Any, language: str) -> dict[str, list[str]]:
    """Return by language the texts of a facility that `text_in` does not return for this one.

    English first; in a language without texts there are none.
    """
    others: dict[str, list[str]] = {}
    for name in ("description", "access_conditions"):
        shown = text_in(facility, name, language)
        for one, text in _by_language(facility, name).items():
            if text and text != shown:
                others.setdefault(one, []).append(text)
    return {one: others[one] for one in TEXT_LANGUAGES if one in others}


def _by_language(facility: Any, name: str) -> dict[str, str | None]:
    others = {one: (facility.texts.get(one) or {}).get(name) for one in TEXT_LANGUAGES[1:]}
    return {TEXT_LANGUAGES[0]: getattr(facility, name), **others}


def _value(facility: Facility, fact: Fact) -> Any:
    if fact.language:
        return (facility.texts.get(fact.language) or {}).get(fact.of)
    if fact.kind is FactKind.POSITION:
        if facility.lat is None or facility.lon is None:
            return None
        return [facility.lat, facility.lon, facility.position_is_rounded]
    if fact.name == "focus_areas":
        return list(facility.areas)
    value = getattr(facility, fact.name)
    if fact.name == CONCEPTS:
        return present_ids(value or ())
    return list(value or ()) if fact.is_list else value


def _write(facility: Facility, fact: Fact, value: Any, areas: Mapping[str, FocusArea]) -> None:
    if fact.language:
        texts = {one: dict(found) for one, found in facility.texts.items()}
        texts.setdefault(fact.language, {}).pop(fact.of, None)
        if value:
            texts[fact.language][fact.of] = value
        facility.texts = {one: found for one, found in texts.items() if found}
    elif fact.kind is FactKind.POSITION:
        facility.lat, facility.lon, facility.position_is_rounded = value or (None, None, False)
    elif fact.name == "focus_areas":
        facility.focus_areas = [areas[slug] for slug in sorted(set(value))]
    else:
        setattr(facility, fact.name, value or fact.nothing)
