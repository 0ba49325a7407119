"""One date of a request as it is typed: by the hour, by the half day, by the day."""

from collections.abc import Iterator
from datetime import date, time
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length, ValidationError
from wtforms.widgets import DateInput, TextInput, TimeInput

from booking.forms import BaseForm
from booking.rules.typed import parse_day, parse_time

LONGEST = 40
"""Characters of a day or a time, written out."""


class NativeInput:
    """Draws the browser's own control, or a line of text for what that could not show.

    A native control drops what it cannot read, and nothing typed may get lost.
    """

    def __init__(self, native: DateInput | TimeInput) -> None:
        self._native = native
        self._text = TextInput()

    def __call__(self, field: Any, **kwargs: Any) -> Any:
        """Return the markup of the input."""
        widget = self._text if field.data and field.read is None else self._native
        return widget(field, **kwargs)


class DayField(StringField):
    """A day, typed into the browser's control or written forgivingly."""

    widget = NativeInput(DateInput())

    @property
    def read(self) -> date | None:
        """Return the day, or None when there is none or it cannot be read."""
        return parse_day(self.data or "")

    def _value(self) -> str:
        return self.read.isoformat() if self.read else self.data or ""

    def pre_validate(self, form: Any) -> None:
        """Raise `ValidationError` when something is typed that is no day."""
        if self.data and self.read is None:
            raise ValidationError(_l("This is no day that can be read. Write it like 2027-01-14."))


class ClockField(StringField):
    """A time of day, typed into the browser's control or written forgivingly."""

    widget = NativeInput(TimeInput())

    @property
    def read(self) -> time | None:
        """Return the time, or None when there is none or it cannot be read."""
        return parse_time(self.data or "")

    def _value(self) -> str:
        return self.read.strftime("%H:%M") if self.read else self.data or ""

    def pre_validate(self, form: Any) -> None:
        """Raise `ValidationError` when something is typed that is no time of day."""
        if self.data and self.read is None:
            raise ValidationError(_l("This is no time that can be read. Write it like 14:30."))


def needed(message: Any) -> list[Any]:
    """Return the validators of a day or time that must be there."""
    return [DataRequired(message), Length(max=LONGEST, message=_l("This is too long."))]


def may_lack() -> list[Any]:
    """Return the validators of a day or time that may be left out."""
    return [Length(max=LONGEST, message=_l("This is too long."))]


class DateForm(BaseForm):
    """What the three kinds of dates have in common."""

    class Meta(BaseForm.Meta):
        """It stands inside a form that has the token."""

        csrf = False

    def is_blank(self) -> bool:
        """Tell whether nothing is typed."""
        return not any(field.data for field in self if isinstance(field, DayField | ClockField))

    def first_field(self) -> Field:
        """Return the field at which reasons against the whole date are told."""
        first: Field = next(iter(self))
        return first


class PassingField(RadioField):
    """Which passing of a time that exists twice is meant: "0" or "1". Asked only where it does."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, choices=[], validate_choice=False, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep what says one of the two; what says neither would only be kept and sent on."""
        self.data = valuelist[0] if valuelist and valuelist[0] in ("0", "1") else None

    @property
    def fold(self) -> int | None:
        """Return 0 for the first passing, 1 for the second, None when not said."""
        return None if self.data is None else int(self.data)

    def iter_choices(self) -> Iterator[Any]:
        """Give no choices before the view has named them."""
        return super().iter_choices() if self.choices else iter(())


class HourForm(DateForm):
    """One date by the hour."""

    day = DayField(_l("Day"), validators=needed(_l("Give the day.")))
    starts_time = ClockField(_l("From"), validators=needed(_l("Give the time it starts.")))
    ends_time = ClockField(_l("To"), validators=needed(_l("Give the time it ends.")))
    ends_day = DayField(_l("Last day, if another"), validators=may_lack())
    starts_fold = PassingField(_l("Which start?"))
    ends_fold = PassingField(_l("Which end?"))


class DayForm(DateForm):
    """One date by the day."""

    first_day = DayField(_l("First day"), validators=needed(_l("Give the first day.")))
    last_day = DayField(_l("Last day"), validators=may_lack())


HALVES = [("morning", _l("morning")), ("afternoon", _l("afternoon"))]


class HalfDayForm(DateForm):
    """One date by the half day."""

    first_day = DayField(_l("First day"), validators=needed(_l("Give the first day.")))
    first_half = SelectField(_l("Starts in the"), choices=HALVES, default="morning")
    last_day = DayField(_l("Last day"), validators=may_lack())
    last_half = SelectField(_l("Ends in the"), choices=HALVES, default="afternoon")
