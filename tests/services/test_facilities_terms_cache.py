"""Terms cached in memory: never older than the database."""

from datetime import date

import pytest
import sqlalchemy as sa

from booking.db.transactions import writing, writing_by_rules
from booking.extensions import db
from booking.facilities import calendar_cache, effective_terms
from booking.facilities.calendar_visibility import hidden_from
from booking.facilities.hours_models import OpeningSpan, TimetableRow
from booking.facilities.listed import listed_facilities
from booking.facilities.models import Facility
from booking.facilities.queries import filter_values
from booking.facilities.tree import trees_around
from booking.rules.visibility import ANONYMOUS
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_special_day,
)
from tests.statements import count_statements


@pytest.fixture
def lab(app_context):
    lab = make_facility(make_cluster("censec"), "lab")
    make_approver(lab)
    return lab


def rules_of(facility):
    db.session.rollback()
    return effective_terms.effective_terms([facility.id])[facility.id].rules


@pytest.fixture
def reads(monkeypatch):
    """How often rules were read anew."""
    counted = []
    read = effective_terms._read_terms
    monkeypatch.setattr(
        effective_terms, "_read_terms", lambda wanted: counted.append(wanted) or read(wanted)
    )
    return counted


def test_terms_are_read_once_while_nothing_changes(lab, reads):
    assert rules_of(lab) is rules_of(lab)
    assert len(reads) == 1


def test_the_terms_of_one_more_facility_take_two_statements(lab):
    hall_id = make_facility(lab.cluster, "hall").id
    rules_of(lab)  # clusters, demo values and who decides are in memory from now on

    assert count_statements(lambda: effective_terms.effective_terms([hall_id])) == 2


def test_a_change_of_one_facility_leaves_what_follows_from_the_values_of_others(lab):
    hall = make_facility(lab.cluster, "hall")

    def known():
        db.session.rollback()
        return effective_terms.effective_terms([lab.id, hall.id]), listed_facilities()

    terms, listed = known()
    db.session.execute(sa.update(Facility).where(Facility.id == hall.id).values(lead_time_days=3))
    db.session.commit()
    terms_after, listed_after = known()

    assert terms_after[hall.id].rules.lead_time_days == 3
    assert terms_after[lab.id] is terms[lab.id]
    assert listed_after[lab.id] is listed[lab.id]


def changes(lab):
    """Each kind of change that rules follow from, as SQL that no service knows of."""
    return {
        "terms": sa.update(Facility).values(lead_time_days=3),
        "spans": sa.update(OpeningSpan).values(weekday=6),
        "timetable": sa.update(TimetableRow).values(valid_to=date(2027, 1, 1)),
        "zone": sa.text("UPDATE cluster SET time_zone = 'Europe/Helsinki'"),
        "nobody active": sa.text("UPDATE person SET is_active = false"),
        "nobody named": sa.text("DELETE FROM role"),
        "demo values": sa.text(
            "INSERT INTO kind_default (kind, unit, people_limit, opening_hours)"
            " VALUES ('lab', 'hour', 7, '[]')"
        ),
    }


@pytest.mark.parametrize(
    "change",
    ["terms", "spans", "timetable", "zone", "nobody active", "nobody named", "demo values"],
)
def test_a_change_by_anybody_is_seen_at_once(lab, change):
    before = rules_of(lab)
    with db.engine.begin() as connection:
        connection.execute(changes(lab)[change])

    assert rules_of(lab) != before


def test_a_new_special_day_and_a_new_coordinator_are_seen_at_once(lab):
    before = rules_of(lab)
    make_special_day(lab, date(2027, 1, 12))
    assert rules_of(lab).hours != before.hours

    with db.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM role"))
    assert not rules_of(lab).has_deciders
    make_coordinator(lab.cluster)
    assert rules_of(lab).has_deciders


def change_and_fail(lab):
    with writing(lab.id):
        db.session.execute(sa.update(Facility).values(lead_time_days=3))
        assert effective_terms.effective_terms([lab.id])[lab.id].rules.lead_time_days == 3
        raise RuntimeError


def test_a_change_that_was_rolled_back_is_not_cached(lab):
    before = rules_of(lab)
    with pytest.raises(RuntimeError):
        change_and_fail(lab)

    with db.engine.begin() as connection:  # the next to raise the number
        connection.execute(sa.update(Facility).values(horizon_days=9))

    assert rules_of(lab).lead_time_days == before.lead_time_days
    assert rules_of(lab).horizon_days == 9


def what_lists_show(lab):
    """All that is kept of facilities besides their terms."""
    db.session.rollback()
    known = filter_values()
    return (
        known.area_counts,
        [cluster.short_name for cluster in known.clusters],
        listed_facilities()[lab.id].name,
        listed_facilities()[lab.id].capabilities,
        trees_around([lab.id]).above(lab.id),
        hidden_from(ANONYMOUS),
    )


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO facility_focus_area (facility_id, focus_area_id) SELECT id, 1 FROM facility",
        "UPDATE cluster SET short_name = 'CS'",
        "UPDATE facility SET name = 'Workshop' WHERE slug = 'lab'",
        "UPDATE facility SET capabilities = '[\"flights\"]'",
        "UPDATE facility SET parent_id = (SELECT max(id) FROM facility) WHERE slug = 'lab'",
        "UPDATE facility SET sees_public = 'nothing' WHERE slug = 'lab'",
    ],
)
def test_what_lists_show_changes_at_once(lab, change):
    make_facility(lab.cluster, "hall")
    with db.engine.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO focus_area (id, slug, description) VALUES (1, 'space', '')")
        )
    before = what_lists_show(lab)
    with db.engine.begin() as connection:
        connection.execute(sa.text(change))

    assert what_lists_show(lab) != before


def test_who_decides_by_the_rules_takes_them_from_memory(lab, reads):
    before = rules_of(lab)
    with writing_by_rules(lab.id):
        assert effective_terms.effective_terms([lab.id])[lab.id].rules is before
    assert len(reads) == 1

    with db.engine.begin() as connection:
        connection.execute(sa.update(Facility).values(lead_time_days=3))
    with writing_by_rules(lab.id):
        assert effective_terms.effective_terms([lab.id])[lab.id].rules.lead_time_days == 3


def test_who_may_change_rules_reads_them(lab, reads):
    rules_of(lab)
    with writing(lab.id):
        effective_terms.effective_terms([lab.id])

    assert len(reads) == 2


def test_no_calendar_is_drawn_from_memory_by_who_writes(lab):
    with writing_by_rules(lab.id):
        assert calendar_cache.version_of_all([lab.id]) is None
