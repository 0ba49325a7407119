"""What all forms share: fields with hints and messages, and text that can be stored.

Every text field is trimmed, has uniform line ends, refuses characters that cannot be shown, and
has a maximum length, without its form asking for it. So nothing that a database refuses gets
past a form.
"""

from __future__ import annotations

import unicodedata
from datetime import date, time
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    EmailField,
    Field,
    Form,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    Email,
    InputRequired,
    Length,
    Optional,
    StopValidation,
    ValidationError,
)
from wtforms.widgets import DateInput, TextInput, TimeInput

from booking.rules.names import NameProblem, can_be_seen, name_problem, normalised_name
from booking.rules.passwords import MAXIMUM_LENGTH
from booking.rules.typed_values import parse_day, parse_time

#: Maximum characters of a one-line text without a `Length` of its own.
LINE_MAX = 200
#: Maximum characters of a text of several lines without a `Length` of its own.
TEXT_MAX = 4000
#: Maximum characters of a day or time as typed.
MOMENT_MAX = 40
#: The largest whole number that an integer column stores in both databases.
INTEGER_MAX = 2**31 - 1

# Characters that change the reading direction: a name with one can look like another name.
# https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


# Control characters, halves, and separators of lines and paragraphs.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


class PrintableText:
    """Validates that text has no control characters, half characters or direction marks.

    A text that is not empty must show something.

    `lines` allows line breaks and tabs, for texts of several lines.
    """

    def __init__(self, *, lines: bool = False) -> None:
        self.allowed = frozenset("\n\t") if lines else frozenset()

    def __call__(self, form: Form, field: Field) -> None:
        """Raise `ValidationError` at the field when its text holds such a character."""
        # Each character once: a text may have millions before its length is refused.
        for character in set(field.data or "") - self.allowed:
            if unicodedata.category(character) in _UNPRINTABLE or character in _TURNING:
                raise ValidationError(
                    _l(
                        "This text contains a character that cannot be shown, perhaps from "
                        "copying. Delete it or type the text again."
                    )
                )
        if (field.data or "").strip() and not can_be_seen(field.data):
            raise ValidationError(_l("Enter text that can be seen."))


def trimmed(text: str | None) -> str | None:
    """Return the text composed (NFC), without blanks around it, every line end as a line feed.

    A browser sends CR LF and counts it as one character; so do we.
    """
    if text is None:
        return None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip(" \t\n")
    return unicodedata.normalize("NFC", lines)


#: RFC 5321 section 4.5.3.1.3, without its angle brackets.
LONGEST_EMAIL = 254
#: What stands on an invoice so that its payer knows what it is for.
LONGEST_BILLING_REFERENCE = 60
#: Why somebody does something to others.
LONGEST_REASON = 500


def at_most(characters: int) -> Length:
    """Return the validator of a maximum length other than the usual one."""
    return Length(max=characters, message=_l("Use at most %(max)d characters."))


class OneAddress:
    """Validates that the text is one plain e-mail address; stops further validation if not.

    Letters outside ASCII are refused, as few mail servers take them (RFC 6531).
    """

    def __call__(self, form: Form, field: StringField) -> None:
        """Raise `StopValidation` when the field's value is no such address."""
        try:
            Email()(form, field)
        except ValidationError:
            is_address = False
        else:
            is_address = (field.data or "").isascii()
        if not is_address:
            raise StopValidation(_l("Enter an e-mail address such as name@example.org."))


def email_field(
    label: str, missing: str, autocomplete: str, *, any_text: bool = False
) -> EmailField:
    """Return a field for one e-mail address; `missing` is said where it is empty.

    `any_text`: it may be anything, as for signing in, where no address is told from another text.
    """
    # What is no address gets one message, however long it is.
    plain = [] if any_text else [OneAddress()]
    validators = [DataRequired(missing), *plain, at_most(LONGEST_EMAIL)]
    return EmailField(label, validators=validators, render_kw={"autocomplete": autocomplete})


def optional_email_field(label: str) -> EmailField:
    """Return a field for one e-mail address that may stay empty."""
    return EmailField(
        label,
        validators=[Optional(), OneAddress(), at_most(LONGEST_EMAIL)],
        render_kw={"autocomplete": "off"},
    )


