"""The parts of what owners set for a facility."""

from enum import StrEnum


class ChangedPart(StrEnum):
    """A part that owners change on a form of its own."""

    HOURS = "hours"  # weekly hours and seasons
    SPECIAL_DAYS = "special_days"
    HOLIDAYS = "holidays"  # whether weekly hours count on public holidays
    MODE = "mode"
    TERMS = "terms"
    QUOTAS = "quotas"
    AUTOMATIC = "automatic"  # the organisations whose requests are confirmed at once
    CONDITIONS = "conditions"
    STATUS = "status"
    PARENT = "parent"  # what it is part of
    APPROVERS = "approvers"
    AUDIENCES = "audiences"  # who may see its calendar
    CLOSURES = "closures"
    SET_ASIDE = "set_aside"  # time kept free for named organisations
    ARRIVAL = "arrival"  # how to arrive, and the reminder
    FACTS = "facts"  # what `rules.facts` declares
    DRAFT = "draft"  # facts that are not published yet
    CLUSTER = "cluster"  # what a whole cluster says of itself
    PICTURES = "pictures"
    DOCUMENTS = "documents"


#: What keepers of a facility change too: its hours and facts. All else is for those who decide.
KEPT_PARTS = frozenset(
    {
        ChangedPart.HOURS,
        ChangedPart.SPECIAL_DAYS,
        ChangedPart.HOLIDAYS,
        ChangedPart.STATUS,
        ChangedPart.CONDITIONS,
        ChangedPart.ARRIVAL,
        ChangedPart.FACTS,
        ChangedPart.DRAFT,
        ChangedPart.PICTURES,
        ChangedPart.DOCUMENTS,
    }
)
