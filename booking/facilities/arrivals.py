"""How to arrive at facilities, as it holds: their own, else of the nearest above that says it."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.arrival_models import Arrival
from booking.facilities.tree import trees_of
from booking.rules.updates import REMINDER_DAYS


@dataclass(frozen=True)
class ArrivalInfo:
    """What holds for one facility; `text` is empty where nobody says anything.

    `reminder_days` are the working days before the first date of a booking; 0: no reminder.
    """

    text: str
    reminder_days: int


def arrivals_of(facility_ids: Collection[int]) -> dict[int, ArrivalInfo]:
    """Return how to arrive at each of these facilities. Two statements."""
    trees = trees_of(facility_ids)
    chains = {one: [one, *trees.above(one)] for one in facility_ids}
    nodes = {node for chain in chains.values() for node in chain}
    rows = {
        row.facility_id: row
        for row in db.session.scalars(sa.select(Arrival).where(in_ids(Arrival.facility_id, nodes)))
    }
    found = {}
    for facility_id, chain in chains.items():
        stated = [rows[node] for node in chain if node in rows]
        days = (row.reminder_days for row in stated if row.reminder_days is not None)
        found[facility_id] = ArrivalInfo(
            text=next((row.text for row in stated if row.text), ""),
            reminder_days=next(days, REMINDER_DAYS),
        )
    return found


def own_arrival(facility_id: int) -> tuple[str, int | None]:
    """Return what a facility says itself: the text, and the days before, None: as above."""
    row = db.session.get(Arrival, facility_id, populate_existing=True)
    return (row.text, row.reminder_days) if row else ("", None)
