"""One browser and one site for all tests of this folder; a fresh context for each visitor."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from booking.db import clock
from tests.browser.site import Site, running_clock, served
from tests.browser.visiting import PATIENCE_MS, Visitors
from tests.conftest import NOW
from tests.databases import SqliteDatabases
from tests.needs import unavailable

CHROMIUM = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if shutil.which(CHROMIUM) is None:
        unavailable("Chromium is not installed", "REQUIRE_BROWSER")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def ticking() -> Callable[[], datetime]:
    """The site's clock: it begins at NOW and goes on."""
    return running_clock(NOW)


@pytest.fixture(autouse=True)
def _site_time(ticking: Callable[[], datetime]) -> Iterator[None]:
    clock.set_source(ticking)
    yield
    clock.set_source(None)


@pytest.fixture(scope="package")
def site(
    browser: Browser, sqlite_databases: SqliteDatabases, ticking: Callable[[], datetime]
) -> Iterator[Site]:
    """The running site; it needs the browser first, so that without one no time is lost."""
    with sqlite_databases.fresh() as url:
        clock.set_source(ticking)
        with served(url) as site:
            yield site


@pytest.fixture(scope="package")
def visitors(browser: Browser, site: Site) -> Visitors:
    """Opens windows for visitors of any role."""
    return Visitors(browser, site)


@pytest.fixture
def visitor(visitors: Visitors) -> Iterator[Callable[..., Page]]:
    """Opens a window for this test: `visitor("partner", java_script_enabled=False)`."""
    pages: list[Page] = []

    def visit(role: str = "anonymous", **options: object) -> Page:
        pages.append(visitors.page(role, **options))
        return pages[-1]

    yield visit
    for page in pages:
        page.context.close()
