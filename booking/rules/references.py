"""References of requests, such as "K7M-4QX": short, speakable, and not guessable from a row id."""

import random
import re

# No vowels, so that no words arise; no 0, 1, L, which are easily misread.
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
_PART = 3
_WRITTEN = re.compile(rf"([{ALPHABET}]{{{_PART}}})[\s‐-―−-]*([{ALPHABET}]{{{_PART}}})")


def new_reference(random_source: random.Random) -> str:
    """Return a new random reference; the caller checks that it is not in use."""
    signs = "".join(random_source.choice(ALPHABET) for _ in range(2 * _PART))
    return f"{signs[:_PART]}-{signs[_PART:]}"


def parse_reference(text: str) -> str | None:
    """Return the reference as it is stored, or None if the text cannot be one.

    Small letters, blanks around it, and a missing or another dash are forgiven.
    """
    written = _WRITTEN.fullmatch(text.strip().upper())
    return f"{written[1]}-{written[2]}" if written else None
