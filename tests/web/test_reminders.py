"""Pages: reminding of an overdue answer, what is said of reminders, and what else fits then."""

from datetime import date, timedelta

import pytest

from booking.decisions.reminders import remind_due
from booking.notices.mail import letter
from booking.notices.outbox import take_next, take_off
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, read_page, submit

DUE = NOW + timedelta(days=14)
SLOT = slot_on(date(2027, 2, 11))


@pytest.fixture
def lab(app_context):
    """A lab with an approver and a coordinator, and Anna's request, which waits."""
    cluster = make_cluster("here", short_name="CenSec")
    lab = make_facility(cluster, "lab", capabilities=["drone flight"])
    make_facility(cluster, "bench", capabilities=["drone flight"])
    lab.approver, lab.coordinator = make_approver(lab), make_coordinator(cluster)
    lab.anna = make_partner("anna@example.org", name="Anna")
    lab.request = make_request(
        lab.anna, lab, [SLOT], due_at=DUE, lapses_at=DUE + timedelta(days=7), title="Secret sensor"
    )
    lab.page = f"/requests/{lab.request.reference}"
    return lab


def button(page, lab):
    return [one for one in page.all("form") if one.get("action") == f"{lab.page}/remind"]


def test_the_requester_sends_one_reminder_once_the_answer_is_overdue(client, lab, at):
    sign_in(client, lab.anna)
    assert not button(get_page(client, lab.page), lab)
    at(DUE)
    sign_in(client, lab.anna)
    (form,) = button(get_page(client, lab.page), lab)

    assert submit(client, form).location == lab.page

    page = get_page(client, lab.page)
    assert "Reminder sent." in page.text
    assert "A reminder was sent on Tue 8 Dec 2026, 10:00" in page.text.replace("Dec,", "Dec 2026,")
    assert "You sent a reminder: Thu 11 Feb 2027" in page.text
    assert not button(page, lab)
    again = submit(client, form)
    assert again.status_code == 409
    assert "A reminder has already been sent for this request." in read_page(again.text).text
    for person in (lab.approver, lab.coordinator):
        sign_in(client, person)
        updates = get_page(client, "/account/updates").text
        assert "Anna asks for the answer, which is overdue: Lab, Thu 11 Feb 2027" in updates
        assert "Anna sent a reminder" in get_page(client, f"/inbox/{lab.request.reference}").text


def test_reminders_name_request_facility_and_time_and_say_what_is_late(app, client, lab, at):
    said = []
    for moment in (NOW + timedelta(days=7), DUE):
        at(moment)
        remind_due()
        while (mail := take_next()) is not None:
            found = letter(mail, app.extensions["settings"])
            said.append((found["To"], found["Subject"]))
            text = found.get_body(("plain",)).get_content()
            assert "Lab" in text
            assert "Thu 11 Feb 2027" in text
            assert "Secret" not in found.as_string()
            take_off(mail.notice_ids)
    reference = lab.request.reference
    assert said == [
        (lab.approver.email, f"{reference}: requested, waiting for your answer"),
        (lab.coordinator.email, f"{reference}: requested, answer overdue"),
    ]
    sign_in(client, lab.approver)
    assert "Half of the time to answer has passed: Lab" in get_page(client, "/account/updates").text
    log = get_page(client, f"/inbox/{reference}").text
    assert "Reminder sent to those who decide: Thu 11 Feb 2027" in log
    assert "Answer overdue. The coordinators were told: Thu 11 Feb 2027" in log
    sign_in(client, lab.anna)
    assert "Answer overdue. The coordinators were told" in get_page(client, lab.page).text
    assert "Nothing yet" in get_page(client, "/account/updates").text


def test_an_expired_request_shows_what_is_free_elsewhere_then(client, lab, at):
    sign_in(client, lab.anna)
    assert "Similar facilities free" not in get_page(client, lab.page).text
    at(DUE + timedelta(days=7))
    sign_in(client, lab.anna)
    page = get_page(client, lab.page)
    assert "Similar facilities free on Thu 11 Feb 2027: Bench" in page.text
