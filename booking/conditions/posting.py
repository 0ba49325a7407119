"""Taking a posted step with a condition, for the pages of both sides."""

from flask_babel import gettext

from booking.conditions.forms import ConditionStepForm
from booking.conditions.service import ConditionStep, take_condition_step
from booking.errors import Invalid, NotFound
from booking.rules.visibility import Account


def take_posted(account: Account, form: ConditionStepForm, known: frozenset[int]) -> bool | None:
    """Take the step in a posted form; returns whether it confirmed dates.

    None: the form has errors now. `known` are the conditions of the booking of the page.

    Raises:
        NotFound: it is no condition of this booking.
        Conflict: see `conditions.service.take_condition_step`.
    """
    if form.condition_id not in known:
        raise NotFound("condition")
    if not form.validate():
        return None
    try:
        step = ConditionStep(form.condition_id or 0, form.chosen, form.words.data or "")
        return take_condition_step(account, step)
    except Invalid:
        form.words.errors = [gettext("Say why. The requester will see this.")]
        return None
