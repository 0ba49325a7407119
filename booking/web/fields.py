"""What all forms have in common: fields tied to their messages, and text that can be kept.

A field of text is safe without its form saying so: blanks around it go, line ends become one
kind, characters that cannot be shown are refused, and a length is always set. So no form can
forget it, and nothing that a database refuses gets past the form.
"""

from __future__ import annotations

import unicodedata
from datetime import date, time
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    Field,
    Form,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, StopValidation, ValidationError
from wtforms.widgets import DateInput, TextInput, TimeInput

from booking.rules.typed_values import parse_day, parse_time

#: Characters in one line of text where the field sets no `Length` of its own.
LINE_MAX = 200
#: Characters in a text of several lines where the field sets no `Length` of its own.
TEXT_MAX = 4000
#: Characters of a day or a time, written out.
MOMENT_MAX = 40
#: The largest whole number that both databases keep in an integer column.
INTEGER_MAX = 2**31 - 1

# Characters that turn the reading direction of what follows: a name holding one can look like
# another name. https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class PrintableText:
    """Refuses what cannot be shown: control characters, half characters and turning marks.

    `lines` allows the line break and the tab, for texts of several lines.
    """

    def __init__(self, *, lines: bool = False) -> None:
        self.allowed = frozenset("\n\t") if lines else frozenset()

    def __call__(self, form: Form, field: Field) -> None:
        """Raise `ValidationError` at the field when its text holds such a character."""
        for character in field.data or "":
            if character in self.allowed:
                continue
            if unicodedata.category(character) in {"Cc", "Cs"} or character in _TURNING:
                raise ValidationError(
                    _l(
                        "This text holds a character that cannot be shown, perhaps from copying. "
                        "Delete it, or type the text by hand."
                    )
                )


def trimmed(text: str | None) -> str | None:
    """The text without blanks around it, every line end as a line feed.

    A browser sends CR LF and counts it as one character; so do we.
    """
    if text is None:
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n").strip(" \t\n")


def at_most(characters: int) -> Length:
    """The bound for a text whose longest length differs from the usual one."""
    return Length(max=characters, message=_l("Use at most %(max)d characters."))


class BaseForm(FlaskForm):  # type: ignore[misc]
    """The form all forms derive from. Its token guards every post."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """How fields are bound and drawn."""

        def bind_field(self, form: Form, unbound_field: Any, options: dict[str, Any]) -> Field:
            """The bound field, with the bounds that every field of its type has."""
            field: Field = super().bind_field(form, unbound_field, options)
            if isinstance(field, StringField):
                _bound_text(field)
            elif isinstance(field, IntegerField):
                _bound_number(field)
            _say_what_helps(field)
            return field

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> Any:
            """The field's markup, tied to its hint `<id>-help` and its message `<id>-error`.

            A hint that the template gives instead of the field's description is named by the
            template in `aria-describedby`; the message is added to it here.
            """
            described = [render_kw.pop("aria_describedby", None)]
            if field.description and not described[0]:
                described = [f"{field.id}-help"]
            if field.errors:
                render_kw.setdefault("aria-invalid", "true")
                described.append(f"{field.id}-error")
            ids = " ".join(one for one in described if one)
            if ids:
                render_kw.setdefault("aria-describedby", ids)
            return super().render_field(field, render_kw)


def _bound_text(field: StringField) -> None:
    lines = isinstance(field, TextAreaField)
    bounds: list[Any] = [PrintableText(lines=lines)]
    if not any(isinstance(one, Length) and one.max >= 0 for one in field.validators):
        longest = TEXT_MAX if lines else LINE_MAX
        bounds.append(at_most(longest))
        field.flags.maxlength = longest
    field.validators = [*field.validators, *bounds]
    # A password is kept as typed: a blank at its end is part of it.
    if not isinstance(field, PasswordField):
        field.filters = [trimmed, *(field.filters or ())]


class StorableNumber:
    """Refuses a whole number that no database keeps. `NumberRange` fails on one of 400 digits."""

    def __call__(self, form: Form, field: Field) -> None:
        """Raise `StopValidation` at the field when its number is too large, either way."""
        if field.data is not None and abs(field.data) > INTEGER_MAX:
            raise StopValidation(_l("Give a smaller number."))


def _bound_number(field: IntegerField) -> None:
    field.validators = [StorableNumber(), *field.validators]


def _say_what_helps(field: Field) -> None:
    """Let the field say what to do, where WTForms would only say "not a valid integer value"."""
    told: Any = field
    if isinstance(field, IntegerField):
        told.invalid_value_message = told.invalid_value_message or _l("Give a whole number.")
    elif isinstance(field, DateField):
        told.invalid_value_message = told.invalid_value_message or _l(
            "This is no day that can be read. Write it like 2027-01-14."
        )
    elif isinstance(field, SelectField):  # RadioField is one
        told.invalid_choice_message = told.invalid_choice_message or _l("Choose one of these.")


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


def required_value(message: Any) -> list[Any]:
    """Return the validators of a day or time that must be there."""
    return [DataRequired(message), Length(max=MOMENT_MAX, message=_l("This is too long."))]


def optional_value() -> list[Any]:
    """Return the validators of a day or time that may be left out."""
    return [Length(max=MOMENT_MAX, message=_l("This is too long."))]
