"""The facts of a facility: what owners and the catalogue state about it, each declared once.

Forms, pages, the log, the loader and the export walk `FACTS`. What nobody states is "not stated":
None, or an empty list. Terms, which decide about requests, are in `booking.rules.terms`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from booking.rules.addresses import secure_address

#: The languages in which a text may be stated; the first is that of the facility's own columns.
TEXT_LANGUAGES = ("en", "nl", "fr", "de", "da", "fi")
#: The languages that one may name as spoken by a contact, as ISO 639-1 codes.
CONTACT_LANGUAGES = (
    "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr", "hu", "it", "lt", "lv",
    "mt", "nl", "pl", "pt", "ro", "sk", "sl", "sv",
)  # fmt: skip
#: The kinds of facilities.
KINDS = ("facility", "lab", "living lab", "range", "workbench")
#: What may be dangerous and done there all the same.
HAZARDS = (
    "chemicals", "collapse", "cryogenics", "flight", "hazardous-substances", "heights",
    "high-noise", "high-voltage", "laser", "live-fire", "machines", "radiation", "smoke",
    "strong-radio-fields", "vehicles", "water",
)  # fmt: skip
#: Rounded coordinates have so many decimals: about 10 km.
ROUNDED_DECIMALS = 1
_EXACT_DECIMALS = 5


class FactKind(StrEnum):
    """What kind of value a fact has, and so in which kind of field it is stated."""

    LINE = "line"  # text of one line
    TEXT = "text"  # text of several lines
    LINK = "link"  # an https address
    CHOICE = "choice"  # one of `choices`
    PHRASES = "phrases"  # short texts, in their order
    CODES = "codes"  # of `choices`, or of what the page offers
    POSITION = "position"  # [latitude, longitude, whether they are rounded]


class FactGroup(StrEnum):
    """Facts stated together, in the order of the owners' page."""

    WHAT = "what"
    SUBJECTS = "subjects"
    SPACE = "space"
    ACCESS = "access"
    COST = "cost"
    WHERE = "where"
    CONTACT = "contact"
    SOURCES = "sources"


class Setting(StrEnum):
    """Whether a facility is indoors or outdoors."""

    INDOOR = "indoor"
    OUTDOOR = "outdoor"
    BOTH = "both"


class AccessMode(StrEnum):
    """How a facility is used: there, from afar, or either."""

    ON_SITE = "on_site"
    REMOTE = "remote"
    BOTH = "both"


class Cost(StrEnum):
    """What asking or using costs; where nobody states it: not stated."""

    FREE = "free"
    ON_REQUEST = "on_request"
    PRICE_LIST = "price_list"


@dataclass(frozen=True)
class Fact:
    """One fact of a facility.

    `most` is how many characters it has at most, of a list each entry; `most_entries` how many
    entries. `choices`: what one chooses from; empty where the page offers it. `needed`: it is
    always stated. `language`: it is the text of the fact `of` in this language. `by_language`: it
    has such texts. `in_file`: its key in the file of the catalogue, with a dot for one inside.
    """

    name: str
    kind: FactKind
    group: FactGroup
    most: int = 0
    most_entries: int = 0
    choices: tuple[str, ...] = ()
    needed: bool = False
    by_language: bool = False
    of: str = ""
    language: str = ""
    in_file: str = ""

    @property
    def key(self) -> str:
        """Return its key in the file of the catalogue."""
        return self.in_file or self.name

    @property
    def is_list(self) -> bool:
        """Return whether its value is a list, empty where nobody states it."""
        return self.kind in (FactKind.PHRASES, FactKind.CODES)

    @property
    def nothing(self) -> Any:
        """Return its value where nobody states it."""
        return [] if self.is_list else None


_WHAT, _SUBJECTS, _SPACE = FactGroup.WHAT, FactGroup.SUBJECTS, FactGroup.SPACE
_ACCESS, _COST, _WHERE = FactGroup.ACCESS, FactGroup.COST, FactGroup.WHERE

