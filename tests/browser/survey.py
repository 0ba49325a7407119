"""Measuring a page on wide and narrow screens, in light and dark.

Most pages are made of what other pages have too, and to look for faults of accessibility takes
longest by far. So only what is of a kind that no page before it had is looked at, with all that is
in it; the long lane looks at every page whole.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import axe_playwright_python.base
from playwright.sync_api import ConsoleMessage, Page, Request, Response

from tests.lanes import IS_LONG

AXE = Path(axe_playwright_python.base.__file__).with_name("axe.min.js").read_text()
MEASURES = Path(__file__).with_name("measures.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
#: What the width and colours of a page change; the long lane tries all rules again.
CHANGED_BY_WIDTH = ["color-contrast", "target-size"]
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 360, "height": 780}
SERVER_ERROR = 500
# What may differ between pages that look the same.
_MAIN = re.compile(r"<main.*</main>", re.DOTALL)
_PASSING = re.compile(r'name="(csrf_token|idempotency_key)" value="[^"]*"|[?]next=[^"]*')
# What phones get in another form, so that its colours are seen on wide screens only.
_ONLY_WIDE = ".timeline, .month, .decision-day-wide"
# A browser writes this for every answer that is not a success, whatever the page is like.
_STATUS = "Failed to load resource: the server responded with a status of"


@dataclass
class Seen:
    """What was on the pages that are measured: answers, contents, and kinds of elements."""

    answers: set[str] = field(default_factory=set)
    contents: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)


@dataclass
class Survey:
    """What was found wrong, by what it breaks; each fault names its page."""

    address: str
    seen: Seen = field(default_factory=Seen)
    faults: dict[str, list[str]] = field(
        default_factory=lambda: {
            "failing": [],
            "policy": [],
            "accessibility": [],
            "sideways": [],
            "small": [],
            "edges": [],
        }
    )

    def watch(self, page: Page) -> None:
        """Record from now on what fails, console errors, and which hosts the page calls."""

        def note(kind: str, fault: str) -> None:
            self.faults[kind].append(f"{page.url}: {fault}")

        def on_console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and not message.text.startswith(_STATUS):
                note("policy", message.text)

        def on_request(asked: Request) -> None:
            parts = urlsplit(asked.url)
            if parts.scheme != "data" and parts.netloc != urlsplit(self.address).netloc:
                note("policy", f"asks {asked.url}")

        def on_response(answer: Response) -> None:
            if answer.status >= SERVER_ERROR and "/error-page/" not in answer.url:
                note("failing", f"{answer.status} {answer.url}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: note("policy", str(error)))
        page.on("request", on_request)
        page.on("response", on_response)

    def visit(self, page: Page, path: str) -> None:
        """Open and measure a page, unless the same was answered before, such as "sign in"."""
        answer = page.request.get(path)
        if answer.status >= SERVER_ERROR and "/error-page/" not in path:
            self.faults["failing"].append(f"{answer.status} {path}")
        text = answer.text()
        main = _MAIN.search(text)
        content = _PASSING.sub("", main.group() if main else text)
        if content not in self.seen.answers:
            self.seen.answers.add(content)
            page.goto(path)
            self.look(page)

    def look(self, page: Page, what: str = "") -> None:
        """Measure the page that is open, unless its content was measured before."""
        content = _PASSING.sub("", page.locator("main").inner_html())
        if content in self.seen.contents:
            return
        self.seen.contents.add(content)
        name = what or page.url.removeprefix(self.address)
        page.evaluate(MEASURES)
        kinds = set(page.evaluate("measures.kinds()"))
        new = kinds if IS_LONG else kinds - self.seen.kinds
        self.seen.kinds |= kinds
        if new:
            page.evaluate(AXE)
            page.evaluate("(kinds) => { window.lookedAt = measures.of(kinds); }", list(new))
            self._note("accessibility", f"{name} (light)", _axe(page))
        self._note("edges", f"{name} (light)", page.evaluate("measures.edges()"))
        page.emulate_media(color_scheme="dark")
        if new and page.locator(_ONLY_WIDE).count():
            self._note("accessibility", f"{name} (dark)", _axe(page, rules=["color-contrast"]))
        self._note("edges", f"{name} (dark)", page.evaluate("measures.edges()"))
        page.set_viewport_size(NARROW)
        if new:
            rules = None if IS_LONG else CHANGED_BY_WIDTH
            self._note("accessibility", f"{name} (dark, narrow)", _axe(page, rules=rules))
        self._note("sideways", name, page.evaluate("measures.sideways()"))
        self._note("small", name, page.evaluate("measures.small()"))
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(WIDE)
        self._note("small", f"{name} (wide)", page.evaluate("measures.small()"))

    def _note(self, kind: str, name: str, faults: list[str]) -> None:
        self.faults[kind] += [f"{name}: {fault}" for fault in faults]


# How long a bar is says how long its time is (WCAG 2.5.8: essential); the list has the same links.
# So only the height of bars is measured, with the other sizes.
RUN_AXE = """async (options) => {
  const where = window.lookedAt ? { include: window.lookedAt } : document;
  const { violations } = await axe.run(where, options);
  const counts = ({ id }, node) =>
    id !== "target-size" || !document.querySelector(node.target[0]).closest(".bar");
  return violations.flatMap((one) => one.nodes
    .filter((node) => counts(one, node))
    .map((node) => `${one.id}: ${node.target} ${node.html.slice(0, 120)}`));
}"""


def axe_faults(page: Page) -> list[str]:
    """What axe finds on the page that is open, as it is shown now."""
    page.evaluate(AXE)
    return _axe(page)


def _axe(page: Page, rules: list[str] | None = None) -> list[str]:
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    return page.evaluate(RUN_AXE, {"runOnly": only, "resultTypes": ["violations"]})
