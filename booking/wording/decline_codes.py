"""Why dates were declined, in words: for the forms of owners, and for requesters."""

from collections.abc import Mapping
from typing import Any

from booking.rules.decline_codes import DeclineCode
from booking.wording.translator import lazy_gettext

WORDS: Mapping[DeclineCode, Any] = {
    DeclineCode.NO_CAPACITY: lazy_gettext("No capacity at this time"),
    DeclineCode.NOT_SUITABLE: lazy_gettext("The facility is not suitable for this"),
    DeclineCode.SAFETY: lazy_gettext("Safety"),
    DeclineCode.NOT_ELIGIBLE: lazy_gettext("Not open to this organisation or purpose"),
    DeclineCode.MAINTENANCE: lazy_gettext("Maintenance, or no staff available"),
    DeclineCode.INCOMPLETE: lazy_gettext("The request does not say enough"),
    DeclineCode.OTHER: lazy_gettext("Another reason"),
}
"""The words of every code."""


def decline_code_word(code: str) -> str:
    """Return a stored code in words: `No capacity at this time`."""
    return str(WORDS[DeclineCode(code)])


def decline_choices() -> list[tuple[str, Any]]:
    """Return the choices of a form, as pairs of code and words."""
    return [(code.value, words) for code, words in WORDS.items()]
