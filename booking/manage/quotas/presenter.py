"""Quotas and fair share on the overview of a facility."""

from datetime import datetime
from typing import Any

from flask_babel import gettext

from booking.availability.quota_usage import quota_rules
from booking.manage.queries import ManagedFacility
from booking.manage.terms.presenter import term_line
from booking.wording.quotas import quota_text


def section(found: ManagedFacility, now: datetime) -> dict[str, Any]:
    """Return what the template shows: the quotas, each with its source, and the fair share."""
    facility, line = found.facility, term_line(found, "fair_share_percent", now)
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
        "fair_share": found.effective.rules.fair_share_percent,
        "fair_source": line.source,
        "fair_means": line.meaning,
    }
