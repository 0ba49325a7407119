"""Work F: many people ask for the same free time at the same moment."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

import sqlalchemy as sa

from booking.bookings.models import Occurrence
from booking.extensions import db
from booking.facilities.models import Facility
from booking.rules.lifecycle import State
from tools.benchmark.browser import Browser
from tools.benchmark.crowd import at_once
from tools.benchmark.free_dates import FreeDate
from tools.benchmark.request_form import fill_in, open_form, send

SENT, TAKEN, REFUSED = 302, 409, 422


def winners_of_rounds(
    browsers: Sequence[Browser], dates: Iterator[FreeDate], rounds: int
) -> Counter[int]:
    """Let all browsers send a request for one date at once, in each round for another.

    They are signed in. The dates are at facilities with one place that requests hold. Returns how
    many rounds had how many winners, as the database has them.
    """
    first = next(dates)
    forms = [open_form(browser, first.slug) for browser in browsers]
    found: Counter[int] = Counter()
    for wanted in islice(dates, rounds):
        goes = [
            [partial(send, browser, fill_in(form, wanted), SENT, TAKEN, REFUSED)]
            for browser, form in zip(browsers, forms, strict=True)
        ]
        at_once(browsers, goes)
        found[_holding(wanted)] += 1
    return found


def _holding(wanted: FreeDate) -> int:
    number = db.session.scalar(
        sa.select(sa.func.count(Occurrence.id))
        .join(Facility, Facility.id == Occurrence.facility_id)
        .where(
            Facility.slug == wanted.slug,
            Occurrence.starts_at == wanted.slot.starts_at,
            Occurrence.state.in_((State.REQUESTED, State.CONFIRMED)),
        )
    )
    db.session.rollback()
    return number or 0
