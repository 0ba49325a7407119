"""Forms of plans: a plan, and a comment."""

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, ValidationError

from booking.rules.plans import MOST_CAPABILITIES, CostClass
from booking.web.fields import BaseForm, DayField, at_most, optional_value

TITLE_MAX = 120
TEXT_MAX = 2000
COMMENT_MAX = 2000


class PlanForm(BaseForm):
    """A plan; `revision` is that of the plan that the form was filled with.

    `offered` is set by the view: it returns the ids of the capabilities that a line names.
    """

    offered: Callable[[str], Sequence[str]]

    revision = HiddenField()
    cluster = SelectField(_l("Cluster"), validators=[DataRequired(_l("Choose a cluster."))])
    title = StringField(
        _l("What is missing"),
        validators=[DataRequired(_l("Say what is missing.")), at_most(TITLE_MAX)],
        description=_l("In a few words, such as: EMC chamber for vehicles."),
    )
    kind = SelectField(_l("Kind"))
    description = TextAreaField(
        _l("What it would be"),
        validators=[DataRequired(_l("Describe it in a sentence or two.")), at_most(TEXT_MAX)],
    )
    capabilities = TextAreaField(
        _l("What one could do there"),
        validators=[DataRequired(_l("Name at least one capability.")), at_most(TEXT_MAX)],
        description=_l("Capabilities or equipment as people search for them, one a line."),
    )
    demand = TextAreaField(
        _l("Who needs it"),
        validators=[at_most(TEXT_MAX)],
        description=_l("Which demand it answers. Name no organisation: everybody reads this."),
    )
    cost_class = RadioField(
        _l("What it costs, roughly"),
        default=CostClass.UNKNOWN.value,
    )
    wanted_by = DayField(_l("Wanted by"), validators=optional_value())

    def validate_capabilities(self, field: Any) -> None:
        """Raise `ValidationError` when a line names nothing that a facility can offer."""
        unknown = [line for line in _lines(field.data) if not self.offered(line)]
        if unknown:
            raise ValidationError(
                gettext(
                    "Not in the vocabulary: %(names)s. Use the words that people search with, or "
                    "say it under “What it would be”.",
                    names=", ".join(unknown[:5]),
                )
            )
        if len(self.concepts()) > MOST_CAPABILITIES:
            raise ValidationError(
                gettext("Name at most %(most)d capabilities.", most=MOST_CAPABILITIES)
            )

    def concepts(self) -> tuple[str, ...]:
        """Return the ids of the capabilities, in the order of the lines."""
        lines = _lines(self.capabilities.data)
        return tuple(dict.fromkeys(one for line in lines for one in self.offered(line)))


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


class CommentForm(BaseForm):
    """A comment on a plan."""

    text = TextAreaField(
        _l("Your comment"),
        validators=[DataRequired(_l("Write a comment.")), at_most(COMMENT_MAX)],
    )
