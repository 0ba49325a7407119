"""Every form of owners: nobody overwrites a change they have not seen, and nobody's input is lost.

The forms are those of all addresses to which owners' pages post. A new one has to be listed here.
"""

from dataclasses import dataclass, replace
from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.set_aside_models import SetAside
from booking.extensions import db
from booking.facilities.automatic_models import AutomaticOrganisation
from booking.facilities.change_models import OwnerChange
from booking.facilities.models import Facility
from booking.manage.facts.service import publish_facts, save_draft
from booking.manage.version import facility_version
from booking.rules.owner_changes import ChangedPart
from booking.wording.owner_changes import PART_WORDS
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_condition,
    make_coordinator,
    make_document,
    make_facility,
    make_organisation,
    make_special_day,
    sign_in,
    slot_on,
)
from tests.pages import get_page, read_page, submit
from tests.request_factories import kept

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])

HALL = "/manage/facilities/hall"
CLOSURE = "/manage/closures/1"


@dataclass(frozen=True)
class OwnersForm:
    """One form: where it is, what is typed, in which steps it is saved, and what has to be kept."""

    page: str
    action: str
    typed: dict[str, object]
    steps: tuple[str, ...] = ("",)
    kept: tuple[str, str] | None = None


FORMS = {
    "manage.change_week": OwnersForm(
        f"{HALL}/hours/week",
        f"{HALL}/hours/week",
        {"mon-first-opens": "07:15"},
        ("check", "save"),
        ("mon-first-opens", "07:15"),
    ),
    "manage.remove_season": OwnersForm(
        f"{HALL}/hours", f"{HALL}/hours/season/remove", {}, ("", "save")
    ),
    "manage.remove_own_hours": OwnersForm(
        f"{HALL}/hours/give-up",
        f"{HALL}/hours/give-up",
        {"first": "2026-12-24"},
        ("check", "save"),
        ("first", "2026-12-24"),
    ),
    "manage.set_special_days": OwnersForm(
        f"{HALL}/hours/special-days",
        f"{HALL}/hours/special-days",
        {"first": "2026-12-22", "note": "Stocktaking"},
        ("check", "save"),
        ("note", "Stocktaking"),
    ),
    "manage.remove_special_days": OwnersForm(
        f"{HALL}/hours", f"{HALL}/hours/special-days/remove", {}, ("", "save")
    ),
    "manage.set_holidays": OwnersForm(
        f"{HALL}/hours",
        f"{HALL}/hours/holidays",
        {"opens": "yes"},
        ("check", "save"),
        ("opens", "yes"),
    ),
    "manage.set_mode": OwnersForm(
        f"{HALL}/hours",
        f"{HALL}/hours/mode",
        {"mode": "by_agreement"},
        kept=("mode", "by_agreement"),
    ),
    "manage.change_terms": OwnersForm(
        f"{HALL}/terms",
        f"{HALL}/terms",
        {"half_day_time": "11:45"},
        kept=("half_day_time", "11:45"),
    ),
    "manage.change_facts": OwnersForm(
        f"{HALL}/facts", f"{HALL}/facts", {"size": "Large"}, kept=("size", "Large")
    ),
    "manage.publish_draft_of": OwnersForm(f"{HALL}/facts/preview", f"{HALL}/facts/publish", {}),
    "manage.discard_draft_of": OwnersForm(f"{HALL}/facts", f"{HALL}/facts/discard", {}),
    "manage.put_fact_back": OwnersForm(f"{HALL}/facts/history", f"{HALL}/facts/put-back", {}),
    "manage.change_arrival": OwnersForm(
        f"{HALL}/arrival", f"{HALL}/arrival", {"text": "Gate 3"}, kept=("text", "Gate 3")
    ),
    "manage.describe_file": OwnersForm(
        f"{HALL}/files/documents/1",
        f"{HALL}/files/documents/1",
        {"title": "Rules of the site"},
        kept=("title", "Rules of the site"),
    ),
    "manage.move_file": OwnersForm(
        f"{HALL}/files/documents", f"{HALL}/files/documents/1/move", {"way": "later"}
    ),
    "manage.remove_file": OwnersForm(
        f"{HALL}/files/documents/1", f"{HALL}/files/documents/1/remove", {}
    ),
    "manage.change_quotas": OwnersForm(
        f"{HALL}/quotas", f"{HALL}/quotas", {"hours_month": "17"}, kept=("hours_month", "17")
    ),
    "manage.add_condition": OwnersForm(
        f"{HALL}/conditions",
        f"{HALL}/conditions",
        {"text": "Liability of 5 million euros"},
        kept=("text", "Liability of 5 million euros"),
    ),
    "manage.change_condition": OwnersForm(
        f"{HALL}/conditions/1",
        f"{HALL}/conditions/1",
        {"text": "Liability of 6 million euros"},
        kept=("text", "Liability of 6 million euros"),
    ),
    "manage.remove_condition": OwnersForm(f"{HALL}/conditions", f"{HALL}/conditions/1/remove", {}),
    "manage.change_status": OwnersForm(
        f"{HALL}/standing", f"{HALL}/status", {"status": "closed"}, kept=("status", "closed")
    ),
    "manage.change_parent": OwnersForm(
        f"{HALL}/standing", f"{HALL}/move", {"parent": "campus"}, kept=("parent", "campus")
    ),
    "manage.name_person": OwnersForm(
        f"{HALL}/people",
        f"{HALL}/people",
        {"email": "new@example.org", "reason": "Knows the hall"},
        kept=("email", "new@example.org"),
    ),
    "manage.remove_person": OwnersForm(
        f"{HALL}/people",
        f"{HALL}/people/remove",
        {"end_reason": "Has moved"},
        kept=("end_reason", "Has moved"),
    ),
    "manage.name_automatic": OwnersForm(
        f"{HALL}/named-organisations",
        f"{HALL}/named-organisations",
        {"organisation": "Demo Fly"},
        kept=("organisation", "Demo Fly"),
    ),
    "manage.remove_automatic": OwnersForm(
        f"{HALL}/named-organisations", f"{HALL}/named-organisations/remove", {}
    ),
    "manage.add_set_aside": OwnersForm(
        f"{HALL}/set-aside",
        f"{HALL}/set-aside",
        {"first_day": "2027-02-01", "organisations": "Demo Fly"},
        kept=("first_day", "2027-02-01"),
    ),
    "manage.release_set_aside": OwnersForm(f"{HALL}/set-aside", f"{HALL}/set-aside/release", {}),
    "manage.change_audiences": OwnersForm(
        f"{HALL}/people", f"{HALL}/calendar", {"public": "nothing"}, kept=("public", "nothing")
    ),
    "manage.make_closure": OwnersForm(
        "/manage/closures/new?facility=hall",
        "/manage/closures/new",
        {"first_day": "2027-02-01", "reason": "New floor"},
        ("check", "close"),
        ("reason", "New floor"),
    ),
    "manage.change_closure": OwnersForm(
        f"{CLOSURE}/change",
        f"{CLOSURE}/change",
        {"reason": "Still leaking"},
        kept=("reason", "Still leaking"),
    ),
    "manage.end_closure": OwnersForm(CLOSURE, f"{CLOSURE}/end", {}),
}
#: These decide on dates, whose own states are checked; they change nothing of the facility.
ON_DATES = {"manage.keep_dates", "manage.end_dates", "manage.announcement"}
#: These have a version of their own; they change nothing of a facility.
ON_REPLIES = {"manage.add_reply", "manage.change_reply", "manage.remove_reply"}
#: It says that what is published is right; a draft is in its way.
ON_FACTS = {"manage.confirm_facts_of", "manage.confirm_still_true"}
#: What is added stands beside the others, and a browser would lose the chosen file.
ON_NEW_FILES = {"manage.add_file"}
#: These have a version of their own: nothing but a draft knows of the facility.
ON_NEW = {
    "manage.begin_new_facility",
    "manage.change_new_facts",
    "manage.discard_new_facility",
    "manage.publish_new_facility",
}
#: It proposes a concept, which an administrator answers.
ON_CONCEPTS = {"manage.propose"}
#: It changes nothing of a facility, and is settled once.
ON_REPORTS = {"manage.settle_report"}
#: A role is given or has ended: there is nothing to overwrite.
ON_ROLES = {"manage.give_role", "manage.take_role"}
#: These have a version of their own, of a cluster and its people.
ON_SECOND_FACTORS = {"manage.ask_for_second_factor", "manage.lift_second_factor"}
#: This has a version of its own, see `tests/web/test_manage_cluster.py`.
ON_CLUSTERS = {"manage.change_cluster_facts"}


