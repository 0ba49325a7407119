"""The forms for the approvers of a facility, and for who may see its calendar."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField
from wtforms.validators import DataRequired

from booking.accounts.role_forms import RoleForm, TakeRoleForm
from booking.manage.forms import OwnersForm
from booking.rules.visibility import CalendarLevel
from booking.web.fields import LONGEST_EMAIL, OneAddress, at_most


class ApproverForm(RoleForm, OwnersForm):
    """The form of a role, for an approver of one facility, with its version."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leave_out_which()


class TakeApproverForm(TakeRoleForm, OwnersForm):
    """The address of an approver to remove, and why, with the version of the facility."""

    email = HiddenField(validators=[DataRequired(), at_most(LONGEST_EMAIL), OneAddress()])


_LEVELS = [
    (CalendarLevel.BUSY.value, _l("sees when it is busy and free")),
    (CalendarLevel.NOTHING.value, _l("sees nothing and requests dates")),
]


class AudiencesForm(OwnersForm):
    """What each audience sees of the calendar."""

    public = RadioField(_l("Everyone, including people without an account"), choices=_LEVELS)
    signed_in = RadioField(_l("People who are signed in"), choices=_LEVELS)
    own_cluster = RadioField(_l("Own cluster"), choices=_LEVELS)
