"""The form to name an organisation whose requests are confirmed at once."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired

from booking.manage.forms import OwnersForm
from booking.web.fields import LINE_MAX, at_most


class OrganisationForm(OwnersForm):
    """One organisation, by its name or a part of it."""

    organisation = StringField(
        _l("Organisation"),
        validators=[InputRequired(_l("Enter an organisation.")), at_most(LINE_MAX)],
    )
