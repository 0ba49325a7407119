"""Facilities side by side: each fact as a row, with what differs and what nobody states."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext, ngettext

from booking.browse.facility_queries import ShownFacility
from booking.facilities.facts import text_in
from booking.rules.facts import fact_named
from booking.rules.opening import local_day
from booking.rules.terms import BookingMode, status_allows
from booking.wording.facts import SETTING_WORDS, code_word, fact_label
from booking.wording.formats import zone_name
from booking.wording.hours import open_lines
from booking.wording.surroundings import surroundings, surroundings_word
from booking.wording.terms import length_text
from booking.wording.translator import language
from booking.wording.words import (
    country_name,
    focus_area_word,
    hazard_word,
    kind_word,
    status_word,
    unit_word,
)


class Cell(NamedTuple):
    """What one facility states of a fact, in lines; without lines it is not stated."""

    lines: Sequence[str] = ()
    is_demo: bool = False


@dataclass(frozen=True)
class ComparedFact:
    """One fact of all facilities, in their order."""

    name: str
    cells: Sequence[Cell]

    @property
    def is_stated(self) -> bool:
        """Return whether at least one of them states it."""
        return any(cell.lines for cell in self.cells)

    @property
    def differs(self) -> bool:
        """Return whether they do not all say the same; what is not stated differs, too."""
        return len({tuple(cell.lines) for cell in self.cells}) > 1


class Comparison(NamedTuple):
    """The facts that at least one facility states, and the names of those that none does."""

    facts: Sequence[ComparedFact]
    not_stated: Sequence[str]

    @property
    def differing(self) -> int:
        """Return how many facts differ."""
        return sum(fact.differs for fact in self.facts)


def comparison(shown: Sequence[ShownFacility], now: datetime) -> Comparison:
    """Return the facts of these facilities, in the order of the page."""
    facts = [
        ComparedFact(str(name()), [cell_of(one, now) for one in shown]) for name, cell_of in _FACTS
    ]
    return Comparison(
        [fact for fact in facts if fact.is_stated],
        [fact.name for fact in facts if not fact.is_stated],
    )


def _not_here() -> Cell:
    return Cell([gettext("cannot be requested here")])


def _text(text: str | None, *, is_demo: bool = False) -> Cell:
    return Cell([text], is_demo) if text else Cell()


def _requested_here(one: ShownFacility) -> bool:
    return one.rules.mode is not BookingMode.ELSEWHERE and status_allows(one.rules.status)


def _kind(one: ShownFacility, _now: datetime) -> Cell:
    return _text(kind_word(one.facility.kind))


def _where(one: ShownFacility, _now: datetime) -> Cell:
    cluster = one.facility.cluster
    town = one.facility.city or cluster.city
    return Cell(
        [gettext("%(town)s, %(country)s", town=town, country=country_name(cluster.country))]
    )


def _capabilities(one: ShownFacility, _now: datetime) -> Cell:
    return Cell(one.facility.capabilities)


def _areas(one: ShownFacility, _now: datetime) -> Cell:
    return Cell([focus_area_word(area) for area in one.facility.areas])


def _surroundings(one: ShownFacility, _now: datetime) -> Cell:
    facility = one.facility
    if facility.setting:
        return _text(str(SETTING_WORDS[facility.setting]))
    found = surroundings(facility.name, facility.capabilities)
    return Cell([surroundings_word(each) for each in found])


def _people(one: ShownFacility, _now: datetime) -> Cell:
    limit = one.rules.people_limit
    if limit is None:
        return Cell()
    text = ngettext("up to %(num)s person", "up to %(num)s people", limit)
    return _text(text, is_demo=one.effective.is_demo("people_limit"))


def _groups(one: ShownFacility, _now: datetime) -> Cell:
    if not one.own_places:
        return Cell()
    return _text(ngettext("%(num)d group at a time", "%(num)d groups at a time", one.own_places))


def _size(one: ShownFacility, _now: datetime) -> Cell:
    return Cell([text for text in (one.facility.size, one.facility.capacity_note) if text])


def _hazards(one: ShownFacility, _now: datetime) -> Cell:
    return Cell([hazard_word(hazard) for hazard in one.facility.hazards])


def _access(one: ShownFacility, _now: datetime) -> Cell:
    return _text(text_in(one.facility, "access_conditions", language() or "en"))


def _stated(name: str) -> Callable[[ShownFacility, datetime], Cell]:
    """Return what reads a fact as the owner states it."""

    def read(one: ShownFacility, _now: datetime) -> Cell:
        value = getattr(one.facility, name)
        if not value:
            return Cell()
        word = code_word(fact_named(name))
        return Cell([word(each) for each in value] if isinstance(value, tuple) else [word(value)])

    return read


def _open(one: ShownFacility, now: datetime) -> Cell:
    hours, note = one.rules.hours, one.facility.opening_hours_note
    if one.rules.mode is BookingMode.ELSEWHERE or hours.spans is None:
        return _text(note)
    lines = list(open_lines(hours, local_day(now, one.rules.zone)))
    return Cell([*lines, zone_name(one.rules.zone)], one.effective.is_demo("spans"))


def _length(one: ShownFacility, _now: datetime) -> Cell:
    if not _requested_here(one):
        return _not_here()
    if one.rules.mode is BookingMode.BY_AGREEMENT:
        return Cell([gettext("by agreement")])
    is_demo = any(map(one.effective.is_demo, ("unit", "minimum_units", "maximum_units")))
    return _text(length_text(one.rules) or unit_word(one.rules.unit), is_demo=is_demo)


def _notice(one: ShownFacility, _now: datetime) -> Cell:
    if not _requested_here(one):
        return _not_here()
    days = one.rules.lead_time_days
    if days is None or one.rules.mode is not BookingMode.HERE:
        return Cell()
    text = ngettext("%(num)d day", "%(num)d days", days) if days else gettext("none needed")
    return _text(text, is_demo=one.effective.is_demo("lead_time_days"))


def _answer(one: ShownFacility, _now: datetime) -> Cell:
    if not _requested_here(one):
        return _not_here()
    days = one.facility.cluster.answer_days
    return _text(ngettext("in %(num)s working day", "in %(num)s working days", days))


def _part_of(one: ShownFacility, _now: datetime) -> Cell:
    return Cell([above.name for above in one.tree.above] or [gettext("nothing larger")])


def _status(one: ShownFacility, _now: datetime) -> Cell:
    return _text(status_word(one.facility.status))


#: Each fact: its name, and what a facility states of it.
_FACTS: Sequence[tuple[Callable[[], str], Callable[[ShownFacility, datetime], Cell]]] = (
    (lambda: gettext("Kind"), _kind),
    (lambda: gettext("Place"), _where),
    (lambda: gettext("What can be done here"), _capabilities),
    (lambda: gettext("Focus areas"), _areas),
    (lambda: gettext("Indoors or outdoors"), _surroundings),
    (lambda: gettext("People"), _people),
    (lambda: gettext("Groups"), _groups),
    (lambda: gettext("Size"), _size),
    (lambda: fact_label("equipment"), _stated("equipment")),
    (lambda: gettext("Hazards"), _hazards),
    (lambda: fact_label("who_may_use"), _stated("who_may_use")),
    (lambda: fact_label("access_mode"), _stated("access_mode")),
    (lambda: gettext("Access"), _access),
    (lambda: fact_label("permits"), _stated("permits")),
    (lambda: fact_label("use_cost"), _stated("use_cost")),
    (lambda: gettext("Open"), _open),
    (lambda: gettext("Length"), _length),
    (lambda: gettext("Notice"), _notice),
    (lambda: gettext("Answer"), _answer),
    (lambda: fact_label("contact_languages"), _stated("contact_languages")),
    (lambda: gettext("Part of"), _part_of),
    (lambda: gettext("Status"), _status),
)
