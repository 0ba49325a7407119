"""Mails about accounts: links to choose a password or confirm an address, and news of changes."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from booking.accounts import operator_service, service
from booking.accounts.account_request_service import NewOrganisation, let_in, renew_link
from booking.accounts.email_service import (
    CONFIRMATION_LASTS,
    confirm_email_change,
    new_email_of,
    request_email_change,
)
from booking.accounts.models import AccountMail, EmailChange, OneTimeLink, Person
from booking.accounts.reset_service import RESET_LASTS, request_reset
from booking.accounts.sign_ins import person_of
from booking.accounts.throttle import ClientSource
from booking.accounts.tokens import token_for
from booking.errors import Busy, Invalid, NotFound
from booking.extensions import db
from booking.notices.account_mail import account_letter
from booking.notices.account_outbox import (
    delete_account_mail,
    drop_stale_account_mail,
    take_account_mail,
)
from booking.notices.outbox import PAUSES
from booking.rules.limits import DEFAULT_LIMITS, LimitName
from tests.conftest import NOW
from tests.factories import (
    PASSWORD,
    make_account_request,
    make_cluster,
    make_coordinator,
    make_person,
)
from tests.postbox import text_of

LINK_MAIL_LIMIT = DEFAULT_LIMITS[LimitName.LINK_MAIL]
LINK_MAIL_NETWORK_LIMIT = DEFAULT_LIMITS[LimitName.LINK_MAIL_NETWORK]

pytestmark = pytest.mark.usefixtures("app_context")

ANNA = "anna@example.org"
NEW_PASSWORD = "four words in a row"


def source(email=ANNA, address="192.0.2.1"):
    return ClientSource(email, address, "secret")


def forget_password(email=ANNA, address="192.0.2.1"):
    request_reset(email, source(email, address))


def change_email(anna, new, app, password=PASSWORD):
    secret = app.extensions["settings"].secret_key
    request_email_change(anna.id, password, new, source(), source(new), secret)


def token_in(mail):
    return re.search(r"/(?:welcome|reset-password|confirm-email)/(\S+)", text_of(mail)).group(1)


@pytest.fixture
def mailed(app):
    """Returns a function that sends what is due, and returns it by recipient."""

    def send():
        db.session.rollback()  # what was read before may change
        settings, sent = app.extensions["settings"], {}
        while (mail := take_account_mail(settings)) is not None:
            sent[mail.address] = account_letter(mail, settings)
            delete_account_mail(mail.id)
        return sent

    return send


def test_a_mailed_link_sets_a_new_password_once_and_ends_all_sign_ins(mailed):
    anna = make_person(ANNA)
    old = service.sign_in(ANNA, PASSWORD, source(), "Firefox").token

    forget_password(" Anna@Example.org ")
    mail = mailed()[ANNA]

    assert "within 30 minutes" in text_of(mail)
    assert f"http://localhost/reset-password/{token_in(mail)}" in text_of(mail, "html")
    assert person_of(service.use_link(token_in(mail), NEW_PASSWORD, "").token).id == anna.id
    assert person_of(old) is None
    assert mailed()[ANNA]["Subject"] == "Your password was changed"
    assert service.sign_in(ANNA, NEW_PASSWORD, source(), "")
    with pytest.raises(NotFound):
        service.use_link(token_in(mail), "another four words", "")


def test_somebody_without_a_password_gets_a_link_for_the_first_one_and_no_news_of_it(mailed):
    make_person(ANNA, with_password=False)

    forget_password()
    token = token_in(mailed()[ANNA])

    assert service.use_link(token, NEW_PASSWORD, "")
    assert mailed() == {}


@pytest.mark.parametrize("was_sent", [True, False], ids=["sent", "still in the queue"])
@pytest.mark.parametrize("by_mail", [True, False], ids=["by mail", "by hand"])
def test_a_new_welcome_link_ends_the_one_before(was_sent, by_mail, app, mailed):
    cluster = make_cluster()
    coordinator = make_coordinator(cluster)
    asks = make_account_request(cluster, email=ANNA)
    new = NewOrganisation("Berg Drones", "sme", "DK", cluster.slug)
    let_in(asks.key, coordinator.id, new, by_mail=True)
    secret = app.extensions["settings"].secret_key
    first = token_for(secret, db.session.scalar(sa.select(AccountMail.key)))
    if was_sent:
        assert token_in(mailed()[ANNA]) == first

    shown = renew_link(asks.key, coordinator.id, by_mail=by_mail)

    sent = mailed()
    assert (shown is None, ANNA in sent) == (by_mail, by_mail)
    assert len(db.session.scalars(sa.select(OneTimeLink)).all()) == 1
    with pytest.raises(NotFound):
        service.use_link(first, NEW_PASSWORD, "")
    assert service.use_link(shown or token_in(sent[ANNA]), NEW_PASSWORD, "")


def test_the_database_holds_no_token_of_a_mailed_link(app):
    make_person(ANNA)
    forget_password()
    mail = take_account_mail(app.extensions["settings"])

    stored = db.session.execute(sa.select(AccountMail.__table__)).all()
    stored += db.session.execute(sa.select(OneTimeLink.__table__)).all()

    assert mail.token not in str(stored)


@pytest.mark.parametrize("who", ["unknown", "deactivated"])
def test_an_address_without_an_account_is_queued_alike_and_gets_no_mail(who, mailed):
    make_person("gone@example.org", is_active=False)
    email = "gone@example.org" if who == "deactivated" else "nobody@example.org"

    forget_password(email)
    (queued,) = db.session.scalars(sa.select(AccountMail))
    assert (queued.address, queued.person_id) == (email, None)

    assert mailed() == {}
    assert db.session.scalars(sa.select(AccountMail)).all() == []


def test_three_mails_an_hour_go_to_one_address_whoever_asks(at):
    make_person(ANNA)
    for number in range(LINK_MAIL_LIMIT.tries + 2):
        forget_password(address=f"192.0.2.{number}")

    assert len(db.session.scalars(sa.select(AccountMail)).all()) == LINK_MAIL_LIMIT.tries == 3
    at(NOW + LINK_MAIL_LIMIT.within)
    forget_password()
    assert len(db.session.scalars(sa.select(AccountMail)).all()) == 4


def test_one_network_has_a_limit_of_its_own():
    for number in range(LINK_MAIL_NETWORK_LIMIT.tries):
        forget_password(f"person{number}@example.org")

    with pytest.raises(Busy):
        forget_password("one.more@example.org")
    forget_password("one.more@example.org", address="198.51.100.1")


def test_a_reset_link_ends_after_half_an_hour(at, mailed):
    make_person(ANNA)
    forget_password()
    token = token_in(mailed()[ANNA])

    at(NOW + RESET_LASTS)
    with pytest.raises(NotFound):
        service.use_link(token, NEW_PASSWORD, "")
    at(NOW + RESET_LASTS - timedelta(seconds=1))
    assert service.use_link(token, NEW_PASSWORD, "")


def test_each_try_to_send_a_mail_has_the_same_link(at, app):
    make_person(ANNA)
    forget_password()
    settings = app.extensions["settings"]
    first = take_account_mail(settings)
    assert take_account_mail(settings) is None, "another worker finds nothing"

    at(NOW + PAUSES[0])
    assert take_account_mail(settings).token == first.token
    at(NOW + RESET_LASTS)
    assert take_account_mail(settings) is None, "it is too old"
    assert drop_stale_account_mail() == 1


def test_using_one_link_ends_the_others(mailed):
    make_person(ANNA)
    forget_password()
    first = token_in(mailed()[ANNA])
    forget_password()
    second = token_in(mailed()[ANNA])

    assert service.use_link(first, NEW_PASSWORD, "")
    with pytest.raises(NotFound):
        service.use_link(second, "another four words", "")


def test_a_new_address_counts_once_its_owner_has_confirmed_it(app, mailed):
    anna = make_person(ANNA)

    change_email(anna, "New@example.org", app)
    mails = mailed()

    assert "new@example.org" in text_of(mails[ANNA])
    token = token_in(mails["new@example.org"])
    assert db.session.scalars(sa.select(Person.email)).all() == [ANNA], "nothing has changed yet"
    assert token not in str(db.session.execute(sa.select(EmailChange.__table__)).all())
    assert confirm_email_change(token) == "new@example.org"
    assert service.sign_in("new@example.org", PASSWORD, source("new@example.org"), "")
    with pytest.raises(NotFound):
        confirm_email_change(token)
    news = mailed()[ANNA]
    assert news["Subject"] == "Your e-mail address was changed"
    assert "new@example.org" in text_of(news)


def test_changing_the_address_needs_the_password_and_another_address(app):
    anna = make_person(ANNA)

    with pytest.raises(Invalid, match="password: wrong"):
        change_email(anna, "new@example.org", app, password="wrong")
    with pytest.raises(Invalid, match="email: same"):
        change_email(anna, "Anna@example.org", app)
    assert db.session.scalars(sa.select(AccountMail)).all() == []


def test_only_the_owner_of_an_address_learns_that_it_has_an_account(app, mailed):
    anna = make_person(ANNA)
    make_person("rival@example.org")

    change_email(anna, "rival@example.org", app)
    mails = mailed()

    assert mails["rival@example.org"]["Subject"] == "You have an account with this address already"
    assert "confirm-email" not in text_of(mails["rival@example.org"])
    assert mails[ANNA]["Subject"] == "Your e-mail address is about to change"


def test_an_address_that_got_an_account_meanwhile_cannot_be_confirmed(app, mailed):
    anna = make_person(ANNA)
    change_email(anna, "new@example.org", app)
    token = token_in(mailed()["new@example.org"])
    make_person("new@example.org")

    with pytest.raises(NotFound):
        confirm_email_change(token)


def test_a_change_of_address_ends_after_a_day(at, app, mailed):
    anna = make_person(ANNA)
    change_email(anna, "new@example.org", app)
    token = token_in(mailed()["new@example.org"])

    assert new_email_of(token)
    at(NOW + CONFIRMATION_LASTS)
    assert new_email_of(token) is None
    with pytest.raises(NotFound):
        confirm_email_change(token)


def test_a_new_password_stops_a_change_of_address_and_links_to_choose_one(app, mailed):
    anna = make_person(ANNA)
    forget_password()
    reset = token_in(mailed()[ANNA])
    change_email(anna, "new@example.org", app)
    confirmation = token_in(mailed()["new@example.org"])

    service.change_password(anna.id, PASSWORD, NEW_PASSWORD, source(), "")

    with pytest.raises(NotFound):
        confirm_email_change(confirmation)
    with pytest.raises(NotFound):
        service.use_link(reset, "another four words", "")


def test_a_new_password_takes_back_the_mails_about_a_change_of_address(app, mailed):
    anna = make_person(ANNA)
    change_email(anna, "new@example.org", app)

    service.change_password(anna.id, PASSWORD, NEW_PASSWORD, source(), "")

    kinds = db.session.scalars(sa.select(AccountMail.kind)).all()
    assert "confirm_email" not in kinds
    assert [mail["Subject"] for mail in mailed().values()] == ["Your password was changed"]


def test_a_new_address_ends_links_that_were_mailed_to_the_old_one(app, mailed):
    anna = make_person(ANNA)
    forget_password()
    reset = token_in(mailed()[ANNA])
    change_email(anna, "new@example.org", app)

    confirm_email_change(token_in(mailed()["new@example.org"]))

    with pytest.raises(NotFound):
        service.use_link(reset, NEW_PASSWORD, "")


def test_the_last_of_several_changes_of_address_counts(app, mailed):
    anna = make_person(ANNA)
    change_email(anna, "first@example.org", app)
    first = token_in(mailed()["first@example.org"])
    change_email(anna, "second@example.org", app)

    with pytest.raises(NotFound):
        confirm_email_change(first)
    second = token_in(mailed()["second@example.org"])
    assert confirm_email_change(second) == "second@example.org"


def test_guesses_of_the_password_are_limited_when_the_address_is_to_change(app):
    anna = make_person(ANNA)
    for _ in range(DEFAULT_LIMITS[LimitName.SIGN_IN_BROWSER].tries):
        with pytest.raises(Invalid, match="password: wrong"):
            change_email(anna, "new@example.org", app, password="wrong")

    with pytest.raises(Invalid, match="password: wrong"):
        change_email(anna, "new@example.org", app)  # right, but too late
    assert db.session.scalars(sa.select(AccountMail)).all() == []


def test_mails_to_one_address_count_together_whatever_they_are_for(app):
    anna = make_person(ANNA)
    for number in range(LINK_MAIL_LIMIT.tries - 1):
        forget_password("Victim@Example.org", address=f"192.0.2.{number + 10}")
    for _ in range(3):
        change_email(anna, "victim@example.org", app)

    to = db.session.scalars(sa.select(AccountMail.address)).all()
    assert to.count("victim@example.org") == LINK_MAIL_LIMIT.tries
    assert to.count(ANNA) == 1  # nor is the owner told of what was dropped


def test_changes_of_address_count_for_the_network(app):
    anna = make_person(ANNA)
    for number in range(LINK_MAIL_NETWORK_LIMIT.tries):
        forget_password(f"person{number}@example.org")

    with pytest.raises(Busy):
        change_email(anna, "new@example.org", app)
    assert db.session.scalars(sa.select(EmailChange)).all() == []


def test_a_reset_link_stops_a_change_of_address(app, mailed):
    anna = make_person(ANNA)
    change_email(anna, "new@example.org", app)
    confirmation = token_in(mailed()["new@example.org"])
    forget_password()

    service.use_link(token_in(mailed()[ANNA]), NEW_PASSWORD, "")

    assert new_email_of(confirmation) is None
    with pytest.raises(NotFound):
        confirm_email_change(confirmation)


def test_the_first_password_ends_all_other_links(mailed):
    make_person(ANNA, with_password=False)
    forget_password()
    first = token_in(mailed()[ANNA])
    forget_password()
    second = token_in(mailed()[ANNA])

    assert service.use_link(first, NEW_PASSWORD, "")
    with pytest.raises(NotFound):
        service.use_link(second, "another four words", "")


def test_a_deactivated_account_confirms_no_address(app, mailed):
    anna = make_person(ANNA)
    change_email(anna, "new@example.org", app)
    token = token_in(mailed()["new@example.org"])
    operator_service.set_active(ANNA, False)

    assert new_email_of(token) is None
    with pytest.raises(NotFound):
        confirm_email_change(token)
