"""The forms to make and change a closure, and to resolve the dates that it affects."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length

from booking.manage.forms import OwnersForm
from booking.rules.closure_times import PlannedClosure
from booking.rules.recurrence import RepeatPattern, Series
from booking.web.fields import BaseForm, ClockField, DayField, optional_value, required_value

REASON_MAX = 200
RESOLVING_MAX = 1000
ON_A_DAY, NOT_KNOWN = "on", "open"
ONCE = "once"
PATTERNS = (
    (ONCE, _l("once")),
    (RepeatPattern.DAILY.value, _l("every day")),
    (RepeatPattern.WEEKLY.value, _l("every week")),
    (RepeatPattern.MONTHLY_DATE.value, _l("every month, on the same date")),
    (RepeatPattern.MONTHLY_WEEKDAY.value, _l("every month, on the same weekday")),
)
WEEKDAYS = (
    ("0", _l("Mon")),
    ("1", _l("Tue")),
    ("2", _l("Wed")),
    ("3", _l("Thu")),
    ("4", _l("Fri")),
    ("5", _l("Sat")),
    ("6", _l("Sun")),
)


def _reason() -> StringField:
    return StringField(
        _l("Reason"),
        validators=[
            DataRequired(_l("Enter why it is closed.")),
            Length(max=REASON_MAX, message=_l("Use at most %(max)d characters.")),
        ],
    )


class ClosureForm(OwnersForm):
    """A new closure, in wall time of the facility."""

    first_day = DayField(_l("First day"), validators=required_value(_l("Enter the first day.")))
    starts_time = ClockField(_l("From"), validators=optional_value())
    ends = RadioField(
        _l("How it ends"),
        choices=[(ON_A_DAY, _l("on a day")), (NOT_KNOWN, _l("not known yet"))],
        default=ON_A_DAY,
    )
    last_day = DayField(_l("Last day"), validators=optional_value())
    ends_time = ClockField(_l("To"), validators=optional_value())
    next_word_on = DayField(_l("Next update by"), validators=optional_value())
    pattern = SelectField(_l("How often"), choices=PATTERNS, default=ONCE)
    weekdays = SelectMultipleField(_l("On these days of the week"), choices=WEEKDAYS)
    until = DayField(_l("Repeats until"), validators=optional_value())
    reason = _reason()
    reason_is_public = BooleanField(_l("Show the reason to everyone"))

    def closing(self) -> PlannedClosure:
        """Return what was typed; call it on a valid form."""
        first_day = self.first_day.read
        if first_day is None:
            raise ValueError("the form is not well-formed")
        open_ended = self.ends.data == NOT_KNOWN
        return PlannedClosure(
            first_day=first_day,
            last_day=None if open_ended else self.last_day.read,
            starts_time=self.starts_time.read,
            ends_time=None if open_ended else self.ends_time.read,
            open_ended=open_ended,
            next_word_on=self.next_word_on.read if open_ended else None,
            series=self._series(),
        )

    def _series(self) -> Series | None:
        if self.pattern.data == ONCE:
            return None
        pattern = RepeatPattern(self.pattern.data)
        weekdays = frozenset(int(one) for one in self.weekdays.data or ())
        return Series(
            pattern,
            weekdays=weekdays if pattern is RepeatPattern.WEEKLY else frozenset(),
            until=self.until.read,
        )


class ChangeForm(OwnersForm):
    """A change of a closure."""

    ends = RadioField(
        _l("How it ends"),
        choices=[(ON_A_DAY, _l("on a day")), (NOT_KNOWN, _l("not known yet"))],
        default=ON_A_DAY,
    )
    last_day = DayField(_l("Last day"), validators=optional_value())
    ends_time = ClockField(_l("To"), validators=optional_value())
    next_word_on = DayField(_l("Next update by"), validators=optional_value())
    reason = _reason()
    reason_is_public = BooleanField(_l("Show the reason to everyone"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Also refuse an end on a day that is not given."""
        is_good = super().validate(extra_validators)
        if self.ends.data == ON_A_DAY and not self.last_day.data:
            self.last_day.errors = [_l("Enter the last day.")]
            return False
        return is_good


class ResolveForm(BaseForm):
    """The ticked dates, and why they are kept or ended."""

    dates = SelectMultipleField(
        _l("Dates"),
        validate_choice=False,
        validators=[DataRequired(_l("Select at least one date."))],
    )
    reason = TextAreaField(
        _l("Reason"),
        validators=[
            DataRequired(_l("Give a reason. Both sides will see it.")),
            Length(max=RESOLVING_MAX, message=_l("Use at most %(max)d characters.")),
        ],
    )
