"""How much one facility is like another: shared focus areas and what both can do."""

from collections.abc import Iterable

from booking.facilities.folding import fold

_SHORT_WORD = 4
# What half of all facilities offer makes no two of them alike.
_SAY_NOTHING = frozenset(
    {
        "environment",
        "general",
        "knowledge",
        "physical",
        "research",
        "security",
        "services",
        "systems",
        "technologies",
        "testing",
        "tests",
        "training",
    }
)


def capability_words(capabilities: Iterable[str]) -> set[str]:
    """Return the words that say what can be done, folded; short ones say nothing."""
    words = fold(" ".join(capabilities)).replace(",", " ").split()
    return {word for word in words if len(word) > _SHORT_WORD}


def shared_capabilities(own: Iterable[str], others: Iterable[str]) -> list[str]:
    """Return those of the other's capabilities that share a telling word with one's own."""
    words = capability_words(own) - _SAY_NOTHING
    return [text for text in others if words & capability_words([text])]
