"""Every list, search, suggestion, count, export and feed is the policy applied row by row.

Random federations are read by everybody in them. What a list has is compared with
`tests.plain_policy`, which looks at one row at a time. Each address of the application is either
such a list, in `LISTS`, or stands in `NO_LISTS` with what it is instead.
"""

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.models import SignIn
from booking.accounts.queries import account_of
from booking.accounts.tokens import hashed
from booking.calendars.rows import calendar_context, calendar_rows
from booking.decisions.organisation_lookup import look_up
from booking.decisions.queries import InboxView, inbox_counts, inbox_page, listed_requests
from booking.extensions import db
from booking.feeds.busy import busy_calendar, cluster_feed
from booking.history.queries import reader_of
from booking.privacy.copy import copy_of
from booking.requests.listing import Order, RequestPhase, list_requests
from booking.rules.audit_chain import content_of
from booking.rules.audit_reading import Reads, reads_entry
from booking.rules.date_windows import Length
from booking.rules.lifecycle import DRAWN, FIRM, IN_FEEDS, OPEN, REPLACEMENTS_IN_FEEDS, State
from booking.rules.opening import Unit
from booking.rules.slots import Slot, merge
from booking.rules.visibility import ANONYMOUS
from booking.search.criteria import SearchCriteria
from booking.search.filters import Filters
from booking.search.matcher import Fit
from booking.search.service import search
from tests.conftest import NOW
from tests.factories import sign_in
from tests.lanes import IS_LONG
from tests.plain_policy import (
    ZONE,
    Policy,
    Reader,
    is_around,
    is_upcoming,
    state_now,
)
from tests.random_federation import Federation

#: A day on which many dates of the federation are, and the present one.
DAYS = (date(2026, 11, 24), date(2027, 1, 13))


class Reading:
    """One reader of one federation, with a browser."""

    def __init__(self, app: Flask, policy: Policy, federation: Federation, reader: Reader) -> None:
        self.policy, self.federation, self.reader = policy, federation, reader
        self.viewer = reader.viewer
        self.client: FlaskClient = app.test_client()
        if reader.account is not None:
            token = sign_in(self.client, policy.people[reader.id])
            db.session.rollback()
            signed_in = db.session.get_one(SignIn, hashed(token))
            signed_in.organisation_id = reader.viewer.organisation_id
            db.session.commit()

    @property
    def decides(self) -> bool:
        """Whether they decide anywhere, and so have an inbox."""
        return bool(self.viewer.approves or self.viewer.coordinates)

    def get(self, address: str, begins: str = "", ends: str = "") -> str:
        """What an address answers, between these two texts."""
        answer = self.client.get(address)
        assert answer.status_code == 200, f"{address}: {answer.status}"
        text = unescape(answer.text)
        if begins:
            text = text.partition(begins)[2].partition(ends)[0]
        return text

    def pages(self, address: str, begins: str = "", ends: str = "") -> str:
        """All pages of a list, of which each leads to the next."""
        text, number = "", 1
        while number < 9:
            page = self.get(f"{address}{'&' if '?' in address else '?'}page={number}")
            text += page.partition(begins)[2].partition(ends)[0] if begins else page
            if f"page={number + 1}" not in page:
                break
            number += 1
        return text

    def requests_in(self, text: str) -> set[str]:
        """The references of the requests that a text names, by reference or title."""
        return {
            one.reference
            for one in self.policy.requests.values()
            if one.reference in text or one.title in text
        }

    def references(self, bookings: Iterable[Any]) -> set[str]:
        """The references of the requests of these bookings."""
        return {self.policy.requests[one.request_id].reference for one in bookings}

    def mine_with(self, is_meant: Callable[[Any], bool]) -> set[str]:
        """The requests with such a date in a booking on which the reader decides."""
        return self.references(
            one
            for one in self.policy.bookings_with(is_meant)
            if self.policy.decides(self.viewer, one)
        )

    def some(self, rows: Iterable[Any], number: int) -> list[Any]:
        """Some of these rows, the same each time."""
        return random.Random(self.reader.id).sample(sorted(rows, key=lambda row: row.id), number)

    def answers(self, enquiry: Any) -> bool:
        """Whether the reader answers an enquiry."""
        return self.policy.answers(self.viewer, enquiry)

    def is_asked(self, row: Any) -> bool:
        """Whether somebody asks the reader, as coordinator, for an account."""
        here = row.home_cluster_id in (None, *self.viewer.coordinates)
        return bool(self.viewer.coordinates) and here and row.organisation_id is None

    def log(self, address: str) -> str:
        """All pages of a log."""
        text = self.get(address)
        older = re.search(r'href="([^"]*before=\d+)"', text)
        while older:
            page = self.get(older[1])
            text += page
            older = re.search(r'href="([^"]*before=\d+)"[^>]*>\s*Older', page)
        return text

    def own(self) -> list[Any]:
        """The requests that the reader reads as requester."""
        found = self.policy.requests.values()
        return [one for one in found if self.policy.is_own(self.viewer, one)]


