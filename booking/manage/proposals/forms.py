"""The form with which owners propose a concept, and those with which administrators answer."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, ValidationError

from booking.rules.concept_proposals import MOST_NAME, MOST_NAMES, MOST_SOURCE, names_in
from booking.rules.facts import TEXT_LANGUAGES
from booking.web.fields import LONGEST_REASON, BaseForm, at_most


class ConceptForm(BaseForm):
    """A concept: its names by language, what it is a kind of, and for which facility."""

    facility = SelectField(_l("For which facility"))
    facet = SelectField(
        _l("What it says of a facility"),
        choices=[
            ("capability", _l("what can be done there")),
            ("equipment", _l("what is there to be used")),
        ],
    )
    broader = SelectField(
        _l("It is a kind of"),
        description=_l("Who looks for that finds this, too."),
    )
    en = StringField(
        _l("English"),
        description=_l("The usual name first, then others, with commas between."),
        validators=[DataRequired(_l("Enter its English name.")), at_most(MOST_NAMES)],
    )
    nl = StringField(_l("Dutch"), validators=[at_most(MOST_NAMES)])
    fr = StringField(_l("French"), validators=[at_most(MOST_NAMES)])
    de = StringField(_l("German"), validators=[at_most(MOST_NAMES)])
    da = StringField(_l("Danish"), validators=[at_most(MOST_NAMES)])
    fi = StringField(_l("Finnish"), validators=[at_most(MOST_NAMES)])
    source = StringField(
        _l("Source"),
        description=_l("Where the names are from: a standard, a regulation, a public page."),
        validators=[DataRequired(_l("Say where the names are from.")), at_most(MOST_SOURCE)],
    )

    def names(self) -> dict[str, list[str]]:
        """Return the names by language, without languages that have none."""
        found = {one: names_in(self[one].data or "") for one in TEXT_LANGUAGES}
        return {one: names for one, names in found.items() if names}

    def _check_names(self, field: StringField) -> None:
        for name in names_in(field.data or ""):
            if len(name) > MOST_NAME:
                raise ValidationError(
                    gettext("A name has at most %(max)s characters.", max=MOST_NAME)
                )
            if not any(letter.isalnum() for letter in name):
                raise ValidationError(gettext("“%(name)s” is no name.", name=name))

    def validate_en(self, field: StringField) -> None:
        """Refuse what is no name."""
        self._check_names(field)
        if not names_in(field.data or ""):
            raise ValidationError(_l("Enter its English name."))

    validate_nl = validate_fr = validate_de = validate_da = validate_fi = _check_names


class MergeIntoForm(BaseForm):
    """The concept that takes the place of another."""

    into = SelectField(_l("Which concept takes its place"))


class DeclineForm(BaseForm):
    """Why a proposal is declined."""

    why = TextAreaField(
        _l("Reason"),
        description=_l("Who proposed it reads this."),
        validators=[DataRequired(_l("Say why, in a few words.")), at_most(LONGEST_REASON)],
        render_kw={"rows": 3},
    )
