"""The HTML of a row of a timeline: its lane of bars, and its sentences for narrow screens.

Written here and not in a template, as a page has hundreds of them. What the classes mean stands
in `static/timeline.css`; `_timeline.html` says what a bar has.
"""

from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from markupsafe import Markup

from booking.calendars.drawing.picking import DragGrid

#: A sentence with its kind: "free" or "other".
LinkedSentence = tuple[Markup, str]
# Labels of bars that begin this far to the right open to the left.
_LATE = 0.6


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
