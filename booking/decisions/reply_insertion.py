"""Putting a saved reply into a field of a form, for pages without a script."""

from collections.abc import Sequence
from typing import Any

from flask import request
from flask_babel import gettext

from booking.decisions.replies import Reply


def wants_reply() -> bool:
    """Return whether the button was pressed that inserts a saved reply, and not an answer."""
    return "insert" in request.form


def insert_reply(form: Any, replies: Sequence[Reply]) -> bool:
    """Put the chosen reply behind what is typed in the field that the button names.

    Returns whether it did: if no reply was chosen, the field says so.
    """
    name = request.form.get("insert", "")
    field = next((one for one in form if one.name == name), None)
    if field is None:
        return False
    chosen = request.form.get(f"reply-{name}", "")
    text = next((one.text for one in replies if str(one.id) == chosen), None)
    if text is None:
        field.errors = [gettext("Choose a saved reply to insert.")]
        return False
    field.data = "\n\n".join(part for part in (field.data, text) if part)
    return True
