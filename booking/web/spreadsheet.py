"""Tables for spreadsheets, as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence

from booking.rules.cells import safe_cell


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Return the rows as CSV (RFC 4180); no cell is read as a formula by a spreadsheet."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerows([safe_cell(value) for value in row] for row in rows)
    return text.getvalue()
