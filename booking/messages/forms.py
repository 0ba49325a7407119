"""The form of a message, for each side."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, TextAreaField
from wtforms.validators import DataRequired

from booking.web.fields import BaseForm, DayField, at_most, optional_value

#: At most so many characters in one message.
MESSAGE_MAX = 4000


class MessageForm(BaseForm):
    """A message about one booking, which may need an answer."""

    class Meta(BaseForm.Meta):
        """One page may hold several such forms, each with the page's CSRF token."""

        csrf = False

    text = TextAreaField(
        _l("Message"), validators=[DataRequired(_l("Write a message.")), at_most(MESSAGE_MAX)]
    )
    is_question = BooleanField(_l("This needs an answer"))


class OwnerMessageForm(MessageForm):
    """A message of the owner; a question names the day by which it needs its answer."""

    answer_needed_by = DayField(_l("Answer needed by"), validators=optional_value())