def password_field(label: str, missing: str) -> PasswordField:
    """Return a field for the password that somebody has; `missing` is said where it is empty."""
    return PasswordField(
        label,
        validators=[InputRequired(missing), at_most(MAXIMUM_LENGTH)],
        render_kw={"autocomplete": "current-password"},
    )


class BaseForm(FlaskForm):  # type: ignore[misc]
    """The base of all forms, with a CSRF token."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """How fields are bound and drawn."""

        def bind_field(self, form: Form, unbound_field: Any, options: dict[str, Any]) -> Field:
            """Return the bound field, with the validators that all fields of its type have."""
            field: Field = super().bind_field(form, unbound_field, options)
            if isinstance(field, StringField):
                _bound_text(field)
            elif isinstance(field, IntegerField):
                _bound_number(field)
            _set_messages(field)
            return field

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> Any:
            """Return the field's markup, tied to its hint `<id>-help` and message `<id>-error`.

            A template that has another hint names it in `aria_describedby`; the message is
            added here.
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
    # A password is not trimmed: a blank at its end is part of it.
    if not isinstance(field, PasswordField):
        field.filters = [trimmed, *(field.filters or ())]


class StorableNumber:
    """Validates that a whole number fits a column; `NumberRange` fails on one of 400 digits."""

    def __call__(self, form: Form, field: Field) -> None:
        """Raise `StopValidation` at the field when its number is too large, either way."""
        if field.data is not None and abs(field.data) > INTEGER_MAX:
            raise StopValidation(_l("Enter a smaller number."))


def _bound_number(field: IntegerField) -> None:
    field.validators = [StorableNumber(), *field.validators]


def _set_messages(field: Field) -> None:
    """Replace messages such as "not a valid integer value" by ones that say what to do."""
    target: Any = field
    if isinstance(field, IntegerField):
        target.invalid_value_message = target.invalid_value_message or _l("Enter a whole number.")
    elif isinstance(field, DateField):
        target.invalid_value_message = target.invalid_value_message or _l(
            "Enter a date like 2027-01-14."
        )
    elif isinstance(field, SelectField):  # RadioField is one
        target.invalid_choice_message = target.invalid_choice_message or _l("Choose one of these.")


class NameField(StringField):
    """The name of a person or an organisation, stored as `normalised_name` says."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the name that was typed."""
        super().process_formdata(valuelist)
        self.data = normalised_name(self.data or "")

    def pre_validate(self, form: Any) -> None:
        """Raise `StopValidation` when the name could pass for another one or deface a page."""
        problem = name_problem(self.data or "")
        if problem is not None:
            raise StopValidation(_NAME_PROBLEMS[problem])


_NAME_PROBLEMS = {
    NameProblem.UNSEEN: _l(
        "This name holds a character that cannot be seen, perhaps from copying. Type it by hand."
    ),
    NameProblem.STACKED: _l("This name has more than two accents on one letter. Type it again."),
}


class NativeInput:
    """A widget: the browser's own control, or a text input for values it could not show.

    A native control drops what it cannot read, and what was typed must not get lost.
    """

    def __init__(self, native: DateInput | TimeInput) -> None:
        self._native = native
        self._text = TextInput()

    def __call__(self, field: Any, **kwargs: Any) -> Any:
        """Return the markup of the input."""
        widget = self._text if field.data and field.read is None else self._native
        return widget(field, **kwargs)


class DayField(StringField):
    """A day, from the browser's date control or typed in any common notation."""

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
            raise ValidationError(_l("Enter a date like 2027-01-14."))


class ClockField(StringField):
    """A time of day, from the browser's time control or typed in any common notation."""

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
            raise ValidationError(_l("Enter a time like 14:30."))


def required_value(message: Any) -> list[Any]:
    """Return the validators of a required day or time."""
    return [DataRequired(message), Length(max=MOMENT_MAX, message=_l("Too long."))]


def optional_value() -> list[Any]:
    """Return the validators of an optional day or time."""
    return [Length(max=MOMENT_MAX, message=_l("Too long."))]
