"""The choices beside the results: what can be chosen, in words, and how much each leaves."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import get_template_attribute
from flask_babel import get_locale
from markupsafe import Markup

from booking.concepts.vocabulary import CONCEPTS, with_broader
from booking.facilities.calendar_cache import text_bytes, written_once
from booking.search.facet_words import all_of_words, choice_word, group_word
from booking.search.facets import CAPACITIES, CONCEPTS_OF, NOT_STATED, FacetCounts, FilterBy

#: The groups in their order, and how many of them are open as they come.
SHOWN = (
    FilterBy.SUBJECT,
    FilterBy.CAPABILITY,
    FilterBy.KIND,
    FilterBy.COUNTRY,
    FilterBy.CLUSTER,
    FilterBy.CITY,
    FilterBy.SETTING,
    FilterBy.HAZARD,
    FilterBy.EQUIPMENT,
    FilterBy.CAPACITY,
    FilterBy.ACCESS,
    FilterBy.STATUS,
)
_OPEN = 4
_FIRST = 6
_BY_SIZE = [*CAPACITIES, NOT_STATED]


@dataclass(frozen=True)
class Choice:
    """One choice: its value, in words, how many facilities it leaves, and the box to tick.

    `narrower` are choices of which this one is the broader one.
    """

    value: str
    text: str
    count: int
    is_chosen: bool
    box: Markup
    narrower: Sequence["Choice"] = ()

    @property
    def is_chosen_below(self) -> bool:
        """Return whether one of the narrower ones is chosen."""
        return any(one.is_chosen or one.is_chosen_below for one in self.narrower)


@dataclass(frozen=True)
class ChoiceGroup:
    """Choices under one heading: the first ones, then `more`, which are folded.

    `hint` says where a facility needs all that is ticked.
    """

    name: str
    label: str
    first: Sequence[Choice]
    more: Sequence[Choice]
    is_open: bool
    chosen: int
    hint: str | None = None


def choice_groups(
    counts: FacetCounts,
    chosen: Mapping[FilterBy, Sequence[str]],
    cluster_names: Mapping[str, str],
) -> list[ChoiceGroup]:
    """Return the groups of choices that a search leaves.

    Left out are choices without facilities, unless they are chosen, and groups in which there is
    nothing to choose: where all have the same.
    """
    groups = []
    for number, name in enumerate(SHOWN):
        left, on = counts.counts.get(name, {}), chosen.get(name, ())
        if not on and (not left or (len(left) == 1 and counts.total in left.values())):
            continue
        choices = _choices(name, left, on, cluster_names)
        kept = [one for one in choices[_FIRST:] if one.is_chosen or one.is_chosen_below]
        # A fold that hides one choice takes as much room as the choice.
        first = choices if len(choices) <= _FIRST + 1 else [*choices[:_FIRST], *kept]
        groups.append(
            ChoiceGroup(
                name=name.value,
                label=group_word(name),
                first=first,
                more=[one for one in choices if one not in first],
                is_open=number < _OPEN or bool(on),
                chosen=len(on),
                hint=all_of_words(name) if len(choices) > 1 else None,
            )
        )
    return groups


def _choices(
    name: FilterBy,
    left: Mapping[str, int],
    on: Collection[str],
    cluster_names: Mapping[str, str],
) -> list[Choice]:
    """Return the choices of one group: what has most facilities first, capacities by size."""
    values = dict.fromkeys([*left, *on])
    parents = _parents(values) if name in CONCEPTS_OF else {}

    def made(value: str) -> Choice:
        below = ordered(one for one, parent in parents.items() if parent == value)
        text = choice_word(name, value, cluster_names)
        text = text[:1].upper() + text[1:]
        count, is_chosen = left.get(value, 0), value in on
        box = _box(name, value, text, count, is_chosen=is_chosen)
        return Choice(value, text, count, is_chosen, box, below)

    def ordered(among: Iterable[str]) -> list[Choice]:
        choices = [made(one) for one in among]
        if name is FilterBy.CAPACITY:
            return sorted(choices, key=lambda one: _BY_SIZE.index(one.value))
        return sorted(choices, key=lambda one: (-one.count, one.text.casefold()))

    return ordered(one for one in values if one not in parents)


def _box(name: FilterBy, value: str, text: str, count: int, *, is_chosen: bool) -> Markup:
    """Return the box to tick; a page has hundreds, and many searches have the same."""
    key = "box of a choice", str(get_locale()), name, value, text, count, is_chosen

    def draw(_key: Hashable) -> Markup:
        macro = get_template_attribute("search/_find.html", "facet_box")
        drawn: Markup = macro(name.value, value, text, count, is_chosen)
        return drawn

    return written_once([key], draw, text_bytes)[0]


def _parents(values: Collection[str]) -> dict[str, str]:
    """Return under which other value each of these concepts stands, where there is one."""
    found = {}
    for value in values:
        known = CONCEPTS[value].broader if value in CONCEPTS else ()
        above = next((one for one in known if one in values), None)
        # Else the nearest one above that is there.
        above = above or next((one for one in with_broader(value)[1:] if one in values), None)
        if above is not None:
            found[value] = above
    return found
