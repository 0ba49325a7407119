"""A person's copy of their data in words, for the page to read or print."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from booking.privacy.copy import CopiedRows
from booking.wording.personal_data import COLUMN_WORDS, FIELD_WORDS, TABLE_WORDS
from booking.wording.translator import gettext

#: An instant as `copy` writes it.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True)
class ShownRows:
    """One table of the copy: its title, the labels of its columns, and the rows as texts."""

    title: str
    labels: Sequence[str]
    rows: Sequence[Sequence[str]]


def shown_rows(copied: Sequence[CopiedRows]) -> list[ShownRows]:
    """Return the tables of a copy, in words."""
    return [_shown(one) for one in copied]


def _shown(copied: CopiedRows) -> ShownRows:
    names = list(dict.fromkeys(name for row in copied.rows for name in row))
    title = str(TABLE_WORDS[copied.table])
    if role := COLUMN_WORDS.get((copied.table, copied.column)):
        title = gettext("%(what)s: %(role)s", what=title, role=str(role))
    return ShownRows(
        title,
        [str(FIELD_WORDS[name]) for name in names],
        [[_text(row, name) for name in names] for row in copied.rows],
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    match row.get(name):
        case None:
            return ""
        case True:
            return gettext("yes")
        case False:
            return gettext("no")
        case str(text) if _INSTANT.fullmatch(text):
            return f"{text[:10]} {text[11:16]}"
        case value:
            return str(value)
