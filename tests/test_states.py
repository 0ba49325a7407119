"""Every state of a date, walked through all that it means and all that is said of it."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.availability.quota_usage import quota_usages
from booking.bookings.conditions import has_lapsed, in_states, is_open, still_to_come, upcoming
from booking.bookings.models import Booking, LogEntry, Occupancy, Occurrence
from booking.bookings.transitions import take_step
from booking.calendars.visible_dates import visible_dates
from booking.db.transactions import writing
from booking.errors import Conflict
from booking.extensions import db
from booking.facilities.deciders import deciders_on
from booking.facilities.quota_models import Quota
from booking.facilities.tree import chains
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from booking.notices.mail import letter
from booking.notices.models import Notice
from booking.notices.outbox import OutgoingMail
from booking.notices.queries import updates
from booking.notices.sentences import sentence
from booking.requests.headlines import badge, decided_text, waiting_text
from booking.rules.lifecycle import (
    ENDED,
    FIRM,
    OPEN,
    STATES,
    Holds,
    Side,
    State,
    headline,
)
from booking.rules.slots import Slot
from booking.wording.states import WORDS, StateWords, StepDetails, words_of
from tests.conftest import NOW
from tests.databases import settings_for
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page
from tests.postbox import text_of

DAY = date(2027, 1, 14)
PARTS_CSS = Path(__file__).resolve().parent.parent / "booking/static/parts.css"
ACTS = [(state, act, side) for state in STATES for act in STATES[state].acts for side in Side]
one_engine = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster("censec", short_name="CenSec"), "lab", name="Drone lab")


@pytest.fixture
def partner(lab):
    return make_partner("anna@example.org", organisation=make_organisation("Demo Drones"))


@pytest.fixture
def approver(lab):
    return make_approver(lab, name="Arne Approver")


def words(state) -> StateWords:
    assert state in WORDS, f"{state} has no words: add them to WORDS in booking/wording/states.py"
    return WORDS[state]


def said(state, name, text):
    """The text, which must be complete; else the failure names what is missing in which state."""
    assert text, f"{state} says nothing as `{name}`: see booking/wording/states.py"
    assert "%(" not in text, f"{state} says an unfilled text as `{name}`: {text}"
    return text


def steps():
    """The step in all variants that sentences describe."""
    for side in Side:
        for is_first in (False, True):
            for of_all in (False, True):
                yield StepDetails("12 Jan", "Anna", "CenSec", side, is_first, of_all)


@one_engine
@pytest.mark.parametrize("state", State)
def test_every_state_has_a_word_a_sign_and_a_line_in_feeds_of_its_own(app_context, state):
    others = [words_of(other) for other in State if other is not state and other in WORDS]
    for name in ("word", "sign", "feed_line"):
        text = said(state, name, str(getattr(words(state), name)))
        assert text not in [str(getattr(other, name)) for other in others], f"{state}: {name}"


@one_engine
@pytest.mark.parametrize("state", State)
def test_every_state_has_a_colour_that_the_style_sheet_knows(app_context, state):
    colour = said(state, "colour", words(state).colour)

    assert f".state-{colour} " in PARTS_CSS.read_text(), f"{state}: .state-{colour}"


@one_engine
@pytest.mark.parametrize("name", ["to_requester", "to_owner", "requesters_log", "owners_log"])
@pytest.mark.parametrize("state", State)
def test_every_step_to_a_state_has_sentences_for_whoever_took_it(app_context, state, name):
    for step in steps():
        text = said(state, name, getattr(words(state), name)(step))

        assert any(detail in text for detail in ("12 Jan", "Anna", "CenSec")), (
            f"{state} {name}: {text}"
        )
        assert text.endswith(".") is name.startswith("to_"), f"{state} {name}: {text}"


@one_engine
@pytest.mark.parametrize("state", State)
def test_every_state_names_facility_and_request_in_feeds(app_context, state):
    text = said(state, "in_feed", words(state).in_feed("Drone lab", "K7M-4QX"))

    assert "Drone lab" in text
    assert "K7M-4QX" in text


@one_engine
@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("state", State)
def test_a_booking_with_all_dates_in_one_state_has_a_headline(app_context, state, number):
    words(state)
    found = headline([state] * number)
    text = decided_text(found, "CenSec") + waiting_text(found, "CenSec")

    said(state, "headline` or `waiting", text)
    assert badge(found) == (state, None)
    if number > 1:
        assert decided_text(found, "CenSec") != decided_text(headline([state]), "CenSec") or (
            waiting_text(found, "CenSec") != waiting_text(headline([state]), "CenSec")
            or state in ENDED
        )


@one_engine
@pytest.mark.parametrize("state", State)
def test_a_booking_with_dates_in_two_states_has_a_headline(app_context, state):
    words(state)
    for other in set(WORDS) - {state}:
        found = headline([state, state, other])
        named, text = badge(found)
        name = f"partly` beside `{other}"

        said(state, name, decided_text(found, "CenSec") + waiting_text(found, "CenSec"))
        assert re.search(r"\d of 3", said(state, name, text or "")) or {state, other} <= ENDED, text
        assert not FIRM & {state, other} or named in FIRM
        assert not OPEN & {state, other} or named in OPEN | FIRM


@one_engine
@pytest.mark.parametrize("state", sorted(OPEN))
def test_every_open_state_says_who_must_act(app_context, state):
    for states in ([state], [state] * 2, [state, State.DECLINED]):
        said(state, "waiting", waiting_text(headline(states), "CenSec"))


@one_engine
@pytest.mark.parametrize("state", State)
def test_every_state_has_its_word_and_colour_on_all_pages(
    client, other_client, partner, approver, lab, state
):
    request = make_request(
        partner, lab, [slot_on(DAY), slot_on(DAY + timedelta(days=1))], state=state
    )
    badge_class = f"state-{words(state).colour}"

    sign_in(client, partner)
    for path in (f"/requests/{request.reference}", "/requests"):
        found = [span.text for span in get_page(client, path).all("span", class_=badge_class)]
        assert f"{words(state).sign} {words(state).word}" in found, f"{state}: {path}"
    sign_in(other_client, approver)
    page = get_page(other_client, f"/inbox/{request.reference}")
    assert str(words(state).word) in " ".join(
        span.text for span in page.all("span", class_=badge_class)
    )
    get_page(other_client, "/inbox?show=earlier")
    get_page(other_client, "/calendar?on=2027-01-14")
    get_page(client, "/facilities/lab?on=2027-01-14")


@one_engine
@pytest.mark.parametrize("state", State)
def test_both_sides_are_notified_of_every_state_on_pages_and_by_mail(
    client, app, partner, approver, lab, state
):
    request = make_request(partner, lab, [slot_on(DAY)], state=state)
    booking = db.session.get_one(Booking, request.bookings[0].id)
    entry = booking.log[-1]
    for person, side in ((partner, Side.REQUESTER), (approver, Side.OWNER)):
        db.session.add(
            Notice(
                person_id=person.id,
                booking_id=booking.id,
                log_id=entry.id,
                side=side,
                after=state,
                created_at=NOW,
                mail_due_at=NOW,
            )
        )
    db.session.commit()
    settings = settings_for(app.config["SQLALCHEMY_DATABASE_URI"])

    for person in (partner, approver):
        (notice,) = updates(account_of(person.id).viewer).notices
        text = said(state, "notice", sentence(notice, ZoneInfo("Europe/Copenhagen")))
        assert "Drone lab, Thu 14 Jan 2027" in text
        mail = letter(OutgoingMail((notice.id,), account_of(person.id), NOW, (notice,)), settings)
        assert mail["Subject"] == f"{request.reference}: {words(state).word}"
        assert f"State: {words(state).word}" in text_of(mail)


@one_engine
@pytest.mark.parametrize("state", State)
def test_a_feed_carries_a_date_with_the_status_of_its_state_or_leaves_it_out(
    client, partner, lab, state
):
    request = make_request(partner, lab, [slot_on(DAY)], state=state)
    token = make_feed(account_of(partner.id), FeedKind.OWN, with_titles=False)
    sign_in(client, partner)

    for path in (f"/feeds/{token}.ics", f"/requests/{request.reference}.ics"):
        events = icalendar.Calendar.from_ical(client.get(path).data).walk("VEVENT")
        if state.rules.feed is None:
            assert events == [], path
            continue
        (event,) = events
        assert str(event["status"]) == state.rules.feed, path
        assert (str(event["transp"]) == "TRANSPARENT") is (str(event["status"]) == "CANCELLED")
        assert str(words(state).feed_line) in str(event["description"])


@one_engine
@pytest.mark.parametrize("state", State)
def test_calendars_quotas_and_lists_follow_the_rules_of_the_state(partner, lab, state):
    rules = state.rules
    request = make_request(partner, lab, [slot_on(DAY)], state=state)
    day = Slot(datetime(2027, 1, 14, tzinfo=UTC), datetime(2027, 1, 15, tzinfo=UTC))
    db.session.add(Quota(facility_id=lab.id, period="week", measure="days", most=5))
    db.session.commit()

    viewer = account_of(partner.id).viewer
    assert bool(visible_dates(chains([lab.id]), day, viewer, NOW)) is rules.drawn
    (usage,) = quota_usages(lab.id, request.organisation_id, [day], ZoneInfo("Etc/UTC"), NOW)
    assert bool(usage.used) is rules.counts_for_quota

    def found(condition):
        return db.session.scalar(sa.select(sa.exists().where(condition)))

    assert found(is_open(NOW)) is (state in OPEN)
    assert found(upcoming(NOW)) is (state in FIRM)
    assert found(still_to_come(NOW)) is (state.rules.holds is not Holds.NOTHING)
    assert found(has_lapsed(NOW)) is False
    later = slot_on(DAY).starts_at  # when open dates of these tests lapse
    assert found(has_lapsed(later)) is (state in OPEN)
    assert found(in_states(frozenset(State), later)) is (state not in OPEN)


@pytest.mark.parametrize(("before", "act", "side"), ACTS)
def test_a_step_does_what_the_rules_of_both_states_say(partner, lab, before, act, side):
    after = before.after(act, side)
    holds = any(one.rules.holds is not Holds.NOTHING for one in (before, after or before))
    request = make_request(partner, lab, [slot_on(DAY)], state=before, holds=holds)

    with writing(lab.id) as now:
        booking = db.session.get_one(Booking, request.bookings[0].id)
        deciders = deciders_on(lab.id, partner.id)
        values = {"deciders": deciders, "actor_id": None, "side": side}
        if after is None:
            with pytest.raises(Conflict, match="already_decided"):
                take_step(booking, booking.occurrences, act, now, **values)
        else:
            take_step(booking, booking.occurrences, act, now, **values)

    state = db.session.scalar(sa.select(Occurrence.state))
    taken = db.session.scalar(sa.select(sa.func.count(Occupancy.id)))
    assert state is (after or before)
    assert (taken > 0) is (state.rules.holds is not Holds.NOTHING)
    last = db.session.scalars(sa.select(LogEntry).order_by(LogEntry.id.desc())).first()
    assert last.after == state
    db.session.rollback()
