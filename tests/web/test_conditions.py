"""Conditions on pages: owners list them, requesters mark them as done, owners check them."""

from datetime import date

import pytest
import sqlalchemy as sa

from booking.bookings.models import BookingCondition, Occurrence
from booking.extensions import db
from booking.facilities.condition_models import FacilityCondition
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_cluster,
    make_condition,
    make_facility,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post, read_page, submit

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])

DAY = date(2027, 1, 14)
LIST = "/manage/facilities/hall/conditions"


class Ground:
    """A hall, its approver in one browser and a partner with a request in another."""

    def __init__(self, owner, requester, *, listed: bool) -> None:
        self.owner, self.requester = owner, requester
        self.hall = make_facility(make_cluster(), "hall", name="Drone hall")
        if listed:
            make_condition(self.hall)
        self.approver, self.partner = make_approver(self.hall), make_partner()
        self.stranger = make_partner()
        self.request = make_request(self.partner, self.hall, [slot_on(DAY)], holds=True)
        self.inbox = f"/inbox/{self.request.reference}"
        self.page = f"/requests/{self.request.reference}"
        sign_in(owner, self.approver)
        sign_in(requester, self.partner)

    def confirm(self, **typed):
        form = get_page(self.owner, self.inbox).one("form", action=f"{self.inbox}/confirm")
        return submit(self.owner, form, {f"answer-1-{key}": one for key, one in typed.items()})

    def check(self, act, words=""):
        number = self.condition.id
        form = get_page(self.owner, self.inbox).one("form", action=f"{self.inbox}/conditions")
        typed = {f"condition-1-{number}-act": act, f"condition-1-{number}-words": words}
        return submit(self.owner, form, typed)

    @property
    def state(self) -> State:
        db.session.rollback()
        return db.session.scalars(sa.select(Occurrence.state)).one()

    @property
    def first_condition(self) -> int:
        db.session.rollback()
        found = db.session.scalars(sa.select(BookingCondition.id)).first()
        db.session.rollback()
        return found

    @property
    def condition(self) -> BookingCondition:
        db.session.rollback()
        return db.session.scalars(sa.select(BookingCondition)).one()


@pytest.fixture
def ground(app_context, client, other_client) -> Ground:
    return Ground(client, other_client, listed=True)


def test_both_sides_go_through_a_condition_to_the_final_yes(ground):
    before = get_page(ground.owner, ground.inbox)
    assert "Insurance: Liability of 5 million euros" in before.one("main").text
    answer = ground.confirm()
    assert answer.status_code == 302
    assert ground.state is State.ACCEPTED
    page = get_page(ground.requester, ground.page)
    assert "not final: conditions must be met first" in page.one("h1").text
    assert "Withdraw the request" in page.text
    panel = page.one("section", id="conditions-1")
    assert "Liability of 5 million euros" in panel.text

    marked = submit(ground.requester, panel.one("form"), {})
    assert marked.status_code == 302
    again = submit(ground.requester, panel.one("form"), {})
    assert again.status_code == 409
    assert "is not at that point any more" in read_page(again.text).one("main").text
    assert "To check (1)" in get_page(ground.owner, "/inbox").one("main").text
    get_page(ground.owner, "/inbox?show=to-check")

    refused = ground.check("find_missing")
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert ground.check("find_missing", "Page 2 is missing.").status_code == 302
    shown = get_page(ground.requester, ground.page).one("section", id="conditions-1").text
    assert "something is missing" in shown
    assert "Page 2 is missing." in shown
    assert ground.check("find_met").status_code == 302
    assert ground.state is State.CONFIRMED
    log = get_page(ground.requester, ground.page).one("ol", class_="log").text
    assert "checked and found met: Insurance: Liability of 5 million euros" in log


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"conditions_by": "2026-11-01"}, "This day is over"),
        ({"conditions_by": "2027-01-20"}, "The first date has begun by then"),
        ({"conditions_by": "2027-12-20"}, "within the next 60 days"),
        ({"conditions_by": ""}, "by which day the conditions must be met"),
        ({"conditions_by": "soon"}, "Enter a date like"),
        ({"added_kind": "permit", "note": "See you"}, "Say what must be done"),
        ({"added_text": "x" * 301}, "at most 300"),
        ({"conditions": None}, "Say why"),
    ],
)
def test_bad_input_is_told_at_its_field_and_kept(ground, typed, message):
    form = get_page(ground.owner, ground.inbox).one("form", action=f"{ground.inbox}/confirm")
    answer = submit(ground.owner, form, {f"answer-1-{key}": one for key, one in typed.items()})

    assert answer.status_code == 422
    assert message in read_page(answer.text).one("div", id="errors").text
    assert ground.state is State.REQUESTED
    kept = dict(read_page(answer.text).one("form", action=f"{ground.inbox}/confirm").values())
    for key, one in typed.items():
        if isinstance(one, str):
            assert kept[f"answer-1-{key}"].strip() == one


