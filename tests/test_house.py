"""Habits of the house that no tool knows."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)?")
# Put together here, so that this file does not find itself.
REGISTRIES = ("pythonhosted" + ".org", "pypi" + ".org/simple", "registry.npmjs" + ".org")
INDEX_OPTIONS = re.compile(r"^\s*--(extra-)?(index-url|find-links|trusted-host)", re.MULTILINE)
MACHINE_PATHS = re.compile(r"(?<![\w.}/-])/(root|work|home/\w+|Users/\w+)/\w")


@pytest.fixture(scope="session")
def tracked_texts() -> dict[str, str]:
    """Name and text of each file in the repository that is text."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], capture_output=True, check=True, text=True, cwd=ROOT
    )
    texts = {}
    for name in filter(None, listed.stdout.split("\0")):
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in data:
            texts[name] = data.decode()
    return texts


def faults_of_url(rule: str) -> list[str]:
    """What is wrong with a URL rule: a word not in kebab-case, a parameter without a type."""
    faults = []
    for parameter in re.findall(r"<([^>]*)>", rule):
        if ":" not in parameter:
            faults.append(f"{rule}: say what <{parameter}> is, as in <string:{parameter}>")
    for word in re.sub(r"<[^>]*>", "0", rule).removeprefix("/.well-known").split("/"):  # RFC 8615
        if word and not KEBAB.fullmatch(word):
            faults.append(f"{rule}: {word} is not in kebab-case")
    return faults


def faults_of_text(name: str, text: str) -> list[str]:
    """What a file says about one registry or one machine, and should not."""
    faults = [f"{name} names the registry {one}" for one in REGISTRIES if one in text]
    faults += [f"{name} chooses a registry" for _ in INDEX_OPTIONS.findall(text)]
    faults += [f"{name} names {f[0]}" for f in MACHINE_PATHS.finditer(text)]
    return faults


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_addresses_are_in_kebab_case_and_type_their_parameters(app):
    rules = [
        rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[-1] != "static"
    ]
    faults = [fault for rule in rules for fault in faults_of_url(rule)]

    assert rules
    assert not faults, "\n" + "\n".join(faults)


def test_no_file_names_a_registry_or_a_machine(tracked_texts):
    faults = [f for name, text in tracked_texts.items() for f in faults_of_text(name, text)]

    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize(
    "rule", ["/facilities/<slug>", "/ask_for_account", "/Requests", "/<int:x>/signOut", "/a.B"]
)
def test_a_bad_address_is_found(rule):
    assert len(faults_of_url(rule)) == 1


@pytest.mark.parametrize(
    "rule", ["/", "/facilities/<string:slug>.ics", "/sign-out", "/a/<string:slug>/times.json"]
)
def test_a_good_address_is_accepted(rule):
    assert faults_of_url(rule) == []


@pytest.mark.parametrize(
    "text",
    [f"https://{REGISTRIES[0]}/x", "--index-url x", "see '/ro" + "ot/x'", "cd /home/an" + "na/x"],
)
def test_the_name_of_a_registry_or_machine_is_found(text):
    assert len(faults_of_text("a.txt", text)) == 1


def test_an_ordinary_address_is_accepted():
    work, root = "/wo" + "rk/x", "/ro" + "ot/x"
    text = f"https://example.org{work} {{{{ url }}}}{work} a{root}"

    assert faults_of_text("a.txt", text) == []


def people_of(table: Any) -> set[str]:
    """The columns of a table that name a person."""
    return {key.parent.name for key in table.foreign_keys if key.column.table.name == "person"}


def test_each_table_says_how_long_its_rows_stay_and_whom_they_name() -> None:
    from booking.app import create_app
    from booking.extensions import db
    from booking.rules.retention import TABLES, Deleted, With

    assert create_app, "it imports all tables"
    tables = db.metadata.tables
    missing = sorted(set(tables) - set(TABLES))
    assert not missing, f"add what becomes of the rows of {missing} to booking/rules/retention.py"
    assert set(TABLES) == set(tables)
    for name, rule in TABLES.items():
        columns = tables[name].c
        assert rule.kept, name
        assert set(rule.people) == people_of(tables[name]), (
            f"{name}: say in booking/rules/retention.py what a person's copy and erasure do with "
            "each column that names a person"
        )
        for naming in rule.people.values():
            shown = {*naming.shows, *naming.wrote}
            assert naming.shows, f"{name}: say what a person's copy shows of it"
            assert shown <= set(columns.keys()) - people_of(tables[name]), name
        assert set(rule.texts) <= set(columns.keys()), name
        addresses = {column.name for column in columns if getattr(column.type, "length", 0) == 254}
        addresses -= set(rule.texts)  # the row stays, and the address in it is replaced
        assert set(rule.addresses) == addresses - ({"email"} if name == "person" else set()), name
        for kept in rule.kept:
            if isinstance(kept, Deleted):
                assert {kept.column, kept.unless or kept.column} <= set(columns.keys()), name
                assert len(tables[name].primary_key.columns) == 1, name
            if isinstance(kept, With):
                parents = {key.column.table.name for key in tables[name].foreign_keys}
                assert kept.table in parents, name


def test_each_table_about_people_has_words_and_stands_on_the_privacy_page() -> None:
    from booking.rules.retention import TABLES, Deleted, Subject, TextsDeleted
    from booking.wording.personal_data import SUBJECT_WORDS, TABLE_WORDS

    for name, rule in TABLES.items():
        ends = any(isinstance(kept, Deleted | TextsDeleted) for kept in rule.kept)
        if rule.people or ends:
            assert name in TABLE_WORDS, f"say what {name} is in booking/wording/personal_data.py"
            assert rule.subject in SUBJECT_WORDS, rule.subject
    assert set(SUBJECT_WORDS) == set(Subject) - {Subject.CATALOGUE, Subject.TECHNICAL}


def test_all_fields_of_a_copy_have_words() -> None:
    from booking.rules.retention import TABLES
    from booking.wording.personal_data import FIELD_WORDS

    fields = {"name", "email", "time_zone", "created_at", "is_admin", "message", "event", "address"}
    others = {"organisation_id", "facility_id", "cluster_id", "booking_id"}
    for rule in TABLES.values():
        for naming in rule.people.values():
            fields |= {*naming.shows, *naming.wrote} - others
        for shows in rule.addresses.values():
            fields |= {*shows} - others
    missing = sorted(fields - set(FIELD_WORDS))
    assert not missing, f"add {missing} to FIELD_WORDS in booking/wording/personal_data.py"
