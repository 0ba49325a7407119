"""The forms to set time aside for named organisations, and to release it."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, RadioField, SelectMultipleField, StringField
from wtforms.validators import Optional, ValidationError

from booking.manage.forms import OwnersForm
from booking.rules.set_aside import PlannedSetAside
from booking.web.fields import (
    LINE_MAX,
    ClockField,
    DayField,
    at_most,
    optional_value,
    required_value,
)

#: So many organisations at most have one stretch of time set aside.
MOST_ORGANISATIONS = 200
WHOLE, SOME = "whole", "places"


def _of_names() -> Any:
    """Refuse more names than a person types, and names longer than any."""

    def check(_form: Any, field: Any) -> None:
        names = field.data or ()
        if len(names) > MOST_ORGANISATIONS or any(len(name) > LINE_MAX for name in names):
            raise ValidationError(_l("Too many organisations, or names that are too long."))

    return check


class SetAsideForm(OwnersForm):
    """Time to set aside, in wall time of the facility."""

    #: Those that were added.
    organisations = SelectMultipleField(
        _l("Organisations"), validate_choice=False, validators=[_of_names()]
    )
    #: A name, or a part of one, to find and add.
    organisation = StringField(_l("Organisations"), validators=[at_most(LINE_MAX)])
    first_day = DayField(_l("First day"), validators=required_value(_l("Enter the first day.")))
    starts_time = ClockField(_l("From"), validators=optional_value())
    last_day = DayField(_l("Last day"), validators=optional_value())
    ends_time = ClockField(_l("To"), validators=optional_value())
    extent = RadioField(
        _l("What to set aside"),
        choices=[(WHOLE, _l("the whole facility")), (SOME, _l("some places"))],
        default=WHOLE,
    )
    places = IntegerField(_l("Number of places"), validators=[Optional()])
    release_day = DayField(_l("Free for everyone from"), validators=optional_value())

    def validate(self, extra_validators: Any = None) -> bool:
        """Also refuse some places without a number."""
        is_good = super().validate(extra_validators)
        if self.extent.data == SOME and self.places.data is None and not self.places.errors:
            self.places.errors = [_l("Enter how many places.")]
            return False
        return is_good

    def planned(self) -> PlannedSetAside:
        """Return what was typed; call it on a valid form."""
        first_day = self.first_day.read
        if first_day is None:
            raise ValueError("the form is not well-formed")
        return PlannedSetAside(
            first_day=first_day,
            last_day=self.last_day.read,
            starts_time=self.starts_time.read,
            ends_time=self.ends_time.read,
            release_day=self.release_day.read,
            places=self.places.data if self.extent.data == SOME else None,
        )


class ReleaseForm(OwnersForm):
    """Which set-aside time is released; a button sends it."""

    set_aside = HiddenField(_l("Set-aside time"), validators=[at_most(LINE_MAX)])
