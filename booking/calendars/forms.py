"""What narrows the calendar across facilities."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # new in 3.3

from booking.forms import BaseForm


class CalendarForm(BaseForm):
    """The filters; sent by GET, so that the address can be shared. The view sets the choices."""

    class Meta(BaseForm.Meta):
        """Nothing is changed by asking, so there is nothing to guard."""

        csrf = False

    what = StringField(_l("What"))
    cluster = SelectField(_l("Where"), validate_choice=False)
    kind = SelectField(_l("Kind"), validate_choice=False)
    area = SelectField(_l("Focus area"), validate_choice=False)

    def offer(self, name: str, choices: Iterable[tuple[str, str]]) -> None:
        """Give the list of that name its choices, pairs of value and text."""
        self[name].choices = [SelectChoice(value, text) for value, text in choices]
