"""The operator's commands, on an empty database."""

import re

import pytest
import sqlalchemy as sa

from booking.accounts import service
from booking.accounts.account_request_queries import find_link_holder
from booking.accounts.models import AccountLogEntry, SignIn
from booking.accounts.throttle import ClientSource
from booking.app import create_app
from booking.extensions import db
from tests.databases import settings_for
from tests.factories import make_cluster, make_coordinator, make_facility, make_person

CLUSTER = (
    *("cluster", "add", "censec", "--name", "CenSec", "--city", "Karup", "--country", "dk"),
    *("--time-zone", "Europe/Copenhagen"),
)
FIRM = ("organisation", "add", "Berg Drones", "--kind", "sme", "--country", "DK")
ANNA = ("account", "add", "Anna@example.org", "--name", "Anna Berg")


@pytest.fixture
def run(app):
    """Runs a command; fails unless it ends with `status`; gives what it printed."""
    runner = app.test_cli_runner()

    def run(*words, status=0, typed=None):
        result = runner.invoke(args=list(words), input=typed)
        assert result.exit_code == status, result.output
        assert "Traceback" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.output

    return run


def test_an_empty_installation_can_be_set_up(run, app):
    run(*CLUSTER)
    run(*FIRM, "--home-cluster", "censec")
    run(*ANNA, "--organisation", "Berg Drones", "--admin")
    run("coordinator", "add", "anna@example.org", "censec", "--yes")
    with app.app_context():
        make_facility(make_cluster("hsd"), "hall")
    run("approver", "add", "anna@example.org", "hall", "--yes")

    assert run("cluster", "list").splitlines()[0] == (
        "censec  CenSec, Karup (DK), Europe/Copenhagen"
    )
    assert run("organisation", "list") == "Berg Drones  sme, DK, home: censec\n"
    assert run("account", "list") == (
        "anna@example.org  Anna Berg: Berg Drones, administrator, coordinates censec, "
        "decides on hall, no password yet\n"
    )
    assert run("approver", "list") == "hall  anna@example.org\n"


@pytest.mark.parametrize(
    ("command", "done"), [("coordinator", "coordinates"), ("approver", "decides on")]
)
def test_the_operator_is_asked_before_somebody_of_an_organisation_gets_to_decide(
    run, app, command, done
):
    with app.app_context():
        make_facility(make_cluster("hall"), "hall")
    run(*FIRM)
    run(*ANNA, "--organisation", "Berg Drones")
    words = (command, "add", "anna@example.org", "hall")

    refused = run(*words, typed="n\n", status=1)

    assert "Anna Berg works for Berg Drones." in refused
    assert done not in run("account", "list")
    run(*words, typed="y\n")
    assert done in run("account", "list")
    with app.app_context():
        (entry,) = db.session.scalars(
            sa.select(AccountLogEntry).where(AccountLogEntry.event != "joined")
        )
        assert (entry.event, entry.actor_id) == (f"{command}_named", None)


def test_the_operator_is_asked_about_an_organisation_that_looks_like_another(run, app):
    run(*FIRM)
    words = (*FIRM[:2], "Berg Drones ApS", *FIRM[3:])

    assert "Berg Drones ApS looks like: Berg Drones." in run(*words, typed="n\n", status=1)

    assert run("organisation", "list").count("Berg") == 1
    run(*words, typed="y\n")
    assert run("organisation", "list").count("Berg") == 2


def test_the_printed_link_uses_the_configured_address(run, app):
    output = run(*ANNA)

    address, token = re.search(r"^(\S+)/welcome/(\S+)$", output, re.MULTILINE).groups()
    assert address == "http://localhost"
    with app.app_context():
        assert find_link_holder(token).email == "anna@example.org"
        again = run("account", "link", "anna@example.org").split("/welcome/")[1].strip()
        assert find_link_holder(token) is None
        assert find_link_holder(again)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_it_works_in_production(database_url, at):
    app = create_app(settings_for(database_url, production=True))

    assert app.test_cli_runner().invoke(args=list(CLUSTER)).output == "Added censec.\n"


@pytest.mark.parametrize(
    "words",
    [
        ("coordinator", "add", "anna@example.org", "censec"),
        ("coordinator", "remove", "anna@example.org", "hsd"),
        ("approver", "add", "anna@example.org", "hall"),
        ("approver", "remove", "anna@example.org", "range"),
        ("account", "admin", "anna@example.org"),
        ("account", "admin", "anna@example.org", "--off"),
        ("account", "deactivate", "anna@example.org"),
    ],
)
def test_every_change_of_role_ends_the_persons_sign_ins(words, run, app):
    run(*CLUSTER)
    with app.app_context():
        hsd = make_cluster("hsd")
        make_facility(hsd, "hall")
        make_facility(hsd, "range")
        make_person("anna@example.org", is_admin="--off" in words)
        make_coordinator(hsd)
        make_person(is_admin=True)
    run("coordinator", "add", "anna@example.org", "hsd")
    run("approver", "add", "anna@example.org", "range")
    with app.app_context():
        source = ClientSource("anna@example.org", "192.0.2.1", "secret")
        assert service.sign_in("anna@example.org", "a lighthouse in the fog", source, "")

    run(*words)

    with app.app_context():
        assert db.session.scalars(sa.select(SignIn)).all() == []


