"""Forms: signing in, passwords, time zone, requesting an account and answering the request."""

from typing import Any
from zoneinfo import available_timezones

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    Field,
    Form,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectFieldBase
from wtforms.validators import (
    DataRequired,
    EqualTo,
    InputRequired,
    Length,
    ValidationError,
)

from booking.rules.addresses import secure_address
from booking.rules.passwords import (
    MAXIMUM_LENGTH,
    MINIMUM_LENGTH,
    PasswordProblem,
    password_problem,
)
from booking.web.fields import (
    LINE_MAX,
    LONGEST_BILLING_REFERENCE,
    BaseForm,
    NameField,
    at_most,
    email_field,
    optional_email_field,
    password_field,
)

LONGEST_NAME = 120
DOES_NOT_KNOW = "unknown"

Choices = list[tuple[str, Any]]

_REGIONS = ("Europe", "Africa", "America", "Asia", "Atlantic", "Australia", "Indian", "Pacific")


def text_of(field: StringField) -> str:
    """Return the text of a field, "" if it is empty."""
    return field.data or ""


class Chosen:
    """Validates that one of the choices was chosen."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, form: Form, field: SelectFieldBase) -> None:
        """Raise `ValidationError` unless the field's value is one of its choices."""
        if not field.data or field.data not in {choice[0] for choice in field.iter_choices()}:
            raise ValidationError(self.message)


def _password_message(problem: PasswordProblem) -> str:
    """Return what is wrong with a new password, and what to do."""
    match problem:
        case PasswordProblem.TOO_SHORT:
            return gettext(
                "Use at least %(number)s characters. Four or five words in a row are easy "
                "to remember.",
                number=MINIMUM_LENGTH,
            )
        case PasswordProblem.TOO_LONG:
            return gettext("Use at most %(number)s characters.", number=MAXIMUM_LENGTH)
        case PasswordProblem.WELL_KNOWN:
            return gettext("This password is too easy to guess. Choose another.")
        case PasswordProblem.YOUR_NAME:
            return gettext(
                "This is too close to your name or e-mail address. Add words that others "
                "cannot guess."
            )


def _one_of(label: str, message: str, field_type: type[SelectField] = SelectField) -> Any:
    # The field's own validation would add a second message.
    return field_type(label, validators=[Chosen(message)], validate_choice=False)


def _name(label: str, missing: str, longest: int, **render_kw: str) -> NameField:
    return NameField(
        label,
        validators=[
            DataRequired(missing),
            Length(max=longest, message=_l("Use at most %(max)d characters.")),
        ],
        render_kw=render_kw,
    )


def _new_password(label: str) -> PasswordField:
    return PasswordField(
        label,
        validators=[
            InputRequired(_l("Choose a password.")),
            Length(max=MAXIMUM_LENGTH, message=_l("Use at most %(max)d characters.")),
        ],
        render_kw={"autocomplete": "new-password"},
    )


def _repeated(field_name: str) -> PasswordField:
    return PasswordField(
        _l("Repeat the password"),
        validators=[
            EqualTo(field_name, _l("The passwords do not match. Type the password again."))
        ],
        render_kw={"autocomplete": "new-password"},
    )


class SignInForm(BaseForm):
    """E-mail and password."""

    email = email_field(_l("E-mail"), _l("Enter your e-mail address."), "username", any_text=True)
    password = password_field(_l("Password"), _l("Enter your password."))


class ForgottenPasswordForm(BaseForm):
    """The address to which a link to choose a new password goes."""

    email = email_field(_l("E-mail"), _l("Enter your e-mail address."), "username")


class EmailForm(BaseForm):
    """A new e-mail address, with the password."""

    email = email_field(_l("New e-mail"), _l("Enter the new e-mail address."), "email")
    password = password_field(_l("Your password"), _l("Enter your password."))


class ConfirmEmailForm(BaseForm):
    """A button that confirms a new e-mail address."""


class NewPasswordForm(BaseForm):
    """A form with a new password, checked for its owner."""

    password: PasswordField

    def __init__(self, email: str, name: str) -> None:
        super().__init__()
        self.password.description = gettext(
            "At least %(number)s characters of any kind. Four or five words in a row work well.",
            number=MINIMUM_LENGTH,
        )
        self._owner = {"email": email, "name": name}

    def validate_password(self, field: PasswordField) -> None:
        """Refuse a password that the rules do not accept for its owner."""
        problem = password_problem(text_of(field), **self._owner)
        if problem and not field.errors:
            raise ValidationError(_password_message(problem))


class WelcomeForm(NewPasswordForm):
    """The first password."""

    password = _new_password(_l("Password"))
    repeated = _repeated("password")


class JoinForm(NewPasswordForm):
    """The account of somebody who was invited: name and first password."""

    name = _name(_l("Your name"), _l("Enter your name."), LONGEST_NAME, autocomplete="name")
    password = _new_password(_l("Password"))
    repeated = _repeated("password")

    def __init__(self, email: str) -> None:
        super().__init__(email, "")
        self._owner["name"] = text_of(self.name)


class InvitationForm(BaseForm):
    """The address of somebody who is to join."""

    email = email_field(_l("E-mail address"), _l("Enter an e-mail address."), "off")


