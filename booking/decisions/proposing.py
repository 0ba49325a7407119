"""Proposals of the owner, held until the requester answers: other dates, places or facilities."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from booking.accounts.queries import account_now
from booking.availability.checks import check_context
from booking.bookings.authorise import booking_to_decide, decide, is_colleague
from booking.bookings.date_details import details_of
from booking.bookings.deciding import deciders_of
from booking.bookings.elsewhere import log_elsewhere
from booking.bookings.log import write_log
from booking.bookings.models import Booking, Occurrence
from booking.bookings.records import chosen_dates, writing_on
from booking.bookings.replacements import (
    hold_what_is_new,
    in_place_of,
    is_the_same,
    new_replacement,
    open_in_place_of,
    pause_clock,
    paused_by,
    resume_clock,
)
from booking.clusters.deadlines import deadlines_of
from booking.db.transactions import retried
from booking.decisions.entry_queries import refusals_to_enter
from booking.decisions.propose_elsewhere import may_be_proposed
from booking.errors import Conflict, Invalid, NotFound, Refused
from booking.extensions import db
from booking.rules.deadlines import (
    Deadlines,
    may_propose_until,
    proposal_lapses_at,
)
from booking.rules.lifecycle import Act, Side, State, has_lapsed
from booking.rules.routing import Deciders
from booking.rules.slots import Slot
from booking.rules.terms import RequestedDate
from booking.rules.visibility import Account

MOST_OPEN_PROPOSALS = 5
"""So many proposals may be open in the place of one date."""


@dataclass(frozen=True)
class Proposal:
    """What an approver proposes in the place of one date, of which the requester takes at most one.

    `slots` are the alternatives. Each takes the whole facility (`whole`) or `places` own places.
    They are held until the evening of the local day `until`. `facility_id` is another facility of
    the cluster where they are; None: they are where the date itself is.
    """

    booking_id: int
    occurrence_id: int
    slots: tuple[Slot, ...]
    whole: bool
    places: int
    until: date
    words: str = ""
    facility_id: int | None = None


@retried
def propose(account: Account, proposal: Proposal) -> None:
    """Propose other dates for one that is requested or confirmed; all are held until an answer.

    They hold only what the date itself does not have. It keeps its state and its places; while it
    is requested, the time to answer stands still. At another facility they belong to a booking of
    their own in the same request.

    Raises:
        NotFound: the person may not decide on this booking, or it does not exist, or it is own use.
        Invalid: `until`: too late or over; `dates`: what it already is, or too many; `facility`
            `not_offered`: see `propose_elsewhere.may_be_proposed`.
        Refused: a rule is broken; has every reason.
        Conflict: `already_decided`, `expired` or `over`; `taken`, when somebody was faster.
    """
    there = () if proposal.facility_id is None else (proposal.facility_id,)
    with writing_on(proposal.booking_id, facility_ids=there) as now:
        booking, deciders = booking_to_decide(account, proposal.booking_id, now)
        if booking.request.organisation_id is None:
            raise NotFound("requester")
        (chosen,) = chosen_dates(booking, [proposal.occurrence_id])
        _refuse_unless_it_can_be_replaced(chosen, now)
        replaced = in_place_of(booking, chosen)
        requested = open_in_place_of(
            booking, [replaced.id], now, states={State.REQUESTED, State.ACCEPTED}
        )
        ending = [replaced, *requested]
        deadlines = deadlines_of(booking.facility.cluster, now)
        if proposal.facility_id not in (None, booking.facility_id):
            booking, deciders = _booking_there(account, booking, proposal, now)
        _refuse_invalid(booking, ending, proposal, deadlines, now)
        facts = check_context(
            booking.facility_id,
            proposal.slots,
            now,
            whole=proposal.whole,
            without=[one.id for one in ending],
            organisation_id=booking.request.organisation_id,
        )
        people = details_of(replaced).people
        dates = [
            RequestedDate(slot, proposal.places, proposal.whole, people) for slot in proposal.slots
        ]
        if refusals := refusals_to_enter(account.viewer, facts, dates, now):
            raise Refused(refusals)
        ends = [proposal_lapses_at(proposal.until, s.starts_at, deadlines) for s in proposal.slots]
        pause_clock(replaced, max(ends), now)
        proposed = [
            new_replacement(
                booking,
                replaced,
                slot,
                whole=proposal.whole,
                places=len(facts.room.own) if proposal.whole else proposal.places,
                state=State.PROPOSED,
                lapses_at=lapses_at,
                now=now,
                own_details=replaced.own_details,
            )
            for slot, lapses_at in sorted(zip(proposal.slots, ends, strict=True))
        ]
        hold_what_is_new(proposed, ending, facts.room, now)
        write_log(
            booking,
            proposed,
            now,
            before=None,
            after=State.PROPOSED,
            deciders=deciders,
            actor_id=account.person_id,
            side=Side.OWNER,
            reason=proposal.words,
            colleague=is_colleague(account, booking),
        )
        log_elsewhere(
            proposed,
            now,
            before=None,
            after=State.PROPOSED,
            deciders=deciders,
            actor_id=account.person_id,
            side=Side.OWNER,
        )


def _booking_there(
    account: Account, booking: Booking, proposal: Proposal, now: datetime
) -> tuple[Booking, Deciders]:
    """Return the booking of the same request at the facility of a proposal, and who decides on it.

    It is a new one unless the request has one there already. Nobody has to answer it.
    """
    facility_id = proposal.facility_id
    if facility_id is None or not may_be_proposed(
        account_now(account).viewer, booking.request, booking.facility_id, facility_id
    ):
        raise Invalid("facility", "not_offered")
    found = [one for one in booking.request.bookings if one.facility_id == facility_id]
    if not found:
        found = [Booking(request=booking.request, facility_id=facility_id, due_at=None)]
        db.session.add_all(found)
        db.session.flush()
    deciders = deciders_of(found, now)[found[0].id]
    if account.person_id not in deciders.all:
        raise Invalid("facility", "not_offered")
    return found[0], deciders


def _refuse_unless_it_can_be_replaced(replaced: Occurrence, now: datetime) -> None:
    if not replaced.state.may_be_moved(Side.OWNER):
        raise Conflict("already_decided")
    if has_lapsed(replaced.state, replaced.lapses_at, now):
        raise Conflict("expired")
    if replaced.ends_at <= now:
        raise Conflict("over")


def _refuse_invalid(
    booking: Booking,
    ending: Sequence[Occurrence],
    proposal: Proposal,
    deadlines: Deadlines,
    now: datetime,
) -> None:
    if not may_propose_until(proposal.until, now, deadlines):
        raise Invalid("until", "too_late")
    slots, whole, places = proposal.slots, proposal.whole, proposal.places
    if any(is_the_same(one, booking.facility_id, slots, whole, places) for one in ending):
        raise Invalid("dates", "same")
    standing = open_in_place_of(booking, [ending[0].id], now, states={State.PROPOSED})
    if len(standing) + len(proposal.slots) > MOST_OPEN_PROPOSALS:
        raise Invalid("dates", "too_many")


@retried
def withdraw_proposals(
    account: Account, booking_id: int, occurrence_ids: Collection[int], reason: str = ""
) -> None:
    """Withdraw proposals that the requester has not answered; what was proposed for stays.

    Raises:
        NotFound: the person may not decide on this booking, or it does not exist.
        Conflict: `already_decided` or `expired`.
    """
    with writing_on(booking_id) as now:
        booking, deciders = booking_to_decide(account, booking_id, now)
        proposals = chosen_dates(booking, occurrence_ids)
        if any(one.state is not State.PROPOSED for one in proposals):
            raise Conflict("already_decided")
        if any(has_lapsed(one.state, one.lapses_at, now) for one in proposals):
            raise Conflict("expired")
        paused = paused_by(booking, proposals)
        decide(account, booking, proposals, Act.WITHDRAW, deciders, reason, now)
        resume_clock(paused, now)
