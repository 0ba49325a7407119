"""What concepts of the vocabulary are called in the reader's language."""

from collections.abc import Iterable, Mapping

from booking.concepts import vocabulary
from booking.concepts.vocabulary import Facet
from booking.wording.translator import language
from booking.wording.translator import lazy_gettext as _l

_FACETS: Mapping[Facet, object] = {
    Facet.SUBJECT: _l("Subject"),
    Facet.CAPABILITY: _l("Capability"),
    Facet.EQUIPMENT: _l("Equipment"),
    Facet.HAZARD: _l("Hazard"),
    Facet.ACCESS: _l("Access"),
    Facet.SETTING: _l("Indoors or outdoors"),
    Facet.KIND: _l("Kind of facility"),
    Facet.PLACE: _l("Country or city"),
}


def concept_word(concept_id: str) -> str:
    """Return what a concept is called; what is none, such as a capability, unchanged."""
    return vocabulary.concept_word(concept_id, str(language()))


def concept_words(concept_ids: Iterable[str]) -> list[str]:
    """Return what these concepts are called, in their order."""
    return [concept_word(one) for one in concept_ids]


def facet_word(facet: Facet) -> str:
    """Return what a concept of this part of the vocabulary says of a facility."""
    return str(_FACETS[facet])
