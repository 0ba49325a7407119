"""Each person's choice: who gets which update, at once, in a digest, or on the page only."""

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.account_log import AccountEvent, log_account_change
from booking.accounts.queries import account_of
from booking.db import clock
from booking.db.transactions import writing
from booking.decisions.expiry import lapse_due
from booking.decisions.service import Decision, cancel, confirm
from booking.extensions import db
from booking.notices import outbox
from booking.notices.choices import choice_of, choose, digest_zones
from booking.notices.mail import letter
from booking.notices.models import Notice
from booking.notices.service import mark_read
from booking.notices.undecidable import tell_admins
from booking.rules.undoing import UNDO_FOR
from booking.rules.updates import Choice, Delivery, UpdateKind
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_person,
    make_request,
    slot_on,
)
from tests.postbox import mailing, text_of

DAY = date(2026, 12, 10)
SEVEN = datetime.fromisoformat("2026-11-25T07:00+01:00")
DIGEST = Choice(dict.fromkeys(UpdateKind, Delivery.DIGEST))
NEVER = Choice(dict.fromkeys(UpdateKind, Delivery.NEVER))


@pytest.fixture
def lab(app_context):
    """A lab with an approver and a coordinator, and a partner at home in Copenhagen's zone."""
    cluster = make_cluster()
    lab = make_facility(cluster, name="Wind tunnel", places=9, confirmed_on=NOW.date())
    lab.approver = make_approver(lab, email="approver@example.org")
    lab.coordinator = make_coordinator(cluster, email="coordinator@example.org")
    lab.partner = make_partner(
        "partner@example.org", organisation=make_organisation(home_cluster=cluster)
    )
    return lab


def confirmed(lab, reference="K7M-4QX", day=DAY, ago=UNDO_FOR):
    request = make_request(lab.partner, lab, [slot_on(day)], reference=reference, title="Hush")
    with clock.fixed(clock.now() - ago):  # until now it could be undone
        act(lab, confirm, request)
    return request


def act(lab, step, request, reason=""):
    booking = request.bookings[0]
    decision = Decision(booking.id, frozenset(o.id for o in booking.occurrences), reason)
    step(account_of(lab.approver.id), decision)


def told():
    return db.session.scalars(
        sa.select(Notice.person_id).order_by(Notice.id).execution_options(populate_existing=True)
    ).all()


def mails_of(person):
    rows = db.session.execute(
        sa.select(Notice.mail_due_at, Notice.in_digest)
        .where(Notice.person_id == person.id)
        .order_by(Notice.id)
    )
    return [tuple(row) for row in rows]


def test_coordinators_get_only_what_no_approver_can_decide(lab):
    confirmed(lab)
    assert told() == [lab.partner.id]

    lab.approver.is_active = False
    db.session.commit()
    make_request(lab.partner, lab, [slot_on(DAY)], lapses_at=NOW)
    lapse_due()

    assert lab.coordinator.id in told()


def test_a_coordinator_may_choose_to_be_told_of_every_step(lab):
    choose(lab.coordinator.id, Choice(every_step=True))

    confirmed(lab)

    assert sorted(told()) == sorted([lab.coordinator.id, lab.partner.id])


def test_a_choice_is_kept_and_changed(lab):
    assert choice_of(lab.partner.id) == Choice()

    for chosen in (DIGEST, Choice(NEVER.deliveries, every_step=True, details=True)):
        choose(lab.partner.id, chosen)
        assert choice_of(lab.partner.id) == chosen


def test_updates_go_by_the_choice_of_each_person(lab):
    confirmed(lab)
    choose(lab.partner.id, DIGEST)
    confirmed(lab, "K7M-4QY")
    choose(lab.partner.id, NEVER)
    confirmed(lab, "K7M-4QZ")

    assert mails_of(lab.partner) == [(NOW, False), (SEVEN, True), (None, False)]


