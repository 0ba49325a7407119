"""The form of a message about a facility."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired

from booking.messages.forms import MESSAGE_MAX
from booking.web.fields import BaseForm, at_most


class EnquiryForm(BaseForm):
    """A question about a facility, or what is written after it."""

    text = TextAreaField(
        _l("Your question"),
        validators=[DataRequired(_l("Write a message.")), at_most(MESSAGE_MAX)],
    )