def test_an_approver_adds_a_condition_where_the_facility_lists_none(
    app_context, client, other_client
):
    ground = Ground(client, other_client, listed=False)
    typed = {"added_kind": "permit", "added_text": "Flight permit", "conditions_by": "2026-12-04"}
    assert ground.confirm(**typed).status_code == 302
    assert ground.state is State.ACCEPTED
    assert (ground.condition.kind, ground.condition.text) == ("permit", "Flight permit")


def test_words_of_conditions_are_markup_for_nobody_and_reach_no_stranger(ground):
    ground.confirm(added_kind="other", added_text="<b>Bring canary-7</b>")
    for person in (ground.owner, ground.requester):
        path = ground.inbox if person is ground.owner else ground.page
        assert "<b>Bring" not in person.get(path).text
    number = ground.first_condition
    sign_in(ground.requester, ground.stranger)
    for path in (
        ground.page,
        "/facilities/hall",
        "/calendar?on=2027-01-14",
        "/facilities/hall.ics",
    ):
        assert "canary-7" not in ground.requester.get(path).text
    fields = {"condition": str(number)}
    assert post(ground.requester, f"{ground.page}/conditions", fields).status_code == 404


@pytest.mark.parametrize("condition", ["", "0", "-1", "x", "9" * 30])
def test_a_condition_that_is_not_of_this_booking_is_not_found(ground, condition):
    ground.confirm()
    fields = {"condition": condition, f"condition-1-{condition}-act": "find_met"}
    assert post(ground.requester, f"{ground.page}/conditions", fields).status_code == 404
    assert post(ground.owner, f"{ground.inbox}/conditions", fields).status_code == 404


def test_an_owner_adds_changes_and_removes_conditions(app_context, client, other_client):
    Ground(client, other_client, listed=False)

    def listed() -> list[tuple[str, str, int, bool]]:
        db.session.rollback()
        rows = db.session.scalars(sa.select(FacilityCondition))
        return [(one.text, one.stage, one.days_before, bool(one.removed_at)) for one in rows]

    form = get_page(client, LIST).one("form", action=LIST)
    typed = {"kind": "visitor_list", "text": "Names", "stage": "before_arrival"}
    for wrong in ({"days_before": "61"}, {"days_before": "x"}, {"text": " "}, {"kind": "spell"}):
        assert submit(client, form, {**typed, **wrong}).status_code == 422
    assert submit(client, form, {**typed, "days_before": "3"}).status_code == 303
    assert listed() == [("Names", "before_arrival", 3, False)]
    assert "Visitor list: Names" in get_page(client, "/manage/facilities/hall").one("main").text
    form = get_page(client, f"{LIST}/1").one("form", action=f"{LIST}/1")
    assert submit(client, form, {"text": "All names", "days_before": "5"}).status_code == 303
    form = get_page(client, LIST).one("form", action=f"{LIST}/1/remove")
    assert submit(client, form, {}).status_code == 303
    assert listed() == [("All names", "before_arrival", 5, True)]
    assert client.get(f"{LIST}/1").status_code == 404
