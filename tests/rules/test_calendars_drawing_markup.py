"""The HTML of rows: what comes from people is escaped, and bars lie where they should."""

from datetime import datetime

from markupsafe import Markup

from booking.calendars.drawing.picking import DragGrid
from booking.calendars.drawing.row_markup import lane, sentence_list, written_lane

EVIL = '"><script>alert(1)</script>'


def bar(**values: object) -> dict[str, object]:
    plain = {"kind": "busy", "start_col": 1, "span": 4, "text": "", "label": "busy", "url": None}
    return plain | {"line": 1} | values


def test_texts_labels_and_links_of_bars_are_escaped() -> None:
    written = lane([bar(text=EVIL, label=EVIL, url=f"/?a={EVIL}")], 40)
    assert "<script" not in written
    assert written.count("&lt;script&gt;") == 3


def test_names_of_days_over_which_can_be_drawn_are_escaped() -> None:
    grid = DragGrid(datetime.fromisoformat("2027-01-04"), 1440, 1, 1, 1, 0, 1440, 0, days=(EVIL,))
    written = lane([bar(url="/", drag=grid)], 40)
    assert "<script" not in written
    assert 'data-grid="1440 1 1 1 0 1440 0"' in written


def test_a_bar_says_its_kind_column_width_and_line_as_classes() -> None:
    written = lane([bar(kind="too_late", start_col=30, span=2, line=3)], 40)
    assert '<ol class="lane cols-40 lines-3">' in written
    assert '<li class="bar bar-too-late s30 w2 l3 bar-late">' in written


def test_the_present_is_marked_on_the_lane_that_has_it() -> None:
    assert '<li class="now now-here s7" aria-hidden="true"></li>' in written_lane([], 1, 40, 7)
    assert "now-here" not in written_lane([], 1, 40)


def test_sentences_are_escaped_unless_they_are_markup_and_free_ones_are_marked() -> None:
    written = sentence_list([EVIL, (Markup('<a href="/x">free 09:00</a>'), "free")])
    assert "<script" not in written
    assert '<li class="sentence-free"><a href="/x">free 09:00</a></li>' in written
