"""Loading the catalogue: all of it, repeatedly, without overwriting what people have changed."""

import copy
import json
from datetime import UTC, date, datetime, time

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.disruption_models import Affected
from booking.bookings.models import LogEntry, Occupancy
from booking.catalogue import reading, service
from booking.catalogue.report import LineKind
from booking.clusters.facts import stated_facts
from booking.clusters.models import Cluster, FocusArea
from booking.extensions import db
from booking.facilities.change_models import OwnerChange
from booking.facilities.facts import mark_set_here, write_facts
from booking.facilities.hours_models import OpeningSpan, TimetableRow
from booking.facilities.models import Facility, KindDefault, Place
from booking.facilities.stated_hours import stated_timetables
from booking.manage.cluster.service import change_cluster_facts
from booking.manage.hours.service import NewWeek, change_week
from booking.manage.status.service import set_status
from booking.notices.models import Notice
from booking.rules.lifecycle import State
from booking.rules.opening import WeeklySpan
from tests.factories import make_approver, make_coordinator, make_partner, make_request, slot_on

CONTENT = json.loads(reading.SHIPPED.read_text(encoding="utf-8"))


def read(tmp_path, content):
    path = tmp_path / "catalogue.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return reading.read_catalogue(path)


def facility(slug):
    return db.session.scalars(sa.select(Facility).where(Facility.slug == slug)).one()


def count(model):
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def test_all_clusters_and_facilities_are_loaded_with_facts_and_sources(app_context):
    service.load(reading.read_catalogue())

    assert (count(Cluster), count(Facility), count(FocusArea)) == (7, 68, 24)
    known = {one.slug: one for one in db.session.scalars(sa.select(Facility))}
    for facts in CONTENT["facilities"]:
        one = known[facts["slug"]]
        assert one.cluster.slug == facts["cluster"]
        assert (one.parent.slug if one.parent else None) == facts["parent"]
        assert one.name == facts["name"]
        assert one.kind == facts["kind"]
        assert one.run_by == facts["owner"]
        assert one.description == facts["description"]
        assert one.capabilities == facts["capabilities"]
        assert one.hazards == facts["hazards"]
        assert one.access_conditions == facts["access_conditions"]
        assert one.capacity_note == facts["capacity"]["note"]
        assert one.opening_hours_note == facts["opening_hours_note"]
        assert one.status == facts["status"]
        assert [one.source, *one.more_sources] == [facts["source"], *facts["more_sources"]]
        assert {area.slug for area in one.focus_areas} == set(facts["focus_areas"])
        assert one.facts_read_on == date.fromisoformat(CONTENT["meta"]["compiled_on"])
    clusters = {one.slug: one for one in db.session.scalars(sa.select(Cluster))}
    for facts in CONTENT["clusters"]:
        one = clusters[facts["slug"]]
        assert one.members == facts["members"]
        assert one.expertise == facts["expertise"]
        assert one.source == facts["source"]
        assert one.time_zone == facts["time_zone"]


def test_every_facility_has_a_root_and_at_least_one_place(app_context):
    service.load(reading.read_catalogue())

    for one in db.session.scalars(sa.select(Facility)):
        top = one
        while top.parent:
            top = top.parent
        assert one.root_id == top.id
    places = dict(
        db.session.execute(
            sa.select(Facility.slug, sa.func.count(Place.id))
            .outerjoin(Place)
            .group_by(Facility.slug)
        ).all()
    )
    for facts in CONTENT["facilities"]:
        assert places[facts["slug"]] == (facts["capacity"]["simultaneous_groups"] or 1)


def test_default_values_are_stored_by_kind_and_only_workbenches_hold_requested_dates(app_context):
    service.load(reading.read_catalogue())

    ranges = db.session.get(KindDefault, "range")
    assert (ranges.unit, ranges.maximum_units, ranges.lead_time_days) == ("day", 10, 45)
    assert (ranges.people_limit, ranges.horizon_days, ranges.step_minutes) == (40, 400, 30)
    assert db.session.get(KindDefault, "facility").unit == "half_day"
    assert facility("r2lab").pending_holds
    assert not facility("uas-denmark").pending_holds
    assert facility("uas-denmark").lead_time_days is None


