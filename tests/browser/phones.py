"""What tests on a phone share: its size, and what each of their pages must be like."""

from playwright.sync_api import Page

from tests.browser.survey import axe_faults

SIZE = {"width": 360, "height": 780}


def check(page: Page, scripts: bool) -> None:
    """Nothing is inaccessible, and nothing wider than the window: as scripts measure it."""
    if scripts:
        assert axe_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZE["width"]
