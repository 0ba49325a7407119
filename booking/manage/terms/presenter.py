"""The terms of a facility on its owners' pages: what holds, from where, and what that means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext, ngettext

from booking.facilities.effective_terms import Origin
from booking.manage.queries import InheritedTerm, ManagedFacility
from booking.rules.term_declarations import Term, TermGroup
from booking.rules.terms import term_named, terms_in_group
from booking.rules.visibility import CalendarLevel
from booking.wording.terms import GROUP_WORDS, TERM_WORDS


@dataclass(frozen=True)
class TermLine:
    """One term: what it is called, what holds, from where, and what that means for a partner.

    `value` None is not stated. `source` None: the facility states it itself.
    """

    name: str
    label: str
    value: str | None
    source: str | None
    is_demo: bool
    meaning: str


@dataclass(frozen=True)
class TermLines:
    """The lines of one group of terms."""

    name: str
    title: str
    lines: Sequence[TermLine]


def groups_of_terms(managed: ManagedFacility, now: datetime) -> list[TermLines]:
    """Return the terms of a facility that count, in groups."""
    unit = managed.effective.rules.unit
    return [
        TermLines(
            group.value,
            str(GROUP_WORDS[group].title),
            [
                *(room_lines(managed) if group is TermGroup.ROOM else ()),
                *(
                    term_line(managed, term.name, now)
                    for term in terms_in_group(group)
                    if term.only_for in (None, unit)
                ),
            ],
        )
        for group in TermGroup
    ]


def term_line(managed: ManagedFacility, name: str, now: datetime) -> TermLine:
    """Return one term in words."""
    words, rules = TERM_WORDS[name], managed.effective.rules
    value = getattr(rules, name)
    return TermLine(
        name=name,
        label=str(words.label),
        value=None if value is None else words.value(value, rules),
        source=source_of(managed, name),
        is_demo=managed.effective.origins.get(name) is Origin.DEMO,
        meaning=words.meaning(rules, now),
    )


def source_of(managed: ManagedFacility, name: str) -> str | None:
    """Return where a term comes from, in words; None: the facility states it, or it is demo."""
    above = managed.from_where(name) if name in managed.effective.origins else None
    return gettext("as %(facility)s", facility=above) if above else None


def room_lines(managed: ManagedFacility) -> list[TermLine]:
    """Return what has no term of its own: how many places, and whether all of it is given."""
    return [
        TermLine(
            "places", gettext("Places"), _places(managed), None, False, places_meaning(managed)
        ),
        TermLine(
            "extent",
            gettext("Can be requested"),
            _extent(managed),
            None,
            False,
            extent_meaning(managed),
        ),
    ]


def _places(managed: ManagedFacility) -> str:
    number, word = managed.own_places, managed.effective.rules.place_word
    if word:
        return gettext("%(number)s (%(word)s)", number=number, word=word)
    return ngettext("room for %(num)s group", "room for %(num)s groups", number)


def places_meaning(managed: ManagedFacility) -> str:
    """Return what the number of places means for a partner."""
    if not managed.own_places:
        return gettext("Partners can request its parts, or all of it.")
    return ngettext(
        "One group at a time can be there.",
        "%(num)s groups at a time can be there.",
        managed.own_places,
    )


def _extent(managed: ManagedFacility) -> str:
    rules = managed.effective.rules
    if rules.allows_shared and rules.allows_exclusive:
        return gettext("part of it or all of it")
    return gettext("only all of it") if rules.allows_exclusive else gettext("only part of it")


def extent_meaning(managed: ManagedFacility) -> str:
    """Return what a partner can request: places, the whole facility, or both."""
    rules = managed.effective.rules
    if rules.allows_shared and rules.allows_exclusive:
        if managed.has_parts:
            return gettext("A booking of all of it also takes every facility below it.")
        return gettext("Partners choose whether others can be there at the same time.")
    if rules.allows_exclusive:
        return gettext("Only one group can be there at a time.")
    return gettext("Nobody can book all of it for themselves.")


@dataclass(frozen=True)
class TermRow:
    """The hints at the field of one term: what its current value and an empty field mean."""

    name: str
    meaning: str
    empty: str | None


@dataclass(frozen=True)
class TermRows:
    """The fields of one group of terms; `hint` holds for all of them."""

    name: str
    title: str
    hint: str | None
    rows: Sequence[TermRow]


def rows_of_terms(
    managed: ManagedFacility, above: Mapping[str, InheritedTerm], now: datetime
) -> list[TermRows]:
    """Return the hints at the fields of the form of terms, in groups.

    `above` has what would hold if the facility stated nothing itself.
    """
    return [
        TermRows(
            name=group.value,
            title=str(words.title),
            hint=None if words.hint is None else str(words.hint),
            rows=[
                TermRow(
                    term.name,
                    TERM_WORDS[term.name].meaning(managed.effective.rules, now),
                    # The choices of a list say themselves what holds where none is made.
                    None if term.offered else empty_text(managed, term.name, above),
                )
                for term in terms_in_group(group)
            ],
        )
        for group, words in GROUP_WORDS.items()
    ]


def choices_of(
    managed: ManagedFacility, term: Term, above: Mapping[str, InheritedTerm]
) -> list[tuple[Any, str]]:
    """Return the values among which one chooses with their words, the first None: as above."""
    write, rules = TERM_WORDS[term.name].value, managed.effective.rules
    return [
        (None, _as_above_text(managed, term.name, above)),
        *((value, write(value, rules)) for value in term.offered),
    ]


def _as_above_text(managed: ManagedFacility, name: str, above: Mapping[str, InheritedTerm]) -> str:
    """Return what the choice is called that takes what holds above."""
    value = _value_above(managed, name, above)
    if above[name].facility:
        return gettext("as %(facility)s: %(value)s", facility=above[name].facility, value=value)
    if above[name].value is not None:
        return gettext("demo value: %(value)s", value=value)
    return gettext("not stated: %(value)s", value=value)


def empty_text(managed: ManagedFacility, name: str, above: Mapping[str, InheritedTerm]) -> str:
    """Return what an empty field means."""
    value = _value_above(managed, name, above)
    if value is None:
        return str(TERM_WORDS[name].empty or gettext("Empty: not stated."))
    if above[name].facility:
        return gettext(
            "Empty: %(value)s, as %(facility)s.", value=value, facility=above[name].facility
        )
    if above[name].value is not None:
        return gettext("Empty: %(value)s, a demo value.", value=value)
    return gettext("Empty: %(value)s.", value=value)


def _value_above(
    managed: ManagedFacility, name: str, above: Mapping[str, InheritedTerm]
) -> str | None:
    """Return in words what would hold if the facility stated nothing; None: nothing would."""
    value = term_named(name).value_of(above[name].value)
    return None if value is None else TERM_WORDS[name].value(value, managed.effective.rules)


def visibility_lines(managed: ManagedFacility) -> list[tuple[str, str]]:
    """Return for each audience what it sees of the calendar, as pairs of audience and words."""
    facility = managed.facility
    return [
        (gettext("Everyone"), level_word(facility.sees_public)),
        (gettext("People who are signed in"), level_word(facility.sees_signed_in)),
        (gettext("Own cluster"), level_word(facility.sees_own_cluster)),
    ]


def level_word(level: str) -> str:
    """Return what is seen of a calendar."""
    if CalendarLevel(level) is CalendarLevel.BUSY:
        return gettext("sees when it is busy and free")
    return gettext("sees nothing and requests dates")