_DECLARED = (
    Fact("name", FactKind.LINE, _WHAT, most=200, needed=True),
    Fact("kind", FactKind.CHOICE, _WHAT, choices=KINDS, needed=True),
    Fact("description", FactKind.TEXT, _WHAT, most=1000, by_language=True),
    Fact("run_by", FactKind.LINE, _WHAT, most=200, in_file="owner"),
    Fact("capabilities", FactKind.PHRASES, _SUBJECTS, most=120, most_entries=40),
    Fact("concepts", FactKind.CODES, _SUBJECTS, most=80, most_entries=60),
    Fact("focus_areas", FactKind.CODES, _SUBJECTS, most=80, most_entries=24),
    Fact("hazards", FactKind.CODES, _SUBJECTS, most=120, most_entries=30),
    Fact("equipment", FactKind.PHRASES, _SPACE, most=120, most_entries=60),
    Fact("setting", FactKind.CHOICE, _SPACE, choices=tuple(Setting)),
    Fact("size", FactKind.LINE, _SPACE, most=200),
    Fact("capacity_note", FactKind.TEXT, _SPACE, most=500, in_file="capacity.note"),
    Fact("opening_hours_note", FactKind.TEXT, _SPACE, most=500),
    Fact("access_mode", FactKind.CHOICE, _ACCESS, choices=tuple(AccessMode)),
    Fact("who_may_use", FactKind.LINE, _ACCESS, most=200),
    Fact("access_conditions", FactKind.TEXT, _ACCESS, most=1000, by_language=True),
    Fact("permits", FactKind.TEXT, _ACCESS, most=1000),
    Fact("asking_cost", FactKind.CHOICE, _COST, choices=tuple(Cost)),
    Fact("asking_prices_url", FactKind.LINK, _COST, most=300),
    Fact("use_cost", FactKind.CHOICE, _COST, choices=tuple(Cost)),
    Fact("use_prices_url", FactKind.LINK, _COST, most=300),
    Fact("city", FactKind.LINE, _WHERE, most=100),
    Fact("position", FactKind.POSITION, _WHERE),
    Fact("getting_there", FactKind.TEXT, _WHERE, most=1000),
    Fact("contact_role", FactKind.LINE, FactGroup.CONTACT, most=120),
    Fact(
        "contact_languages",
        FactKind.CODES,
        FactGroup.CONTACT,
        most=2,
        most_entries=len(CONTACT_LANGUAGES),
        choices=CONTACT_LANGUAGES,
    ),
    Fact("source", FactKind.LINE, FactGroup.SOURCES, most=400),
    Fact("more_sources", FactKind.PHRASES, FactGroup.SOURCES, most=400, most_entries=20),
)


def _with_languages() -> Iterator[Fact]:
    for fact in _DECLARED:
        yield fact
        for language in TEXT_LANGUAGES[1:] if fact.by_language else ():
            yield replace(
                fact,
                name=f"{fact.name}.{language}",
                of=fact.name,
                language=language,
                by_language=False,
                in_file=f"texts.{language}.{fact.name}",
            )


#: All facts, in the order of the owners' page; texts in other languages follow their own.
FACTS = tuple(_with_languages())
#: Names of what a file of the catalogue states beside facts, and owners set on pages of their own.
STATUS, OPENING_HOURS = "status", "opening_hours"
FACT_NAMES = frozenset(fact.name for fact in FACTS)
_BY_NAME = {fact.name: fact for fact in FACTS}


def fact_named(name: str) -> Fact:
    """Return the declaration of a fact.

    Raises:
        KeyError: there is none of this name.
    """
    return _BY_NAME[name]


def facts_in_group(group: FactGroup) -> tuple[Fact, ...]:
    """Return the facts of a group of the owners' page."""
    return tuple(fact for fact in FACTS if fact.group is group)


