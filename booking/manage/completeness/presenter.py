"""What pages call the things that count as stated, and where they are stated."""

from flask_babel import gettext

from booking.rules.completeness import HOURS, PEOPLE
from booking.rules.facts import FactKind, fact_named
from booking.wording.facts import fact_label
from booking.wording.terms import TERM_WORDS


def counted_label(name: str) -> str:
    """Return what something that counts is called."""
    if name == HOURS:
        return gettext("Opening hours")
    return str(TERM_WORDS[PEOPLE].label) if name == PEOPLE else fact_label(name)


def field_id(name: str) -> str:
    """Return the id of the field of a fact on its form."""
    fact = fact_named(name)
    if fact.kind is FactKind.POSITION:
        return "lat"
    return f"{name}-0" if fact.kind in (FactKind.CHOICE, FactKind.CODES) else name
