"""The partner's forms: request dates, withdraw them, cancel them."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    Field,
    FieldList,
    FormField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    Optional,
    StopValidation,
    ValidationError,
)

from booking.rules.many_dates import MAX_DATES
from booking.rules.opening import Unit
from booking.rules.recurrence import RepeatPattern
from booking.rules.typed_values import parse_day
from booking.web.fields import (
    LONGEST_BILLING_REFERENCE,
    BaseForm,
    ClockField,
    DayField,
    at_most,
    optional_value,
    required_value,
)

PART, WHOLE = "part", "whole"
YES, NO = "yes", "no"
Pairs = list[tuple[str, str]]

_OF_A_DATE = re.compile(r"dates-([0-9]{1,6})-([a-z_]{1,20})", re.ASCII)

PATTERNS = [
    ("", _l("not repeated")),
    (RepeatPattern.DAILY.value, _l("daily")),
    (RepeatPattern.WEEKLY.value, _l("weekly")),
    (RepeatPattern.MONTHLY_DATE.value, _l("monthly, same date")),
    (RepeatPattern.MONTHLY_WEEKDAY.value, _l("monthly, as “third Tuesday”")),
    (RepeatPattern.MONTHLY_LAST.value, _l("monthly, as “last Friday”")),
]
_LONGEST_TEXT = 4000
# What one more date takes over from the date before it.
_TIMES_COPIED = ("starts_time", "ends_time", "first_half", "last_half")
_MOST_SKIPPED = 2 * MAX_DATES


def _is_filled_day(field: Field) -> bool:
    return isinstance(field, DayField) and bool(field.raw_data and field.raw_data[0])


class DateForm(BaseForm):
    """What the three kinds of dates have in common."""

    class Meta(BaseForm.Meta):
        """It is part of a form that has the token."""

        csrf = False

    def is_blank(self) -> bool:
        """Return whether nothing is typed."""
        return not any(field.data for field in self if isinstance(field, DayField | ClockField))

    def is_copy_of(self, other: "DateForm | None") -> bool:
        """Return whether it has no day, and the same times as `other`."""
        if other is None or any(_is_filled_day(field) for field in self):
            return False
        return all(
            field.data == other[field.short_name].data
            for field in self
            if isinstance(field, ClockField)
        )

    def first_field(self) -> Field:
        """Return the field that gets the refusals of the whole date."""
        first: Field = next(iter(self))
        return first


class PassingField(RadioField):
    """Which instant of a time that the clock shows twice: "0" or "1". Asked only where needed."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, choices=[], validate_choice=False, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep one of the two values, and nothing else."""
        self.data = valuelist[0] if valuelist and valuelist[0] in ("0", "1") else None

    @property
    def fold(self) -> int | None:
        """Return 0 for the first passing, 1 for the second, None when not said."""
        return None if self.data is None else int(self.data)

    def iter_choices(self) -> Iterator[Any]:
        """Give no choices before the form builder has set them."""
        return super().iter_choices() if self.choices else iter(())


class HourForm(DateForm):
    """One date by the hour."""

    day = DayField(_l("Day"), validators=required_value(_l("Enter the day.")))
    starts_time = ClockField(_l("From"), validators=required_value(_l("Enter a start time.")))
    ends_time = ClockField(_l("To"), validators=required_value(_l("Enter an end time.")))
    ends_day = DayField(_l("Last day, if different"), validators=optional_value())
    starts_fold = PassingField(_l("Which start?"))
    ends_fold = PassingField(_l("Which end?"))


class DayForm(DateForm):
    """One date by the day."""

    first_day = DayField(_l("First day"), validators=required_value(_l("Enter the first day.")))
    last_day = DayField(_l("Last day"), validators=optional_value())


HALVES = [("morning", _l("morning")), ("afternoon", _l("afternoon"))]


class HalfDayForm(DateForm):
    """One date by the half day."""

    first_day = DayField(_l("First day"), validators=required_value(_l("Enter the first day.")))
    first_half = SelectField(_l("Starts in the"), choices=HALVES, default="morning")
    last_day = DayField(_l("Last day"), validators=optional_value())
    last_half = SelectField(_l("Ends in the"), choices=HALVES, default="afternoon")


