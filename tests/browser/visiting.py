"""Visitors of the site: who they are, and the browser windows they open."""

from playwright.sync_api import Browser, Page

from tests.browser.site import PASSWORD, Site

#: The accounts behind the roles of these tests.
EMAILS = {
    "partner": "partner@demo.example",
    "approver": "approver.censec@demo.example",
    "coordinator": "coordinator.censec@demo.example",
}
ROLES = ("anonymous", *EMAILS)
PATIENCE_MS = 30_000
# No transitions: what is measured must not move.
CALM = {"reduced_motion": "reduce", "viewport": {"width": 1280, "height": 900}}


def sign_in(page: Page, email: str) -> None:
    """Sign in through the form."""
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


class Visitors:
    """Opens windows for visitors; each role signs in once, and each window is independent."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self._browser, self._site = browser, site
        self._kept: dict[str, dict] = {}

    def page(self, role: str = "anonymous", **options: object) -> Page:
        """A window of somebody in this role; close it with `page.context.close()`."""
        if role in EMAILS and role not in self._kept:
            page = self._window()
            sign_in(page, EMAILS[role])
            self._kept[role] = page.context.storage_state()
            page.context.close()
        return self._window(storage_state=self._kept.get(role), **options)

    def _window(self, **options: object) -> Page:
        context = self._browser.new_context(base_url=self._site.address, **{**CALM, **options})
        context.set_default_timeout(PATIENCE_MS)
        return context.new_page()