def test_a_cancellation_is_mailed_at_once_whatever_was_chosen(lab):
    request = confirmed(lab)
    choose(lab.partner.id, NEVER)

    act(lab, cancel, request, "Broken")

    assert mails_of(lab.partner)[-1] == (NOW, False)


def test_updates_about_accounts_and_undecidable_requests_go_by_the_choice(lab):
    admin = make_person(is_admin=True)
    there = lab.partner.organisation
    newcomer = make_person(organisation=there)
    for person in (lab.partner, admin):
        choose(person.id, NEVER)
    with writing() as now:
        log_account_change(
            AccountEvent.JOINED, newcomer, now, actor_id=None, organisation_id=there.id
        )
    make_request(lab.partner, lab, [slot_on(DAY)])
    for person in (lab.approver, lab.coordinator):
        person.is_active = False
    db.session.commit()

    assert tell_admins() == 1

    assert mails_of(lab.partner) == [(None, False)]
    assert mails_of(admin) == [(None, False)]


def test_the_digest_goes_by_the_persons_clock_else_by_their_clusters(lab):
    tampere = make_cluster(time_zone="Europe/Helsinki")
    people = {
        "Europe/Helsinki": make_coordinator(tampere),
        "Europe/Madrid": make_coordinator(tampere, time_zone="Europe/Madrid"),
        "Europe/Copenhagen": lab.approver,
        "Europe/Brussels": make_person(),
    }

    zones = digest_zones([person.id for person in people.values()])

    assert {zones[person.id].key: person for person in people.values()} == people


def test_a_digest_is_one_mail_of_all_that_is_due_and_comes_once(app, lab, postbox, at):
    choose(lab.partner.id, DIGEST)
    for reference in ("K7M-4QX", "K7M-4QY"):
        confirmed(lab, reference)
    worker = mailing(app, postbox.port)
    worker.round()
    assert postbox.mails == []

    # The worker was down for more than a day: still one mail.
    at(NOW + timedelta(hours=23))
    confirmed(lab, "K7M-4QZ")
    at(SEVEN + timedelta(days=1, hours=5))
    for _ in range(3):
        worker.round()

    (mail,) = postbox.mails
    assert mail["Subject"] == "3 updates"
    for kind in ("plain", "html"):
        text = text_of(mail, kind)
        for said in ("K7M-4QX: confirmed", "K7M-4QY", "K7M-4QZ", "/account/updates"):
            assert said in text
        assert "Hush" not in text


def test_a_digest_that_failed_says_the_same_at_the_next_try(app, lab, postbox, at):
    choose(lab.partner.id, DIGEST)
    confirmed(lab, "K7M-4QX")
    at(SEVEN)
    first = outbox.take_next()
    assert outbox.take_next() is None
    confirmed(lab, "K7M-4QY", ago=timedelta())

    at(SEVEN + timedelta(minutes=5))
    again = outbox.take_next()

    assert again == first
    settings = app.extensions["settings"]
    assert letter(again, settings)["Message-ID"] == letter(first, settings)["Message-ID"]


def test_what_was_read_or_is_no_longer_wanted_is_not_in_the_digest(app, lab, postbox, at):
    choose(lab.partner.id, DIGEST)
    confirmed(lab, "K7M-4QX")
    mark_read(lab.partner.id)
    at(SEVEN)
    mailing(app, postbox.port).round()

    confirmed(lab, "K7M-4QY")
    choose(lab.partner.id, NEVER)
    at(SEVEN + timedelta(days=1))
    mailing(app, postbox.port).round()

    assert postbox.mails == []


def test_titles_are_in_mails_only_for_who_chose_so(app, lab, postbox):
    choose(lab.partner.id, Choice(details=True))
    confirmed(lab)
    mailing(app, postbox.port).round()

    (mail,) = postbox.mails
    assert "Hush" in text_of(mail)
    assert "Hush" in text_of(mail, "html")
