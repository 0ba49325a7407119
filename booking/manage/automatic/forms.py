"""The form to name an organisation whose requests are confirmed at once."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import InputRequired

from booking.manage.forms import OwnersForm
from booking.web.fields import LINE_MAX, at_most


class OrganisationForm(OwnersForm):
    """One organisation, by its name; the view gives the choices."""

    organisation = SelectField(
        _l("Organisation"),
        choices=[],
        validate_choice=False,
        validators=[InputRequired(_l("Choose an organisation.")), at_most(LINE_MAX)],
    )
