"""Texts in cells of a table that a spreadsheet opens: none is read as a formula there."""

#: What a cell of a spreadsheet may not begin with, lest it is read as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: str) -> str:
    """Return the text as a cell; `cell_text` gives it back."""
    return f"'{value}" if _is_formula(value) else value


def cell_text(cell: str) -> str:
    """Return the text that `safe_cell` wrote as this cell."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell) else cell


def _is_formula(value: str) -> bool:
    """Return whether it would be read as a formula, also without apostrophes before it.

    So a text that begins with an apostrophe and a sign gets another one, and can be read again.
    """
    return value.lstrip("'").startswith(_FORMULA)
