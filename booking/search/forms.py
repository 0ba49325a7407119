"""The search form: what, where, when, for how long, for how many."""

import re
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import NumberRange, Optional, StopValidation, ValidationError

from booking.rules.opening import Unit
from booking.web.fields import BaseForm, at_most

MAX_DAYS_AHEAD = 3650
#: The most characters of the text searched for.
MAX_TEXT = 100
#: The longest length that can be searched for, in each unit.
MAX_NUMBER = {Unit.HOUR: 24, Unit.HALF_DAY: 40, Unit.DAY: 60}
MAX_PEOPLE = 9999
MAX_PLACES = 500
LENGTHS = (
    ("", _l("any")),
    ("1-hour", _l("1 hour")),
    ("2-hour", _l("2 hours")),
    ("3-hour", _l("3 hours")),
    ("4-hour", _l("4 hours")),
    ("6-hour", _l("6 hours")),
    ("8-hour", _l("8 hours")),
    ("1-half_day", _l("half a day")),
    ("1-day", _l("1 day")),
    ("2-day", _l("2 days")),
    ("3-day", _l("3 days")),
    ("4-day", _l("4 days")),
    ("5-day", _l("5 days")),
    ("10-day", _l("10 days")),
    ("15-day", _l("15 days")),
    ("20-day", _l("20 days")),
)
_LENGTH = re.compile(r"([1-9][0-9]{0,2})-(hour|half_day|day)")


def _from_one_to(most: int) -> list[Any]:
    message = _l("Enter a number from %(min)s to %(max)s.")
    return [Optional(), _stop_where_no_number, NumberRange(min=1, max=most, message=message)]


def _stop_where_no_number(form: BaseForm, field: IntegerField) -> None:
    """Give no second error where the value is not a number."""
    if field.process_errors:
        raise StopValidation


class FindForm(BaseForm):
    """One search; sent by GET, so that its address can be shared."""

    class Meta(BaseForm.Meta):
        """No CSRF token: a search changes nothing."""

        csrf = False

    what = StringField(_l("What"), validators=[at_most(MAX_TEXT)])
    cluster = SelectMultipleField(_l("Clusters"), validate_choice=False)
    country = SelectMultipleField(_l("Countries"), validate_choice=False)
    kind = SelectMultipleField(_l("Kinds"), validate_choice=False)
    area = SelectMultipleField(_l("Focus areas"), validate_choice=False)
    city = SelectMultipleField(_l("Cities"), validate_choice=False)
    capability = SelectMultipleField(_l("Capabilities"), validate_choice=False)
    equipment = SelectMultipleField(_l("Equipment"), validate_choice=False)
    hazard = SelectMultipleField(_l("Hazards allowed"), validate_choice=False)
    setting = SelectMultipleField(_l("Indoors or outdoors"), validate_choice=False)
    access = SelectMultipleField(_l("Access"), validate_choice=False)
    capacity = SelectMultipleField(_l("Room for"), validate_choice=False)
    status = SelectMultipleField(_l("Status"), validate_choice=False)
    first = DateField(_l("First day"), validators=[Optional()])
    last = DateField(_l("Last day"), validators=[Optional()])
    length = SelectField(_l("Length"), choices=LENGTHS, validate_choice=False)
    people = IntegerField(_l("People"), validators=_from_one_to(MAX_PEOPLE))
    places = IntegerField(_l("Places"), validators=_from_one_to(MAX_PLACES))

    #: Today, and the longest window in days; the view sets both before it validates.
    today: date
    window_days: int

    def parsed_length(self) -> tuple[int, Unit] | None:
        """Return number and unit of the length; None: any length.

        Raises:
            ValueError: it is not a length, or too long.
        """
        if not self.length.data:
            return None
        found = _LENGTH.fullmatch(self.length.data)
        if found is None:
            raise ValueError("no length")
        number, unit = int(found[1]), Unit(found[2])
        if number > MAX_NUMBER[unit]:
            raise ValueError("too long")
        return number, unit

    def validate_length(self, field: SelectField) -> None:
        """Refuse a value that is not a length."""
        try:
            self.parsed_length()
        except ValueError as error:
            raise ValidationError(_l("Choose a length from the list.")) from error

    def validate_first(self, field: DateField) -> None:
        """Refuse a day too far ahead."""
        self._check_reach(field)

    def validate_last(self, field: DateField) -> None:
        """Refuse an end before the start, in the past, or too far behind the start."""
        first, last = self.first.data, field.data
        if first and last and (last - first).days >= self.window_days:
            raise ValidationError(
                gettext(
                    "Search at most %(number)s days at a time. Choose an earlier day.",
                    number=self.window_days,
                )
            )
        self._check_reach(field)
        if last and last < self.today:
            raise ValidationError(_l("This day is in the past. Choose a later day."))
        if first and last and last < first:
            raise ValidationError(_l("This is before the first day. Choose a later day."))
        if first and last:
            self._check_room(first, last)

    def _check_reach(self, field: DateField) -> None:
        if field.data and field.data > self.today + timedelta(days=MAX_DAYS_AHEAD):
            raise ValidationError(_l("Too far ahead. Choose an earlier day."))

    def _check_room(self, first: date, last: date) -> None:
        """Refuse fewer days than the length needs."""
        try:
            number, unit = self.parsed_length() or (1, Unit.HOUR)
        except ValueError:
            return  # said at the length
        days = {Unit.HOUR: 1, Unit.HALF_DAY: -(-number // 2), Unit.DAY: number}[unit]
        if (last - first).days + 1 < days:
            raise ValidationError(
                gettext(
                    "This period is shorter than %(number)s days. Choose a later day.", number=days
                )
            )

    def validate(self, extra_validators: dict[str, list[object]] | None = None) -> bool:
        """Check all fields. A first day alone means that one day; a last day needs a first day."""
        fine: bool = super().validate(extra_validators)
        if self.first.errors or self.last.errors:
            return False
        first, last = self.first.data, self.last.data
        if last and not first:
            self.first.errors = [*self.first.errors, _l("Enter the first day as well.")]
            return False
        if first and not last:
            try:
                if first < self.today:
                    raise ValidationError(_l("This day is in the past. Choose a later day."))
                self._check_room(first, first)
            except ValidationError as error:
                wrong = self.first if first < self.today else self.last
                wrong.errors = [*wrong.errors, str(error)]
                return False
        return fine
