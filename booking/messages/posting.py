"""Sending a posted message, for the pages of both sides."""

from flask_babel import gettext

from booking.errors import Invalid
from booking.messages.forms import MessageForm, OwnerMessageForm
from booking.messages.presenter import answer_day_text
from booking.messages.service import NewMessage, write
from booking.rules.lifecycle import Side
from booking.rules.visibility import Account


def send_posted(account: Account, side: Side, booking_id: int, form: MessageForm) -> bool:
    """Write the message in a posted form; returns False if the form has errors now.

    Raises:
        NotFound, Conflict: see `messages.service.write`.
    """
    if not form.validate():
        return False
    asks = bool(form.is_question.data)
    day = form.answer_needed_by.read if asks and isinstance(form, OwnerMessageForm) else None
    try:
        write(account, side, NewMessage(booking_id, form.text.data or "", asks, day))
    except Invalid as invalid:
        if invalid.field == "answer_needed_by" and isinstance(form, OwnerMessageForm):
            form.answer_needed_by.errors = [answer_day_text(invalid.code)]
        else:
            form.text.errors = [gettext("Write a message.")]
        return False
    return True
