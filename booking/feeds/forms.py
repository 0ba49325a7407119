"""What may be chosen when a calendar link is made."""

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
        """Offer these kinds: pairs of what is sent (`own`, `cluster:<slug>`) and its words."""
        self.kind.choices = list(kinds)
