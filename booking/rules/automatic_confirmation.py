"""Which requests a facility confirms by itself, by the rule that its owner has set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from booking.rules.opening import ONE_DAY, Unit, local_day
from booking.rules.reasons import units_of
from booking.rules.slots import Slot
from booking.rules.terms import AutomaticFor, BookingMode, BookingTerms


@dataclass(frozen=True)
class AutomaticRule:
    """The rule as it was applied: for whom, how long a date may be, how many days before.

    None: no such limit. Lengths count in `unit`. Requests with hazards are never confirmed by it.
    """

    for_whom: AutomaticFor
    maximum_units: int | None
    unit: Unit
    notice_days: int | None

    def stored(self) -> dict[str, Any]:
        """Return it as the log keeps it."""
        return {
            "for_whom": self.for_whom.value,
            "maximum_units": self.maximum_units,
            "unit": self.unit.value,
            "notice_days": self.notice_days,
        }

    @classmethod
    def of_stored(cls, stored: Mapping[str, Any]) -> "AutomaticRule":
        """Return the rule that the log keeps."""
        return cls(
            AutomaticFor(stored["for_whom"]),
            stored["maximum_units"],
            Unit(stored["unit"]),
            stored["notice_days"],
        )


@dataclass(frozen=True)
class Applicant:
    """The organisation that sends: is the owner's cluster its home, is it named by the owner?"""

    of_own_cluster: bool = False
    is_named: bool = False


def automatic_rule(
    rules: BookingTerms,
    applicant: Applicant,
    slots: Sequence[Slot],
    now: datetime,
    *,
    has_hazards: bool,
) -> AutomaticRule | None:
    """Return the rule that confirms these dates, all of them; None: the approvers decide.

    Whether the time is free and nobody else waits for it is for the caller to find out.
    """
    if has_hazards or rules.mode is not BookingMode.HERE:
        return None
    if not _is_meant(rules.automatic_for, applicant):
        return None
    longest, notice = rules.automatic_maximum_units, rules.automatic_notice_days
    if longest is not None and any(units_of(rules, slot) > longest for slot in slots):
        return None
    first_day = local_day(now, rules.zone) + ONE_DAY * (notice or 0)
    if any(local_day(slot.starts_at, rules.zone) < first_day for slot in slots):
        return None
    return AutomaticRule(rules.automatic_for, longest, rules.unit, notice)


def _is_meant(for_whom: AutomaticFor, applicant: Applicant) -> bool:
    if for_whom is AutomaticFor.OWN_CLUSTER:
        return applicant.of_own_cluster
    if for_whom is AutomaticFor.NAMED:
        return applicant.is_named
    return for_whom is AutomaticFor.EVERYONE
