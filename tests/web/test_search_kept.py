"""Searches kept in memory: whatever happened, a page shows what would be worked out anew."""

import random
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from booking.clusters.models import Cluster
from booking.extensions import db
from booking.facilities import calendar_cache
from booking.facilities.calendar_cache import kept_bytes
from booking.facilities.models import Facility
from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from booking.search.forms import MAX_DAYS_AHEAD
from tests.conftest import NOW
from tests.factories import (
    make_closure,
    make_cluster,
    make_coordinator,
    make_facility,
    make_focus_area,
    make_organisation,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.memory import nothing_kept
from tests.pages import get_page, text_of
from tests.statements import count_statements

DAY = date(2027, 1, 12)
PAGES = (
    "/facilities",
    f"/?first={DAY}&length=4-hour",
    f"/?first={DAY}&last=2027-01-14&length=9-hour&people=5",
)
HIDDEN = {"sees_public": "nothing", "sees_signed_in": "nothing"}


@pytest.fixture
def readers(app_context, client, other_client, warm):
    """Three halls, one with a part that strangers do not see; a stranger, and one who sees all."""
    cluster = make_cluster("censec")
    make_coordinator(cluster)
    hall = make_facility(cluster, "hall", allows_shared=False, lead_time_days=45)
    make_facility(cluster, "cellar", parent=hall, **HIDDEN)
    make_facility(cluster, "bench", places=2, people_limit=8)
    make_facility(cluster, "yard", unit="day")
    sign_in(other_client, make_partner(organisation=make_organisation(home_cluster=cluster)))
    db.session.rollback()
    return client, other_client


def readers_cluster():
    return db.session.scalars(sa.select(Cluster)).one()


def anew(client, url):
    """The page as a process draws it that has just begun."""
    with nothing_kept(db.engine):
        return text_of(client.get(url))


def sql(text):
    def run(_chance):
        with db.engine.begin() as connection:
            connection.execute(sa.text(text))

    return run


def facility(chance):
    db.session.rollback()
    return chance.choice(db.session.scalars(sa.select(Facility)).all())


def slot(chance):
    start = datetime(2027, 1, 12, 7, tzinfo=UTC) + timedelta(hours=chance.randrange(0, 60, 2))
    return Slot(start, start + timedelta(hours=1))


def take(chance, **fields):
    where, when = facility(chance), slot(chance)
    (place,) = db.session.execute(
        sa.text("SELECT min(id) FROM place WHERE facility_id = :id"), {"id": where.id}
    ).one()
    taken = sa.text("SELECT count(*) FROM occupancy WHERE place_id = :id AND starts_at < :ends")
    if not db.session.scalar(taken, {"id": place, "ends": when.ends_at.replace(tzinfo=None)}):
        make_request(make_partner(), where, [when], **fields)


STEPS = (
    lambda chance: take(chance, state=State.CONFIRMED),
    lambda chance: take(chance, holds=True, lapses_at=NOW + timedelta(hours=9)),
    sql("DELETE FROM occupancy WHERE id = (SELECT min(id) FROM occupancy)"),
    lambda chance: make_closure(facility(chance), slot(chance)),
    lambda chance: make_closure(facility(chance), slot_on(date(2026, 11, 25)), open_ended=True),
    sql("DELETE FROM closure_slot"),
    sql("UPDATE facility SET name = name || '!' WHERE slug = 'yard'"),
    sql("UPDATE facility SET people_limit = 4 WHERE slug = 'bench'"),
    sql("UPDATE facility SET lead_time_days = 50 WHERE slug = 'hall'"),
    sql("UPDATE facility SET sees_public = 'nothing' WHERE slug = 'bench'"),
    sql("UPDATE cluster SET answer_days = answer_days + 1"),
)
#: Around the end of a hold, of the day's answers, of a day in each zone, and of a year.
TIMES = (
    NOW + timedelta(hours=8),  # 18:00 in Copenhagen
    NOW + timedelta(hours=9),
    datetime(2026, 11, 24, 23, tzinfo=UTC),
    datetime(2026, 11, 25, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 23, tzinfo=UTC),
    datetime(2027, 1, 1, 0, tzinfo=UTC),
)


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_search_that_is_kept_is_what_would_be_worked_out_anew(readers, at):
    chance = random.Random(7)
    instants = [moment for time in TIMES for moment in (time - timedelta(seconds=1), time)]
    steps = [*STEPS, *chance.choices(STEPS[:5], k=5)]
    chance.shuffle(steps)
    seen = set()
    for number, step in enumerate(steps):
        step(chance)
        if number < len(instants):
            at(instants[number])
        db.session.rollback()
        for reader in chance.sample(readers, 2):
            url = chance.choice(PAGES)
            pages = {text_of(reader.get(url)), text_of(reader.get(url))}
            assert pages == {anew(reader, url)}, (number, url)
            seen |= pages
    assert len(seen) > len(steps)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_searches_share_is_drawn_for_their_own_choices(readers):
    client, _ = readers
    make_facility(readers_cluster(), "lab", kind="lab", focus_areas=[make_focus_area("space")])
    choices = ("", "area=space", "kind=lab", "kind=lab&where=censec", "what=lab", "people=9")
    urls = [f"/facilities?{one}" for one in (*choices, f"what=lab&first={DAY}", *choices)]

    assert [text_of(client.get(url)) for url in urls] == [anew(client, url) for url in urls]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_search_that_is_kept_takes_two_statements_before_its_answer(readers):
    client, _ = readers
    for url in PAGES:
        get_page(client, url)
    answers = [
        lambda url=url: client.get(url, headers={"Sec-Purpose": "prefetch"}) for url in PAGES
    ]

    # The number of the terms, and those of the calendars.
    assert [count_statements(answer) for answer in answers] == [2, 2, 2]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_search_that_is_kept_finds_a_place_as_soon_as_its_hold_ends(readers, at):
    client, _ = readers
    url, ends_at = f"/?first={DAY}&length=1-day&kind=range", NOW + timedelta(minutes=9)
    range_ = make_facility(readers_cluster(), "range", unit="day", kind="range")
    make_request(make_partner(), range_, [slot_on(DAY)], holds=True, lapses_at=ends_at)
    found = []
    for moment in (NOW, ends_at - timedelta(seconds=1), ends_at):
        at(moment)
        found.append(get_page(client, url).one("span", role="status").text)

    assert found == ["No exact match, 1 close", "No exact match, 1 close", "1 match"]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_one_reader_may_see_of_a_search_is_kept_from_others(readers):
    client, other_client = readers
    cellar = db.session.scalar(sa.text("SELECT id FROM facility WHERE slug = 'cellar'"))
    hidden = db.session.get(Facility, cellar)
    make_request(make_partner(), hidden, [slot_on(DAY)], state=State.CONFIRMED)
    db.session.rollback()
    alone = {reader: anew(reader, PAGES[1]) for reader in readers}
    shown = {
        reader: text[text.index("<main") : text.index("</main")] for reader, text in alone.items()
    }

    assert shown[client] != shown[other_client]
    for reader in (client, other_client, other_client, client, other_client):
        assert text_of(reader.get(PAGES[1])) == alone[reader]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_day_that_was_too_far_ahead_is_looked_at_as_soon_as_it_is_not(readers, at):
    client, _ = readers
    far = make_facility(readers_cluster(), "far", horizon_days=None, weekdays=range(7))
    day = NOW.date() + timedelta(days=MAX_DAYS_AHEAD + 1)
    url = f"/?first={day}&length=1-hour&what=far"
    assert client.get(url).status_code == 422
    at(NOW + timedelta(days=1))
    before = text_of(client.get(url))
    db.session.rollback()
    make_closure(far, slot_on(day, "00:00", "23:00"))

    after = text_of(client.get(url))
    assert before != after
    assert after == anew(client, url)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_is_kept_of_an_address_takes_no_more_than_the_address(readers):
    client, _ = readers
    address = "/calendar?what=nothing&" + "&".join(f"{number:x}" for number in range(1000))
    calendar_cache.clear()
    assert client.get(address).status_code == 200

    cache = calendar_cache._caches[db.engine]
    texts = sum(bytes_of(key) for key in cache._entries)
    assert len(address) < texts < len(cache._entries) * (len(address) + calendar_cache.ENTRY_BYTES)
    assert texts < kept_bytes()


def bytes_of(key):
    """What a key takes in memory, with all that is in it."""
    inside = key if isinstance(key, tuple) else ()
    return sys.getsizeof(key) + sum(map(bytes_of, inside))