#: What a list has, and what the policy lets the reader know.
Compared = Iterator[tuple[str, object, object]]


# --- lists of requests ----------------------------------------------------------------------------


def own_requests(one: Reading) -> Compared:
    """The list of an organisation's requests, whole and by phase, with its counts."""
    if one.viewer.organisation_id is None:
        return
    own = one.own()
    dates = {
        request.id: [
            date
            for booking in one.policy.bookings.values()
            if booking.request_id == request.id
            for date in one.policy.dates_of[booking.id]
        ]
        for request in own
    }
    is_open = {key for key, some in dates.items() if any(state_now(d) in OPEN for d in some)}
    is_agreed = {key for key, some in dates.items() if any(map(is_upcoming, some))}
    phases = {
        "open": is_open,
        "confirmed": is_agreed,
        "ended": {request.id for request in own} - is_open - is_agreed,
    }
    text = one.pages("/requests")
    yield "/requests", one.requests_in(text), {request.reference for request in own}
    for phase, ids in phases.items():
        expected = {request.reference for request in own if request.id in ids}
        found = list_requests(one.viewer, NOW, phase=RequestPhase(phase), order=Order.NEXT)
        yield f"/requests?state={phase}", {row.reference for row in found.requests}, expected
    if own:
        numbers = re.findall(r"(?:Waiting|Confirmed|Ended) \((\d+)\)", text)
        yield "counts of /requests", numbers[:3], [str(len(ids)) for ids in phases.values()]
    page = one.get("/organisation")
    yield "/organisation", re.findall(r"(\d+) open request", page)[:1], [str(len(is_open))]
    names = {
        one.policy.people[row.person_id].name
        for row in one.policy.memberships
        if row.organisation_id == one.viewer.organisation_id and row.until is None
    }
    found = {person.name for person in one.policy.people.values() if person.name in page}
    yield "people of /organisation", found, names | {one.reader.account.name}


