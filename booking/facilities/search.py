"""The search: what fits, what has to be agreed, and what almost fits and why not quite."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from booking.extensions import db
from booking.facilities.answering import Answer, Fit, Verdict
from booking.facilities.effective import Effective, effective_rules
from booking.facilities.matching import Filters, matching
from booking.facilities.models import Facility
from booking.facilities.offers import When
from booking.rules.slots import Slot
from booking.rules.visibility import CalendarLevel, Viewer, calendar_level

PAGE_SIZE = 20
TIMES_SHOWN = 3
#: The longest stretch of days that one search looks at.
MAX_WINDOW_DAYS = 92


@dataclass(frozen=True)
class Result:
    """One facility of the answer.

    `times` are its first free dates (aware UTC). Without a question about time there is neither
    a verdict nor times.
    """

    facility: Facility
    effective: Effective
    verdict: Verdict | None
    times: Sequence[Slot] = ()


@dataclass(frozen=True)
class Page:
    """One page of the answer, and how much there is in all.

    `counts` has a number for each `Fit`, none without a question about time. `by_cluster` counts
    all of them by cluster id, but not what only almost fits.
    """

    number: int
    total: int
    counts: Mapping[Fit, int]
    by_cluster: Mapping[int, int]
    results: Sequence[Result]

    @property
    def has_next(self) -> bool:
        """Tell whether there is a page behind this one."""
        return self.number * PAGE_SIZE < self.total

    @property
    def first(self) -> int:
        """Return the number of the first result on this page, counted from 1."""
        return (self.number - 1) * PAGE_SIZE + 1

    @property
    def last(self) -> int:
        """Return the number of the last result on this page."""
        return min(self.number * PAGE_SIZE, self.total)


def search(
    filters: Filters, when: When | None, viewer: Viewer, now: datetime, number: int = 1
) -> Page:
    """Return page `number` (from 1) of what answers the question.

    The number of statements does not depend on how much there is. Calendars that the viewer may
    not see are neither shown nor looked at: these facilities have to be asked for dates.
    """
    candidates = _candidates(filters)
    if when is None:
        return _page(candidates, None, {}, number)
    hidden = {one.id for one in candidates if one.is_hidden_from(viewer)}
    answer = Answer({one.id: one.cluster_id for one in candidates}, hidden, when, now)
    verdicts = answer.verdicts()
    order = list(Fit)
    ranked = sorted(candidates, key=lambda one: order.index(verdicts[one.id].fit))
    fitting = [i for i in _on_page(ranked, number) if verdicts[i].fit is Fit.FITS]
    return _page(ranked, verdicts, answer.times(fitting, TIMES_SHOWN), number)


@dataclass(frozen=True)
class _Candidate:
    """What a search needs of each facility that matches, were they thousands."""

    id: int
    cluster_id: int
    sees_public: str
    sees_signed_in: str
    sees_own_cluster: str

    def is_hidden_from(self, viewer: Viewer) -> bool:
        level = calendar_level(
            CalendarLevel(self.sees_public),
            CalendarLevel(self.sees_signed_in),
            CalendarLevel(self.sees_own_cluster),
            viewer,
            self.cluster_id,
        )
        return level is CalendarLevel.NOTHING


def _candidates(filters: Filters) -> list[_Candidate]:
    rows = db.session.execute(
        matching(
            filters,
            Facility.id,
            Facility.cluster_id,
            Facility.sees_public,
            Facility.sees_signed_in,
            Facility.sees_own_cluster,
        )
    )
    return [_Candidate(*row) for row in rows]


def _page(
    ranked: Sequence[_Candidate],
    verdicts: Mapping[int, Verdict] | None,
    times: Mapping[int, Sequence[Slot]],
    number: int,
) -> Page:
    on_page = _on_page(ranked, number)
    effective = effective_rules(on_page)
    facilities = {
        facility.id: facility
        for facility in db.session.scalars(
            sa.select(Facility)
            .where(Facility.id.in_(on_page))
            .options(joinedload(Facility.cluster), joinedload(Facility.parent))
        )
    }
    known = verdicts or {}
    counted = Counter(verdict.fit for verdict in known.values())
    almost = {i for i, verdict in known.items() if verdict.fit is Fit.ALMOST}
    return Page(
        number=number,
        total=len(ranked),
        # Nothing found is an answer too: none fits, none almost.
        counts={} if verdicts is None else {fit: counted[fit] for fit in Fit},
        by_cluster=Counter(one.cluster_id for one in ranked if one.id not in almost),
        results=[
            Result(facilities[i], effective[i], known.get(i), times.get(i, ())) for i in on_page
        ],
    )


def _on_page(ranked: Sequence[_Candidate], number: int) -> list[int]:
    start = (number - 1) * PAGE_SIZE
    return [one.id for one in ranked[start : start + PAGE_SIZE]]