def texts_of(values: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the texts in other languages among these values, as they are stored: by language."""
    found: dict[str, dict[str, str]] = {}
    for fact in FACTS:
        if fact.language and values.get(fact.name):
            found.setdefault(fact.language, {})[fact.of] = values[fact.name]
    return found


class FactFault(StrEnum):
    """What can be wrong with the value of a fact."""

    MISSING = "missing"
    TOO_LONG = "too_long"  # most
    TOO_MANY = "too_many"  # most
    TWICE = "twice"  # entry
    UNKNOWN = "unknown"  # entry
    NOT_HTTPS = "not_https"
    NO_PRICE_LIST = "no_price_list"
    NO_POSITION = "no_position"
    ADDRESS_OF_A_PERSON = "address_of_a_person"
    WRONG_TYPE = "wrong_type"


@dataclass(frozen=True)
class FaultyFact:
    """A fact with a value that cannot be stated: its name, what is wrong, and its numbers."""

    name: str
    fault: FactFault
    most: int = 0
    entry: str = ""


_PRICES = {"asking_cost": "asking_prices_url", "use_cost": "use_prices_url"}


def fact_faults(
    values: Mapping[str, Any], offered: Mapping[str, Iterable[str]] | None = None
) -> list[FaultyFact]:
    """Return what is wrong with the values of facts, in the order of `FACTS`, at most one each.

    Names that are no facts are ignored. `offered` has what one may choose from where the
    declaration does not say: the concepts, the focus areas, the hazards.
    """
    found = []
    for fact in FACTS:
        if fact.name in values:
            choices = fact.choices or tuple((offered or {}).get(fact.name, ()))
            fault = _fault(fact, values[fact.name], choices) or _fault_together(fact, values)
            if fault is not None:
                found.append(fault)
    return found


def _fault(fact: Fact, value: Any, choices: Sequence[str]) -> FaultyFact | None:
    if value in (None, "", []):
        return FaultyFact(fact.name, FactFault.MISSING) if fact.needed else None
    if fact.is_list:
        return _list_fault(fact, value, choices)
    if fact.kind is FactKind.POSITION:
        return None if _is_position(value) else FaultyFact(fact.name, FactFault.NO_POSITION)
    if not isinstance(value, str):
        return FaultyFact(fact.name, FactFault.WRONG_TYPE)
    if fact.kind is FactKind.CHOICE:
        known = value in choices
        return None if known else FaultyFact(fact.name, FactFault.UNKNOWN, entry=value)
    if len(value) > fact.most:
        return FaultyFact(fact.name, FactFault.TOO_LONG, most=fact.most)
    if fact.kind is FactKind.LINK and secure_address(value) is None:
        return FaultyFact(fact.name, FactFault.NOT_HTTPS)
    if fact.group is FactGroup.CONTACT and "@" in value:
        return FaultyFact(fact.name, FactFault.ADDRESS_OF_A_PERSON)
    return None


def _list_fault(fact: Fact, value: Any, choices: Sequence[str]) -> FaultyFact | None:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        return FaultyFact(fact.name, FactFault.WRONG_TYPE)
    if len(value) > fact.most_entries:
        return FaultyFact(fact.name, FactFault.TOO_MANY, most=fact.most_entries)
    for at, one in enumerate(value):
        if len(one) > fact.most:
            return FaultyFact(fact.name, FactFault.TOO_LONG, most=fact.most, entry=one[:60])
        if choices and one not in choices:
            return FaultyFact(fact.name, FactFault.UNKNOWN, entry=one)
        if one in value[:at]:
            return FaultyFact(fact.name, FactFault.TWICE, entry=one)
    return None


def _fault_together(fact: Fact, values: Mapping[str, Any]) -> FaultyFact | None:
    """Return that a price list is named and not linked, at the field of the link."""
    cost = next((one for one, url in _PRICES.items() if url == fact.name), None)
    if cost is None or values.get(cost) != Cost.PRICE_LIST or values[fact.name]:
        return None
    return FaultyFact(fact.name, FactFault.NO_PRICE_LIST)


def _is_position(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 3:
        return False
    lat, lon, is_rounded = value
    are_numbers = all(isinstance(one, int | float) and one == one for one in (lat, lon))
    return are_numbers and isinstance(is_rounded, bool) and abs(lat) <= 90 and abs(lon) <= 180


def stored_position(lat: float, lon: float, *, is_rounded: bool) -> list[float | bool]:
    """Return a position as it is stored; of a rounded one the rest is nowhere."""
    decimals = ROUNDED_DECIMALS if is_rounded else _EXACT_DECIMALS
    return [round(lat, decimals), round(lon, decimals), is_rounded]
