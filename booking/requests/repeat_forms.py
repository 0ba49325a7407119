"""How the first date of a request comes again, as it is typed."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, IntegerField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import Optional, ValidationError

from booking.requests.date_forms import PassingField
from booking.rules.many_dates import MAX_DATES
from booking.rules.recurrence import RepeatPattern
from booking.rules.typed_values import parse_day
from booking.web.fields import BaseForm, DayField, at_most, optional_value

PATTERNS = [
    ("", _l("not repeated")),
    (RepeatPattern.DAILY.value, _l("daily")),
    (RepeatPattern.WEEKLY.value, _l("weekly")),
    (RepeatPattern.MONTHLY_DATE.value, _l("monthly, same date")),
    (RepeatPattern.MONTHLY_WEEKDAY.value, _l("monthly, as “third Tuesday”")),
    (RepeatPattern.MONTHLY_LAST.value, _l("monthly, as “last Friday”")),
]
_LONGEST_TEXT = 4000
_MOST_SKIPPED = 2 * MAX_DATES


class DaysField(TextAreaField):
    """Several days, written forgivingly, one a line or parted by commas or semicolons."""

    @property
    def read(self) -> tuple[date, ...]:
        """Return the days that can be read, in the order in which they were typed."""
        return tuple(day for _, day in self._pieces() if day is not None)

    def pre_validate(self, form: Any) -> None:
        """Raise `ValidationError` that names the first piece that is no day."""
        for text, day in self._pieces():
            if day is None:
                raise ValidationError(
                    _l(
                        "“%(text)s” is no day that can be read. Write days like 2027-01-14, "
                        "with commas between them.",
                        text=text[:40],
                    )
                )

    def _pieces(self) -> Iterator[tuple[str, date | None]]:
        for line in (self.data or "").replace(";", "\n").splitlines():
            whole = parse_day(line)
            pieces = [line] if whole else line.split(",")  # "Jan 14, 2027" has a comma of its own
            for piece in pieces:
                if piece.strip():
                    yield piece.strip(), parse_day(piece)


class SkippedField(Field):
    """The days of a series that are left out, each posted by its own box as `2027-01-14`."""

    data: list[str]

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep what is a day, once; what is none would only be kept and sent on."""
        read = (parse_day(value[:10]) for value in valuelist[:_MOST_SKIPPED])
        self.data = sorted({day.isoformat() for day in read if day is not None})

    @property
    def read(self) -> frozenset[date]:
        """Return the days."""
        return frozenset(date.fromisoformat(value) for value in self.data or ())


class RepeatForm(BaseForm):
    """By what rule the first date comes again, until when, and what joins or is left out."""

    class Meta(BaseForm.Meta):
        """It stands inside a form that has the token."""

        csrf = False

    pattern = SelectField(_l("Repeat"), choices=PATTERNS, default="")
    every = IntegerField(_l("Every"), default=1, validators=[Optional()])
    weekdays = SelectMultipleField(_l("On these days of the week"), choices=[])
    until = DayField(_l("Until"), validators=optional_value())
    count = IntegerField(_l("Or how many dates"), validators=[Optional()])
    extra = DaysField(_l("Extra days"), validators=[at_most(_LONGEST_TEXT)])
    skipped = SkippedField(_l("Leave out"), default=list)
    fold = PassingField(_l("Which passing?"))

    @property
    def is_used(self) -> bool:
        """Tell whether the date is to come again."""
        return bool(self.pattern.data)

    @property
    def is_touched(self) -> bool:
        """Tell whether something is typed that would do nothing without a pattern."""
        return any((self.until.data, self.count.raw_data and self.count.raw_data[0])) or any(
            (self.extra.data, self.weekdays.data, self.every.data not in (None, 1))
        )
