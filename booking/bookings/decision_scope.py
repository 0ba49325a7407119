"""The bookings on which a viewer may decide, as conditions of a query."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import Membership
from booking.bookings.conditions import Instant
from booking.bookings.contested import may_compete
from booking.bookings.deciding import BookingDeciders
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.db.in_ids import in_ids
from booking.db.snapshot import once
from booking.extensions import db
from booking.facilities.deciders import decision_table, stand_in_reach
from booking.facilities.terms_cache import cached_by
from booking.facilities.tree import all_trees
from booking.rules.visibility import Viewer, may_decide

# So many viewers' scopes are kept in memory.
_MOST_KEPT = 200


@dataclass(frozen=True)
class DecisionScope:
    """On what a viewer decides while nobody named there works for an organisation that competes.

    `usual` are the facilities on whose bookings they decide; `never` and `also` are the
    exceptions by requester, who may be named there too. `around` are all facilities in the trees
    of those in reach, `named` the people named for these.
    """

    usual: frozenset[int]
    never: Mapping[int, frozenset[int]]
    also: Mapping[int, frozenset[int]]
    around: frozenset[int]
    named: frozenset[int]

    def condition(self, facility_ids: Collection[int] | None = None) -> sa.ColumnElement[bool]:
        """Return that the viewer decides on a `Booking`, of these facilities if they are given.

        The query must join `BookingRequest`.
        """
        usual = self.usual if facility_ids is None else self.usual & set(facility_ids)
        here = sa.and_(
            in_ids(Booking.facility_id, usual), sa.not_(_requested_by(self.never, usual))
        )
        also = _requested_by(self.also, facility_ids)
        return sa.or_(here, also) if self.also else here

    def may_have_rivals(self, now: Instant) -> sa.ColumnElement[bool]:
        """Return that an organisation of somebody named has dates around with which it competes.

        Also one for which they work no more, see `ever_organisations_of`.
        """
        organisations = sa.select(Membership.organisation_id).where(
            in_ids(Membership.person_id, self.named)
        )
        return (
            sa.select(Occurrence.id)
            .join(Booking, Booking.id == Occurrence.booking_id)
            .join(BookingRequest, BookingRequest.id == Booking.request_id)
            .where(
                BookingRequest.organisation_id.in_(organisations),
                in_ids(Occurrence.facility_id, self.around),
                may_compete(now),
            )
            .exists()
        )


def decision_scope(viewer: Viewer) -> DecisionScope:
    """Return a viewer's scope, from memory while the rules hold, else with two statements."""
    return cached_by("decision_scope", viewer, lambda: _read_scope(viewer), most=_MOST_KEPT)


def _read_scope(viewer: Viewer) -> DecisionScope:
    trees = all_trees()
    more = stand_in_reach(viewer.person_id)
    approves, coordinates = viewer.approves | more.approves, viewer.coordinates | more.coordinates
    roots = {
        trees.root(facility_id)
        for facility_id, cluster_id in trees.cluster_of.items()
        if cluster_id in coordinates or facility_id in approves
    }
    around = trees.with_below(roots)
    table = decision_table(around)
    usual: set[int] = set()
    never: dict[int, set[int]] = defaultdict(set)
    also: dict[int, set[int]] = defaultdict(set)
    everybody: set[int] = set()
    for facility_id in around:
        usually = may_decide(viewer, table.deciders(facility_id, None))
        if usually:
            usual.add(facility_id)
        named = table.named(facility_id)
        everybody |= named
        if not usually and viewer.person_id not in named:
            continue  # whoever asks, they do not decide here
        for requester_id in named:
            if may_decide(viewer, table.deciders(facility_id, requester_id)) != usually:
                (never if usually else also)[requester_id].add(facility_id)
    return DecisionScope(
        usual=frozenset(usual),
        never={person: frozenset(ids) for person, ids in never.items()},
        also={person: frozenset(ids) for person, ids in also.items()},
        around=frozenset(around),
        named=frozenset(everybody),
    )


def decided_by(
    viewer: Viewer, facility_ids: Iterable[int] | None, now: datetime
) -> sa.ColumnElement[bool]:
    """Return the condition that the viewer may decide on a `Booking` of these facilities.

    None: of all. The query must join `BookingRequest`. The condition says what `rules.routing`
    says for each booking: that differs from the usual only for requesters who are approvers here
    themselves, and where somebody named works for an organisation that competes. One statement a
    transaction while no such organisation has dates there, else as many as `BookingDeciders` too.
    """
    scope = decision_scope(viewer)
    wanted = None if facility_ids is None else frozenset(facility_ids)
    mine = scope.condition(wanted)
    minute = now.replace(second=0, microsecond=0)  # it may find too much, never too little
    if not once(
        ("may_have_rivals", viewer, minute),
        lambda: db.session.scalar(sa.select(scope.may_have_rivals(minute))),
    ):
        return mine
    here = scope.around if wanted is None else wanted & scope.around
    known = BookingDeciders(here, now)
    if not known.contested:
        return mine
    decided = {
        one.booking_id
        for one in known.contested.values()
        if may_decide(viewer, known.of(one.booking_id, one.facility_id, one.partner_id))
    }
    others = sa.not_(in_ids(Booking.id, known.contested))
    return sa.or_(sa.and_(mine, others), in_ids(Booking.id, decided))


def _requested_by(
    facilities_of: Mapping[int, frozenset[int]], within: Collection[int] | None
) -> sa.ColumnElement[bool]:
    wanted = None if within is None else set(within)
    return sa.and_(
        sa.not_(BookingRequest.entered),
        sa.or_(
            sa.false(),
            *(
                sa.and_(
                    BookingRequest.requester_id == requester_id,
                    in_ids(Booking.facility_id, ids if wanted is None else ids & wanted),
                )
                for requester_id, ids in sorted(facilities_of.items())
            ),
        ),
    )
