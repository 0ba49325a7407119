"""Changing a booking, on a phone: what holds at once, what is asked for, and the answer."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.bookings import book
from tests.browser.phones import SIZE, check
from tests.browser.visiting import sign_in


@pytest.mark.parametrize(
    ("scripts", "week"), [(True, 5), (False, 7)], ids=["with JavaScript", "without JavaScript"]
)
def test_less_holds_at_once_and_more_once_the_owner_agrees(visitor, site, scripts, week):
    day = date(2027, 3, 1) + timedelta(weeks=week, days=1)
    with site.app.app_context():
        reference, _ = book("partner", day)
    asking = visitor("partner", viewport=SIZE, java_script_enabled=scripts)
    asking.goto(f"/requests/{reference}")
    asking.get_by_role("link", name="Change this booking").click()
    asking.get_by_label("Title").fill(f"Changed in week {week}")
    asking.get_by_label("People", exact=True).fill("3")
    check(asking, scripts)
    asking.get_by_role("button", name="Continue").click()
    main = asking.get_by_role("main")
    expect(main.get_by_role("region", name="Changes at once")).to_contain_text("Title")
    expect(main.get_by_role("region", name="Needs an answer")).to_contain_text("People: 3")
    check(asking, scripts)
    asking.get_by_role("button", name="Send", exact=True).click()
    expect(main).to_contain_text(f"Changed in week {week}")
    check(asking, scripts)

    deciding = visitor(viewport=SIZE, java_script_enabled=scripts)
    sign_in(deciding, "approver.munich@demo.example")
    deciding.goto(f"/inbox/{reference}")
    expect(deciding.get_by_role("main")).to_contain_text("People: 3")
    check(deciding, scripts)
    deciding.get_by_role("button", name="Confirm", exact=True).click()
    asking.reload()
    expect(asking.get_by_role("heading", level=1)).to_have_text("Confirmed")
    expect(main).to_contain_text("3")
