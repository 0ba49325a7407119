"""The choices beside the results: what can be chosen, in words, and how much each leaves.

They are written here and not in a template, as a page has hundreds of them. All of a choice but its
number is written once.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from booking.concepts.vocabulary import Vocabulary, present_vocabulary
from booking.search.facet_words import all_of_words, choice_word, group_word
from booking.search.facets import CAPACITIES, CONCEPTS_OF, NOT_STATED, FacetCounts, FilterBy
from booking.wording.translator import language, ngettext

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
Chosen = Mapping[FilterBy, Sequence[str]]


@dataclass(frozen=True)
class FacetPanel:
    """All groups of choices as markup, empty if there is nothing to choose; how many are chosen."""

    groups: Markup
    chosen: int


@dataclass(frozen=True)
class _Box:
    """The box to tick for one choice, all but its number: `ticked` and `open` are its two states.

    `order` is how it is sorted among choices with as many facilities. `above` are the broader
    concepts under which it stands, the first of those that are there.
    """

    text: str
    order: str
    above: Sequence[str]
    open: str
    ticked: str


@dataclass(frozen=True)
class _Choice:
    """One choice with all below it, written; `is_chosen`: it is, or one of those below it."""

    markup: str
    is_chosen: bool


def facet_panel(
    counts: FacetCounts, chosen: Chosen, cluster_names: Mapping[str, str]
) -> FacetPanel:
    """Return the groups of choices that a search leaves.

    Left out are choices without facilities, unless they are chosen, and groups in which there is
    nothing to choose: where all have the same.
    """
    boxes = _Boxes(cluster_names)
    groups, number_chosen = [], 0
    for number, name in enumerate(SHOWN):
        left, on = counts.counts.get(name, {}), chosen.get(name, ())
        if not on and (not left or (len(left) == 1 and counts.total in left.values())):
            continue
        is_open = number < _OPEN or bool(on)
        groups.append(_group(name, _choices(name, left, on, boxes), len(on), is_open=is_open))
        number_chosen += len(on)
    return FacetPanel(Markup("\n".join(groups)), number_chosen)  # noqa: S704  # escaped where made


class _Boxes:
    """The boxes in the reader's language, each written when it is first asked for."""

    def __init__(self, cluster_names: Mapping[str, str]) -> None:
        self._cluster_names = cluster_names
        self._vocabulary = present_vocabulary()
        self.language = str(language())

    def of(self, name: FilterBy, value: str) -> _Box:
        """Return the box for one choice."""
        cluster = self._cluster_names.get(value) if name is FilterBy.CLUSTER else None
        return _box(name, value, cluster, self._vocabulary, self.language)


# Only what the catalogue knows can be chosen, so they are no more than its choices.
@lru_cache(maxsize=16_384)
def _box(
    name: FilterBy, value: str, cluster: str | None, vocabulary: Vocabulary, _language: str
) -> _Box:
    word = choice_word(name, value, {} if cluster is None else {value: cluster})
    text = word[:1].upper() + word[1:]
    order = text.casefold()
    if name is FilterBy.CAPACITY:
        order = str(_BY_SIZE.index(value))
    above = _broader(value, vocabulary) if name in CONCEPTS_OF else ()
    field = escape(f"{name.value}-{value.replace(' ', '_')}")
    box = (
        f'<div class="choice"><input class="form-check-input" type="checkbox" form="find"'
        f' id="{field}" name="{name.value}" value="{escape(value)}"'
    )
    label = f'><label for="{field}"><span>{escape(text)}</span> '
    return _Box(text, order, above, box + label, f"{box} checked{label}")


def _broader(concept: str, vocabulary: Vocabulary) -> Sequence[str]:
    """Return what a concept is a kind of, from near to far: what it says itself comes first."""
    known = vocabulary.concepts.get(concept)
    own = known.broader if known else ()
    return tuple(dict.fromkeys((*own, *vocabulary.with_broader(concept)[1:])))


