"""Going through the form of a request, for tests of its pages."""

from tests.pages import get_page, read_page, submit

FILLED = {
    "title": "Sensor trial",
    "purpose": "Compare two sensors.",
    "activity": "experiment",
    "people": "4",
    "hazards": "no",
}
JANUARY_12 = {
    "dates-0-day": "2027-01-12",
    "dates-0-starts_time": "09:00",
    "dates-0-ends_time": "12:00",
}


def request_form(page):
    """The request form."""
    return page.one("form", action="/requests/new")


def open_form(client, query="facility=lab"):
    return request_form(get_page(client, f"/requests/new?{query}"))


def check(client, typed=None, status=200, query="facility=lab"):
    """The page that answers "Review request", all being filled as above but for `typed`."""
    form = open_form(client, query)
    response = submit(client, form, FILLED | JANUARY_12 | (typed or {}), "Review request")
    assert response.status_code == status, response.status
    return read_page(response.text)


def summary(page):
    """What the page says is wrong."""
    return page.one("div", id="errors").text


def value(page, name):
    """The value of a field."""
    return dict(request_form(page).values())[name]
