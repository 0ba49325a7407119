"""Importing facilities: what is exported changes nothing, all or nothing, everything wrong said."""

import csv
import io
import json
from dataclasses import replace
from datetime import date, time

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.accounts.queries import account_of
from booking.audit.models import AuditEntry
from booking.availability.place_changes import add_places
from booking.bookings.disruption_models import Affected
from booking.catalogue import reading, service
from booking.catalogue.export import catalogue_table, facilities_file
from booking.catalogue.import_file import Wrong, read_file
from booking.catalogue.import_service import RowKind, import_facilities
from booking.catalogue.queries import facility_slugs
from booking.catalogue.table import fact_cells, read_cell
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.facts import mark_set_here, write_facts
from booking.facilities.models import Facility, Place
from booking.facilities.stated_hours import replace_timetables, stated_timetables
from booking.manage.hours.writing import lasting_hours
from booking.manage.new_facilities.service import begin_facility
from booking.rules.cells import cell_text, safe_cell
from booking.rules.facts import FACTS, FactKind
from booking.rules.lifecycle import State
from booking.rules.new_facilities import Setup
from booking.rules.opening import ONE_DAY, WeeklySpan
from booking.rules.timetables import Timetable
from booking.web.spreadsheet import csv_text
from tests.conftest import NOW
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    make_request,
    slot_on,
)

#: What is awkward in a cell.
AWKWARD = {
    "description": 'First; second\nthird, "quoted" \\ =SUM(1)',
    "description.da": "'=1",
    "capabilities": ["a;b", "c\\", "=d", "'-e", "f, g"],
    "capacity_note": "-5 people",
    "position": [-3.5, 10.25, False],
    "size": "+45",
}


@pytest.fixture
def here(app_context):
    """A cluster with a hall, a bench in it and a coordinator."""
    cluster = make_cluster("here", short_name="Here")
    hall = make_facility(cluster, "hall", status="open")
    make_facility(cluster, "bench", parent=hall, kind="workbench", status="open")
    make_facility(make_cluster("there", short_name="There"), "far")
    cluster.cora = account_of(make_coordinator(cluster).id)
    db.session.rollback()
    return cluster


def table(*rows, headings=("slug", "name", "kind", "part_of", "status", "description")):
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(headings)
    lines.writerows([row.get(name, "") for name in headings] for row in rows)
    return text.getvalue().encode()


HALL = {"slug": "hall", "name": "Hall", "kind": "lab", "status": "open"}
NEW = {"slug": "smoke", "name": "Smoke room", "kind": "workbench", "part_of": "hall"}


def tried(here, content):
    return import_facilities(here.cora, "here", content)


def saved(here, content):
    return import_facilities(here.cora, "here", content, version=tried(here, content).version)


def facility(slug):
    db.session.rollback()
    return db.session.scalars(sa.select(Facility).where(Facility.slug == slug)).one_or_none()


def said(outcome):
    return {(one.wrong, one.row, one.column) for one in outcome.problems}


def rows_of_all_tables():
    db.session.rollback()
    return {
        one.name: sorted(map(repr, db.session.execute(sa.select(one))))
        for one in db.metadatas[None].sorted_tables
        if one.name != "rules_revision"
    }


def exports(slug):
    pages = dict.fromkeys(facility_slugs(), "https://here.example")
    yield csv_text(catalogue_table(pages, slug)).encode("utf-8-sig")
    yield json.dumps(facilities_file(slug)).encode()


def test_what_is_exported_and_imported_again_changes_nothing(app_context):
    service.load(reading.read_catalogue())
    airport = facility("uas-denmark")
    write_facts(airport, AWKWARD, {})
    mark_set_here(airport, AWKWARD)
    db.session.commit()
    before = rows_of_all_tables()

    for slug in ("censec", "hsd", "munich"):
        for content in exports(slug):
            outcome = import_facilities(None, slug, content)
            assert (outcome.problems, {one.kind for one in outcome.rows}) == ([], {RowKind.SAME})
            assert import_facilities(None, slug, content, version=outcome.version).saved

    assert rows_of_all_tables() == before


