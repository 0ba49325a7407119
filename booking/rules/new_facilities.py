"""What a new facility needs beside its facts: its name in addresses, its place among the others."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from booking.rules.facts import STATUS

#: The statuses with which a facility may begin.
STATUSES = ("open", "planned")
MOST_PLACES = 500
#: The longest name in an address.
LONGEST_SLUG = 80
#: The keys under which a draft keeps them.
PARENT, PLACES = "parent", "places"
#: And those of what owners set on pages of their own: hours as the log keeps them, terms by name.
WEEKLY_HOURS, SPECIAL_DAYS, TERMS = "weekly_hours", "special_days", "terms"

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NO_WORD = re.compile(r"[^a-z0-9]+")
# Letters that Unicode does not take apart.
_PLAIN = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"})


@dataclass(frozen=True)
class Setup:
    """What a new facility is part of (a slug or ""), how many places it has, its status."""

    parent: str
    places: int
    status: str

    def content(self) -> dict[str, Any]:
        """Return it as a draft keeps it."""
        return {PARENT: self.parent, PLACES: self.places, STATUS: self.status}


def is_slug(text: str) -> bool:
    """Return whether a text may name a facility in addresses."""
    return len(text) <= LONGEST_SLUG and _SLUG.fullmatch(text) is not None


def slug_of(name: str) -> str:
    """Return a name as an address has it: `Hal 3, Ørsted` becomes `hal-3-orsted`; "" if it cannot.

    Accents are left out, and so is what is no Latin letter.
    """
    plain = unicodedata.normalize("NFKD", name.lower().translate(_PLAIN))
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return _NO_WORD.sub("-", letters).strip("-")[:LONGEST_SLUG].rstrip("-")
