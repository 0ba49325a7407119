"""Identities at providers: whose they are, linking, unlinking, and signing in with them."""

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa

from booking.accounts import operator_service
from booking.accounts.identity_models import SignInIdentity
from booking.accounts.known_browsers import new_mark
from booking.accounts.models import AccountMail, Person, SignIn
from booking.accounts.service import use_link
from booking.accounts.sign_ins import person_of
from booking.accounts.throttle import ClientSource
from booking.audit.models import AuditEntry
from booking.db.transactions import writing
from booking.errors import Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.notices.account_mail import account_letter
from booking.notices.account_outbox import delete_account_mail, take_account_mail
from booking.rules.sign_in_providers import LINK_WITHIN, ProvidedIdentity
from booking.second_factors.service import add_app
from booking.single_sign_on import service
from booking.single_sign_on.queries import holder_of, identities_of
from tests.conftest import NOW
from tests.factories import make_person
from tests.postbox import text_of

pytestmark = pytest.mark.usefixtures("app_context")

UNI, OTHER = "https://login.uni.example", "https://login.other.example"


def identity(subject="7", issuer=UNI, email="anna@uni.example"):
    return ProvidedIdentity(issuer=issuer, subject=subject, email=email)


SOURCE = ClientSource("", "192.0.2.1", "secret")


def sign_in(who=None, source=SOURCE, **proof):
    return service.sign_in_with(who or identity(), source, "Firefox", **proof)


def mails():
    return list(db.session.scalars(sa.select(AccountMail.kind).order_by(AccountMail.id)))


def test_an_identity_is_issuer_and_subject_never_the_address():
    anna = make_person(identity().email)
    service.link(anna.id, identity(), NOW)

    assert holder_of(identity(email="new@uni.example")) == anna.id
    assert holder_of(identity(issuer=OTHER)) is None
    assert holder_of(identity("8")) is None
    with pytest.raises(NotFound):
        sign_in(identity("8"))
    assert person_of(sign_in().token).id == anna.id


def test_two_people_cannot_have_one_identity():
    anna, eve = make_person(), make_person()
    service.link(anna.id, identity(), NOW)
    service.link(anna.id, identity(), NOW)  # once more changes nothing

    with pytest.raises(Invalid, match="taken"):
        service.link(eve.id, identity(), NOW)

    assert [one.issuer for one in identities_of(anna.id)] == [UNI]
    assert identities_of(eve.id) == []


@pytest.mark.parametrize(
    ("linked", "answered_at", "code"),
    [
        (identity(email=""), NOW, "unverified"),
        (identity(), NOW - LINK_WITHIN, "too_old"),
        (identity(), NOW + timedelta(seconds=1), "too_old"),
    ],
)
def test_what_is_unverified_or_too_old_is_not_linked(linked, answered_at, code):
    anna = make_person()

    with pytest.raises(Invalid, match=code):
        service.link(anna.id, linked, answered_at)

    assert identities_of(anna.id) == []


def test_a_deactivated_account_links_nothing_and_stays_out():
    anna = make_person()
    service.link(anna.id, identity(), NOW)
    with writing():
        db.session.get(Person, anna.id).is_active = False

    with pytest.raises(NotFound):
        service.link(anna.id, identity("8"), NOW)
    with pytest.raises(Forbidden):
        sign_in()

    assert db.session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 0
    assert db.session.scalars(sa.select(SignInIdentity.used_at)).one() is None


def test_unlinking_needs_another_way_to_sign_in():
    anna = make_person(with_password=False)
    service.link(anna.id, identity(), NOW)
    service.link(anna.id, identity(issuer=OTHER), NOW)
    first, second = (one.key for one in identities_of(anna.id))

    with pytest.raises(Invalid, match="last_way"):
        service.unlink(anna.id, first, {UNI})  # the other provider is no longer in force
    service.unlink(anna.id, first, {UNI, OTHER})
    with pytest.raises(Invalid, match="last_way"):
        service.unlink(anna.id, second, {UNI, OTHER})

    assert [one.issuer for one in identities_of(anna.id)] == [OTHER]
    with pytest.raises(NotFound):
        service.unlink(make_person().id, second, {UNI, OTHER})