def test_what_is_exported_builds_the_same_facilities_elsewhere(here):
    write_facts(facility("hall"), AWKWARD, {})
    db.session.commit()
    first, second = exports("here")
    renamed = first.replace(b"hall", b"hull").replace(b"\nbench", b"\nbank")

    assert {one.kind for one in saved(here, renamed).rows} == {RowKind.NEW}

    hull = facility("hull")
    assert {name: getattr(hull, name, None) for name in ("capabilities", "lat", "size")} == {
        "capabilities": AWKWARD["capabilities"],
        "lat": -3.5,
        "size": "+45",
    }
    assert facility("bank").parent.slug == "hull"
    assert facility("bank").root_id == hull.id
    assert hull.status == "open"
    assert {one.kind for one in tried(here, renamed).rows} == {RowKind.SAME}
    assert {one.kind for one in tried(here, second).rows} == {RowKind.SAME}


PRINTABLE = st.text("aß;\\'=+-@,\"x", min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(PRINTABLE, unique=True, max_size=4), PRINTABLE)
def test_every_text_and_list_comes_back_from_its_cell(entries, text):
    values = {fact.name: fact.nothing for fact in FACTS}
    values |= {"capabilities": entries, "description": text}

    cells = {name: cell_text(safe_cell(cell)) for name, cell in fact_cells(values).items()}

    assert read_cell("capabilities", cells["capabilities"]) == entries
    assert read_cell("description", cells["description"]) == text
    assert not safe_cell(text).startswith(("=", "+", "-", "@"))


def test_rows_are_new_changed_kept_or_the_same_and_what_changes_is_named(here):
    content = table(
        HALL | {"description": "Mended <b>here</b>"},
        {"slug": "bench", "name": "Bench", "kind": "workbench", "part_of": "hall"},
        NEW,
        headings=("slug", "name", "kind", "part_of", "status", "description", "groups_at_once"),
    )

    outcome = tried(here, content)

    assert outcome.problems == []
    kinds = {one.slug: one.kind for one in outcome.rows}
    assert kinds == {"hall": RowKind.CHANGED, "bench": RowKind.KEPT, "smoke": RowKind.NEW}
    hall = outcome.rows[0]
    assert [(one.column, one.before, one.after) for one in hall.changes] == [
        ("description", None, "Mended <b>here</b>")
    ]
    assert [one.column for one in hall.kept] == ["groups_at_once"]
    assert facility("hall").description is None
    assert facility("smoke") is None


def test_what_is_imported_is_marked_as_set_here_and_logged(here):
    assert saved(here, table(HALL | {"description": "Mended", "status": "winding-down"}, NEW)).saved

    hall, smoke = facility("hall"), facility("smoke")
    assert (hall.description, hall.status) == ("Mended", "winding-down")
    assert hall.set_here == ["description", "status"]
    assert {"name", "kind", "status"} <= set(smoke.set_here)
    assert (smoke.parent_id, smoke.root_id, smoke.pending_holds) == (hall.id, hall.root_id, True)
    events = db.session.execute(sa.select(AuditEntry.event, AuditEntry.actor_id)).all()
    for event in ("facts_changed", "status_changed", "facility_added", "facilities_imported"):
        assert (event, here.cora.person_id) in events
    before = rows_of_all_tables()
    again = saved(here, table(HALL | {"description": "Mended", "status": "winding-down"}, NEW))
    assert {one.kind for one in again.rows} == {RowKind.SAME}
    assert rows_of_all_tables() == before


RULES = ("slug", "people", "groups_at_once", "opening_hours")
MON = Timetable((WeeklySpan(0, time(8), time(17)),), None, None)


def rules_of(slug):
    found = facility(slug)
    places = sa.select(sa.func.count()).where(Place.facility_id == found.id)
    stated = stated_timetables(found.id)
    return found.people_limit, db.session.scalar(places), lasting_hours(stated), stated


