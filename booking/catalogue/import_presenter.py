"""What importing a file does, in words: rows, changes and all that is wrong."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from flask_babel import gettext, ngettext

from booking.catalogue.import_file import LARGEST, MOST_ROWS, Problem, Wrong
from booking.catalogue.import_service import ColumnChange, ImportOutcome, RowKind, RowOutcome
from booking.rules.facts import FACT_NAMES
from booking.rules.hours_changes import SPANS_A_DAY
from booking.wording import formats
from booking.wording.facts import fact_fault_text, fact_label, fact_text
from booking.wording.hours import hours_text
from booking.wording.words import status_word


@dataclass(frozen=True)
class ChangeLine:
    """One value: what it is called, what is stored and what the file says."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class RowLine:
    """One row of the check page; `where` names it in the file, `kept` what stays as it is.

    `hours` says from when new hours hold, `affected` which dates they affect.
    """

    number: int
    where: str
    kind: RowKind
    word: str
    name: str
    slug: str
    changes: Sequence[ChangeLine]
    kept: str
    hours: str
    affected: str
    problems: Sequence[str]


@dataclass(frozen=True)
class ImportPage:
    """The check page: counts in words, rows that say something, and what is wrong in the file."""

    counts: str
    rows: Sequence[RowLine]
    same: int
    of_file: Sequence[str]
    problems: int
    not_read: str


def import_page(outcome: ImportOutcome) -> ImportPage:
    """Return what the check page shows."""
    is_table = outcome.file.is_table
    of_rows: dict[int | None, list[str]] = {}
    numbers = {row.number for row in outcome.rows}
    for one in outcome.problems:
        at = one.row if one.row in numbers else None
        of_rows.setdefault(at, []).append(
            problem_text(one, is_table=is_table, in_row=at is not None)
        )
    counts = Counter(row.kind for row in outcome.rows)
    words = [count_text(kind, counts[kind]) for kind in RowKind if counts[kind]]
    return ImportPage(
        counts=formats.listed(words),
        rows=[
            RowLine(
                number=row.number,
                where=where_text(row.number, is_table=is_table),
                kind=row.kind,
                word=kind_text(row.kind),
                name=row.name or row.slug,
                slug=row.slug,
                changes=[_change_line(one) for one in row.changes],
                kept=formats.listed(column_label(one.column) for one in row.kept),
                hours=_hours_text(row),
                affected=_affected_text(row),
                problems=of_rows.get(row.number, ()),
            )
            for row in outcome.rows
            if row.kind is not RowKind.SAME
        ],
        same=counts[RowKind.SAME],
        of_file=of_rows.get(None, ()),
        problems=len(outcome.problems),
        not_read=formats.listed(outcome.file.not_read),
    )


def count_text(kind: RowKind, number: int) -> str:
    """Return how many rows are of a kind."""
    return {
        RowKind.NEW: lambda: ngettext("%(num)s new", "%(num)s new", number),
        RowKind.CHANGED: lambda: ngettext("%(num)s changed", "%(num)s changed", number),
        RowKind.SAME: lambda: ngettext("%(num)s unchanged", "%(num)s unchanged", number),
        RowKind.KEPT: lambda: ngettext("%(num)s kept as it is", "%(num)s kept as they are", number),
        RowKind.ERROR: lambda: ngettext("%(num)s with an error", "%(num)s with errors", number),
    }[kind]()


def kind_text(kind: RowKind) -> str:
    """Return what a row is."""
    return {
        RowKind.NEW: gettext("new"),
        RowKind.CHANGED: gettext("changed"),
        RowKind.SAME: gettext("unchanged"),
        RowKind.KEPT: gettext("kept"),
        RowKind.ERROR: gettext("error"),
    }[kind]


def where_text(number: int, *, is_table: bool) -> str:
    """Return where a row is in its file."""
    if is_table:
        return gettext("Row %(number)s", number=number)
    return gettext("Entry %(number)s", number=number)


def column_label(column: str) -> str:
    """Return what a column is called on pages."""
    own = {
        "part_of": gettext("Part of"),
        "status": gettext("Status"),
        "people": gettext("People"),
        "groups_at_once": gettext("Groups at once"),
        "opening_hours": gettext("Opening hours"),
        "cluster": gettext("Cluster"),
    }
    return own[column] if column in own else fact_label(column)


def file_text(wrong: Wrong) -> str:
    """Return what is wrong with a whole file."""
    return _TEXTS[wrong](Problem(wrong))


def problem_text(problem: Problem, *, is_table: bool, in_row: bool) -> str:
    """Return what is wrong and where; `in_row`: the row is named beside it."""
    what = _TEXTS[problem.wrong](problem)
    if problem.column:
        what = gettext("%(column)s: %(problem)s", column=problem.column, problem=what)
    if in_row or problem.row is None:
        return what
    where = where_text(problem.row, is_table=is_table)
    return gettext("%(where)s: %(problem)s", where=where, problem=what)


def _change_line(change: ColumnChange) -> ChangeLine:
    return ChangeLine(
        column_label(change.column),
        _value(change.column, change.before),
        _value(change.column, change.after),
    )


def _value(column: str, value: Any) -> str:
    if column == "opening_hours":
        return gettext("not stated") if value is None else hours_text(value)
    if value in (None, "", []):
        return gettext("not stated")
    if column == "status":
        return status_word(value)
    return fact_text(column, value) if column in FACT_NAMES else str(value)


