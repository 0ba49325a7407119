"""The forms of one condition of a booking, for each side."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.validators import DataRequired

from booking.rules.conditions import ConditionAct
from booking.web.fields import BaseForm, at_most

#: At most so many characters in what is written with a step.
WORDS_MAX = 1000


class ConditionStepForm(BaseForm):
    """What somebody does with the condition of this number."""

    class Meta(BaseForm.Meta):
        """One page holds several such forms, each with the page's CSRF token."""

        csrf = False

    condition = HiddenField()
    words = TextAreaField(_l("Comment"), validators=[at_most(WORDS_MAX)])

    @property
    def chosen(self) -> ConditionAct:
        """Return what is done."""
        return ConditionAct.MARK_DONE

    @property
    def condition_id(self) -> int | None:
        """Return which condition it is about; None: a number that never was one."""
        typed = self.condition.data or ""
        is_number = typed.isascii() and typed.isdigit() and len(typed) < 10
        return int(typed) if is_number else None


class ConditionCheckForm(ConditionStepForm):
    """The owner's answer to one condition."""

    act = RadioField(
        _l("Your answer"),
        choices=[
            (ConditionAct.FIND_MET.value, _l("Met")),
            (ConditionAct.FIND_MISSING.value, _l("Something is missing")),
            (ConditionAct.WAIVE.value, _l("Waive it")),
        ],
        validators=[DataRequired(_l("Choose your answer."))],
    )

    @property
    def chosen(self) -> ConditionAct:
        """Return what is done."""
        return ConditionAct(self.act.data)
