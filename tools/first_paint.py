"""Prints what people wait for when they open a page for the first time, in Chromium.

    python -m tools.first_paint

For some pages of the demonstration, wide and narrow, in a browser that has kept nothing: when the
largest part is there (LCP, in milliseconds), how far things move while it loads (CLS, 0 is
nothing), and how much is sent, compressed, with and without pictures. Needs Chromium, as
`tools.screenshots` does.
"""

import sys

from playwright.sync_api import Browser

from booking.demo import people
from tools.screenshots import browser_of_pictures, demonstration

PAGES = (
    "/",
    "/facilities?what=smoke",
    "/map",
    "/facilities/uas-denmark",
    "/calendar",
    "/clusters/censec",
    "/synergies",
)
WIDTHS = (1280, 360)
WATCH = """
window.largest = 0; window.moved = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.largest = entry.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.moved += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
MEASURE = """() => {
  const parts = ["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type));
  const bytes = (some) => some.reduce((sum, part) => sum + part.encodedBodySize, 0);
  const isPicture = (part) => /[.](svg|png|webp)([?]|$)/.test(part.name);
  return [largest, moved, bytes(parts.filter((part) => !isPicture(part))), bytes(parts)];
}"""


def main() -> int:
    """Print a line for each page and width; return the exit code."""
    print(f"{'page':<28}{'width':>6}{'LCP ms':>8}{'CLS':>7}{'kB':>7}{'with pictures':>15}")
    with demonstration(people.new_password()) as address, browser_of_pictures() as browser:
        for path in PAGES:
            for width in WIDTHS:
                largest, moved, lean, whole = _opened(browser, address + path, width)
                print(
                    f"{path:<28}{width:>6}{largest:>8.0f}{moved:>7.3f}"
                    f"{lean / 1000:>7.1f}{whole / 1000:>15.1f}"
                )
    return 0


def _opened(browser: Browser, url: str, width: int) -> list[float]:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(url)
    page.wait_for_load_state("networkidle")
    measured: list[float] = page.evaluate(MEASURE)
    context.close()
    return measured


if __name__ == "__main__":
    sys.exit(main())
