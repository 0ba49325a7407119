"""The messages of a booking on the pages of both sides."""

from datetime import UTC, date, datetime, timedelta

import pytest

from booking.accounts.queries import account_of
from booking.db import clock
from booking.extensions import db
from booking.messages.forms import MESSAGE_MAX
from booking.messages.models import Message
from booking.messages.service import MOST_AN_HOUR, NewMessage, write
from booking.notices.mail import letter
from booking.notices.outbox import take_next
from booking.requests.service import withdraw
from booking.rules.lifecycle import Side, State
from tests.conftest import NOW
from tests.databases import settings_for
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post, read_page, submit
from tests.statements import count_statements

DAY = date(2027, 1, 12)
EVIL = "<b>Ask\n me</b> & %(x)s {{7*7}}"


class Scene:
    """A request that waits for its answer, and a browser for each side."""

    def __init__(self, app) -> None:
        self.cluster = make_cluster("censec")
        self.hall = make_facility(self.cluster, "hall")
        self.approver, self.partner = make_approver(self.hall), make_partner()
        self.request = make_request(
            self.partner,
            self.hall,
            [slot_on(DAY)],
            due_at=datetime(2026, 12, 8, 17, tzinfo=UTC),
            lapses_at=datetime(2026, 12, 15, 17, tzinfo=UTC),
        )
        self.booking_id = self.request.bookings[0].id
        self.deciding, self.asking = app.test_client(), app.test_client()
        sign_in(self.deciding, self.approver)
        sign_in(self.asking, self.partner)
        self.inbox = f"/inbox/{self.request.reference}"
        self.page = f"/requests/{self.request.reference}"
        db.session.rollback()

    def write(self, side, text, day=None) -> None:
        person = self.approver if side is Side.OWNER else self.partner
        new = NewMessage(self.booking_id, text, day is not None, day)
        write(account_of(db.session.merge(person).id), side, new)
        db.session.rollback()


@pytest.fixture
def scene(app, app_context):
    return Scene(app)


def form_of(page):
    return page.one("form", class_="message-form")


def messages():
    db.session.rollback()
    return [one.text for one in db.session.query(Message).order_by(Message.id)]


def test_both_sides_read_what_each_writes_oldest_first(scene):
    for client, address, text in (
        (scene.asking, scene.page, "We bring a container."),
        (scene.deciding, scene.inbox, "There is room\nbeside hangar 2."),
    ):
        answer = submit(client, form_of(get_page(client, address)), {"message-1-text": text})
        assert answer.status_code == 302
        assert answer.location.endswith(f"{address}#messages-1")

    for client, address, names in (
        (scene.asking, scene.page, ["You", scene.cluster.short_name]),
        (scene.deciding, scene.inbox, [db.session.merge(scene.partner).name, "You"]),
    ):
        shown = get_page(client, address).all("li", class_="message")
        assert [one.one("strong").text for one in shown] == names
        assert "We bring a container." in shown[0].text
        assert "There is room beside hangar 2." in shown[1].text


