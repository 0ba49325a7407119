"""News: what people are told that is about no booking, no account and no facility of theirs."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from booking.rules.updates import UpdateKind


class NewsKind(StrEnum):
    """What happened. A value that was stored once never changes its meaning."""

    EXPERTISE_NAMED = "expertise_named"
    """A cluster wants to show the reader's name with an area of expertise."""
    EXPERTISE_ASKED = "expertise_asked"
    EXPERTISE_ANSWERED = "expertise_answered"
    PLAN_SUGGESTED = "plan_suggested"
    """To a cluster that the reader coordinates; what it is stands on its page only."""
    PLAN_STEP = "plan_step"
    """A plan has another status."""
    PLAN_JOINED = "plan_joined"
    """A cluster joined a plan."""
    PLAN_COMMENTED = "plan_commented"
    FACILITY_OPENS = "facility_opens"
    """A planned facility that the reader follows can be requested."""


#: By which of their choices people get each kind.
KINDS: Mapping[NewsKind, UpdateKind] = MappingProxyType(
    {
        NewsKind.EXPERTISE_NAMED: UpdateKind.CLUSTER,
        NewsKind.EXPERTISE_ASKED: UpdateKind.MESSAGES,
        NewsKind.EXPERTISE_ANSWERED: UpdateKind.MESSAGES,
        NewsKind.PLAN_SUGGESTED: UpdateKind.CLUSTER,
        NewsKind.PLAN_STEP: UpdateKind.CLUSTER,
        NewsKind.PLAN_JOINED: UpdateKind.CLUSTER,
        NewsKind.PLAN_COMMENTED: UpdateKind.MESSAGES,
        NewsKind.FACILITY_OPENS: UpdateKind.ANSWERS,
    }
)
