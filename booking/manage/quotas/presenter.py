"""What the overview of a facility says of quotas and the fair share."""

from typing import Any

from flask_babel import gettext

from booking.availability.quota_usage import quota_rules
from booking.manage.queries import Managed
from booking.manage.terms.presenter import source_of
from booking.wording.quotas import quota_text


def section(found: Managed) -> dict[str, Any]:
    """Return what the overview shows: each quota with who sets it, and the fair share."""
    facility, fair = found.facility, found.effective.fair_share_percent
    fair_means = gettext("Nobody is warned, however much one organisation has.")
    if fair is not None:
        fair_means = gettext(
            "Who would be there for more than %(percent)s %% of the open hours of a month is "
            "warned, and so are you. Nothing is refused.",
            percent=fair,
        )
    return {
        "quota_lines": [
            (
                quota_text(rule, over_all=setting_id != facility.id or found.has_parts),
                None
                if setting_id == facility.id
                else gettext("as %(facility)s", facility=rule.facility),
            )
            for setting_id, rule in quota_rules(facility.id)
        ],
        "fair_share": fair,
        "fair_source": source_of(found, "fair_share_percent"),
        "fair_means": fair_means,
    }
