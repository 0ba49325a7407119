"""The form with which somebody reports a mistake."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired

from booking.rules.corrections import LONGEST_TEXT
from booking.web.fields import BaseForm, at_most


class MistakeForm(BaseForm):
    """What is wrong on the page of a facility."""

    text = TextAreaField(
        _l("What is wrong"),
        validators=[
            DataRequired(_l("Say what is wrong, and what would be right.")),
            at_most(LONGEST_TEXT),
        ],
    )
