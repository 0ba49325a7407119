"""Forms: a copy of one's data, and erasing an account."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.validators import DataRequired

from booking.web.fields import LONGEST_REASON, BaseForm, at_most, email_field, password_field

PAGE, JSON = "page", "json"


class CopyForm(BaseForm):
    """In which form to get the copy, and the password."""

    form = RadioField(
        _l("Format"),
        choices=[
            (PAGE, _l("A page to read or print (HTML)")),
            (JSON, _l("A file for other programs (JSON)")),
        ],
        default=PAGE,
    )
    password = password_field(_l("Your password"), _l("Enter your password."))


class EraseForm(BaseForm):
    """That one's own account is to be erased, and the password."""

    sure = BooleanField(
        _l("I understand that this cannot be undone"),
        validators=[DataRequired(_l("Tick the box if you want to erase your account."))],
    )
    password = password_field(_l("Your password"), _l("Enter your password."))


class EraseOtherForm(BaseForm):
    """Whose account is to be erased at their request, why, and the administrator's password."""

    email = email_field(
        _l("E-mail address of the account"),
        _l("Enter the e-mail address of the account."),
        "off",
        any_text=True,
    )
    why = TextAreaField(
        _l("Reason"),
        description=_l("It stays in the log, so name nobody: for example how the person asked."),
        validators=[DataRequired(_l("Say why, in a few words.")), at_most(LONGEST_REASON)],
        render_kw={"rows": 3},
    )
    sure = BooleanField(
        _l("The person asked for it, and I have made sure that it was them"),
        validators=[DataRequired(_l("Tick the box if the person asked for it."))],
    )
    password = password_field(_l("Your password"), _l("Enter your password."))
