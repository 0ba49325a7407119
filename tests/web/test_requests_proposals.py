"""Proposals on the pages of both sides: proposing, answering, suggesting."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import Occurrence
from booking.decisions.proposing import Proposal, propose, withdraw_proposals
from booking.decisions.service import Decision, cancel
from booking.extensions import db
from booking.facilities.quota_models import Quota
from booking.manage.closures.service import NewClosure, make
from booking.manage.closures.targets import Target
from booking.rules.closure_times import PlannedClosure
from booking.rules.lifecycle import State
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post, read_page

DAY, LATER, LATEST = date(2027, 1, 14), date(2027, 1, 15), date(2027, 1, 18)


@pytest.fixture
def lab(app_context):
    cluster = make_cluster("censec", short_name="CenSec")
    return make_facility(cluster, "lab", name="Drone lab", places=3)


@pytest.fixture
def partner(lab):
    return make_partner("anna@example.org", organisation=make_organisation("Demo Drones"))


@pytest.fixture
def approver(lab):
    return make_approver(lab, name="Arne Approver")


@pytest.fixture
def sent(lab, partner):
    return make_request(partner, lab, [slot_on(DAY)], title="Night flight")


def dates():
    db.session.rollback()
    return db.session.scalars(sa.select(Occurrence).order_by(Occurrence.id)).all()


def uid(state):
    return next(one.uid for one in dates() if one.state is state)


def states():
    return [one.state.value for one in dates()]


def proposed(approver, request, *slots, words="The lab is free then."):
    """Propose as the approver does on the page; returns the answer to the form."""
    booking = request.bookings[0]
    propose(
        account_of(approver.id),
        Proposal(booking.id, booking.occurrences[0].id, slots, False, 1, date(2026, 12, 4), words),
    )


def typed(request, *days, **fields):
    values = {"date": request.bookings[0].occurrences[0].uid, "part": "1", "step": "propose"}
    for number, day in enumerate(days):
        values |= {
            f"dates-{number}-day": day,
            f"dates-{number}-starts_time": "10:00",
            f"dates-{number}-ends_time": "13:00",
        }
    return {**values, "places": "1", "until": "2026-12-04", "words": "Rather then?", **fields}


def test_the_form_is_filled_with_the_date_and_five_working_days(client, sent, approver):
    sign_in(client, approver)

    page = get_page(client, f"/inbox/{sent.reference}/propose?part=1")

    values = dict(page.one("form", class_="enter-form").values())
    assert values["dates-0-day"] == "2027-01-14"
    assert values["dates-0-starts_time"] == "10:00"
    assert values["until"] == "2026-12-01"


def test_an_approver_proposes_two_dates_and_sees_them_wait(client, sent, approver):
    sign_in(client, approver)

    answer = post(
        client, f"/inbox/{sent.reference}/propose", typed(sent, "2027-01-15", "2027-01-18")
    )

    assert answer.status_code == 302
    assert states() == ["requested", "proposed", "proposed"]
    page = get_page(client, f"/inbox/{sent.reference}")
    assert "You proposed these, and the requester has not answered" in page.text
    assert "held until Fri 4 Dec, 18:00" in page.text
    assert "Answer by" not in page.text
    assert "Nothing to decide" in get_page(client, "/inbox").text
    assert "Night flight" in get_page(client, "/inbox?show=proposed").text


@pytest.mark.parametrize(
    ("days", "fields", "text"),
    [
        (["2026-11-23"], {}, "past"),
        (["2027-01-16"], {}, "Not open"),
        (["2027-01-19"], {}, "Taken"),
        (["2027-01-20"], {}, "Closed"),
        (["2027-01-14"], {}, "This is the date itself"),
        (["2027-01-15"], {"until": "2026-12-09"}, "at most 14 days"),
        (["2027-01-15"], {"until": ""}, "Enter the day"),
        (["2027-01-15"], {"until": "never"}, "date like 2027-01-14"),
        (["2027-01-15"], {"places": "4"}, "Too many"),
        (["2027-01-15"], {"words": "x" * 1001}, "at most 1000 characters"),
        (["2027-01-15"], {"date": ""}, "Choose the date"),
        ([""], {}, "Enter the day"),
        ([f"2027-02-0{n}" for n in (1, 2, 3, 4, 5, 8)], {}, "Too many dates"),
    ],
)
def test_a_proposal_that_cannot_be_keeps_what_was_typed_and_says_why(
    client, lab, partner, approver, sent, days, fields, text
):
    make_request(partner, lab, [slot_on(date(2027, 1, 19))], state=State.CONFIRMED, places=3)
    make_closure(lab, slot_on(date(2027, 1, 20), "07:00", "19:00"))
    sign_in(client, approver)

    answer = post(client, f"/inbox/{sent.reference}/propose", typed(sent, *days, **fields))

    assert answer.status_code == 422
    page = read_page(answer.text)
    assert text in page.one(id="errors").text
    values = dict(page.one("form", class_="enter-form").values())
    assert values["words"] == fields.get("words", "Rather then?")
    assert values["dates-0-day"] == days[0]
    assert "proposed" not in states()


def test_one_more_alternative_keeps_what_was_typed(client, sent, approver):
    sign_in(client, approver)

    answer = post(client, f"/inbox/{sent.reference}/propose", typed(sent, "2027-01-15", step="add"))

    values = dict(read_page(answer.text).one("form", class_="enter-form").values())
    assert values["dates-1-starts_time"] == "10:00"
    assert values["words"] == "Rather then?"


def test_proposing_for_what_was_withdrawn_meanwhile_says_what_happened(
    client, lab, partner, approver
):
    gone = make_request(partner, lab, [slot_on(DAY)], state=State.WITHDRAWN)
    sign_in(client, approver)

    answer = post(client, f"/inbox/{gone.reference}/propose", typed(gone, "2027-01-15"))

    assert answer.status_code == 409
    assert "Rather then?" in read_page(answer.text).text


def test_the_requester_sees_proposals_first_and_accepts_one_with_one_click(
    client, sent, partner, approver
):
    proposed(approver, sent, slot_on(LATER), slot_on(LATEST))
    sign_in(client, partner)

    page = get_page(client, f"/requests/{sent.reference}")

    assert page.one("h1").text == "CenSec proposed another date. Awaiting your answer"
    panel = page.one("section", class_="proposal")
    assert panel.one("h2").text == "CenSec proposes other dates"
    assert "Instead of Thu 14 Jan 2027, 10:00 – 13:00" in panel.text
    assert "“The lab is free then.”" in panel.text
    assert "held until Fri 4 Dec, 18:00" in panel.text
    forms = [form for form in panel.all("form") if form.get("action").endswith("/accept")]
    answer = client.post(forms[1].get("action"), data=dict(forms[1].values()))
    assert answer.status_code == 302
    assert states() == ["replaced", "withdrawn", "confirmed"]
    page = get_page(client, f"/requests/{sent.reference}")
    assert page.one("h1").text == "Confirmed"
    assert page.all("section", class_="proposal") == []
    assert "You accepted the proposal: Mon 18 Jan 2027" in page.text


def test_the_list_says_that_something_is_proposed(client, sent, partner, approver):
    proposed(approver, sent, slot_on(LATER))
    sign_in(client, partner)

    assert "CenSec proposed something" in get_page(client, "/requests").text


def accept(client, request, chosen):
    return post(client, f"/requests/{request.reference}/accept", {"booking": "1", "date": chosen})


def test_a_proposal_taken_twice_is_a_conflict_that_shows_the_state(client, sent, partner, approver):
    proposed(approver, sent, slot_on(LATER))
    sign_in(client, partner)
    chosen = uid(State.PROPOSED)

    assert accept(client, sent, chosen).status_code == 302
    answer = accept(client, sent, chosen)

    assert answer.status_code == 409
    assert "Nothing was changed." in read_page(answer.text).text
    assert states() == ["replaced", "confirmed"]


def test_an_expired_proposal_says_so(client, sent, partner, approver, at):
    proposed(approver, sent, slot_on(LATER))
    chosen = uid(State.PROPOSED)
    at(NOW + timedelta(days=11))
    sign_in(client, partner)

    answer = accept(client, sent, chosen)

    assert answer.status_code == 409
    assert "This proposal has expired" in read_page(answer.text).text


@pytest.mark.parametrize("what", ["closure", "quota"])
def test_a_proposal_that_breaks_a_rule_by_now_says_which(
    client, lab, sent, partner, approver, what
):
    proposed(approver, sent, slot_on(LATER))
    if what == "closure":
        make_closure(lab, slot_on(LATER, "08:00", "18:00"))
    else:
        db.session.add(Quota(facility_id=lab.id, period="week", measure="hours", most=1))
        db.session.commit()
    sign_in(client, partner)

    answer = accept(client, sent, uid(State.PROPOSED))

    assert answer.status_code == 422
    problem = read_page(answer.text).one(id="errors").text
    assert ("closed" if what == "closure" else "limit") in problem.lower()
    assert states() == ["requested", "proposed"]


def test_the_requester_declines_with_words_that_the_approver_reads(
    client, other_client, sent, partner, approver
):
    proposed(approver, sent, slot_on(LATER), slot_on(LATEST))
    sign_in(client, partner)
    both = [one.uid for one in dates() if one.state is State.PROPOSED]

    answer = post(
        client,
        f"/requests/{sent.reference}/decline",
        {"booking": "1", "dates": both, "reason": "Our pilot is away."},
    )

    assert answer.status_code == 302
    assert states() == ["requested", "declined", "declined"]
    assert "Awaiting CenSec's decision" in get_page(client, f"/requests/{sent.reference}").text
    sign_in(other_client, approver)
    page = get_page(other_client, f"/inbox/{sent.reference}")
    assert "Our pilot is away." in page.text
    assert "(the requester) declined the proposal" in page.text


def test_a_message_that_is_too_long_is_kept(client, sent, partner, approver):
    proposed(approver, sent, slot_on(LATER))
    sign_in(client, partner)

    answer = post(
        client,
        f"/requests/{sent.reference}/decline",
        {"booking": "1", "dates": [uid(State.PROPOSED)], "reason": "y" * 1001},
    )

    assert answer.status_code == 422
    assert "y" * 1001 in read_page(answer.text).text
    assert states() == ["requested", "proposed"]


def test_the_requester_suggests_another_date_which_the_owner_decides_on(
    client, other_client, sent, partner, approver
):
    proposed(approver, sent, slot_on(LATER))
    sign_in(client, partner)
    page = get_page(client, f"/requests/{sent.reference}")
    link = next(a for a in page.all("a") if a.text == "Suggest other dates")
    form = get_page(client, link.get("href")).one("form", class_="narrow-form")
    values = {**dict(form.values()), "dates-0-day": "2027-01-18", "words": "Or Monday?"}

    answer = client.post(form.get("action"), data=values)

    assert answer.status_code == 302
    assert states() == ["requested", "declined", "requested"]
    sign_in(other_client, approver)
    page = get_page(other_client, f"/inbox/{sent.reference}")
    assert "instead of Thu 14 Jan 2027" in page.text
    assert "“Or Monday?”" in page.text
    ticked = [box for box in page.all("input", type="checkbox") if "checked" in box.attributes]
    assert [box.get("value") for box in ticked] == [dates()[2].uid]


@pytest.mark.parametrize("ending", ["expired", "withdrawn"])
def test_a_counter_proposal_to_what_is_over_sends_nothing_and_keeps_what_was_typed(
    client, sent, partner, approver, at, ending
):
    proposed(approver, sent, slot_on(LATER))
    sign_in(client, partner)
    page = get_page(client, f"/requests/{sent.reference}")
    link = next(a for a in page.all("a") if a.text == "Suggest other dates")
    form = get_page(client, link.get("href")).one("form", class_="narrow-form")
    values = {**dict(form.values()), "dates-0-day": "2027-01-18", "words": "Or Monday?"}
    if ending == "withdrawn":
        ids = [date.id for date in dates() if date.state is State.PROPOSED]
        withdraw_proposals(account_of(approver.id), sent.bookings[0].id, ids)
    else:
        at(NOW + timedelta(days=11))
        sign_in(client, partner)
    before = states()

    answer = client.post(form.get("action"), data=values)

    assert answer.status_code == 409
    again = read_page(answer.text)
    assert "expired, or was withdrawn" in again.one(id="errors").text
    assert states() == before
    kept = dict(again.one("form", class_="narrow-form").values())
    assert (kept["dates-0-day"], kept["words"]) == ("2027-01-18", "Or Monday?")
    assert client.post(form.get("action"), data=kept).status_code == 302
    assert states() == [*before, "requested"]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"dates-0-day": "2026-11-23"}, "past"),
        ({"dates-0-day": "2027-01-14"}, "This is the date itself"),
        ({"dates-0-day": ""}, "Enter the day"),
        ({"words": "x" * 1001, "dates-0-day": "2027-01-15"}, "at most 1000"),
    ],
)
def test_a_suggestion_that_cannot_be_keeps_what_was_typed(client, sent, partner, fields, text):
    sign_in(client, partner)
    values = {
        "booking": "1",
        "date": uid(State.REQUESTED),
        "dates-0-starts_time": "10:00",
        "dates-0-ends_time": "13:00",
        "places": "1",
        "words": "Please.",
        **fields,
    }

    answer = post(client, f"/requests/{sent.reference}/suggest", values)

    assert answer.status_code == 422
    page = read_page(answer.text)
    assert text in page.one(id="errors").text
    assert dict(page.one("form", class_="narrow-form").values())["words"] == values["words"]


def test_a_confirmed_date_is_moved_by_a_proposal(client, lab, partner, approver):
    booked = make_request(partner, lab, [slot_on(DAY)], state=State.CONFIRMED)
    sign_in(client, approver)
    page = get_page(client, f"/inbox/{booked.reference}")
    link = next(a for a in page.all("a") if a.text == "Propose another time")

    assert get_page(client, link.get("href")).one("h1").text == "Propose other dates"
    post(client, f"/inbox/{booked.reference}/propose", typed(booked, "2027-01-15"))

    assert states() == ["confirmed", "proposed"]
    answer = post(
        client,
        f"/inbox/{booked.reference}/withdraw-proposal",
        {"part": "1", "withdraw-1-dates": [uid(State.PROPOSED)]},
    )
    assert answer.status_code == 302
    assert states() == ["confirmed", "withdrawn"]


def test_dates_affected_by_a_closure_get_the_same_button(client, lab, partner, approver):
    booked = make_request(partner, lab, [slot_on(DAY)], state=State.CONFIRMED)
    sign_in(client, approver)
    make(
        account_of(approver.id),
        NewClosure(Target(lab.cluster_id, lab.id), PlannedClosure(DAY, DAY), "Roof", True),
    )

    page = get_page(client, "/manage/closures/1")
    link = next(a for a in page.all("a") if a.text == "Propose another time")

    form = get_page(client, link.get("href")).one("form", class_="enter-form")
    assert dict(form.values())["date"] == booked.bookings[0].occurrences[0].uid


@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "free again"])
def test_who_is_cancelled_is_led_to_other_possible_times(client, lab, partner, approver, is_closed):
    booked = make_request(partner, lab, [slot_on(DAY)], state=State.CONFIRMED, title="Night flight")
    booking = booked.bookings[0]
    ids = frozenset({booking.occurrences[0].id})
    cancel(account_of(approver.id), Decision(booking.id, ids, "The roof leaks."))
    if is_closed:
        make_closure(lab, slot_on(DAY, "07:00", "19:00"))
    sign_in(client, partner)
    page = get_page(client, f"/requests/{booked.reference}")
    link = next(a for a in page.all("a") if a.text == "See other possible times")

    form = get_page(client, client.get(link.get("href")).location)

    assert form.one("h2", id="possibilities").text == "Alternatives"
    values = dict(form.one("form", action="/requests/new").values())
    assert values["title"] == "Night flight"
    assert values["dates-0-day"] == "2027-01-14"


def test_own_use_gets_no_proposal(client, lab, approver):
    own = make_request(
        make_partner(),
        lab,
        [slot_on(DAY)],
        state=State.CONFIRMED,
        organisation_id=None,
        entered=True,
    )
    sign_in(client, approver)

    page = get_page(client, f"/inbox/{own.reference}")
    assert "Propose another time" not in page.text
    answer = post(client, f"/inbox/{own.reference}/propose", typed(own, "2027-01-15"))
    assert answer.status_code == 404


def test_the_requester_asks_to_move_a_confirmed_date_which_stays_until_the_yes(
    client, lab, partner, approver
):
    booked = make_request(partner, lab, [slot_on(DAY)], state=State.CONFIRMED, people=4)
    sign_in(client, partner)
    page = get_page(client, f"/requests/{booked.reference}")
    link = next(a for a in page.all("a") if a.text == "Change this booking")
    form = get_page(client, link.get("href")).one("form", class_="narrow-form")

    answer = client.post(
        form.get("action"),
        data={**dict(form.values()), "dates-0-day": "2027-01-15", "step": "send"},
    )

    assert answer.status_code == 302
    assert states() == ["confirmed", "requested"]
    assert "instead of Thu 14 Jan 2027" in get_page(client, f"/requests/{booked.reference}").text