@pytest.fixture
def hall(app_context, client, other_client):
    """A facility with something to remove on each form; two coordinators are signed in."""
    cluster = make_cluster()
    make_facility(cluster, "campus")
    hall = make_facility(cluster, "hall")
    make_approver(hall, email="old@example.org")
    make_approver(make_facility(cluster, "annex"), email="new@example.org")
    drones = make_organisation("Demo Drones")
    make_organisation("Demo Fly")
    kept(AutomaticOrganisation(facility_id=hall.id, organisation_id=drones.id))
    coordinator = make_coordinator(cluster, email="bo@example.org")
    slot = slot_on(date(2027, 1, 20))
    row = SetAside(
        key="kept",
        facility_id=hall.id,
        whole=True,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        kept_until=slot.ends_at,
        made_by_id=coordinator.id,
        made_at=NOW,
    )
    kept(row)
    make_special_day(hall, date(2026, 12, 31))
    make_closure(hall, slot_on(date(2027, 1, 14)), reason="Leak")
    make_condition(hall)
    publish_facts(account_of(coordinator.id), "hall", {"city": "Aarhus"})
    version = facility_version(hall.id)
    db.session.rollback()
    save_draft(account_of(coordinator.id), "hall", {"permits": "None"}, version=version)
    make_document(hall)
    make_document(hall, position=2, words="Map")
    sign_in(client, make_coordinator(cluster))
    sign_in(other_client, coordinator)
    season = {"first": "2027-06-01", "last": "2027-08-31", "mon-first-opens": "06:00"}
    week = replace(FORMS["manage.change_week"], typed=season)
    assert saved(client, open_form(client, week), week, week.steps).status_code == 303
    db.session.rollback()
    return hall