def inbox(one: Reading) -> Compared:
    """What waits for a decision, by view, and in the header how much."""
    if not one.decides:
        return
    policy = one.policy
    views: dict[InboxView, Callable[[Any], bool]] = {
        InboxView.WAITING: policy.waits,
        InboxView.LATE: lambda date: policy.waits(date) and policy.is_late(date),
        InboxView.PROPOSED: lambda date: state_now(date) is State.PROPOSED,
        InboxView.WAITING_LIST: lambda date: state_now(date) is State.WAITING,
        InboxView.TO_CHECK: policy.is_to_check,
        InboxView.AFFECTED: policy.is_affected,
        InboxView.UPCOMING: lambda date: is_upcoming(date) or state_now(date) is State.ACCEPTED,
    }
    expected = {view: one.mine_with(is_meant) for view, is_meant in views.items()}
    goes_on = one.mine_with(lambda date: is_upcoming(date) or state_now(date) in OPEN)
    expected[InboxView.EARLIER] = one.mine_with(lambda date: True) - goes_on
    for view in InboxView:
        lines = inbox_page(one.viewer, NOW, view).lines
        yield f"/inbox?show={view}", {line.reference for line in lines}, expected[view]
        named = set(listed_requests(one.viewer, NOW, view))
        yield f"what comes after in {view}", named, expected[view]
    counts = inbox_counts(one.viewer, NOW)
    for name in ("waiting", "late", "proposed", "affected", "waiting_list", "to_check"):
        view = InboxView(name.replace("_", "-"))
        yield f"count of {view}", getattr(counts, name), len(expected[view])
    text = one.pages("/inbox", 'class="with-list"', 'class="beside-list"')
    yield "/inbox", one.requests_in(text), expected[InboxView.WAITING]
    waiting = one.mine_with(policy.waits)
    picked = "&".join(f"pick={reference}" for reference in sorted(waiting))
    if picked:
        yield "/inbox/several", one.requests_in(one.get(f"/inbox/several?{picked}")), waiting
    others = {request.reference for request in policy.requests.values()} - one.mine_with(
        lambda date: True
    )
    statuses = {
        one.client.get(f"/inbox/several?pick={reference}").status_code
        for reference in sorted(others)[:2]
    }
    yield "/inbox/several of others", statuses - {404}, set()
    for reference in sorted(waiting)[:1]:
        compared = one.requests_in(one.get(f"/inbox/{reference}/competing"))
        yield f"/inbox/{reference}/competing", compared - one.mine_with(lambda date: True), set()


def header(one: Reading) -> Compared:
    """The counts in the header of every page."""
    if one.reader.account is None:
        return
    policy, text = one.policy, one.get("/account")
    to_do = one.mine_with(
        lambda date: policy.waits(date) or policy.is_affected(date) or policy.is_to_check(date)
    )
    asked = [row for row in policy.enquiries if not row.is_answered and one.answers(row)]
    counts = {
        "waiting for you": len(to_do) + len(asked) if one.decides else 0,
        "unread": sum(
            row.person_id == one.reader.id and row.read_at is None for row in policy.notices
        ),
        "waiting for an account": sum(
            row.answer is None
            and one.is_asked(row)
            and (row.joins_id is None or row.objected_at is not None)
            for row in policy.asking
        ),
    }
    for words, number in counts.items():
        pattern = rf"(\d+) (?:person is |people are )?{words}"
        yield f"header: {words}", {int(n) for n in re.findall(pattern, text)} or {0}, {number}


def coming(one: Reading) -> Compared:
    """Who comes on a day."""
    if not one.decides:
        return
    for day in DAYS:
        address = f"/inbox/today?on={day}"
        expected = one.mine_with(
            lambda date, day=day: date.state in (*FIRM, State.NO_SHOW) and day in days_of(date)
        )
        yield address, one.requests_in(one.get(address, "<main", "</main")), expected


def days_of(date: Any) -> set[date]:
    """The days of a date at its facility."""
    return {date.starts_at.astimezone(ZONE).date(), date.ends_at.astimezone(ZONE).date()}


# --- calendars and searches -----------------------------------------------------------------------


