"""The form of one saved reply."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired

from booking.decisions.forms import REASON_MAX
from booking.web.fields import BaseForm, at_most

TITLE_MAX = 80


class ReplyForm(BaseForm):
    """A saved reply; `revision` is that of the reply that the form was filled with."""

    revision = HiddenField()
    title = StringField(
        _l("Title"), validators=[DataRequired(_l("Enter a title.")), at_most(TITLE_MAX)]
    )
    text = TextAreaField(
        _l("Text"), validators=[DataRequired(_l("Enter the text.")), at_most(REASON_MAX)]
    )
