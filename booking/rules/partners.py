"""The kinds of partners of a cluster: the three strands of the triple helix, and who acts."""

from enum import StrEnum


class PartnerKind(StrEnum):
    """What a partner of a cluster is, in the order in which they are shown."""

    INDUSTRY = "industry"
    KNOWLEDGE = "knowledge"
    PUBLIC = "public"
    PRACTITIONERS = "practitioners"
