"""The forms of requests: asking, taking back, cancelling."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

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
from wtforms.validators import DataRequired, InputRequired, Length, StopValidation

from booking.requests.date_forms import DateForm, DayForm, HalfDayForm, HourForm
from booking.requests.repeat_forms import RepeatForm
from booking.rules.many_dates import MAX_DATES
from booking.rules.opening import Unit
from booking.web.fields import BaseForm

PART, WHOLE = "part", "whole"
YES, NO = "yes", "no"
Pairs = list[tuple[str, str]]

_OF_A_DATE = re.compile(r"dates-([0-9]{1,6})-([a-z_]{1,20})", re.ASCII)


class OnlyIf:
    """Asks a question only where another was answered in a certain way."""

    def __init__(self, name: str, answer: str) -> None:
        self._name, self._answer = name, answer

    def __call__(self, form: BaseForm, field: Field) -> None:
        """Stop, without an error, where the question was not asked."""
        if self._name in form and form[self._name].data != self._answer:
            field.errors = []
            raise StopValidation


class RequestForm(BaseForm):
    """A whole request for one facility. The page posts the session's token beside it.

    The fields from `title` on are the details. A new one is also named in `details`, and in
    `keep_owner_fields` where owners are not asked for it.
    """

    class Meta(BaseForm.Meta):
        """The token of the session is checked before the view, for a stale one keeps the rest."""

        csrf = False

    facility = StringField(_l("Facility"))
    idempotency_key = StringField(_l("Form"))
    dates = FieldList(FormField(DateForm))  # each unit puts its own kind of date in here
    repeat = FormField(RepeatForm)
    extent = RadioField(
        _l("How much of it"),
        choices=[
            (PART, _l("Part of it: others beside you")),
            (WHOLE, _l("All of it: nobody else there")),
        ],
        default=PART,
    )
    places = IntegerField(
        _l("Groups"),
        default=1,
        validators=[OnlyIf("extent", PART), InputRequired(_l("Give a whole number, at least 1."))],
    )
    title = StringField(
        _l("Title"),
        validators=[
            DataRequired(_l("Give it a title.")),
            Length(max=120, message=_l("Use at most %(max)d characters.")),
        ],
    )
    purpose = TextAreaField(
        _l("Purpose"), validators=[DataRequired(_l("Say what you want to find out or do."))]
    )
    activity = SelectField(
        _l("Kind of activity"), validators=[DataRequired(_l("Choose what comes nearest."))]
    )
    people = IntegerField(
        _l("People"), validators=[InputRequired(_l("Give a whole number, at least 1."))]
    )
    hazards = RadioField(
        _l("Hazards"),
        choices=[(YES, _l("Yes")), (NO, _l("No"))],
        validators=[InputRequired(_l("Answer yes or no."))],
    )
    hazards_note = TextAreaField(
        _l("Which hazards"),
        validators=[OnlyIf("hazards", YES), DataRequired(_l("Name them, or answer no."))],
    )

    def typed(self) -> Pairs:
        """Return everything as a browser would send it again, days and times tidied."""
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
        return found

    def keep_owner_fields(self) -> None:
        """Leave out what only a partner is asked: owners enter bookings with the rest."""
        del self.people, self.hazards, self.hazards_note, self.repeat

    def drop_blank_dates(self) -> None:
        """Leave out dates in which nothing is typed, but for one."""
        filled = [entry for entry in self.dates.entries if not entry.form.is_blank()]
        self.dates.entries = filled or self.dates.entries[:1]

    def date_forms(self) -> list[DateForm]:
        """Return the dates in their order."""
        return [entry.form for entry in self.dates.entries]

    def tell(self, field: Field, message: str) -> None:
        """Say at a field, once, what is wrong with it; call it after `validate`."""
        if message not in field.errors:
            field.errors = [*field.errors, message]
        if field.name.startswith("dates-"):
            self.dates.errors = [entry.errors for entry in self.dates.entries]

    def tell_all(self, message: str) -> None:
        """Say, once, what is wrong with the whole; call it after `validate`."""
        if message not in self.form_errors:
            self.form_errors.append(message)


def _dates_of(kind: type[DateForm]) -> Any:
    """Return the dates of a request, in the same place among the fields whatever their kind."""
    dates: Any = FieldList(FormField(kind), min_entries=1)
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


ASK_FORMS: Mapping[Unit, type[RequestForm]] = {
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
    """Return what a browser sends of a field: of boxes each that is ticked."""
    if isinstance(field.data, list):
        return [str(value) for value in field.data]
    return [str(field._value() if hasattr(field, "_value") else field.data or "")]  # noqa: SLF001


def tidied(
    pairs: Pairs, *, without: int | None = None, one_more: bool = False
) -> tuple[Pairs, int]:
    """Return posted fields with the dates numbered from 0, and how many dates there were.

    At most one date more than can be asked for is kept, so that too many are told and cheap.
    `without` leaves out one date by its number, `one_more` adds a blank one.
    """
    rows: dict[int, Pairs] = {}
    kept: Pairs = []
    for name, value in pairs:
        match = _OF_A_DATE.fullmatch(name)
        if match:
            rows.setdefault(int(match[1]), []).append((match[2], value))
        elif not name.startswith("dates"):
            kept.append((name, value))
    numbers = [number for number in sorted(rows) if number != without][: MAX_DATES + 1]
    for new_number, number in enumerate(numbers):
        kept += [(f"dates-{new_number}-{name}", value) for name, value in rows[number]]
    if one_more:
        kept.append((f"dates-{len(numbers)}-day", ""))
    return kept, len(rows)


class WithdrawForm(BaseForm):
    """Which dates of which booking of the request are meant."""

    booking = IntegerField(_l("Booking"))
    # By their random names: row numbers would tell how much others ask for.
    dates = SelectMultipleField(
        _l("Dates"),
        validate_choice=False,
        validators=[DataRequired(_l("Tick at least one date."))],
    )


class RequesterCancelForm(WithdrawForm):
    """Which confirmed dates are cancelled, and why."""

    reason = TextAreaField(
        _l("Reason"),
        validators=[
            DataRequired(_l("Say why: the owner has kept this time free for you.")),
            Length(max=1000, message=_l("Use at most %(max)d characters.")),
        ],
    )
