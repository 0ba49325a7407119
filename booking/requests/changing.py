"""What a requester changes in a request: what needs no new yes at once, the rest as requests."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from booking.availability.checks import (
    WAIVED_FOR_OWNERS,
    CheckContext,
    check_context,
    hold_reveals_hidden,
    refusals_for_requester,
)
from booking.bookings.date_details import (
    changed_part,
    details_in,
    details_of,
    own_part,
    plan_of_date,
    request_part,
    save_details,
)
from booking.bookings.deciding import deciders_of
from booking.bookings.details import RequestDetails
from booking.bookings.log import write_log
from booking.bookings.models import Booking, Occurrence
from booking.bookings.occupancy import shrink
from booking.bookings.records import chosen_dates, writing_on
from booking.bookings.replacements import (
    hold_what_is_new,
    in_place_of,
    open_in_place_of,
    standing_before,
)
from booking.bookings.resolutions import Resolution, resolve
from booking.bookings.transitions import decline_quietly
from booking.db.transactions import retried
from booking.disruptions.detection import ChangeWindow, disrupted_dates
from booking.errors import Conflict, Invalid, Refused
from booking.extensions import db
from booking.facilities.calendar_visibility import sees_calendar
from booking.requests.answering import booking_to_change, save_suggestion, withdraw_suggestions
from booking.rules.edits import (
    OF_THE_DATE,
    OF_THE_REQUEST,
    Edit,
    EditField,
    Plan,
    Verdict,
    edits_of,
    is_decided,
    may_edit,
    verdict_on,
)
from booking.rules.lifecycle import Event, Side, State, has_lapsed
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.routing import Deciders
from booking.rules.slots import Slot
from booking.rules.terms import RequestedDate
from booking.rules.visibility import Account
from booking.rules.waiting_list import waits_until

# What stands may stay, so less of it breaks none of these rules.
_WAIVED_FOR_LESS = WAIVED_FOR_OWNERS | {
    RefusalCode.TAKEN,
    RefusalCode.DATES_OVERLAP,
    RefusalCode.OVER_QUOTA,
}
# The time was requested early enough; only what is said about it changes.
_WAIVED_FOR_SAME_TIME = frozenset({RefusalCode.TOO_LATE, RefusalCode.BEYOND_HORIZON})


@dataclass(frozen=True)
class DateChange:
    """The time and extent that one date is to have; `places` counts unless it is the whole."""

    occurrence_id: int
    slot: Slot
    whole: bool
    places: int


@dataclass(frozen=True)
class Change:
    """What a requester wants of a booking: details for all dates to come, and time of one date.

    Of `details` only what is otherwise than for that date, or without one than in the request,
    changes the other dates. `words` goes to who decides. `expected` is the key of the preview that
    the person has seen; None: whatever it leads to.
    """

    booking_id: int
    details: RequestDetails
    date: DateChange | None = None
    words: str = ""
    expected: str | None = None


@dataclass(frozen=True)
class EditOfDates:
    """One change, and the times of the dates for which it is the same."""

    edit: Edit
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class ChangePreview:
    """What a change leads to: at once, and once the owner agrees.

    `declines` says whether open proposals of the owner are declined with it. `key` differs as
    soon as anything of it does.
    """

    at_once: tuple[EditOfDates, ...]
    to_answer: tuple[EditOfDates, ...]
    declines: bool
    key: str


@dataclass(frozen=True)
class _DateWork:
    """What happens to one date that stands.

    `before` are what the owner proposed and what was requested in its place, as far as it ends.
    """

    date: Occurrence
    old: Plan
    new: Plan
    verdict: Verdict
    before: tuple[Occurrence, ...]
    is_chosen: bool

    @property
    def now(self) -> Plan:
        """Return what holds for it from now on."""
        at_once = {edit.field for edit in self.verdict.at_once}
        found = self.new
        if EditField.TIME not in at_once:
            found = replace(found, slot=self.old.slot)
        if EditField.EXTENT not in at_once:
            found = replace(found, whole=self.old.whole, places=self.old.places)
        if EditField.PURPOSE not in at_once:
            found = replace(found, purpose=self.old.purpose)
        if EditField.PEOPLE not in at_once:
            found = replace(found, people=self.old.people)
        if EditField.HAZARDS not in at_once:
            found = replace(found, hazards=self.old.hazards, hazards_note=self.old.hazards_note)
        return found

    @property
    def gives_back(self) -> bool:
        """Return whether it takes less of the facility from now on."""
        return any(edit.field in OF_THE_DATE for edit in self.verdict.at_once)


def preview_change(account: Account, change: Change, now: datetime) -> ChangePreview:
    """Return what a change would lead to; raises what `change` raises, but for `taken`."""
    booking = booking_to_change(account, change.booking_id)
    work = _work(booking, change, now)
    facts = _facts(account, booking, work, now)
    _refuse_broken(account, work, facts, now)
    return _preview(work)


@retried
def change_request(account: Account, change: Change) -> ChangePreview:
    """Change a request: what needs no new yes at once, the rest is requested. Returns both.

    What needs one is a date in the place of the one that stands, which stays until it is
    confirmed. What the owner proposed instead of it is declined, and what was requested before
    withdrawn. As long as nobody has decided on a date, what is said about it changes at once; the
    time to answer goes on. Any colleague of the requester may.

    Raises:
        NotFound: it is another organisation's, or does not exist.
        Invalid: `change` is `nothing`: all is as it was; or `waits`: a date on the waiting list
            would become more than it is.
        Refused: it cannot be; has every reason, those of the changed date as of date 0.
        Conflict: `already_decided`, `expired` or `over`; `changed`: it would lead to something
            else than the person has seen; `taken`.
    """
    with writing_on(change.booking_id) as now:
        booking = booking_to_change(account, change.booking_id)
        work = _work(booking, change, now)
        preview = _preview(work)
        if change.expected not in (None, preview.key):
            raise Conflict("changed")
        facts = _facts(account, booking, work, now)
        _refuse_broken(account, work, facts, now)
        deciders = deciders_of([booking], now)[booking.id]
        _end_what_is_open(account, booking, work, deciders, now)
        _apply(booking, work, facts, now, actor_id=account.person_id)
        is_asked = any(one.verdict.to_answer for one in work)
        _log_at_once(account, booking, work, deciders, "" if is_asked else change.words, now)
        if is_asked:
            _ask(account, booking, work, facts, deciders, change.words, now)
        return preview


def _work(booking: Booking, change: Change, now: datetime) -> list[_DateWork]:
    """Return what happens to each date to come for which something changes, in their order."""
    chosen = base = None
    if change.date is not None:
        (chosen,) = chosen_dates(booking, [change.date.occurrence_id])
        base = in_place_of(booking, chosen)
    coming = _coming(booking, now)
    if base is not None and base not in coming:
        raise Conflict(_why_not(base, now))
    if not coming:
        raise Conflict("already_decided")
    said = details_of(chosen) if chosen else booking.request.details
    details = changed_part(said, change.details)
    every = [
        _work_on(booking, date, details, change.date if date is base else None, now)
        for date in coming
    ]
    found = [one for one in every if one is not None]
    if not found:
        raise Invalid("change", "nothing")
    return found


def _coming(booking: Booking, now: datetime) -> list[Occurrence]:
    """Return the dates that stand and are not over, without what would be in their place.

    A date in whose place another one is accepted stays as it is until that is final, and one in
    whose place another facility is asked for until that is answered.
    """
    waiting = standing_before(booking, booking.occurrences)
    agreed = frozenset({State.ACCEPTED})
    ids = [date.id for date in booking.occurrences]
    accepted = {
        date.replaces_id
        for date in open_in_place_of(booking, ids, now, states=agreed | {State.REQUESTED})
        if date.state in agreed or date.booking is not booking
    }
    return [
        date
        for date in booking.occurrences
        if date.id not in waiting
        and date.id not in accepted
        and may_edit(date.state)
        and not has_lapsed(date.state, date.lapses_at, now)
        and date.ends_at > now
    ]


def _why_not(date: Occurrence, now: datetime) -> str:
    if has_lapsed(date.state, date.lapses_at, now):
        return "expired"
    return "over" if may_edit(date.state) and date.ends_at <= now else "already_decided"


def _work_on(
    booking: Booking,
    date: Occurrence,
    details: Mapping[str, Any],
    wanted_date: DateChange | None,
    now: datetime,
) -> _DateWork | None:
    """Return what happens to a date whose details change so, and its time as wanted, if at all."""
    is_chosen = wanted_date is not None
    before = open_in_place_of(booking, [date.id], now)
    asked = next((one for one in before if one.state is not State.PROPOSED), None)
    stands, wanted = plan_of_date(date), plan_of_date(asked or date)
    new = replace(wanted, **details)
    if wanted_date is not None:
        new = replace(new, slot=wanted_date.slot, whole=wanted_date.whole)
        if not new.whole:
            new = replace(new, places=wanted_date.places)
    edits = edits_of(wanted, new)
    if not edits:
        return None
    if all(edit.field in OF_THE_REQUEST for edit in edits):
        new = replace(stands, **request_part(details_in(new)))
        return _DateWork(date, stands, new, Verdict(tuple(edits)), (), is_chosen)
    verdict = verdict_on(edits_of(stands, new), is_decided=is_decided(date.state))
    if date.state is State.WAITING and verdict.to_answer:
        raise Invalid("change", "waits")
    if asked is not None and not verdict.at_once and not verdict.to_answer:
        # Back to what stands: what was asked for is withdrawn, and that is all.
        verdict = Verdict(tuple(edits))
    ends = (
        asked is not None
        or verdict.to_answer
        or _touches_date(verdict)
        or any(edit.needs_yes for edit in verdict.at_once)
    )
    return _DateWork(date, stands, new, verdict, tuple(before) if ends else (), is_chosen)


def _touches_date(verdict: Verdict) -> bool:
    return any(edit.field in OF_THE_DATE for edit in verdict.at_once)


def _preview(work: Sequence[_DateWork]) -> ChangePreview:
    parts = [
        [one.date.uid, edit.stored(), waits]
        for one in work
        for waits, edits in ((False, one.verdict.at_once), (True, one.verdict.to_answer))
        for edit in edits
    ]
    return ChangePreview(
        at_once=_by_edit((one, one.verdict.at_once) for one in work),
        to_answer=_by_edit((one, one.verdict.to_answer) for one in work),
        declines=any(other.state is State.PROPOSED for one in work for other in one.before),
        key=hashlib.sha256(json.dumps(parts).encode()).hexdigest(),
    )


def _by_edit(found: Iterable[tuple[_DateWork, Sequence[Edit]]]) -> tuple[EditOfDates, ...]:
    by_edit: dict[Edit, list[Slot]] = {}
    for one, edits in found:
        for edit in edits:
            by_edit.setdefault(edit, []).append(one.old.slot)
    order = list(EditField)
    ordered = sorted(by_edit.items(), key=lambda item: order.index(item[0].field))
    return tuple(EditOfDates(edit, tuple(slots)) for edit, slots in ordered)


def _facts(
    account: Account, booking: Booking, work: Sequence[_DateWork], now: datetime
) -> CheckContext:
    """Return the facts to check old and new dates by, without what these dates have."""
    plans = [plan for one in work for plan in (one.old, one.new)]
    return check_context(
        booking.facility_id,
        [plan.slot for plan in plans],
        now,
        whole=any(plan.whole for plan in plans),
        without=[
            date.id
            for one in work
            for date in (one.date, *open_in_place_of(booking, [one.date.id], now))
        ],
        organisation_id=booking.request.organisation_id,
        viewer=account.viewer,
        added_to=booking.request.reference,
    )


def _refuse_broken(
    account: Account, work: Sequence[_DateWork], facts: CheckContext, now: datetime
) -> None:
    """Raise Refused with every reason why dates cannot be as they would be."""
    found: list[Refusal] = []
    for one in work:
        refusals = [
            *_broken_by_less(account, one, facts, now),
            *_broken_by_request(account, one, facts, now),
        ]
        place = 0 if one.is_chosen else None
        for refusal in (replace(refusal, date_index=place) for refusal in refusals):
            if refusal not in found:
                found.append(refusal)
    if found:
        raise Refused(found)


def _broken_by_less(
    account: Account, one: _DateWork, facts: CheckContext, now: datetime
) -> list[Refusal]:
    """Return the rules that a date would break from now on and did not before."""
    if not {edit.field for edit in one.verdict.at_once} & {*OF_THE_DATE, EditField.PEOPLE}:
        return []
    if one.now.slot.ends_at <= now:
        return [Refusal(RefusalCode.IN_THE_PAST)]
    before, after = (
        [
            refusal
            for refusal in refusals_for_requester(
                facts, [_requested(plan)], now, account.viewer, ignore=_WAIVED_FOR_LESS
            )
            if refusal.code not in _WAIVED_FOR_LESS
        ]
        for plan in (one.old, one.now)
    )
    codes = {refusal.code for refusal in before}
    return [refusal for refusal in after if refusal.code not in codes]


def _broken_by_request(
    account: Account, one: _DateWork, facts: CheckContext, now: datetime
) -> list[Refusal]:
    """Return every reason why what needs a yes cannot be requested."""
    if not one.verdict.to_answer:
        return []
    is_same_time = all(edit.field is not EditField.TIME for edit in one.verdict.to_answer)
    return refusals_for_requester(
        facts,
        [_requested(one.new)],
        now,
        account.viewer,
        ignore=_WAIVED_FOR_SAME_TIME if is_same_time else frozenset(),
    )


def _requested(plan: Plan) -> RequestedDate:
    return RequestedDate(plan.slot, plan.places, plan.whole, plan.people)


def _end_what_is_open(
    account: Account,
    booking: Booking,
    work: Sequence[_DateWork],
    deciders: Deciders,
    now: datetime,
) -> None:
    open_before = [date for one in work for date in one.before]
    proposed = [date for date in open_before if date.state is State.PROPOSED]
    asked = [date for date in open_before if date.state is not State.PROPOSED]
    decline_quietly(booking, proposed, deciders, now, actor_id=account.person_id)
    withdraw_suggestions(booking, asked, deciders, now, actor_id=account.person_id)


def _apply(
    booking: Booking,
    work: Sequence[_DateWork],
    facts: CheckContext,
    now: datetime,
    *,
    actor_id: int,
) -> None:
    """Change at once what needs no yes: details, times, places."""
    of_dates: dict[int, RequestDetails] = {}
    for one in work:
        if not one.verdict.at_once:
            continue
        of_dates[one.date.id] = details_in(one.now)
        for other in open_in_place_of(booking, [one.date.id], now):
            if not _only_of_the_request(one):
                of_dates[other.id] = details_in(one.now)
        one.date.revision += 1
        one.date.changed_at = now
        if one.gives_back:
            _give_back(one, facts, now)
    if not of_dates:
        return
    _lift(booking, [one.date for one in work if one.gives_back], now, actor_id=actor_id)
    of_request = request_part(next(iter(of_dates.values())))
    coming = _coming(booking, now)
    found = [of_dates.get(date.id) or replace(details_of(date), **of_request) for date in coming]
    same = all(details == found[0] for details in found)
    shared = found[0] if same else replace(booking.request.details, **of_request)
    save_details(booking, of_dates, shared)


def _only_of_the_request(one: _DateWork) -> bool:
    return all(edit.field in OF_THE_REQUEST for edit in one.verdict.at_once)


def _give_back(one: _DateWork, facts: CheckContext, now: datetime) -> None:
    date = one.date
    if date.state is State.WAITING and date.starts_at != one.now.slot.starts_at:
        date.lapses_at = waits_until(facts.effective.rules, one.now.slot, now)
    date.starts_at, date.ends_at = one.now.slot
    if one.old.whole != one.now.whole or not one.now.whole:
        date.whole, date.places = one.now.whole, one.now.places
    shrink(date, facts.effective.rules)


def _lift(booking: Booking, smaller: Sequence[Occurrence], now: datetime, *, actor_id: int) -> None:
    """Resolve those of these dates that nothing affects any more."""
    if not smaller:
        return
    db.session.flush()
    within = ChangeWindow(
        min(date.starts_at for date in smaller), max(date.ends_at for date in smaller)
    )
    affected = disrupted_dates([booking.facility_id], now, within=within)
    freed = [date.id for date in smaller if date.id not in affected]
    resolve(freed, now, Resolution.LIFTED, person_id=actor_id)


def _log_at_once(
    account: Account,
    booking: Booking,
    work: Sequence[_DateWork],
    deciders: Deciders,
    words: str,
    now: datetime,
) -> None:
    """Write what changed at once: one line for the dates of each state, of which one is told."""
    changed = sorted(
        (one for one in work if one.verdict.at_once), key=lambda one: one.date.state.value
    )
    for number, (state, group) in enumerate(
        (state, list(some)) for state, some in groupby(changed, key=lambda one: one.date.state)
    ):
        edits = dict.fromkeys(edit for one in group for edit in one.verdict.at_once)
        write_log(
            booking,
            [one.date for one in group],
            now,
            before=state,
            after=state,
            deciders=deciders,
            actor_id=account.person_id,
            side=Side.REQUESTER,
            reason=words if number == 0 else "",
            event=Event.CHANGED,
            changes=edits,
            is_announced=number == 0,
        )


def _ask(
    account: Account,
    booking: Booking,
    work: Sequence[_DateWork],
    facts: CheckContext,
    deciders: Deciders,
    words: str,
    now: datetime,
) -> None:
    """Save what needs a yes as dates in the place of those that stand."""
    asked = [one for one in work if one.verdict.to_answer]
    shared = booking.request.details
    new = [
        save_suggestion(
            booking,
            one.date,
            one.new.slot,
            whole=one.new.whole,
            places=len(facts.room.own) if one.new.whole else one.new.places,
            own_details=own_part(details_in(one.new), shared),
            now=now,
        )
        for one in asked
    ]
    whole = any(one.new.whole for one in asked)
    if facts.effective.rules.pending_holds and not hold_reveals_hidden(
        facts, account.viewer, whole=whole
    ):
        try:
            hold_what_is_new(new, [one.date for one in asked], facts.room, now)
        except Conflict:
            if sees_calendar(facts.facility, account.viewer):
                raise
    write_log(
        booking,
        new,
        now,
        before=None,
        after=State.REQUESTED,
        deciders=deciders,
        actor_id=account.person_id,
        side=Side.REQUESTER,
        reason=words,
        changes=dict.fromkeys(edit for one in asked for edit in one.verdict.to_answer),
    )