def calendars(one: Reading) -> Compared:
    """The calendar of all facilities, and that of each, with the dates that one knows of."""
    policy = one.policy
    for day in DAYS:
        known = [
            date
            for date in policy.dates
            if state_now(date) in DRAWN
            and day in days_of(date)
            and policy.sees(one.viewer, policy.bookings[date.booking_id])
        ]
        drawn_at = {
            date.id: {
                key
                for key, facility in policy.facilities.items()
                if policy.sees_calendar(one.viewer, facility)
                and (
                    key == date.facility_id
                    or (date.whole and date.facility_id in policy.chain(key))
                )
            }
            for date in known
        }
        expected = one.references(
            policy.bookings[date.booking_id] for date in known if drawn_at[date.id]
        )
        opens, closes = (datetime.combine(day, time(hour), ZONE) for hour in (0, 23))
        rows = calendar_rows(
            calendar_context(policy.facilities),
            list(policy.facilities),
            Slot(opens.astimezone(UTC), closes.astimezone(UTC)),
            one.viewer,
            NOW,
        )
        drawn = {
            date.reference
            for row in rows
            for date in (row.data.dates if row.data else ())
            if date.slot.starts_at < closes and date.slot.ends_at > opens
        }
        yield f"calendar of {day}", drawn, expected
    # Pages do not draw the calendar of a facility on which nobody decides.
    for key in policy.facilities:
        if not policy.deciders_here(key, None).all:
            drawn_at = {date_id: keys - {key} for date_id, keys in drawn_at.items()}
    here = [policy.bookings[date.booking_id] for date in known if drawn_at[date.id]]
    address = f"/calendar?view=day&open=all&on={day}"
    yield address, one.requests_in(one.get(address)), one.references(here)
    for facility in one.some(policy.facilities.values(), 1):
        here = [policy.bookings[d.booking_id] for d in known if facility.id in drawn_at[d.id]]
        address = f"/facilities/{facility.slug}?view=day&on={day}"
        yield address, one.requests_in(one.get(address)), one.references(here)


def busy_times(one: Reading) -> Compared:
    """When facilities are busy: the public feeds, and what pages of them read."""
    policy = one.policy
    midnight = datetime.combine(NOW.astimezone(ZONE).date(), time(), ZONE)
    seen = {}
    for facility in policy.facilities.values():
        if policy.sees_calendar(one.viewer, facility):
            taken = merge(
                Slot(row.starts_at, row.ends_at)
                for row in policy.taken
                if policy.places[row.place_id] == facility.id
                and (row.held_until is None or row.held_until > NOW)
            )
            seen[facility.id] = {
                (slot.starts_at, slot.ends_at) for slot in taken if slot.ends_at > midnight
            }
    for cluster in one.federation.clusters:
        feed = cluster_feed(cluster.slug, one.viewer)
        times = busy_calendar(feed, one.viewer, NOW).times
        found = {(row.facility, row.slot.starts_at, row.slot.ends_at) for row in times}
        expected = {
            (policy.facilities[key].name, *slot)
            for key, slots in seen.items()
            if policy.facilities[key].cluster_id == cluster.id
            for slot in slots
        }
        yield f"/clusters/{cluster.slug}.ics", found, expected
    for facility in one.some(policy.facilities.values(), 2):
        answer = one.client.get(f"/facilities/{facility.slug}.ics")
        status = 200 if facility.id in seen else 404
        yield f"/facilities/{facility.slug}.ics", answer.status_code, status
        day = DAYS[1]
        address = f"/facilities/{facility.slug}/times.json?first={day}&last={day}"
        answer = one.client.get(address)
        yield f"{address}, status", answer.status_code, status
        if facility.id not in seen:
            continue
        busy = json.loads(answer.text)["days"][0]["busy"]
        yield (
            address,
            {tuple(datetime.fromisoformat(end).astimezone(UTC) for end in slot) for slot in busy},
            {slot for slot in seen.get(facility.id, ()) if slot[0].date() == day},
        )


def searches(one: Reading) -> Compared:
    """What is free all day is what nobody has taken, of the calendars that one may see."""
    policy = one.policy
    for day in DAYS[1:]:
        criteria = SearchCriteria(day, day, Length(10, Unit.HOUR))
        found = search(Filters(), criteria, one.viewer, NOW).results
        opens, closes = (datetime.combine(day, time(hour), ZONE) for hour in (8, 18))
        fitting = {
            facility.name
            for facility in policy.facilities.values()
            if policy.sees_calendar(one.viewer, facility)
            and not policy.is_taken(facility.id, opens, closes)
            and policy.deciders_here(facility.id, None).all
        }
        fits = {row.facility.name for row in found if row.verdict.fit is Fit.FITS}
        yield f"search of {day}", fits, fitting


