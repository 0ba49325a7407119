"""One date of a request as it is typed: by the hour, by the half day, by the day."""

from collections.abc import Iterator
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, RadioField, SelectField

from booking.web.fields import BaseForm, ClockField, DayField, optional_value, required_value


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

    day = DayField(_l("Day"), validators=required_value(_l("Give the day.")))
    starts_time = ClockField(_l("From"), validators=required_value(_l("Give the time it starts.")))
    ends_time = ClockField(_l("To"), validators=required_value(_l("Give the time it ends.")))
    ends_day = DayField(_l("Last day, if another"), validators=optional_value())
    starts_fold = PassingField(_l("Which start?"))
    ends_fold = PassingField(_l("Which end?"))


class DayForm(DateForm):
    """One date by the day."""

    first_day = DayField(_l("First day"), validators=required_value(_l("Give the first day.")))
    last_day = DayField(_l("Last day"), validators=optional_value())


HALVES = [("morning", _l("morning")), ("afternoon", _l("afternoon"))]


class HalfDayForm(DateForm):
    """One date by the half day."""

    first_day = DayField(_l("First day"), validators=required_value(_l("Give the first day.")))
    first_half = SelectField(_l("Starts in the"), choices=HALVES, default="morning")
    last_day = DayField(_l("Last day"), validators=optional_value())
    last_half = SelectField(_l("Ends in the"), choices=HALVES, default="afternoon")
