"""The form of a new calendar link."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired

from booking.web.fields import BaseForm


class FeedForm(BaseForm):
    """A new calendar link; the view hands in what the person may choose."""

    kind = RadioField(
        _l("What it shows"), validators=[InputRequired(_l("Choose what the calendar shows."))]
    )
    with_titles = BooleanField(_l("Show the titles of requests"))

    def offer(self, kinds: Iterable[tuple[str, str]]) -> None:
        """Offer these kinds: pairs of value (`own`, `cluster:<slug>`) and label."""
        self.kind.choices = list(kinds)
