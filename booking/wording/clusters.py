"""The facts of a cluster, in words."""

from collections.abc import Mapping
from types import MappingProxyType

from booking.rules.days_off import DaysOff
from booking.rules.partners import PartnerKind
from booking.wording import formats
from booking.wording.translator import gettext, lazy_gettext

#: What each fact that coordinators keep is called.
FACT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "kind": lazy_gettext("What it is"),
        "description": lazy_gettext("Description"),
        "aims": lazy_gettext("Aims"),
        "focus_areas": lazy_gettext("Focus areas"),
        "expertise": lazy_gettext("Expertise"),
        "partners": lazy_gettext("Partners"),
        "contact_role": lazy_gettext("Contact"),
        "website": lazy_gettext("Website"),
        "answer_days": lazy_gettext("Answer time"),
        "days_off": lazy_gettext("Days off"),
    }
)
PARTNER_WORDS: Mapping[PartnerKind, str] = MappingProxyType(
    {
        PartnerKind.INDUSTRY: lazy_gettext("Industry"),
        PartnerKind.KNOWLEDGE: lazy_gettext("Knowledge institutes"),
        PartnerKind.PUBLIC: lazy_gettext("Public bodies"),
        PartnerKind.PRACTITIONERS: lazy_gettext("Practitioners"),
    }
)


def days_off_text(entry: DaysOff) -> str:
    """Return days off with why: `24 Dec 2026 to 1 Jan 2027 (Christmas)`."""
    days = formats.day_range(entry.first, entry.last)
    return gettext("%(days)s (%(why)s)", days=days, why=entry.name) if entry.name else days
