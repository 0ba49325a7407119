"""The approver's forms: a decision on some dates, with a reason; a booking to enter."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import DataRequired, Length

from booking.web.fields import LINE_MAX, BaseForm, at_most

REASON_MAX = 1000


def _short() -> Length:
    return Length(max=REASON_MAX, message=_l("Use at most %(max)d characters."))


class DatesForm(BaseForm):
    """Dates of one booking. The page posts the CSRF token with it."""

    class Meta(BaseForm.Meta):
        """One page may hold several such forms, each with the page's CSRF token."""

        csrf = False

    dates = SelectMultipleField(
        _l("Dates"),
        validate_choice=False,
        validators=[DataRequired(_l("Select at least one date."))],
    )


class ConfirmForm(DatesForm):
    """Dates to be confirmed, with a note for who asked."""

    note = TextAreaField(_l("Note to the requester"), validators=[_short()])
    #: The broken rules that the page had shown.
    acknowledged = SelectMultipleField(validate_choice=False)
    exception_reason = TextAreaField(_l("Reason for the exception"), validators=[_short()])
    reason = TextAreaField(_l("Reason"), validators=[_short()])


class DeclineForm(ConfirmForm):
    """Dates to be declined; the reason goes to who asked."""

    reason = TextAreaField(
        _l("Reason"),
        validators=[DataRequired(_l("Give a reason. The requester will see this.")), _short()],
    )


class OwnerCancelForm(DatesForm):
    """Confirmed dates to be cancelled."""

    reason = TextAreaField(
        _l("Reason"),
        validators=[
            DataRequired(_l("Give a reason. The requester relies on this date and will see this.")),
            _short(),
        ],
    )


class KeepForm(DatesForm):
    """Dates affected by a closure or new hours that the approver keeps."""

    reason = TextAreaField(
        _l("Reason"),
        validators=[DataRequired(_l("Give a reason. Both sides will see it.")), _short()],
    )


class EntryForm(BaseForm):
    """The organisation that a booking is entered for ("": own use); posted with the request form.

    Where it breaks a rule that allows exceptions, also whether to grant one, and why.
    """

    class Meta(BaseForm.Meta):
        """It is posted with the request form and the page's CSRF token."""

        csrf = False

    organisation = SelectField(
        _l("For whom"), validate_choice=False, validators=[at_most(LINE_MAX)]
    )
    #: The broken rules that the page had shown.
    acknowledged = SelectMultipleField(validate_choice=False)
    all_the_same = BooleanField(_l("Book anyway"))
    exception_reason = TextAreaField(_l("Reason for the exception"), validators=[_short()])

    #: Whether to offer an exception; the view sets it.
    offers_exception = False
    #: The broken rules that the page shows now.
    to_acknowledge: frozenset[str] = frozenset()

    def reason_for_exception(self) -> str:
        """Return the reason for an exception, "" where none is granted."""
        reason: str = self.exception_reason.data or ""
        return reason if self.all_the_same.data else ""

    def problems(self) -> list[tuple[str, str]]:
        """Return what is wrong, each with the id of its field."""
        return [(str(error), field.id) for field in self for error in field.errors]
