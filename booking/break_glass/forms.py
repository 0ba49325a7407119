"""The form with which an admin opens one booking."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired

from booking.web.fields import LONGEST_REASON, BaseForm, at_most


class OpenForm(BaseForm):
    """Which booking, and why."""

    reference = StringField(
        _l("Reference"),
        [DataRequired(_l("Enter the reference, such as K7M-4QX.")), at_most(20)],
        description=_l("On pages and in mails about the booking, such as K7M-4QX."),
    )
    why = TextAreaField(
        _l("Why you need to read it"),
        [DataRequired(_l("Say why, in a sentence.")), at_most(LONGEST_REASON)],
        description=_l("Both sides of the booking read this, and it stays in the log."),
    )
