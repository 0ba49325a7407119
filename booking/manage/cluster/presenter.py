"""What changes of a cluster, as lines for its coordinators to check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext, ngettext

from booking.rules.days_off import read_stored
from booking.rules.partners import PartnerKind
from booking.wording import formats
from booking.wording.clusters import FACT_WORDS, PARTNER_WORDS, days_off_text
from booking.wording.words import focus_area_word


@dataclass(frozen=True)
class FactChange:
    """One fact that changes: what it is called, what was and what will be, as lines."""

    label: str
    before: Sequence[str]
    after: Sequence[str]


def fact_changes(
    names: Sequence[str], before: Mapping[str, Any], after: Mapping[str, Any], today: date
) -> list[FactChange]:
    """Return the facts of these names with what they were and will be."""
    return [
        FactChange(
            str(FACT_WORDS[name]),
            fact_lines(name, before[name], today),
            fact_lines(name, after[name], today),
        )
        for name in names
    ]


def fact_lines(name: str, value: Any, today: date) -> list[str]:
    """Return a fact as lines; days off from today on."""
    if name == "answer_days":
        return [ngettext("%(num)s working day", "%(num)s working days", value)]
    if name == "days_off":
        lines = [days_off_text(one) for one in read_stored(value) if one.last >= today]
    elif name == "focus_areas":
        lines = [focus_area_word(one) for one in value]
    elif name == "partners":
        lines = [
            gettext(
                "%(what)s: %(value)s", what=str(PARTNER_WORDS[kind]), value=formats.listed(found)
            )
            for kind in PartnerKind
            if (found := value.get(kind))
        ]
    elif isinstance(value, list):
        lines = list(value)
    else:
        lines = [value] if value else []
    return lines or [gettext("not stated")]
