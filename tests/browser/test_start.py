"""The question of the start page: its fields stay in line, and say in words what is chosen."""

import pytest
from playwright.sync_api import expect

from tests.browser.survey import axe_faults

FIELDS = ".question-foot select, .question-foot input"
WRONG = "/?first=2027-02-11&last=2027-02-05&people=0"


def test_fields_stay_in_line_where_some_are_wrong(visitor):
    page = visitor()
    page.goto(WRONG)

    tops = page.locator(FIELDS).evaluate_all("all => all.map(it => it.getBoundingClientRect().top)")

    assert len(tops) == 5
    assert max(tops) - min(tops) < 1


@pytest.mark.parametrize(("language", "shown"), [("en-US", "24-hour clock: 14:30"), ("de-DE", "")])
def test_a_chosen_time_is_said_in_words_where_the_browser_writes_it_with_twelve_hours(
    visitor, language, shown
):
    page = visitor(locale=language)
    page.goto("/requests/new?facility=aisec-hardware-bench")

    page.get_by_label("From").first.fill("14:30")

    expect(page.locator("[data-time-of]").first).to_have_text(shown)


def test_the_chosen_day_is_said_in_words_as_it_is_chosen(visitor):
    page = visitor()
    page.goto("/")

    page.get_by_label("First day").fill("2027-01-11")

    expect(page.locator("[data-day-of=first]")).to_have_text("Mon 11 Jan 2027")
    page.get_by_label("First day").fill("")
    expect(page.locator("[data-day-of=first]")).to_have_text("")


def test_suggestions_are_chosen_by_keyboard_and_read_out(visitor):
    page = visitor(viewport={"width": 360, "height": 780})
    page.goto("/facilities?country=DE")
    field = page.get_by_role("combobox", name="What")

    field.press_sequentially("emc")
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options.first).to_contain_text("What can be done")
    expect(page.get_by_role("status").filter(has_text="suggestion")).to_have_count(1)
    assert axe_faults(page) == []
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", "suggestion-0")
    field.press("Escape")
    expect(options).to_have_count(0)
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowUp")
    field.press("ArrowDown")
    field.press("ArrowDown")
    field.press("Enter")

    page.wait_for_url("**/facilities?country=DE&capability=emc-testing")
    # On a small screen the filters are folded; they open without a script of ours.
    box = page.get_by_role("checkbox", name="Germany")
    expect(box).not_to_be_visible()
    page.locator(".facets > summary").click()
    expect(box).to_be_checked()
