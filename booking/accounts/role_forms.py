"""The forms with which roles are given and taken away, on all pages that do it."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired

from booking.web.fields import BaseForm, DayField, email_field


def why_field() -> StringField:
    """Return the field for why a role, or what it needs, is changed."""
    return StringField(_l("Why"), validators=[DataRequired(_l("Say why in a few words."))])


class RoleForm(BaseForm):
    """A role to give: which, for what, to whom, why, and to which day."""

    kind = RadioField(_l("Role"), validators=[InputRequired(_l("Choose a role."))])
    where = SelectField(_l("For"), validate_choice=False)
    email = email_field(
        _l("E-mail address of the person"), _l("Enter the person's e-mail address."), "off"
    )
    reason = why_field()
    last_day = DayField(_l("Last day"))
    # The address for which whoever gives it has read that the person works for an organisation.
    acknowledged = HiddenField()

    def leave_out_which(self) -> None:
        """Leave out which role it is and for what: the page says so."""
        del self.kind, self.where

    @property
    def knows(self) -> bool:
        """Return whether it was read that this person works for an organisation."""
        return bool(self.email.data) and self.acknowledged.data == self.email.data


class TakeRoleForm(BaseForm):
    """Why a role is taken away."""

    end_reason = why_field()
