"""Whether a facility is indoors or outdoors, where its name or capabilities tell."""

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from booking.wording.folding import words_in
from booking.wording.translator import lazy_gettext


class Surroundings(StrEnum):
    """Where the work is done. The values are names of icons, too."""

    INDOORS = "indoors"
    OUTDOORS = "outdoors"


_WORDS = {
    Surroundings.INDOORS: lazy_gettext("indoors"),
    Surroundings.OUTDOORS: lazy_gettext("outdoors"),
}
# Phrases as they begin, at the beginning of a word.
_TELLING = {
    Surroundings.INDOORS: (
        *(
            "indoor",
            "hangar",
            "façade hall",
            "test hall",
            "clean room",
            "anechoic chamber",
            "reverberation chamber",
        ),
        *("vacuum chamber", "meeting room", "planning room", "training room"),
        *("immersive room", "simulation room"),
    ),
    Surroundings.OUTDOORS: (
        *("outdoor", "runway", "flights beyond", "night flights", "flight box", "fenced grounds"),
        *("lamp post", "mapped road", "roadside", "driving track", "test ground"),
        *("training ground", "test field", "accident field", "autonomous bus"),
        *("pilot district", "city centre"),
    ),
}


def surroundings(name: str, capabilities: Iterable[str]) -> list[Surroundings]:
    """Return where a facility is, both where both are told; empty where nothing is."""
    return list(_told_in((name, *capabilities)))


# A page shows some twenty facilities, the same ones again and again.
@lru_cache(maxsize=20_000)
def _told_in(texts: tuple[str, ...]) -> tuple[Surroundings, ...]:
    text = words_in(texts)
    return tuple(
        one for one, words in _TELLING.items() if any(f" {word}" in text for word in words)
    )


def surroundings_word(one: Surroundings) -> str:
    """Return the word for it: `indoors`."""
    return str(_WORDS[one])
