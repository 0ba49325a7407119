"""Reading a file with facilities of a cluster, as the export writes it: CSV or JSON.

Nothing here looks into the database. All that is wrong is found at once, each with its row and
column.
"""

import csv
import io
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from booking.catalogue.facts import OWN_KEYS, facts_stated, unknown_keys
from booking.catalogue.table import COLUMNS, NOT_READ, read_cell
from booking.rules.cells import cell_text
from booking.rules.facts import FACTS, FactKind, fact_named

#: So large a file is read at most.
LARGEST = 1024 * 1024
MOST_ROWS = 2000
#: How a spreadsheet, another archive, a PDF and UTF-16 begin: not each of their bytes is a mistake.
_OTHER_FORMATS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\xff\xfe", b"\xfe\xff")


class Wrong(StrEnum):
    """What can be wrong with a file or a row of it; `value` is named with it."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NO_TEXT = "no_text"
    NO_TABLE = "no_table"  # the value: in which line of a JSON, or None
    TOO_MANY_ROWS = "too_many_rows"
    UNKNOWN_COLUMN = "unknown_column"  # the nearest one
    COLUMN_TWICE = "column_twice"
    NO_SLUG_COLUMN = "no_slug_column"
    TOO_MANY_CELLS = "too_many_cells"
    NO_NUMBER = "no_number"
    UNPRINTABLE = "unprintable"
    SEVERAL_LINES = "several_lines"
    SLUG_FORMAT = "slug_format"
    SLUG_TWICE = "slug_twice"  # the row of the first
    SLUG_ELSEWHERE = "slug_elsewhere"
    SLUG_DRAFTED = "slug_drafted"
    OTHER_CLUSTER = "other_cluster"
    UNKNOWN_CLUSTER = "unknown_cluster"
    UNKNOWN_PARENT = "unknown_parent"
    LOOP = "loop"  # the slugs in it
    UNKNOWN_STATUS = "unknown_status"
    HOURS = "hours"
    HOURS_OVERLAP = "hours_overlap"
    FACT = "fact"  # a FaultyFact
    DATES = "dates"  # the references of those the reader may know
    SET_ASIDE = "set_aside"
    TERMS = "terms"


@dataclass(frozen=True)
class Problem:
    """What is wrong: in which row (None: the file) and column ("": the row)."""

    wrong: Wrong
    row: int | None = None
    column: str = ""
    value: Any = ""


@dataclass(frozen=True)
class Row:
    """One facility of the file: its number there, and what is stated, by the name of the column.

    What a file leaves out is not among `stated`.
    """

    number: int
    slug: str
    stated: Mapping[str, Any]


@dataclass
class ReadFile:
    """What was read. `is_table`: rows are lines of a CSV, else entries of a JSON.

    `not_read` are columns that say what follows from others.
    """

    is_table: bool
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    not_read: tuple[str, ...] = ()


def read_file(content: bytes) -> ReadFile:
    """Return what a file states."""
    if len(content) > LARGEST:
        return ReadFile(is_table=True, problems=[Problem(Wrong.TOO_LARGE)])
    if content.startswith(_OTHER_FORMATS):
        return ReadFile(is_table=True, problems=[Problem(Wrong.NO_TEXT)])
    problems: list[Problem] = []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The rest is read all the same, so that everything wrong is said at once.
        row = content.count(b"\n", 0, error.start) + 1
        problems.append(Problem(Wrong.NOT_UTF8, row))
        text = content.decode("latin-1")
    if not text.strip():
        return ReadFile(is_table=True, problems=[Problem(Wrong.EMPTY)])
    found = _read_json(text) if text.lstrip()[0] in "{[" else _read_table(text)
    if len(found.rows) > MOST_ROWS:
        problems.append(Problem(Wrong.TOO_MANY_ROWS))
        found.rows = []
    found.problems = [*problems, *found.problems, *_problems_of_texts(found.rows)]
    return found


def _read_table(text: str) -> ReadFile:
    found = ReadFile(is_table=True)
    first_line = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        heading = [one.strip() for one in next(reader)]
        found.problems += _problems_of_heading(heading)
        found.not_read = tuple(one for one in heading if one in NOT_READ)
        number = reader.line_num + 1
        for cells in reader:
            if any(one.strip() for one in cells):
                _add_line(found, heading, cells, number)
            number = reader.line_num + 1
    except csv.Error:
        found.problems.append(Problem(Wrong.NO_TABLE, reader.line_num, value=None))
    return found


def _problems_of_heading(heading: Sequence[str]) -> Iterator[Problem]:
    known = [*COLUMNS, *NOT_READ]
    if "slug" not in heading:
        yield Problem(Wrong.NO_SLUG_COLUMN, 1)
    for at, name in enumerate(heading):
        if name and name in heading[:at]:
            yield Problem(Wrong.COLUMN_TWICE, 1, name)
        elif name not in known:
            near = get_close_matches(name, known, n=1)
            yield Problem(Wrong.UNKNOWN_COLUMN, 1, name, near[0] if near else "")


def _add_line(found: ReadFile, heading: Sequence[str], cells: Sequence[str], number: int) -> None:
    if any(one.strip() for one in cells[len(heading) :]):
        found.problems.append(Problem(Wrong.TOO_MANY_CELLS, number))
    stated: dict[str, Any] = {}
    for name, cell in zip(heading, cells, strict=False):
        if name not in COLUMNS:
            continue
        try:
            stated[name] = read_cell(name, cell_text(cell))
        except ValueError:
            wrong = Wrong.HOURS if name == "opening_hours" else Wrong.NO_NUMBER
            found.problems.append(Problem(wrong, number, name, cell[:40]))
    found.rows.append(Row(number, stated.pop("slug", None) or "", stated))


def _read_json(text: str) -> ReadFile:
    found = ReadFile(is_table=False)
    try:
        content = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        found.problems.append(Problem(Wrong.NO_TABLE, value=getattr(error, "lineno", None)))
        return found
    entries = content.get("facilities") if isinstance(content, dict) else content
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        found.problems.append(Problem(Wrong.NO_TABLE, value=None))
        return found
    for number, entry in enumerate(entries, start=1):
        for key in unknown_keys(entry):
            near = get_close_matches(key, [*OWN_KEYS, *(fact.key for fact in FACTS)], n=1)
            found.problems.append(
                Problem(Wrong.UNKNOWN_COLUMN, number, key, near[0] if near else "")
            )
        stated, wrong = _stated_in(entry)
        found.problems += [Problem(Wrong.NO_NUMBER, number, name) for name in wrong]
        slug = entry.get("slug")
        found.rows.append(Row(number, slug if isinstance(slug, str) else "", stated))
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _stated_in(entry: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return what an entry of a JSON states by column, and the columns that are no such value."""
    stated, wrong = facts_stated(entry), []
    capacity = entry.get("capacity")
    inside = capacity if isinstance(capacity, dict) else {}
    for column, where, key in (
        ("people", inside, "people"),
        ("groups_at_once", inside, "simultaneous_groups"),
        ("part_of", entry, "parent"),
        ("cluster", entry, "cluster"),
        ("status", entry, "status"),
        ("opening_hours", entry, "opening_hours"),
    ):
        if key in where:
            value = where[key]
            kinds = {"people": int, "groups_at_once": int, "opening_hours": list}
            kind = kinds.get(column, str)
            if value is not None and (not isinstance(value, kind) or value is True):
                wrong.append(column)
            else:
                # Hours without an entry are stated: it is open on no day.
                stated[column] = value if column == "opening_hours" else value or None
    return stated, wrong


