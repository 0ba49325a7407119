"""What people do on the site, wherever they come from."""

from playwright.sync_api import Page

#: The accounts behind the roles of these tests.
EMAILS = {
    "partner": "partner@demo.example",
    "approver": "approver.censec@demo.example",
    "coordinator": "coordinator.censec@demo.example",
}


def sign_in(page: Page, email: str, password: str) -> None:
    """Sign in through the form, on whatever page leads there."""
    if "/sign-in" not in page.url:
        page.goto("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
