"""The approver's forms: a decision on some dates, with a reason; a booking to enter."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length

from booking.rules.conditions import ConditionKind, ConditionsChoice, ConditionStage, NewCondition
from booking.rules.decline_codes import DeclineCode
from booking.web.fields import (
    LINE_MAX,
    BaseForm,
    DayField,
    at_most,
    optional_value,
    required_value,
)

REASON_MAX = 1000
#: At most so many characters in what a condition asks for.
CONDITION_MAX = 300


def _short() -> Length:
    return Length(max=REASON_MAX, message=_l("Use at most %(max)d characters."))


class DeclineCodeField(SelectField):
    """Why something is declined; "" is no choice yet."""

    def __init__(self, label: Any = None, validators: Any = None, **arguments: Any) -> None:
        codes = [(code.value, code.value) for code in DeclineCode]
        arguments.setdefault("default", "")
        super().__init__(label, validators, choices=[("", ""), *codes], **arguments)

    @property
    def code(self) -> DeclineCode | None:
        """Return the code that was chosen, None if none was."""
        return DeclineCode(self.data) if self.data else None


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
    #: The conditions of the facility that the page had shown, and those of them that apply.
    shown_conditions = SelectMultipleField(validate_choice=False)
    conditions = SelectMultipleField(_l("Conditions"), validate_choice=False)
    waive_reason = TextAreaField(_l("Why you waive a condition"), validators=[_short()])
    conditions_by = DayField(_l("Conditions met by"), validators=optional_value())
    # The page has the words of the choices.
    added_kind = SelectField(
        _l("Kind"), choices=[(one, one) for one in ("", *ConditionKind)], default=""
    )
    added_text = TextAreaField(_l("What must be done"), validators=[at_most(CONDITION_MAX)])
    added_stage = SelectField(
        _l("When"),
        choices=[(one, one) for one in ConditionStage],
        default=ConditionStage.BEFORE_FINAL.value,
    )
    code = DeclineCodeField(_l("Why you decline"))
    reason = TextAreaField(_l("Reason in words"), validators=[_short()])
    wait_note = TextAreaField(_l("Message to the requester"), validators=[_short()])

    def conditions_choice(self) -> ConditionsChoice:
        """Return the conditions that were chosen; what was shown and is not ticked is waived."""
        waived = {*(self.shown_conditions.data or ())} - {*(self.conditions.data or ())}
        added = None
        if self.added_kind.data or self.added_text.data:
            added = NewCondition(
                ConditionKind(self.added_kind.data or ConditionKind.OTHER),
                self.added_text.data or "",
                ConditionStage(self.added_stage.data),
            )
        return ConditionsChoice(
            self.conditions_by.read,
            frozenset(int(one) for one in waived if one.isascii() and one.isdigit()),
            self.waive_reason.data or "",
            added,
        )


class DeclineForm(ConfirmForm):
    """Dates to be declined; the reason goes to who asked."""

    code = DeclineCodeField(
        _l("Why you decline"), validators=[DataRequired(_l("Choose why you decline."))]
    )
    reason = TextAreaField(
        _l("Reason in words"),
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


class TakeOffForm(DatesForm):
    """Dates to be taken off the waiting list."""

    reason = TextAreaField(
        _l("Reason"),
        validators=[DataRequired(_l("Give a reason. The requester will see this.")), _short()],
    )


class UndoForm(DatesForm):
    """Dates whose confirmation is undone."""


class ProposalForm(BaseForm):
    """Instead of which date others are proposed, where, until when; posted with their form."""

    class Meta(BaseForm.Meta):
        """It is posted with the form of the dates and the page's CSRF token."""

        csrf = False

    date = SelectField(_l("Instead of"), validate_choice=False, validators=[at_most(LINE_MAX)])
    facility = SelectField(_l("Facility"), validate_choice=False, validators=[at_most(LINE_MAX)])
    until = DayField(_l("Hold until"), validators=required_value(_l("Enter the day.")))
    words = TextAreaField(_l("Message to the requester"), validators=[_short()])

    def problems(self) -> list[tuple[str, str]]:
        """Return what is wrong, each with the id of its field."""
        return [
            (f"{field.label.text}: {error}", field.id) for field in self for error in field.errors
        ]


class WithdrawProposalForm(DatesForm):
    """Proposals to be withdrawn."""


