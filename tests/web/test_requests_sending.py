"""Sending a request: once, and with nothing lost on the way through sign-in."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.models import SignIn
from booking.accounts.queries import account_of
from booking.bookings.models import Booking, BookingRequest, Draft
from booking.db.revision_models import RulesRevision
from booking.decisions.service import Decision, confirm
from booking.extensions import db
from booking.rules.lifecycle import State
from booking.rules.limits import DEFAULT_LIMITS, LimitName
from tests.conftest import NOW
from tests.factories import (
    PASSWORD,
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    make_person,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post, read_page, submit
from tests.statements import statements
from tests.web.requests_pages import (
    FILLED,
    JANUARY_12,
    check,
    open_form,
    request_form,
    summary,
    value,
)

ORGANISATION_SENDING_LIMIT = DEFAULT_LIMITS[LimitName.SEND_ORGANISATION]
PERSON_SENDING_LIMIT = DEFAULT_LIMITS[LimitName.SEND_PERSON]

JANUARY_DAY = date(2027, 1, 12)


@pytest.fixture
def cluster(app_context):
    cluster = make_cluster("censec")
    make_coordinator(cluster)
    return cluster


@pytest.fixture
def lab(cluster):
    return make_facility(cluster, "lab", places=3, lead_time_days=7, people_limit=8)


@pytest.fixture
def partner(lab):
    return make_partner("anna@example.org")


def how_many(model):
    db.session.rollback()
    return db.session.query(model).count()


def take_the_lab(lab, person):
    """Confirm a date of somebody that leaves no room from 09:00 to 10:00 in Copenhagen."""
    db.session.rollback()  # to see what the pages wrote
    slot = slot_on(JANUARY_DAY, "08:00", "09:00")
    make_request(person, lab, [slot], state=State.CONFIRMED, places=3)


def sign_in_by_hand(client, address, person):
    form = next(f for f in get_page(client, address).all("form") if "password" in dict(f.values()))
    typed = {"email": person.email, "password": PASSWORD}
    return submit(client, form, typed)


def test_the_check_page_says_who_decides_by_when_and_who_can_read_the_request(client, lab, partner):
    sign_in(client, partner)

    page = check(client)

    assert "Censec aims to answer by Tue 8 Dec, 18:00, Copenhagen time." in page.text
    assert "the approvers at Censec" in page.text
    for typed in ("Sensor trial", "Compare two sensors.", "experiment", "4"):
        assert typed in page.text


def test_the_change_button_returns_to_the_form_with_all_input(client, lab):
    page = check(client, {"hazards": "yes", "hazards_note": "Smoke.\nTwo cans.", "places": "2"})

    changed = read_page(submit(client, request_form(page), button="Change").text)

    assert value(changed, "hazards_note").replace("\r\n", "\n") == "Smoke.\nTwo cans."
    assert value(changed, "places") == "2"
    assert value(changed, "dates-0-day") == "2027-01-12"
    assert how_many(BookingRequest) == 0


def test_pressing_send_twice_sends_one_request(client, lab, partner):
    sign_in(client, partner)
    form = request_form(check(client))

    first = submit(client, form, button="Send")
    second = submit(client, form, button="Send")

    assert first.location == second.location
    assert how_many(BookingRequest) == 1


def test_pressing_send_twice_leads_to_the_request_even_if_it_took_the_last_place(
    client, cluster, partner
):
    make_facility(cluster, "bench", pending_holds=True)
    sign_in(client, partner)
    form = request_form(check(client, query="facility=bench"))

    first = submit(client, form, button="Send")
    second = submit(client, form, button="Send")

    assert second.location == first.location
    assert how_many(BookingRequest) == 1


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (PERSON_SENDING_LIMIT, "You have sent 30 requests in the last hour"),
        (ORGANISATION_SENDING_LIMIT, "Your organisation has sent 100 requests in the last 24"),
    ],
)
def test_too_many_requests_are_refused_with_all_that_was_typed(
    client, cluster, lab, partner, limit, said
):
    other = make_partner(organisation=partner.organisation)
    sender = partner if limit is PERSON_SENDING_LIMIT else other
    elsewhere = make_facility(cluster)
    for _ in range(limit.tries):
        make_request(sender, elsewhere, [slot_on(JANUARY_DAY)], state=State.WITHDRAWN)
    sign_in(client, partner)

    answer = submit(client, request_form(check(client)), button="Send")

    assert answer.status_code == 429
    page = read_page(answer.text)
    assert said in summary(page)
    assert value(page, "title") == "Sensor trial"
    assert how_many(BookingRequest) == limit.tries


def test_sending_something_else_after_going_back_is_another_request(client, lab, partner):
    sign_in(client, partner)
    form = request_form(check(client))

    submit(client, form, button="Send")
    submit(client, form, {"title": "Another trial"}, button="Send")

    assert how_many(BookingRequest) == 2


def test_sending_without_being_signed_in_leads_through_sign_in_and_back(client, lab, partner):
    page = check(client)
    assert "You will sign in first" in page.text

    to_sign_in = submit(client, request_form(page), button="Send")
    assert to_sign_in.status_code == 302
    assert to_sign_in.location.startswith("/sign-in?next=")
    assert how_many(BookingRequest) == 0

    back = sign_in_by_hand(client, to_sign_in.location, partner)
    page = get_page(client, back.location)
    assert page.one("h1").text == "Review request"
    sent = submit(client, request_form(page), button="Send")
    assert "Sensor trial" in get_page(client, sent.location).text
    assert how_many(BookingRequest) == 1
    assert how_many(Draft) == 0


def test_more_dates_than_somebody_unknown_may_request_are_kept_while_they_sign_in(
    client, lab, partner
):
    weekly = {"repeat-pattern": "weekly", "repeat-until": "2028-03-28"}
    page = check(client, weekly | {"repeat-count": ""}, 422)
    assert "at most 60 before you sign in; these are 64" in page.one(id="errors").text

    to_sign_in = submit(client, request_form(page), button="Sign in and keep what you typed")
    assert to_sign_in.location.startswith("/sign-in?next=")

    back = sign_in_by_hand(client, to_sign_in.location, partner)
    page = get_page(client, back.location, 422)
    assert "before you sign in" not in page.text
    assert value(page, "repeat-until") == "2028-03-28"
    assert value(page, "title") == FILLED["title"]


def test_too_many_open_requests_are_named_and_all_input_is_kept(
    client, cluster, partner, other_client
):
    lab = make_facility(cluster, "bench", most_open_requests=2, pending_holds=True)
    other = make_partner()
    rival = make_request(other, lab, [slot_on(date(2027, 2, 9))])
    own = [make_request(partner, lab, [slot_on(date(2027, 2, day))]) for day in (1, 2)]
    sign_in(client, partner)
    sign_in(other_client, other)

    page = check(client, status=422, query="facility=bench")

    said = page.one(id="errors").text
    assert "already has 2 open requests for this facility" in said
    assert all(one.reference in said for one in own)
    assert rival.reference not in page.text
    assert value(page, "title") == FILLED["title"]
    check(other_client, query="facility=bench")


def test_what_is_open_is_counted_again_on_sending(client, cluster, partner):
    lab = make_facility(cluster, "bench", most_open_requests=1)
    sign_in(client, partner)
    form = request_form(check(client, query="facility=bench"))
    db.session.rollback()
    make_request(partner, lab, [slot_on(date(2027, 2, 1))])

    answer = submit(client, form, button="Send")

    assert answer.status_code == 422
    assert "already has 1 open request" in read_page(answer.text).one(id="errors").text
    assert how_many(BookingRequest) == 1


def test_the_draft_keeps_its_token_only_as_a_hash(client, lab):
    submit(client, request_form(check(client)), button="Send")

    db.session.rollback()  # to see what the pages wrote
    draft = db.session.query(Draft).one()
    with client.session_transaction() as session:
        assert draft.token_hash != session["draft"]
        assert len(draft.token_hash) == 64


def test_another_browser_does_not_get_the_draft(client, other_client, lab):
    submit(client, request_form(check(client)), button="Send")

    page = get_page(other_client, "/requests/new?draft=1", 404)
    assert "Your draft has expired" in page.text


def test_a_draft_expires_after_a_day(client, lab, at):
    submit(client, request_form(check(client)), button="Send")
    at(NOW + timedelta(hours=24))

    get_page(client, "/requests/new?draft=1", 404)


def test_a_draft_whose_dates_are_no_longer_possible_says_why(client, lab, partner):
    submit(client, request_form(check(client)), button="Send")
    take_the_lab(lab, partner)

    page = get_page(client, "/requests/new?draft=1", 422)

    assert "Taken" in summary(page)
    assert value(page, "title") == "Sensor trial"


def test_a_sign_in_that_expired_meanwhile_loses_no_input(client, lab, partner):
    sign_in(client, partner)
    form = request_form(check(client))
    db.session.rollback()  # to see what the pages wrote
    db.session.query(SignIn).delete()
    db.session.commit()

    to_sign_in = submit(client, form, button="Send")
    back = sign_in_by_hand(client, to_sign_in.location, partner)

    assert "Sensor trial" in get_page(client, back.location).text


def test_a_lost_cookie_loses_no_input(client, lab, partner):
    sign_in(client, partner)
    form = request_form(check(client))
    client.delete_cookie("booking")

    stale = submit(client, form, button="Send")
    assert stale.status_code == 400
    assert how_many(Draft) == 0, "nothing is written without a token"
    to_sign_in = submit(client, request_form(read_page(stale.text)), button="Send")
    assert to_sign_in.location.startswith("/sign-in?next=")
    back = sign_in_by_hand(client, to_sign_in.location, partner)

    assert "Sensor trial" in get_page(client, back.location).text


@pytest.mark.parametrize("button", ["Review request", "Add another date"])
def test_an_expired_token_shows_the_form_again_with_all_input(client, lab, button):
    form = open_form(client)
    client.delete_cookie("booking")

    response = submit(client, form, FILLED | JANUARY_12, button)

    assert response.status_code == 400
    page = read_page(response.text)
    assert "open for too long" in page.text
    assert value(page, "title") == "Sensor trial"
    assert how_many(Draft) == 0


def test_an_expired_token_of_a_signed_in_person_never_sends(client, lab, partner):
    sign_in(client, partner)
    form = request_form(check(client))

    response = submit(client, form, {"csrf_token": "stale"}, button="Send")

    assert response.status_code == 400
    assert how_many(BookingRequest) == 0
    again = submit(client, request_form(read_page(response.text)), button="Send")
    assert again.status_code == 302
    assert how_many(BookingRequest) == 1


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_a_post_from_another_site_saves_nothing_and_gets_no_form(client, lab, headers):
    form = request_form(check(client))
    data = dict(form.values()) | {"csrf_token": "forged", "step": "send"}

    response = client.post("/requests/new", data=data, headers=headers)

    assert response.status_code == 400
    assert "Sensor trial" not in response.text
    assert "Set-Cookie" not in response.headers
    assert how_many(Draft) == 0


def test_unknown_fields_are_not_saved_in_a_draft(client, lab):
    form = request_form(check(client))
    forged = {"dates-0-starts_fold": "x" * 50_000, "dates-0-colour": "y", "note": "z" * 50_000}

    assert submit(client, form, forged, button="Send").location.startswith("/sign-in")

    db.session.rollback()
    assert len(str(db.session.query(Draft.fields).scalar())) < 2_000


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_an_expired_token_with_an_unknown_facility_answers_404(client, lab):
    form = open_form(client)

    response = submit(client, form, {"csrf_token": "stale", "facility": "no"}, "Review request")

    assert response.status_code == 404


def test_people_without_an_organisation_are_told_before_they_fill_in_the_form(client, lab):
    sign_in(client, make_person(is_admin=True))

    page = get_page(client, "/requests/new?facility=lab", 403)
    assert "does not belong to an organisation" in page.text
    assert post(client, "/requests/new", {"facility": "lab"}).status_code == 403
    assert "does not belong to an organisation" in get_page(client, "/requests").text


def test_deciders_are_led_to_entering_a_booking(client, lab):
    sign_in(client, make_approver(lab))

    page = get_page(client, "/requests/new?facility=lab", 403)

    assert page.all("a", href="/manage/bookings/new")


def test_a_date_taken_between_check_and_send_is_reported_with_all_input_kept(client, lab, partner):
    rival = make_partner()
    sign_in(client, partner)
    form = request_form(check(client))
    take_the_lab(lab, rival)

    response = submit(client, form, button="Send")

    assert response.status_code == 422
    page = read_page(response.text)
    (link,) = page.one("div", id="errors").all("a")
    assert link.text.startswith("Day: Taken: Tue 12 Jan 2027, 09:00 – 10:00"), link.text
    assert link.get("href") == "#dates-0-day"
    assert value(page, "purpose") == "Compare two sensors."
    assert how_many(BookingRequest) == 1


def test_who_lost_a_race_gets_alternatives_when_they_ask_for_them(client, lab, partner):
    rival = make_partner()
    sign_in(client, partner)
    form = request_form(check(client))
    take_the_lab(lab, rival)
    page = read_page(submit(client, form, button="Send").text)
    assert "Use this" not in page.text

    answer = submit(client, request_form(page), button="Look for alternatives")

    found = read_page(answer.text)
    assert "Use this" in found.text
    assert "Look for alternatives" not in found.text
    assert value(found, "purpose") == "Compare two sensors."


def test_a_forged_form_cannot_get_past_the_rules(client, lab, partner):
    sign_in(client, partner)
    form = request_form(check(client))

    response = submit(client, form, {"dates-0-day": "2027-01-16", "people": "90"}, button="Send")

    assert response.status_code == 422
    assert how_many(BookingRequest) == 0


def test_the_form_can_be_filled_and_checked_without_signing_in(client, lab):
    assert check(client).one("h1").text == "Review request"


def test_requests_of_the_organisation_for_the_same_days_are_named_before_sending(
    client, other_client, partner, lab
):
    colleague = make_partner(organisation=partner.organisation)
    make_request(
        colleague, lab, [slot_on(JANUARY_DAY, "13:00", "14:00")], reference="K7M-4QX", title="Same"
    )
    make_request(make_partner(), lab, [slot_on(JANUARY_DAY)], reference="B22-222")
    rival = make_partner()
    sign_in(client, partner)
    sign_in(other_client, rival)

    page = check(client)

    note = "Your organisation already has a request for these days: K7M-4QX"
    assert note in page.text
    assert page.all("a", href="/requests/K7M-4QX")
    assert "B22-222" not in page.text
    assert "Your organisation already has" not in check(other_client).text
    assert submit(client, request_form(page), button="Send").status_code == 302


def test_the_length_before_sending_says_that_only_open_days_count(client, partner, lab):
    make_facility(lab.cluster, "hall", unit="day")
    sign_in(client, partner)

    def length(last):
        form = open_form(client, "facility=hall")
        days = {"dates-0-first_day": "2027-01-14", "dates-0-last_day": last}
        page = read_page(submit(client, form, FILLED | days, "Review request").text)
        terms = [term for term in page.all("dt") if term.text == "Length"]
        return terms[0].parent.one("dd").text

    assert length("2027-01-15") == "2 days"
    assert length("2027-01-18") == "3 open days"


def statements_to_send(client, weeks):
    """How many statements the last step takes for as many dates."""
    form = request_form(check(client, {"repeat-pattern": "weekly", "repeat-count": weeks}))
    db.session.rollback()
    with statements() as seen:
        assert submit(client, form, button="Send").status_code == 302
    return len(seen)


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_the_last_step_takes_17_statements_however_many_dates(client, cluster, warm):
    make_facility(cluster, "lab", pending_holds=True, most_open_requests=9, places=3)
    sign_in(client, make_partner())
    statements_to_send(client, "2")  # what follows from the rules is in memory from now on

    assert statements_to_send(client, "1") == 17  # two of them for the log of who changed what
    assert statements_to_send(client, "12") == 17


def test_the_check_takes_five_statements_where_there_is_little_to_read(client, lab, partner, warm):
    sign_in(client, partner)
    check(client)  # what follows from the rules is in memory from now on
    form = open_form(client)
    db.session.rollback()
    with statements() as seen:
        answer = submit(client, form, FILLED | JANUARY_12, "Review request")

    assert answer.status_code == 200
    # The sign-in, the places, what there is to read, what is taken, and the number of updates.
    assert len(seen) == 5


def test_sending_and_confirming_change_no_rules(client, lab, partner):
    number = sa.select(RulesRevision.number)
    approver = make_approver(lab)
    sign_in(client, partner)
    form = request_form(check(client))
    before = db.session.scalar(number)

    submit(client, form, button="Send")
    db.session.rollback()
    booking = db.session.query(Booking).one()
    dates = frozenset(date.id for date in booking.occurrences)
    confirm(account_of(approver.id), Decision(booking.id, dates))

    assert db.session.scalar(number) == before
