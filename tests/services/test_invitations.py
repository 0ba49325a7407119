"""Invitations: one mail for each date, which a calendar program puts in, changes or takes out."""

import re
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import icalendar
import pytest
import sqlalchemy as sa
import vobject

from booking.accounts.queries import account_of
from booking.bookings.models import BookingRequest, Occurrence
from booking.db import clock
from booking.decisions import service
from booking.decisions.attendance import mark_no_show
from booking.decisions.proposing import Proposal, propose
from booking.decisions.service import Decision
from booking.decisions.undoing import undo_confirmation
from booking.extensions import db
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from booking.notices import outbox, worker
from booking.notices.choices import choose
from booking.notices.invitations import take_next_invitation
from booking.notices.models import Invitation
from booking.requests.answering import accept
from booking.requests.service import cancel as cancel_own
from booking.requests.service import send
from booking.rules.lifecycle import State
from booking.rules.undoing import UNDO_FOR
from booking.rules.updates import MOST_INVITATIONS, Choice, Delivery, UpdateKind
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_organisation,
    make_partner,
    make_person,
    make_request,
    move_to,
    slot_on,
)
from tests.postbox import mailing, text_of
from tests.request_factories import sending_for

DAY, LATER = date(2027, 1, 14), date(2027, 1, 15)
SECOND = timedelta(seconds=1)

#: For what no database can do differently.
on_one_engine = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster(), name="Wind tunnel", city="Aarhus")


@pytest.fixture
def partner(lab):
    partner = make_partner("partner@example.org")
    choose(partner.id, Choice(invitations=True))
    return partner


@pytest.fixture
def approver(lab):
    return account_of(make_approver(lab, email="approver@example.org").id)


@pytest.fixture
def sent(lab, partner):
    def send(*slots, state=State.REQUESTED, person=partner, **fields):
        fields = {"title": "Secret drone", **fields}
        request = make_request(person, lab, slots or [slot_on(DAY)], state=state, **fields)
        booking = request.bookings[0]
        return booking.id, [one.id for one in booking.occurrences]

    return send


@pytest.fixture
def mails(app, postbox):
    """Return a function that lets the worker do its round, and gives the new mails to partners.

    It does it when nothing can be undone any more, unless `now`.
    """
    at = [0]

    def mails(*, now=False):
        db.session.rollback()
        with clock.fixed(clock.now() if now else clock.now() + UNDO_FOR):
            mailing(app, postbox.port).round()
        new = [one for one in postbox.mails[at[0] :] if one["To"] != "approver@example.org"]
        at[0] = len(postbox.mails)
        return new

    return mails


def confirm(approver, ids):
    service.confirm(approver, Decision(ids[0], frozenset(ids[1])))


def part_of(mail):
    (part,) = [one for one in mail.iter_parts() if one.get_content_subtype() == "calendar"]
    return part


def event_in(mail):
    """The one event of a mail; its method is the one of the part."""
    calendar = icalendar.Calendar.from_ical(part_of(mail).get_payload(decode=True))
    assert str(calendar["method"]) == part_of(mail).get_param("method")
    (event,) = calendar.walk("VEVENT")
    return event


def method_of(mail):
    return part_of(mail).get_param("method")


def is_invitation(mail):
    return any(one.get_content_subtype() == "calendar" for one in mail.iter_parts())


