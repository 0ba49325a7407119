"""A question and its answer, each side in a browser of its own."""

import pytest
from playwright.sync_api import expect

from tests.browser.hands import Keys, Pointer
from tests.browser.survey import Survey

TITLE = "Asked and answered"
NARROW = {"viewport": {"width": 360, "height": 780}}


@pytest.mark.parametrize(
    ("make_hand", "options"),
    [
        pytest.param(Pointer, {}, id="with JavaScript"),
        pytest.param(Keys, {"java_script_enabled": False, **NARROW}, id="without JavaScript"),
    ],
)
def test_an_approver_asks_and_the_partner_answers_each_in_their_own_browser(
    visitor, site, request, make_hand, options
):
    question, answer = (f"{text} {request.node.callspec.id}" for text in ("How high", "90 m"))
    reference = site.reference(TITLE)
    deciding = make_hand(visitor("approver", **options))
    asked = make_hand(visitor("partner", **options))
    deciding.page.goto(f"/inbox/{reference}")
    form = deciding.page.locator(".message-form")
    expect(form.get_by_label("Answer needed by")).to_be_hidden()
    deciding.write(form.get_by_label("Write to Demo Sensor Works"), question)
    deciding.press(form.get_by_label("This needs an answer"))
    expect(form.get_by_label("Answer needed by")).to_have_value("2026-12-01")
    deciding.press(form.get_by_role("button", name="Send message"))
    expect(deciding.page.get_by_role("status")).to_contain_text("Message sent")
    expect(deciding.page.get_by_role("main")).to_contain_text("The time to decide has stopped")

    asked.page.goto(f"/requests/{reference}")
    expect(asked.page.get_by_role("heading", level=1)).to_have_text(
        "CenSec needs your answer by Tue 1 Dec"
    )
    asked.press(asked.page.get_by_role("link", name="Read and answer"))
    expect(asked.page.locator(".message").last).to_contain_text(question)
    asked.write(asked.page.get_by_label("Your answer"), answer)
    asked.press(asked.page.get_by_role("button", name="Send answer"))
    expect(asked.page.get_by_role("heading", level=1)).to_have_text("Awaiting CenSec's decision")

    deciding.page.reload()
    expect(deciding.page.locator(".message").last).to_contain_text(answer)
    expect(deciding.page.get_by_role("main")).not_to_contain_text("The time to decide has stopped")


def test_a_thread_with_an_open_question_is_accessible_wide_and_narrow_on_both_sides(visitor, site):
    reference = site.reference(TITLE)
    deciding, asked = visitor("approver"), visitor("partner")
    survey = Survey(site.address)
    deciding.goto(f"/inbox/{reference}")
    form = deciding.locator(".message-form")
    form.get_by_label("Write to Demo Sensor Works").fill("Which mass?")
    form.get_by_label("This needs an answer").check()
    form.get_by_label("Answer needed by").fill("2026-11-02")
    form.get_by_role("button", name="Send message").click()
    expect(deciding.get_by_role("alert")).to_contain_text("This day is over.")
    survey.look(deciding, "a question with a mistake")
    deciding.locator(".message-form").get_by_label("Answer needed by").fill("2026-12-02")
    deciding.locator(".message-form").get_by_role("button", name="Send message").click()
    expect(deciding.get_by_role("main")).to_contain_text("The time to decide has stopped")
    survey.look(deciding, "the owner's open question")
    asked.goto(f"/requests/{reference}")
    survey.look(asked, "a question to answer")

    assert len(survey.seen.contents) == 3
    assert {kind: faults for kind, faults in survey.faults.items() if faults} == {}
