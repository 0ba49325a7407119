"""Every page is one reading of the database, whatever others store while it is being made."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.db.transactions import writing_options
from booking.extensions import db
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from tests.factories import (
    make_closure,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import text_of

# On SQLite every transaction reads a snapshot, so nothing could go wrong there.
pytestmark = pytest.mark.parametrize("engine_name", ["postgresql"], scope="session")

DAY = date(2027, 1, 12)
FOR_ANYBODY = (
    "/",
    "/?first=2027-01-11&last=2027-01-29&length=2-hour",
    "/clusters/censec",
    "/calendar?view=day&day=2027-01-12",
    "/calendar?view=week&day=2027-01-12",
    "/calendar?view=month&day=2027-01-12",
    "/facilities/hall?day=2027-01-12",
    "/facilities/hall/times.json?first=2027-01-11&last=2027-01-15",
    "/facilities/hall.ics",
    "/clusters/censec.ics",
)
FOR_PARTNERS = ("/requests", "/requests?phase=open", "/account/updates", "/feeds/{feed}.ics")
FOR_COORDINATORS = (
    "/inbox",
    "/inbox?view=affected",
    "/inbox?view=upcoming",
    "/inbox?view=earlier",
    "/manage",
    "/manage/closures",
    "/manage/people",
    "/manage/facilities/hall",
    "/feeds/{feed}.ics",
)
WITHDRAW_OR_SEND_AGAIN = sa.text(
    "UPDATE occurrence SET state = CASE state WHEN 'requested' THEN 'withdrawn'"
    " ELSE 'requested' END"
)
HOLD_LONGER_OR_SHORTER = sa.text(
    "UPDATE occupancy SET ends_at = starts_at + (interval '4 hours' - (ends_at - starts_at))"
)


@pytest.fixture
def hall(app_context):
    hall = make_facility(make_cluster("censec"), "hall")
    make_closure(hall, slot_on(DAY, "14:00", "20:00"))
    return hall


@pytest.fixture
def partner(hall):
    partner = make_partner(organisation=make_organisation())
    for start, holds in (("12:00", True), ("13:00", False)):
        make_request(partner, hall, [slot_on(DAY, start, "15:00")], holds=holds)
    return partner


def withdraw_or_send_again(writer: sa.Connection) -> None:
    """Change every date into what it was before the last change, and its occupancy likewise."""
    with writer.begin():
        writer.execute(WITHDRAW_OR_SEND_AGAIN)
        writer.execute(HOLD_LONGER_OR_SHORTER)


@contextmanager
def dates_changing(*, after: int) -> Iterator[list[str]]:
    """Change the state of all dates after each statement, from statement number `after` on.

    Gives the list of those statements. At the end the states are again what they were.
    """
    seen: list[str] = []
    db.session.rollback()

    with db.engine.connect().execution_options(**writing_options(db.engine)) as writer:

        def change(connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
            if connection is writer:
                return
            seen.append(statement)
            if len(seen) > after:
                withdraw_or_send_again(writer)

        sa.event.listen(db.engine, "after_cursor_execute", change)
        try:
            yield seen
        finally:
            sa.event.remove(db.engine, "after_cursor_execute", change)
        if (len(seen) - after) % 2:
            withdraw_or_send_again(writer)


def check(client, urls):
    changed = []
    for url in urls:
        before = client.get(url)
        assert before.status_code == 200, url
        for after in (1, 2):  # else what changes back would not be seen
            with dates_changing(after=after) as seen:
                during = client.get(url)
            assert len(seen) > after, url
            if (during.status_code, text_of(during)) != (200, text_of(before)):
                changed.append(f"{url} after statement {after}: {during.status}")
    assert changed == []


def test_a_public_page_shows_one_moment(client, partner):
    check(client, FOR_ANYBODY)


def test_a_page_of_a_partner_shows_one_moment(client, partner):
    sign_in(client, partner)
    feed = make_feed(account_of(partner.id), FeedKind.ORGANISATION, with_titles=False)

    check(client, [url.format(feed=feed) for url in FOR_PARTNERS])


def test_a_page_of_those_who_decide_shows_one_moment(client, hall, partner):
    coordinator = make_coordinator(hall.cluster)
    sign_in(client, coordinator)
    feed = make_feed(account_of(coordinator.id), FeedKind.DECIDING, with_titles=False)

    check(client, [url.format(feed=feed) for url in FOR_COORDINATORS])
