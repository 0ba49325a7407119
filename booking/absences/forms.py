"""The form to enter days on which one is away."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField

from booking.web.fields import BaseForm, DayField, required_value


class AbsenceForm(BaseForm):
    """First and last day, and who decides meanwhile."""

    first = DayField(_l("First day away"), validators=required_value(_l("Enter the first day.")))
    last = DayField(_l("Last day away"), validators=required_value(_l("Enter the last day.")))
    stand_in = SelectField(_l("Who decides for you"), validate_choice=False)
    # What the person has read about who decides then.
    acknowledged = HiddenField()
