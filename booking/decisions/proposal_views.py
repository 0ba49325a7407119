"""Proposing other dates to the requester, and withdrawing what was proposed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext

from booking.availability.requestable import RequestableFacility, get_requestable
from booking.db import clock
from booking.decisions.blueprint import blueprint
from booking.decisions.booking_panel import prefix_of
from booking.decisions.decision_views import booking_of, conflict_page
from booking.decisions.forms import ProposalForm, WithdrawProposalForm
from booking.decisions.propose_elsewhere import (
    FreeFacility,
    OfferedFacility,
    free_facilities,
    offered_facilities,
)
from booking.decisions.proposing import (
    MOST_OPEN_PROPOSALS,
    Proposal,
    propose,
    withdraw_proposals,
)
from booking.decisions.review import BookingForReview, DateForReview, RequestForReview
from booking.decisions.views import render_review, review_for
from booking.errors import Conflict, Invalid, NotFound, Refused
from booking.requests.alternatives_page import extent_fields, fields_of
from booking.requests.date_page import date_fields_page, form_of_date
from booking.requests.form_builder import (
    add_refusals,
    filled_form,
    posted_form,
    read_dates,
    with_dates_changed,
)
from booking.requests.forms import WHOLE, Pairs, RequestForm
from booking.requests.prefill import prefilled
from booking.requests.submission import extent_of
from booking.rules.alternatives import extent_there, slot_there
from booking.rules.deadlines import MOST_PROPOSAL_DAYS, usual_proposal_day
from booking.rules.opening import ONE_DAY
from booking.rules.terms import RequestedDate
from booking.search.prefill import request_args
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse
from booking.wording.dates import date_text
from booking.wording.formats import day
from booking.wording.refusals import conflict_text
from booking.wording.terms import differing_rules


@blueprint.get("/inbox/<string:reference>/propose")
@decider
def propose_dates(reference: str) -> ViewResponse:
    """Show the form for other dates in the place of one, filled in with that one.

    `facility` is another one of the cluster; `from` and `to`, or the days, are times there.
    """
    uid = request.args.get("date", "")
    review, booking, number = _opened(reference, request.args.get("part", 1, type=int), uid)
    chosen = _date_of(booking, uid)
    if not booking.replaceable:
        return _nothing_left(review, booking)
    date = chosen or booking.replaceable[0]
    where = _Where.of(review, booking, date)
    there = where.requestable(request.args.get("facility", booking.facility_slug))
    if there is None:
        raise NotFound("facility")
    proposal_form = _proposal_form(booking, where, there)
    if proposal_form.date.data is None and (chosen or len(booking.replaceable) == 1):
        proposal_form.date.data = date.uid
    proposal_form.until.data = usual_proposal_day(clock.now(), there.deadlines).isoformat()
    given = _times_given(there)
    form = where.form(there, given)
    return _page(review, booking, number, where, there, form, proposal_form)


@blueprint.post("/inbox/<string:reference>/propose")
@decider
def submit_proposal(reference: str) -> ViewResponse:
    """Take one step with the form: another facility, a date more or less, or propose."""
    review, booking, number = _opened(reference, request.form.get("part", 1, type=int))
    typed = list(request.form.items(multi=True))
    step = request.form.get("step", "propose")
    chosen = _date_of(booking, request.form.get("date", ""))
    if not booking.replaceable:
        return _nothing_left(review, booking, request.form.get("words", ""))
    where = _Where.of(review, booking, chosen or booking.replaceable[0])
    asked = where.requestable(request.form.get("facility", booking.facility_slug))
    there = asked or where.here
    proposal_form = _proposal_form(booking, where, there)
    page = partial(_page, review, booking, number, where, there)
    if step == "place" and asked is not None:
        is_filled = where.has_fields(there, typed)
        form = filled_form(there, typed) if is_filled else where.form(there)
        form.keep_dates_only()
        return page(form, proposal_form)
    changed = with_dates_changed(typed, step, there.most_dates)
    if changed is not None:
        form = filled_form(there, changed)
        form.keep_dates_only()
        return page(form, proposal_form, new_date=step == "add")
    form, how_many = posted_form(there, typed)
    form.keep_dates_only()
    form.drop_blank_dates()
    form.validate()
    proposal_form.validate()
    if chosen is None:
        proposal_form.date.errors = [gettext("Choose the date.")]
    if asked is None:
        _add_not_offered(proposal_form)
    slots = [slot for slot in read_dates(form, there, how_many) if slot is not None]
    until = proposal_form.until.read
    if form.errors or proposal_form.errors or chosen is None or until is None:
        return page(form, proposal_form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    whole, places = extent_of(there, form)
    words = proposal_form.words.data or ""
    elsewhere = there.facility_id if there is not where.here else None
    proposal = Proposal(
        booking.id, chosen.id, tuple(slots), whole, places, until, words, facility_id=elsewhere
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        propose(the_account(), proposal)
    except Refused as refused:
        add_refusals(form, refused.refusals, there)
    except Invalid as invalid:
        _add_invalid(form, proposal_form, invalid, there)
    except Conflict as conflict:
        if conflict.code != "taken":
            ids = frozenset({chosen.id})
            return conflict_page(review.reference, booking, ids, conflict.code, words)
        form.add_form_error(conflict_text(conflict.code))
        status = HTTPStatus.CONFLICT
    else:
        flash(
            ngettext(
                "Proposed. The date is held until the requester answers.",
                "Proposed. The dates are held until the requester answers.",
                len(slots),
            ),
            "success",
        )
        return redirect(url_for("decisions.show", reference=review.reference))
    return page(form, proposal_form, status=status)


@dataclass(frozen=True)
class _Where:
    """Where dates may be proposed in the place of one: at its own facility, or at others."""

    here: RequestableFacility
    date: DateForReview
    others: Sequence[OfferedFacility]
    reference: str
    people: int | None

    @classmethod
    def of(
        cls, review: RequestForReview, booking: BookingForReview, date: DateForReview
    ) -> "_Where":
        """Return where dates may be proposed; in the place of own use nowhere else."""
        here = _requestable(booking.facility_slug)
        others = (
            offered_facilities(the_account().viewer, review.reference, here.facility_id)
            if review.organisation_id is not None
            else []
        )
        return cls(here, date, others, review.reference, review.details.people)

    def free(self) -> Sequence[FreeFacility]:
        """Return the similar ones among the others, with when they are free near the date."""
        date = self.date
        requested = RequestedDate(date.slot, date.places, date.whole, self.people)
        return free_facilities(self.reference, self.here, (requested,), self.others, clock.now())

    def requestable(self, slug: str) -> RequestableFacility | None:
        """Return one of the facilities, None: it is not among them."""
        if slug == self.here.slug:
            return self.here
        known = slug in {one.slug for one in self.others}
        return _requestable(slug) if known else None

    def form(self, there: RequestableFacility, given: Pairs | None = None) -> RequestForm:
        """Return the form filled in with the date as it would be there, or with times given."""
        date = self.date
        if there is self.here and not given:
            return form_of_date(there, date.slot, whole=date.whole, places=date.places)
        asked = RequestedDate(date.slot, date.places, date.whole, None)
        extent = extent_there(asked, there.rules, had_choice=self.here.offers_choice)
        whole = extent.whole if extent is not None else there.only_whole
        slot = slot_there(self.here.rules, date.slot, there.rules) or date.slot
        times = given or fields_of(slot, there.rules)
        places = min(date.places, max(there.own_places, 1)) if not date.whole else 1
        form = filled_form(there, [*extent_fields(WHOLE if whole else str(places)), *times])
        form.keep_dates_only()
        return form

    def has_fields(self, there: RequestableFacility, typed: Pairs) -> bool:
        """Return whether dates were typed in fields that the form of a facility has too."""
        names = {name for name, _ in fields_of(self.date.slot, there.rules)}
        return bool(names & {name for name, value in typed if value})


def _times_given(there: RequestableFacility) -> Pairs:
    """Return the fields of the times in the query, none if there are none."""
    pairs = prefilled(request.args, there.rules)
    return [pair for pair in pairs if pair[0].startswith("dates-") and pair[1]]


@blueprint.post("/inbox/<string:reference>/withdraw-proposal")
@decider
def withdraw_proposal(reference: str) -> ViewResponse:
    """Withdraw proposals that the requester has not answered."""
    review, booking, number = _opened(reference, request.form.get("part", 1, type=int))
    form = WithdrawProposalForm(prefix=prefix_of(number, "withdraw"))
    if not form.validate():
        return render_review(review, (number, form)), HTTPStatus.UNPROCESSABLE_ENTITY
    ids = booking.ids_of(form.dates.data or ())
    try:
        withdraw_proposals(the_account(), booking.id, ids)
    except Conflict as conflict:
        return conflict_page(review.reference, booking, ids, conflict.code, "")
    flash(ngettext("Proposal withdrawn.", "Proposals withdrawn.", len(ids)), "success")
    return redirect(url_for("decisions.show", reference=review.reference))


def _opened(
    reference: str, number: int, uid: str = ""
) -> tuple[RequestForReview, BookingForReview, int]:
    """Return the request, and the booking that has the date with this uid, else of this number."""
    review = review_for(reference)
    for index, booking in enumerate(review.bookings, start=1):
        if any(date.uid == uid for date in booking.dates):
            return review, booking, index
    return review, booking_of(review, number), number


def _requestable(slug: str) -> RequestableFacility:
    found = get_requestable(slug, the_account().viewer, clock.now())
    return replace(found, most_dates=MOST_OPEN_PROPOSALS)


def _date_of(booking: BookingForReview, uid: str) -> DateForReview | None:
    """Return the date of this uid, "" none.

    Raises:
        NotFound: it is no date of this booking.
    """
    if not uid:
        return None
    found = next((one for one in booking.dates if one.uid == uid), None)
    if found is None:
        raise NotFound("date")
    return found


def _proposal_form(
    booking: BookingForReview, where: _Where, there: RequestableFacility
) -> ProposalForm:
    form = ProposalForm()
    here = gettext("%(facility)s (as requested)", facility=where.here.name)
    form.facility.choices = [
        (where.here.slug, here),
        *((one.slug, one.name) for one in where.others),
    ]
    if request.method != "POST" or not form.facility.data:
        form.facility.data = there.slug
    form.date.choices = [
        *([("", gettext("Choose …"))] if len(booking.replaceable) > 1 else []),
        *((one.uid, date_text(one.slot, booking.rules)) for one in booking.replaceable),
    ]
    return form


def _add_not_offered(proposal_form: ProposalForm) -> None:
    proposal_form.facility.errors = [gettext("Choose a facility from the list.")]


def _add_invalid(
    form: RequestForm,
    proposal_form: ProposalForm,
    invalid: Invalid,
    requestable: RequestableFacility,
) -> None:
    if invalid.field == "until":
        last = clock.now().astimezone(requestable.zone).date() + MOST_PROPOSAL_DAYS * ONE_DAY
        proposal_form.until.errors = [
            gettext("Choose a day from today until %(day)s, at most 14 days.", day=day(last))
        ]
    elif invalid.field == "facility":
        _add_not_offered(proposal_form)
    elif invalid.code == "same":
        text = gettext("This is the date itself. Change the time or the number of places.")
        form.add_error(form.date_forms()[0].first_field(), text)
    else:
        form.add_form_error(
            gettext(
                "At most %(number)s proposals can be open for one date. Propose fewer, or "
                "withdraw some first.",
                number=MOST_OPEN_PROPOSALS,
            )
        )


def _nothing_left(
    review: RequestForReview, booking: BookingForReview, words: str = ""
) -> ViewResponse:
    ids: Sequence[int] = [date.id for date in booking.dates]
    return conflict_page(review.reference, booking, frozenset(ids), "already_decided", words)


def _page(
    review: RequestForReview,
    booking: BookingForReview,
    number: int,
    where: _Where,
    there: RequestableFacility,
    form: RequestForm,
    proposal_form: ProposalForm,
    *,
    status: int = HTTPStatus.OK,
    new_date: bool = False,
) -> ViewResponse:
    today = clock.now().astimezone(there.zone).date()
    return date_fields_page(
        "decisions/propose.html",
        there,
        form,
        status=status,
        new_date=new_date,
        review=review,
        booking=booking,
        number=number,
        proposal_form=proposal_form,
        latest=(today + MOST_PROPOSAL_DAYS * ONE_DAY).isoformat(),
        others=where.others,
        is_elsewhere=there is not where.here,
        free=[
            (one, date_text(one.free.slots[0], one.free.rules), _address(review, where, one))
            for one in where.free()
        ],
        differs=differing_rules(where.here.rules, there.rules),
    )


def _address(review: RequestForReview, where: _Where, offered: FreeFacility) -> str:
    """Return the page of the form for a facility when it is free."""
    args: dict[str, Any] = request_args(offered.free.slots[0], offered.free.rules)
    return url_for(
        "decisions.propose_dates",
        reference=review.reference,
        date=where.date.uid,
        facility=offered.slug,
        **args,
    )
