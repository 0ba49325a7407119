"""The form of a message to everybody with a date."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired

from booking.messages.forms import MESSAGE_MAX
from booking.web.fields import BaseForm, DayField, at_most, required_value


class AnnouncementForm(BaseForm):
    """What to say, and to whom: those with a date between two days, both included."""

    first_day = DayField(_l("First day"), validators=required_value(_l("Enter the first day.")))
    last_day = DayField(_l("Last day"), validators=required_value(_l("Enter the last day.")))
    text = TextAreaField(
        _l("Message"), validators=[DataRequired(_l("Write a message.")), at_most(MESSAGE_MAX)]
    )