def test_linking_and_unlinking_stand_in_the_log():
    anna = make_person()
    service.link(anna.id, identity(), NOW)
    service.unlink(anna.id, identities_of(anna.id)[0].key, {UNI})

    entries = db.session.execute(
        sa.select(AuditEntry.event, AuditEntry.actor_id, AuditEntry.person_id, AuditEntry.content)
        .where(AuditEntry.person_id == anna.id)
        .order_by(AuditEntry.position)
    ).all()
    assert entries == [
        ("identity_linked", anna.id, anna.id, f'{{"after":{{"issuer":"{UNI}"}}}}'),
        ("identity_unlinked", anna.id, anna.id, f'{{"before":{{"issuer":"{UNI}"}}}}'),
    ]


def test_linking_is_told_by_mail(app):
    anna = make_person("anna@example.org")
    service.link(anna.id, identity(), NOW)

    mail = take_account_mail(app.extensions["settings"])

    assert mail.address == "anna@example.org"
    with app.test_request_context():
        letter = account_letter(mail, app.extensions["settings"])
    assert letter["Subject"] == "A new way to sign in to your account"
    assert "http://localhost/account/single-sign-on" in text_of(letter)


def test_a_sign_in_in_a_browser_that_the_account_does_not_know_is_told_by_mail():
    anna = make_person("anna@example.org")
    service.link(anna.id, identity(), NOW)
    known = new_mark("secret", anna.email, anna.password_hash)

    sign_in(source=replace(SOURCE, mark=known))
    assert mails() == ["identity_linked"]
    sign_in()
    sign_in(gave_second_factor=True)

    assert mails() == ["identity_linked", "new_browser", "new_browser"]


def test_who_has_no_password_is_not_told_as_no_browser_can_be_known():
    anna = make_person(with_password=False)
    service.link(anna.id, identity(), NOW)

    sign_in()

    assert mails() == ["identity_linked"]


@pytest.mark.parametrize("gave_second_factor", [False, True])
@pytest.mark.parametrize(
    ("given", "proved_at"),
    [
        (NOW - timedelta(minutes=9), NOW - timedelta(minutes=9)),
        (NOW + timedelta(seconds=1), None),
        (None, None),
    ],
)
def test_signing_in_proves_who_one_is_when_the_provider_asked_not_when_it_answers(
    given, proved_at, gave_second_factor
):
    anna = make_person()
    service.link(anna.id, identity(), NOW)

    sign_in(authenticated_at=given, gave_second_factor=gave_second_factor)

    assert db.session.scalars(sa.select(SignIn.proved_at)).one() == proved_at


def test_ending_a_way_to_sign_in_ends_the_other_sign_ins():
    anna = make_person()
    service.link(anna.id, identity(), NOW)
    this, other = sign_in().token, sign_in().token

    service.unlink(anna.id, identities_of(anna.id)[0].key, {UNI}, this)

    assert person_of(this).id == anna.id
    assert person_of(other) is None


def test_choosing_a_new_password_by_link_unlinks_all_identities_and_says_so(app):
    anna = make_person("anna@example.org")
    service.link(anna.id, identity(), NOW)
    link = operator_service.new_link(anna.email)

    use_link(link, "four words in a row", "Firefox")

    assert identities_of(anna.id) == []
    with pytest.raises(NotFound):
        sign_in()
    assert mails() == ["identity_linked", "password_changed", "identities_unlinked"]
    assert db.session.scalar(
        sa.select(AuditEntry.content).where(AuditEntry.event == "identity_unlinked")
    )
    for _ in range(2):
        delete_account_mail(take_account_mail(app.extensions["settings"]).id)
    mail = take_account_mail(app.extensions["settings"])
    with app.test_request_context():
        letter = account_letter(mail, app.extensions["settings"])
    assert letter["Subject"] == "Your sign-in providers were unlinked"


def test_a_first_password_leaves_identities_linked():
    anna = make_person(with_password=False)
    service.link(anna.id, identity(), NOW)

    use_link(operator_service.new_link(anna.email), "four words in a row", "Firefox")

    assert [one.issuer for one in identities_of(anna.id)] == [UNI]


def test_removing_somebodys_second_factors_unlinks_their_identities_too():
    anna = make_person("anna@example.org")
    service.link(anna.id, identity(), NOW)
    secret = pyotp.random_base32()
    add_app(anna.id, secret, pyotp.TOTP(secret).at(NOW), SOURCE, "", "")

    operator_service.remove_second_factors(anna.email, "Phone stolen")

    assert identities_of(anna.id) == []
    assert mails()[-1] == "identities_unlinked"
