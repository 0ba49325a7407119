"""Reading requests obeys the rule of who sees what; drafts are found by their token only."""

from datetime import date, timedelta

import pytest

from booking.accounts.queries import account_of
from booking.accounts.throttle import ClientSource
from booking.bookings.models import BookingRequest, Draft
from booking.errors import NotFound
from booking.extensions import db
from booking.requests.drafts import drop_draft, find_draft, keep_draft
from booking.requests.listing import Order, list_requests
from booking.requests.queries import get_request, visible_requests
from booking.rules.limits import DEFAULT_LIMITS, LimitName
from booking.rules.visibility import ANONYMOUS, may_act_as_requester
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_person,
    make_request,
    slot_on,
)

DRAFT_LIMIT = DEFAULT_LIMITS[LimitName.DRAFT]

pytestmark = pytest.mark.usefixtures("app_context")
SLOT = slot_on(date(2027, 1, 12))

SOURCE = ClientSource("", "192.0.2.1", "secret")


def test_the_query_for_visible_requests_agrees_with_the_rule():
    cluster = make_cluster()
    lab = make_facility(cluster)
    organisation = make_organisation(home_cluster=cluster)
    people = [
        make_partner(organisation=organisation),
        make_partner(organisation=organisation),
        make_partner(),
        make_coordinator(cluster),
        make_approver(lab, organisation=organisation),
        make_person(is_admin=True),
    ]
    for person in people[:3]:
        make_request(person, lab, [SLOT])
    make_request(people[3], lab, [SLOT], entered=True)  # own use has no organisation
    everything = db.session.query(BookingRequest).all()

    for viewer in [ANONYMOUS, *(account_of(person.id).viewer for person in people)]:
        seen = {request.id for request in db.session.scalars(visible_requests(viewer))}

        assert seen == {
            request.id
            for request in everything
            if may_act_as_requester(viewer, request.organisation_id, None)
        }
        listed = list_requests(viewer, NOW, phase=None, order=Order.NEWEST)
        assert len(listed.requests) == len(seen)
        for request in everything:
            if request.id in seen:
                assert get_request(viewer, request.reference, NOW).reference == request.reference
            else:
                with pytest.raises(NotFound):
                    get_request(viewer, request.reference, NOW)


def test_a_draft_is_found_by_its_token_for_a_day():
    token = keep_draft([("title", "Sensor trial"), ("title", "twice")], SOURCE)

    assert find_draft(token, NOW) == [("title", "Sensor trial"), ("title", "twice")]
    assert find_draft(token + "x", NOW) is None
    assert find_draft(token, NOW + timedelta(hours=24)) is None


def test_saving_a_draft_deletes_the_previous_one():
    first = keep_draft([("title", "First")], SOURCE)
    keep_draft([("title", "Second")], SOURCE, replacing=first)
    assert db.session.query(Draft).count() == 1

    token = keep_draft([("title", "Third")], SOURCE)
    drop_draft(token)
    assert db.session.query(Draft).count() == 1


def test_one_network_can_keep_only_so_many_drafts_an_hour(at):
    kept = [keep_draft([("title", "One")], SOURCE) for _ in range(DRAFT_LIMIT.tries)]

    assert all(kept)
    assert keep_draft([("title", "More")], SOURCE, replacing=kept[0]) is None
    assert find_draft(kept[0], NOW), "the one before stays"
    assert keep_draft([("title", "Elsewhere")], ClientSource("", "198.51.100.7", "secret"))
    at(NOW + DRAFT_LIMIT.within)
    assert keep_draft([("title", "Later")], SOURCE)
