"""Pages that show requests: the list of one's organisation, and one with what happened to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask_babel import gettext

from booking.accounts.views import switch_page
from booking.conditions.presenter import conditions_ahead, panels_of
from booking.db import clock
from booking.messages.forms import MessageForm
from booking.messages.presenter import Thread, message_form
from booking.messages.queries import ThreadMessage, threads_of
from booking.requests.blueprint import blueprint
from booking.requests.disruption_text import instead_of_lost, marks_of
from booking.requests.forms import DeclineProposalsForm
from booking.requests.headlines import badge, log_text, title_text, waiting_text
from booking.requests.listing import PAGE_SIZE, Order, RequestPhase, list_requests
from booking.requests.queries import (
    BookingLine,
    RequestPage,
    arrival_texts,
    booking_documents,
    get_request,
    organisation_of,
)
from booking.requests.steps import booking_steps
from booking.rules.lifecycle import ENDED, Side, State
from booking.rules.opening import local_day
from booking.search.prefill import request_args
from booking.web.access import current_account, signed_in, the_account
from booking.web.fields import BaseForm
from booking.web.responses import ViewResponse
from booking.wording.formats import offset, short_day, zone_name
from booking.wording.pictures import picture_of
from booking.wording.terms import differing_rules
from booking.wording.zones import known_zone

MOST_PAGES = 100_000
Choice = TypeVar("Choice", RequestPhase, Order)


@blueprint.before_request
def offer_to_switch() -> ViewResponse | None:
    """Offer to switch where a link leads to a request of another of one's organisations."""
    reference, account = (request.view_args or {}).get("reference"), current_account()
    if request.method != "GET" or reference is None or account is None:
        return None
    if len(account.organisations) < 2:
        return None
    return switch_page(organisation_of(reference, account.person_id))


