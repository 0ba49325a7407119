"""The request form shows the fields of a series when its pattern needs them."""

from playwright.sync_api import Route, expect

FORM = "/requests/new?facility=aisec-hardware-bench"
WEEKDAYS = "#repeat-weekdays-0"
OF_A_SERIES = {"#repeat-every", "#repeat-until", "#repeat-count", "#repeat-extra", WEEKDAYS}
#: The fields that each pattern needs.
NEEDED = {"": set(), "daily": OF_A_SERIES - {WEEKDAYS}, "weekly": OF_A_SERIES}


def _without_has(route: Route) -> None:
    """Serve a style sheet as a browser that does not know :has() reads it."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace(":has(", ":unknown("))


def test_fields_of_a_series_appear_when_a_pattern_that_needs_them_is_chosen(visitor):
    page = visitor(java_script_enabled=False)
    page.goto(FORM)
    page.locator("#repeat summary").click()

    for pattern, needed in NEEDED.items():
        page.locator("#repeat-pattern").select_option(pattern)
        for field in OF_A_SERIES:
            expect(page.locator(field)).to_be_visible(visible=field in needed)


def test_all_fields_of_a_series_are_visible_in_a_browser_that_cannot_hide_them(visitor):
    page = visitor(java_script_enabled=False)
    page.route("**/*.css*", _without_has)
    page.goto(FORM)
    page.locator("#repeat summary").click()

    for field in OF_A_SERIES:
        expect(page.locator(field)).to_be_visible()
