"""The form of a request, gone through as a browser does."""

from tools.benchmark.browser import Answer, Browser, hidden_fields
from tools.benchmark.free_dates import DETAILS, FreeDate

PAGE = "/requests/new"
TYPED = {
    "extent": "part",
    "places": "1",
    "title": DETAILS.title,
    "purpose": DETAILS.purpose,
    "activity": DETAILS.activity,
    "people": str(DETAILS.people),
    "hazards": "no",
}


def open_form(browser: Browser, slug: str) -> dict[str, str]:
    """Open the form of a facility and return its hidden fields."""
    return hidden_fields(browser.get(f"{PAGE}?facility={slug}"), PAGE)


def fill_in(form: dict[str, str], wanted: FreeDate) -> dict[str, str]:
    """Return the fields of an opened form, filled in for this date."""
    return form | TYPED | wanted.typed()


def review(browser: Browser, filled: dict[str, str]) -> dict[str, str]:
    """Press "Review request", and return the fields of the page that then sends it."""
    return hidden_fields(browser.post(PAGE, filled | {"step": "check"}, 200), PAGE)


def send(browser: Browser, reviewed: dict[str, str], *statuses: int) -> Answer:
    """Press "Send request"; the answer has one of `statuses`, 302 if none are given."""
    return browser.post(PAGE, reviewed | {"step": "send"}, *(statuses or (302,)))