# --- feeds and copies -----------------------------------------------------------------------------


def feeds(one: Reading) -> Compared:
    """The secret calendars of a person, by the names of their dates."""
    policy = one.policy
    for kind, cluster_id, organisation_id, token in one.federation.feeds.get(one.reader.id, ()):
        viewer = account_of(one.reader.id, organisation_id=organisation_id).viewer

        def carries(
            date: Any, kind: str = kind, cluster_id: int | None = cluster_id, viewer: Any = viewer
        ) -> bool:
            booking = policy.bookings[date.booking_id]
            request = policy.requests[booking.request_id]
            if kind in ("own", "organisation"):
                looks_after = (request.contact_id or request.requester_id) == one.reader.id
                return policy.is_own(viewer, request) and (kind != "own" or looks_after)
            here = policy.facilities[date.facility_id].cluster_id == cluster_id
            return policy.decides(viewer, booking) and (kind == "deciding" or here)

        text = one.get(f"/feeds/{token}.ics").replace("\r\n ", "")
        expected = {
            date.feed_uid or date.uid for date in policy.dates if is_carried(date) and carries(date)
        }
        found = {uid for uid in (date.uid for date in policy.dates) if f"UID:{uid}@" in text}
        yield f"feed {kind}", found, expected
        yield (
            f"titles of feed {kind}",
            one.requests_in(text),
            one.references(
                policy.bookings[date.booking_id] for date in policy.dates if date.uid in expected
            ),
        )


def is_carried(date: Any) -> bool:
    """Whether feeds have a date, whoever's they are."""
    instead = date.replaces_id is not None or date.began_waiting
    return (
        is_around(date, timedelta(days=30), timedelta(days=400))
        and date.state in IN_FEEDS
        and (not instead or date.state in REPLACEMENTS_IN_FEEDS)
    )


def copies(one: Reading) -> Compared:
    """The copy of what is stored about somebody has what they wrote, as far as they may read it."""
    if one.reader.account is None:
        return
    policy = one.policy
    works_for = {
        row.organisation_id
        for row in policy.memberships
        if row.person_id == one.reader.id and row.until is None
    }
    text = repr(copy_of(one.reader.id))
    written = set()
    for row in policy.requests.values():
        named = policy.named_on(row)
        sent_it = row.requester_id == one.reader.id and not row.entered
        reads_it = named is None or one.reader.id in named
        if sent_it and reads_it and row.organisation_id in works_for:
            written.add(row.title)
    found = {row.title for row in policy.requests.values() if row.title in text}
    yield "copy of one's data", found, written


# --- updates, enquiries, logs and what owners manage ----------------------------------------------


def updates(one: Reading) -> Compared:
    """The updates of a person, as far as they still may know what these are about."""
    if one.reader.account is None:
        return
    policy = one.policy
    expected = {
        policy.requests[policy.bookings[row.booking_id].request_id].reference
        for row in policy.notices
        if row.person_id == one.reader.id
        and row.booking_id is not None
        and policy.knows_notice(one.reader, row)
    }
    yield "/account/updates", one.requests_in(one.pages("/account/updates")), expected


def enquiries(one: Reading) -> Compared:
    """What an organisation asked, and what somebody may answer."""
    if one.reader.account is None:
        return
    asked = {
        row.reference
        for row in one.policy.enquiries
        if row.organisation_id == one.viewer.organisation_id
    }
    answered = {row.reference for row in one.policy.enquiries if one.answers(row)}
    lists = {"/requests/questions": asked}
    if one.decides:
        lists["/inbox/questions"] = answered
    for address, expected in lists.items():
        text = one.get(address)
        found = {row.reference for row in one.policy.enquiries if row.reference in text}
        yield address, found, expected


