"""The forms of pictures and documents of a facility."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired

from booking.manage.forms import OwnersForm
from booking.rules.uploads import Audience
from booking.web.fields import at_most

ALT_MAX = 250
TITLE_MAX = 120
CREDIT_MAX = 120
#: The languages of the seven clusters' regions; the page has their names.
LANGUAGES = ("en", "nl", "fr", "de", "da", "fi")


class _FileForm(OwnersForm):
    def words(self) -> dict[str, Any]:
        """Return what is said of the file, by the names of its columns."""
        raise NotImplementedError


class PictureForm(_FileForm):
    """A picture, and what is on it; who changes what is said of one sends none."""

    file = FileField(_l("Picture"))
    alt = TextAreaField(
        _l("What is on it"),
        validators=[
            DataRequired(_l("Say what is on the picture, for people who cannot see it.")),
            at_most(ALT_MAX),
        ],
    )
    credit = StringField(_l("Credit"), validators=[at_most(CREDIT_MAX)])

    def words(self) -> dict[str, Any]:
        """Return what is said of the picture."""
        return {"words": " ".join((self.alt.data or "").split()), "credit": self.credit.data or ""}


class DocumentForm(_FileForm):
    """A document, its title and who may read it; who changes what is said of one sends none."""

    file = FileField(_l("Document"))
    title = StringField(
        _l("Title"),
        validators=[DataRequired(_l("Enter a title, such as Site rules.")), at_most(TITLE_MAX)],
    )
    language = SelectField(_l("Language"), choices=[("", "")] + [(one, one) for one in LANGUAGES])
    audience = SelectField(
        _l("Who may read it"), choices=[(one, one) for one in Audience], default=Audience.PUBLIC
    )

    def words(self) -> dict[str, Any]:
        """Return what is said of the document."""
        return {
            "words": self.title.data or "",
            "language": self.language.data or "",
            "audience": self.audience.data,
        }


class MoveForm(OwnersForm):
    """Putting a file one place earlier or later."""

    way = HiddenField(_l("Direction"), validators=[AnyOf(("earlier", "later"))])


class RemoveForm(OwnersForm):
    """Removing a file."""
