"""Forms of administrators: why something is done to a person's account."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired

from booking.web.fields import LONGEST_REASON, BaseForm, at_most


class MergeForm(BaseForm):
    """Why two organisations become one."""

    why = TextAreaField(
        _l("Reason"),
        description=_l(
            "Everybody who works for either can read this in the history of the organisation."
        ),
        validators=[DataRequired(_l("Say why, in a few words.")), at_most(LONGEST_REASON)],
        render_kw={"rows": 3},
    )


class ReasonForm(BaseForm):
    """Why a step is taken."""

    why = TextAreaField(
        _l("Reason"),
        description=_l(
            "The person can read this in their history. Administrators can read it in the log."
        ),
        validators=[DataRequired(_l("Say why, in a few words.")), at_most(LONGEST_REASON)],
        render_kw={"rows": 3},
    )
