"""Feeds as calendar programs read them: what they carry, who may read them, when they end."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import icalendar
import pytest
from flask.testing import FlaskClient

from booking.accounts.models import Person, Role
from booking.accounts.queries import account_of
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.decisions.service import Decision, confirm
from booking.extensions import db
from booking.facilities.models import Facility
from booking.feeds.kinds import FeedKind
from booking.feeds.models import Feed
from booking.feeds.presenter import is_reachable, subscribe_links
from booking.feeds.service import make_feed
from booking.requests.service import cancel, withdraw
from booking.rules.lifecycle import State
from tests.conftest import NOW
from tests.databases import forget
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_person,
    make_request,
    move_to,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post, submit, text_of

DAY = date(2027, 1, 12)


class Scene:
    """A facility, its approver, a partner with a request, and a colleague of theirs."""

    def __init__(self) -> None:
        self.cluster = make_cluster("censec")
        self.hall = make_facility(self.cluster, "hall", name="Hall")
        self.approver = make_approver(self.hall)
        self.organisation = make_organisation("Demo Drones")
        self.partner = make_person(organisation=self.organisation)
        self.colleague = make_person(organisation=self.organisation)
        self.rival = make_person(organisation=make_organisation("Demo Fly"))
        self.request = make_request(
            self.partner, self.hall, [slot_on(DAY)], title="Secret radar", purpose="Hush."
        )

    @property
    def ids(self) -> tuple[int, int]:
        db.session.rollback()
        booking = db.session.query(Booking).filter_by(request_id=self.request.id).one()
        return booking.id, booking.occurrences[0].id

    def confirm(self) -> None:
        booking_id, occurrence_id = self.ids
        confirm(account_of(self.approver.id), Decision(booking_id, frozenset({occurrence_id})))


@pytest.fixture
def scene(app_context: None) -> Scene:
    return Scene()


def make_link(client: FlaskClient, person: Person, kind: str, *, titles: bool = False) -> str:
    """The path of a new link that this person makes on the page."""
    sign_in(client, person)
    page = get_page(client, "/account/feeds")
    values = {"kind": kind, **({"with_titles": "y"} if titles else {})}
    response = submit(client, page.one("form", action="/account/feeds"), values)
    assert response.status_code == 200
    return address_in(response.text)


def address_in(text: str) -> str:
    start = text.index('value="http://localhost/feeds/') + len('value="http://localhost')
    return text[start : text.index('"', start)]


def events_of(client: FlaskClient, path: str) -> list[icalendar.Event]:
    response = client.get(path)
    assert response.status_code == 200
    assert response.content_type == "text/calendar; charset=utf-8"
    return list(icalendar.Calendar.from_ical(response.data).walk("VEVENT"))


def test_a_date_is_tentative_then_confirmed_then_cancelled_under_one_uid(
    scene: Scene, client: FlaskClient, other_client: FlaskClient
) -> None:
    path = make_link(client, scene.partner, "own")
    (asked,) = events_of(other_client, path)
    scene.confirm()
    (confirmed,) = events_of(other_client, path)
    booking_id, occurrence_id = scene.ids
    cancel(account_of(scene.partner.id), booking_id, [occurrence_id], "No longer needed.")
    (ended,) = events_of(other_client, path)
    seen = [asked, confirmed, ended]
    assert [str(event["status"]) for event in seen] == ["TENTATIVE", "CONFIRMED", "CANCELLED"]
    assert [int(event["sequence"]) for event in seen] == [0, 1, 2]
    assert len({str(event["uid"]) for event in seen}) == 1


def test_a_withdrawn_date_is_cancelled_in_the_feed(
    scene: Scene, client: FlaskClient, other_client: FlaskClient
) -> None:
    path = make_link(client, scene.partner, "own")
    booking_id, occurrence_id = scene.ids
    withdraw(account_of(scene.partner.id), booking_id, [occurrence_id])
    (event,) = events_of(other_client, path)
    assert str(event["status"]) == "CANCELLED"


def test_a_feed_has_titles_only_if_its_reader_chose_so(
    scene: Scene, client: FlaskClient, other_client: FlaskClient
) -> None:
    plain = other_client.get(make_link(client, scene.partner, "own")).text
    titled = other_client.get(make_link(client, scene.partner, "own", titles=True)).text
    assert "Secret radar" not in plain
    assert scene.request.reference in plain
    assert "Secret radar" in titled
    assert "Hush" not in plain + titled
    assert "Demo Drones" not in plain + titled


def test_own_and_organisation_feed_share_the_uid_of_a_date(
    scene: Scene, client: FlaskClient, other_client: FlaskClient
) -> None:
    own = events_of(other_client, make_link(client, scene.partner, "own"))
    whole = events_of(other_client, make_link(client, scene.colleague, "organisation"))
    assert [str(e["uid"]) for e in own] == [str(e["uid"]) for e in whole]
    assert events_of(other_client, make_link(client, scene.colleague, "own")) == []


def test_a_rival_finds_nothing_of_another_organisation_in_any_feed_of_theirs(
    scene: Scene, client: FlaskClient, other_client: FlaskClient
) -> None:
    for kind in ("own", "organisation"):
        assert events_of(other_client, make_link(client, scene.rival, kind)) == []
    page = get_page(client, "/account/feeds")
    form = page.one("form", action="/account/feeds")
    assert submit(client, form, {"kind": "deciding"}).status_code == 422
    assert submit(client, form, {"kind": f"cluster:{scene.cluster.slug}"}).status_code == 422


def test_an_approver_follows_what_they_decide_on_and_nothing_else(
    scene: Scene, client: FlaskClient, other_client: FlaskClient
) -> None:
    elsewhere = make_facility(scene.cluster, "elsewhere")
    make_approver(elsewhere)
    make_request(scene.rival, elsewhere, [slot_on(DAY)])
    path = make_link(client, scene.approver, "deciding")
    (event,) = events_of(other_client, path)
    assert scene.request.reference in str(event["summary"])


def test_the_feed_of_a_cluster_ends_when_its_reader_no_longer_coordinates_it(
    scene: Scene, client: FlaskClient, other_client: FlaskClient
) -> None:
    coordinator = make_coordinator(scene.cluster)
    path = make_link(client, coordinator, f"cluster:{scene.cluster.slug}")
    assert len(events_of(other_client, path)) == 1
    db.session.rollback()
    db.session.query(Role).delete()
    db.session.commit()
    assert other_client.get(path).status_code == 404


@pytest.mark.parametrize("ending", ["deactivated", "moved to another organisation"])
def test_an_organisations_feed_ends_when_its_reader_leaves_the_organisation(
    scene: Scene, client: FlaskClient, other_client: FlaskClient, ending: str
) -> None:
    path = make_link(client, scene.colleague, "organisation")
    assert other_client.get(path).status_code == 200
    db.session.rollback()
    person = db.session.get(Person, scene.colleague.id)
    if ending == "deactivated":
        person.is_active = False
    else:
        move_to(person, scene.rival.organisation)
    db.session.commit()
    refused = other_client.get(path)
    assert refused.status_code == 404
    assert refused.text == other_client.get("/feeds/never-was.ics").text


def test_a_new_address_ends_the_old_one_and_ending_a_link_ends_both(
    scene: Scene, client: FlaskClient, other_client: FlaskClient
) -> None:
    old = make_link(client, scene.partner, "own")
    page = get_page(client, "/account/feeds")
    renew = next(f for f in page.all("form") if f.get("action").endswith("/renew"))
    new = address_in(submit(client, renew, {}).text)
    assert other_client.get(old).status_code == 404
    assert other_client.get(new).status_code == 200
    page = get_page(client, "/account/feeds")
    end = next(f for f in page.all("form") if f.get("action").endswith("/end"))
    assert submit(client, end, {}).status_code == 302
    assert other_client.get(new).status_code == 404


def test_nobody_renews_or_ends_the_link_of_somebody_else(
    scene: Scene, client: FlaskClient, other_client: FlaskClient
) -> None:
    path = make_link(client, scene.partner, "own")
    page = get_page(client, "/account/feeds")
    forms = [f for f in page.all("form") if "/account/feeds/" in f.get("action")]
    make_link(other_client, scene.rival, "own")
    for form in forms:
        assert post(other_client, form.get("action"), {}).status_code == 404
    assert client.get(path).status_code == 200


def test_an_unchanged_feed_answers_304_until_something_changes(
    scene: Scene, client: FlaskClient, other_client: FlaskClient, at
) -> None:
    path = make_link(client, scene.partner, "own")

    def seen_before(mark: str) -> bool:
        answer = other_client.get(path, headers={"If-None-Match": mark})
        return answer.status_code == 304 and answer.data == b""

    first = other_client.get(path).headers["ETag"]
    assert not first.startswith("W/")
    assert seen_before(first)
    scene.confirm()
    assert not seen_before(first)
    second = other_client.get(path).headers["ETag"]
    assert seen_before(second)
    # A change that was made earlier and is committed only now carries an older time.
    occurrence = db.session.get(Occurrence, scene.ids[1])
    occurrence.revision += 1
    occurrence.changed_at -= timedelta(days=1)
    db.session.commit()
    assert not seen_before(second)
    third = other_client.get(path).headers["ETag"]
    at(datetime(2026, 11, 25, 9, tzinfo=UTC))
    assert not seen_before(third)


def test_a_feed_is_cached_privately_and_sets_no_cookie(
    scene: Scene, client: FlaskClient, other_client: FlaskClient
) -> None:
    answer = other_client.get(make_link(client, scene.partner, "own"))
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in answer.headers


def test_a_busy_calendar_says_when_and_nothing_else(scene: Scene, client: FlaskClient) -> None:
    scene.confirm()
    text = client.get("/facilities/hall.ics").text
    (event,) = events_of(client, "/facilities/hall.ics")
    assert event.decoded("dtstart") == slot_on(DAY).starts_at
    assert str(event["summary"]) == "Busy: Hall"
    assert str(event["class"]) == "PRIVATE"
    expected = {"uid", "dtstamp", "dtstart", "dtend", "status", "summary", "class", "transp"}
    assert {name.lower() for name in event} == expected
    occurrence = db.session.get(Occurrence, scene.ids[1])
    for secret in ("Secret radar", "Demo Drones", scene.request.reference, occurrence.uid):
        assert secret not in text


def test_competing_and_ended_dates_are_not_in_a_busy_calendar(
    scene: Scene, client: FlaskClient
) -> None:
    assert events_of(client, "/facilities/hall.ics") == []
    scene.confirm()
    booking_id, occurrence_id = scene.ids
    cancel(account_of(scene.partner.id), booking_id, [occurrence_id], "No.")
    assert events_of(client, "/facilities/hall.ics") == []


def test_a_busy_calendar_shows_only_times_without_a_place_left_and_merges_them(
    app_context: None, client: FlaskClient
) -> None:
    cluster = make_cluster("kit")
    benches = make_facility(cluster, "benches", places=2)
    person = make_person(organisation=make_organisation())
    for start, end in (("08:00", "11:00"), ("09:00", "10:00"), ("10:00", "12:00")):
        make_request(person, benches, [slot_on(DAY, start, end)], state=State.CONFIRMED)
    (event,) = events_of(client, "/facilities/benches.ics")
    assert event.decoded("dtstart") == slot_on(DAY, "09:00", "11:00").starts_at
    assert event.decoded("dtend") == slot_on(DAY, "09:00", "11:00").ends_at
    (same,) = events_of(client, "/clusters/kit.ics")
    assert str(same["uid"]) != str(event["uid"])


def test_the_etag_of_a_feed_is_signed_and_reveals_no_row_numbers(
    scene: Scene, client: FlaskClient
) -> None:
    path = make_link(client, scene.partner, "own")
    mark = client.get(path).headers["ETag"]
    assert client.get(path).headers["ETag"] == mark
    client.application.config["SECRET_KEY"] = "another"
    assert client.get(path).headers["ETag"] != mark


def test_hidden_bookings_change_nothing_in_a_busy_calendar(
    scene: Scene, client: FlaskClient
) -> None:
    scene.confirm()
    before = client.get("/facilities/hall.ics")
    db.session.rollback()
    make_request(scene.rival, scene.hall, [slot_on(DAY, "15:00", "16:00")])
    request = db.session.get(BookingRequest, scene.request.id)
    request.title = "Another title"
    db.session.get(Occurrence, scene.ids[1]).revision += 5
    db.session.commit()
    after = client.get("/facilities/hall.ics")
    assert after.data == before.data
    assert after.headers["ETag"] == before.headers["ETag"]


def test_a_hidden_calendar_has_no_busy_feed_for_those_who_may_not_see_it(
    app_context: None, client: FlaskClient
) -> None:
    cluster = make_cluster("hsd")
    facility = make_facility(cluster, "hidden", sees_public="nothing", sees_signed_in="nothing")
    taken = slot_on(DAY)
    make_request(make_person(organisation=make_organisation()), facility, [taken],
                 state=State.CONFIRMED)  # fmt: skip
    assert client.get("/facilities/hidden.ics").status_code == 404
    assert client.get("/facilities/hidden/subscribe").status_code == 404
    assert events_of(client, "/clusters/hsd.ics") == []
    sign_in(client, make_coordinator(cluster))
    assert len(events_of(client, "/facilities/hidden.ics")) == 1


def test_only_its_organisation_can_download_a_request_as_a_calendar(
    scene: Scene, client: FlaskClient, other_client: FlaskClient
) -> None:
    path = f"/requests/{scene.request.reference}.ics"
    assert client.get(path).status_code == 302
    sign_in(client, scene.colleague)
    answer = client.get(path)
    assert f"filename={scene.request.reference}.ics" in answer.headers["Content-Disposition"]
    assert len(icalendar.Calendar.from_ical(answer.data).walk("VEVENT")) == 1
    sign_in(other_client, scene.rival)
    refused = other_client.get(path)
    assert refused.status_code == 404
    assert text_of(refused) == text_of(other_client.get("/requests/222-222.ics"))


def test_the_page_about_subscribing_shows_the_address_of_the_public_calendar(
    scene: Scene, client: FlaskClient
) -> None:
    page = get_page(client, "/facilities/hall/subscribe")
    assert page.one("input", id="calendar-address").get("value") == (
        "http://localhost/facilities/hall.ics"
    )
    assert page.all("a", href="webcal://localhost/facilities/hall.ics")
    get_page(client, "/clusters/censec/subscribe")


def test_other_sites_are_offered_only_an_address_that_they_can_reach(
    scene: Scene, client: FlaskClient
) -> None:
    assert "Add to Google Calendar" not in get_page(client, "/facilities/hall/subscribe").text
    links = subscribe_links("https://booking.example.eu/facilities/hall.ics", "Fire hall & yard")

    assert is_reachable(links.address)
    assert not is_reachable("http://127.0.0.1:8000/facilities/hall.ics")
    assert links.webcal == "webcal://booking.example.eu/facilities/hall.ics"
    assert links.google == (
        "https://calendar.google.com/calendar/r"
        "?cid=webcal%3A%2F%2Fbooking.example.eu%2Ffacilities%2Fhall.ics"
    )
    query = parse_qs(urlsplit(links.outlook).query)
    assert query == {"url": [links.address], "name": ["Fire hall & yard"]}


def test_the_page_about_subscribing_says_that_a_file_is_a_copy(
    scene: Scene, client: FlaskClient
) -> None:
    page = get_page(client, "/facilities/hall/subscribe")

    (copy,) = [link for link in page.all("a") if "Download a copy" in link.text]
    assert copy.get("href") == "http://localhost/facilities/hall.ics"
    assert "It does not update" in page.text


def test_what_can_be_had_only_as_a_whole_is_busy_everywhere_while_a_part_is_taken(scene, client):
    hall = make_facility(scene.cluster, "entire", allows_shared=False)
    bench = make_facility(scene.cluster, "bench", parent=hall)
    make_request(scene.partner, bench, [slot_on(DAY)], state=State.CONFIRMED)

    (busy,) = icalendar.Calendar.from_ical(client.get("/facilities/entire.ics").text).events
    times = client.get(f"/facilities/entire/times.json?first={DAY}&last={DAY}").json["days"][0]
    pages = [
        get_page(client, f"/facilities/entire?view={view}&on={DAY}").text
        for view in ("day", "week", "month", "list")
    ]

    assert [busy.start, busy.end] == [datetime.fromisoformat(at) for at in times["busy"][0]]
    assert times["partly"] == []
    assert all("busy" in page and "partly taken" not in page for page in pages)


def test_a_feed_is_read_while_somebody_writes(scene: Scene, client: FlaskClient) -> None:
    token = make_feed(account_of(scene.partner.id), FeedKind.OWN, with_titles=False)
    db.session.rollback()

    with db.engine.connect().execution_options(writes=True) as writer, writer.begin():
        assert client.get(f"/feeds/{token}.ics").status_code == 200


def test_what_is_kept_of_one_feed_shows_in_no_other(
    scene: Scene, client: FlaskClient, warm: None
) -> None:
    paths = [
        f"/feeds/{make_feed(account_of(person.id), kind, with_titles=titles)}.ics"
        for titles in (True, False)
        for person, kind in (
            (scene.partner, FeedKind.OWN),
            (scene.colleague, FeedKind.ORGANISATION),
            (scene.approver, FeedKind.DECIDING),
        )
    ]

    def texts(order: list[str]) -> dict[str, str]:
        return {path: client.get(path).text for path in order}

    alone = {}
    for path in paths:
        forget()
        alone |= texts([path])
    assert texts(paths) == alone
    forget()
    assert texts(paths[::-1]) == alone
    assert ["Secret radar" in text for text in alone.values()] == [True] * 3 + [False] * 3


def test_an_event_that_is_kept_is_written_anew_when_its_date_changes(
    scene: Scene, client: FlaskClient, warm: None
) -> None:
    token = make_feed(account_of(scene.partner.id), FeedKind.OWN, with_titles=True)
    path = f"/feeds/{token}.ics"
    before = client.get(path).text
    kept = client.get(path).text
    scene.confirm()
    after = client.get(path).text
    forget()

    assert kept == before
    assert "STATUS:CONFIRMED" in after
    assert client.get(path).text == after


def test_an_unchanged_feed_of_who_decides_answers_304_until_something_changes(
    scene: Scene, client: FlaskClient, warm: None
) -> None:
    token = make_feed(account_of(scene.approver.id), FeedKind.DECIDING, with_titles=True)
    path = f"/feeds/{token}.ics"

    def changed() -> bool:
        """Whether it is another one than last time, and then stays the same."""
        before = marks[-1]
        marks.append(client.get(path).headers["ETag"])
        statuses = [
            client.get(path, headers={"If-None-Match": mark}).status_code
            for mark in (before, marks[-1], before, marks[-1])
        ]
        assert statuses in ([304] * 4, [200, 304] * 2)
        return statuses[0] == 200

    marks = [client.get(path).headers["ETag"]]
    assert not changed()
    scene.confirm()
    assert changed()
    db.session.rollback()
    hall = db.session.get(Facility, scene.hall.id)
    hall.name, hall.revision = "Tower", hall.revision + 1
    db.session.commit()
    assert changed()
    make_request(scene.rival, scene.hall, [slot_on(DAY, "14:00", "15:00")])
    assert changed()
    make_request(scene.rival, make_facility(scene.cluster, "elsewhere"), [slot_on(DAY)])
    assert not changed()


@pytest.mark.parametrize("kind", [FeedKind.DECIDING, FeedKind.CLUSTER])
@pytest.mark.parametrize("ending", ["the role", "the account", "the link"])
def test_a_feed_of_who_decides_ends_with_the_right_to_it_while_its_mark_is_kept(
    scene: Scene, client: FlaskClient, warm: None, kind: FeedKind, ending: str
) -> None:
    person = make_coordinator(scene.cluster)
    cluster_slug = "censec" if kind is FeedKind.CLUSTER else None
    token = make_feed(account_of(person.id), kind, with_titles=True, cluster_slug=cluster_slug)
    path = f"/feeds/{token}.ics"
    mark = {"If-None-Match": client.get(path).headers["ETag"]}
    assert [client.get(path, headers=mark).status_code for _ in range(2)] == [304, 304]

    db.session.rollback()
    if ending == "the role":
        db.session.query(Role).delete()
    elif ending == "the account":
        db.session.get(Person, person.id).is_active = False
    else:
        db.session.query(Feed).update({"revoked_at": NOW})
    db.session.commit()

    assert client.get(path, headers=mark).status_code == 404


HIDDEN = {"sees_public": "nothing", "sees_signed_in": "nothing"}


def test_a_busy_calendar_that_is_kept_changes_with_what_it_shows(
    scene: Scene, client: FlaskClient, warm: None, at
) -> None:
    def busy() -> list[datetime]:
        return [event.decoded("dtstart") for event in events_of(client, "/facilities/hall.ics")]

    later = slot_on(DAY + timedelta(days=1))
    held = slot_on(DAY + timedelta(days=2))
    assert busy() == []
    scene.confirm()
    make_request(scene.rival, scene.hall, [later], state=State.CONFIRMED)
    make_request(scene.rival, scene.hall, [held], holds=True, lapses_at=NOW + timedelta(hours=1))
    starts = [slot_on(DAY).starts_at, later.starts_at, held.starts_at]
    assert busy() == busy() == starts
    at(NOW + timedelta(hours=1))
    assert busy() == starts[:2]
    at(slot_on(DAY + timedelta(days=1)).starts_at)
    assert busy() == starts[1:2]
    db.session.rollback()
    hall = db.session.get(Facility, scene.hall.id)
    hall.name = "Tower"
    db.session.commit()
    (event,) = events_of(client, "/facilities/hall.ics")
    assert str(event["summary"]) == "Busy: Tower"
    hall.sees_public = "nothing"
    db.session.commit()
    assert client.get("/facilities/hall.ics").status_code == 404


def test_a_busy_calendar_is_kept_apart_for_those_who_see_hidden_parts(
    scene: Scene, client: FlaskClient, other_client: FlaskClient, warm: None
) -> None:
    entire = make_facility(scene.cluster, "entire", name="Entire", allows_shared=False)
    cellar = make_facility(scene.cluster, "cellar", parent=entire, **HIDDEN)
    make_request(scene.rival, cellar, [slot_on(DAY)], state=State.CONFIRMED)
    sign_in(other_client, make_coordinator(scene.cluster))

    for one in (client, other_client) * 2 + (other_client, client):
        seen = 1 if one is other_client else 0
        for path in ("/facilities/entire.ics", "/clusters/censec.ics"):
            assert len([e for e in events_of(one, path) if "Entire" in str(e["summary"])]) == seen