def test_a_question_of_the_owner_is_the_title_of_the_requesters_page_until_answered(scene):
    form = form_of(get_page(scene.deciding, scene.inbox))
    assert dict(form.values())["message-1-answer_needed_by"] == "2026-12-01"
    submit(
        scene.deciding,
        form,
        {"message-1-text": "Above 120 m?", "message-1-is_question": "y"},
    )

    page = get_page(scene.asking, scene.page)
    assert page.one("h1").text == f"{scene.cluster.short_name} needs your answer by Tue 1 Dec"
    assert "The time to decide has stopped until you answer." in page.text
    owners = get_page(scene.deciding, scene.inbox)
    assert "The time to decide has stopped, at most until Tue 1 Dec" in owners.text
    assert not form_of(owners).all("input", type="checkbox"), "one question at a time"

    submit(scene.asking, form_of(page), {"message-1-text": "No."})
    page = get_page(scene.asking, scene.page)
    assert page.one("h1").text == f"Awaiting {scene.cluster.short_name}'s decision"
    assert "Answered on" in page.text
    assert [line.all("p")[0].text for line in page.one("ol", class_="log").all("li")][:2] == [
        "You answered a question",
        f"{scene.cluster.short_name} asked a question",
    ]


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"message-1-text": "  "}, "text", "Write a message."),
        ({"message-1-text": "", "message-1-is_question": "y"}, "text", "Write a message."),
        (
            {"message-1-text": "x" * (MESSAGE_MAX + 1)},
            "text",
            f"Use at most {MESSAGE_MAX} characters.",
        ),
        (
            {"message-1-answer_needed_by": ""},
            "answer_needed_by",
            "Choose by which day you need the answer.",
        ),
        ({"message-1-answer_needed_by": "2026-11-20"}, "answer_needed_by", "This day is over."),
        ({"message-1-answer_needed_by": "2027-01-11"}, "answer_needed_by", "next four weeks"),
        ({"message-1-answer_needed_by": "soon"}, "answer_needed_by", "Enter a date like"),
    ],
)
def test_a_message_that_cannot_be_sent_is_kept_with_the_reason_at_its_field(
    scene, fields, field, says
):
    typed = {"part": "1", "message-1-text": f"{EVIL} kept", "message-1-is_question": "y", **fields}
    answer = post(scene.deciding, f"{scene.inbox}/messages", typed)
    page = read_page(answer.text)

    assert answer.status_code == 422
    assert says in page.one("div", id=f"message-1-{field}-error").text
    assert "There is a problem" in page.text
    kept = dict(form_of(page).values())
    # As browsers post and forms trim it.
    assert kept["message-1-text"].strip() == typed["message-1-text"].strip()
    assert "message-1-is_question" in kept
    assert messages() == []


def test_a_day_that_is_after_the_requested_time_is_refused_at_its_field(scene):
    clock.set_source(lambda: datetime(2027, 1, 4, 9, tzinfo=UTC))
    soon = make_request(
        db.session.merge(scene.partner),
        db.session.merge(scene.hall),
        [slot_on(DAY)],
        due_at=datetime(2027, 1, 8, 17, tzinfo=UTC),
        lapses_at=slot_on(DAY).starts_at,
    )
    sign_in(scene.deciding, db.session.merge(scene.approver))
    fields = {
        "message-1-text": "Which?",
        "message-1-is_question": "y",
        "message-1-answer_needed_by": "2027-01-12",
    }
    answer = post(scene.deciding, f"/inbox/{soon.reference}/messages", {"part": "1", **fields})

    assert answer.status_code == 422
    assert "The requested time has begun by then." in answer.text


def test_a_message_of_a_megabyte_is_refused_at_its_field_and_kept(scene):
    for client, address in ((scene.deciding, scene.inbox), (scene.asking, scene.page)):
        answer = post(client, f"{address}/messages", {"message-1-text": "ü" * 2**19})
        assert answer.status_code == 422
        page = read_page(answer.text)
        assert "4,000" in page.text or "4000" in page.text
        assert dict(form_of(page).values())["message-1-text"] == "ü" * 2**19
    assert messages() == []


def test_a_message_of_five_megabytes_gets_a_page_that_says_so(scene):
    answer = post(scene.asking, f"{scene.page}/messages", {"message-1-text": "x" * 5 * 2**20})

    assert answer.status_code == 413
    assert "Too much data" in read_page(answer.text).one("h1").text
    assert messages() == []


def test_a_second_question_of_the_same_side_gets_409_and_what_was_typed_is_kept(scene):
    scene.write(Side.OWNER, "First?", date(2026, 12, 1))
    fields = {
        "message-1-text": "Second?",
        "message-1-is_question": "y",
        "message-1-answer_needed_by": "2026-12-01",
    }
    answer = post(scene.deciding, f"{scene.inbox}/messages", fields)

    assert answer.status_code == 409
    assert "A question of your side is still open." in answer.text
    assert dict(form_of(read_page(answer.text)).values())["message-1-text"] == "Second?"
    assert messages() == ["First?"]


