"""The filters of a log: what happened, who or to whom, between which days."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, StringField, ValidationError
from wtforms.validators import Optional

from booking.web.fields import BaseForm, at_most


class LogFilterForm(BaseForm):
    """Sent by GET, so that its address can be kept; the view sets the choices of `kind`."""

    class Meta(BaseForm.Meta):
        """No CSRF token: it changes nothing."""

        csrf = False

    kind = SelectField(_l("What happened"), default="")
    person = StringField(_l("Person"), [at_most(120)], description=_l("A part of the name."))
    first = DateField(_l("From"), [Optional()])
    last = DateField(_l("To"), [Optional()])

    def validate_last(self, field: DateField) -> None:
        """Refuse an end before the beginning."""
        if self.first.data and field.data and field.data < self.first.data:
            raise ValidationError(gettext("The last day is before the first."))
