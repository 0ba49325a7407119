"""The HTML of a row of a timeline: its lane of bars, and its sentences for narrow screens.

Written here and not in a template, as a page has hundreds of them. What the classes mean stands
in `static/timeline.css`; `_timeline.html` says what a bar has.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from html import escape as escape_html
from typing import Any, NamedTuple

from markupsafe import Markup

from booking.calendars.drawing.picking import DragGrid
from booking.wording.translator import gettext as _

#: A sentence with its kind: "free" or "other".
LinkedSentence = tuple[Markup, str]
# Labels of bars that begin this far to the right open to the left.
_LATE = 0.6

# A page writes the same times and words thousands of times.
escape = lru_cache(maxsize=8_192)(escape_html)


class BarColumns(NamedTuple):
    """Where a bar lies: its first column (from 1), how many it has, and how many there are."""

    start: int
    span: int
    all: int

    @property
    def share(self) -> float:
        """Return the share of the lane that it covers."""
        return self.span / self.all


class WrittenBars(NamedTuple):
    """The bars of a row on so many lines, written. `keys` are the entries of the key for them.

    `can_draw`: times can be drawn over some of them.
    """

    items: Sequence[str]
    lines: int
    keys: Collection[str | None]
    can_draw: bool


def lane(bars: Sequence[Mapping[str, Any]], columns: int) -> Markup:
    """Return the bars as a list that lies on a grid of so many columns."""
    items = [
        written_bar(
            bar["kind"],
            BarColumns(bar["start_col"], bar["span"], columns),
            bar.get("line", 1),
            text=bar["text"],
            label=bar["label"],
            url=bar.get("url"),
            drag=bar.get("drag"),
        )
        for bar in bars
    ]
    return written_lane(items, max((bar.get("line", 1) for bar in bars), default=1), columns)


def written_lane(
    items: Sequence[str], lines: int, columns: int, now_col: int | None = None
) -> Markup:
    """Return written bars as `lane` does.

    `now_col` is the column of the present, None where it is not marked on this lane.
    """
    if now_col:
        items = [*items, f'<li class="now now-here s{now_col}" aria-hidden="true"></li>']
    inside = "\n".join(items)
    # `written_bar` has escaped all that comes from outside.
    return Markup(f'<ol class="lane cols-{columns} lines-{lines}">\n{inside}\n</ol>')  # noqa: S704


def grid_row(row: Mapping[str, Any], axis: Mapping[str, Any]) -> Markup:
    """Return the row of a facility in the grid, as `_timeline.html` describes the two."""
    fold, name, notes = row.get("fold"), _name(row), ""
    if fold:
        name = f"{fold_link(row, label=fold['label'])}\n{name}"
        if fold["note"]:
            notes = f'\n<span class="timeline-group-note">{escape(fold["note"])}</span>'
    if row.get("now_col"):
        now = escape(_("It is %(time)s now.", time=axis["now_text"]))
        notes += f'\n<span class="visually-hidden">{now}</span>'
    anchor = row.get("anchor")
    on = f' id="{escape(anchor)}"' if anchor else ""
    written = row.get("lane") or lane(row["bars"], axis["columns"])
    return Markup(  # noqa: S704  # escaped here and where the lane is written
        f'<tr class="timeline-row"{on}>\n'
        f'<th scope="row" class="depth-{row.get("depth") or 0}">'
        f'<span class="timeline-name">{name}</span>{notes}</th>\n'
        f"<td>{written}</td>\n</tr>"
    )


def list_row(row: Mapping[str, Any], level: int) -> Markup:
    """Return the section of a facility in the list, under a heading of this level."""
    fold, parts = row.get("fold"), ""
    if fold:
        note = fold["note"]
        link = fold_link(row, text=note or _("Parts"), label=None if note else fold["label"])
        parts = f'<p class="timeline-list-parts">{link}</p>\n'
    said = row.get("said") or sentence_list(row["sentences"])
    return Markup(  # noqa: S704  # escaped here and where the sentences are written
        f'<section class="timeline-list-row">\n<div>\n'
        f'<h{level} class="timeline-list-name">{_name(row)}</h{level}>\n{parts}</div>\n'
        f"{said}\n</section>"
    )


def fold_link(row: Mapping[str, Any], *, text: str = "", label: str | None = None) -> Markup:
    """Return the sign that folds and unfolds a row, with its text; `label` says what it folds.

    `label` None: the text says it.
    """
    fold = row["fold"]
    said = f' aria-label="{escape(label)}"' if label else ""
    return Markup(  # noqa: S704  # escaped here
        f'<a class="fold" href="{escape(fold["url"])}" data-row="{escape(row["anchor"])}"'
        f' aria-expanded="{"true" if fold["is_open"] else "false"}"{said}>'
        f'<span class="fold-sign" aria-hidden="true"></span>{escape(text)}</a>'
    )


def _name(row: Mapping[str, Any]) -> str:
    name, url = escape(row["name"]), row.get("url")
    return f'<a href="{escape(url)}">{name}</a>' if url else name


def sentence_list(sentences: Sequence[str | Markup | LinkedSentence]) -> Markup:
    """Return the sentences as a list; those that come as pairs are marked by their kind."""
    items = [
        f"<li>{_said(one)}</li>"
        if isinstance(one, str)
        else f'<li class="sentence-{one[1]}">{_said(one[0])}</li>'
        for one in sentences
    ]
    return Markup("<ul>\n{}\n</ul>".format("\n".join(items)))  # noqa: S704  # escaped above


def _said(sentence: str | Markup) -> str:
    return str(sentence) if isinstance(sentence, Markup) else escape(sentence)


def written_bar(
    kind: str,
    columns: BarColumns,
    line: int,
    *,
    text: str,
    label: str,
    url: str | None = None,
    drag: DragGrid | None = None,
) -> str:
    """Return a bar with its short text and the whole of it, `label`, all escaped."""
    classes = f"bar bar-{kind.replace('_', '-')} s{columns.start} w{columns.span}"
    if line > 1:
        classes += f" l{line}"
    if columns.start > columns.all * _LATE:
        classes += " bar-late"
    body = (
        f'<span aria-hidden="true">{escape(text) if text else ""}</span>'
        f'<span class="bar-label">{escape(label)}</span>'
    )
    if url:
        body = f'<a href="{escape(url)}"{_attributes(drag) if drag else ""}>{body}</a>'
    else:
        body = f'<span class="bar-still">{body}</span>'
    return f'<li class="{classes}">{body}</li>'


def _attributes(drag: DragGrid) -> str:
    """Return the attributes of a bar's link over which times can be drawn."""
    return "".join([f' {name}="{escape(value)}"' for name, value in drag.data.items()])


#: What `_timeline.html` calls by these names.
TEMPLATE_FUNCTIONS = (fold_link, grid_row, lane, list_row, sentence_list)