def test_what_is_typed_into_a_message_is_shown_as_text(scene):
    scene.write(Side.REQUESTER, EVIL)

    for client, address in ((scene.deciding, scene.inbox), (scene.asking, scene.page)):
        shown = get_page(client, address).one("li", class_="message")
        assert shown.all("b") == []
        assert "<b>Ask me</b> & %(x)s {{7*7}}" in shown.text


def test_many_messages_are_folded_and_take_no_more_statements(scene):
    scene.write(Side.REQUESTER, "Number 0")
    pages = ((scene.asking, scene.page), (scene.deciding, scene.inbox))

    def costs():
        return [count_statements(lambda c=c, a=a: get_page(c, a)) for c, a in pages]

    costs()  # what changes seldom is in memory then
    few = costs()
    for number in range(1, 23):
        scene.write(Side.REQUESTER, f"Number {number}")
    # Their first reading marks updates as read.
    costs()
    assert costs() == few
    assert "3 earlier messages" in get_page(scene.asking, scene.page).text


def test_own_use_has_nobody_to_write_to(scene):
    own = make_request(
        db.session.merge(scene.approver),
        db.session.merge(scene.hall),
        [slot_on(DAY)],
        organisation_id=None,
        entered=True,
        state=State.CONFIRMED,
    )
    address = f"/inbox/{own.reference}"

    assert "Messages" not in get_page(scene.deciding, address).text
    answer = post(scene.deciding, f"{address}/messages", {"message-1-text": "Hello"})
    assert answer.status_code == 404


def test_a_booking_of_another_number_does_not_exist(scene):
    for client, address in ((scene.deciding, scene.inbox), (scene.asking, scene.page)):
        answer = post(client, f"{address}/messages", {"part": "2", "message-1-text": "Hello"})
        assert answer.status_code == 404


def test_mails_say_that_there_is_a_message_and_not_what_it_says(scene, database_url):
    scene.write(Side.REQUESTER, "Wirrelkin 1")
    scene.write(Side.OWNER, "Wirrelkin 2", date(2026, 12, 1))
    scene.write(Side.REQUESTER, "Wirrelkin 3")
    mails = []
    while (parcel := take_next()) is not None:
        mails.append(letter(parcel, settings_for(database_url)))

    reference = scene.request.reference
    assert [mail["Subject"] for mail in mails] == [
        f"{reference}: a message for you",
        f"{reference}: a question for you",
        f"{reference}: an answer for you",
    ]
    parts = [part.get_content() for mail in mails for part in mail.iter_parts()]
    assert "There is a question for you. Please answer it." in "".join(parts)
    assert not [text for text in (*parts, *map(str, mails)) if "Wirrelkin" in text]


def test_updates_lead_to_the_booking_and_do_not_say_what_was_written(scene):
    scene.write(Side.OWNER, "Wirrelkin", date(2026, 12, 1))
    page = get_page(scene.asking, "/account/updates")

    link = page.one("a", href=scene.page)
    assert link.text == f"{scene.cluster.short_name} needs an answer from you about Hall."
    assert "Wirrelkin" not in page.text


def test_at_the_questions_own_date_the_clock_goes_on_and_the_page_says_so(scene):
    scene.write(Side.OWNER, "Above 120 m?", date(2026, 12, 1))
    clock.set_source(lambda: NOW + timedelta(days=8))
    sign_in(scene.asking, db.session.merge(scene.partner))
    page = get_page(scene.asking, scene.page)

    assert "Not answered by Tue 1 Dec" in page.text
    assert page.one("h1").text == f"Awaiting {scene.cluster.short_name}'s decision"


def titles(page, kind, **attributes):
    return [one.text for one in page.one("ul", **attributes).all(kind)]


