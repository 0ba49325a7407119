"""The page of one facility: what it is, its rules, its request box, its calendar."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import render_template, request
from flask_babel import get_locale, gettext
from markupsafe import Markup

from booking.bookings.answer_times import usual_answer_days
from booking.browse.blueprint import blueprint
from booking.browse.facility_map import small_map
from booking.browse.facility_queries import (
    PageSubject,
    ShownFacility,
    page_subject,
    shown_facility,
)
from booking.browse.presenter import FacilityFacts, Fact, demo_facts, facility_facts
from booking.browse.structured_data import facility_data, short_description
from booking.calendars.facility.page import facility_calendar
from booking.calendars.kept_until import kept_until
from booking.calendars.rows import context_of
from booking.db import clock
from booking.facilities.calendar_cache import (
    ID_BYTES,
    Drawn,
    calendar_versions,
    drawn_once,
    text_bytes,
)
from booking.facilities.closures import announced_closures
from booking.facilities.deciders import decides_on
from booking.facilities.described import DescribedFacility
from booking.facilities.facts import text_in, texts_in_others
from booking.facilities.keepers import keeps
from booking.files.queries import documents_of, pictures_of
from booking.requests.quota_lines import quota_lines
from booking.rules.addresses import web_address
from booking.rules.opening import local_day
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode, status_allows
from booking.rules.uploads import Audience
from booking.rules.visibility import Viewer, reading_rights
from booking.search.cards import free_text, request_url
from booking.search.prefill import HALVES, request_args
from booking.search.similar import shared_by, similar_to
from booking.web.access import current_viewer, public
from booking.wording import formats
from booking.wording.closures import closed_line
from booking.wording.concepts import concept_words
from booking.wording.facts import COST_WORDS
from booking.wording.facts import language_name as fact_language_name
from booking.wording.hours import open_lines
from booking.wording.reader import reader_key
from booking.wording.refusals import refusal_text
from booking.wording.sources import source
from booking.wording.terms import rule_lines
from booking.wording.words import focus_area_word
from booking.wording.zones import known_zone, same_offset, shown_zone

_WALL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")


@dataclass(frozen=True)
class RequestBox:
    """The box on the page that begins a request.

    `values` fill its fields, by name. `first_free` are links (text and address). `slot` is the
    filled date in words, `yours` the same in the reader's own time where that differs.
    """

    values: dict[str, str]
    first_free: Sequence[tuple[str, str]]
    slot: str | None
    yours: str | None


@dataclass(frozen=True)
class DrawnPage:
    """The page of one facility as one reader gets it: its name, and all below the header.

    `head` is what search engines read in the head of the page.
    """

    name: str
    head: Markup
    content: Markup


@blueprint.get("/facilities/<string:slug>")
@public
def facility(slug: str) -> str:
    """Show one facility; a request for it begins here."""
    page = facility_page(slug, current_viewer(), clock.now())
    return render_template(
        "browse/facility.html", name=page.name, head=page.head, content=page.content
    )


def facility_page(slug: str, viewer: Viewer, now: datetime) -> DrawnPage:
    """Return the page of this facility as the viewer gets it.

    Raises:
        NotFound: there is none of this slug.
    """
    subject = page_subject(slug, now)
    facility_id = subject.facility.id
    calendar_versions([facility_id, *subject.candidates])  # all at once
    similar = _similar(subject, viewer, now)
    return drawn_once(
        ("facility page", slug, similar, *reader_key(viewer)),
        [facility_id],
        now,
        lambda: _drawn(subject.facility, similar, viewer, now),
    )


def _similar(subject: PageSubject, viewer: Viewer, now: datetime) -> Sequence[int]:
    """Return the ids of similar facilities; they change with the closures of others."""

    def find() -> Drawn[Sequence[int]]:
        found = similar_to(subject.facility.id, viewer, now)
        return Drawn(found.facility_ids, found.until, size=ID_BYTES * len(found.facility_ids))

    key = ("similar shown", subject.facility.id, reading_rights(viewer))
    return drawn_once(key, subject.candidates, now, find)


def _drawn(
    facility: DescribedFacility, similar: Sequence[int], viewer: Viewer, now: datetime
) -> Drawn[DrawnPage]:
    shown = shown_facility(facility, similar, viewer, now)
    facts = _facts(shown, now)
    decides = bool(viewer.approves or viewer.coordinates) and decides_on(viewer, shown.facility.id)
    context = context_of([shown.facility, *shown.tree.above], shown.effective)
    calendar = facility_calendar(context, shown.facility.id, request.args, viewer, now)
    content = render_template(
        "browse/_facility_content.html",
        shown=shown,
        facts=facts,
        pictures=pictures_of(shown.facility.id),
        documents=documents_of(shown.facility.id, _audiences(viewer)),
        website=web_address(shown.facility.cluster.website),
        demo_facts=demo_facts(facts),
        description=text_in(shown.facility, "description", str(get_locale())),
        access_conditions=text_in(shown.facility, "access_conditions", str(get_locale())),
        other_texts=[
            (code, fact_language_name(code), texts)
            for code, texts in texts_in_others(shown.facility, str(get_locale())).items()
        ],
        costs=_costs(shown.facility),
        contact_languages=[fact_language_name(one) for one in shown.facility.contact_languages],
        facility=shown.facility,
        rules=shown.rules,
        zone=shown.rules.zone,
        rule_lines=[
            *rule_lines(shown.rules, shown.effective.demo_names, only_further=True),
            *quota_lines(shown.facility.id, has_parts=bool(shown.tree.below)),
        ],
        hours_are_demo=shown.effective.is_demo("spans"),
        open_lines=open_lines(shown.rules.hours, local_day(now, shown.rules.zone)),
        closed_lines=_closed_lines(shown, now) if shown.sees_calendar else [],
        sources=[
            found
            for text in (shown.facility.source, *shown.facility.more_sources)
            if (found := source(text))
        ],
        box=_box(shown),
        calendar=calendar,
        small=small_map(shown.facility),
        decides=decides,
        may_manage=decides or keeps(viewer, shown.facility.id),
        shared_words=lambda other_id: concept_words(shared_by(shown.facility.id, other_id)),
        closed_notice=_closed_notice(shown),
        requests_as=_requests_as(viewer, decides=decides),
        is_closed=not status_allows(shown.rules.status),
        never=refusal_text(shown.never, shown.rules.zone) if shown.never else None,
        status_note=_status_note(shown),
        due_day=local_day(shown.due_at, shown.rules.zone),
    )
    until = kept_until(
        [shown.facility.id],
        {shown.rules.zone, shown_zone()},
        viewer,
        now,
        shows_present=calendar["shows_present"],
    )
    # Our own templates escaped what is in them.
    page = DrawnPage(shown.facility.name, Markup(_head(shown)), Markup(content))  # noqa: S704
    return Drawn(page, until, size=text_bytes(page.head) + text_bytes(page.content))


def _costs(facility: DescribedFacility) -> list[tuple[str, str | None]]:
    """Return what asking and using cost, as sentences, each with the address of a price list."""
    free_request = facility.asking_cost is None
    asking = gettext("free of charge") if free_request else COST_WORDS[facility.asking_cost or ""]
    use = COST_WORDS[facility.use_cost] if facility.use_cost else gettext("not stated")
    return [
        (gettext("Requests: %(cost)s", cost=asking), web_address(facility.asking_prices_url)),
        (gettext("Use: %(cost)s", cost=use), web_address(facility.use_prices_url)),
    ]


def _audiences(viewer: Viewer) -> Sequence[Audience]:
    """Return for whom a document may be that this page names; visitors find more on a booking."""
    return (Audience.PUBLIC, Audience.SIGNED_IN) if viewer.signed_in else (Audience.PUBLIC,)


def _head(shown: ShownFacility) -> str:
    limit = None if shown.effective.is_demo("people_limit") else shown.rules.people_limit
    return render_template(
        "browse/_facility_head.html",
        facility=shown.facility,
        description=short_description(shown.facility.description),
        data=facility_data(shown.facility, shown.tree.above, limit),
    )


#: The facts of owners that stand at a glance.
_STATED = (
    "setting",
    "size",
    "access_mode",
    "who_may_use",
    "permits",
    "asking_cost",
    "use_cost",
)


def _facts(shown: ShownFacility, now: datetime) -> list[Fact]:
    cluster, rules = shown.facility.cluster, shown.rules
    return facility_facts(
        FacilityFacts(
            name=shown.facility.name,
            kind=shown.facility.kind,
            capabilities=shown.facility.capabilities,
            areas=[focus_area_word(area) for area in shown.facility.areas],
            cluster=cluster.short_name,
            answer_days=cluster.answer_days,
            own_places=shown.own_places,
            rules=rules,
            demo=shown.effective.demo_names,
            today=local_day(now, rules.zone),
            earliest=None if shown.never else shown.first_day,
            usual_answer_days=usual_answer_days(shown.facility.id, now),
            **{name: getattr(shown.facility, name) for name in _STATED},
        )
    )


def _requests_as(viewer: Viewer, *, decides: bool) -> str:
    """Return what the box begins: a "request", an "entry" of the owner's, or nothing ("none").

    Who belongs to no organisation cannot request; those who decide here enter bookings instead.
    """
    if viewer.person_id is None or viewer.organisation_id is not None:
        return "request"
    return "entry" if decides else "none"


@dataclass(frozen=True)
class ClosedNotice:
    """The banner of a facility at which nothing can be requested: its heading, and lines below."""

    title: str
    lines: Sequence[str]


def _closed_notice(shown: ShownFacility) -> ClosedNotice | None:
    closed = shown.closed_until_further_notice
    if closed is None:
        return None
    lines = [closed.reason] if closed.reason else []
    if closed.next_word_on is not None:
        lines.append(gettext("Next update by %(day)s.", day=formats.day(closed.next_word_on)))
    return ClosedNotice(gettext("Closed until further notice"), lines)


def _closed_lines(shown: ShownFacility, now: datetime) -> list[str]:
    """Return when it is closed now and later, and why where that is public."""
    return [
        closed_line(one.starts_at, one.ends_at, one.next_word_on, one.reason, shown.rules.zone)
        for one in announced_closures(shown.facility.id, now)
    ]


def _box(shown: ShownFacility) -> RequestBox:
    rules = shown.rules
    first = shown.first_free[0] if shown.first_free else None
    values = dict(request_args(first, rules)) if first else {}
    given = {name: request.args[name] for name in request.args if _is_usable(name)}
    if given.keys() & {"from", "to", "first_day", "last_day"}:
        values, first = {}, None
    values |= given
    values.setdefault("people", "")
    return RequestBox(
        values=values,
        first_free=[
            (free_text(slot, rules), request_url(shown.facility.slug, slot, rules))
            for slot in shown.first_free
        ],
        slot=formats.zoned_slot(first, rules.zone) if first else None,
        yours=_in_readers_time(first, rules.zone) if first else None,
    )


def _is_usable(name: str) -> bool:
    """Return whether an argument of the address is a valid value of the field of its name."""
    value = request.args[name]
    if name in ("from", "to"):
        return _WALL.fullmatch(value) is not None
    if name in ("first_day", "last_day"):
        try:
            return date.fromisoformat(value).isoformat() == value
        except ValueError:
            return False
    if name in ("first_half", "last_half"):
        return value in HALVES
    return name in ("people", "places") and value.isascii() and value.isdigit() and len(value) < 6


def _in_readers_time(slot: Slot, zone: ZoneInfo) -> str | None:
    """Return the slot in the reader's time; None: it is the same, or not known."""
    own = known_zone()
    if own is None or same_offset(own, zone, slot.starts_at):
        return None
    return formats.zoned_slot(slot, own)


def _status_note(shown: ShownFacility) -> str | None:
    """Return a note where the page shows no free times, else None."""
    if shown.rules.mode is BookingMode.BY_AGREEMENT:
        return gettext("Hours by agreement: no free times are shown. Propose your dates.")
    if not shown.sees_calendar:
        return gettext("Free times are not shown. Request dates.")
    return None