def test_a_confirmed_date_comes_as_an_invitation(sent, approver, mails):
    confirm(approver, sent())

    assert mails(now=True) == []
    (mail,) = mails()

    assert mail["To"] == "partner@example.org"
    assert re.fullmatch(r"\w{3}-\w{3}: confirmed, Thu 14 Jan 2027", mail["Subject"])
    assert mail.get_content_type() == "multipart/alternative"
    parts = list(mail.iter_parts())
    assert [one.get_content_subtype() for one in parts] == ["plain", "html", "calendar"]
    calendar = parts[-1]
    assert calendar.get_content_charset() == "utf-8"
    assert (calendar.get_param("method"), calendar.get_filename()) == ("REQUEST", None)
    assert calendar["Content-Disposition"] is None
    body = calendar.get_payload(decode=True)
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    (zone, _) = icalendar.Calendar.from_ical(body).subcomponents
    assert (zone.name, "RDATE" in str(zone.to_ical())) == ("VTIMEZONE", False)
    event = event_in(mail)
    assert event.decoded("dtstart") == slot_on(DAY).starts_at
    assert str(event["organizer"]) == "mailto:booking@example.org"
    assert str(event["attendee"]) == "mailto:partner@example.org"
    assert dict(event["attendee"].params) == {
        "CUTYPE": "INDIVIDUAL",
        "PARTSTAT": "ACCEPTED",
        "ROLE": "REQ-PARTICIPANT",
        "RSVP": "FALSE",
    }
    (read,) = vobject.readOne(body.decode()).vevent_list
    assert read.attendee.value == "mailto:partner@example.org"
    for text in (text_of(mail), text_of(mail, "html")):
        assert "Wind tunnel" in text
        assert "Thu 14 Jan 2027, 10:00 – 13:00" in text
        assert "puts the date into your calendar" in text
        assert "Secret" not in text
    assert mails() == []
    # Due again although nothing has changed.
    db.session.execute(sa.update(Invitation).values(mail_due_at=clock.now()))
    db.session.commit()
    assert mails() == []


@on_one_engine
@pytest.mark.parametrize("details", [True, False])
def test_an_invitation_says_what_the_readers_own_feed_says(
    sent, approver, partner, mails, client, details
):
    choose(partner.id, Choice(invitations=True, details=details))
    token = make_feed(account_of(partner.id), FeedKind.OWN, with_titles=details)
    confirm(approver, sent())

    event = event_in(mails()[0])

    feed = icalendar.Calendar.from_ical(client.get(f"/feeds/{token}.ics").data)
    (same,) = feed.walk("VEVENT")
    assert ("Secret drone" in str(same["summary"])) is details
    assert event.pop("organizer")
    assert event.pop("attendee")
    assert event.to_ical() == same.to_ical()


def test_a_cancelled_date_is_taken_out_of_the_calendar(sent, approver, mails):
    ids = sent()
    confirm(approver, ids)
    before = event_in(mails()[0])

    service.cancel(approver, Decision(ids[0], frozenset(ids[1]), "Broken."))
    update, mail = mails()

    assert "Other possible times" in text_of(update)
    assert "removes the date" in text_of(mail)
    assert method_of(mail) == "CANCEL"
    event = event_in(mail)
    assert str(event["status"]) == "CANCELLED"
    assert event["uid"] == before["uid"]
    assert event["sequence"] > before["sequence"]
    assert event["dtstamp"].dt >= before["dtstamp"].dt
    assert event["attendee"] == before["attendee"]
    assert event["organizer"] == before["organizer"]


@on_one_engine
def test_what_requesters_do_themselves_reaches_their_calendar(sent, partner, approver, mails):
    ids = sent()
    confirm(approver, ids)
    assert len(mails()) == 1

    cancel_own(account_of(partner.id), ids[0], ids[1], "No.")

    assert [method_of(mail) for mail in mails()] == ["CANCEL"]


def test_a_moved_date_goes_on_as_the_same_event(sent, partner, approver, mails):
    ids = sent()
    confirm(approver, ids)
    before = event_in(mails()[0])
    until = date(2026, 12, 4)
    propose(
        approver, Proposal(ids[0], ids[1][0], (slot_on(LATER),), False, 1, until, "Rather then?")
    )
    (update,) = mails()
    assert not is_invitation(update)
    new = db.session.scalars(
        sa.select(Occurrence.id).where(Occurrence.state == State.PROPOSED)
    ).one()

    accept(account_of(partner.id), ids[0], new)
    (mail,) = mails()

    assert ": changed, Fri 15 Jan 2027" in mail["Subject"]
    event = event_in(mail)
    assert (method_of(mail), str(event["status"])) == ("REQUEST", "CONFIRMED")
    assert event["uid"] == before["uid"]
    assert event["sequence"] > before["sequence"]
    assert event.decoded("dtstart") == slot_on(LATER).starts_at


def test_what_is_undone_or_cancelled_in_the_first_minute_reaches_no_calendar(sent, approver, mails):
    undone, cancelled = sent(), sent(slot_on(LATER))
    confirm(approver, undone)
    undo_confirmation(approver, undone[0], undone[1])
    confirm(approver, cancelled)
    service.cancel(approver, Decision(cancelled[0], frozenset(cancelled[1]), "Broken."))

    (update,) = mails()
    assert "cancelled" in update["Subject"]
    assert not is_invitation(update)


