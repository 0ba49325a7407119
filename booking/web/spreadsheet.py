"""Tables for spreadsheets, as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence

#: What a cell of a spreadsheet may not begin with, lest it is read as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Return the rows as CSV (RFC 4180); no cell is read as a formula by a spreadsheet."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
