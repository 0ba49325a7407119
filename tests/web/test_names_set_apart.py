"""Names written from right to left stand apart, so that they reorder nothing around them."""

import re
from datetime import date

import pytest

from booking.accounts.queries import account_of
from booking.decisions.service import Decision, confirm
from tests.factories import (
    make_account_request,
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)

FIRM, PARTNER, APPROVER, COORDINATOR, NEWCOMER = "שלום 5", "דנה 3", "אבי 7", "רות 4", "נועם 2"
NAMES = (FIRM, PARTNER, APPROVER, COORDINATOR, NEWCOMER)
# Where markup cannot stand: attributes, titles and options.
PLAIN = re.compile(r"<title>.*?</title>|<option.*?</option>|<[^>]*>", re.DOTALL)


def loose(markup):
    """Return what stands before each name that is neither in <bdi> nor between isolates."""
    markup = markup.replace("<bdi>", "\u2068").replace("</bdi>", "\u2069")
    text = PLAIN.sub(" ", markup)
    return [
        text[max(found.start() - 40, 0) : found.end()]
        for name in NAMES
        for found in re.finditer(re.escape(name), text)
        if not text[: found.start()].endswith("\u2068")
    ]


@pytest.fixture
def world(app_context):
    """A confirmed and a waiting request of a firm, its partner, approver and coordinator."""
    cluster = make_cluster("censec")
    lab = make_facility(cluster, "lab")
    firm = make_organisation(FIRM, home_cluster=cluster)
    partner = make_partner(organisation=firm, name=PARTNER)
    approver = make_approver(lab, name=APPROVER)
    coordinator = make_coordinator(cluster, name=COORDINATOR)
    confirmed = make_request(partner, lab, [slot_on(date(2027, 1, 14))])
    waiting = make_request(partner, lab, [slot_on(date(2027, 1, 15))])
    asks = make_account_request(cluster, name=NEWCOMER, organisation_name=FIRM)
    booking = confirmed.bookings[0]
    dates = frozenset(one.id for one in booking.occurrences)
    confirm(account_of(approver.id), Decision(booking.id, dates))
    return {
        "partner": (
            partner,
            ["/account", "/account/updates", "/requests", f"/requests/{confirmed.reference}"],
        ),
        "approver": (
            approver,
            ["/inbox", f"/inbox/{waiting.reference}", f"/inbox/{confirmed.reference}"],
        ),
        "coordinator": (
            coordinator,
            [
                "/account/updates",
                "/manage/facilities/lab",
                "/manage/facilities/lab/people",
                "/manage/people",
                f"/manage/people/{asks.key}",
            ],
        ),
    }


@pytest.mark.parametrize("role", ["partner", "approver", "coordinator"])
def test_names_from_right_to_left_are_set_apart_on_pages(world, client, role):
    person, addresses = world[role]
    sign_in(client, person)

    found = 0
    for address in addresses:
        markup = client.get(address).text
        found += sum(name in markup for name in NAMES)
        assert loose(markup) == [], address
    assert found >= len(addresses)