def test_an_invitation_that_was_faster_than_undoing_is_taken_back(sent, approver, mails, at):
    ids = sent()
    confirm(approver, ids)
    assert len(mails()) == 1
    at(NOW + UNDO_FOR - SECOND)

    undo_confirmation(approver, ids[0], ids[1])
    (mail,) = mails()

    assert "no longer confirmed" in mail["Subject"]
    assert (method_of(mail), str(event_in(mail)["status"])) == ("CANCEL", "CANCELLED")


@on_one_engine
def test_many_dates_at_once_come_without_invitations(sent, approver, mails):
    tuesdays = [
        date(2027, 1, 12) + timedelta(weeks=number) for number in range(MOST_INVITATIONS + 1)
    ]
    few = sent(*(slot_on(day) for day in tuesdays[1:]))
    many = sent(*(slot_on(day, "13:00", "15:00") for day in tuesdays))
    confirm(approver, few)
    found = mails()
    assert len({str(event_in(mail)["uid"]) for mail in found}) == MOST_INVITATIONS == len(found)

    confirm(approver, many)

    (update,) = mails()
    assert not is_invitation(update)
    assert "So many dates at once come without invitations." in text_of(update)
    service.cancel(approver, Decision(many[0], frozenset(many[1]), "Broken."))
    assert [is_invitation(mail) for mail in mails()] == [False]
    service.cancel(approver, Decision(few[0], frozenset(few[1]), "Broken."))
    assert sum(is_invitation(mail) for mail in mails()) == MOST_INVITATIONS


@on_one_engine
def test_only_the_requester_who_chose_them_gets_invitations(sent, partner, approver, mails):
    colleague = make_person("colleague@example.org", organisation=partner.organisation)
    choose(colleague.id, Choice(invitations=True))
    other = make_partner("other@example.org")
    for person in (partner, other):
        confirm(approver, sent(slot_on(DAY if person is partner else LATER), person=person))

    assert sorted((mail["To"], is_invitation(mail)) for mail in mails()) == [
        ("other@example.org", False),
        ("partner@example.org", True),
    ]


@on_one_engine
def test_invitations_do_not_wait_for_a_digest_and_come_where_no_other_mail_is_wanted(
    sent, partner, approver, mails
):
    for delivery, day in ((Delivery.DIGEST, DAY), (Delivery.NEVER, LATER)):
        choose(partner.id, Choice(dict.fromkeys(UpdateKind, delivery), invitations=True))
        confirm(approver, sent(slot_on(day)))

    assert [is_invitation(mail) for mail in mails()] == [True, True]


@on_one_engine
def test_nobody_who_left_the_organisation_is_invited(sent, partner, approver, mails):
    confirm(approver, sent())
    move_to(partner, make_organisation())

    assert mails() == []


@on_one_engine
def test_who_ends_invitations_gets_none_any_more(sent, partner, approver, mails):
    ids = sent()
    confirm(approver, ids)
    assert len(mails()) == 1
    choose(partner.id, Choice())

    service.cancel(approver, Decision(ids[0], frozenset(ids[1]), "Broken."))

    assert [is_invitation(mail) for mail in mails()] == [False]


@on_one_engine
def test_that_nobody_came_changes_nothing_in_the_calendar(sent, approver, mails, at):
    ids = sent()
    confirm(approver, ids)
    assert len(mails()) == 1
    at(slot_on(DAY).starts_at + timedelta(hours=1))

    mark_no_show(approver, ids[0], ids[1][0])

    assert not any(is_invitation(mail) for mail in mails())


@on_one_engine
def test_a_title_cannot_add_to_a_mail_or_its_event(sent, partner, approver, mails):
    choose(partner.id, Choice(invitations=True, details=True))
    ids = sent()
    hostile = "Drone\r\nBcc: all@example.org\r\nATTACH:file:///etc/passwd\r\nEND:VEVENT"
    db.session.execute(sa.update(BookingRequest).values(title=hostile))
    db.session.commit()
    confirm(approver, ids)

    (mail,) = mails()

    assert mail["Bcc"] is None
    event = event_in(mail)
    assert "ATTACH" not in event
    assert "Bcc: all@example.org" in str(event["summary"])