def _choices(
    name: FilterBy, left: Mapping[str, int], on: Collection[str], boxes: _Boxes
) -> list[_Choice]:
    """Return the choices of one group: what has most facilities first, capacities by size."""
    box_of = {one: boxes.of(name, one) for one in dict.fromkeys((*left, *on))}
    below: dict[str | None, list[str]] = {}
    for value, box in box_of.items():
        above = next((one for one in box.above if one in box_of), None) if box.above else None
        below.setdefault(above, []).append(value)

    def made(value: str) -> _Choice:
        box, is_chosen = box_of[value], value in on
        narrower, is_open = "", is_chosen
        if value in below:
            choices = ordered(below[value])
            is_open = is_chosen or any(one.is_chosen for one in choices)
            narrower = _narrower(box.text, choices, is_open=is_open)
        number = _number(left.get(value, 0), boxes.language)
        markup = f"<li>{box.ticked if is_chosen else box.open}{number}{narrower}</li>"
        return _Choice(markup, is_open)

    def ordered(values: Iterable[str]) -> list[_Choice]:
        if name is FilterBy.CAPACITY:
            by_size = sorted(values, key=lambda one: box_of[one].order)
            return [made(one) for one in by_size]
        return [
            made(one)
            for one in sorted(values, key=lambda one: (-left.get(one, 0), box_of[one].order))
        ]

    return ordered(below.get(None, ()))


@lru_cache(maxsize=16_384)
def _number(count: int, _language: str) -> str:
    """Return how many facilities a choice leaves, behind its box, which it ends."""
    spoken = ngettext("%(num)s facility", "%(num)s facilities", count)
    return (
        f'<span class="facet-count"><span aria-hidden="true">{count}</span>'
        f' <span class="visually-hidden">{escape(spoken)}</span></span></label></div>'
    )


def _narrower(text: str, choices: Sequence[_Choice], *, is_open: bool) -> str:
    number = ngettext("%(num)s narrower", "%(num)s narrower", len(choices))
    return _folded(number, text, choices, is_open=is_open)


def _group(name: FilterBy, choices: Sequence[_Choice], chosen: int, *, is_open: bool) -> str:
    """Return the choices under one heading: the first ones, then the others, which are folded."""
    first, more = choices, []
    # A fold that hides one choice takes as much room as the choice.
    if len(choices) > _FIRST + 1:
        first = [*choices[:_FIRST], *(one for one in choices[_FIRST:] if one.is_chosen)]
        more = [one for one in choices[_FIRST:] if not one.is_chosen]
    label = group_word(name)
    number, folded = "", ""
    if chosen:
        words = ngettext("%(num)s chosen", "%(num)s chosen", chosen)
        number = f' <span class="small muted">{escape(words)}</span>'
    if more:
        folded = _folded(ngettext("%(num)s more", "%(num)s more", len(more)), label, more)
    hint = all_of_words(name) if len(choices) > 1 else None
    how = f'<p class="small muted facet-hint">{escape(hint)}</p>' if hint else ""
    return (
        f'<details class="facet"{" open" if is_open else ""}>'
        f"<summary>{escape(label)}{number}</summary>"
        f'<fieldset><legend class="visually-hidden">{escape(label)}</legend>'
        f"{how}{_listed(first)}{folded}</fieldset></details>"
    )


def _folded(words: str, what: str, choices: Sequence[_Choice], *, is_open: bool = False) -> str:
    """Return choices behind a link with these words; `what` they are is only read out."""
    return (
        f'<details class="facet-more"{" open" if is_open else ""}><summary>{escape(words)}'
        f'<span class="visually-hidden">: {escape(what)}</span></summary>'
        f"{_listed(choices)}</details>"
    )


def _listed(choices: Iterable[_Choice]) -> str:
    return f'<ul class="facet-choices">{"".join(one.markup for one in choices)}</ul>'
