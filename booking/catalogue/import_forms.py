"""The forms with which coordinators import facilities."""

from flask_babel import lazy_gettext as _l
from wtforms import FileField

from booking.web.fields import BaseForm


class UploadForm(BaseForm):
    """A file with facilities."""

    file = FileField(_l("File"), render_kw={"accept": ".csv,.json,text/csv,application/json"})

    @property
    def has_file(self) -> bool:
        """Return whether a file was chosen."""
        return bool(self.file.data and getattr(self.file.data, "filename", ""))
