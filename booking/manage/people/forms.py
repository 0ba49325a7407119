"""The forms for roles, and for who may see the calendar of a facility."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.validators import (
    DataRequired,
    InputRequired,
)

from booking.manage.forms import OwnersForm
from booking.rules.visibility import CalendarLevel
from booking.web.fields import (
    LONGEST_EMAIL,
    BaseForm,
    DayField,
    OneAddress,
    at_most,
    email_field,
)


def _why() -> StringField:
    return StringField(_l("Why"), validators=[DataRequired(_l("Say why in a few words."))])


class ApproverForm(OwnersForm):
    """The address of a person to name as approver, why, and to which day."""

    email = email_field(
        _l("E-mail address of the approver"), _l("Enter the person's e-mail address."), "off"
    )
    reason = _why()
    last_day = DayField(_l("Last day"))
    # The address for which the coordinator has read that the person works for an organisation.
    acknowledged = HiddenField()


class TakeApproverForm(OwnersForm):
    """The address of an approver to remove, and why."""

    email = HiddenField(validators=[DataRequired(), at_most(LONGEST_EMAIL), OneAddress()])
    end_reason = _why()


class RoleForm(BaseForm):
    """A role to give: which, for what, to whom, why, and to which day."""

    kind = RadioField(_l("Role"), validators=[InputRequired(_l("Choose a role."))])
    where = SelectField(_l("For"), validate_choice=False)
    email = email_field(
        _l("E-mail address of the person"), _l("Enter the person's e-mail address."), "off"
    )
    reason = _why()
    last_day = DayField(_l("Last day"))
    acknowledged = HiddenField()


class TakeRoleForm(BaseForm):
    """Why a role is taken away."""

    end_reason = _why()


_LEVELS = [
    (CalendarLevel.BUSY.value, _l("sees when it is busy and free")),
    (CalendarLevel.NOTHING.value, _l("sees nothing and requests dates")),
]


class AudiencesForm(OwnersForm):
    """What each audience sees of the calendar."""

    public = RadioField(_l("Everyone, including people without an account"), choices=_LEVELS)
    signed_in = RadioField(_l("People who are signed in"), choices=_LEVELS)
    own_cluster = RadioField(_l("Own cluster"), choices=_LEVELS)