def test_a_deactivated_account_can_be_activated(run):
    run(*ANNA)
    run("account", "deactivate", "anna@example.org")
    assert "deactivated" in run("account", "list")
    assert "Run first: flask account activate" in run(
        "account", "link", "anna@example.org", status=1
    )

    run("account", "activate", "anna@example.org")

    assert "deactivated" not in run("account", "list")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((*CLUSTER,), 1, "A cluster with this slug already exists."),
        ((*CLUSTER[:2], "Cen Sec", *CLUSTER[3:]), 1, "The slug can contain"),
        ((*CLUSTER[:2], "x", *CLUSTER[3:-1], "Europe/Nowhere"), 1, "Unknown time zone"),
        ((*CLUSTER[:2], "x", *CLUSTER[3:], "--region", "DE-BW"), 1, "ISO 3166-2"),
        ((*CLUSTER[:2], "x", *CLUSTER[3:], "--answer-days", "0"), 2, "answer-days"),
        ((*CLUSTER[:2], "x", *CLUSTER[3:-3], "XX", *CLUSTER[-2:]), 2, "not a country code"),
        (("cluster", "add"), 2, "Missing argument"),
        ((*FIRM,), 1, "An organisation with this name already exists."),
        (
            (*FIRM[:2], "BERG drones", *FIRM[3:]),
            1,
            "An organisation with this name already exists.",
        ),
        ((*FIRM[:2], "X", *FIRM[3:], "--home-cluster", "nowhere"), 1, "flask cluster list"),
        ((*FIRM[:2], "X" * 121, *FIRM[3:]), 2, "at most 120"),
        ((*FIRM[:2], "X\x07", *FIRM[3:]), 2, "unseen characters"),
        ((*FIRM[:4], "club", *FIRM[5:]), 2, "kind"),
        ((*ANNA,), 1, "An account with this e-mail already exists."),
        (("account", "add", "nobody", "--name", "N"), 2, "is not an e-mail address"),
        (("account", "add", "b@example.org", "--name", " "), 2, "one line of text"),
        (
            ("account", "add", "b@example.org", "--name", "B", "--organisation", "X"),
            1,
            "flask organisation list",
        ),
        (("account", "link", "b@example.org"), 1, "No account with this e-mail"),
        (("account", "deactivate", "b@example.org"), 1, "No account with this e-mail"),
        (("account", "admin", "b@example.org"), 1, "No account with this e-mail"),
        (("coordinator", "add", "b@example.org", "censec"), 1, "No account with this e-mail"),
        (("coordinator", "add", "anna@example.org", "nowhere"), 1, "No such cluster"),
        (("coordinator", "remove", "anna@example.org", "censec"), 1, "does not have this role"),
        (("approver", "add", "anna@example.org", "nowhere"), 1, "No such facility"),
    ],
)
def test_a_mistake_ends_with_a_sentence_and_changes_nothing(words, status, said, run):
    run(*CLUSTER)
    run(*FIRM)
    run(*ANNA)
    lists = [("cluster", "list"), ("organisation", "list"), ("account", "list")]
    before = [run(*words) for words in lists]

    assert said in run(*words, status=status)

    assert [run(*words) for words in lists] == before


def test_a_role_is_given_once(run):
    run(*CLUSTER)
    run(*ANNA)
    run("coordinator", "add", "anna@example.org", "censec", "--yes")

    assert "already" in run("coordinator", "add", "anna@example.org", "censec", status=1)


@pytest.mark.parametrize("group", ["cluster", "organisation", "account", "coordinator", "approver"])
def test_every_command_explains_itself(group, run):
    commands = re.findall(r"^  (\w+)  +(\S.*)$", run(group, "--help"), re.MULTILINE)

    assert len(commands) >= 2
    for command, _ in commands:
        assert "Usage:" in run(group, command, "--help")


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_database_without_tables_is_explained(engine_name, tmp_path, at):
    app = create_app(settings_for(f"sqlite:///{tmp_path / 'empty.db'}"))

    result = app.test_cli_runner().invoke(args=["account", "list"])

    assert result.exit_code == 1
    assert "flask db upgrade" in result.output
