"""Forms of owners sent by those who decide on something else: nothing changes or is revealed.

Those of another cluster, and of other organisations, are in `test_attacks_swapped_ids.py`.
"""

import re
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.bookings.models import Occurrence
from booking.extensions import db
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_facility,
    make_partner,
    make_request,
    make_special_day,
    sign_in,
    slot_on,
)
from tests.pages import post, text_of

pytestmark = [
    pytest.mark.parametrize("engine_name", ["sqlite"]),
    pytest.mark.usefixtures("warm"),  # as on a server, and faster
]

DAY = date(2027, 1, 12)
# One form with all fields: a view that read any of them would save it.
ALL_FIELDS = {
    "step": "save",
    "acknowledged": "e3b0c44298fc1c14",  # the mark of no dates
    "facility": "hall",
    "first": "2027-01-12",
    "kind": "shut",
    "opens": "yes",
    "mode": "by_agreement",
    "status": "closed",
    "parent": "",
    "email": "mallory@example.org",
    "public": "nothing",
    "signed_in": "nothing",
    "own_cluster": "nothing",
    "hours_week": "1",
    "places": "2",
    "extent": "both",
    "unit": "",
    "pending_holds": "",
    "late_asking": "",
    "first_day": "2027-01-12",
    "last_day": "2027-01-13",
    "ends": "on",
    "pattern": "once",
    "reason": "Because",
    "title": "Mine",
    "purpose": "Mine.",
    "activity": "maintenance",
    "dates-0-day": "2027-01-14",
    "dates-0-starts_time": "09:00",
    "dates-0-ends_time": "11:00",
    "whole": "1",
}


@pytest.fixture
def site(app_context):
    """A hall with a bench on which others decide."""
    here = make_cluster("here")
    hall = make_facility(here, "hall", places=2)
    bench = make_facility(here, "bench", parent=hall, hours=None)
    make_special_day(hall, DAY, ("08:00", "12:00"))
    make_closure(hall, slot_on(date(2027, 6, 1)))
    partner = make_partner()
    make_request(partner, hall, [slot_on(DAY)], reference="K7M-4QX")
    make_request(partner, hall, [slot_on(DAY)], state=State.CONFIRMED, reference="K7M-4QY")
    retired = make_approver(hall, is_active=False)
    make_approver(hall)
    return {
        "approver of a part": make_approver(bench, email="mallory@example.org"),
        "approver whose account is closed": retired,
    }


def everything():
    """All rows there are but those of sessions."""
    db.session.rollback()
    return {
        table.name: db.session.execute(sa.select(table).order_by(*table.primary_key)).all()
        for table in db.metadata.sorted_tables
        if table.name != "sign_in"
    }


def addresses(app: Flask, slug: str) -> list[tuple[str, str]]:
    """Every address under which owners save, of what there is and of what there is not."""
    found: set[tuple[str, str]] = set()
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(("/manage", "/inbox/")) or "POST" not in rule.methods:
            continue
        for name in (slug, "K7M-4QX", "K7M-4QY"):
            path = re.sub(r"<string:\w+>", name, re.sub(r"<int:\w+>", "1", rule.rule))
            nowhere = re.sub(r"<string:\w+>", "none", re.sub(r"<int:\w+>", "9", rule.rule))
            found.add((path, nowhere))
    return sorted(found)


@pytest.mark.parametrize(
    "who",
    [
        "approver of a part",
        "approver whose account is closed",
    ],
)
def test_deciders_of_other_facilities_change_nothing_and_learn_nothing(app, client, site, who):
    sign_in(client, site[who])
    fields = ALL_FIELDS | {"dates": db.session.scalars(sa.select(Occurrence.uid)).first()}
    before, wrong = everything(), []
    for address, nowhere in addresses(app, "hall"):
        answer = post(client, address, fields)
        if who.endswith("closed"):
            fine = answer.status_code == 302 and answer.location.startswith("/sign-in")
        elif who == "approver of a part" and address.startswith("/manage/closures/1/"):
            # They read a closure of the whole: it closes their part too.
            fine = answer.status_code in (403, 404)
        else:
            # An address that names nothing may ask to choose something first.
            refused = (404, 422) if address == nowhere else (404,)
            fine = answer.status_code in refused and text_of(answer) == text_of(
                post(client, nowhere, fields | {"facility": "none"})
            )
        if not fine:
            wrong.append(f"{address}: {answer.status}")
        if everything() != before:
            wrong.append(f"{address}: changed something")
            before = everything()
    assert "\n".join(wrong) == ""
