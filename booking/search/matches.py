"""Which of a facility's phrases hold the words somebody searched for."""

from collections.abc import Iterable

from booking.search.normalise import fold
from booking.wording.folding import words_in

# Shorter words than this say too little.
_SHORTEST = 3
# Two phrases are shown if both together are no longer.
_SHORT_ENOUGH = 44


def matched_phrases(text: str, phrases: Iterable[str]) -> list[str]:
    """Return the phrases that hold most words of the text: one, or two short ones."""
    typed = {word for word in words_in([fold(text)]).split() if len(word) >= _SHORTEST}
    counted = [(_hits(typed, phrase), phrase) for phrase in phrases]
    most = max((hits for hits, _ in counted), default=0)
    best = [phrase for hits, phrase in counted if hits == most and hits]
    return best[: 2 if len("".join(best[:2])) <= _SHORT_ENOUGH else 1]


def _hits(typed: Iterable[str], phrase: str) -> int:
    """Return how many of the words the phrase holds; `flight` and `flights` are one."""
    folded = words_in([fold(phrase)])
    return sum(f" {word.removesuffix('s')}" in folded for word in typed)
