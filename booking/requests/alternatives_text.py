"""Alternatives in words: what is different, when it would be, and what else to know."""

from collections.abc import Sequence
from datetime import timedelta

from flask_babel import gettext, ngettext

from booking.availability.requestable import RequestableFacility
from booking.requests.alternatives import FormAlternative
from booking.rules.alternatives import Change
from booking.rules.opening import Unit
from booking.rules.reasons import units_of
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, RequestedDate
from booking.wording import formats
from booking.wording.concepts import concept_words
from booking.wording.dates import date_text

_MOST_NAMED = 3


_EACH_ITS_OWN_WAY = (Change.MOVED, Change.SHORTER, Change.LONGER)
_WITH_ALL_DATES = (Change.FEWER_PLACES, Change.PART, Change.WHOLE, Change.ELSEWHERE)


def title_of(
    rules: BookingTerms, requested: Sequence[RequestedDate], found: FormAlternative
) -> str:
    """Return in words what is different from what was requested under these rules."""
    slots = [one.slot for one in requested]
    match found.change:
        case Change.ELSEWHERE:
            return _title_there(found)
        case Change.MOVED:
            moved = sum(old != new for old, new in zip(slots, found.slots, strict=True))
            return ngettext(
                "Same place: only %(num)s date moved",
                "Same place: only %(num)s dates moved",
                moved,
            )
        case Change.WHOLE:
            return gettext("Same place and time: all of it")
        case Change.PART:
            return gettext("Same place and time: only part of it")
        case Change.FEWER_PLACES:
            return ngettext(
                "Same place and time: for %(num)s group",
                "Same place and time: for %(num)s groups",
                found.alternative.places,
            )
        case Change.SHORTER | Change.LONGER:
            return _length_title(rules, slots, found)
        case _:
            return _shift_title(rules, slots, found)


def note_on(
    requestable: RequestableFacility, requested: Sequence[RequestedDate], found: FormAlternative
) -> str:
    """Return what else to know of it, or an empty text."""
    match found.change:
        case Change.ELSEWHERE:
            return _note_there(requestable, found)
        case Change.EARLIER | Change.LATER if requestable.rules.unit is Unit.HOUR:
            more = found.slots[0].duration - requested[0].slot.duration
            if more > timedelta(0):
                return gettext("%(length)s longer", length=formats.duration(more))
            return gettext("%(length)s shorter", length=formats.duration(-more)) if more else ""
        case Change.WHOLE:
            return gettext("exclusive use")
        case Change.PART | Change.FEWER_PLACES if requestable.place_word:
            return gettext(
                "%(num)s of %(own)s (%(word)s)",
                num=found.alternative.places,
                own=requestable.own_places,
                word=requestable.place_word,
            )
        case Change.PART | Change.FEWER_PLACES:
            return gettext("shared with others")
        case _:
            return ""


def _length_title(rules: BookingTerms, slots: Sequence[Slot], found: FormAlternative) -> str:
    pairs = zip(slots, found.slots, strict=True)
    old, new = next((old, new) for old, new in pairs if old != new)
    if rules.unit is Unit.HOUR:
        length = formats.duration(abs(old.duration - new.duration))
    else:
        length = formats.units(abs(units_of(rules, old) - units_of(rules, new)), rules.unit)
    if found.change is Change.SHORTER:
        return gettext("Same place: %(length)s shorter", length=length)
    return gettext("Same place: %(length)s longer", length=length)


def _shift_title(rules: BookingTerms, slots: Sequence[Slot], found: FormAlternative) -> str:
    is_later = found.change is Change.LATER
    days = found.alternative.number
    if days:
        off = days_off(days if is_later else -days)
    elif rules.unit is not Unit.HOUR:
        off = gettext("the other half of the day")
    else:
        length = formats.duration(abs(found.slots[0].starts_at - slots[0].starts_at))
        off = (
            gettext("%(length)s later", length=length)
            if is_later
            else gettext("%(length)s earlier", length=length)
        )
    if len(slots) > 1:
        return gettext("Same place, all dates: %(off)s", off=off)
    return gettext("Same place: %(off)s", off=off)


def _title_there(found: FormAlternative) -> str:
    facility = found.facility
    if facility is None:
        return ""
    name = formats.in_city(facility.name, facility.city)
    return gettext("%(facility)s (%(cluster)s)", facility=name, cluster=facility.cluster.short_name)


def _note_there(requestable: RequestableFacility, found: FormAlternative) -> str:
    facility = found.facility
    if facility is None:
        return ""
    shared = concept_words(facility.shared[:_MOST_NAMED])
    alike = gettext("also for: %(what)s", what=formats.listed(shared))
    if found.alternative.number:
        alike = gettext(
            "%(later)s; %(alike)s", later=days_off(found.alternative.number), alike=alike
        )
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


def when_of(requested: Sequence[RequestedDate], found: FormAlternative) -> list[str]:
    """Return its dates in words: of several those that change, and how many more there are."""
    changed = [
        (number, new)
        for number, (old, new) in enumerate(zip(requested, found.slots, strict=True), start=1)
        if old.slot != new or found.change in _WITH_ALL_DATES
    ]
    texts = [date_text(slot, found.rules) for _, slot in changed]
    if len(requested) > 1:
        texts = [
            gettext("Date %(number)s: %(when)s", number=number, when=text)
            for (number, _), text in zip(changed, texts, strict=True)
        ]
    # If all dates change in the same way, the first one stands for all.
    most = _MOST_NAMED if found.change in _EACH_ITS_OWN_WAY else 1
    more = len(texts) - most
    if more > 1:
        return [*texts[:most], ngettext("and %(num)s more", "and %(num)s more", more)]
    return texts