def logs(one: Reading) -> Compared:
    """Pages and files of who changed what: their number of entries, and the reasons in them."""
    if one.reader.account is None:
        return
    policy, viewer = one.policy, one.viewer
    lists: list[tuple[str, Any, tuple[int, ...]]] = [
        ("/account/history", lambda row: row.person_id == one.reader.id, ())
    ]
    if viewer.organisation_id is not None:
        hidden = {
            row.reference
            for row in policy.requests.values()
            if row.organisation_id == viewer.organisation_id and not policy.is_own(viewer, row)
        }
        lists.append(
            (
                "/organisation/history",
                lambda row: (
                    row.organisation_id == viewer.organisation_id and row.reference not in hidden
                ),
                (),
            )
        )
    for facility in one.some(policy.facilities.values(), 4) if one.decides else ():
        if policy.runs(viewer, facility.id):
            address = f"/manage/facilities/{facility.slug}/history"
            here = facility.id
            lists.append((address, lambda row, here=here: row.facility_id == here, (here,)))
    for cluster in one.federation.clusters:
        if cluster.id in viewer.coordinates | viewer.audited_cluster_ids:
            for file in ("log", "log.csv"):
                address = f"/manage/clusters/{cluster.slug}/{file}"
                here = cluster.id
                lists.append((address, lambda row, here=here: row.cluster_id == here, ()))
    if viewer.is_admin:
        lists.append(("/admin/log", lambda row: True, ()))
    for address, is_here, facility_ids in lists:
        reader = reader_of(one.reader.account, *facility_ids)
        here = [row for row in policy.entries if is_here(row)]
        read = [row for row in here if reads_entry(reader, row) is not Reads.NOTHING]
        text = one.log(address)
        whole = [row for row in read if reads_entry(reader, row) is Reads.ALL]
        found = {row.position for row in policy.entries if why(row) in text}
        yield address, found, {row.position for row in whole if content_of(row.content).why}
        rows = text.count("\n") - 1 if address.endswith("csv") else text.count("<time ")
        yield f"number of {address}", rows, len(read)


def managed(one: Reading) -> Compared:
    """The facilities that somebody manages and may enter bookings for, and their closures."""
    if not one.decides:
        return  # somebody who only keeps facilities sees no bookings, see the tests of keepers
    policy = one.policy
    mine = {key for key in policy.facilities if policy.runs(one.viewer, key)}
    kept = {key for key in policy.facilities if policy.keeps(one.viewer, key)}
    for address, ids in (("/manage", mine | kept), ("/manage/bookings/new", mine)):
        names = {policy.facilities[key].name for key in ids}
        text = one.get(address, "<main", "</main")
        found = {row.name for row in policy.facilities.values() if row.name in text}
        yield address, found, names
    waiting: dict[str, set[int]] = {}
    for booking in policy.bookings_with(policy.waits):
        if policy.decides(one.viewer, booking):
            slug = policy.facilities[booking.facility_id].slug
            waiting.setdefault(slug, set()).add(booking.request_id)
    numbers = re.findall(r'facility=(\w+)">(\d+) request', one.get("/manage"))
    yield (
        "counts of /manage",
        {slug: int(number) for slug, number in numbers},
        {
            slug: len(some)
            for slug, some in waiting.items()
            if slug in {policy.facilities[key].slug for key in mine}
        },
    )
    text = one.get("/manage/closures")
    closed = {
        row.reason
        for row in policy.closures
        if any(
            policy.facilities[key].cluster_id == row.cluster_id
            and row.facility_id in (None, *policy.chain(key))
            for key in mine
        )
    }
    yield "/manage/closures", {r.reason for r in policy.closures if r.reason in text}, closed
    for key in sorted(mine)[:2]:
        cluster_id = policy.facilities[key].cluster_id
        known = {
            row.name
            for row in one.federation.organisations
            if row.home_cluster_id == cluster_id
            or any(
                policy.requests[booking.request_id].organisation_id == row.id
                and policy.facilities[booking.facility_id].cluster_id == cluster_id
                and policy.decides(one.viewer, booking)
                for booking in policy.bookings.values()
            )
        }
        suggested = look_up("organisation", key, one.viewer, NOW).names
        yield "enter a booking for", set(suggested), known


