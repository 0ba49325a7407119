"""What an erased account is called, and texts without the name of its person."""

import re
from typing import Any

#: Stands wherever the name stood.
FORMER_MEMBER = "A former member"
#: RFC 2606: no mail goes there.
_DOMAIN = "@erased.invalid"


def erased_email(key: str) -> str:
    """Return the address of an erased account; `key` is random."""
    return f"{key}{_DOMAIN}"


def is_erased(email: str) -> bool:
    """Return whether this is the address of an erased account."""
    return email.endswith(_DOMAIN)


def without_names(value: Any, names: tuple[str, ...]) -> Any:
    """Return a text, or JSON, in which "a former member" stands for these names and addresses.

    Whole words only, upper and lower case alike.
    """
    if isinstance(value, str):
        for name in names:
            value = re.sub(
                rf"(?<!\w){re.escape(name)}(?!\w)", FORMER_MEMBER, value, flags=re.IGNORECASE
            )
        return value
    if isinstance(value, list):
        return [without_names(one, names) for one in value]
    if isinstance(value, dict):
        return {key: without_names(one, names) for key, one in value.items()}
    return value