class DaysField(TextAreaField):
    """Several days, one a line or separated by commas or semicolons."""

    @property
    def read(self) -> tuple[date, ...]:
        """Return the days that can be read, in the order in which they were typed."""
        return tuple(day for _, day in self._pieces() if day is not None)

    def pre_validate(self, form: Any) -> None:
        """Raise `ValidationError` that names the first piece that is no day."""
        for text, day in self._pieces():
            if day is None:
                raise ValidationError(
                    gettext(
                        "“%(text)s” is not a date. Enter dates like 2027-01-14, separated "
                        "by commas.",
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
        """Keep what is a day, each once."""
        read = (parse_day(value[:10]) for value in valuelist[:_MOST_SKIPPED])
        self.data = sorted({day.isoformat() for day in read if day is not None})

    @property
    def read(self) -> frozenset[date]:
        """Return the days."""
        return frozenset(date.fromisoformat(value) for value in self.data or ())


class RepeatForm(BaseForm):
    """How the first date repeats, until when, and which days are added or left out."""

    class Meta(BaseForm.Meta):
        """It is part of a form that has the token."""

        csrf = False

    pattern = SelectField(_l("Repeat"), choices=PATTERNS, default="")
    every = IntegerField(_l("Every"), default=1, validators=[Optional()])
    weekdays = SelectMultipleField(_l("On these days of the week"), choices=[])
    until = DayField(_l("Until"), validators=optional_value())
    count = IntegerField(_l("Or how many dates"), validators=[Optional()])
    extra = DaysField(_l("Extra days"), validators=[at_most(_LONGEST_TEXT)])
    skipped = SkippedField(_l("Leave out"), default=list)
    fold = PassingField(_l("Which one?"))

    @property
    def is_used(self) -> bool:
        """Return whether the date repeats."""
        return bool(self.pattern.data)

    @property
    def is_touched(self) -> bool:
        """Return whether something is typed that needs a pattern."""
        return any((self.until.data, self.count.raw_data and self.count.raw_data[0])) or any(
            (self.extra.data, self.weekdays.data, self.every.data not in (None, 1))
        )


class DatesField(FieldList):  # type: ignore[type-arg]  # it has none at run time
    """The dates; its errors are those that its dates have when they are read."""

    @property
    def errors(self) -> Any:
        """Return the errors of each date, or nothing if none has any."""
        found = [entry.errors for entry in self.entries]
        return found if any(found) else []

    @errors.setter
    def errors(self, errors: Any) -> None:
        """Ignore what validation collects: it is in the dates."""


class OnlyIf:
    """Validates a field only if another field has a certain value."""

    def __init__(self, name: str, answer: str) -> None:
        self._name, self._answer = name, answer

    def __call__(self, form: BaseForm, field: Field) -> None:
        """Stop validation without an error if the other field has another value."""
        if self._name in form and form[self._name].data != self._answer:
            field.errors = []
            raise StopValidation


class RequestForm(BaseForm):
    """A request for one facility. The page posts the CSRF token with it.

    The fields from `title` on are the details. A new one is also named in `details`, and in
    `keep_owner_fields` if owners need not fill it in.
    """

    class Meta(BaseForm.Meta):
        """The CSRF token is checked before the view, so that a stale one loses nothing typed."""

        csrf = False

    needs_sign_in = False
    """There are more dates than somebody may request who is not signed in."""

    offers_waiting = False
    """The dates that are taken may go to the waiting list; nothing else is wrong."""

    offers_alert = False
    """Somebody may be told when the dates that are taken become free; nothing else is wrong."""

    facility = StringField(_l("Facility"))
    idempotency_key = StringField(_l("Form"))
    dates = DatesField(FormField(DateForm))  # each unit has its own kind of date
    repeat = FormField(RepeatForm)
    extent = RadioField(
        _l("Part or all of it"),
        choices=[
            (PART, _l("Part of it (shared with others)")),
            (WHOLE, _l("All of it (exclusive use)")),
        ],
        default=PART,
    )
    places = IntegerField(
        _l("Groups"),
        default=1,
        validators=[OnlyIf("extent", PART), InputRequired(_l("Enter a whole number, at least 1."))],
    )
    title = StringField(
        _l("Title"),
        validators=[
            DataRequired(_l("Enter a title.")),
            Length(max=120, message=_l("Use at most %(max)d characters.")),
        ],
    )
    purpose = TextAreaField(
        _l("Purpose"), validators=[DataRequired(_l("Enter what you want to do or find out."))]
    )
    activity = SelectField(
        _l("Kind of activity"), validators=[DataRequired(_l("Choose the closest match."))]
    )
    people = IntegerField(
        _l("People"), validators=[InputRequired(_l("Enter a whole number, at least 1."))]
    )
    hazards = RadioField(
        _l("Hazards"),
        choices=[(YES, _l("Yes")), (NO, _l("No"))],
        validators=[InputRequired(_l("Answer yes or no."))],
    )
    hazards_note = TextAreaField(
        _l("Which hazards"),
        validators=[OnlyIf("hazards", YES), DataRequired(_l("Enter the hazards, or answer no."))],
    )
    billing_reference = StringField(
        _l("Billing reference"), validators=[at_most(LONGEST_BILLING_REFERENCE)]
    )
    confidential = SelectMultipleField(
        _l("Confidential"),
        choices=[(YES, _l("Only people I name may read this"))],
        validate_choice=False,
    )
    #: Colleagues, by the keys of their memberships.
    readers = SelectMultipleField(
        _l("Colleagues who may read it"), choices=[], validate_choice=False
    )

    def typed(self) -> Pairs:
        """Return all fields as pairs (name, value), as a browser would post them again."""
        return [(field.name, text) for field in _leaves(self) for text in _texts_of(field)]

    def details(self) -> dict[str, Any]:
        """Return the fields of `RequestDetails` as typed, by name; those not asked are missing."""
        found = {
            "title": self.title.data or "",
            "purpose": self.purpose.data or "",
            "activity": self.activity.data or "",
        }
        if "people" in self:
            found["people"] = self.people.data
        if "hazards" in self and self.hazards.data == YES:
            found |= {"hazards": True, "hazards_note": self.hazards_note.data or ""}
        if "billing_reference" in self:
            found["billing_reference"] = self.billing_reference.data or ""
        return found

    def keep_owner_fields(self) -> None:
        """Leave out what only a partner is asked, and let the purpose be empty."""
        del self.people, self.hazards, self.hazards_note, self.billing_reference
        del self.confidential, self.readers
        self.purpose.validators = ()

    def keep_dates_only(self) -> None:
        """Leave out all but the dates and how much of the facility: the rest is known."""
        del self.title, self.purpose, self.activity, self.repeat
        del self.people, self.hazards, self.hazards_note, self.billing_reference
        del self.confidential, self.readers

    def keep_details_only(self) -> None:
        """Leave out dates, extent, and who may read it."""
        del self.dates, self.repeat, self.confidential, self.readers
        for name in ("extent", "places"):
            if name in self:
                del self[name]

    def drop_blank_dates(self) -> None:
        """Drop dates in which nothing is typed, but keep at least one.

        A date without a day, with the times of the one before it, was added and not filled in.
        """
        filled, before = [], None
        for entry in self.dates.entries:
            if not entry.form.is_blank() and not entry.form.is_copy_of(before):
                filled.append(entry)
            before = entry.form
        self.dates.entries = filled or self.dates.entries[:1]

    def date_forms(self) -> list[DateForm]:
        """Return the form of each date, in order."""
        return [entry.form for entry in self.dates.entries] if "dates" in self else []

    def add_error(self, field: Field, message: str) -> None:
        """Add an error to a field, once; call it after `validate`, which clears errors."""
        if message not in field.errors:
            field.errors = [*field.errors, message]

    def add_form_error(self, message: str) -> None:
        """Add an error to the form, once; call it after `validate`."""
        if message not in self.form_errors:
            self.form_errors.append(message)


def _dates_of(kind: type[DateForm]) -> Any:
    """Return a list of dates of one kind, at the place of `RequestForm.dates` in the form."""
    dates: Any = DatesField(FormField(kind), min_entries=1)
    dates.creation_counter = RequestForm.dates.creation_counter
    return dates


class HourRequestForm(RequestForm):
    """A request by the hour."""

    dates = _dates_of(HourForm)


class HalfDayRequestForm(RequestForm):
    """A request by the half day."""

    dates = _dates_of(HalfDayForm)


class DayRequestForm(RequestForm):
    """A request by the day."""

    dates = _dates_of(DayForm)


REQUEST_FORMS: Mapping[Unit, type[RequestForm]] = {
    Unit.HOUR: HourRequestForm,
    Unit.HALF_DAY: HalfDayRequestForm,
    Unit.DAY: DayRequestForm,
}


def _leaves(fields: Any) -> Iterator[Field]:
    for field in fields:
        if isinstance(field, FieldList):
            yield from _leaves(field.entries)
        elif isinstance(field, FormField):
            yield from _leaves(field.form)
        else:
            yield field


def _texts_of(field: Field) -> list[str]:
    """Return what a browser posts of a field: one value for each ticked box."""
    if isinstance(field.data, list):
        return [str(value) for value in field.data]
    return [str(field._value() if hasattr(field, "_value") else field.data or "")]  # noqa: SLF001


def tidied(
    pairs: Pairs, most: int = MAX_DATES, *, without: int | None = None, one_more: bool = False
) -> tuple[Pairs, int]:
    """Return posted fields with dates renumbered from 0, and how many dates there were.

    At most one date more than `most` is read: enough to say that there are too many.
    `without` leaves out one date by its number, `one_more` adds one with the times of the last.
    """
    rows: dict[int, Pairs] = {}
    kept: Pairs = []
    for name, value in pairs:
        match = _OF_A_DATE.fullmatch(name)
        if match:
            rows.setdefault(int(match[1]), []).append((match[2], value))
        elif not name.startswith("dates"):
            kept.append((name, value))
    numbers = [number for number in sorted(rows) if number != without][: most + 1]
    for new_number, number in enumerate(numbers):
        kept += [(f"dates-{new_number}-{name}", value) for name, value in rows[number]]
    if one_more:
        last = rows[numbers[-1]] if numbers else []
        kept.append((f"dates-{len(numbers)}-day", ""))
        kept += [
            (f"dates-{len(numbers)}-{name}", value) for name, value in last if name in _TIMES_COPIED
        ]
    return kept, len(rows)


class WithdrawForm(BaseForm):
    """Dates of one booking of a request."""

    booking = IntegerField(_l("Booking"))
    # Dates by their uid: ids would reveal how many dates others request.
    dates = SelectMultipleField(
        _l("Dates"),
        validate_choice=False,
        validators=[DataRequired(_l("Select at least one date."))],
    )


class ReadersForm(BaseForm):
    """Who of the organisation may read a request."""

    confidential = SelectMultipleField(
        _l("Confidential"),
        choices=[(YES, _l("Only people I name may read this"))],
        validate_choice=False,
    )
    readers = SelectMultipleField(_l("Colleagues who may read it"), validate_choice=False)


class DeclineProposalsForm(WithdrawForm):
    """Which proposals are declined, and why."""

    reason = TextAreaField(
        _l("Message"),
        validators=[Length(max=1000, message=_l("Use at most %(max)d characters."))],
    )


class SuggestForm(BaseForm):
    """What is said with a suggested date; posted with its form."""

    class Meta(BaseForm.Meta):
        """It is posted with the form of the date and the page's CSRF token."""

        csrf = False

    words = TextAreaField(
        _l("Message"),
        validators=[Length(max=1000, message=_l("Use at most %(max)d characters."))],
    )

    def problems(self) -> list[tuple[str, str]]:
        """Return what is wrong, each with the id of its field."""
        return [
            (f"{field.label.text}: {error}", field.id) for field in self for error in field.errors
        ]


class RequesterCancelForm(WithdrawForm):
    """Which confirmed dates are cancelled, and why."""

    reason = TextAreaField(
        _l("Reason"),
        validators=[
            DataRequired(_l("Give a reason. The owner has kept this time free for you.")),
            Length(max=1000, message=_l("Use at most %(max)d characters.")),
        ],
    )
