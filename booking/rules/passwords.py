"""Which passwords are accepted: long, not well known, and more than the person's own name.

Length matters most; there are no rules about kinds of characters, and a list of well-known
passwords is refused: NIST SP 800-63B section 5.1.1.2.
"""

import re
from enum import StrEnum

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 128
_FEWEST_DIFFERENT = 5
_FEWEST_BESIDE_NAME = 8
# Shorter parts of a name ("de", "van", "li") are found in any text.
_SHORTEST_PART = 3

# Well-known passwords of at least the minimum length; compared by letters and digits only.
_WELL_KNOWN = frozenset(
    """
    123456789012 1234567890123 12345678901234 123456123456 0123456789012 012345678910
    098765432109 112233445566 qwertyuiop12 qwertyuiop123 qwertyuiopas qwertyuiopasdfghjkl
    qwerty123456 qwerty1234567 qwertyqwerty 1q2w3e4r5t6y 1qaz2wsx3edc qazwsxedcrfv asdfghjkl123
    zaqwsxcderfv abcdefghijkl abcdefgh1234 abcd12345678 abc123abc123 password1234 password12345
    password123456 passwordpassword passw0rd1234 p4ssw0rd1234 mypassword123 mypassword1234
    letmeinletmein letmein12345 letmein123456 welcome12345 welcome123456 welcomewelcome
    administrator administrator1 admin1234567 admin12345678 adminadminadmin changeme1234
    changeme12345 changemechangeme changemeplease iloveyou1234 iloveyou12345 iloveyouiloveyou
    correcthorsebatterystaple trustno1trustno1 sunshine1234 football1234 princess1234 dragon123456
    monkey123456 superman1234 whateverwhatever thisismypassword secretsecret topsecret123
    """.split()  # noqa: SIM905  # sixty quoted words would be harder to read
)


class PasswordProblem(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    WELL_KNOWN = "well_known"
    YOUR_NAME = "your_name"


def password_problem(password: str, *, email: str, name: str) -> PasswordProblem | None:
    """Return why this person may not use this password, or None if they may."""
    if len(password) < MINIMUM_LENGTH:
        return PasswordProblem.TOO_SHORT
    if len(password) > MAXIMUM_LENGTH:
        return PasswordProblem.TOO_LONG
    letters = _letters(password)
    if letters in _WELL_KNOWN or len(set(password)) < _FEWEST_DIFFERENT:
        return PasswordProblem.WELL_KNOWN
    own_words = {email, email.partition("@")[0], name, *re.split(r"[\W_]+", f"{email} {name}")}
    rest = letters
    for word in sorted(map(_letters, own_words), key=len, reverse=True):
        if len(word) >= _SHORTEST_PART:
            rest = rest.replace(word, "")
    if rest != letters and len(rest) < _FEWEST_BESIDE_NAME:
        return PasswordProblem.YOUR_NAME
    return None


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())
