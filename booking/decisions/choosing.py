"""Choosing between competing requests: some are confirmed, others declined or left to wait."""

from collections.abc import Sequence
from dataclasses import dataclass

from booking.bookings.authorise import booking_to_decide, decide
from booking.bookings.records import writing_on
from booking.db.transactions import retried
from booking.decisions.service import Decision, confirm_dates, open_to, refuse_unseen
from booking.decisions.waiting_list import wait_dates
from booking.rules.lifecycle import Act, State
from booking.rules.visibility import Account


@dataclass(frozen=True)
class Choice:
    """Which dates are confirmed, which are declined, and which go to the waiting list.

    At most one decision a booking.
    """

    confirmed: Sequence[Decision]
    declined: Sequence[Decision]
    waiting: Sequence[Decision] = ()


@retried
def choose(account: Account, choice: Choice) -> frozenset[State]:
    """Confirm and decline dates of several bookings, or let them wait: all of them, or nothing.

    Returns the states of what was confirmed: accepted, where conditions must be met first.

    What is declined or waits gives back its places first. Each booking gets its own line in its
    log, and its own updates.

    Raises:
        NotFound: the person may not decide on one of the bookings, or it does not exist.
        Refused: confirming breaks a rule.
        Conflict: `already_decided`, `expired`, `no_waiting_list`, or `taken` when one no
            longer fits.
    """
    everything = [(Act.DECLINE, one) for one in choice.declined]
    everything += [(Act.WAIT, one) for one in choice.waiting]
    everything += [(Act.CONFIRM, one) for one in choice.confirmed]
    with writing_on(*{one.booking_id for _, one in everything}) as now:
        # Who may decide is asked for all of them first: each answer changes who competes.
        found = [booking_to_decide(account, one.booking_id, now) for _, one in everything]
        dates = [
            open_to(act, booking, one.occurrence_ids, now)
            for (act, one), (booking, _) in zip(everything, found, strict=True)
        ]
        after = set()
        steps = zip(everything, found, dates, strict=True)
        for (act, decision), (booking, deciders), occurrences in steps:
            if act is Act.DECLINE:
                refuse_unseen(booking, decision)
                decide(
                    account,
                    booking,
                    occurrences,
                    act,
                    deciders,
                    decision.reason,
                    now,
                    reason_code=decision.code,
                )
            elif act is Act.WAIT:
                wait_dates(account, booking, deciders, decision, now)
            else:
                after.add(confirm_dates(account, booking, deciders, decision, now))
        return frozenset(after)
