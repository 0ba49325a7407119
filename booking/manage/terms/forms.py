"""The forms in which owners state the rules of a facility."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, Form, HiddenField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Optional, StopValidation, ValidationError

from booking.rules.term_faults import MOST_UNITS
from booking.rules.terms import FARTHEST_DAYS
from booking.web.fields import BaseForm, ClockField, at_most, optional_value

AS_ABOVE = ""
YES, NO = "yes", "no"
PART, WHOLE, BOTH = "part", "whole", "both"
DAY_MINUTES = 24 * 60
MOST_PEOPLE = 100_000
MOST_PLACES = 500
LONGEST_WORD = 40


class Between:
    """Refuses a whole number that lies outside two bounds; of what is no number others speak."""

    def __init__(self, fewest: int, most: int) -> None:
        self.fewest, self.most = fewest, most

    def __call__(self, form: Form, field: Field) -> None:
        """Raise `ValidationError` at the field when its number is too small or too large."""
        if field.data is None or field.errors:
            return
        if field.data < self.fewest:
            raise ValidationError(_l("Give %(number)s or more.", number=self.fewest))
        if field.data > self.most:
            raise ValidationError(_l("Give %(number)s or less.", number=self.most))


class Offered:
    """Refuses what is not one of the choices that the view has given."""

    def __call__(self, form: Form, field: SelectField) -> None:
        """Raise `StopValidation` unless the field's value is one of its choices."""
        if (field.data or "") not in {choice[0] for choice in field.iter_choices()}:
            raise StopValidation(_l("Choose one of these."))


def _number(label: str, fewest: int, most: int) -> IntegerField:
    return IntegerField(label, validators=[Optional(), Between(fewest, most)])


def _choice(label: str) -> SelectField:
    return SelectField(label, choices=[], validators=[Offered()], validate_choice=False)


class TermsForm(BaseForm):
    """All rules of a facility but its hours; an empty field takes what holds above."""

    version = HiddenField(_l("What it stated before"))
    unit = _choice(_l("Asked for"))
    pending_holds = _choice(_l("While a request waits"))
    minimum_units = _number(_l("Shortest"), 1, max(MOST_UNITS.values()))
    maximum_units = _number(_l("Longest"), 1, max(MOST_UNITS.values()))
    step_minutes = _number(_l("Step, in minutes"), 1, DAY_MINUTES)
    half_day_time = ClockField(_l("Half days part at"), validators=optional_value())
    lead_time_days = _number(_l("Lead time, in days"), 0, FARTHEST_DAYS)
    late_asking = _choice(_l("Asking inside the lead time"))
    horizon_days = _number(_l("Horizon, in days"), 1, FARTHEST_DAYS)
    places = IntegerField(
        _l("Places"),
        validators=[InputRequired(_l("Say how many places there are.")), Between(0, MOST_PLACES)],
    )
    place_word = StringField(_l("What a place is called"), validators=[at_most(LONGEST_WORD)])
    extent = RadioField(
        _l("Can be asked for"),
        choices=[
            (BOTH, _l("a part of it, or all of it")),
            (PART, _l("only a part of it")),
            (WHOLE, _l("only all of it")),
        ],
    )
    people_limit = _number(_l("People at most"), 1, MOST_PEOPLE)
    setup_minutes = _number(_l("Set-up, in minutes"), 0, DAY_MINUTES)
    cleanup_minutes = _number(_l("Clean-up, in minutes"), 0, DAY_MINUTES)

    def tell_field(self, name: str, text: Any) -> None:
        """Put a message at the field of this name."""
        field = self[name]
        field.errors = [*field.errors, text]