def test_what_the_owner_asked_is_marked_and_first_in_the_list_of_requests(scene):
    make_request(
        db.session.merge(scene.partner),
        db.session.merge(scene.hall),
        [slot_on(DAY)],
        sent_at=NOW + timedelta(hours=1),
        title="Sent later",
    )
    mark = f"{scene.cluster.short_name} needs your answer by Tue 1 Dec, 18:00"
    page = get_page(scene.asking, "/requests")
    assert titles(page, "h2", class_="panel-list") == ["Sent later", "Sensor trial"]
    assert mark not in page.text

    scene.write(Side.OWNER, "Above 120 m?", date(2026, 12, 1))
    for order in ("", "?order=next"):
        page = get_page(scene.asking, f"/requests{order}")
        assert titles(page, "h2", class_="panel-list") == ["Sensor trial", "Sent later"]
        assert mark in page.one("ul", class_="panel-list").all("li")[0].text
    steps = get_page(scene.asking, scene.page).one("ol", class_="steps")
    assert "waits for your answer" in steps.one("li", aria_current="step").text

    scene.write(Side.REQUESTER, "No.")
    page = get_page(scene.asking, "/requests")
    assert titles(page, "h2", class_="panel-list") == ["Sent later", "Sensor trial"]
    assert mark not in page.text


def test_of_what_was_withdrawn_nobody_needs_an_answer(scene):
    scene.write(Side.OWNER, "Above 120 m?", date(2026, 12, 1))
    account = account_of(scene.partner.id)
    withdraw(account, scene.booking_id, [scene.request.bookings[0].occurrences[0].id])

    for address in ("/requests", scene.page):
        assert "needs your answer" not in get_page(scene.asking, address).text


def test_in_the_inbox_what_waits_for_the_requesters_answer_comes_last(scene):
    due = datetime(2026, 12, 22, 17, tzinfo=UTC)  # later than the clock can move the other one
    make_request(
        make_partner(), db.session.merge(scene.hall), [slot_on(date(2027, 1, 13))], due_at=due
    )

    def due_lines():
        lines = get_page(scene.deciding, "/inbox").one("ul", class_="pick-list").all("li")
        return [one.one("span", class_="pick-due").text for one in lines]

    first, second = due_lines()
    scene.write(Side.OWNER, "Above 120 m?", date(2026, 12, 1))
    mark = "Waiting for the requester's answer, until Tue 1 Dec, 18:00"
    assert due_lines() == [second, mark]

    scene.write(Side.REQUESTER, "No.")
    assert due_lines() == [first, second]


def test_the_inbox_marks_what_the_requester_asked(scene):
    assert "question to you" not in get_page(scene.deciding, "/inbox").text
    account = account_of(scene.partner.id)
    write(account, Side.REQUESTER, NewMessage(scene.booking_id, "Which gate?", is_question=True))
    db.session.rollback()

    shown = get_page(scene.deciding, "/inbox").one("ul", class_="pick-list")
    assert "question to you" in shown.text


def test_the_lists_take_as_many_statements_with_questions_as_without(scene):
    def costs():
        found = [
            count_statements(lambda client=client, url=url: get_page(client, url))
            for client, url in ((scene.asking, "/requests"), (scene.deciding, "/inbox"))
        ]
        db.session.rollback()
        return found

    costs()  # terms are kept in memory once they were read
    few = costs()
    scene.write(Side.OWNER, "Above 120 m?", date(2026, 12, 1))
    assert costs() == few


def test_a_side_that_writes_too_much_is_told_at_the_field_and_keeps_its_text(scene):
    for number in range(MOST_AN_HOUR):
        scene.write(Side.REQUESTER, f"Line {number}")
    form = form_of(get_page(scene.asking, scene.page))
    answer = submit(scene.asking, form, {"message-1-text": EVIL})

    assert answer.status_code == 429
    field = read_page(answer.text).one("textarea", name="message-1-text")
    assert field.text.split() == EVIL.split()
    assert "sent 30 messages here in the last hour" in answer.text
    assert len(messages()) == MOST_AN_HOUR

    scene.write(Side.OWNER, "The other side can still write.")
    clock.set_source(lambda: NOW + timedelta(hours=1, seconds=1))
    scene.write(Side.REQUESTER, "An hour later.")
    assert len(messages()) == MOST_AN_HOUR + 2
