"""Enlarged to twice the size: the whole page, and text alone."""

import pytest

from tests.browser.survey import MEASURES

CHOSEN = "compare=r2lab&compare=dtu-electromagnetic&compare=sdu-drone-hangar"
PAGES = (
    ("anonymous", "/facilities?what=smoke&first=2027-01-11&last=2027-01-22&people=6"),
    ("anonymous", f"/facilities?hazard=smoke&what=drone&{CHOSEN}"),
    ("anonymous", f"/map?kind=lab&{CHOSEN}"),
    ("anonymous", f"/compare?{CHOSEN.replace('compare', 'facility')}"),
    ("partner", "/facilities/sdu-drone-hangar"),
    ("coordinator", "/manage/facilities/sdu-drone-hangar/facts"),
    ("coordinator", "/manage"),
)
#: A window of 1280 by 900 px at 200 %.
ZOOMED = {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}


@pytest.mark.parametrize("zoom", ["all", "text"])
def test_at_200_percent_nothing_is_wider_than_the_window_cut_off_or_on_something_else(
    visitor, zoom
):
    faults, windows = [], {}
    for role, address in PAGES:
        if role not in windows:
            windows[role] = visitor(role, **(ZOOMED if zoom == "all" else {}))
        page = windows[role]
        page.goto(address)
        if zoom == "text":
            page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
        page.evaluate(MEASURES)
        for measure in ("sideways", "cut", "overlapping"):
            found = page.evaluate(f"measures.{measure}()")
            faults += [f"{address}: {measure}: {fault}" for fault in found]
    assert not faults, "\n".join(faults)