class KeepForm(DatesForm):
    """Dates affected by a closure or new hours that the approver keeps."""

    reason = TextAreaField(
        _l("Reason"),
        validators=[DataRequired(_l("Give a reason. Both sides will see it.")), _short()],
    )


class ChoiceForm(BaseForm):
    """What becomes of requests that compete; `choice_form` adds one answer for each of them.

    The reason goes to those that are declined, and to those that go to the waiting list.
    """

    #: The names of the bookings that were shown, in order.
    compared = SelectMultipleField(validate_choice=False)
    #: The dates that were shown, of all bookings: those to confirm, and those to decline.
    confirm_dates = SelectMultipleField(validate_choice=False)
    decline_dates = SelectMultipleField(validate_choice=False)
    note = TextAreaField(_l("Note to those you confirm"), validators=[_short()])
    code = DeclineCodeField(_l("Why you decline"), default=DeclineCode.NO_CAPACITY.value)
    reason = TextAreaField(_l("Reason to those you do not confirm"), validators=[_short()])

    keys: tuple[str, ...] = ()

    def answer(self, key: str) -> RadioField:
        """Return the field with the answer to one booking."""
        return self[f"answer-{key}"]

    def keys_with(self, answer: str) -> list[str]:
        """Return the names of the bookings with this answer: confirm, decline, list or wait."""
        return [key for key in self.keys if self.answer(key).data == answer]

    def add_choice_error(self, message: str) -> None:
        """Add an error at the bookings to confirm, else at the first."""
        for key in self.keys_with("confirm") or self.keys[:1]:
            self.answer(key).errors = [message]

    def validate(self, extra_validators: Any = None) -> bool:
        """Return whether at least one is to be confirmed, and a reason given to the declined."""
        valid: bool = super().validate(extra_validators)
        if not self.keys_with("confirm") and not any(self.answer(one).errors for one in self.keys):
            self.add_choice_error(_l("Choose at least one to confirm."))
            valid = False
        return _has_reason(self, self.reason, needed=bool(self.keys_with("decline"))) and valid


class SeveralForm(BaseForm):
    """One answer to several requests; `dates` are those that were shown, of all of them."""

    dates = SelectMultipleField(validate_choice=False)
    answer = SelectField(
        _l("Your answer"),
        choices=[("confirm", ""), ("decline", ""), ("list", "")],
        validate_choice=True,
    )
    code = DeclineCodeField(_l("If you decline: why"))
    text = TextAreaField(_l("Text to the requesters"), validators=[_short()])

    def validate(self, extra_validators: Any = None) -> bool:
        """Return whether there is an answer, with a reason if it is to decline."""
        valid: bool = super().validate(extra_validators)
        return _has_reason(self, self.text, needed=self.answer.data == "decline") and valid


def _has_reason(form: Any, text: TextAreaField, *, needed: bool) -> bool:
    """Return whether a reason is given in words and as a code, where it is needed."""
    if needed and not text.data:
        text.errors = [_l("Give a reason. The requesters will see this.")]
    if needed and not form.code.data:
        form.code.errors = [_l("Choose why you decline.")]
    return not (needed and (not text.data or not form.code.data))


def choice_form(keys: Sequence[str], **arguments: Any) -> ChoiceForm:
    """Return the form for these bookings; `arguments` are those of a form."""
    answers = {
        f"answer-{key}": RadioField(
            _l("Your answer"),
            choices=[
                ("confirm", _l("Confirm")),
                ("decline", _l("Decline")),
                ("list", _l("Put on the waiting list")),
                ("wait", _l("Leave for later")),
            ],
            default="decline",
            validate_choice=True,
        )
        for key in keys
    }
    form: ChoiceForm = type("ChoiceForm", (ChoiceForm,), {**answers, "keys": tuple(keys)})(
        **arguments
    )
    return form


class EntryForm(BaseForm):
    """The name of whom a booking is entered for ("": own use); posted with the request form.

    Where it breaks a rule that allows exceptions, also whether to grant one, and why.
    """

    class Meta(BaseForm.Meta):
        """It is posted with the request form and the page's CSRF token."""

        csrf = False

    organisation = StringField(_l("For which organisation"), validators=[at_most(LINE_MAX)])
    #: The `FoundOrganisations` where it is no exact name; the view sets it.
    found: Any = None
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
