"""Forms of the directory: an area, a person, a question."""

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from booking.rules.expertise import MOST_SUBJECTS
from booking.web.fields import BaseForm, at_most, email_field

NAME_MAX = 120
DESCRIPTION_MAX = 1000
QUESTION_MAX = 2000


class AreaForm(BaseForm):
    """An area of expertise; `revision` is that of the area that the form was filled with."""

    revision = HiddenField()
    name = StringField(
        _l("Area of expertise"),
        validators=[DataRequired(_l("Say what you are good at.")), at_most(NAME_MAX)],
        description=_l("In a few words, such as: side-channel attacks on smart cards."),
    )
    role = StringField(
        _l("Who answers, as a role"),
        validators=[DataRequired(_l("Enter a role.")), at_most(NAME_MAX)],
        description=_l("Not a name: head of the flight test team, fire safety engineer."),
    )
    description = TextAreaField(
        _l("What others can ask for"),
        validators=[at_most(DESCRIPTION_MAX)],
        description=_l("Advice, training, joint projects: what you can lend, and what not."),
    )
    subjects = SelectMultipleField(
        _l("Subjects"),
        validators=[
            DataRequired(_l("Choose at least one subject.")),
            Length(max=MOST_SUBJECTS, message=_l("Choose at most %(max)d subjects.")),
        ],
    )
    languages = SelectMultipleField(
        _l("Languages in which somebody answers"),
        validators=[DataRequired(_l("Choose at least one language."))],
    )


class NameForm(BaseForm):
    """A person to name with an area."""

    email: EmailField = email_field(
        _l("E-mail address"), _l("Enter the address of a person."), "off"
    )


class QuestionForm(BaseForm):
    """A question about expertise, or what is written after it."""

    area = HiddenField()
    text = TextAreaField(
        _l("Your question"),
        validators=[DataRequired(_l("Write a message.")), at_most(QUESTION_MAX)],
    )
