"""Asking about a facility, and the pages on which each side finds and answers it."""

import pytest

from booking.accounts.queries import account_of
from booking.enquiries import service
from booking.enquiries.service import ask, write_on
from booking.extensions import db
from booking.messages.forms import MESSAGE_MAX
from booking.notices.mail import letter
from booking.notices.outbox import take_next
from booking.rules.lifecycle import Side
from tests.databases import settings_for
from tests.factories import (
    PASSWORD,
    make_approver,
    make_cluster,
    make_facility,
    make_partner,
    make_person,
    move_to,
    sign_in,
)
from tests.pages import get_page, post, read_page, submit
from tests.statements import count_statements

EVIL = "<b>Ask\n me</b> & %(x)s {{7*7}}"


class Scene:
    """A hall, a browser for its approver, and one for a partner."""

    def __init__(self, app) -> None:
        self.cluster = make_cluster("censec")
        self.hall = make_facility(self.cluster, "hall")
        self.approver, self.partner = make_approver(self.hall), make_partner()
        self.deciding, self.asking = app.test_client(), app.test_client()
        sign_in(self.deciding, self.approver)
        sign_in(self.asking, self.partner)
        db.session.rollback()

    def ask(self, text="Is there a crane?", by=None):
        reference = ask(account_of((by or self.partner).id), self.hall.id, text)
        db.session.rollback()
        return reference


@pytest.fixture
def scene(app, app_context):
    return Scene(app)


def form_of(page):
    return page.one("main").one("form", method="post")


def test_a_question_goes_from_the_facilitys_page_to_the_inbox_and_the_answer_back(scene):
    page = get_page(scene.asking, "/facilities/hall")
    link = next(one for one in page.all("a") if one.text == "Ask a question")
    form = form_of(get_page(scene.asking, link.get("href")))
    sent = submit(scene.asking, form, {"text": EVIL})
    assert sent.status_code == 302
    thread = sent.location

    inbox = get_page(scene.deciding, "/inbox")
    note = next(one for one in inbox.all("a") if "needs your answer" in one.text)
    assert note.text == "1 question about a facility needs your answer"
    assert "1 waiting for you" in inbox.text
    received = get_page(scene.deciding, note.get("href"))
    assert "needs your answer" in received.text
    address = received.one("ul", class_="panel-list").one("a").get("href")
    page = get_page(scene.deciding, address)
    assert page.one("li", class_="message").one("p", class_="typed-text").text == " ".join(
        EVIL.split()
    )
    answer = submit(scene.deciding, form_of(page), {"text": "Yes, 5 t."})
    assert answer.location.endswith(address)
    inbox = get_page(scene.deciding, "/inbox")
    assert "needs your answer" not in inbox.text
    assert "waiting for you" not in inbox.text

    page = get_page(scene.asking, thread)
    assert [one.one("strong").text for one in page.all("li", class_="message")] == [
        "You",
        "Censec",
    ]
    assert "Yes, 5 t." in page.text
    dates = next(one for one in page.one("main").all("a") if one.text == "Request dates")
    assert dates.get("href") == "/requests/new?facility=hall"
    mine = get_page(scene.asking, "/requests")
    to_list = next(one for one in mine.all("a") if one.text == "Questions about facilities")
    listed = get_page(scene.asking, to_list.get("href")).one("ul", class_="panel-list")
    assert listed.one("a").get("href") == thread
    assert "answered" in listed.text


def test_who_is_not_signed_in_signs_in_first_and_finds_what_was_typed(scene, app):
    client = app.test_client()
    assert client.get("/facilities/hall/ask").location == "/sign-in?next=/facilities/hall/ask"

    sent = post(client, "/facilities/hall/ask", {"text": EVIL})
    page = get_page(client, sent.location)
    form = next(one for one in page.all("form") if one.all("input", name="password"))
    signed = submit(client, form, {"email": scene.partner.email, "password": PASSWORD})
    assert signed.location.endswith("/facilities/hall/ask?draft=1")
    form = form_of(get_page(client, signed.location))
    assert form.one("textarea").text.split() == EVIL.split()
    assert submit(client, form, {}).location.startswith("/requests/questions/")
    kept = form_of(get_page(client, "/facilities/hall/ask?draft=1")).one("textarea")
    assert kept.text == "", "it was sent"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("  ", "Write a message."),
        ("x" * (MESSAGE_MAX + 1), f"Use at most {MESSAGE_MAX} characters."),
    ],
)
def test_what_cannot_be_sent_is_kept_with_the_reason_at_its_field(scene, text, says):
    reference = scene.ask()
    for client, address in (
        (scene.asking, "/facilities/hall/ask"),
        (scene.asking, f"/requests/questions/{reference}"),
        (scene.deciding, f"/inbox/questions/{reference}"),
    ):
        answer = post(client, address, {"text": text})
        assert answer.status_code == 422
        field = read_page(answer.text).one("div", class_="field-wrong")
        assert says in field.text
        assert field.one("textarea").text == text.strip()