def test_stated_hours_are_saved_as_spans(app_context):
    service.load(reading.read_catalogue())

    airport = facility("uas-denmark")
    assert count(OpeningSpan) == 7
    timetable = db.session.scalars(
        sa.select(TimetableRow).where(TimetableRow.facility_id == airport.id)
    ).one()
    assert {span.weekday for span in timetable.spans} == set(range(7))


def test_loading_again_changes_nothing_and_leaves_bookings_alone(app_context):
    service.load(reading.read_catalogue())
    airport = facility("uas-denmark")
    make_request(make_partner(), airport, [slot_on(date(2027, 1, 14))], state=State.CONFIRMED)

    service.load(reading.read_catalogue())

    assert (count(Cluster), count(Facility), count(Place)) == (7, 68, 71)
    assert count(OpeningSpan) == 7
    assert count(Occupancy) == 1
    assert facility("uas-denmark").revision == 1


def test_loading_again_updates_facts_and_keeps_terms_set_by_owners(app_context, tmp_path):
    service.load(reading.read_catalogue())
    airport = facility("uas-denmark")
    airport.lead_time_days = 3
    airport.pending_holds = True
    airport.people_limit = 7
    db.session.commit()
    changed = copy.deepcopy(CONTENT)
    changed["meta"]["compiled_on"] = "2027-03-01"
    facts = next(one for one in changed["facilities"] if one["slug"] == "uas-denmark")
    facts |= {"name": "UAS Denmark", "status": "closed", "capabilities": ["night flight"]}

    service.load(read(tmp_path, changed))

    airport = facility("uas-denmark")
    assert (airport.name, airport.status) == ("UAS Denmark", "closed")
    assert airport.capabilities == ["night flight"]
    assert (airport.lead_time_days, airport.pending_holds, airport.people_limit) == (3, True, 7)
    assert airport.revision == 2


def test_loading_the_same_file_again_keeps_the_owners_status(app_context):
    service.load(reading.read_catalogue())
    facility("uas-denmark").status = "closed"
    db.session.commit()

    service.load(reading.read_catalogue())

    assert facility("uas-denmark").status == "closed"


def test_a_facility_missing_in_the_file_is_kept(app_context, tmp_path):
    service.load(reading.read_catalogue())
    fewer = copy.deepcopy(CONTENT)
    fewer["facilities"] = [one for one in fewer["facilities"] if one["slug"] != "r2lab"]

    service.load(read(tmp_path, fewer))

    assert facility("r2lab").name == "FIT R2lab anechoic chamber"


def test_a_new_part_of_a_hall_is_taken_by_existing_whole_bookings(app_context, tmp_path):
    service.load(reading.read_catalogue())
    make_request(
        make_partner(),
        facility("uas-denmark"),
        [slot_on(date(2027, 1, 14))],
        state=State.CONFIRMED,
        whole=True,
    )
    grown = copy.deepcopy(CONTENT)
    part = next(one for one in grown["facilities"] if one["slug"] == "uas-photogrammetry-field")
    grown["facilities"].append({**part, "slug": "uas-new-field", "name": "New field"})

    service.load(read(tmp_path, grown))

    place_id = db.session.scalars(
        sa.select(Place.id).where(Place.facility_id == facility("uas-new-field").id)
    ).one()
    taken = db.session.scalars(sa.select(Occupancy).where(Occupancy.place_id == place_id)).one()
    assert taken.starts_at == slot_on(date(2027, 1, 14)).starts_at


