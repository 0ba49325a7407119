"""What a requester changes, in words."""

from typing import Any

from flask_babel import gettext

from booking.rules.edits import Edit, EditField
from booking.rules.terms import BookingTerms
from booking.wording.dates import date_text
from booking.wording.places import extent_text
from booking.wording.words import activity_word


def edit_text(edit: Edit, rules: BookingTerms, own_places: int, place_word: str | None) -> str:
    """Return one change: what it is from now on, and what it was."""

    def said(value: Any) -> str:
        return gettext("“%(text)s”", text=value) if value else gettext("nothing")

    def extent(value: tuple[bool, int]) -> str:
        whole, places = value
        return extent_text(whole, places, own_places, place_word)

    match edit.field:
        case EditField.TIME:
            return gettext(
                "Time: %(after)s instead of %(before)s",
                after=date_text(edit.after, rules),
                before=date_text(edit.before, rules),
            )
        case EditField.EXTENT:
            return gettext(
                "Part or all of it: %(after)s instead of %(before)s",
                after=extent(edit.after),
                before=extent(edit.before),
            )
        case EditField.TITLE:
            return gettext(
                "Title: %(after)s instead of %(before)s",
                after=said(edit.after),
                before=said(edit.before),
            )
        case EditField.PURPOSE:
            return gettext(
                "Purpose: %(after)s instead of %(before)s",
                after=said(edit.after),
                before=said(edit.before),
            )
        case EditField.ACTIVITY:
            return gettext(
                "Kind of activity: %(after)s instead of %(before)s",
                after=activity_word(edit.after),
                before=activity_word(edit.before),
            )
        case EditField.PEOPLE:
            if edit.before is None or edit.after is None:
                return gettext("People: %(number)s", number=edit.after)
            return gettext(
                "People: %(after)s instead of %(before)s", after=edit.after, before=edit.before
            )
        case EditField.BILLING_REFERENCE:
            return gettext(
                "Billing reference: %(after)s instead of %(before)s",
                after=said(edit.after),
                before=said(edit.before),
            )
        case EditField.HAZARDS:
            return gettext(
                "Hazards: %(after)s instead of %(before)s",
                after=gettext("“%(text)s”", text=edit.after) if edit.after else gettext("none"),
                before=gettext("“%(text)s”", text=edit.before) if edit.before else gettext("none"),
            )
