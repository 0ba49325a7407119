"""Takes the pictures of the documentation: docs/images/*.png.

    python -m tools.screenshots [NAME...]     all pictures, or only those named

The demonstration runs in this process, on a scratch SQLite database and with its clock stopped, so
that dates and states are the same each time. References are random, so they differ. Needs Chromium
(its path in CHROMIUM if it is not /usr/bin/chromium).
"""

import logging
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import flask_migrate
import waitress
from playwright.sync_api import Browser, Page, Response, sync_playwright

from booking.app import create_app
from booking.catalogue import reading, service
from booking.config import Settings
from booking.db import clock
from booking.demo import people, story
from tools.small_png import small_png

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
CHROMIUM = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
#: Tuesday, 10:00 in Brussels.
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WIDTH = 1280
HEIGHT_MAX = 1000
#: Down to the end of the lowest panel that fits, so that none is cut.
HEIGHT = """most => {
    const panels = [...document.querySelectorAll("main .panel, main .timeline-box")]
        .filter(panel => panel.checkVisibility());
    const ends = panels.map(panel => panel.getBoundingClientRect().bottom + scrollY + 12);
    const fitting = ends.filter(end => end <= most);
    return Math.round(fitting.length ? Math.max(...fitting) : most);
}"""


@dataclass(frozen=True)
class Shot:
    """One picture: who looks at which page.

    `login` is the part of a demonstration account before the @; None: nobody is signed in.
    `prepare` acts on the page before the picture is taken.
    """

    name: str
    path: str
    login: str | None = None
    prepare: Callable[[Page], None] | None = None
    height_max: int = HEIGHT_MAX


def _follow(text: str) -> Callable[[Page], None]:
    """Return what follows the first link of the page that has this text."""

    def follow(page: Page) -> None:
        page.get_by_role("main").get_by_role("link", name=text).first.click()
        page.wait_for_load_state("networkidle")

    return follow


def _preview_closure(page: Page) -> None:
    """Fill in a closure that affects a booking, and show its preview."""
    page.locator("[name=first_day]").fill("2026-11-30")
    page.locator("[name=last_day]").fill("2026-12-11")
    page.locator("[name=reason]").fill("Repair of the floor heating")
    page.get_by_role("main").locator("button.btn-primary").last.click()
    page.wait_for_load_state("networkidle")


SHOTS = (
    Shot("search", "/?what=smoke&first=2027-01-11&last=2027-01-29&people=6"),
    Shot("facility", "/facilities/aisec-hardware-bench?view=week&on=2026-12-07", height_max=1450),
    Shot("calendar", "/calendar?view=week&on=2026-12-07&cluster=safe-cluster", height_max=1250),
    Shot(
        "request-form",
        "/requests/new?facility=aisec-hardware-bench&from=2027-01-12T09:00&to=2027-01-12T12:00",
        login="partner",
        height_max=1450,
    ),
    Shot(
        "request",
        "/requests",
        login="partner",
        prepare=_follow("Side-channel measurements, weekly"),
    ),
    Shot("inbox", "/inbox", login="approver.munich", prepare=_follow("Demo Skyline Robotics")),
    Shot("manage", "/manage/facilities/uas-denmark", login="approver.censec"),
    Shot(
        "closure",
        "/manage/closures/new?facility=sdu-drone-hangar",
        login="coordinator.censec",
        prepare=_preview_closure,
    ),
    Shot("account-requests", "/manage/people", login="coordinator.censec"),
)


def main() -> int:
    """Take the pictures named as arguments, or all; return the exit code."""
    wanted = sys.argv[1:] or [shot.name for shot in SHOTS]
    if unknown := set(wanted) - {shot.name for shot in SHOTS}:
        print(f"There is no picture named {', '.join(sorted(unknown))}", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    password = people.new_password()
    with demonstration(password) as address, browser_of_pictures() as browser:
        for shot in SHOTS:
            if shot.name in wanted:
                _take(browser, address, password, shot)
    return 0


@contextmanager
def demonstration(password: str) -> Iterator[str]:
    """Serve the demonstration as it is at NOW; give its address."""
    clock.set_source(lambda: NOW)
    # Each worker of the server warns when it is busy, which it is whenever a browser opens a page.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            secret_key=token_hex(), database_url=f"sqlite:///{folder}/demo.db", demo=True
        )
        app = create_app(settings)
        with app.app_context():
            flask_migrate.upgrade()
            service.load(reading.read_catalogue())
            people.make_people(NOW - story.FIRST_DAY_AGO)
            story.play(NOW)
            people.set_password(people.accounts_to_try(), password)
        server = waitress.create_server(app, listen="127.0.0.1:0", ident=None)
        threading.Thread(target=server.run, daemon=True).start()
        yield f"http://127.0.0.1:{server.effective_port}"


@contextmanager
def browser_of_pictures() -> Iterator[Browser]:
    """Give Chromium, without a window."""
    with sync_playwright() as playwright:
        # Chromium's sandbox refuses to start as root, as in a container; our own pages are no risk.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def _take(browser: Browser, address: str, password: str, shot: Shot) -> None:
    context = browser.new_context(
        base_url=address,
        viewport={"width": WIDTH, "height": HEIGHT_MAX},
        locale="en-GB",
        timezone_id="Europe/Brussels",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.on("response", _refuse_error_pages)
    if shot.login:
        _sign_in(page, shot.login, password)
    page.goto(shot.path, wait_until="networkidle")
    if shot.prepare:
        shot.prepare(page)
    path = FOLDER / f"{shot.name}.png"
    # The window becomes as high as the picture, so that what sticks to its edges does not cover
    # what it would not cover there.
    page.set_viewport_size({"width": WIDTH, "height": shot.height_max})
    height: int = page.evaluate(HEIGHT, shot.height_max)
    page.set_viewport_size({"width": WIDTH, "height": height})
    picture = small_png(page.screenshot())
    context.close()
    path.write_bytes(picture)
    print(f"{path.name:<24}{len(picture) / 1000:>6.0f} kB")


def _refuse_error_pages(response: Response) -> None:
    """Stop where a page cannot be shown: nobody wants a picture of that."""
    if response.status >= 400:
        raise RuntimeError(f"{response.url} answered {response.status}")


def _sign_in(page: Page, login: str, password: str) -> None:
    page.goto("/sign-in")
    page.locator("[name=email]").fill(f"{login}@{people.DOMAIN}")
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


if __name__ == "__main__":
    sys.exit(main())
