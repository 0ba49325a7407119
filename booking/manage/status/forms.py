"""The forms of a facility's status and of its place in the tree."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from booking.manage.forms import OwnersForm
from booking.manage.terms.forms import Offered


class StatusForm(OwnersForm):
    """Whether it is open."""

    status = SelectField(_l("Status"), choices=[], validators=[Offered()], validate_choice=False)


class MoveForm(OwnersForm):
    """What it is part of; "" is nothing."""

    parent = SelectField(_l("Part of"), choices=[], validators=[Offered()], validate_choice=False)