_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def _problems_of_texts(rows: Sequence[Row]) -> Iterator[Problem]:
    """Yield texts with what cannot be shown or stored, and lines that are several."""
    for row in rows:
        for name, value in row.stated.items():
            texts = value if isinstance(value, list) else [value]
            texts = [one for one in texts if isinstance(one, str)]
            if any(
                unicodedata.category(one) in _UNPRINTABLE
                for text in texts
                for one in set(text.replace("\r\n", "\n")) - {"\n", "\t"}
            ):
                yield Problem(Wrong.UNPRINTABLE, row.number, name)
            elif any("\n" in one for one in texts) and not _may_have_lines(name):
                yield Problem(Wrong.SEVERAL_LINES, row.number, name)


def _may_have_lines(name: str) -> bool:
    return name in _FACT_NAMES and fact_named(name).kind is FactKind.TEXT


_FACT_NAMES = {fact.name for fact in FACTS}


def tidy(value: Any) -> Any:
    """Return a value with its texts trimmed and composed, as forms store them."""
    if isinstance(value, str):
        return _tidy_text(value) or None
    if isinstance(value, list):
        return [_tidy_text(one) if isinstance(one, str) else one for one in value]
    return value


def _tidy_text(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip(" \t\n")
    return unicodedata.normalize("NFC", lines)