def test_an_invitation_that_fails_is_tried_again_under_the_same_id_and_then_listed(
    app, sent, approver, mails, postbox, at
):
    confirm(approver, sent())
    postbox.answer = "451 come back later"
    mails()
    written = []
    for hours in range(1, 8):
        at(NOW + timedelta(hours=hours))
        mails()
    assert postbox.tried == outbox.MAX_TRIES

    def run(*words):
        db.session.rollback()
        return app.test_cli_runner().invoke(args=["mail", *words]).output

    (line,) = run("list").splitlines()
    number = line.split()[0]
    assert re.fullmatch(r"i\d+", number)
    assert "partner@example.org" in line
    assert "No failed mail has the number i999." in run("resend", "i999")
    postbox.answer = "250 OK"
    at(NOW + timedelta(days=9))
    run("pause")
    assert run("resend", number) == "Mails to be sent again: 1.\n"
    assert mails() == []
    assert run("resume") == "Mail is sent again. Waiting: 1.\n"
    written += mails()
    # As if the worker had died before its mark.
    db.session.execute(sa.update(Invitation).values(mail_due_at=clock.now(), sent_sequence=None))
    db.session.commit()
    written += mails()
    assert len(written) == 2
    assert len({mail["Message-ID"] for mail in written}) == 1
    assert run("list") == "No mail has failed.\n"


def test_an_invitation_that_may_have_arrived_is_taken_back(sent, approver, mails, at):
    ids = sent()
    confirm(approver, ids)
    db.session.rollback()
    at(NOW + UNDO_FOR)
    assert take_next_invitation() is not None  # and this worker dies

    service.cancel(approver, Decision(ids[0], frozenset(ids[1]), "Broken."))

    assert [method_of(mail) for mail in mails() if is_invitation(mail)] == ["CANCEL"]


def test_what_happens_while_a_mail_is_sent_is_mailed_afterwards(
    app, sent, approver, mails, at, monkeypatch
):
    ids = sent()
    confirm(approver, ids)
    cancelling = [True]
    write = worker.invitation_letter

    def cancel_and_write(mail, settings):
        letter = write(mail, settings)
        if cancelling and cancelling.pop():
            service.cancel(approver, Decision(ids[0], frozenset(ids[1]), "Broken."))
        return letter

    monkeypatch.setattr(worker, "invitation_letter", cancel_and_write)

    found = [*mails(), *mails()]

    assert [method_of(mail) for mail in found if is_invitation(mail)] == ["REQUEST", "CANCEL"]


def test_an_invitation_that_waited_for_more_than_a_day_is_not_sent(sent, approver, mails, at):
    confirm(approver, sent())
    at(NOW + timedelta(days=1))

    assert mails() == []
    due = sa.select(Invitation.mail_due_at).execution_options(populate_existing=True)
    assert db.session.scalars(due).all() == [None]


@on_one_engine
def test_a_date_that_is_over_is_not_mailed(sent, approver, mails, at):
    confirm(approver, sent(slot_on(date(2026, 11, 24), "10:00", "11:00")))
    at(datetime(2026, 11, 24, 11, tzinfo=UTC))

    assert mails() == []


@on_one_engine
def test_what_a_rule_confirms_as_it_is_sent_comes_as_an_invitation(partner, mails):
    lab = make_facility(make_cluster(), automatic_for="everyone", automatic_maximum_units=4)
    make_approver(lab, email="approver@example.org")

    send(account_of(partner.id), sending_for(lab, slot_on(DAY)))

    assert [method_of(mail) for mail in mails()] == ["REQUEST"]


def test_workers_at_the_same_time_send_each_invitation_once(app, sent, approver, postbox, at):
    days = [date(2027, 1, 12) + timedelta(weeks=number) for number in range(4)]
    confirm(approver, sent(*(slot_on(day) for day in days)))
    db.session.rollback()
    at(NOW + UNDO_FOR)
    workers = [mailing(app, postbox.port) for _ in range(3)]

    threads = [Thread(target=worker.round) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = [event_in(mail)["uid"] for mail in postbox.mails if is_invitation(mail)]
    assert len(found) == len(set(found)) == len(days)
