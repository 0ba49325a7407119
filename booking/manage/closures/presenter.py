"""Closures in words, and what the overview of a facility says of them."""

from datetime import datetime
from typing import Any

from flask_babel import gettext, ngettext

from booking.manage.closures.queries import (
    ClosureLine,
    ClosurePhase,
    closures_on,
)
from booking.manage.queries import ManagedFacility
from booking.rules.visibility import Viewer
from booking.wording.closures import closed_when


def phase_titles() -> list[tuple[ClosurePhase, str]]:
    """Return the groups of the list in their order, with their headings."""
    return [
        (ClosurePhase.NOW, gettext("Closed now")),
        (ClosurePhase.COMING, gettext("Upcoming")),
        (ClosurePhase.PAST, gettext("Past")),
    ]


def what_text(line: ClosureLine) -> str:
    """Return what a closure closes: the facility's name, or the whole cluster."""
    if line.facility is None:
        return gettext("all of %(cluster)s", cluster=line.cluster)
    return line.facility


def when_text(line: ClosureLine) -> str:
    """Return when it is closed: the current or next stretch, and how many more there are."""
    first = line.coming[0] if line.coming else line.closed[-1]
    when = closed_when(first.starts_at, first.ends_at, line.zone)
    more = len(line.coming) - 1
    if more < 1:
        return when
    return ngettext(
        "%(when)s and %(num)s more time", "%(when)s and %(num)s more times", more, when=when
    )


def section(found: ManagedFacility, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """Return what the section of closures on a facility's overview needs."""
    ids = [one.id for one in found.chain]
    return {
        "closures": closures_on(viewer, ids, now),
        "closure_when": when_text,
    }
