"""Writes booking/static/europe.svg, the ground under the pins of the clusters.

The outlines come from booking/catalogue/europe-outline.json, which says where it has them from.
The countries that have a cluster are tinted. The colours let light and dark pages shine through.

    python tools/europe_map.py
"""

import json
from pathlib import Path
from xml.sax.saxutils import quoteattr

ROOT = Path(__file__).resolve().parent.parent
OUTLINE = ROOT / "booking" / "catalogue" / "europe-outline.json"
TARGET = ROOT / "booking" / "static" / "europe.svg"
WITH_CLUSTERS = {"Netherlands", "France", "Denmark", "Finland", "Germany"}
LAND = 'fill="#8c8878" fill-opacity=".26"'
TINTED = 'fill="#0b7f9c" fill-opacity=".28"'
BORDER = 'stroke="#faf9f6" stroke-opacity=".6" stroke-width="1.2" stroke-linejoin="round"'


def europe_svg() -> str:
    """Return the map as a picture of its own."""
    outline = json.loads(OUTLINE.read_text(encoding="utf-8"))
    size = f'width="{outline["width"]}" height="{outline["height"]}"'
    box = f'viewBox="0 0 {outline["width"]} {outline["height"]}"'
    paths = [
        f"<path {TINTED if name in WITH_CLUSTERS else LAND} d={quoteattr(path)}/>"
        for name, path in sorted(outline["countries"].items())
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box}><g {BORDER}>'
    return "\n".join([head, *paths, "</g></svg>"]) + "\n"


if __name__ == "__main__":
    TARGET.write_text(europe_svg(), encoding="utf-8")
