"""The request form of a facility: building it, reading its dates, adding refusals to it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext, ngettext
from werkzeug.datastructures import MultiDict

from booking.availability.dates import (
    AFTERNOON,
    MORNING,
    DayDate,
    Fault,
    FaultCode,
    HourDate,
    passings,
    slot_of,
)
from booking.availability.requestable import RequestableFacility
from booking.requests.forms import (
    REQUEST_FORMS,
    DateForm,
    HourForm,
    Pairs,
    RequestForm,
    tidied,
)
from booking.rules.many_dates import MAX_DATES
from booking.rules.opening import ONE_DAY
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import PEOPLE_CODES, BookingTerms
from booking.wording.formats import clock_time, day, offset, weekday_name, zone_name
from booking.wording.refusals import refusal_text
from booking.wording.words import ACTIVITIES

_A_MONDAY = date(2027, 1, 4)
_OF_THE_PLACES = {RefusalCode.NO_PLACES, RefusalCode.TOO_MANY_PLACES}
_OF_THE_EXTENT = {RefusalCode.NOT_BOOKABLE_WHOLE, RefusalCode.NOT_BOOKABLE_BY_PLACE}
_OF_ALL = {RefusalCode.BOOKED_ELSEWHERE, RefusalCode.CLOSED_STATUS, RefusalCode.NOBODY_ANSWERS}
OF_THE_WHOLE = frozenset(_OF_THE_PLACES | _OF_THE_EXTENT | PEOPLE_CODES | _OF_ALL)
"""Reasons that are not about one date, though each date has them."""


def filled_form(requestable: RequestableFacility, pairs: Pairs) -> RequestForm:
    """Return the form of this facility, filled with what was typed."""
    form = REQUEST_FORMS[requestable.rules.unit](
        formdata=MultiDict([("facility", requestable.slug), *pairs])
    )
    if not requestable.offers_choice:
        del form.extent
    if not requestable.offers_part or requestable.own_places == 1:
        del form.places
    form.repeat.form.weekdays.choices = [
        (str(number), weekday_name(_A_MONDAY + number * ONE_DAY)) for number in range(7)
    ]
    form.activity.choices = [("", gettext("Choose …")), *ACTIVITIES.items()]
    for date_form in form.date_forms():
        if isinstance(date_form, HourForm):
            _name_passings(date_form, requestable)
    return form


def places_label(requestable: RequestableFacility) -> str:
    """Return what the field for the number of places is called."""
    if requestable.place_word:
        return gettext("How many (%(word)s)", word=requestable.place_word)
    return gettext("How many groups")


def posted_form(requestable: RequestableFacility, typed: Pairs) -> tuple[RequestForm, int]:
    """Return the form as it was posted, and how many dates came with it."""
    pairs, how_many = tidied(typed, requestable.most_dates)
    return filled_form(requestable, pairs), how_many


def with_dates_changed(typed: Pairs, step: str, most: int) -> Pairs | None:
    """Return what was posted with a date more (`add`) or less (`remove-2`); None: another step.

    At most one date more than `most` is kept.
    """
    if step != "add" and not step.startswith("remove-"):
        return None
    pairs, _ = tidied(typed, most, without=_number(step), one_more=step == "add")
    return pairs


def _number(step: str) -> int | None:
    """Return the number in `remove-3`, or None."""
    number = step.removeprefix("remove-")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 4 else None


def number_labels(form: RequestForm) -> None:
    """Number the labels of fields with errors, so that their summary says which date is meant.

    Call it last, before the form is drawn.
    """
    if len(form.date_forms()) > 1:
        for number, date_form in enumerate(form.date_forms(), start=1):
            for field in date_form:
                if field.errors:
                    field.label.text = gettext(
                        "Date %(number)s, %(field)s", number=number, field=field.label.text
                    )


def _name_passings(date_form: HourForm, requestable: RequestableFacility) -> None:
    """Offer both instants of a time that the clock shows twice."""
    typed = _hour_date(date_form)
    if typed is None:
        return
    for wall, field in (
        (typed.starts_wall, date_form.starts_fold),
        (typed.ends_wall, date_form.ends_fold),
    ):
        field.choices = passing_choices(wall, requestable.rules)


def passing_choices(wall: datetime, rules: BookingTerms) -> Pairs:
    """Return both instants of a time that the clock shows twice as choices of a `PassingField`.

    No choices for other times.
    """
    both = passings(wall, rules)
    if both is None:
        return []
    first, second = (
        gettext("%(time)s (%(offset)s)", time=clock_time(wall), offset=offset(rules.zone, at))
        for at in both
    )
    return [
        ("0", gettext("the first %(time)s", time=first)),
        ("1", gettext("the second %(time)s, an hour later", time=second)),
    ]


def read_dates(
    form: RequestForm, requestable: RequestableFacility, how_many: int
) -> list[Slot | None]:
    """Return the slot of each date (UTC), None for a date at which the form now has an error.

    Call it after `validate`. `how_many` dates were posted; if these are too many, none is read.
    """
    if len(form.dates.entries) > requestable.most_dates:
        form.add_form_error(too_many_dates_text(form, requestable, how_many))
        return []
    return [_read(form, date_form, requestable) for date_form in form.date_forms()]


def too_many_dates_text(form: RequestForm, requestable: RequestableFacility, how_many: int) -> str:
    """Return that there are too many dates, and what to do; the form says if signing in helps."""
    if requestable.most_dates < MAX_DATES:
        form.needs_sign_in = True
        return ngettext(
            "Too many dates: at most %(limit)s before you sign in; these are %(num)s. "
            "Sign in to request up to %(most)s at once.",
            "Too many dates: at most %(limit)s before you sign in; these are %(num)s. "
            "Sign in to request up to %(most)s at once.",
            how_many,
            limit=requestable.most_dates,
            most=MAX_DATES,
        )
    params = {"limit": requestable.most_dates, "asked": how_many}
    return refusal_text(Refusal(RefusalCode.TOO_MANY_DATES, params), requestable.zone)


def renumbered(refusals: Sequence[Refusal], slots: Sequence[Slot | None]) -> list[Refusal]:
    """Return refusals of the slots that could be read, renumbered as the form's dates."""
    numbers = [number for number, slot in enumerate(slots) if slot is not None]
    found = []
    for refusal in refusals:
        params = dict(refusal.params)
        if "other" in params:
            params["other"] = numbers[int(str(params["other"]))]
        index = refusal.date_index
        found.append(
            replace(refusal, params=params, date_index=None if index is None else numbers[index])
        )
    return found


