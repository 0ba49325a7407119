"""The other possibilities on the form: in words, as buttons, and what pressing one does."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask_babel import gettext, ngettext
from werkzeug.datastructures import MultiDict

from booking import clock, formats
from booking.access import current_viewer
from booking.facilities.prefilling import ask_args
from booking.requests.asked_form_views import filled_form, slots_typed
from booking.requests.asking import Asked, get_asked
from booking.requests.forms import PART, WHOLE, AskForm, Pairs
from booking.requests.possibilities import Possibility, owners_possibilities, possibilities
from booking.requests.prefill_views import prefilled
from booking.rules.asking import MAX_DATES, Ask, AskingRules, units_of
from booking.rules.opening import ONE_DAY, Unit, local_day
from booking.rules.possible_dates import Change
from booking.rules.slots import Slot
from booking.rules.visibility import Viewer

_STEP = "use"
_INSTANT = "%Y%m%dT%H%MZ"
_SLUG = re.compile(r"[a-z0-9-]{1,80}", re.ASCII)
_DATE = re.compile(r"(2[01][0-9]{6}T[0-9]{4}Z)-(2[01][0-9]{6}T[0-9]{4}Z)", re.ASCII)
_PLACES = re.compile(r"[0-9]{1,4}", re.ASCII)
_MOST_NAMED = 3


@dataclass(frozen=True)
class Offer:
    """One possibility in words: what is different, when it would be, and what its button sends."""

    title: str
    when: Sequence[str]
    note: str
    step: str


def offers(asked: Asked, form: AskForm, *, for_owner: bool = False) -> list[Offer]:
    """Return what else could be asked for than what the form holds; call it after `validate`."""
    if len(form.dates.entries) > MAX_DATES:
        return []
    slots = slots_typed(form, asked)
    asks = _asks(asked, form, [slot for slot in slots if slot is not None])
    if not asks or len(asks) < len(slots):
        return []
    if for_owner:
        found: Sequence[Possibility] = owners_possibilities(asked, asks, clock.now())
    else:
        found = possibilities(asked, asks, current_viewer(), clock.now())
    return [_offer(asked, asks, one) for one in found]


def _asks(asked: Asked, form: AskForm, slots: Iterable[Slot]) -> list[Ask]:
    whole = form.extent.data == WHOLE if "extent" in form else asked.only_whole
    places = form.places.data if "places" in form and not whole else None
    people = form.people.data if "people" in form else None
    return [Ask(slot, 1 if places is None else places, whole, people) for slot in slots]


def _offer(asked: Asked, asks: Sequence[Ask], found: Possibility) -> Offer:
    if found.facility is None:
        title, note = _title_here(asked.rules, asks, found), _note_here(asked, asks, found)
    else:
        title, note = _title_there(found), _note_there(asked, found)
    return Offer(title, _when(asks, found), note, _step(asked, found))


def _title_here(rules: AskingRules, asks: Sequence[Ask], found: Possibility) -> str:
    match found.change:
        case Change.MOVED:
            moved = sum(a.slot != b.slot for a, b in zip(asks, found.asks, strict=True))
            return ngettext(
                "Same place, only %(num)s date moved",
                "Same place, only %(num)s dates moved",
                moved,
            )
        case Change.PART if found.asks[0].whole:
            return gettext("Same place and time, all of it")
        case Change.PART if asks[0].whole:
            return gettext("Same place and time, only part of it")
        case Change.PART:
            return ngettext(
                "Same place and time, for %(num)s group",
                "Same place and time, for %(num)s groups",
                found.asks[0].places,
            )
        case Change.LENGTH:
            return _length_title(rules, asks, found)
        case _:
            return _shift_title(rules, asks, found)


def _length_title(rules: AskingRules, asks: Sequence[Ask], found: Possibility) -> str:
    pair = next((a.slot, b.slot) for a, b in zip(asks, found.asks, strict=True) if a != b)
    shorter = pair[1].duration < pair[0].duration
    if rules.unit is Unit.HOUR:
        length = formats.duration(abs(pair[0].duration - pair[1].duration))
    else:
        length = formats.units(abs(units_of(rules, pair[0]) - units_of(rules, pair[1])), rules.unit)
    if shorter:
        return gettext("Same place, %(length)s shorter", length=length)
    return gettext("Same place, %(length)s longer", length=length)


def _shift_title(rules: AskingRules, asks: Sequence[Ask], found: Possibility) -> str:
    asked, slot = asks[0].slot, found.asks[0].slot
    days = (local_day(slot.starts_at, rules.zone) - local_day(asked.starts_at, rules.zone)).days
    if days > 0:
        return ngettext("Same place, one day later", "Same place, %(num)s days later", days)
    if days < 0:
        return ngettext("Same place, one day earlier", "Same place, %(num)s days earlier", -days)
    if rules.unit is not Unit.HOUR:
        return gettext("Same place, the other half of the day")
    length = formats.duration(abs(slot.starts_at - asked.starts_at))
    if slot.starts_at > asked.starts_at:
        return gettext("Same place, %(length)s later", length=length)
    return gettext("Same place, %(length)s earlier", length=length)


def _title_there(found: Possibility) -> str:
    facility = found.facility
    if facility is None:
        return ""
    name = formats.in_city(facility.name, facility.city)
    return gettext("%(facility)s (%(cluster)s)", facility=name, cluster=facility.cluster.short_name)


def _note_there(asked: Asked, found: Possibility) -> str:
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
        alike = gettext("%(later)s; %(alike)s", later=_days_off(found.shift), alike=alike)
    starts_at = found.slots[0].starts_at
    if starts_at.astimezone(found.zone).utcoffset() == starts_at.astimezone(asked.zone).utcoffset():
        return alike
    return gettext("%(zone)s; %(alike)s", zone=formats.zone_name(found.zone), alike=alike)


def _days_off(shift: int) -> str:
    if shift > 0:
        return ngettext("one day later", "%(num)s days later", shift)
    return ngettext("one day earlier", "%(num)s days earlier", -shift)


def _note_here(asked: Asked, asks: Sequence[Ask], found: Possibility) -> str:
    ask = found.asks[0]
    if found.change is Change.SHIFTED and asked.rules.unit is Unit.HOUR:
        more = ask.slot.duration - asks[0].slot.duration
        if more > timedelta(0):
            return gettext("%(length)s longer", length=formats.duration(more))
        return gettext("%(length)s shorter", length=formats.duration(-more)) if more else ""
    if found.change is not Change.PART:
        return ""
    if ask.whole:
        return gettext("nobody else there")
    if asked.place_word:
        return gettext(
            "%(num)s of %(own)s (%(word)s)",
            num=ask.places,
            own=asked.own_places,
            word=asked.place_word,
        )
    return gettext("others beside you")


def _when(asks: Sequence[Ask], found: Possibility) -> list[str]:
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
    more = len(texts) - _MOST_NAMED
    if more > 1:
        return [*texts[:_MOST_NAMED], ngettext("and %(num)s more", "and %(num)s more", more)]
    return texts


def _date_text(slot: Slot, rules: AskingRules) -> str:
    if rules.unit is Unit.DAY:
        return formats.days(slot, rules.zone)
    return formats.slot(slot, rules.zone)


def _step(asked: Asked, found: Possibility) -> str:
    slug = found.facility.slug if found.facility else asked.slug
    ask = found.asks[0]
    dates = ",".join(
        f"{slot.starts_at:{_INSTANT}}-{slot.ends_at:{_INSTANT}}" for slot in found.slots
    )
    return f"{_STEP}:{slug}:{WHOLE if ask.whole else ask.places}:{dates}"


def taken_up(typed: Pairs, step: str, viewer: Viewer) -> tuple[Asked, AskForm] | None:
    """Return the form with the possibility of this button in it and all else that was typed.

    None: the step is another, or is none that a button of ours sends.

    Raises:
        NotFound: there is no such facility.
    """
    name, _, rest = step.partition(":")
    slug, _, rest = rest.partition(":")
    extent, _, dates = rest.partition(":")
    if name != _STEP or not _SLUG.fullmatch(slug):
        return None
    slots = _slots(dates)
    if slots is None or not (extent == WHOLE or _PLACES.fullmatch(extent)):
        return None
    asked = get_asked(slug, viewer, clock.now())
    kept = [pair for pair in typed if not _is_replaced(pair[0])]
    pairs = [
        *_places(extent),
        *(pair for number, slot in enumerate(slots) for pair in _fields(slot, asked.rules, number)),
    ]
    return asked, filled_form(asked, kept + pairs)


def _is_replaced(name: str) -> bool:
    return name in ("facility", "extent", "places", "step") or name.startswith("dates-")


def _places(extent: str) -> Pairs:
    if extent == WHOLE:
        return [("extent", WHOLE)]
    return [("extent", PART), ("places", extent)]


def _slots(text: str) -> list[Slot] | None:
    found = []
    for date in text.split(",", MAX_DATES)[: MAX_DATES + 1]:
        match = _DATE.fullmatch(date)
        if match is None:
            return None
        try:
            starts_at, ends_at = (
                datetime.strptime(part, _INSTANT).replace(tzinfo=UTC) for part in match.groups()
            )
            found.append(Slot(starts_at, ends_at))
        except ValueError:
            return None
    return found


def _fields(slot: Slot, rules: AskingRules, number: int) -> Pairs:
    """Return what stands in the fields of one date that means this slot."""
    pairs = [
        (name.replace("dates-0-", f"dates-{number}-"), value)
        for name, value in prefilled(MultiDict(ask_args(slot, rules)), rules)
    ]
    if rules.unit is not Unit.HOUR:
        return pairs
    starts, ends = (at.astimezone(rules.zone) for at in (slot.starts_at, slot.ends_at))
    if ends.time() == datetime.min.time() and ends.date() - starts.date() == ONE_DAY:
        # Midnight at the end is that of the same day.
        pairs = [pair for pair in pairs if not pair[0].endswith("-ends_day")]
    for name, at in (("starts_fold", starts), ("ends_fold", ends)):
        if at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset():
            pairs.append((f"dates-{number}-{name}", str(at.fold)))
    return pairs