def test_limits_are_said_at_the_field_with_what_was_typed(scene, monkeypatch):
    reference = scene.ask()
    make_facility(scene.cluster, "barn")
    make_approver(db.session.merge(scene.hall))
    monkeypatch.setattr(service, "MOST_AN_HOUR", 1)
    monkeypatch.setattr(service, "MOST_A_DAY", 1)
    coordinated = make_facility(scene.cluster, "shed")
    make_approver(coordinated)
    for address, says in (
        ("/facilities/hall/ask", "messages here in the last hour"),
        (f"/requests/questions/{reference}", "messages here in the last hour"),
        ("/facilities/shed/ask", "in the last 24 hours"),
    ):
        answer = post(scene.asking, address, {"text": "Kept words"})
        assert answer.status_code == 429
        field = read_page(answer.text).one("div", class_="field-wrong")
        assert says in field.text
        assert field.one("textarea").text == "Kept words"


def test_where_nobody_answers_the_form_says_so(scene):
    make_facility(make_cluster(), "barn")
    answer = post(scene.asking, "/facilities/barn/ask", {"text": "Kept words"})
    assert answer.status_code == 422
    assert "Nobody answers questions about this facility yet." in answer.text
    assert "Kept words" in answer.text


def test_who_may_see_the_page_of_a_hidden_facility_may_ask_about_it(scene):
    hidden = dict.fromkeys(("sees_public", "sees_signed_in", "sees_own_cluster"), "nothing")
    make_approver(make_facility(scene.cluster, "vault", **hidden))
    assert "Ask a question" in get_page(scene.asking, "/facilities/vault").text
    answer = post(scene.asking, "/facilities/vault/ask", {"text": "Is there a crane?"})
    assert answer.location.startswith("/requests/questions/")


def test_who_cannot_ask_gets_no_link_and_is_told_why(scene, app):
    client = app.test_client()
    sign_in(client, make_person())
    for one in (client, scene.deciding):
        assert "Ask a question" not in get_page(one, "/facilities/hall").text
    assert (
        "does not belong to an organisation" in get_page(client, "/facilities/hall/ask", 403).text
    )


def test_mails_and_updates_say_that_there_is_a_question_and_lead_to_it(scene, database_url):
    reference = scene.ask("Wirrelkin")
    write_on(account_of(scene.approver.id), Side.OWNER, reference, "Wirrelkin too")
    mails = []
    while (parcel := take_next()) is not None:
        mails.append(letter(parcel, settings_for(database_url)))
    db.session.rollback()

    assert [mail["Subject"] for mail in mails] == [
        f"{reference}: a question for you",
        f"{reference}: an answer for you",
    ]
    texts = [part.get_content() for mail in mails for part in mail.iter_parts()]
    assert not [text for text in texts if "Wirrelkin" in text]
    for client, address, says in (
        (scene.deciding, f"/inbox/questions/{reference}", "asks about Hall."),
        (scene.asking, f"/requests/questions/{reference}", "Censec answered your question"),
    ):
        assert f"http://localhost{address}" in "".join(texts) or address in "".join(texts)
        updates = get_page(client, "/account/updates")
        assert says in updates.one("a", href=address).text
        assert "Wirrelkin" not in updates.text
        assert updates.one("ul", class_="updates").all("li", class_="update-new")
        get_page(client, address)
        updates = get_page(client, "/account/updates").one("ul", class_="updates")
        assert not updates.all("li", class_="update-new"), "opening it has marked it as read"


def test_a_former_colleague_is_no_longer_told_what_it_was_about(scene):
    reference = scene.ask()
    write_on(account_of(scene.approver.id), Side.OWNER, reference, "Yes.")
    move_to(scene.partner, make_partner().organisation)
    db.session.commit()

    updates = get_page(scene.asking, "/account/updates")
    assert "Hall" not in updates.one("main").text
    assert scene.asking.get(f"/requests/questions/{reference}").status_code == 404


def test_a_token_that_is_gone_takes_nothing_that_was_typed(scene):
    reference = scene.ask()
    for client, address in (
        (scene.asking, "/facilities/hall/ask"),
        (scene.deciding, f"/inbox/questions/{reference}"),
    ):
        answer = client.post(address, data={"text": "Kept words"})
        assert answer.status_code == 400
        assert "Kept words" in answer.text


def test_the_inbox_takes_as_many_statements_for_five_questions_as_for_one(scene):
    scene.ask()

    def cost():
        number = count_statements(lambda: get_page(scene.deciding, "/inbox"))
        db.session.rollback()
        return number

    cost()
    few = cost()
    for _ in range(4):
        scene.ask(by=make_partner())
    assert cost() == few
