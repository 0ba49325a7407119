"""Writes booking/static/timeline-grid.css: the places on a timeline, one class each.

The content security policy forbids style attributes, so a bar has its position by class:
`s5 w8` begins at column 5 and is 8 columns long; `cols-64` gives a lane its columns. A day has
columns of 15 minutes (a day of 25 hours needs 100), a week columns of one hour (169 with the
hour that the clock goes back).

    python tools/grid_css.py
"""

from pathlib import Path

COLUMNS_MAX = 169
TARGET = Path(__file__).resolve().parent.parent / "booking" / "static" / "timeline-grid.css"


def grid_css(columns_max: int = COLUMNS_MAX) -> str:
    """Return the style sheet for lanes of up to `columns_max` columns."""
    lines = ["/* Written by tools/grid_css.py: change it there. */"]
    for number in range(1, columns_max + 1):
        lines.append(
            f".cols-{number}{{--cols:{number}}}"
            f".s{number}{{grid-column-start:{number}}}"
            f".w{number}{{grid-column-end:span {number}}}"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(grid_css(), encoding="utf-8")
