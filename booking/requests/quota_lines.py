"""Quotas and fair shares on the partner's pages: what holds, and what is left."""

from collections.abc import Sequence
from datetime import date

from booking.availability.quota_usage import quota_rules, quota_usages, shares
from booking.availability.requestable import RequestableFacility
from booking.db import clock
from booking.rules.opening import ONE_DAY, day_starts_at
from booking.rules.quotas import quota_balances
from booking.rules.slots import Slot
from booking.web.access import current_viewer
from booking.wording.quotas import quota_text, share_text, use_text
from booking.wording.terms import RuleLine


def quota_lines(facility_id: int, *, has_parts: bool) -> list[RuleLine]:
    """Return the quotas that hold for a facility, as rules in words."""
    return [
        RuleLine(
            quota_text(rule, over_all=has_parts or setting_id != facility_id),
            is_demo=False,
        )
        for setting_id, rule in quota_rules(facility_id)
    ]


def left_for_me(requestable: RequestableFacility, days: Sequence[date]) -> list[str]:
    """Return what of each quota is left for the viewer's own organisation around these days."""
    organisation_id = current_viewer().organisation_id
    if organisation_id is None:
        return []
    zone = requestable.zone
    slots = [Slot(day_starts_at(zone, day), day_starts_at(zone, day + ONE_DAY)) for day in days]
    found = quota_usages(requestable.facility_id, organisation_id, slots, zone, clock.now())
    return [use_text(use) for use in quota_balances(found, days, zone)]


def share_warnings(requestable: RequestableFacility, slots: Sequence[Slot]) -> list[str]:
    """Return in which months these dates are more than a fair share; nothing is refused."""
    organisation_id = current_viewer().organisation_id
    found = shares(
        requestable.facility_id, requestable.effective, organisation_id, slots, clock.now()
    )
    return [share_text(share) for share in found]