def test_people_groups_and_hours_of_a_facility_that_exists_are_imported(here):
    hours = "mon-wed, sat 8 – 12:00; mon 13:00-24"
    content = table(
        {"slug": "hall", "people": "40", "groups_at_once": "3", "opening_hours": hours},
        {"slug": "bench", "opening_hours": "closed"},
        headings=RULES,
    )

    outcome = saved(here, content)

    assert outcome.saved
    assert outcome.rows[0].hours_from == NOW.date() + ONE_DAY
    people, places, week, _ = rules_of("hall")
    assert (people, places) == (40, 3)
    assert [(one.weekday, one.opens_time, one.closes_time) for one in week] == [
        (0, time(8), time(12)), (0, time(13), time(0)), (1, time(8), time(12)),
        (2, time(8), time(12)), (5, time(8), time(12)),
    ]  # fmt: skip
    assert rules_of("bench")[2] == (), "open on no day, which is not the same as not stated"
    assert {"opening_hours"} <= set(facility("hall").set_here)
    events = set(db.session.scalars(sa.select(AuditEntry.event)))
    assert {"terms_changed", "hours_changed", "facilities_imported"} <= events
    before = rows_of_all_tables()
    for again in (content.replace(b",3,", b",,"), *exports("here")):
        tried_again = saved(here, again)
        assert tried_again.problems == []
        assert {one.kind for one in tried_again.rows} <= {RowKind.SAME, RowKind.KEPT}
    assert rows_of_all_tables() == before

    assert saved(here, table({"slug": "hall"}, headings=RULES)).saved

    people, places, week, stated = rules_of("hall")
    assert (people, places, week) == (None, 3, None)
    assert stated[-1].valid_to == NOW.date(), "today stays as it was"


def test_new_hours_of_a_file_begin_after_the_season_that_runs(here):
    hall = facility("hall")
    until = NOW.date() + 9 * ONE_DAY
    replace_timetables(
        hall.id,
        [
            replace(MON, valid_to=NOW.date() - ONE_DAY),
            Timetable((), NOW.date(), until),
            replace(MON, valid_from=until + ONE_DAY),
        ],
    )
    db.session.commit()

    outcome = saved(
        here, table({"slug": "hall", "opening_hours": "tue 9:00-10:00"}, headings=RULES)
    )

    assert outcome.rows[0].hours_from == until + ONE_DAY
    assert [one.valid_to for one in rules_of("hall")[3]][-2:] == [until, None]


def test_dates_outside_new_hours_are_named_and_marked_and_fewer_groups_are_refused(here):
    hall, partner = facility("hall"), make_partner()
    replace_timetables(hall.id, [MON])
    add_places(hall, 1)
    slot = slot_on(date(2027, 1, 4))
    requests = [make_request(partner, hall, [slot], state=State.CONFIRMED) for _ in range(2)]
    db.session.commit()
    content = table({"slug": "hall", "opening_hours": "tue 8:00-17:00"}, headings=RULES)

    checked = tried(here, content)

    references = {one.reference for one in requests}
    assert {one.reference for one in checked.rows[0].affected} == references
    assert db.session.scalars(sa.select(Affected)).all() == []
    fewer = table({"slug": "hall", "groups_at_once": "1"}, headings=RULES)
    assert said(tried(here, fewer)) == {(Wrong.DATES, 2, "groups_at_once")}
    assert set(tried(here, fewer).problems[0].value) <= references
    another = make_request(partner, facility("bench"), [slot], state=State.CONFIRMED)
    db.session.commit()
    assert another.reference not in references
    assert import_facilities(here.cora, "here", content, version=checked.version).saved
    db.session.rollback()
    assert len(db.session.scalars(sa.select(Affected)).all()) == 2


def test_nothing_is_imported_if_another_date_would_be_affected_than_was_shown(here):
    hall = facility("hall")
    replace_timetables(hall.id, [MON])
    db.session.commit()
    content = table({"slug": "hall", "opening_hours": "tue 8:00-17:00"}, headings=RULES)
    checked = tried(here, content)
    make_request(make_partner(), hall, [slot_on(date(2027, 1, 4))], state=State.CONFIRMED)
    db.session.commit()

    late = import_facilities(here.cora, "here", content, version=checked.version)

    assert (late.saved, len(late.rows[0].affected)) == (False, 1)
    assert rules_of("hall")[3] == (MON,)


