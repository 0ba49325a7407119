"""Accounts: failed sign-ins and answers from many processes at once."""

import hashlib
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa

from booking.absences.service import NewAbsence, NobodyLeft, enter_absence
from booking.accounts.account_request_service import NewOrganisation, let_in
from booking.accounts.models import AccountMail, FailedSignIn, Organisation, Person
from booking.accounts.queries import account_of
from booking.accounts.reset_service import request_reset
from booking.accounts.service import sign_in
from booking.accounts.sign_in_service import after_first_factor
from booking.accounts.throttle import ClientSource
from booking.db import clock
from booking.db.transactions import writing
from booking.errors import Conflict
from booking.extensions import db
from booking.rules.limits import DEFAULT_LIMITS, LimitName
from booking.rules.sign_ins import SignInWay
from booking.second_factors.second_step_service import finish_with_code
from booking.second_factors.service import add_app
from tests.factories import (
    make_account_request,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_person,
)
from tests.lanes import IS_LONG
from tests.racers import RACERS, Race, errors, outcomes

ACCOUNT_LIMIT = DEFAULT_LIMITS[LimitName.SIGN_IN_ACCOUNT]

STEP = timedelta(seconds=30)
ROUNDS = 50 if IS_LONG else 5


def guess(index: int, number: int, facts: dict) -> None:
    """Racer `index` guesses a password."""
    source = ClientSource(facts["email"], f"192.0.2.{index}", "secret")
    assert sign_in(facts["email"], f"guess {index} {number}", source, "") is None


def enter_a_code(index: int, number: int, facts: dict) -> None:
    """Racer `index` enters the code of this round, in a second step of its own."""
    source = ClientSource(facts["email"], f"192.0.2.{index}", "secret")
    if finish_with_code(facts["steps"][number][index], facts["codes"][number], source, "") is None:
        raise Conflict("used")


def ask_for_a_link(index: int, _number: int, facts: dict) -> None:
    """Racer `index` has forgotten the password."""
    request_reset(facts["email"], ClientSource(facts["email"], f"192.0.2.{index}", "secret"))


def go_away(index: int, number: int, facts: dict) -> None:
    """Coordinator `index` enters an absence on the day of this round."""
    day = clock.now().date() + timedelta(days=1 + number)
    try:
        enter_absence(account_of(facts["people"][index]), NewAbsence(day, day))
    except NobodyLeft as left:
        raise Conflict("nobody left") from left


def answer(index: int, number: int, facts: dict) -> None:
    """Coordinator `index` lets in who asked in this round."""
    key = facts["keys"][number][index % len(facts["keys"][number])]
    name = hashlib.sha256(f"{number} {index}".encode()).hexdigest()[:12]
    organisation = NewOrganisation(name, "sme", "DK", "censec")
    let_in(key, facts["people"][index], organisation)


def join(index: int, number: int, facts: dict) -> None:
    """Coordinator `index` lets somebody into the organisation of this round."""
    joining = facts["organisations"][number]
    if let_in(facts["keys"][number][index], facts["people"][index], joining) is None:
        raise Conflict("passed on")


def counted(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


@pytest.fixture
def ground(app, app_context):
    """A cluster with eight coordinators."""
    clock.set_source(None)  # real processes live in real time
    censec = make_cluster("censec")
    make_facility(censec)
    return {"cluster": censec, "people": [make_coordinator(censec).id for _ in range(RACERS)]}


def test_wrong_passwords_are_counted_across_processes_up_to_the_exact_limit(ground, database_url):
    anna = make_person("anna@example.org")

    rounds = outcomes(Race(database_url, ROUNDS, guess, {"email": anna.email}))

    assert errors(rounds) == []
    key = ClientSource(anna.email, "", "secret").sign_in_email.key
    tries = sa.select(sa.func.count()).where(FailedSignIn.key == key)
    db.session.rollback()
    assert db.session.scalar(tries) == ACCOUNT_LIMIT.tries


def test_a_code_signs_in_in_one_of_eight_processes(ground, database_url):
    anna = make_person("anna@example.org")
    source = ClientSource(anna.email, "", "secret")
    app = pyotp.TOTP(pyotp.random_base32())
    now = clock.now()
    added = add_app(anna.id, app.secret, app.at(now - STEP), source, "", "")
    with writing() as now:
        person = db.session.get_one(Person, anna.id)
        steps = [
            [after_first_factor(person, SignInWay.PASSWORD, "", now).token for _ in range(RACERS)]
            for _ in range(2)
        ]
    codes = [added.recovery_codes[0], app.at(now + STEP)]

    rounds = outcomes(
        Race(database_url, 2, enter_a_code, {"email": anna.email, "steps": steps, "codes": codes})
    )

    assert errors(rounds) == []
    assert [seen["won"] for seen in rounds] == [1, 1]


def test_three_mails_with_a_link_go_out_whichever_processes_are_asked(ground, database_url):
    rounds = outcomes(Race(database_url, 1, ask_for_a_link, {"email": "anna@example.org"}))

    assert errors(rounds) == []
    assert counted(AccountMail) == DEFAULT_LIMITS[LimitName.LINK_MAIL].tries == 3


def test_of_eight_coordinators_who_accept_one_account_request_exactly_one_succeeds(
    ground, database_url
):
    keys = [[make_account_request(ground["cluster"]).key] for _ in range(ROUNDS)]
    before = counted(Person)

    rounds = outcomes(
        Race(database_url, ROUNDS, answer, {"keys": keys, "people": ground["people"]})
    )

    assert errors(rounds) == []
    assert [seen["won"] for seen in rounds] == [1] * ROUNDS
    assert {seen["409 already_decided"] for seen in rounds} == {RACERS - 1}
    assert counted(Person) == before + ROUNDS
    assert counted(Organisation) == ROUNDS


def test_a_person_who_sent_several_account_requests_gets_one_account(ground, database_url):
    keys = [
        [
            make_account_request(ground["cluster"], email=f"person{number}@example.net").key
            for _ in range(RACERS)
        ]
        for number in range(ROUNDS)
    ]
    before = counted(Person)

    rounds = outcomes(
        Race(database_url, ROUNDS, answer, {"keys": keys, "people": ground["people"]})
    )

    assert [seen["won"] for seen in rounds] == [1] * ROUNDS
    assert {outcome for seen in rounds for outcome in seen} <= {
        "won",
        "409 already_decided",
        "500 Invalid('email: elsewhere')",  # a sentence at the form
        "500 Invalid('email: member')",
    }
    assert counted(Person) == before + ROUNDS
    assert counted(Organisation) == ROUNDS


def test_of_eight_newcomers_only_the_first_manages_an_organisation_without_people(
    ground, database_url
):
    censec = ground["cluster"]
    facts = {
        "organisations": [make_organisation(home_cluster=censec).id for _ in range(ROUNDS)],
        "keys": [
            [
                make_account_request(censec, email=f"{one}-{to}@example.org").key
                for one in range(RACERS)
            ]
            for to in range(ROUNDS)
        ],
        "people": ground["people"],
    }

    rounds = outcomes(Race(database_url, ROUNDS, join, facts))

    assert errors(rounds) == []
    assert [seen["won"] for seen in rounds] == [1] * ROUNDS


def test_of_all_who_go_away_at_once_the_last_stays(ground, database_url):
    alone = make_cluster("alone")
    make_facility(alone)
    people = [make_coordinator(alone).id for _ in range(3)]

    rounds = outcomes(Race(database_url, ROUNDS, go_away, {"people": people}, racers=3))

    assert errors(rounds) == []
    assert [seen["won"] for seen in rounds] == [2] * ROUNDS
