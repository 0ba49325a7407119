"""What a feed costs: as many statements for many dates and facilities as for few."""

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.extensions import db
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from booking.rules.lifecycle import State
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_person,
    make_request,
    slot_on,
)
from tests.statements import statements

DAY = date(2027, 1, 12)


class Scene:
    """A cluster with its coordinator, a partner of it, and dates that fill its facilities."""

    def __init__(self) -> None:
        self.cluster = make_cluster("censec")
        self.coordinator = make_coordinator(self.cluster)
        self.partner = make_person(organisation=make_organisation("Demo Drones"))
        self.facilities = 0
        self.grow(1)

    def grow(self, more: int) -> None:
        """Add facilities with a confirmed date and one that waits, and dates of the first."""
        for number in range(self.facilities, self.facilities + more):
            facility = make_facility(self.cluster, f"hall-{number}")
            slots = [slot_on(DAY + timedelta(days=7 * week)) for week in range(more)]
            make_request(self.partner, facility, slots, state=State.CONFIRMED)
            make_request(self.partner, facility, [slot_on(DAY, "14:00", "15:00")])
        self.facilities += more
        db.session.rollback()

    def link_of(self, person: Person, kind: FeedKind, cluster_slug: str | None = None) -> str:
        account = account_of(person.id)
        token = make_feed(account, kind, with_titles=True, cluster_slug=cluster_slug)
        return f"/feeds/{token}.ics"


@pytest.fixture
def scene(app_context: None) -> Scene:
    return Scene()


def statements_of(client: FlaskClient, path: str, mark: str | None) -> tuple[int, int]:
    """The status, and how many statements it took."""
    db.session.rollback()
    with statements() as seen:
        answer = client.get(path, headers={"If-None-Match": mark} if mark else {})
    return answer.status_code, len(seen) - seen.count("BEGIN")


def test_the_number_of_statements_does_not_grow_with_the_dates_of_a_feed(
    scene: Scene, client: FlaskClient
) -> None:
    paths = [
        scene.link_of(scene.partner, FeedKind.OWN),
        scene.link_of(scene.partner, FeedKind.ORGANISATION),
        scene.link_of(scene.coordinator, FeedKind.CLUSTER, "censec"),
        "/facilities/hall-0.ics",
        "/clusters/censec.ics",
    ]

    def counts() -> list[tuple[int, int]]:
        found = []
        for path in paths:
            mark = client.get(path).headers["ETag"]
            found += [statements_of(client, path, None), statements_of(client, path, mark)]
        return found

    few = counts()
    scene.grow(6)

    assert [status for status, _ in few] == [200, 304] * len(paths)
    assert counts() == few


@pytest.mark.parametrize("kind", [FeedKind.OWN, FeedKind.ORGANISATION])
def test_an_unchanged_feed_takes_one_statement_beside_the_one_that_finds_its_reader(
    scene: Scene, client: FlaskClient, kind: FeedKind
) -> None:
    path = scene.link_of(scene.partner, kind)
    mark = client.get(path).headers["ETag"]

    assert statements_of(client, path, mark) == (304, 2)
    assert statements_of(client, path, None) == (200, 2)
    assert statements_of(client, path, '"another"') == (200, 3)


@pytest.mark.parametrize("kind", [FeedKind.DECIDING, FeedKind.CLUSTER])
def test_an_unchanged_feed_of_who_decides_takes_only_the_versions_beside_its_reader(
    scene: Scene, client: FlaskClient, warm: None, kind: FeedKind
) -> None:
    slug = "censec" if kind is FeedKind.CLUSTER else None
    path = scene.link_of(scene.coordinator, kind, slug)
    mark = client.get(path).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": mark}).status_code == 304

    assert statements_of(client, path, mark) == (304, 2)


def test_who_decides_is_read_once_for_the_mark_and_the_dates(
    scene: Scene, client: FlaskClient
) -> None:
    path = scene.link_of(scene.coordinator, FeedKind.CLUSTER, "censec")
    mark = client.get(path).headers["ETag"]
    _, unchanged = statements_of(client, path, mark)

    assert statements_of(client, path, '"another"') == (200, unchanged + 1)


def test_busy_times_in_memory_take_one_statement_beside_their_facility_and_versions(
    scene: Scene, client: FlaskClient, warm: None
) -> None:
    versions = 2  # of the rules, of the tree
    client.get("/facilities/hall-0.ics")
    mark = client.get("/facilities/hall-0.ics").headers["ETag"]

    assert statements_of(client, "/facilities/hall-0.ics", None) == (200, 1 + versions)
    assert statements_of(client, "/facilities/hall-0.ics", mark) == (304, 1 + versions)
