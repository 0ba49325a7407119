"""Saved replies: coordinators keep them, everybody who decides inserts them into answers."""

from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import Occurrence
from booking.decisions.reply_models import SavedReply
from booking.errors import Invalid
from booking.extensions import db
from booking.manage.replies.service import MOST_REPLIES, add_reply
from booking.rules.lifecycle import State
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
from tests.pages import get_page, post, read_page, submit

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])

ADDRESS = "/manage/clusters/here/replies"
DAY = date(2027, 1, 14)


@pytest.fixture
def cluster(app_context):
    return make_cluster("here")


@pytest.fixture
def coordinator(cluster, client):
    make_facility(cluster)
    coordinator = make_coordinator(cluster)
    sign_in(client, coordinator)
    return coordinator


def stored():
    db.session.rollback()
    return db.session.execute(
        sa.select(SavedReply.title, SavedReply.text).order_by(SavedReply.title)
    ).all()


def add(client, title="Visitors", text="Names, please."):
    page = get_page(client, ADDRESS)
    answer = submit(client, page.one("form", action=ADDRESS), {"title": title, "text": text})
    db.session.rollback()
    return answer


def test_a_coordinator_adds_changes_and_removes_a_reply(client, coordinator):
    assert ADDRESS in [link.get("href") for link in get_page(client, "/manage").all("a")]
    assert add(client).status_code == 303
    assert stored() == [("Visitors", "Names, please.")]

    page = get_page(client, f"{ADDRESS}/1")
    changed = {"text": "Names of all visitors, please."}
    assert submit(client, page.one("form", action=f"{ADDRESS}/1"), changed).status_code == 303
    assert stored() == [("Visitors", "Names of all visitors, please.")]

    assert submit(client, page.one("form", action=f"{ADDRESS}/1/remove")).status_code == 303
    assert stored() == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"title": ""}, "Enter a title."),
        ({"text": ""}, "Enter the text."),
        ({"title": "x" * 81}, "Use at most 80 characters."),
        ({"text": "x" * 1001}, "Use at most 1000 characters."),
        ({"title": "Visitors"}, "Another saved reply has this title."),
    ],
)
def test_what_is_empty_too_long_or_there_already_is_refused_and_kept(
    client, coordinator, typed, said
):
    add(client)

    answer = add(client, **{"title": "New", "text": "Other words", **typed})

    assert answer.status_code == 422
    page = read_page(answer.text)
    assert said in page.one("div", class_="error-summary").text
    kept = dict(page.one("form", action=ADDRESS).values())
    assert {name: kept[name] for name in typed} == typed
    assert stored() == [("Visitors", "Names, please.")]


def test_a_change_that_the_person_has_not_seen_is_not_overwritten(client, coordinator):
    add(client)
    form = get_page(client, f"{ADDRESS}/1").one("form", action=f"{ADDRESS}/1")
    submit(client, form, {"text": "First"})

    answer = submit(client, form, {"text": "Second"})

    assert answer.status_code == 409
    page = read_page(answer.text)
    assert "First" in page.one("div", class_="note-warning").text
    assert stored() == [("Visitors", "First")]
    again = submit(client, page.one("form", action=f"{ADDRESS}/1"))
    assert again.status_code == 303
    assert stored() == [("Visitors", "Second")]


def test_a_cluster_keeps_no_more_than_so_many_replies(cluster, coordinator):
    account = account_of(coordinator.id)
    for number in range(MOST_REPLIES):
        add_reply(account, "here", f"Reply {number}", "Text")

    with pytest.raises(Invalid, match="too_many"):
        add_reply(account, "here", "One more", "Text")


def test_only_coordinators_of_the_cluster_edit_its_replies(client, cluster, coordinator):
    add(client)
    people = [make_approver(make_facility(cluster)), make_coordinator(make_cluster())]
    for person in people:
        db.session.rollback()
        sign_in(client, person)
        for address in (ADDRESS, f"{ADDRESS}/1"):
            assert client.get(address).status_code == 404
            typed = {"title": "Mine", "text": "Mine"}
            assert post(client, address, typed).status_code == 404
        assert post(client, f"{ADDRESS}/1/remove").status_code == 404
    assert stored() == [("Visitors", "Names, please.")]


def test_an_approver_inserts_a_reply_of_the_cluster_and_no_other(client, cluster, coordinator):
    add(client)
    lab = make_facility(cluster)
    make_request(make_partner(), lab, [slot_on(DAY)], reference="K7M-4QX")
    foreign = make_cluster("there")
    other = make_coordinator(foreign)
    add_reply(account_of(other.id), "there", "Foreign", "Foreign text")
    sign_in(client, make_approver(lab))
    db.session.rollback()
    page = get_page(client, "/inbox/K7M-4QX")
    assert "Foreign" not in page.text
    picker = page.one("select", name="reply-answer-1-reason")
    assert [option.text for option in picker.all("option")] == ["Saved replies …", "Visitors"]

    url = "/inbox/K7M-4QX/decline"
    typed = {
        "part": "1",
        "insert": "answer-1-reason",
        "answer-1-reason": "Sorry.",
        "answer-1-code": "safety",
    }
    inserted = post(client, url, {**typed, "reply-answer-1-reason": "1"})

    assert inserted.status_code == 200
    kept = dict(read_page(inserted.text).one("form", action="/inbox/K7M-4QX/confirm").values())
    assert kept["answer-1-reason"] == "Sorry.\n\nNames, please."
    assert kept["answer-1-code"] == "safety"
    for chosen in ("", "2", "x"):
        nothing = post(client, url, {**typed, "reply-answer-1-reason": chosen})
        assert nothing.status_code == 422
        page = read_page(nothing.text)
        assert "Choose a saved reply to insert." in page.one("div", class_="error-summary").text
    assert db.session.scalars(sa.select(Occurrence.state)).all() == [State.REQUESTED]
