"""The directory of expertise on its pages: searching, asking, keeping, and agreeing."""

import pytest

from booking.accounts.queries import account_of
from booking.expertise.queries import directory, own_namings
from booking.expertise.question_service import ask
from booking.extensions import db
from booking.rules.expertise import MOST_QUESTIONS_A_DAY
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_expertise,
    make_partner,
    make_person,
    sign_in,
)
from tests.pages import get_page, post, read_page, submit
from tests.postbox import mailing, open_postbox, text_of

AREA = {
    "name": "wildfire",
    "role": "Adviser",
    "subjects": ["fire-rescue"],
    "languages": ["fr", "en"],
}


@pytest.fixture
def censec(app_context):
    return make_cluster("censec", expertise=["digital forensics"])


@pytest.fixture
def owner(censec):
    return make_coordinator(censec)


def ask_by_form(client, address, typed):
    """Open the form to ask and send it."""
    return submit(client, get_page(client, address).one("main").one("form"), typed)


def test_the_directory_says_who_answers_and_finds_by_subject_and_language(censec, owner, client):
    expert = make_person(name="Ada Expert")
    make_expertise(censec, expert, name="wildfire", languages=["da"], changed_by=owner.id)

    page = get_page(client, "/expertise?what=forest+fire&language=da").one("main").text
    nobody = get_page(client, "/expertise?language=fi&subject=space").one("main").text

    assert "1 area of expertise" in page
    assert "Wildfire" in page
    assert "Ada Expert" in page
    assert expert.email not in page
    assert "Nobody found" in nobody


def test_what_a_cluster_only_names_gets_its_subject_from_the_coordinator(owner, client):
    cluster = db.session.merge(make_cluster("kit", expertise=["wildfire fighting", "odd things"]))
    coordinator = make_coordinator(cluster)
    db.session.commit()
    sign_in(client, coordinator)
    page = get_page(client, "/manage/clusters/kit/expertise")
    links = {link.text: link.get("href") for link in page.one("main").all("a")}
    assert "Odd things no subject, so not counted" in page.text
    assert "State subjects and role wildfire fighting" in links  # what the words name

    form = get_page(client, links["Choose a subject odd things"]).one("main").all("form")[-1]
    wrong = submit(client, form, {"description": "Penetration testing for all."})
    assert wrong.status_code == 422
    assert "Those that your words name are ticked now" in wrong.text
    begun = read_page(wrong.text).one("main").all("form")[-1]
    assert submit(client, begun).status_code == 303

    db.session.rollback()
    found = {one.name: one.subjects for one in directory() if one.cluster.slug == "kit"}
    assert found == {"odd things": ("cybersecurity",), "wildfire fighting": ["fire-rescue"]}


def test_an_area_is_added_a_person_named_and_shown_once_they_agree(censec, owner, client, app):
    expert = make_coordinator(censec, name="Ada Expert")
    sign_in(client, owner)

    empty = get_page(client, "/manage/clusters/censec/expertise")
    assert "No areas yet" in empty.text
    wrong = post(client, "/manage/clusters/censec/expertise", AREA | {"subjects": ["nothing"]})
    assert wrong.status_code == 422
    assert read_page(wrong.text).one("input", id="name").get("value") == "wildfire"
    assert post(client, "/manage/clusters/censec/expertise", AREA).status_code == 303
    db.session.rollback()
    area = next(one for one in directory() if one.key)
    address = f"/manage/clusters/censec/expertise/{area.key}"
    assert post(client, f"{address}/people", {"email": "nobody@example.org"}).status_code == 422
    post(client, f"{address}/people", {"email": expert.email})
    assert "has not agreed" in get_page(client, address).text

    other = app.test_client()
    sign_in(other, expert)
    db.session.rollback()
    (naming,) = own_namings(expert.id)
    post(other, f"/account/expertise/{naming.key}", {"answer": "show"})
    assert "shown to everybody" in get_page(other, "/account/expertise").text
    assert "Ada Expert" in get_page(app.test_client(), "/expertise").text
    post(other, f"/account/expertise/{naming.key}", {"answer": "hide"})
    assert "Ada Expert" not in get_page(app.test_client(), "/expertise").text
    assert post(other, f"/account/expertise/{naming.key}", {"answer": "?"}).status_code == 404


def test_a_change_that_somebody_else_saved_meanwhile_is_shown_and_what_was_typed_kept(
    censec, owner, client
):
    area = make_expertise(censec, name="wildfire", changed_by=owner.id)
    address = f"/manage/clusters/censec/expertise/{area.key}"
    sign_in(client, owner)
    assert post(client, address, AREA | {"revision": "0", "name": "fire"}).status_code == 303

    late = post(client, address, AREA | {"revision": "0", "name": "smoke"})

    assert late.status_code == 409
    page = read_page(late.text)
    assert "Saved since you opened this page" in page.text
    assert page.one("input", id="name").get("value") == "smoke"
    again = AREA | {"revision": page.one("input", id="revision").get("value"), "name": "smoke"}
    assert post(client, address, again).status_code == 303


def test_a_question_is_sent_answered_and_never_mailed(app, censec, owner, client):
    partner = make_partner(email="asker@example.org")
    sign_in(client, partner)
    address = "/expertise/censec/ask?area=digital+forensics"
    empty = ask_by_form(client, address, {"text": " "})
    assert empty.status_code == 422
    sent = ask_by_form(client, address, {"text": "Which tool for old phones?"})
    assert sent.status_code == 303
    other = app.test_client()
    sign_in(other, owner)
    questions = get_page(other, "/expertise/questions")
    assert "needs your answer" in questions.text
    post(other, sent.headers["Location"], {"text": "Ask by <b>post</b>."})

    page = get_page(client, sent.headers["Location"]).one("main").text

    assert "Ask by <b>post</b>." in page
    assert owner.name not in page
    with open_postbox() as box:
        mailing(app, box.port).round()
    texts = [text_of(mail) for mail in box.mails]
    assert len(texts) == 2
    for text in texts:
        assert "digital forensics" in text
        assert "old phones" not in text
        assert "post" not in text.replace("posted", "")
        assert sent.headers["Location"] in text


def test_too_many_questions_keep_what_was_typed(censec, owner, client):
    partner = make_partner()
    account = account_of(partner.id)
    for _ in range(MOST_QUESTIONS_A_DAY):
        ask(account, "censec", "digital forensics", "Again?")
    sign_in(client, partner)

    answer = ask_by_form(
        client, "/expertise/censec/ask?area=digital+forensics", {"text": "One more?"}
    )

    assert answer.status_code == 429
    assert "One more?" in read_page(answer.text).one("textarea").text
