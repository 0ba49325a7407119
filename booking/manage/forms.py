"""What all forms of owners share: the version of what they were filled with."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from booking.web.fields import BaseForm


class OwnersForm(BaseForm):
    """A form that changes what owners set; draw its `version` with `version_part`.

    `saved_meanwhile` is what somebody else has saved since, for the page to show, or None.
    """

    version = HiddenField(_l("Previous value"))
    saved_meanwhile: Any = None
