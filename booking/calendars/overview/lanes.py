"""A facility's row as HTML: its lane of bars, and its sentences for narrow screens."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from booking.calendars.drawing.row_markup import WrittenBars, lane, sentence_list, written_lane
from booking.facilities.calendar_cache import text_bytes


@dataclass(frozen=True)
class Lane:
    """A written row. `keys` are the entries of the key that it needs.

    `can_draw`: times can be drawn over its bars.
    """

    lane: Markup
    sentences: Markup
    keys: Collection[str | None]
    can_draw: bool

    @property
    def size(self) -> int:
        """Return about how many bytes it takes."""
        return text_bytes(self.lane, self.sentences)

    def linked_to(self, slug: str, other: str) -> "Lane":
        """Return the lane with the links of its free times leading to another facility's form."""
        old, new = f"?facility={slug}&amp;", f"?facility={other}&amp;"

        def linked(written: Markup) -> Markup:
            # As plain text: the method of markup would escape the new link once more.
            return Markup(str(written).replace(old, new))  # noqa: S704  # a slug has no markup

        return replace(self, lane=linked(self.lane), sentences=linked(self.sentences))


def drawn_lane(bars: Sequence[dict[str, Any]], sentences: Sequence[Any], columns: int) -> Lane:
    """Return the row that these bars and sentences make."""
    return Lane(
        lane=lane(bars, columns),
        sentences=sentence_list(sentences),
        keys=frozenset(bar["key"] for bar in bars),
        can_draw=any(bar.get("drag") for bar in bars),
    )


def lane_of_times(bars: WrittenBars, sentences: Sequence[Any], columns: int) -> Lane:
    """Return the row of a day or week that these bars and sentences make."""
    return Lane(
        lane=written_lane(bars.items, bars.lines, columns),
        sentences=sentence_list(sentences),
        keys=bars.keys,
        can_draw=bars.can_draw,
    )