class BillingForm(BaseForm):
    """What an organisation wants on its invoices; all of it may stay empty."""

    reference = StringField(
        _l("Billing reference"), validators=[at_most(LONGEST_BILLING_REFERENCE)]
    )
    name = NameField(_l("Who gets invoices"), validators=[at_most(LONGEST_NAME)])
    email = optional_email_field(_l("E-mail address for invoices"))


class PasswordForm(NewPasswordForm):
    """A new password, with the old one."""

    old = password_field(_l("Current password"), _l("Enter your current password."))
    password = _new_password(_l("New password"))
    repeated = _repeated("password")


class NameForm(BaseForm):
    """One's name."""

    name = _name(_l("Your name"), _l("Enter your name."), LONGEST_NAME, autocomplete="name")


class TimeZoneForm(BaseForm):
    """The zone for pages with times of several facilities."""

    time_zone = SelectField(
        _l("Your time zone"),
        description=_l(
            "For calendars across facilities. The page of a facility uses its local time."
        ),
        validate_choice=False,
    )


class LanguageForm(BaseForm):
    """The language of pages, mails and calendars."""

    language = SelectField(
        _l("Your language"),
        description=_l(
            "For these pages, your e-mails and your calendars. What people write stays as it is."
        ),
        validate_choice=True,
    )


class AccountRequestForm(BaseForm):
    """A request for an account."""

    name = _name(_l("Your name"), _l("Enter your name."), LONGEST_NAME, autocomplete="name")
    email = email_field(_l("Your work e-mail"), _l("Enter your e-mail address."), "email")
    organisation_name = _name(
        _l("Your organisation"),
        _l("Enter the name of your organisation."),
        LONGEST_NAME,
        autocomplete="organization",
    )
    organisation_kind = _one_of(
        _l("Type of organisation"), _l("Choose the closest match."), RadioField
    )
    country = _one_of(_l("Country"), _l("Choose the country of your organisation."))
    home_cluster = _one_of(_l("Your home cluster"), _l("Choose a cluster or “I don't know”."))
    website = StringField(
        _l("Website of your organisation"),
        description=_l("Such as https://www.example.org. It shows the coordinators who you are."),
        validators=[Length(max=LINE_MAX, message=_l("Use at most %(max)d characters."))],
        render_kw={"autocomplete": "url", "inputmode": "url"},
    )
    message = TextAreaField(
        _l("Why do you want an account?"),
        description=_l(
            "What would you like to test? One or two sentences help the coordinators to decide."
        ),
        validators=[Length(max=2000, message=_l("Use at most %(max)d characters."))],
        render_kw={"rows": 4},
    )

    def validate_website(self, field: StringField) -> None:
        """Refuse what is no web address; one without a scheme gets https."""
        text = text_of(field)
        if not text:
            return
        address = text if "://" in text else f"https://{text}"
        if secure_address(address.replace("http://", "https://", 1)) is None:
            raise ValidationError(_l("Enter a web address such as https://www.example.org."))
        field.data = address


class ObjectionForm(BaseForm):
    """Why somebody should not join."""

    words = TextAreaField(
        _l("Why should they not join?"),
        description=_l("The coordinator and your colleagues read it."),
        validators=[
            DataRequired(_l("Say why.")),
            Length(max=1000, message=_l("Use at most %(max)d characters.")),
        ],
        render_kw={"rows": 3},
    )


class LetInForm(BaseForm):
    """The organisation of a new account: an existing one, or a new one."""

    organisation = SelectField(_l("Organisation"), validate_choice=False)
    new_name = NameField(
        _l("Name of the new organisation"),
        validators=[Length(max=LONGEST_NAME, message=_l("Use at most %(max)d characters."))],
    )
    new_kind = SelectField(_l("Kind"), validate_choice=False)
    new_country = SelectField(_l("Country"), validate_choice=False)
    new_home_cluster = SelectField(_l("Home cluster"), validate_choice=False)

    @property
    def makes_new(self) -> bool:
        """Return whether a new organisation is created."""
        return not self.organisation.data

    def validate_organisation(self, field: SelectFieldBase) -> None:
        """Refuse an organisation that is not offered."""
        if field.data:
            Chosen(_l("Choose an organisation in your cluster, or add a new one."))(self, field)

    def validate_new_name(self, field: Field) -> None:
        """Refuse a new organisation without a name."""
        if self.makes_new and not field.data:
            raise ValidationError(
                _l("Choose an organisation above, or enter the name of a new one.")
            )

    def validate_new_kind(self, field: SelectFieldBase) -> None:
        """Refuse a new organisation without a kind."""
        if self.makes_new:
            Chosen(_l("Choose the closest match."))(self, field)

    def validate_new_country(self, field: SelectFieldBase) -> None:
        """Refuse a new organisation without a country."""
        if self.makes_new:
            Chosen(_l("Choose the country of the organisation."))(self, field)

    def validate_new_home_cluster(self, field: SelectFieldBase) -> None:
        """Refuse a new organisation whose home is not one of the coordinator's clusters."""
        if self.makes_new:
            Chosen(_l("Choose one of your clusters."))(self, field)


def zones_by_region() -> dict[str, list[tuple[str, str]]]:
    """Return the zones named after a city, for a select: region -> [(IANA name, city)]."""
    found: dict[str, list[tuple[str, str]]] = {region: [] for region in _REGIONS}
    for name in sorted(available_timezones()):
        region, _, city = name.partition("/")
        if region in found and city:
            found[region].append((name, city.replace("_", " ").replace("/", ", ")))
    return found
