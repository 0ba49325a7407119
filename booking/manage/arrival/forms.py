"""The form in which owners say how to arrive."""

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, TextAreaField
from wtforms.validators import Optional

from booking.manage.forms import OwnersForm
from booking.manage.terms.forms import Between
from booking.rules.updates import MOST_REMINDER_DAYS


class ArrivalForm(OwnersForm):
    """How to arrive, and when partners are reminded; empty is as above."""

    text = TextAreaField(_l("How to arrive"))
    reminder_days = IntegerField(
        _l("Working days before the first date"),
        validators=[Optional(), Between(0, MOST_REMINDER_DAYS)],
    )
