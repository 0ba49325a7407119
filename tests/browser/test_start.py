"""The question of the start page: its fields stay in line, and say in words what is chosen."""

import pytest
from playwright.sync_api import expect

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
