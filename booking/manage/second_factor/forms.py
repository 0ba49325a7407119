"""The forms with which a cluster asks its people for a second factor, and no longer asks."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired

from booking.web.fields import BaseForm, DayField, at_most, required_value

LONGEST_REASON = 200


def _why() -> StringField:
    return StringField(
        _l("Why"),
        validators=[DataRequired(_l("Say why in a few words.")), at_most(LONGEST_REASON)],
    )


class SecondFactorForm(BaseForm):
    """The first day, why, and the `SecondFactorPage.version` that the reader has seen."""

    day = DayField(_l("First day"), validators=required_value(_l("Enter the first day.")))
    reason = _why()
    version = HiddenField()


class LiftForm(BaseForm):
    """Why it is no longer asked for, and the version that the reader has seen."""

    end_reason = _why()
    version = HiddenField()