def spoilt(change):
    content = copy.deepcopy(CONTENT)
    change(content)
    return content


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda c: c["facilities"][0].update(cluster="nowhere"), "no cluster nowhere"),
        (lambda c: c["facilities"][0].update(parent="nothing"), "hsd-campus"),
        (lambda c: c["facilities"][0].update(slug="No Slug"), "No Slug"),
        (lambda c: c["facilities"][0].pop("status"), "status"),
        (lambda c: c["facilities"].append(c["facilities"][0]), "same slug"),
        (lambda c: c["clusters"][0].update(time_zone="Mars/Base"), "Mars"),
        (lambda c: c["clusters"][0].update(website="javascript:x"), "website"),
        (lambda c: c["meta"].pop("compiled_on"), "compiled_on"),
        (lambda c: c["facilities"][0].update(equipment="radar"), "equipment is wrong type"),
        (lambda c: c["facilities"][0].update(position=[95, 10, False]), "position is no position"),
        (
            lambda c: c["facilities"][0].update(
                opening_hours=[{"days": ["someday"], "from": "08:00", "to": "17:00"}]
            ),
            "someday",
        ),
    ],
)
def test_an_invalid_file_is_refused_with_the_reason(tmp_path, change, says):
    with pytest.raises(reading.CatalogueError, match=says):
        read(tmp_path, spoilt(change))


def newer(day="2027-03-01", **of_facilities):
    """The shipped file, compiled later; other values by the facility's slug with underscores."""
    content = copy.deepcopy(CONTENT)
    content["meta"]["compiled_on"] = day
    for facts in content["facilities"]:
        facts.update(of_facilities.get(facts["slug"].replace("-", "_"), {}))
    return content


def weekdays(opens, closes):
    return {
        "opening_hours": [
            {"days": ["mon", "tue", "wed", "thu", "fri"], "from": opens, "to": closes}
        ]
    }


MORNINGS = weekdays("06:00", "08:00")


def booked(slug="uas-denmark"):
    """A confirmed date on Thursday 14 January 2027, from ten on."""
    slot = slot_on(date(2027, 1, 14))
    return make_request(make_partner(), facility(slug), [slot], state=State.CONFIRMED)


def rows_of_all_tables():
    db.session.rollback()
    return {
        table.name: sorted(map(repr, db.session.execute(sa.select(table))))
        for table in db.metadatas[None].sorted_tables
        if table.name != "rules_revision"
    }


def said(report):
    return {(line.kind.value, line.slug, line.names) for line in report.lines}


def test_new_hours_of_the_file_mark_the_dates_outside_them_and_tell_both_sides(
    app_context, tmp_path
):
    service.load(reading.read_catalogue())
    make_approver(facility("uas-denmark"))
    request = booked()
    before = stated_timetables(facility("uas-denmark").id)

    report = service.load(read(tmp_path, newer(uas_denmark=MORNINGS)))

    (line,) = [line for line in report.lines if "opening_hours" in line.names]
    assert [(one.reference, one.facility) for one in line.affected] == [
        (request.reference, "uas-denmark")
    ]
    marked = db.session.scalars(sa.select(Affected)).one()
    assert (marked.cause, marked.resolved_at) == ("hours", None)
    assert marked.occurrence.state is State.CONFIRMED
    entry = db.session.scalars(sa.select(LogEntry).order_by(LogEntry.id.desc())).first()
    assert (entry.event, entry.actor_id) == ("affected", None)
    told = sa.select(Notice.side).where(Notice.log_id == entry.id)
    assert set(db.session.scalars(told)) == {"owner", "requester"}
    after = stated_timetables(facility("uas-denmark").id)
    assert after[0].spans == before[0].spans
    assert (after[0].valid_to, after[1].valid_from) == (date(2026, 11, 24), date(2026, 11, 25))


def test_a_file_closes_no_facility_that_has_dates_and_loads_the_rest(app_context, tmp_path, at):
    service.load(reading.read_catalogue())
    request = booked()
    closing = newer(uas_denmark={"status": "closed", "name": "UAS"}, r2lab={"status": "closed"})

    report = service.load(read(tmp_path, closing))

    (refused,) = [line for line in report.lines if line.kind is LineKind.REFUSED]
    assert (refused.slug, refused.names) == ("uas-denmark", ("status",))
    assert [one.reference for one in refused.needed_by] == [request.reference]
    assert (facility("uas-denmark").status, facility("uas-denmark").name) == (
        "open-unverified",
        "UAS",
    )
    assert facility("r2lab").status == "closed"
    at(datetime(2027, 2, 1, tzinfo=UTC))  # the date is over
    again = service.load(read(tmp_path, closing))
    assert said(again) == {("changed", "uas-denmark", ("status",))}
    assert facility("uas-denmark").status == "closed"


