"""References of requests: short, speakable, and never a row number."""

import random
import re

# No vowels, so that no word arises by chance; no 0, 1, L, so that nothing is misread.
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
_PART = 3
_WRITTEN = re.compile(rf"([{ALPHABET}]{{{_PART}}})[\s‐-―−-]*([{ALPHABET}]{{{_PART}}})")


def new_reference(random_source: random.Random) -> str:
    """Return a new reference such as "K7M-4QX"; the caller sees to it that it is not in use."""
    signs = "".join(random_source.choice(ALPHABET) for _ in range(2 * _PART))
    return f"{signs[:_PART]}-{signs[_PART:]}"


def parse_reference(text: str) -> str | None:
    """Return the reference as it is stored, or None if the text cannot be one.

    Small letters, blanks around it, and a missing or another dash are forgiven.
    """
    written = _WRITTEN.fullmatch(text.strip().upper())
    return f"{written[1]}-{written[2]}" if written else None
