"""Forms: codes, and setting up an authenticator app."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired

from booking.web.fields import BaseForm, at_most, password_field


class CodeForm(BaseForm):
    """A code of an authenticator app."""

    code = StringField(
        _l("Code from your app"),
        description=_l("The 6 digits that your authenticator app shows now."),
        validators=[DataRequired(_l("Enter the 6 digits.")), at_most(40)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class RecoveryCodeForm(BaseForm):
    """One of the recovery codes."""

    code = StringField(
        _l("Recovery code"),
        description=_l("One that you have not used yet, such as k7mq-4xwd-9fpt-2hcv."),
        validators=[DataRequired(_l("Enter a recovery code.")), at_most(40)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )


class SetUpAppForm(CodeForm):
    """The first code of a new app, with its secret, sealed."""

    sealed = HiddenField(validators=[at_most(400)])


class PasskeyForm(BaseForm):
    """The name of a new passkey, and the answer of the browser, which a script fills in."""

    name = StringField(
        _l("Name"),
        description=_l("So that you know it again, such as “Work laptop” or “Blue security key”."),
        validators=[DataRequired(_l("Enter a name.")), at_most(60)],
        render_kw={"autocomplete": "off"},
    )
    answer = HiddenField(validators=[at_most(20_000)])


class PasskeyAnswerForm(BaseForm):
    """The answer of a browser to sign in, which a script fills in."""

    answer = HiddenField(validators=[at_most(20_000)])


class ConfirmForm(BaseForm):
    """The password, once more."""

    password = password_field(_l("Your password"), _l("Enter your password."))
