"""What the pages of facts show: sections of fields, concepts to choose from, lines of changes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext

from booking.clusters.whereabouts import Doubt
from booking.concepts.vocabulary import CONCEPTS, Facet, named_in, spellings
from booking.manage.facts.queries import FactChange, offered_values
from booking.manage.queries import DraftNote
from booking.rules.facts import FACTS, Fact, FactGroup, FactKind, facts_in_group
from booking.rules.names import isolated
from booking.wording import formats
from booking.wording.concepts import concept_word
from booking.wording.facts import (
    FACT_WORDS,
    GROUP_TITLES,
    code_word,
    fact_label,
    fact_text,
    language_name,
)
from booking.wording.translator import lazy_gettext
from booking.wording.words import country_name

_FACETS = {
    Facet.SUBJECT: lazy_gettext("Subjects"),
    Facet.CAPABILITY: lazy_gettext("Capabilities"),
    Facet.EQUIPMENT: lazy_gettext("Equipment"),
    Facet.ACCESS: lazy_gettext("Access"),
    Facet.SETTING: lazy_gettext("Indoors or outdoors"),
}


@dataclass(frozen=True)
class FactRow:
    """A field of the form: its fact, its texts in other languages, and the words around it."""

    fact: Fact
    hint: str
    others: Sequence[Fact]

    @property
    def is_wide(self) -> bool:
        """Return whether it needs all the width."""
        return bool(self.others) or self.fact.kind in (FactKind.CODES, FactKind.POSITION)


@dataclass(frozen=True)
class Section:
    """Facts stated together."""

    id: FactGroup
    title: str
    rows: Sequence[FactRow]


@dataclass(frozen=True)
class ConceptChoice:
    """A concept that may be chosen, and whether it is."""

    id: str
    word: str
    is_chosen: bool


@dataclass(frozen=True)
class ConceptGroup:
    """Concepts shown together; those of `is_open` are in sight."""

    title: str
    is_open: bool
    choices: Sequence[ConceptChoice]


def sections() -> list[Section]:
    """Return all facts in the order of the page."""
    return [
        Section(
            group,
            str(GROUP_TITLES[group]),
            [
                FactRow(
                    fact,
                    str(FACT_WORDS[fact.name].hint or ""),
                    [one for one in FACTS if one.of == fact.name],
                )
                for fact in facts_in_group(group)
                if not fact.language
            ],
        )
        for group in FactGroup
    ]


def labels() -> dict[str, str]:
    """Return what each field is called, by the name of its fact."""
    return {
        fact.name: language_name(fact.language) if fact.language else fact_label(fact.name)
        for fact in FACTS
    }


def field_labels() -> dict[str, str]:
    """Return the same as they are called in a message above the form."""
    return {fact.name: fact_label(fact.name) for fact in FACTS}


def choices_of(values: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """Return what may be chosen at each fact that is chosen, with its words."""
    offered = offered_values(values)
    found = {}
    for fact in FACTS:
        if fact.kind not in (FactKind.CHOICE, FactKind.CODES):
            continue
        word = code_word(fact)
        choices = [(one, word(one)) for one in fact.choices or offered[fact.name]]
        if fact.kind is FactKind.CODES:
            choices.sort(key=lambda one: one[1].casefold())
        elif not fact.needed or not values.get(fact.name):
            choices.insert(0, ("", gettext("not stated")))
        found[fact.name] = choices
    return found


def concept_groups(chosen: Collection[str], capabilities: Iterable[str]) -> list[ConceptGroup]:
    """Return the concepts to choose from: the chosen, those that capabilities name, the rest."""
    named = [one for one in _named(capabilities) if one not in chosen]
    groups = [
        ConceptGroup(
            gettext("Chosen"), True, [ConceptChoice(one, concept_word(one), True) for one in chosen]
        ),
        ConceptGroup(
            gettext("Named by the capabilities above"),
            True,
            [ConceptChoice(one, concept_word(one), False) for one in named],
        ),
    ]
    shown = {*chosen, *named}
    for facet, title in _FACETS.items():
        others = [
            ConceptChoice(one.id, concept_word(one.id), False)
            for one in CONCEPTS.values()
            if one.facet is facet and one.id not in shown
        ]
        others.sort(key=lambda one: one.word.casefold())
        groups.append(ConceptGroup(str(title), False, others))
    return [group for group in groups if group.choices]


def _named(phrases: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for phrase in phrases:
        for folded in spellings(phrase):
            for one in named_in(folded):
                found |= dict.fromkeys(sorted(one.concepts))
    return [one for one in found if CONCEPTS[one].facet in _FACETS]


def draft_text(draft: DraftNote, zone: ZoneInfo) -> str:
    """Return who saved a draft and when."""
    when = formats.zoned_instant(draft.saved_at, zone)
    if draft.is_own:
        return gettext("Saved by you on %(when)s.", when=when)
    if draft.person is None:
        return gettext("Saved by someone else on %(when)s.", when=when)
    return gettext("Saved by %(person)s on %(when)s.", person=isolated(draft.person), when=when)


def draft_facts(draft: DraftNote) -> str:
    """Return the names of the facts that a draft changes."""
    return formats.listed(fact_label(name) for name in draft.names)


def doubt_text(doubt: Doubt, country: str) -> str:
    """Return why coordinates are hardly right, and what to do."""
    if not doubt.country:
        return gettext(
            "These coordinates are in the sea, or far away. Perhaps latitude and longitude are "
            "swapped? If they are right, say so below."
        )
    return gettext(
        "These coordinates are in %(there)s, not in %(here)s. If they are right, say so below.",
        there=country_name(doubt.country),
        here=country_name(country),
    )


@dataclass(frozen=True)
class ChangeLine:
    """One fact in one change, in words; `position` and `name` say which to put back."""

    position: int
    name: str
    label: str
    before: str
    after: str
    by: str
    can_go_back: bool
    is_now: bool


def change_lines(changes: Iterable[FactChange], zone: ZoneInfo) -> list[ChangeLine]:
    """Return changes of facts as lines, times in `zone`."""
    return [
        ChangeLine(
            position=one.position,
            name=one.name,
            label=fact_label(one.name),
            before=fact_text(one.name, one.before),
            after=fact_text(one.name, one.after),
            by=_by(one, zone),
            can_go_back=one.can_go_back,
            is_now=one.is_now,
        )
        for one in changes
    ]


def _by(change: FactChange, zone: ZoneInfo) -> str:
    when = formats.zoned_instant(change.at, zone)
    if change.is_own:
        return gettext("You, %(when)s", when=when)
    if change.by_operator:
        return gettext("The operator of this site, %(when)s", when=when)
    if change.person is None:
        return gettext("Someone else, %(when)s", when=when)
    return gettext("%(person)s, %(when)s", person=isolated(change.person), when=when)


def missing_facts(values: Mapping[str, Any]) -> list[str]:
    """Return what is not stated and could be, in the order of the page.

    Texts in other languages and price lists are left out.
    """
    return [
        fact_label(fact.name)
        for fact in FACTS
        if not fact.language and fact.kind is not FactKind.LINK and not values[fact.name]
    ]
