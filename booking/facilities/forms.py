"""The question: what, where, when, for how long."""

import re
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional, ValidationError

from booking.forms import BaseForm
from booking.rules.opening import Unit

MAX_DAYS_AHEAD = 3650
#: For how long a place may be looked for, in each unit.
MAX_NUMBER = {Unit.HOUR: 24, Unit.HALF_DAY: 40, Unit.DAY: 60}
DEFAULT_LENGTH = "1-day"
LENGTHS = (
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


class FindForm(BaseForm):
    """One question; sent by GET, so that its address can be shared."""

    class Meta(BaseForm.Meta):
        """Nothing is changed by asking, so there is nothing to guard."""

        csrf = False

    what = StringField(_l("What"))
    cluster = SelectMultipleField(_l("Where"), validate_choice=False)
    kind = SelectMultipleField(_l("Kind"), validate_choice=False)
    area = SelectMultipleField(_l("Focus area"), validate_choice=False)
    first = DateField(
        _l("Between"),
        validators=[Optional()],
    )
    last = DateField(
        _l("and"),
        validators=[Optional()],
    )
    length = SelectField(_l("How long"), choices=LENGTHS, validate_choice=False)

    #: Today, and the longest window in days; the view sets both before it validates.
    today: date
    window_days: int

    def parsed_length(self) -> tuple[int, Unit]:
        """Return number and unit of the length; the default when none was given.

        Raises:
            ValueError: it is no length, or longer than anybody may look for.
        """
        found = _LENGTH.fullmatch(self.length.data or DEFAULT_LENGTH)
        if found is None:
            raise ValueError("no length")
        number, unit = int(found[1]), Unit(found[2])
        if number > MAX_NUMBER[unit]:
            raise ValueError("too long")
        return number, unit

    def validate_length(self, field: SelectField) -> None:
        """Refuse what is no length."""
        try:
            self.parsed_length()
        except ValueError as error:
            raise ValidationError(_l("Choose how long from the list.")) from error

    def validate_first(self, field: DateField) -> None:
        """Refuse a day without an end, and one too far ahead."""
        self._check_reach(field)

    def validate_last(self, field: DateField) -> None:
        """Refuse an end before the start, in the past, or too far behind the start."""
        self._check_reach(field)
        first, last = self.first.data, field.data
        if last is None:
            return
        if last < self.today:
            raise ValidationError(_l("This day is over. Give a later one."))
        if first is None:
            return
        if last < first:
            raise ValidationError(_l("This is before the first day. Give a later one."))
        if (last - first).days >= self.window_days:
            raise ValidationError(
                _l("Look at %(number)s days at most at a time.", number=self.window_days)
            )

    def _check_reach(self, field: DateField) -> None:
        if field.data and field.data > self.today + timedelta(days=MAX_DAYS_AHEAD):
            raise ValidationError(_l("This is too far ahead. Give an earlier day."))

    def validate(self, extra_validators: dict[str, list[object]] | None = None) -> bool:
        """Check all fields; a day on one side needs one on the other."""
        fine: bool = super().validate(extra_validators)
        for field, other in ((self.first, self.last), (self.last, self.first)):
            missing = other.data and not field.data and not field.errors
            if missing and not other.errors:
                text = (
                    _l("Give the first day as well.")
                    if field is self.first
                    else _l("Give the last day as well.")
                )
                field.errors = [*field.errors, text]
                fine = False
        return fine