def asking_for_accounts(one: Reading) -> Compared:
    """Who asks for an account, for coordinators."""
    if not one.viewer.coordinates:
        return
    text = one.get("/manage/people")
    found = {row.name for row in one.policy.asking if row.name in text}
    yield "/manage/people", found, {row.name for row in one.policy.asking if one.is_asked(row)}


def why(entry: Any) -> str:
    """The reason in an entry of the log, one word; a word that stands nowhere if it has none."""
    return content_of(entry.content).why or "never written"


#: What each list is compared by. Some checks look at several addresses, which belong together.
LISTS: dict[str, Callable[[Reading], Compared]] = {
    "requests.index": own_requests,
    "organisation.index": own_requests,
    "decisions.inbox": inbox,
    "decisions.several": inbox,
    "decisions.competing": inbox,
    "decisions.today": coming,
    "accounts.account": header,
    "calendars.index": calendars,
    "browse.facility": calendars,
    "browse.free_busy": busy_times,
    "feeds.facility": busy_times,
    "feeds.cluster": busy_times,
    "browse.start": searches,
    "browse.facilities": searches,
    "feeds.secret": feeds,
    "privacy.data": copies,
    "notices.updates": updates,
    "enquiries.sent": enquiries,
    "enquiries.received": enquiries,
    "history.person": logs,
    "history.organisation": logs,
    "history.facility": logs,
    "history.cluster": logs,
    "history.cluster_file": logs,
    "history.everything": logs,
    "manage.index": managed,
    "manage.closures": managed,
    "decisions.enter": managed,
    "accounts.account_requests": asking_for_accounts,
}


