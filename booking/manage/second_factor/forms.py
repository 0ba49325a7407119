"""The forms with which a cluster asks its people for a second factor, and no longer asks."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from booking.accounts.role_forms import why_field
from booking.web.fields import BaseForm, DayField, required_value


class SecondFactorForm(BaseForm):
    """The first day, why, and the `SecondFactorPage.version` that the reader has seen."""

    day = DayField(_l("First day"), validators=required_value(_l("Enter the first day.")))
    reason = why_field()
    version = HiddenField()


class LiftForm(BaseForm):
    """Why it is no longer asked for, and the version that the reader has seen."""

    end_reason = why_field()
    version = HiddenField()