def _read(form: RequestForm, date_form: DateForm, requestable: RequestableFacility) -> Slot | None:
    typed = typed_date(date_form)
    if typed is None or date_form.errors:
        return None
    slot, faults = slot_of(typed, requestable.rules)
    for fault in faults:
        form.add_error(_field_of(date_form, fault), date_fault_text(fault, requestable.zone))
    return slot


def typed_date(date_form: DateForm) -> HourDate | DayDate | None:
    """Return a date as it was typed, or None when something that it needs cannot be read."""
    return _hour_date(date_form) if isinstance(date_form, HourForm) else _day_date(date_form)


def _hour_date(date_form: HourForm) -> HourDate | None:
    first, starts, ends = date_form.day.read, date_form.starts_time.read, date_form.ends_time.read
    if first is None or starts is None or ends is None:
        return None
    return HourDate(
        day=first,
        starts_time=starts,
        ends_time=ends,
        ends_day=date_form.ends_day.read,
        starts_fold=date_form.starts_fold.fold,
        ends_fold=date_form.ends_fold.fold,
    )


def _day_date(date_form: DateForm) -> DayDate | None:
    first = date_form["first_day"].read
    if first is None:
        return None
    halves = {
        name: AFTERNOON if date_form[name].data == "afternoon" else MORNING
        for name in ("first_half", "last_half")
        if name in date_form
    }
    return DayDate(first_day=first, last_day=date_form["last_day"].read or first, **halves)


def _field_of(date_form: DateForm, fault: Fault) -> Any:
    if fault.code is FaultCode.TWICE:
        return date_form[fault.field.replace("_time", "_fold")]
    return date_form[fault.field]


def date_fault_text(fault: Fault, zone: ZoneInfo) -> str:
    """Return what is wrong with the times of a date, and what to do."""
    if fault.wall is None:
        return gettext("The end is before the start. Change one of them.")
    when = {"time": clock_time(fault.wall), "day": day(fault.wall.date())}
    if fault.code is FaultCode.SKIPPED:
        return gettext(
            "There is no %(time)s on %(day)s, %(zone)s: the clock goes forward. "
            "Choose another time.",
            zone=zone_name(zone),
            **when,
        )
    return gettext(
        "The clock shows %(time)s twice on %(day)s. Choose which one you mean.",
        **when,
    )


def add_refusals(
    form: RequestForm, refusals: Sequence[Refusal], requestable: RequestableFacility
) -> None:
    """Add each refusal to the field that it is about, or to the form if it is about the whole."""
    dates = form.date_forms()
    for refusal in refusals:
        text = _text(refusal, requestable)
        index = refusal.date_index
        if refusal.code in _OF_THE_PLACES and "places" in form:
            form.add_error(form.places, text)
        elif refusal.code in _OF_THE_EXTENT and "extent" in form:
            form.add_error(form.extent, text)
        elif refusal.code in PEOPLE_CODES and "people" in form:
            form.add_error(form.people, text)
        elif refusal.code in _OF_ALL or index is None or index >= len(dates):
            form.add_form_error(text)
        else:
            form.add_error(dates[index].first_field(), text)


def _text(refusal: Refusal, requestable: RequestableFacility) -> str:
    if refusal.code is RefusalCode.TOO_MANY_PLACES and requestable.place_word:
        return ngettext(
            "Too many: there is %(num)s (%(word)s); you requested %(asked)s.",
            "Too many: there are %(num)s (%(word)s); you requested %(asked)s.",
            int(str(refusal.params["own"])),
            word=requestable.place_word,
            asked=refusal.params["asked"],
        )
    return refusal_text(refusal, requestable.zone)
