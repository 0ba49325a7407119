"""The words for the facts of a facility: what each is called, its values, and what is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from babel import Locale

from booking.rules.facts import (
    AccessMode,
    Cost,
    Fact,
    FactFault,
    FactGroup,
    FactKind,
    FaultyFact,
    Setting,
    fact_named,
)
from booking.wording import formats
from booking.wording.concepts import concept_word
from booking.wording.translator import gettext, language, lazy_gettext, ngettext
from booking.wording.words import focus_area_word, hazard_word, kind_word


@dataclass(frozen=True)
class FactWords:
    """What a fact is called, and what its field says below that; both lazy."""

    label: Any
    hint: Any = None


FACT_WORDS: Mapping[str, FactWords] = MappingProxyType(
    {
        "name": FactWords(lazy_gettext("Name")),
        "kind": FactWords(
            lazy_gettext("Kind"),
            lazy_gettext("A workbench is the smallest thing that can be booked by itself."),
        ),
        "description": FactWords(
            lazy_gettext("Description"),
            lazy_gettext("What it is and what it is good for, in a few sentences."),
        ),
        "run_by": FactWords(lazy_gettext("Run by"), lazy_gettext("The organisation that runs it.")),
        "capabilities": FactWords(
            lazy_gettext("Capabilities"),
            lazy_gettext("What can be done there, one a line: night flights, radio tests."),
        ),
        "concepts": FactWords(
            lazy_gettext("Concepts"),
            lazy_gettext(
                "Words of the shared vocabulary. By them people find the facility in six languages."
            ),
        ),
        "focus_areas": FactWords(lazy_gettext("Focus areas")),
        "hazards": FactWords(
            lazy_gettext("Hazards"),
            lazy_gettext("What may be done there although it is dangerous."),
        ),
        "equipment": FactWords(
            lazy_gettext("Equipment"), lazy_gettext("What is there to be used, one a line.")
        ),
        "setting": FactWords(lazy_gettext("Indoors or outdoors")),
        "size": FactWords(lazy_gettext("Size"), lazy_gettext("Such as 40 × 25 m, 12 m high.")),
        "capacity_note": FactWords(
            lazy_gettext("Note on capacity"),
            lazy_gettext("The number of people is one of the rules of the facility."),
        ),
        "opening_hours_note": FactWords(
            lazy_gettext("Note on opening hours"),
            lazy_gettext("Only what weekly hours cannot say."),
        ),
        "access_mode": FactWords(lazy_gettext("How it is used")),
        "who_may_use": FactWords(
            lazy_gettext("Who may use it"),
            lazy_gettext("Such as: everyone, or police and fire services only."),
        ),
        "access_conditions": FactWords(lazy_gettext("Conditions of access")),
        "permits": FactWords(
            lazy_gettext("Permits"), lazy_gettext("What users must hold or apply for.")
        ),
        "asking_cost": FactWords(lazy_gettext("Cost of a request")),
        "asking_prices_url": FactWords(
            lazy_gettext("Price list for requests"), lazy_gettext("An address with https://")
        ),
        "use_cost": FactWords(lazy_gettext("Cost of use")),
        "use_prices_url": FactWords(
            lazy_gettext("Price list for use"), lazy_gettext("An address with https://")
        ),
        "city": FactWords(lazy_gettext("Town")),
        "position": FactWords(lazy_gettext("Coordinates")),
        "getting_there": FactWords(
            lazy_gettext("Getting there"),
            lazy_gettext(
                "Everybody can read it. Gates, codes and whom to ask for belong to the arrival "
                "text, which only organisations with a confirmed date can read."
            ),
        ),
        "contact_role": FactWords(
            lazy_gettext("Contact"),
            lazy_gettext("A role, such as Test centre office. No names, no e-mail addresses."),
        ),
        "contact_languages": FactWords(lazy_gettext("Languages of the contact")),
        "source": FactWords(
            lazy_gettext("Source"), lazy_gettext("Where the facts come from: a public page.")
        ),
        "more_sources": FactWords(lazy_gettext("More sources"), lazy_gettext("One a line.")),
    }
)
"""The words for each fact that is no text in another language."""

GROUP_TITLES: Mapping[FactGroup, Any] = MappingProxyType(
    {
        FactGroup.WHAT: lazy_gettext("What it is"),
        FactGroup.SUBJECTS: lazy_gettext("What it is for"),
        FactGroup.SPACE: lazy_gettext("Space and equipment"),
        FactGroup.ACCESS: lazy_gettext("Access"),
        FactGroup.COST: lazy_gettext("Costs"),
        FactGroup.WHERE: lazy_gettext("Where it is"),
        FactGroup.CONTACT: lazy_gettext("Contact"),
        FactGroup.SOURCES: lazy_gettext("Sources"),
    }
)

SETTING_WORDS: Mapping[str, Any] = MappingProxyType(
    {
        Setting.INDOOR: lazy_gettext("indoors"),
        Setting.OUTDOOR: lazy_gettext("outdoors"),
        Setting.BOTH: lazy_gettext("indoors and outdoors"),
    }
)
ACCESS_MODE_WORDS: Mapping[str, Any] = MappingProxyType(
    {
        AccessMode.ON_SITE: lazy_gettext("on site"),
        AccessMode.REMOTE: lazy_gettext("remotely"),
        AccessMode.BOTH: lazy_gettext("on site or remotely"),
    }
)
COST_WORDS: Mapping[str, Any] = MappingProxyType(
    {
        Cost.FREE: lazy_gettext("free of charge"),
        Cost.ON_REQUEST: lazy_gettext("price on request"),
        Cost.PRICE_LIST: lazy_gettext("according to the price list"),
    }
)


def language_name(code: str) -> str:
    """Return what a language is called in that of the reader: `French`."""
    reader = Locale.parse(language() or "en")
    return str(reader.languages.get(code, code))


def fact_label(name: str) -> str:
    """Return what a fact is called; of a text in another language with that language."""
    fact = fact_named(name)
    if not fact.language:
        return str(FACT_WORDS[name].label)
    return gettext(
        "%(fact)s in %(language)s",
        fact=FACT_WORDS[fact.of].label,
        language=language_name(fact.language),
    )


def code_word(fact: Fact) -> Callable[[str], str]:
    """Return what says the values of a fact that is chosen from a list."""
    return _CODE_WORDS.get(fact.name, str)


def fact_text(name: str, value: Any) -> str:
    """Return the value of a fact in words, lists with one entry a line."""
    fact = fact_named(name)
    if value in (None, "", []):
        return gettext("not stated")
    if fact.kind is FactKind.POSITION:
        return position_text(*value)
    word = code_word(fact)
    if fact.kind is FactKind.CODES:
        return formats.listed(word(one) for one in value)
    return "\n".join(value) if fact.is_list else word(value)


def position_text(lat: float, lon: float, is_rounded: bool) -> str:
    """Return coordinates in words: `55.4763, 10.3309`."""
    text = f"{lat:g}, {lon:g}"
    return gettext("%(position)s (rounded)", position=text) if is_rounded else text


def fact_fault_text(faulty: FaultyFact) -> str:
    """Return what is wrong with the value of a fact, and what to do."""
    return _FAULTS[faulty.fault](faulty)


def _too_long(faulty: FaultyFact) -> str:
    if faulty.entry:
        return gettext(
            "Use at most %(max)d characters a line. This line is longer: %(entry)s",
            max=faulty.most,
            entry=faulty.entry,
        )
    return gettext("Use at most %(max)d characters.", max=faulty.most)


_FAULTS: Mapping[FactFault, Callable[[FaultyFact], str]] = MappingProxyType(
    {
        FactFault.MISSING: lambda _: gettext("Enter something here."),
        FactFault.TOO_LONG: _too_long,
        FactFault.TOO_MANY: lambda one: ngettext(
            "State at most %(num)d.", "State at most %(num)d.", one.most
        ),
        FactFault.TWICE: lambda one: gettext("This is there twice: %(entry)s", entry=one.entry),
        FactFault.UNKNOWN: lambda one: gettext(
            "This cannot be chosen here: %(entry)s", entry=one.entry
        ),
        FactFault.NOT_HTTPS: lambda _: gettext(
            "Enter an address that begins with https://, such as https://example.org/prices."
        ),
        FactFault.NO_PRICE_LIST: lambda _: gettext("Enter the address of the price list."),
        FactFault.NO_POSITION: lambda _: gettext(
            "Enter latitude and longitude in degrees, such as 55.4763 and 10.3309."
        ),
        FactFault.ADDRESS_OF_A_PERSON: lambda _: gettext(
            "Enter a role without an e-mail address. People write to it by a form."
        ),
        FactFault.WRONG_TYPE: lambda _: gettext("This is no value of this kind."),
    }
)
_CODE_WORDS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "kind": kind_word,
        "concepts": concept_word,
        "focus_areas": focus_area_word,
        "hazards": hazard_word,
        "setting": lambda one: str(SETTING_WORDS.get(one, one)),
        "access_mode": lambda one: str(ACCESS_MODE_WORDS.get(one, one)),
        "asking_cost": lambda one: str(COST_WORDS.get(one, one)),
        "use_cost": lambda one: str(COST_WORDS.get(one, one)),
        "contact_languages": language_name,
    }
)
