"""The HTML of a row of a timeline: its lane of bars, and its sentences for narrow screens.

Written here and not in a template, as a page has hundreds of them. What the classes mean stands
in `static/timeline.css`; `_timeline.html` says what a bar has.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from booking.calendars.drawing.picking import DragGrid
from booking.calendars.drawing.sentences import LinkedSentence

# Labels of bars that begin this far to the right open to the left.
_LATE = 0.6


def lane(bars: Sequence[Mapping[str, Any]], columns: int, now_col: int | None = None) -> Markup:
    """Return the bars as a list that lies on a grid of so many columns.

    `now_col` is the column of the present, None where it is not marked on this lane.
    """
    lines = max((bar.get("line", 1) for bar in bars), default=1)
    items = [_bar(bar, bar["start_col"] > columns * _LATE) for bar in bars]
    if now_col:
        items.append(f'<li class="now now-here s{now_col}" aria-hidden="true"></li>')
    inside = "\n".join(items)
    # All that comes from outside is escaped below.
    return Markup(f'<ol class="lane cols-{columns} lines-{lines}">\n{inside}\n</ol>')  # noqa: S704


def sentence_list(sentences: Sequence[str | Markup | LinkedSentence]) -> Markup:
    """Return the sentences as a list; those that come as pairs are marked by their kind."""
    items = [
        f"<li>{escape(one)}</li>"
        if isinstance(one, str)
        else f'<li class="sentence-{one[1]}">{escape(one[0])}</li>'
        for one in sentences
    ]
    return Markup("<ul>\n{}\n</ul>".format("\n".join(items)))  # noqa: S704  # escaped above


def _bar(bar: Mapping[str, Any], is_late: bool) -> str:
    line, url, drag = bar.get("line", 1), bar.get("url"), bar.get("drag")
    classes = f"bar bar-{bar['kind'].replace('_', '-')} s{bar['start_col']} w{bar['span']}"
    if line > 1:
        classes += f" l{line}"
    if is_late:
        classes += " bar-late"
    text = escape(bar["text"]) if bar["text"] else ""
    body = (
        f'<span aria-hidden="true">{text}</span>'
        f'<span class="bar-label">{escape(bar["label"])}</span>'
    )
    if url:
        body = f'<a href="{escape(url)}"{_attributes(drag) if drag else ""}>{body}</a>'
    else:
        body = f'<span class="bar-still">{body}</span>'
    return f'<li class="{classes}">{body}</li>'


def _attributes(drag: DragGrid) -> str:
    """Return the attributes of a bar's link over which times can be drawn."""
    return "".join(
        [
            f' {name}="{value if isinstance(value, int) else escape(value)}"'
            for name, value in drag.data.items()
        ]
    )
