"""Forms: a copy of one's data, and erasing an account."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, PasswordField, RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from booking.accounts.forms import LONGEST_EMAIL
from booking.rules.passwords import MAXIMUM_LENGTH
from booking.web.fields import LONGEST_REASON, BaseForm, at_most

PAGE, JSON = "page", "json"


def _password() -> PasswordField:
    return PasswordField(
        _l("Your password"),
        validators=[
            InputRequired(_l("Enter your password.")),
            Length(max=MAXIMUM_LENGTH, message=_l("Use at most %(max)d characters.")),
        ],
        render_kw={"autocomplete": "current-password"},
    )


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
    password = _password()


class EraseForm(BaseForm):
    """That one's own account is to be erased, and the password."""

    sure = BooleanField(
        _l("I understand that this cannot be undone"),
        validators=[DataRequired(_l("Tick the box if you want to erase your account."))],
    )
    password = _password()


class EraseOtherForm(BaseForm):
    """Whose account is to be erased at their request, why, and the administrator's password."""

    email = EmailField(
        _l("E-mail address of the account"),
        validators=[
            DataRequired(_l("Enter the e-mail address of the account.")),
            Length(max=LONGEST_EMAIL, message=_l("Use at most %(max)d characters.")),
        ],
        render_kw={"autocomplete": "off"},
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
    password = _password()
