"""The conditions that facilities ask for: reading their lists."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from booking.extensions import db
from booking.facilities.condition_models import FacilityCondition
from booking.rules.conditions import ConditionKind, ConditionStage, ListedCondition, NewCondition


def listed_conditions(facility_ids: Collection[int]) -> Mapping[int, Sequence[ListedCondition]]:
    """Return the lists of these facilities by facility id, those before the yes first.

    One statement; what is on no list is left out.
    """
    found: dict[int, list[ListedCondition]] = defaultdict(list)
    for row in db.session.scalars(
        sa.select(FacilityCondition)
        .where(
            FacilityCondition.facility_id.in_(facility_ids), FacilityCondition.removed_at.is_(None)
        )
        .order_by(FacilityCondition.stage.desc(), FacilityCondition.id)
        .execution_options(populate_existing=True)
    ):
        condition = NewCondition(
            ConditionKind(row.kind), row.text, ConditionStage(row.stage), row.days_before
        )
        found[row.facility_id].append(ListedCondition(row.id, condition))
    return found