def test_hours_and_status_that_owners_have_set_are_kept_and_reported(app_context, tmp_path):
    service.load(reading.read_catalogue())
    airport = facility("uas-denmark")
    anna = account_of(make_approver(airport).id)
    spans = (WeeklySpan(0, time(9), time(12)),)
    new = NewWeek(spans, date(2026, 11, 25))
    shown = change_week(anna.viewer, airport.id, new, None)
    assert change_week(anna.viewer, airport.id, new, shown.version).saved
    set_status(anna, "uas-denmark", "winding-down")
    db.session.execute(sa.delete(OwnerChange))  # they go after a year
    db.session.commit()

    report = service.load(read(tmp_path, newer(uas_denmark=MORNINGS | {"status": "closed"})))

    kept = {("kept", "uas-denmark", ("status",)), ("kept", "uas-denmark", ("opening_hours",))}
    assert said(report) == kept
    assert facility("uas-denmark").status == "winding-down"
    assert stated_timetables(airport.id)[-1].spans == spans


def test_hours_of_one_file_are_replaced_by_those_of_the_next(app_context, tmp_path):
    service.load(reading.read_catalogue())

    service.load(read(tmp_path, newer(uas_denmark=MORNINGS)))
    report = service.load(
        read(tmp_path, newer("2027-04-01", uas_denmark=weekdays("07:00", "09:00")))
    )

    assert said(report) == {("changed", "uas-denmark", ("opening_hours",))}
    assert stated_timetables(facility("uas-denmark").id)[-1].spans[0].closes_time == time(9)


def test_new_demo_hours_of_a_kind_mark_the_dates_outside_them(app_context, tmp_path):
    service.load(reading.read_catalogue())
    r2lab = facility("r2lab")
    request = booked("r2lab")
    changed = newer()
    changed["illustrative_defaults_by_kind"][r2lab.kind] |= MORNINGS

    report = service.load(read(tmp_path, changed))

    (line,) = report.lines
    assert (line.kind, line.what, line.slug) == (LineKind.CHANGED, "demo values", r2lab.kind)
    assert [one.reference for one in line.affected] == [request.reference]


def test_a_dry_run_says_what_loading_does_and_writes_nothing(app_context, tmp_path):
    service.load(reading.read_catalogue())
    booked()
    booked("r2lab")
    changes = newer(uas_denmark=MORNINGS | {"name": "UAS"}, r2lab={"status": "closed"})
    part = next(one for one in changes["facilities"] if one["slug"] == "uas-photogrammetry-field")
    changes["facilities"].append({**part, "slug": "uas-new-field", "name": "New field"})
    before = rows_of_all_tables()

    tried = service.load(read(tmp_path, changes), dry_run=True)

    assert rows_of_all_tables() == before
    assert service.load(read(tmp_path, changes)) == tried
    assert said(tried) == {
        ("changed", "uas-denmark", ("name", "opening_hours")),
        ("refused", "r2lab", ("status",)),
        ("added", "uas-new-field", ()),
    }


def test_the_same_file_again_has_nothing_to_say_and_writes_nothing(app_context, tmp_path):
    changed = read(tmp_path, newer(uas_denmark=MORNINGS))
    service.load(reading.read_catalogue())
    service.load(changed)
    before = rows_of_all_tables()

    assert service.load(changed).lines == []

    assert rows_of_all_tables() == before


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_command_reports_each_change_and_fails_if_something_is_refused(app, tmp_path):
    with app.app_context():
        service.load(reading.read_catalogue())
        reference = booked().reference
        booked("r2lab")
    file = tmp_path / "newer.json"
    changes = newer(uas_denmark=MORNINGS, r2lab={"status": "closed"})
    file.write_text(json.dumps(changes), encoding="utf-8")

    tried = app.test_cli_runner().invoke(args=["catalogue", "load", str(file), "--dry-run"])

    assert tried.exit_code == 1
    assert tried.output.startswith(
        "7 clusters and 68 facilities: 0 added, 1 changed, 1 refused, 0 kept.\n"
    )
    affected = f"affected: {reference} uas-denmark 2027-01-14 10:00"
    assert f"changed  facility uas-denmark: opening_hours; {affected}\n" in tried.output
    assert "refused  facility r2lab: status; needed by: " in tried.output
    assert tried.output.endswith("\nNothing was written.\n")


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_command_says_what_it_loaded_or_what_is_wrong(app, tmp_path):
    runner = app.test_cli_runner()

    loaded = runner.invoke(args=["catalogue", "load"])
    broken = runner.invoke(args=["catalogue", "load", str(tmp_path / "missing.json")])

    assert loaded.output.startswith("7 clusters and 68 facilities")
    assert broken.exit_code == 1
    assert "cannot be read" in broken.output


