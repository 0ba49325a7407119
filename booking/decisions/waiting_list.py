"""Putting dates on the waiting list instead of declining them."""

from datetime import datetime

from booking.bookings.authorise import booking_to_decide, decide
from booking.bookings.models import Booking
from booking.bookings.occupancy import occurrence_slot
from booking.bookings.records import writing_on
from booking.bookings.replacements import open_in_place_of
from booking.bookings.transitions import withdraw_quietly
from booking.db.transactions import retried
from booking.decisions.service import Decision, open_to, refuse_unseen
from booking.errors import Conflict
from booking.facilities.effective_terms import effective_terms
from booking.rules.lifecycle import Act, State
from booking.rules.routing import Deciders
from booking.rules.visibility import Account
from booking.rules.waiting_list import has_waiting_list, waits_until


@retried
def put_on_waiting_list(account: Account, decision: Decision) -> None:
    """Put requested dates on the waiting list of their facility, with a text.

    Raises:
        NotFound: the person may not decide on this booking, or it does not exist.
        Conflict: `already_decided`, `expired` or `changed`; `no_waiting_list`; `asked_elsewhere`,
            when the requester asks for another facility instead.
    """
    with writing_on(decision.booking_id) as now:
        booking, deciders = booking_to_decide(account, decision.booking_id, now)
        wait_dates(account, booking, deciders, decision, now)


def wait_dates(
    account: Account, booking: Booking, deciders: Deciders, decision: Decision, now: datetime
) -> None:
    """Let the chosen dates of a booking read under the lock wait.

    What was proposed instead of them is withdrawn. What is requested in the place of another date
    does not wait: it is declined. Raises what `put_on_waiting_list` raises.
    """
    occurrences = open_to(Act.WAIT, booking, decision.occurrence_ids, now)
    refuse_unseen(booking, decision)
    rules = effective_terms([booking.facility_id])[booking.facility_id].rules
    if not has_waiting_list(rules):
        raise Conflict("no_waiting_list")
    instead = open_in_place_of(booking, [one.id for one in occurrences], now)
    proposals = [one for one in instead if one.state is State.PROPOSED]
    if any(one.booking is not booking for one in instead if one not in proposals):
        raise Conflict("asked_elsewhere")
    withdraw_quietly(booking, proposals, deciders, now)
    moves = {
        one.id: one
        for one in (*occurrences, *instead)
        if one.replaces_id is not None and one.state is State.REQUESTED
    }
    waiting = [one for one in occurrences if one.id not in moves]
    for one in waiting:
        one.lapses_at = waits_until(rules, occurrence_slot(one), now)
    for act, dates in ((Act.DECLINE, list(moves.values())), (Act.WAIT, waiting)):
        if dates:
            decide(account, booking, dates, act, deciders, decision.reason, now)
