"""Changes that owners made, in words."""

from datetime import datetime
from zoneinfo import ZoneInfo

from booking.rules.names import isolated
from booking.rules.owner_changes import ChangedPart
from booking.wording import formats
from booking.wording.translator import gettext, lazy_gettext

#: What each part is called, as a heading.
PART_WORDS = {
    ChangedPart.HOURS: lazy_gettext("Weekly hours"),
    ChangedPart.SPECIAL_DAYS: lazy_gettext("Special days"),
    ChangedPart.HOLIDAYS: lazy_gettext("Public holidays"),
    ChangedPart.MODE: lazy_gettext("How it is booked"),
    ChangedPart.TERMS: lazy_gettext("Rules"),
    ChangedPart.QUOTAS: lazy_gettext("Limits per organisation"),
    ChangedPart.AUTOMATIC: lazy_gettext("Organisations confirmed at once"),
    ChangedPart.CONDITIONS: lazy_gettext("Conditions"),
    ChangedPart.STATUS: lazy_gettext("Status"),
    ChangedPart.PARENT: lazy_gettext("Part of"),
    ChangedPart.APPROVERS: lazy_gettext("Approvers"),
    ChangedPart.AUDIENCES: lazy_gettext("Who can see its calendar"),
    ChangedPart.CLOSURES: lazy_gettext("Closures"),
    ChangedPart.SET_ASIDE: lazy_gettext("Set-aside time"),
    ChangedPart.ARRIVAL: lazy_gettext("Arrival"),
    ChangedPart.FACTS: lazy_gettext("Facts"),
    ChangedPart.DRAFT: lazy_gettext("Draft of facts"),
    ChangedPart.CLUSTER: lazy_gettext("Facts of the cluster"),
    ChangedPart.PICTURES: lazy_gettext("Pictures"),
    ChangedPart.DOCUMENTS: lazy_gettext("Documents"),
}


def changed_by_text(
    at: datetime, zone: ZoneInfo, person: str | None, *, is_own: bool, by_operator: bool
) -> str:
    """Return who changed something and when, in `zone`; `person` None is not named."""
    when = formats.zoned_instant(at, zone)
    if is_own:
        return gettext("Changed by you on %(when)s.", when=when)
    if by_operator:
        return gettext("Changed by the operator of this site on %(when)s.", when=when)
    if person is None:
        return gettext("Changed by someone else on %(when)s.", when=when)
    return gettext("Changed by %(person)s on %(when)s.", person=isolated(person), when=when)
