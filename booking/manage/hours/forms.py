"""The forms with which owners set opening hours, special days and how a facility is booked."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import time
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, FormField, HiddenField, RadioField, StringField
from wtforms.validators import Length
from wtforms.widgets import TextInput

from booking.manage.forms import OwnersForm
from booking.rules.hours_changes import DayTimes, SpanFault, span_fault
from booking.rules.opening import WeeklySpan
from booking.rules.terms import term_named
from booking.web.fields import (
    BaseForm,
    ClockField,
    DayField,
    at_most,
    optional_value,
    required_value,
)

NOTE_MAX = 120
URL_MAX = term_named("elsewhere_url").most
#: The openings that one day may have, by the names of their fields.
SPANS_A_DAY = ("first", "second", "third")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_FAULTS = {
    SpanFault.ENDS_BEFORE_START: _l(
        "The end is before the start. Tick “next day” if it is open past midnight."
    ),
    SpanFault.OVER_24_HOURS: _l(
        "That is longer than 24 hours. Untick “next day” or choose an earlier end."
    ),
}


class PlainClockField(ClockField):
    """A time of day in a plain text input, because the browser's time control has no 24:00."""

    widget: Any = TextInput()

    def _value(self) -> str:
        return self.data or ""


class PartForm(BaseForm):
    """A form inside another one, which has the token."""

    class Meta(BaseForm.Meta):
        """No token of its own."""

        csrf = False


