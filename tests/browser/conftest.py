"""One browser and one site for all tests of this folder; a fresh context for each visitor."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from booking import clock
from tests.browser.site import PASSWORD, Site, running_clock, served
from tests.browser.visiting import EMAILS, sign_in
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
PATIENCE_MS = 60_000
# Pages may glide for others; what is measured must have come to rest.
CALM = {"reduced_motion": "reduce", "viewport": {"width": 1280, "height": 900}}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if shutil.which(CHROMIUM) is None:
        unavailable("Chromium is not installed", "REQUIRE_BROWSER")
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
    """The running site. It asks for the browser first: without one, nothing need be filled."""
    with sqlite_databases.fresh() as url:
        clock.set_source(ticking)
        with served(url) as site:
            yield site


@pytest.fixture(scope="package")
def kept_sign_ins(browser: Browser, site: Site) -> dict[str, dict]:
    """What the browser keeps of each role once it has signed in; filled at first use."""
    return {}


@pytest.fixture
def visitor(
    browser: Browser, site: Site, kept_sign_ins: dict[str, dict]
) -> Iterator[Callable[..., Page]]:
    """Makes the page of a visitor: `visitor("partner", java_script_enabled=False)`."""
    contexts: list[BrowserContext] = []

    def visit(role: str = "anonymous", **options: object) -> Page:
        if role != "anonymous" and role not in kept_sign_ins:
            fresh = browser.new_context(base_url=site.address)
            fresh.set_default_timeout(PATIENCE_MS)
            sign_in(fresh.new_page(), EMAILS[role], PASSWORD)
            kept_sign_ins[role] = fresh.storage_state()
            fresh.close()
        context = browser.new_context(
            base_url=site.address,
            storage_state=kept_sign_ins.get(role),
            **{**CALM, **options},
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return context.new_page()

    yield visit
    for context in contexts:
        context.close()