def test_facilities_change_places_in_the_tree(here):
    swapped = table(
        {"slug": "hall", "name": "Hall", "kind": "lab", "part_of": "bench"},
        {"slug": "bench", "name": "Bench", "kind": "workbench"},
    )

    assert saved(here, swapped).saved

    assert facility("hall").parent.slug == "bench"
    assert facility("hall").root_id == facility("bench").id == facility("bench").root_id


def test_everything_wrong_is_said_at_once_and_nothing_is_done(here):
    content = table(
        HALL | {"part_of": "bench"},
        {"slug": "bench", "name": "Bench", "kind": "castle", "part_of": "hall"},
        {"slug": "far", "name": "Far", "kind": "lab"},
        NEW | {"part_of": "nowhere", "status": "ajar"},
        NEW | {"slug": "No slug"},
        HALL,
        {"slug": "nameless", "kind": "lab", "cluster": "There", "position": "95, 10"},
        {"slug": "lost", "name": "Lost", "kind": "lab", "cluster": "Nowhere", "position": "north"},
        headings=(
            "slug", "name", "kind", "part_of", "status", "cluster", "position", "descripton",
        ),
    )  # fmt: skip
    before = rows_of_all_tables()

    outcome = tried(here, content)

    assert said(outcome) == {
        (Wrong.UNKNOWN_COLUMN, 1, "descripton"),
        (Wrong.LOOP, 2, "part_of"),
        (Wrong.LOOP, 3, "part_of"),
        (Wrong.FACT, 3, "kind"),
        (Wrong.SLUG_ELSEWHERE, 4, "slug"),
        (Wrong.UNKNOWN_PARENT, 5, "part_of"),
        (Wrong.UNKNOWN_STATUS, 5, "status"),
        (Wrong.SLUG_FORMAT, 6, "slug"),
        (Wrong.SLUG_TWICE, 7, "slug"),
        (Wrong.FACT, 8, "name"),
        (Wrong.OTHER_CLUSTER, 8, "cluster"),
        (Wrong.FACT, 8, "position"),
        (Wrong.UNKNOWN_CLUSTER, 9, "cluster"),
        (Wrong.NO_NUMBER, 9, "position"),
    }
    assert not saved(here, content).saved
    assert rows_of_all_tables() == before


def test_dates_to_come_refuse_a_status_a_move_and_a_kind_and_with_them_the_whole_file(here):
    request = make_request(
        make_partner(), facility("bench"), [slot_on(date(2027, 1, 14))], state=State.CONFIRMED
    )
    db.session.rollback()
    closing = {"slug": "bench", "name": "Bench", "kind": "workbench", "status": "closed"}

    outcome = tried(here, table(HALL | {"description": "Mended"}, closing))

    assert said(outcome) == {(Wrong.DATES, 3, "status"), (Wrong.DATES, 3, "part_of")}
    assert {tuple(one.value) for one in outcome.problems} == {(request.reference,)}
    assert [one.kind for one in outcome.rows] == [RowKind.CHANGED, RowKind.ERROR]
    assert not saved(here, table(HALL | {"description": "Mended"}, closing)).saved
    assert facility("hall").description is None


def test_nothing_is_done_if_something_was_changed_since_the_check(here):
    content = table(HALL | {"description": "Mended"}, NEW)
    checked = tried(here, content)
    facility("hall").description = "By somebody else"
    db.session.commit()

    late = import_facilities(here.cora, "here", content, version=checked.version)

    assert not late.saved
    assert late.rows[0].changes[0].before == "By somebody else"
    assert (facility("hall").description, facility("smoke")) == ("By somebody else", None)
    assert import_facilities(here.cora, "here", content, version=late.version).saved


def test_hours_that_the_page_could_not_show_are_refused(here):
    content = table(
        {"slug": "hall", "opening_hours": "mon 8:00-12:00; mon 11:00-13:00"},
        {"slug": "bench", "opening_hours": "; ".join(f"mon {n}:00-{n}:30" for n in (8, 9, 10, 11))},
        {"slug": "smoke", "opening_hours": "sun 25:00-26:00"},
        headings=RULES,
    )

    assert {
        (Wrong.HOURS_OVERLAP, 2, "opening_hours"),
        (Wrong.HOURS_OVERLAP, 3, "opening_hours"),
        (Wrong.HOURS, 4, "opening_hours"),
    } <= said(tried(here, content))