class SpanForm(PartForm):
    """One opening of a day; all empty: there is none."""

    opens = PlainClockField(_l("From"), validators=optional_value())
    closes = PlainClockField(_l("To"), validators=optional_value())
    next_day = BooleanField(_l("next day"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Also refuse half a span, and one that ends before it starts."""
        if not super().validate(extra_validators):
            return False
        if not self.is_blank and self.times is None:
            lacking = self.closes if self.opens.data else self.opens
            _add_error(lacking, _l("Enter both times or neither."))
        elif self.times is not None:
            fault = span_fault(*self.times, bool(self.next_day.data))
            if fault is not None:
                _add_error(self.closes, _FAULTS[fault])
        return not self.errors

    @property
    def is_blank(self) -> bool:
        """Return whether nothing is typed."""
        return not (self.opens.data or self.closes.data or self.next_day.data)

    @property
    def times(self) -> DayTimes | None:
        """Return opening and closing if both can be read."""
        opens, closes = self.opens.read, self.closes.read
        return None if opens is None or closes is None else (opens, closes)

    def fill(self, times: DayTimes) -> None:
        """Write an opening into the fields."""
        opens, closes = times
        self.opens.data = opens.strftime("%H:%M")
        self.closes.data = "24:00" if closes == time(0) else closes.strftime("%H:%M")
        self.next_day.data = time(0) < closes <= opens


class DaySpansForm(PartForm):
    """Up to three openings of one day."""

    first = FormField(SpanForm)
    second = FormField(SpanForm)
    third = FormField(SpanForm)

    def rows(self) -> list[SpanForm]:
        """Return its openings as forms."""
        return [getattr(self, name).form for name in SPANS_A_DAY]

    def more(self) -> bool:
        """Return whether the second and third opening have to be visible."""
        return any(not row.is_blank or row.errors for row in self.rows()[1:])

    def fill(self, openings: Iterable[DayTimes]) -> None:
        """Write openings into the fields, as many as there are fields for."""
        for row, times in zip(self.rows(), openings, strict=False):
            row.fill(times)

    def copy_from(self, other: "DaySpansForm") -> None:
        """Copy what is typed for another day, valid or not."""
        for row, copied in zip(self.rows(), other.rows(), strict=True):
            for name in ("opens", "closes", "next_day"):
                getattr(row, name).data = getattr(copied, name).data

    def openings(self) -> list[tuple[Field, DayTimes]]:
        """Return the openings typed, each with the field for its messages."""
        return [(row.opens, row.times) for row in self.rows() if row.times is not None]


class HoursForm(OwnersForm):
    """A form with openings of days."""

    def named_days(self) -> list[tuple[Any, DaySpansForm]]:
        """Return the forms of days in it, each with its name."""
        return [(f.label.text, f.form) for f in self if isinstance(f, FormField)]

    def posted_names(self) -> list[str]:
        """Return the names under which its fields are posted, without the token's."""
        names = [f.name for f in self if not isinstance(f, FormField) and f.name != "csrf_token"]
        rows = [row for _, day in self.named_days() for row in day.rows()]
        return names + [field.name for row in rows for field in row]


class WeekForm(HoursForm):
    """Weekly hours, and the days between which they hold."""

    first = DayField(
        _l("Valid from"),
        validators=required_value(_l("Enter the day from which these hours apply.")),
    )
    last = DayField(_l("Until"), validators=optional_value())
    instead_of = HiddenField(validators=optional_value())
    mon = FormField(DaySpansForm, label=_l("Monday"))
    tue = FormField(DaySpansForm, label=_l("Tuesday"))
    wed = FormField(DaySpansForm, label=_l("Wednesday"))
    thu = FormField(DaySpansForm, label=_l("Thursday"))
    fri = FormField(DaySpansForm, label=_l("Friday"))
    sat = FormField(DaySpansForm, label=_l("Saturday"))
    sun = FormField(DaySpansForm, label=_l("Sunday"))

    def days(self) -> list[DaySpansForm]:
        """Return the forms of the seven days, Monday first."""
        return [getattr(self, name).form for name in WEEKDAYS]

    def fill(self, week: Sequence[WeeklySpan]) -> None:
        """Write weekly hours into the fields."""
        for weekday, day in enumerate(self.days()):
            day.fill((s.opens_time, s.closes_time) for s in week if s.weekday == weekday)

    def copy_monday(self) -> None:
        """Copy Monday to Tuesday until Friday."""
        monday, *others = self.days()[:5]
        for other in others:
            other.copy_from(monday)

    def openings(self) -> Iterator[tuple[Field, WeeklySpan]]:
        """Yield the openings typed, each with the field for its messages."""
        for weekday, day in enumerate(self.days()):
            for field, (opens, closes) in day.openings():
                yield field, WeeklySpan(weekday, opens, closes)


class SpecialDaysForm(HoursForm):
    """The opening times of one day, or of each of several."""

    first = DayField(_l("Day, or first day"), validators=required_value(_l("Enter the day.")))
    last = DayField(_l("Last day, if several"), validators=optional_value())
    kind = RadioField(
        _l("On these days"),
        choices=[("shut", _l("not open")), ("open", _l("open at other times"))],
        default="shut",
    )
    openings = FormField(DaySpansForm, label=_l("Times"))
    note = StringField(_l("Note for partners"), validators=[at_most(NOTE_MAX)])

    def validate(self, extra_validators: Any = None) -> bool:
        """Also refuse "open" without times; the times do not matter when it is not open."""
        if self.kind.data == "open":
            valid = super().validate(extra_validators)
            if not self.times() and not self.openings.errors:
                _add_error(
                    self.openings.form.rows()[0].opens, _l("Enter the times at which it is open.")
                )
            return valid and not self.openings.errors
        openings = self._fields.pop("openings")
        valid = super().validate(extra_validators)
        self._fields["openings"] = openings
        return valid

    def times(self) -> tuple[DayTimes, ...]:
        """Return the times typed; empty when it is not open."""
        if self.kind.data != "open":
            return ()
        return tuple(times for _, times in self.openings.form.openings())


class DaysForm(HoursForm):
    """A first day and, optionally, a last day."""

    first = DayField(_l("From"), validators=required_value(_l("Enter the day.")))
    last = DayField(_l("Until"), validators=optional_value())


class HolidaysForm(OwnersForm):
    """Whether weekly hours count on public holidays; "": as the facility above."""

    opens = RadioField(_l("On public holidays"), choices=[])


class ModeForm(OwnersForm):
    """How a facility is booked; "": as the facility above."""

    mode = RadioField(_l("How it is booked"), choices=[])
    elsewhere_url = StringField(
        _l("Address of the other site"),
        validators=[Length(max=URL_MAX, message=_l("Use at most %(max)d characters."))],
    )


def _add_error(field: Field, message: Any) -> None:
    field.errors = [*field.errors, message]
