"""Plans in words: how far they are, the steps, and what they cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flask_babel.speaklater import LazyString

from booking.rules.plans import CostClass, PlanStatus
from booking.wording.translator import lazy_gettext


@dataclass(frozen=True)
class PlanWords:
    """A status: its word, what it means, the button that leads there, its sign and colour."""

    word: LazyString
    means: LazyString
    step: LazyString
    sign: str
    colour: str


PLAN_WORDS: Mapping[PlanStatus, PlanWords] = MappingProxyType(
    {
        PlanStatus.SUGGESTED: PlanWords(
            lazy_gettext("suggested"),
            lazy_gettext("A cluster looks at it. Others do not see it yet."),
            lazy_gettext("Suggest"),
            "○",
            "asked",
        ),
        PlanStatus.IDEA: PlanWords(
            lazy_gettext("idea"),
            lazy_gettext("Proposed, and open for others to join."),
            lazy_gettext("Take it up as an idea"),
            "◌",
            "asked",
        ),
        PlanStatus.AGREED: PlanWords(
            lazy_gettext("agreed"),
            lazy_gettext("The clusters that joined want to build it."),
            lazy_gettext("Mark as agreed"),
            "◐",
            "proposed",
        ),
        PlanStatus.PLANNED: PlanWords(
            lazy_gettext("planned"),
            lazy_gettext("Money and place are found. The catalogue can show it."),
            lazy_gettext("Mark as planned"),
            "◕",
            "proposed",
        ),
        PlanStatus.BUILT: PlanWords(
            lazy_gettext("built"),
            lazy_gettext("It exists."),
            lazy_gettext("Mark as built"),
            "●",
            "yes",
        ),
        PlanStatus.DROPPED: PlanWords(
            lazy_gettext("dropped"),
            lazy_gettext("Nobody follows it up. It can be taken up again."),
            lazy_gettext("Drop it"),
            "✕",
            "over",
        ),
    }
)

COST_WORDS: Mapping[str, LazyString] = MappingProxyType(
    {
        CostClass.UNKNOWN.value: lazy_gettext("not known yet"),
        CostClass.BELOW_50K.value: lazy_gettext("less than €50,000"),
        CostClass.BELOW_250K.value: lazy_gettext("€50,000 to €250,000"),
        CostClass.BELOW_1M.value: lazy_gettext("€250,000 to €1 million"),
        CostClass.ABOVE_1M.value: lazy_gettext("more than €1 million"),
    }
)
