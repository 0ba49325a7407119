"""Opening hours on the overview of a facility."""

from datetime import datetime
from typing import Any

from flask_babel import gettext

from booking.facilities.effective_terms import Origin
from booking.manage.hours.queries import OwnHours, own_hours
from booking.manage.queries import ManagedFacility
from booking.manage.terms.presenter import term_line
from booking.rules.terms import BookingMode
from booking.wording.hours import open_lines


def section(found: ManagedFacility, now: datetime) -> dict[str, Any]:
    """Return what the section of hours on a facility's overview needs."""
    shown = own_hours(found, now)
    return {
        "hours": shown,
        "hours_means": means_text(shown),
        "hours_source": source_text(shown),
        "mode_line": term_line(found, "mode", now),
        "open_lines": open_lines(found.effective.rules.hours, shown.today),
    }


def means_text(shown: OwnHours) -> str:
    """Return what the hours mean for a partner, in a sentence."""
    if shown.managed.effective.rules.mode is BookingMode.ELSEWHERE:
        return gettext("Partners see these hours but book on another site.")
    if shown.managed.effective.rules.mode is BookingMode.BY_AGREEMENT:
        return gettext("Partners see no free times. They propose dates at any hour.")
    if shown.week is None:
        return gettext("Partners can request any time, day and night, including public holidays.")
    if not shown.week:
        return gettext("Partners cannot request any time while these hours apply.")
    return gettext(
        "Partners can request times within these hours. All other times are shown as not open."
    )


def source_text(shown: OwnHours) -> str | None:
    """Return where the weekly hours of today come from; None: demo values, marked as such."""
    if shown.week_origin is Origin.OWN:
        return gettext("its own")
    if shown.week_origin is Origin.ABOVE and shown.week_from:
        return gettext("as %(facility)s", facility=shown.week_from)
    return None