def current_version():
    """The version of the hall; nothing is left open that would hold up a writer."""
    db.session.rollback()
    hall_id = db.session.scalars(sa.select(Facility.id).where(Facility.slug == "hall")).one()
    version = facility_version(hall_id)
    db.session.rollback()
    return version


def open_form(client, one):
    forms = get_page(client, one.page).all("form", action=one.action)
    assert forms, f"{one.page} has no form that posts to {one.action}"
    return forms[-1]


def saved(client, form, one, steps):
    """Take the steps one after the other; return the first answer that is no further form."""
    answer = submit(client, form, one.typed | {"step": steps[0]})
    for step in steps[1:]:
        if answer.status_code != 200:
            return answer
        checked = read_page(answer.text).one("form", action=one.action)
        answer = submit(client, checked, {"step": step})
    return answer


def change_something(client):
    """Another coordinator sets the quota, or another one than before."""
    form = open_form(client, FORMS["manage.change_quotas"])
    most = str(int(dict(form.values())["hours_year"] or 100) + 1)
    assert submit(client, form, {"hours_year": most}).status_code == 302


def test_every_address_of_owners_that_saves_something_is_listed_here(app):
    posting = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("manage.") and "POST" in rule.methods
    }

    apart = ON_DATES | ON_FACTS | ON_REPLIES | ON_ROLES | ON_SECOND_FACTORS | ON_CLUSTERS
    apart |= ON_NEW_FILES | ON_NEW | ON_REPORTS | ON_CONCEPTS
    assert posting == FORMS.keys() | apart


def test_every_part_has_words_and_lines(engine_name):
    from booking.manage import saved_changes

    assert PART_WORDS.keys() == set(ChangedPart)
    # What a cluster says of itself has a page of its own.
    assert saved_changes._LINES.keys() == set(ChangedPart) - {ChangedPart.CLUSTER}


