"""The forms of a facility's status and of its place in the tree."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from booking.manage.terms.forms import Offered
from booking.web.fields import BaseForm


class StatusForm(BaseForm):
    """Whether it is open."""

    status = SelectField(_l("Status"), choices=[], validators=[Offered()], validate_choice=False)


class MoveForm(BaseForm):
    """What it is part of; "" is nothing."""

    parent = SelectField(_l("Part of"), choices=[], validators=[Offered()], validate_choice=False)
