"""Other possibilities in words: what is different, when it would be, and what else to know."""

from collections.abc import Sequence
from datetime import timedelta

from flask_babel import gettext, ngettext

from booking.availability.requestable import RequestableFacility
from booking.requests.alternatives import Alternative
from booking.rules.alternatives import Change
from booking.rules.opening import Unit, local_day
from booking.rules.reasons import units_of
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, RequestedDate
from booking.wording import formats

_MOST_NAMED = 3


def title_of(rules: BookingTerms, asks: Sequence[RequestedDate], found: Alternative) -> str:
    """Return what is different from what was asked for under these rules."""
    if found.facility is None:
        return _title_here(rules, asks, found)
    return _title_there(found)


def note_on(
    requestable: RequestableFacility, asks: Sequence[RequestedDate], found: Alternative
) -> str:
    """Return what else to know of it, or an empty text."""
    if found.facility is None:
        return _note_here(requestable, asks, found)
    return _note_there(requestable, found)


def _title_here(rules: BookingTerms, asks: Sequence[RequestedDate], found: Alternative) -> str:
    match found.change:
        case Change.MOVED:
            moved = sum(a.slot != b.slot for a, b in zip(asks, found.asks, strict=True))
            return ngettext(
                "Same place: only %(num)s date moved",
                "Same place: only %(num)s dates moved",
                moved,
            )
        case Change.PART if found.asks[0].whole:
            return gettext("Same place and time: all of it")
        case Change.PART if asks[0].whole:
            return gettext("Same place and time: only part of it")
        case Change.PART:
            return ngettext(
                "Same place and time: for %(num)s group",
                "Same place and time: for %(num)s groups",
                found.asks[0].places,
            )
        case Change.LENGTH:
            return _length_title(rules, asks, found)
        case _:
            return _shift_title(rules, asks, found)


def _length_title(rules: BookingTerms, asks: Sequence[RequestedDate], found: Alternative) -> str:
    pair = next((a.slot, b.slot) for a, b in zip(asks, found.asks, strict=True) if a != b)
    shorter = pair[1].duration < pair[0].duration
    if rules.unit is Unit.HOUR:
        length = formats.duration(abs(pair[0].duration - pair[1].duration))
    else:
        length = formats.units(abs(units_of(rules, pair[0]) - units_of(rules, pair[1])), rules.unit)
    if shorter:
        return gettext("Same place: %(length)s shorter", length=length)
    return gettext("Same place: %(length)s longer", length=length)


def _shift_title(rules: BookingTerms, asks: Sequence[RequestedDate], found: Alternative) -> str:
    requestable, slot = asks[0].slot, found.asks[0].slot
    days = (
        local_day(slot.starts_at, rules.zone) - local_day(requestable.starts_at, rules.zone)
    ).days
    if days:
        off = days_off(days)
    elif rules.unit is not Unit.HOUR:
        off = gettext("the other half of the day")
    elif slot.starts_at > requestable.starts_at:
        length = formats.duration(slot.starts_at - requestable.starts_at)
        off = gettext("%(length)s later", length=length)
    else:
        length = formats.duration(requestable.starts_at - slot.starts_at)
        off = gettext("%(length)s earlier", length=length)
    if len(asks) > 1:
        return gettext("Same place, all dates: %(off)s", off=off)
    return gettext("Same place: %(off)s", off=off)


def _title_there(found: Alternative) -> str:
    facility = found.facility
    if facility is None:
        return ""
    name = formats.in_city(facility.name, facility.city)
    return gettext("%(facility)s (%(cluster)s)", facility=name, cluster=facility.cluster.short_name)


def _note_there(requestable: RequestableFacility, found: Alternative) -> str:
    facility = found.facility
    if facility is None:
        return ""
    if facility.shared:
        alike = gettext("also for: %(what)s", what=formats.listed(facility.shared[:_MOST_NAMED]))
    elif facility.areas:
        alike = ngettext("%(num)s shared focus area", "%(num)s shared focus areas", facility.areas)
    else:
        alike = gettext("of the same kind")
    if found.shift:
        alike = gettext("%(later)s; %(alike)s", later=days_off(found.shift), alike=alike)
    starts_at = found.slots[0].starts_at
    if (
        starts_at.astimezone(found.zone).utcoffset()
        == starts_at.astimezone(requestable.zone).utcoffset()
    ):
        return alike
    return gettext("%(zone)s; %(alike)s", zone=formats.zone_name(found.zone), alike=alike)


def days_off(shift: int) -> str:
    """Return how many days something is off: `2 days later`."""
    if shift > 0:
        return ngettext("one day later", "%(num)s days later", shift)
    return ngettext("one day earlier", "%(num)s days earlier", -shift)


def _note_here(
    requestable: RequestableFacility, asks: Sequence[RequestedDate], found: Alternative
) -> str:
    ask = found.asks[0]
    if found.change is Change.SHIFTED and requestable.rules.unit is Unit.HOUR:
        more = ask.slot.duration - asks[0].slot.duration
        if more > timedelta(0):
            return gettext("%(length)s longer", length=formats.duration(more))
        return gettext("%(length)s shorter", length=formats.duration(-more)) if more else ""
    if found.change is not Change.PART:
        return ""
    if ask.whole:
        return gettext("nobody else there")
    if requestable.place_word:
        return gettext(
            "%(num)s of %(own)s (%(word)s)",
            num=ask.places,
            own=requestable.own_places,
            word=requestable.place_word,
        )
    return gettext("others beside you")


def when_of(asks: Sequence[RequestedDate], found: Alternative) -> list[str]:
    """Return its dates in words: of several those that change, and how many more there are."""
    changed = [
        (number, new.slot)
        for number, (old, new) in enumerate(zip(asks, found.asks, strict=True), start=1)
        if old.slot != new.slot or found.change in (Change.PART, Change.FACILITY)
    ]
    texts = [_date_text(slot, found.rules) for _, slot in changed]
    if len(asks) > 1:
        texts = [
            gettext("Date %(number)s: %(when)s", number=number, when=text)
            for (number, _), text in zip(changed, texts, strict=True)
        ]
    # Where all change alike the first says it all.
    most = _MOST_NAMED if found.change in (Change.MOVED, Change.LENGTH) else 1
    more = len(texts) - most
    if more > 1:
        return [*texts[:most], ngettext("and %(num)s more", "and %(num)s more", more)]
    return texts


def _date_text(slot: Slot, rules: BookingTerms) -> str:
    if rules.unit is Unit.DAY:
        return formats.days(slot, rules.zone)
    return formats.slot(slot, rules.zone)