@pytest.mark.parametrize("endpoint", FORMS)
def test_a_form_that_missed_a_change_is_not_saved_but_shows_it_and_keeps_what_was_typed(
    hall, client, other_client, endpoint
):
    one = FORMS[endpoint]
    opened = open_form(client, one)
    version = current_version()
    assert dict(opened.values())["version"] == version
    change_something(other_client)

    refused = saved(client, opened, one, one.steps)

    assert refused.status_code == 409
    page = read_page(refused.text)
    said = page.one("div", class_="note-warning").text
    assert "Saved since you opened this page Limits per organisation at most 101 h a year" in said
    assert "Changed by Bo on Tue 24 Nov, 10:00, Copenhagen time." in said
    assert current_version() == str(int(version) + 1), "it was saved all the same"
    again = page.all("form", action=one.action)[-1]
    if one.kept:
        name, value = one.kept
        assert dict(again.values())[name] == value
    done = saved(client, again, replace(one, typed={}), one.steps if one.kept else one.steps[-1:])
    assert done.status_code in (302, 303), done.text
    assert current_version() == str(int(version) + 2)


@pytest.mark.parametrize("endpoint", [name for name, one in FORMS.items() if one.steps[1:]])
def test_a_change_between_the_check_and_saving_is_shown_before_it_is_replaced(
    hall, client, other_client, endpoint
):
    one = FORMS[endpoint]
    checked = saved(client, open_form(client, one), one, one.steps[:1])
    assert checked.status_code == 200
    change_something(other_client)

    saving = read_page(checked.text).one("form", action=one.action)
    refused = submit(client, saving, {"step": one.steps[1]})

    assert refused.status_code == 409
    assert "Saved since you opened this page" in read_page(refused.text).one("main").text


@pytest.mark.parametrize("version", ["", "-1", "0x", "999999", "9" * 30])
def test_a_version_that_never_was_saves_nothing(hall, client, version):
    form = open_form(client, FORMS["manage.change_quotas"])

    refused = submit(client, form, {"hours_month": "17", "version": version})

    assert refused.status_code == 409
    assert "Saved since" not in read_page(refused.text).one("main").text
    db.session.rollback()
    assert db.session.scalars(sa.select(OwnerChange.part)).all() == ["facts", "draft", "hours"]


def test_what_is_saved_already_can_be_saved_again(hall, client):
    one = FORMS["manage.change_quotas"]
    opened = open_form(client, one)
    assert submit(client, opened, one.typed).status_code == 302

    assert submit(client, opened, one.typed).status_code == 302


def test_later_hours_are_not_lost_to_a_preview_that_has_not_seen_them(hall, client, other_client):
    one = FORMS["manage.change_week"]
    checked = submit(client, open_form(client, one), {"mon-first-opens": "07:00", "step": "check"})
    second = replace(one, typed={"mon-first-opens": "08:00", "mon-first-closes": "22:00"})
    assert saved(other_client, open_form(other_client, one), second, one.steps).status_code == 303

    saving = read_page(checked.text).one("form", action=one.action)
    refused = submit(client, saving, {"step": "save"})

    assert refused.status_code == 409
    page = read_page(refused.text)
    assert "Mon 08:00 – 22:00" in page.one("div", class_="note-warning").text
    kept = page.one("form", action=one.action)
    assert dict(kept.values())["mon-first-opens"] == "07:00"


def test_an_approver_of_a_part_is_not_told_who_above_has_changed_it(hall, client, other_client):
    part = make_facility(hall.cluster, "part", parent=hall)
    sign_in(other_client, make_approver(part, email="stranger@example.org"))
    quotas = OwnersForm("/manage/facilities/part/quotas", "/manage/facilities/part/quotas", {})
    opened = open_form(client, quotas)
    changed = submit(other_client, open_form(other_client, quotas), {"hours_year": "90"})
    assert changed.status_code == 302
    db.session.rollback()
    db.session.execute(sa.text("DELETE FROM role WHERE facility_id = :id"), {"id": part.id})
    db.session.commit()

    refused = submit(client, opened, {"hours_year": "80"})

    assert "Changed by someone else on" in read_page(refused.text).one("main").text
    assert "Stranger" not in refused.text