def test_a_slug_that_a_draft_has_is_taken(here):
    begin_facility(
        here.cora, "here", "smoke", {"name": "Smoke room", "kind": "lab"}, Setup("", 1, "open")
    )

    assert said(tried(here, table(NEW))) == {(Wrong.SLUG_DRAFTED, 2, "slug")}


def test_only_coordinators_of_the_cluster_import_into_it(here):
    for slug in ("there", "nowhere", "no\0where"):
        with pytest.raises(NotFound):
            import_facilities(here.cora, slug, table(NEW))


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"", {(Wrong.EMPTY, None, "")}),
        (b"x" * (1024 * 1024 + 1), {(Wrong.TOO_LARGE, None, "")}),
        (
            "slug;name;siz\nhall;Hål;5\n".encode("latin-1"),
            {(Wrong.NOT_UTF8, 2, ""), (Wrong.UNKNOWN_COLUMN, 1, "siz")},
        ),
        (b"PK\x03\x04\xff\n\n", {(Wrong.NO_TEXT, None, "")}),
        ("slug\nhall".encode("utf-16"), {(Wrong.NO_TEXT, None, "")}),
        (b"name\nHall\n", {(Wrong.NO_SLUG_COLUMN, 1, "")}),
        (b"slug,name,name\nhall,a,b\n", {(Wrong.COLUMN_TWICE, 1, "name")}),
        (b"slug,name\nhall,a,b\n", {(Wrong.TOO_MANY_CELLS, 2, "")}),
        (b"slug,people\nhall,many\n", {(Wrong.NO_NUMBER, 2, "people")}),
        (b"slug,opening_hours\nhall,always\n", {(Wrong.HOURS, 2, "opening_hours")}),
        (b"slug,opening_hours\nhall,fri-mon 8:00-9:00\n", {(Wrong.HOURS, 2, "opening_hours")}),
        (b"slug,opening_hours\nhall,mo 8:00-9:00\n", {(Wrong.HOURS, 2, "opening_hours")}),
        (b"slug,name\nhall,a\x00b\n", {(Wrong.UNPRINTABLE, 2, "name")}),
        (b'slug,name\nhall,"a\nb"\n', {(Wrong.SEVERAL_LINES, 2, "name")}),
        (b'slug,name\nhall,"a\n', {(Wrong.NO_TABLE, 2, "")}),
        (b"{", {(Wrong.NO_TABLE, None, "")}),
        (b"[" * 100_000, {(Wrong.NO_TABLE, None, "")}),
        (b'{"facilities": 5}', {(Wrong.NO_TABLE, None, "")}),
        (b'[{"slug": "hall", "siz": 5}]', {(Wrong.UNKNOWN_COLUMN, 1, "siz")}),
        (
            b'[{"slug": "hall", "capacity": {"people": "x", "rooms": 2}}]',
            {(Wrong.NO_NUMBER, 1, "people"), (Wrong.UNKNOWN_COLUMN, 1, "capacity.rooms")},
        ),
        (b'[{"slug": "hall", "status": true, "position": NaN}]', {(Wrong.NO_TABLE, None, "")}),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_place(content, wrong):
    assert {(one.wrong, one.row, one.column) for one in read_file(content).problems} == wrong


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=60))
def test_no_file_breaks_the_reading(content):
    read_file(content)
    read_file(b"slug,name,position,people\n" + content)


def test_no_entry_of_a_json_breaks_the_import(here):
    odd = [None, True, 5, -1, 2.5, "x", "", [], [5], ["x", "x"], {}, {"x": 1}, [["x"]], 10**30]
    columns = [fact.key for fact in FACTS] + ["cluster", "parent", "status", "opening_hours"]
    entries = [
        {"slug": "hall", "capacity": {"people": one, "simultaneous_groups": one}, "texts": one}
        for one in odd
    ]
    entries += [{"slug": "hall", column: one} for column in columns for one in odd]
    entries += [{"slug": one} for one in odd]

    outcome = tried(here, json.dumps(entries).encode())

    assert outcome.problems
    assert {fact.kind for fact in FACTS} == set(FactKind)
    assert facility("hall").name == "Hall"
