"""The forms for the approvers of a facility and for who may see its calendar."""

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, Form, HiddenField, RadioField, StringField
from wtforms.validators import DataRequired, Email, StopValidation, ValidationError

from booking.manage.forms import OwnersForm
from booking.rules.visibility import CalendarLevel
from booking.web.fields import at_most

LONGEST_EMAIL = 254


class PlainAddress:
    """Refuses anything but one plain e-mail address."""

    def __call__(self, form: Form, field: StringField) -> None:
        """Raise `StopValidation` unless the field's value is such an address."""
        try:
            Email()(form, field)
        except ValidationError:
            is_address = False
        else:
            is_address = (field.data or "").isascii()
        if not is_address:
            raise StopValidation(_l("Enter an e-mail address such as name@example.org."))


class ApproverForm(OwnersForm):
    """The address of a person to name as approver, or to remove."""

    email = EmailField(
        _l("E-mail address of the approver"),
        validators=[
            DataRequired(_l("Enter the person's e-mail address.")),
            at_most(LONGEST_EMAIL),
            PlainAddress(),
        ],
        render_kw={"autocomplete": "off"},
    )
    # The address for which the coordinator has read that the person works for an organisation.
    acknowledged = HiddenField()


_LEVELS = [
    (CalendarLevel.BUSY.value, _l("sees when it is busy and free")),
    (CalendarLevel.NOTHING.value, _l("sees nothing and requests dates")),
]


class AudiencesForm(OwnersForm):
    """What each audience sees of the calendar."""

    public = RadioField(_l("Everyone, including people without an account"), choices=_LEVELS)
    signed_in = RadioField(_l("People who are signed in"), choices=_LEVELS)
    own_cluster = RadioField(_l("Own cluster"), choices=_LEVELS)
