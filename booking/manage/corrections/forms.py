"""The form that settles a reported mistake."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField
from wtforms.validators import AnyOf

from booking.rules.corrections import Outcome
from booking.web.fields import BaseForm


class SettleForm(BaseForm):
    """What became of it."""

    outcome = HiddenField(_l("What became of it"), validators=[AnyOf(tuple(Outcome))])
