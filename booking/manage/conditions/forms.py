"""The form of one condition of a facility."""

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired

from booking.decisions.forms import CONDITION_MAX
from booking.manage.forms import OwnersForm
from booking.manage.terms.forms import Between
from booking.rules.conditions import (
    MOST_DAYS_BEFORE,
    ConditionKind,
    ConditionStage,
    NewCondition,
)
from booking.web.fields import at_most


class ConditionForm(OwnersForm):
    """What a condition asks for; the page has the words of the choices."""

    kind = SelectField(_l("Kind"), choices=[(one, one) for one in ConditionKind])
    text = TextAreaField(
        _l("What must be done"),
        validators=[DataRequired(_l("Say what must be done.")), at_most(CONDITION_MAX)],
    )
    stage = SelectField(_l("When"), choices=[(one, one) for one in ConditionStage])
    days_before = IntegerField(
        _l("Days before the first date"),
        default=0,
        validators=[InputRequired(_l("Enter a number of days.")), Between(0, MOST_DAYS_BEFORE)],
    )

    def condition(self) -> NewCondition:
        """Return the condition that was typed."""
        stage = ConditionStage(self.stage.data)
        days = self.days_before.data if stage is ConditionStage.BEFORE_ARRIVAL else 0
        return NewCondition(ConditionKind(self.kind.data), self.text.data or "", stage, days or 0)


class RemoveConditionForm(OwnersForm):
    """Taking a condition off the list."""
