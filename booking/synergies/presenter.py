"""What the pages of synergies show, from plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from booking.concepts.subjects import HELD_FACETS
from booking.concepts.vocabulary import CONCEPTS
from booking.search.unmet import Lack, Unmet
from booking.wording.concepts import concept_word
from booking.wording.formats import listed
from booking.wording.words import country_name


@dataclass(frozen=True)
class UnmetLine:
    """What was searched for, in words; ``concept` as in `Unmet`."""

    words: str
    concept: str
    where: str
    days: int
    searches: int

    @property
    def has_page(self) -> bool:
        """Return whether there is a page of who offers it."""
        return bool(self.concept) and CONCEPTS[self.concept].facet in HELD_FACETS


def unmet_lines(found: Sequence[Unmet], lack: Lack, names: Mapping[str, str]) -> list[UnmetLine]:
    """Return the lines of one kind; `names` has clusters by their slugs."""
    return [
        UnmetLine(
            concept_word(one.concept) if one.concept else gettext("“%(text)s”", text=one.text),
            one.concept,
            listed(names.get(place) or country_name(place) for place in one.where),
            one.days,
            one.searches,
        )
        for one in found
        if one.lack is lack
    ]
