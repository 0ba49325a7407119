"""The form that keeps a search."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired

from booking.rules.saved_searches import MOST_NAME
from booking.web.fields import BaseForm, at_most


class SaveSearchForm(BaseForm):
    """The name of a search, and whether its person is told of new facilities."""

    name = StringField(
        _l("Name"),
        description=_l("Only you see it."),
        validators=[DataRequired(_l("Give the search a name.")), at_most(MOST_NAME)],
    )
    tells = BooleanField(
        _l("Tell me of new facilities"),
        description=_l("You get one update when a facility appears that this search finds."),
        default=True,
    )
