"""The alternatives on the form: in words, as buttons, and what pressing a button does."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from werkzeug.datastructures import MultiDict

from booking.availability.requestable import RequestableFacility, get_requestable
from booking.db import clock
from booking.requests.alternatives import FormAlternative, alternatives_for, owners_alternatives
from booking.requests.alternatives_text import note_on, title_of, when_of
from booking.requests.form_builder import filled_form
from booking.requests.forms import PART, WHOLE, Pairs, RequestForm
from booking.requests.prefill import prefilled
from booking.requests.series_preview import validate_dates
from booking.requests.series_reader import FormDates, read_form_dates
from booking.rules.facility_snapshot import Dates
from booking.rules.many_dates import MAX_DATES
from booking.rules.opening import ONE_DAY, Unit
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, RequestedDate
from booking.rules.visibility import Viewer
from booking.search.prefill import request_args
from booking.web.access import current_viewer

_STEP = "use"
_INSTANT = "%Y%m%dT%H%MZ"
_SLUG = re.compile(r"[a-z0-9-]{1,80}", re.ASCII)
_DATE = re.compile(r"(2[01][0-9]{6}T[0-9]{4}Z)-(2[01][0-9]{6}T[0-9]{4}Z)", re.ASCII)
_PLACES = re.compile(r"[0-9]{1,4}", re.ASCII)


@dataclass(frozen=True)
class ShownAlternative:
    """One alternative in words: what is different, when it would be, and what its button sends."""

    title: str
    when: Sequence[str]
    note: str
    step: str


def shown_alternatives(
    requestable: RequestableFacility,
    form: RequestForm,
    form_dates: FormDates | None = None,
    *,
    for_owner: bool = False,
    even_if_free: bool = False,
) -> list[ShownAlternative]:
    """Return the alternatives to what the form holds, with `even_if_free` also to what is free.

    A series stays a series: its alternatives are another time on its days, or another facility.
    The dates are read from a copy of the form if they are not given: it is not changed.
    """
    when = _read(requestable, form) if form_dates is None else form_dates
    requested = _requested(requestable, form, when.slots)
    series = when.series
    if not requested or not when.is_complete:
        return []
    if series is not None and requested[0].slot != when.rows[0]:
        return []  # the date that is typed, which leads the others, is left out
    if for_owner:
        found: Sequence[FormAlternative] = owners_alternatives(requestable, requested, clock.now())
    else:
        now = clock.now()
        found = alternatives_for(
            requestable,
            requested,
            current_viewer(),
            now,
            is_series=series is not None,
            even_if_free=even_if_free,
        )
    dates_of_series = len(series.kept) if series is not None else 1
    return [
        ShownAlternative(
            title=title_of(requestable.rules, requested, one),
            when=when_of(requested, one),
            note=note_on(requestable, requested, one),
            step=_step(requestable, one, dates_of_series),
        )
        for one in found
    ]


def _read(requestable: RequestableFacility, form: RequestForm) -> FormDates:
    copy = filled_form(requestable, form.typed())
    copy.drop_blank_dates()
    validate_dates(copy)
    return read_form_dates(copy, requestable, len(copy.dates.entries))


def _requested(requestable: RequestableFacility, form: RequestForm, slots: Iterable[Slot]) -> Dates:
    whole = form.extent.data == WHOLE if "extent" in form else requestable.only_whole
    places = form.places.data if "places" in form and not whole else None
    people = form.people.data if "people" in form else None
    return tuple(
        RequestedDate(slot, 1 if places is None else places, whole, people) for slot in slots
    )


def _step(requestable: RequestableFacility, found: FormAlternative, dates_of_series: int) -> str:
    """Return what the button sends: of a series only its first date, which the form repeats."""
    slug = found.facility.slug if found.facility else requestable.slug
    extent = WHOLE if found.alternative.is_whole else found.alternative.places
    dates = ",".join(
        f"{slot.starts_at:{_INSTANT}}-{slot.ends_at:{_INSTANT}}"
        for slot in [found.slots[0], *found.slots[dates_of_series:]]
    )
    return f"{_STEP}:{slug}:{extent}:{dates}"


def taken_up(
    typed: Pairs, step: str, viewer: Viewer
) -> tuple[RequestableFacility, RequestForm] | None:
    """Return the form with the alternative of this button in it and all else that was typed.

    None: the step is not that of such a button.

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
    requestable = get_requestable(slug, viewer, clock.now())
    kept = [pair for pair in typed if not _is_replaced(pair[0])]
    pairs = [
        *extent_fields(extent),
        *(
            pair
            for number, slot in enumerate(slots)
            for pair in fields_of(slot, requestable.rules, number)
        ),
    ]
    return requestable, filled_form(requestable, kept + pairs)


def _is_replaced(name: str) -> bool:
    return name in ("facility", "extent", "places", "step") or name.startswith("dates-")


def extent_fields(extent: str) -> Pairs:
    """Return the values of the fields for how much of a facility; `extent` is WHOLE or a number."""
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


def fields_of(slot: Slot, rules: BookingTerms, number: int = 0) -> Pairs:
    """Return the values of the fields of the form's date `number` for this slot."""
    pairs = [
        (name.replace("dates-0-", f"dates-{number}-"), value)
        for name, value in prefilled(MultiDict(request_args(slot, rules)), rules)
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
