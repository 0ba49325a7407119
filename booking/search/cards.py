"""The card of one facility in the results: its first free times, or what is shown instead."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from booking.facilities.calendar_cache import text_bytes, written_once
from booking.facilities.listed import ListedFacility
from booking.facilities.terms_cache import rules_revision
from booking.rules.alternatives import Alternative, Change
from booking.rules.date_days import days_of_date
from booking.rules.offers import Offer
from booking.rules.opening import Unit, local_day
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode, BookingTerms
from booking.search.card_markup import CardWriter, FacilityParts, Links, card_writer
from booking.search.criteria import LOOK_AHEAD_DAYS, SearchCriteria
from booking.search.facets import settings_of
from booking.search.matcher import Fit
from booking.search.prefill import request_all_args
from booking.search.service import Result
from booking.web.links import link as link_to
from booking.web.links import script_root
from booking.wording import formats
from booking.wording.refusals import refusal_text
from booking.wording.surroundings import Surroundings, surroundings, surroundings_word
from booking.wording.translator import gettext, language, ngettext
from booking.wording.words import kind_word, status_word

# How many characters of dates stand beside each other in a card.
_LINE = 48
# The terms whose values a card shows.
_SHOWN_TERMS = ("people_limit", "minimum_units", "lead_time_days")


def drawn_cards(
    results: Sequence[Result],
    criteria: SearchCriteria,
    *,
    shows_answer_time: bool,
    compared: Collection[str] = (),
) -> list[Markup]:
    """Return the markup of the card of each result, in the reader's language.

    `compared` are the slugs of facilities that the reader has chosen to compare.

    Each is drawn once for all that it shows, whoever reads it: what is free and what the viewer
    may know of it is in the results.
    """
    writer = card_writer()
    page = (
        str(language()),
        script_root(),
        rules_revision(),  # as long as it is the same, facilities and clusters are
        shows_answer_time,
    )
    search = formats.year_left_out(), criteria.people, criteria.places
    result_of: dict[Hashable, Result] = {
        (
            *("card", page, search, _tell_me_url(result, criteria), _shown_in(result)),
            result.facility.slug in compared,
        ): result
        for result in results
    }

    def draw(key: Hashable) -> Markup:
        result = result_of[key]
        parts = _facility_parts(result, page, writer, shows_answer_time=shows_answer_time)
        is_compared = result.facility.slug in compared
        return _card(result, criteria, parts, writer, is_compared=is_compared)

    return written_once(list(result_of), draw, text_bytes)


def _facility_parts(
    result: Result, page: Hashable, writer: CardWriter, *, shows_answer_time: bool
) -> FacilityParts:
    """Return what a card shows of its facility, which many searches share."""

    def draw(_key: Hashable) -> FacilityParts:
        facility = result.facility
        facts = _facts(result, shows_answer_time=shows_answer_time)
        return writer.facility(facility, _status(facility.status), facts)

    facts = _is_never(result), _shows_times(result), result.km
    key = "facility on a card", page, result.facility.id, facts
    return written_once([key], draw, lambda parts: text_bytes(*parts))[0]


def _card(
    result: Result,
    criteria: SearchCriteria,
    parts: FacilityParts,
    writer: CardWriter,
    *,
    is_compared: bool,
) -> Markup:
    """Return the card of one result: why it was found, and its free times or what is in the way."""
    rules, slug, fit = result.effective.rules, result.facility.slug, result.verdict.fit
    is_almost = fit in (Fit.ALMOST, Fit.NEVER)
    calendar = link_to("browse.facility", slug=slug) + "#calendar"

    def linked(texts: Iterable[tuple[str, Offer]], places: int) -> Links:
        extra = _extra_args(rules, criteria.people, places)
        return [(text, offer_url(slug, one, rules, extra)) for text, one in texts]

    near = [
        (
            _near_text(one, result.verdict.why, rules.zone),
            linked(_in_words(one.offers, rules), one.places),
        )
        for one in result.near
    ]
    note, link = _note_and_link(result, has_near=bool(near))
    says_what = result.match is not None and result.match.says_what
    lines = [parts.head, writer.matches(result.match)]
    lines += [parts.facts] if says_what else [parts.can, parts.facts]
    if note:
        lines.append(writer.note(note, "clock" if is_almost else "info"))
    for number, (missing, dates) in enumerate(near, start=1):
        lines.append(writer.near(missing, dates, calendar if number == len(near) else None))
    if not near or not near[-1][1]:
        times = linked(_in_one_line(_in_words(result.times, rules)), criteria.places)
        lines.append(writer.dates(times or ([link] if link else []), calendar))
    if tell_me := _tell_me_url(result, criteria):
        lines.append(writer.tell_me(tell_me))
    lines.append(writer.tools(result.facility, is_compared=is_compared))
    return writer.card(slug, parts.picture, lines, is_almost=is_almost)


def _shown_in(result: Result) -> Hashable:
    """Return all that a card follows from, beside the facility itself."""
    near = tuple(replace(one, offers=tuple(one.offers)) for one in result.near)
    times = tuple(result.times)
    return result.facility.id, result.verdict, times, near, result.km, _words_in(result)


def _words_in(result: Result) -> Hashable:
    """Return all that a card shows of why the facility was found."""
    match = result.match
    return match and (
        tuple(tuple(text) for text in match.texts),
        tuple(match.missing),
        match.says_what,
    )


def _tell_me_url(result: Result, criteria: SearchCriteria) -> str | None:
    """Return where one asks to be told when the searched days become free, if none is free then."""
    verdict, rules = result.verdict, result.effective.rules
    if criteria.first is None or criteria.last is None:
        return None
    if verdict.fit is not Fit.ALMOST or verdict.why is not None or verdict.by_whole_days:
        return None
    args: dict[str, Any] = {"from": criteria.first.isoformat()}
    if rules.unit is not Unit.HOUR:
        args = {"first_day": criteria.first.isoformat(), "last_day": criteria.last.isoformat()}
    extra = _extra_args(rules, None, criteria.places)
    return link_to("requests.tell_me", args | extra, slug=result.facility.slug)


def _in_words(offers: Iterable[Offer], rules: BookingTerms) -> Iterator[tuple[str, Offer]]:
    return ((offer_text(one, rules), one) for one in offers)


def _in_one_line(texts: Iterable[tuple[str, Offer]]) -> Iterator[tuple[str, Offer]]:
    """Yield as many of the first offers as fit in one line of a card, at least one."""
    length = 0
    for number, (text, offer) in enumerate(texts):
        length += len(text)
        if number and length > _LINE:
            return
        yield text, offer


def _facts(result: Result, *, shows_answer_time: bool) -> list[tuple[str, str]]:
    """Return what is known of a facility, each with its icon; what is not stated is left out."""
    facility, rules = result.facility, result.effective.rules
    facts = [(facility.kind.replace(" ", "-"), kind_word(facility.kind))]
    if result.km:
        facts.append(("place", gettext("%(number)s km away", number=result.km)))
    facts += [(one.value, surroundings_word(one)) for one in _surroundings(facility)]
    if limit := rules.people_limit:
        text = ngettext("up to %(num)s person", "up to %(num)s people", limit)
        facts.append(("people", text))
    if _is_never(result):
        return facts
    if rules.mode is BookingMode.HERE:
        shortest = formats.units(rules.minimum_units or 1, rules.unit)
        facts.append(("duration", gettext("from %(length)s", length=shortest)))
    if days := rules.lead_time_days:
        facts.append(("notice", ngettext("%(num)s day's notice", "%(num)s days' notice", days)))
    if shows_answer_time:
        days = facility.cluster.answer_days
        text = ngettext("answer in %(num)s working day", "answer in %(num)s working days", days)
        facts.append(("answer", text))
    if rules.unit is Unit.HOUR and _shows_times(result):
        facts.append(("clock", formats.zone_name(rules.zone)))
    return facts


def _surroundings(facility: ListedFacility) -> list[Surroundings]:
    """Return where the work is done, as the filters have it; else where words tell."""
    stated = [_OF_SETTING[one] for one in settings_of(facility)]
    return stated or surroundings(facility.name, facility.capabilities)


_OF_SETTING = {"indoor": Surroundings.INDOORS, "outdoor": Surroundings.OUTDOORS}


def _is_never(result: Result) -> bool:
    return result.verdict.fit is Fit.NEVER


def _shows_times(result: Result) -> bool:
    return bool(result.times or result.near)


def has_demo_values(result: Result) -> bool:
    """Return whether a number on the card is a demo value."""
    return any(result.effective.is_demo(name) for name in _SHOWN_TERMS)


def _near_text(near: Alternative, why: Refusal | None, zone: ZoneInfo) -> str:
    """Return one change in words; `why` is the reason that the verdict named, if any."""
    number = near.number
    match near.change:
        case Change.SHORTER:
            return _shorter(near)
        case Change.NOT_ALL_DAY:
            length = formats.units(number, Unit.HOUR)
            return gettext("%(length)s instead of a whole day", length=length)
        case Change.WHOLE_DAY:
            return gettext("booked by the whole day")
        case Change.LATER:
            return ngettext("%(num)s day later", "%(num)s days later", number)
        case Change.EARLIER:
            return ngettext("%(num)s day earlier", "%(num)s days earlier", number)
        case Change.FEWER_PLACES:
            return ngettext("%(num)s place fewer", "%(num)s places fewer", number)
        case Change.FEWER_PEOPLE:
            return ngettext("for at most %(num)s person", "for at most %(num)s people", number)
        case Change.LAST_DATE:
            return gettext("the latest date you can request now")
        case _:
            day = formats.short_day(local_day(near.slots[0].starts_at, zone))
            return _first_date(day, why)


def _shorter(near: Alternative) -> str:
    if near.unit is Unit.HOUR:
        return ngettext("%(num)s hour shorter", "%(num)s hours shorter", near.number)
    if near.unit is Unit.HALF_DAY:
        return ngettext("%(num)s half day shorter", "%(num)s half days shorter", near.number)
    return ngettext("%(num)s day shorter", "%(num)s days shorter", near.number)


def _first_date(day: str, why: Refusal | None) -> str:
    if why is not None and why.code is RefusalCode.TOO_LATE:
        return ngettext(
            "earliest date %(day)s: %(num)s day's notice",
            "earliest date %(day)s: %(num)s days' notice",
            int(str(why.params["days"])),
            day=day,
        )
    return gettext("earliest date %(day)s: earlier requests could not be answered in time", day=day)


def _extra_args(rules: BookingTerms, people: int | None, places: int) -> dict[str, Any]:
    """Return what else fills the request form: people and places, no more than are allowed."""
    extra = {}
    if people and (rules.people_limit is None or people <= rules.people_limit):
        extra["people"] = people
    if places > 1 and rules.allows_shared:
        extra["places"] = places
    return extra


def _status(status: str) -> str | None:
    """Return the status in words, or None for the usual ones."""
    is_usual = status in ("open", "open-unverified", "unverified")
    return None if is_usual else status_word(status)


def _note_and_link(result: Result, *, has_near: bool) -> tuple[str | None, tuple[str, str] | None]:
    """Return the note in place of free times, and the link next to it."""
    rules, slug, verdict = result.effective.rules, result.facility.slug, result.verdict
    if verdict.fit in (Fit.ALMOST, Fit.NEVER):
        if has_near:
            return None, None
        if verdict.why is None:
            return gettext("Nothing free for that long in this period."), None
        return refusal_text(verdict.why, rules.zone), None
    if verdict.fit is Fit.FITS:
        if result.times:
            return None, None
        text = ngettext(
            "Nothing free in the next %(num)s day you can request.",
            "Nothing free in the next %(num)s days you can request.",
            LOOK_AHEAD_DAYS,
        )
        return text, None
    if rules.mode is BookingMode.ELSEWHERE:
        return gettext("Booked on its own site."), None
    link = (gettext("Propose dates"), link_to("requests.new", {"facility": slug}))
    if rules.mode is BookingMode.BY_AGREEMENT:
        return gettext("Hours by agreement: no free times are shown. Propose your dates."), link
    return gettext("Free times are not shown. Request dates."), link


def request_url(slug: str, slot: Slot, rules: BookingTerms) -> str:
    """Return the address at which the request form opens on this date."""
    return offer_url(slug, (slot,), rules, {})


def offer_url(slug: str, offer: Offer, rules: BookingTerms, extra: dict[str, Any]) -> str:
    """Return the address at which the request form opens on these dates; `extra` is added."""
    return link_to("requests.new", {"facility": slug, **request_all_args(offer, rules), **extra})


def offer_text(offer: Offer, rules: BookingTerms) -> str:
    """Return one offer in short words: one date, or how many dates between which days."""
    if len(offer) == 1:
        return free_text(offer[0], rules)
    first, last = (local_day(slot.starts_at, rules.zone) for slot in (offer[0], offer[-1]))
    times = {formats.times(slot, rules.zone) for slot in offer}
    start, end = formats.short_day(first), formats.short_day(last)
    if first.month == last.month:
        start = gettext("%(weekday)s %(day)s", weekday=formats.weekday(first), day=first.day)
    if len(times) == 1:
        return gettext(
            "%(start)s – %(end)s, %(number)s days, each %(times)s",
            start=start,
            end=end,
            number=len(offer),
            times=times.pop(),
        )
    return gettext("%(start)s – %(end)s, %(number)s days", start=start, end=end, number=len(offer))


def free_text(slot: Slot, rules: BookingTerms) -> str:
    """Return a free date in short words, in the facility's time: `Mon 11 – Tue 12 Jan`."""
    days = days_of_date(rules, slot)
    first, last = days.first, days.last
    start, end = formats.short_day(first), formats.short_day(last)
    if rules.unit is Unit.HOUR:
        return gettext("%(day)s, %(times)s", day=start, times=formats.times(slot, rules.zone))
    halves = days.first_half or 0, 1 if days.last_half is None else days.last_half
    if first == last:
        if halves == (0, 0):
            return gettext("%(day)s, morning", day=start)
        if halves == (1, 1):
            return gettext("%(day)s, afternoon", day=start)
        return start
    if halves == (1, 0):
        return gettext("%(start)s afternoon – %(end)s morning", start=start, end=end)
    if halves == (1, 1):
        return gettext("%(start)s afternoon – %(end)s", start=start, end=end)
    if halves == (0, 0):
        return gettext("%(start)s – %(end)s morning", start=start, end=end)
    if first.month == last.month:
        start = gettext("%(weekday)s %(day)s", weekday=formats.weekday(first), day=first.day)
    return gettext("%(start)s – %(end)s", start=start, end=end)
