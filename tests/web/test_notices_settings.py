"""The page on which a person chooses how to get updates."""

import pytest

from booking.accounts.queries import account_of
from booking.extensions import db
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from booking.notices.choices import choice_of
from booking.rules.updates import Choice, Delivery, UpdateKind
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    sign_in,
)
from tests.pages import get_page, read_page, submit

ADDRESS = "/account/updates/settings"
KINDS = ["to_decide", "answers", "messages", "reminders", "cluster", "catalogue"]


@pytest.fixture
def people(app_context):
    cluster = make_cluster()
    return {
        "partner": make_partner(),
        "approver": make_approver(make_facility(cluster)),
        "coordinator": make_coordinator(cluster),
    }


def asked(page):
    """The names of what the form asks for."""
    form = page.one("form", action=ADDRESS)
    return list(dict.fromkeys(f.get("name") for f in form.all("input") if f.get("name")))[1:]


def test_a_person_is_asked_what_concerns_them(client, people):
    found = {}
    for name, person in people.items():
        sign_in(client, person)
        found[name] = asked(get_page(client, ADDRESS))

    without = {"partner": ["to_decide"], "approver": ["answers"], "coordinator": ["answers"]}
    assert found == {
        name: [kind for kind in KINDS if kind not in without[name]]
        + (["every_step"] if name == "coordinator" else [])
        + ["details"]
        + (["invitations"] if name == "partner" else [])
        for name in people
    }


def test_a_choice_is_saved_and_shown_again(client, people):
    partner = people["partner"]
    sign_in(client, partner)
    form = get_page(client, ADDRESS).one("form", action=ADDRESS)

    assert "invitations" not in dict(form.values())
    chosen = {"answers": "digest", "messages": "never", "details": "y", "invitations": "y"}
    answer = submit(client, form, chosen)

    assert (answer.status_code, answer.location) == (303, ADDRESS)
    db.session.rollback()
    assert choice_of(partner.id) == Choice(
        {
            **dict.fromkeys(UpdateKind, Delivery.AT_ONCE),
            UpdateKind.ANSWERS: Delivery.DIGEST,
            UpdateKind.MESSAGES: Delivery.NEVER,
        },
        details=True,
        invitations=True,
    )
    values = dict(get_page(client, ADDRESS).one("form", action=ADDRESS).values())
    assert {name: values[name] for name in chosen} == chosen


def test_a_delivery_that_is_not_offered_is_refused_and_the_rest_is_kept(client, people):
    sign_in(client, people["coordinator"])
    form = get_page(client, ADDRESS).one("form", action=ADDRESS)

    answer = submit(client, form, {"to_decide": "hourly", "messages": "never", "every_step": "y"})

    assert answer.status_code == 422
    page = read_page(answer.text)
    assert page.one(class_="error-summary")
    values = dict(page.one("form", action=ADDRESS).values())
    assert (values["messages"], values["every_step"]) == ("never", "y")
    assert choice_of(people["coordinator"].id) == Choice()


def test_the_page_names_the_hour_and_the_zone_of_the_digest(client, people):
    sign_in(client, people["approver"])

    text = get_page(client, ADDRESS).text

    assert "07:00, Copenhagen time" in text
    assert "This site sends no e-mail at present." in text


def test_who_has_a_calendar_link_is_told_not_to_have_invitations_too(client, people):
    partner = people["partner"]
    sign_in(client, partner)
    before = get_page(client, ADDRESS).text
    make_feed(account_of(partner.id), FeedKind.OWN, with_titles=False)

    after = get_page(client, ADDRESS).text

    told = "You have a calendar link at present."
    assert (told in before, told in after) == (False, True)
    assert "If more than 10 dates are confirmed at once, none of them" in after
