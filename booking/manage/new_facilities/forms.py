"""The forms of a new facility: first what it needs, then all its facts."""

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired

from booking.manage.facts.forms import FactsForm
from booking.manage.forms import OwnersForm
from booking.manage.terms.forms import Between, Offered
from booking.rules.facts import fact_named
from booking.rules.new_facilities import LONGEST_SLUG, MOST_PLACES, Setup, slug_of
from booking.web.fields import at_most


class SetupFields:
    """What a new facility has beside facts; a mixin for forms."""

    parent = SelectField(_l("Part of"), choices=[], validators=[Offered()], validate_choice=False)
    status = RadioField(
        _l("Status"),
        choices=[
            ("open", _l("open: partners can request it")),
            ("planned", _l("planned: partners can find it but not request it")),
        ],
        default="open",
    )


class NewFacilityForm(OwnersForm, SetupFields):
    """What a facility needs to begin with; the view gives the choices of kind and parent."""

    name = StringField(
        _l("Name"), [DataRequired(_l("Enter a name.")), at_most(fact_named("name").most)]
    )
    kind = SelectField(_l("Kind"), choices=[], validators=[Offered()], validate_choice=False)
    slug = StringField(_l("Name in its address"), [at_most(LONGEST_SLUG)])
    places = IntegerField(
        _l("Places"),
        validators=[
            InputRequired(_l("Enter how many places there are.")),
            Between(1, MOST_PLACES),
        ],
        render_kw={"inputmode": "numeric"},
        default=1,
    )

    @property
    def wanted_slug(self) -> str:
        """Return the name in its address, as typed or else made from its name."""
        return self.slug.data or slug_of(self.name.data or "")


class NewFactsForm(FactsForm, SetupFields):
    """All facts of a new facility, and what it has beside them; its places are on that of rules."""


def begun_setup_of(form: NewFacilityForm) -> Setup:
    """Return what is typed beside facts where a facility begins."""
    return Setup(form.parent.data or "", form.places.data or 0, form.status.data or "")


def setup_of(form: NewFactsForm, places: int) -> Setup:
    """Return what is typed beside facts; the number of places stays."""
    return Setup(form.parent.data or "", places, form.status.data or "")