def _hours_text(row: RowOutcome) -> str:
    if row.hours_from is None:
        return ""
    return gettext("New hours hold from %(day)s on.", day=formats.day(row.hours_from))


def _affected_text(row: RowOutcome) -> str:
    """Return which dates are outside the new hours, and what becomes of them."""
    if not row.affected:
        return ""
    return ngettext(
        "%(num)s upcoming date is affected. It keeps its place, its people are told, and who "
        "decides on it finds it in the inbox: %(dates)s.",
        "%(num)s upcoming dates are affected. They keep their places, their people are told, and "
        "who decides on them finds them in the inbox: %(dates)s.",
        len(row.affected),
        dates=formats.listed(
            gettext(
                "%(reference)s on %(day)s",
                reference=one.reference,
                day=formats.day(one.starts_at.date()),
            )
            for one in row.affected
        ),
    )


def _unknown_column(problem: Problem) -> str:
    if problem.value:
        return gettext("There is no such column. Do you mean “%(near)s”?", near=problem.value)
    return gettext("There is no such column. Remove it.")


def _dates(problem: Problem) -> str:
    if problem.value:
        return gettext(
            "Upcoming dates are in the way. Resolve them first: %(dates)s.",
            dates=formats.listed(problem.value),
        )
    return gettext("Upcoming dates are in the way. Resolve them first.")


def _no_table(one: Problem) -> str:
    if one.value is None:
        return gettext("This cannot be read. Upload a CSV or JSON as you can download it here.")
    return gettext(
        "This cannot be read from line %(line)s on. Upload a CSV or JSON as you can download it "
        "here.",
        line=one.value,
    )


_TEXTS: Mapping[Wrong, Callable[[Problem], str]] = MappingProxyType(
    {
        Wrong.EMPTY: lambda _: gettext("The file is empty."),
        Wrong.TOO_LARGE: lambda _: gettext(
            "The file is too big: at most %(most)s MB.", most=LARGEST // 2**20
        ),
        Wrong.NOT_UTF8: lambda _: gettext(
            "A letter here is not UTF-8. Save the file as “CSV UTF-8” and upload it again."
        ),
        Wrong.NO_TEXT: lambda _: gettext(
            "This is neither CSV nor JSON. If it is a spreadsheet, save it there as “CSV UTF-8” "
            "and upload that file."
        ),
        Wrong.NO_TABLE: _no_table,
        Wrong.TOO_MANY_ROWS: lambda _: gettext(
            "Too many facilities: at most %(most)s.", most=MOST_ROWS
        ),
        Wrong.UNKNOWN_COLUMN: _unknown_column,
        Wrong.COLUMN_TWICE: lambda _: gettext("This column is there twice."),
        Wrong.NO_SLUG_COLUMN: lambda _: gettext(
            "There is no column “slug”. It says which facility a row is about."
        ),
        Wrong.TOO_MANY_CELLS: lambda _: gettext(
            "There are more cells than columns. Perhaps a text has a comma and no quotation marks."
        ),
        Wrong.NO_NUMBER: lambda one: (
            gettext("“%(value)s” is no value for this column.", value=one.value)
            if one.value
            else gettext("This is no value for this column.")
        ),
        Wrong.UNPRINTABLE: lambda _: gettext(
            "The text contains a character that cannot be shown. Type it again."
        ),
        Wrong.SEVERAL_LINES: lambda _: gettext("Use one line."),
        Wrong.SLUG_FORMAT: lambda _: gettext(
            "Enter up to 80 small letters, digits and single dashes, such as “smoke-room”."
        ),
        Wrong.SLUG_TWICE: lambda one: gettext(
            "The same slug is in row %(number)s already.", number=one.value
        ),
        Wrong.SLUG_ELSEWHERE: lambda _: gettext(
            "A facility of another cluster has this slug. Choose another one."
        ),
        Wrong.SLUG_DRAFTED: lambda _: gettext(
            "A draft of a facility has this slug. Publish or delete it first."
        ),
        Wrong.OTHER_CLUSTER: lambda one: gettext(
            "“%(value)s” is another cluster. Leave its facilities out.", value=one.value
        ),
        Wrong.UNKNOWN_CLUSTER: lambda one: gettext(
            "There is no cluster “%(value)s”.", value=one.value
        ),
        Wrong.UNKNOWN_PARENT: lambda one: gettext(
            "There is no facility “%(value)s” in this cluster or in the file.", value=one.value
        ),
        Wrong.LOOP: lambda one: gettext(
            "Facilities would contain each other: %(slugs)s.", slugs=" → ".join(one.value)
        ),
        Wrong.UNKNOWN_STATUS: lambda one: gettext(
            "“%(value)s” is no status. Enter open, winding-down, planned or closed.",
            value=one.value,
        ),
        Wrong.HOURS: lambda _: gettext(
            "These are no hours. In a table write them like mon-fri 08:00-17:00; sat 09:00-12:00, "
            "or closed. In JSON each entry needs days, from and to."
        ),
        Wrong.HOURS_OVERLAP: lambda _: gettext(
            "Openings overlap, or there are more than %(most)s on a day.", most=SPANS_A_DAY
        ),
        Wrong.FACT: lambda one: fact_fault_text(one.value),
        Wrong.DATES: _dates,
        Wrong.SET_ASIDE: lambda _: gettext(
            "Time is set aside here for organisations. Release it first."
        ),
        Wrong.TERMS: lambda _: gettext(
            "The rules that would hold then contradict those stated here."
        ),
    }
)