def test_facts_that_owners_have_set_are_kept_and_reported_and_the_others_written(
    app_context, tmp_path
):
    service.load(reading.read_catalogue())
    airport = facility("uas-denmark")
    anna = account_of(make_approver(airport).id)
    set_status(anna, "uas-denmark", "winding-down")
    write_facts(airport, {"description": "By Anna", "capacity_note": "By Anna"}, {})
    mark_set_here(airport, ["description", "capacity_note"])
    db.session.commit()
    file = newer(
        uas_denmark={
            "description": "By the file",
            "capacity": {"note": "By the file"},
            "status": "closed",
            "city": "Billund",
            "equipment": ["radar"],
            "texts": {"da": {"description": "Af filen"}},
        }
    )
    file = read(tmp_path, file)

    tried = service.load(file, dry_run=True)
    report = service.load(file)

    assert tried == report
    assert said(report) == {
        ("kept", "uas-denmark", ("description", "capacity.note")),
        ("kept", "uas-denmark", ("status",)),
        ("changed", "uas-denmark", ("texts.da.description", "equipment", "city")),
    }
    airport = facility("uas-denmark")
    assert (airport.description, airport.city, airport.equipment) == (
        "By Anna",
        "Billund",
        ["radar"],
    )
    before = rows_of_all_tables()
    again = service.load(file)
    assert {line.kind for line in again.lines} == {LineKind.KEPT}
    assert rows_of_all_tables() == before


def test_what_coordinators_state_of_their_cluster_is_kept_and_reported(app_context, tmp_path):
    service.load(reading.read_catalogue())
    censec = db.session.scalars(sa.select(Cluster).where(Cluster.slug == "censec")).one()
    cora = account_of(make_coordinator(censec).id)
    stated = stated_facts(censec) | {"description": "By Cora", "answer_days": 4}
    change_cluster_facts(cora, "censec", stated, version="0")
    file = newer()
    facts = next(one for one in file["clusters"] if one["slug"] == "censec")
    facts |= {"description": "By the file", "answer_days": 20, "aims": ["Share"], "city": "Aarhus"}
    file = read(tmp_path, file)

    report = service.load(file)

    assert said(report) == {
        ("kept", "censec", ("description", "answer_days")),
        ("changed", "censec", ("city", "aims")),
    }
    assert (censec.description, censec.answer_days) == ("By Cora", 4)
    assert (censec.city, censec.aims) == ("Aarhus", ["Share"])
    before = rows_of_all_tables()
    assert said(service.load(file)) == {("kept", "censec", ("description", "answer_days"))}
    assert rows_of_all_tables() == before


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"aims": "Share"}, "aims must be a list"),
        ({"partners": {"friends": ["Demo"]}}, "partners must be lists of names by industry"),
        ({"answer_days": 0}, "answer_days must be"),
        ({"contact_role": "anna@example.org"}, "contact_role must be a role"),
        ({"days_off": [["2026-12-24", "2026-12-20", "Backwards"]]}, "days_off end before"),
        ({"days_off": [["someday", "2026-12-20", ""]]}, "someday"),
    ],
)
def test_an_invalid_fact_of_a_cluster_is_refused_with_the_reason(tmp_path, facts, says):
    with pytest.raises(reading.CatalogueError, match=says):
        read(tmp_path, spoilt(lambda content: content["clusters"][0].update(facts)))