#: What the other addresses are.
NO_LISTS = {
    "the same for everybody": """
        bootstrap_css browse.about browse.accessibility browse.clusters browse.cluster
        browse.help_guide browse.help_image browse.help_index browse.security_txt
        catalogue.as_json catalogue.as_table catalogue.cluster_json catalogue.cluster_table
        catalogue.robots catalogue.sitemap catalogue.sources catalogue.vocabulary catalogue.concept
        catalogue.vocabulary_as_json feeds.follow_cluster health.alive health.ready privacy.index
        privacy.of_cluster privacy.records synergies.capabilities synergies.capability synergies.two
        expertise.index
    """,
    "one thing, of which `tests/test_access.py` says who may open it": """
        expertise.change expertise.conversation
        admin.organisation admin.person alerts.request_it break_glass.show decisions.attendance
        decisions.propose_dates decisions.show enquiries.received_one enquiries.sent_one
        feeds.follow_facility feeds.request manage.announcement manage.arrival manage.automatic
        files.picture files.document files.draft_document manage.file manage.files manage.reports
        manage.closure manage.condition manage.conditions manage.facts manage.facts_history
        manage.preview_facts manage.add_facility manage.new_facts manage.preview_new manage.hours
        manage.completeness manage.people manage.quotas
        manage.reply manage.replies manage.set_aside manage.show manage.special_days manage.status
        manage.terms manage.week accounts.account_request requests.other_times requests.readers
        requests.show
    """,
    "a form": """
        expertise.ask_cluster expertise.keep plans.new plans.change plans.follow_facility
        second_factors.add_passkey accounts.ask second_factors.confirm_identity accounts.email
        accounts.name accounts.forgotten_password accounts.password second_factors.second_step
        second_factors.set_up_app accounts.sign_in admin.make_manager admin.merge
        admin.person_step break_glass.choose corrections.report enquiries.new manage.change_closure
        manage.new_closure manage.cluster_facts catalogue.import_
        manage.remove_own_hours notices.choose_delivery privacy.erase privacy.erase_other
        organisation.billing requests.cancel requests.change requests.new requests.suggest_date
        requests.tell_me requests.withdraw saved.new manage.propose
    """,
    "what the public catalogue names, the same for everybody": """
        browse.facility_map browse.suggest
    """,
    "facilities of which `tests/web/test_browse_compare.py` says who sees what": "browse.compare",
    "the answer to a form, or a secret link": """
        accounts.asked accounts.confirm_email accounts.invitation accounts.reset_password
        accounts.reset_requested accounts.welcome single_sign_on.answer single_sign_on.begin
        single_sign_on.not_linked
    """,
    "rows that belong to the reader alone": """
        absences.index second_factors.two_step alerts.index feeds.index saved.index
        saved.open_search manage.proposal manage.proposals single_sign_on.index
        expertise.own
    """,
    "of administrators: people, organisations and settings, nothing of bookings": """
        admin.concept admin.concepts admin.vocabulary_concept admin.sign_in_providers
        admin.clusters admin.coordinators admin.mail admin.not_on_map admin.organisations
        admin.overview admin.people admin.settings
    """,
    "plans, of which `tests/services/test_plans.py` says who sees what": "plans.index plans.show",
    "questions, of which `tests/services/test_expertise.py` says who reads which": (
        "expertise.questions"
    ),
    "numbers without names, of which `tests/services/test_synergies.py` says who is told which": """
        synergies.subjects synergies.unmet
    """,
    "roles, of which `tests/web/test_manage_roles.py` says who sees them": "manage.roles",
    "who lacks a second factor, of which `tests/web/test_second_factor_duty.py` says who sees it": (
        "manage.second_factor"
    ),
}


def readers_of(policy: Policy) -> Iterator[Reader]:
    """Everybody who can sign in, once for each organisation for which they work, and nobody."""
    yield Reader(None, ANONYMOUS)
    for person in policy.people.values():
        works_for = [
            row.organisation_id
            for row in policy.memberships
            if row.person_id == person.id and row.until is None
        ]
        for organisation_id in works_for or [None]:
            account = account_of(person.id, organisation_id=organisation_id)
            if account is not None:
                yield Reader(account, account.viewer)


#: Engine and seed of each federation; the long lane makes new ones.
SEEDS = [("sqlite", 1), ("sqlite", 2), ("postgresql", 3)]
#: One of so many readers reads in the ordinary lane, others with each seed.
EACH = 1 if IS_LONG else 6


@pytest.mark.parametrize(("engine_name", "seed"), SEEDS)
def test_every_list_count_and_feed_is_the_policy_applied_row_by_row(
    app: Flask, app_context: None, warm: None, seed: int
) -> None:
    if IS_LONG:
        seed = random.SystemRandom().randrange(2**32)
    federation = Federation(seed)
    policy = Policy()
    readers = list(readers_of(policy))[seed % EACH :: EACH]
    wrong = []
    for reader in readers:
        reading = Reading(app, policy, federation, reader)
        name = policy.people[reader.id].name if reader.id else "nobody"
        for check in dict.fromkeys(LISTS.values()):
            wrong += [
                f"seed {seed}, {name}, {what}: {found}, not {expected}"
                for what, found, expected in check(reading)
                if found != expected
            ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_every_address_is_a_list_that_is_compared_or_says_what_else_it_is(app: Flask) -> None:
    known = LISTS.keys() | {name for names in NO_LISTS.values() for name in names.split()}
    addresses = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods and not rule.endpoint.endswith("static")
    }
    assert addresses - known == set(), "compare each with the policy in LISTS, or say what it is"
    assert known - addresses == set(), "there are no such addresses any more"