@blueprint.get("/requests")
@signed_in
def index() -> str:
    """Show the requests of one's organisation, colleagues' too."""
    account = the_account()
    phase = _chosen(RequestPhase, request.args.get("state"))
    order = _chosen(Order, request.args.get("order")) or Order.NEWEST
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    now = clock.now()
    found = list_requests(
        account.viewer, now, phase=phase, order=order, offset=(number - 1) * PAGE_SIZE
    )

    def address(page: int = 1, **changes: str | None) -> str:
        wanted: dict[str, Any] = {
            "state": phase,
            "order": None if order is Order.NEWEST else order,
            **changes,
        }
        return url_for("requests.index", **wanted, page=page if page > 1 else None)

    return render_template(
        "requests/index.html",
        account=account,
        found=found,
        phase=phase,
        order=order,
        number=number,
        address=address,
        last_number=max(1, -(-found.total // PAGE_SIZE)),
        first_shown=(number - 1) * PAGE_SIZE + 1,
        badge=badge,
        waiting_text=waiting_text,
        now=now,
    )


def _chosen(kind: type[Choice], text: str | None) -> Choice | None:
    return next((one for one in kind if one.value == text), None)


@blueprint.get("/requests/<string:reference>")
@signed_in
def show(reference: str) -> str:
    """Show one request of one's organisation, with what happened to it."""
    page = get_request(the_account().viewer, reference, clock.now())
    return render_request(page)


@blueprint.get("/requests/<string:reference>/other-times")
@signed_in
def other_times(reference: str) -> ViewResponse:
    """Lead to the form for a date that did not come about, filled in, with other possible times.

    `booking` is its number in the request, `date` its uid; without them the first such date.
    """
    page = get_request(the_account().viewer, reference, clock.now())
    number, uid = request.args.get("booking", type=int), request.args.get("date")
    ended = [
        (booking, date)
        for index, booking in enumerate(page.bookings, start=1)
        if number in (None, index)
        for date in booking.listed
        if uid == date.uid or (uid is None and date.state in ENDED)
    ]
    if not ended:
        return redirect(url_for("requests.show", reference=page.reference))
    booking, date = ended[0]
    args: dict[str, Any] = dict(request_args(date.slot, booking.rules))
    return redirect(
        url_for("requests.new", facility=booking.facility_slug, again=reference, other=1, **args)
    )


def render_request(
    page: RequestPage,
    *,
    conflict: str | None = None,
    posted: tuple[int, BaseForm] | None = None,
    written: str = "",
    refused: Sequence[str] = (),
    declining: DeclineProposalsForm | None = None,
) -> str:
    """Return the page of a request; `conflict` or `refused` say why nothing was changed.

    `posted` is the number of a booking, from 1, and its message that was not sent, or its step
    with a condition that was not taken. `written` is what the person wrote with what was not done,
    `declining` their form with errors.
    """
    account = the_account()
    owners = {booking.cluster_name for booking in page.bookings}
    owner = owners.pop() if len(owners) == 1 else gettext("the owners")
    marks = marks_of(page)
    threads = _threads(page, posted)
    headline = _title_of_waiting(page) or _title_of_elsewhere(page)
    headline = headline or title_text(page.headline, owner, marks.causes)
    return render_template(
        "requests/show.html",
        page=page,
        account=account,
        conflict=conflict,
        form=posted[1] if posted else None,
        threads=threads,
        written=written,
        refused_for=refused,
        declining=declining or DeclineProposalsForm(formdata=None),
        conditions_ahead=conditions_ahead(
            {one.id: one.facility_id for one in page.bookings if one.proposals}
        ),
        conditions=panels_of(
            Side.REQUESTER,
            [(one.id, bool(one.accepted)) for one in page.bookings],
            posted,
            ended=frozenset(one.id for one in page.bookings if not (one.accepted or one.to_cancel)),
        ),
        owner=owner,
        headline=headline if marks.causes else _question_title(page, threads) or headline,
        steps={
            one.id: booking_steps(
                one,
                page.sent_at,
                clock.now(),
                entered=page.entered,
                asked=_open_question(one, threads[one.id]) is not None,
            )
            for one in page.bookings
        },
        refused={
            one.id: one.refusals if not (one.to_withdraw or one.to_cancel or one.proposals) else []
            for one in page.bookings
        },
        pictures={
            one.id: picture_of(one.kind, one.areas, one.capabilities) for one in page.bookings
        },
        badge=badge,
        log_text=log_text,
        arrivals=arrival_texts(page),
        documents=booking_documents(page),
        marks=marks,
        instead={
            one.id: instead_of_lost(one, page.details.people, account.viewer, clock.now())
            for one in page.bookings
        },
        different=differing_rules,
        times_note=times_note,
        viewer_zone=known_zone(),
        now=clock.now(),
    )


def _threads(page: RequestPage, posted: tuple[int, BaseForm] | None) -> dict[int, Thread]:
    """Return the messages of each booking by its id; nobody answers where the owner entered it."""
    now, reader_id = clock.now(), the_account().person_id
    messages = threads_of([booking.id for booking in page.bookings])
    found = {}
    for number, booking in enumerate(page.bookings, start=1):
        own = messages.get(booking.id, ())
        found[booking.id] = Thread(
            number=number,
            side=Side.REQUESTER,
            messages=own,
            names=[_author(one, booking.cluster_name, reader_id) for one in own],
            form=(
                posted[1]
                if posted and posted[0] == number and isinstance(posted[1], MessageForm)
                else message_form(Side.REQUESTER, number)
            ),
            now=now,
            stops_clock=bool(booking.undecided),
        )
    return found


def _open_question(booking: BookingLine, thread: Thread) -> ThreadMessage | None:
    """Return the question of the owner to answer: of what has ended nobody needs an answer."""
    alive = booking.to_withdraw or booking.to_cancel
    return thread.question_to_answer if alive else None


def _title_of_waiting(page: RequestPage) -> str | None:
    """Return what became of all that waited for free time; None: it waits, or nothing did."""
    if all(booking.waited_in_vain for booking in page.bookings):
        return gettext("The time did not become free")
    proposals = [one for booking in page.bookings for one in booking.proposals]
    from_list = bool(proposals) and all(one.from_waiting_list for one in proposals)
    if from_list and page.headline.state is State.PROPOSED:
        return gettext("Free now and held for you. Awaiting your answer")
    return None


def _title_of_elsewhere(page: RequestPage) -> str | None:
    """Return that another facility is proposed; None: something else is, or nothing."""
    proposing = [(booking, one) for booking in page.bookings for one in booking.proposals]
    if page.headline.state is not State.PROPOSED or not all(one.elsewhere for _, one in proposing):
        return None
    return gettext(
        "%(cluster)s proposed another facility. Awaiting your answer",
        cluster=proposing[0][0].cluster_name,
    )


def _question_title(page: RequestPage, threads: Mapping[int, Thread]) -> str | None:
    """Return that the owner needs an answer, and by when; None: no question is open."""
    for booking in page.bookings:
        question = _open_question(booking, threads[booking.id])
        if question is not None and question.answer_needed_by is not None:
            return gettext(
                "%(cluster)s needs your answer by %(day)s",
                cluster=booking.cluster_name,
                day=short_day(local_day(question.answer_needed_by, booking.zone)),
            )
    return None


def _author(message: ThreadMessage, cluster: str, reader_id: int) -> str:
    if message.side is Side.OWNER:
        return cluster
    return gettext("You") if message.author_id == reader_id else message.author


def times_note(zone: ZoneInfo, at: datetime, *more: datetime) -> str:
    """Return the time zone of dates, and its offset next to the reader's.

    Dates on both sides of a clock change get no offset.
    """
    own = known_zone()
    if own is None:
        return zone_name(zone)
    both = {(m.astimezone(own).utcoffset(), m.astimezone(zone).utcoffset()) for m in (at, *more)}
    if all(yours == theirs for yours, theirs in both):
        return zone_name(zone)
    if len(both) > 1:
        return gettext(
            "%(zone)s; yours is %(own_zone)s", zone=zone_name(zone), own_zone=zone_name(own)
        )
    return gettext(
        "%(zone)s (%(offset)s); yours is %(own_zone)s (%(own_offset)s)",
        zone=zone_name(zone),
        offset=offset(zone, at),
        own_zone=zone_name(own),
        own_offset=offset(own, at),
    )


def conflict_page(page: RequestPage, text: str, *, written: str = "") -> tuple[str, int]:
    """Return the page of the request as it is now, saying why nothing was changed."""
    return render_request(page, conflict=text, written=written), HTTPStatus.CONFLICT


def refused_page(
    page: RequestPage, texts: Sequence[str], *, declining: DeclineProposalsForm | None = None
) -> tuple[str, int]:
    """Return the page of the request, with what stands against what was to be done."""
    text = render_request(page, refused=texts, declining=declining)
    return text, HTTPStatus.UNPROCESSABLE_ENTITY
