"""One booking to decide on, ready to be drawn: its form, its day, what confirming would do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import url_for

from booking.calendars.service import DayStrip, day_strip
from booking.decisions.consequences import Competition, Effects
from booking.decisions.forms import CancelForm, ConfirmForm, DatesForm
from booking.decisions.opened import OpenBooking, OpenDate, OpenRequest
from booking.formats import short_day
from booking.rules.slots import Slot
from booking.rules.visibility import Viewer

#: A row of links to so many days; who has more dates sees the others' days by their dates.
MOST_DAYS = 14


@dataclass(frozen=True)
class Part:
    """One booking of a request; `number` counts the bookings that the viewer decides on from 1.

    `decline_open`, `cancel_open`: that answer was tried and lacks something.
    """

    number: int
    booking: OpenBooking
    form: ConfirmForm
    cancel_form: CancelForm
    effects: Effects
    strip: DayStrip | None
    days: tuple[tuple[str, str, bool], ...]
    decline_open: bool
    cancel_open: bool

    @property
    def fitting(self) -> tuple[OpenDate, ...]:
        """Return the dates that wait and have room."""
        return tuple(d for d in self.booking.waiting if d.id not in self.effects.unfit)

    @property
    def forms(self) -> tuple[DatesForm, DatesForm]:
        """Return both forms, for the summary of what is wrong."""
        return self.form, self.cancel_form


def prefix_of(number: int, kind: str) -> str:
    """Return what the names of a form's fields begin with, as one page may hold several."""
    return f"{kind}-{number}"


def parts_of(
    opened: OpenRequest,
    around: Competition,
    viewer: Viewer,
    now: datetime,
    *,
    on: date | None = None,
    tried: tuple[int, DatesForm] | None = None,
) -> list[Part]:
    """Return the bookings of a request; `tried` is the number of one and its form as posted.

    `around` is the competition around all their dates; `on` the day to draw, if one touches it.
    """
    return [
        _part(number, booking, opened.reference, around, viewer, now, on, tried)
        for number, booking in enumerate(opened.bookings, start=1)
    ]


def _part(
    number: int,
    booking: OpenBooking,
    reference: str,
    around: Competition,
    viewer: Viewer,
    now: datetime,
    on: date | None,
    tried: tuple[int, DatesForm] | None,
) -> Part:
    waiting = booking.waiting
    effects = around.effects([d.id for d in waiting])
    posted = tried[1] if tried and tried[0] == number else None
    form = posted if isinstance(posted, ConfirmForm) else _form(number, waiting, effects)
    cancel_form = (
        posted
        if isinstance(posted, CancelForm)
        else CancelForm(formdata=None, prefix=prefix_of(number, "cancel"))
    )
    touched = _days([d.slot for d in waiting or booking.cancellable], booking.zone)
    day = on if on in touched else _first_of_interest(booking, effects, touched)
    strip = None
    if day is not None:
        strip = day_strip(
            booking.facility_id,
            day,
            this=[d.id for d in waiting or booking.cancellable],
            rivals=[rival.occurrence_id for rival in effects.rivals],
            viewer=viewer,
            now=now,
        )
    return Part(
        number=number,
        booking=booking,
        form=form,
        cancel_form=cancel_form,
        effects=effects,
        strip=strip,
        days=_day_links(touched, day, reference),
        decline_open=posted is form and bool(form.reason.errors),
        cancel_open=posted is cancel_form,
    )


def _form(number: int, waiting: Sequence[OpenDate], effects: Effects) -> ConfirmForm:
    """Return the form with every date ticked that has room."""
    form = ConfirmForm(formdata=None, prefix=prefix_of(number, "answer"))
    form.dates.data = [d.uid for d in waiting if d.id not in effects.unfit or len(waiting) == 1]
    return form


def _days(slots: Sequence[Slot], zone: ZoneInfo) -> list[date]:
    """Return the local days that these dates touch, at most a few of each."""
    found: set[date] = set()
    for slot in slots:
        day = slot.starts_at.astimezone(zone).date()
        last = (slot.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
        while day <= last and len(found) < MOST_DAYS:
            found.add(day)
            day += timedelta(days=1)
    return sorted(found)


def _first_of_interest(
    booking: OpenBooking, effects: Effects, touched: Sequence[date]
) -> date | None:
    """Return the first day on which something stands in the way, else the first day."""
    contested = [d.slot for d in booking.waiting if d.id in effects.unfit]
    contested += [rival.slot for rival in effects.rivals]
    for day in touched:
        if day in _days(contested, booking.zone):
            return day
    return touched[0] if touched else None


def _day_links(
    touched: Sequence[date], shown: date | None, reference: str
) -> tuple[tuple[str, str, bool], ...]:
    if len(touched) < 2:
        return ()
    return tuple(
        (
            short_day(day),
            url_for("decisions.show", reference=reference, on=day.isoformat()),
            day == shown,
        )
        for day in touched
    )
