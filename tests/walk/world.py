"""One database of the walk: the clusters and facilities in it, and how to act there."""

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.app import create_app
from booking.db import clock
from booking.errors import BookingError, Conflict, Refused
from booking.extensions import db
from booking.facilities.hours_models import OpeningSpan, TimetableRow
from booking.facilities.models import Facility
from tests.databases import settings_for
from tests.factories import (
    make_approver,
    make_cluster,
    make_condition,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
)
from tests.walk.federation import BEGIN, LISTED, PEOPLE, Node
from tests.walk.model import Model

#: Count what changes, so they may only rise, or only grow: a reset must not put them back.
NEVER_PUT_BACK = {
    "rules_revision",
    "calendar_version",
    "alembic_version",
    "audit_head",
    "audit_entry",
}
#: The tables on which two databases must agree.
HISTORY = (
    "facility",
    "place",
    "timetable",
    "opening_span",
    "special_day",
    "closure",
    "closure_slot",
    "facility_condition",
    "booking_request",
    "booking",
    "occurrence",
    "occupancy",
    "booking_condition",
    "booking_log",
    "message",
    "notice",
    "affected",
    "date_override",
    "owner_change",
)
#: Columns that are random, or count what only one database does.
BY_CHANCE = {"uid", "reference", "send_token"}

Rows = dict[str, list[dict[str, Any]]]


class World:
    """The clusters on one database; `people`, `facilities` and `organisations` are ids by name."""

    def __init__(self, database_url: str, name: str) -> None:
        self.name = name
        self.app = create_app(settings_for(database_url))
        self.people: dict[str, int] = {}
        self.facilities: dict[str, int] = {}
        self.organisations: dict[str, int] = {}
        self.clusters: dict[str, int] = {}
        #: Closures of this walk, by the model's number.
        self.closures: dict[int, int] = {}
        with self.app.app_context(), clock.fixed(BEGIN):
            self._build()
        tables = db.metadatas[None].sorted_tables
        self._tables = [table for table in tables if table.name not in NEVER_PUT_BACK]
        self._history = [table for table in tables if table.name in HISTORY]
        assert len(self._history) == len(HISTORY)
        with self.app.app_context():
            self._kept = {table.name: self._read(table) for table in self._tables}

    def _build(self) -> None:
        model = Model()
        paris = make_cluster(
            "seine", country="FR", region=None, time_zone="Europe/Paris", answer_days=3
        )
        tampere = make_cluster(
            "tammer", country="FI", region=None, time_zone="Europe/Helsinki", answer_days=2
        )
        clusters = {"seine": paris, "tammer": tampere}
        self.clusters = {name: cluster.id for name, cluster in clusters.items()}
        made: dict[str, Facility] = {}
        for node in model.nodes.values():
            made[node.name] = make_node(
                node, clusters[node.cluster], made[node.parent] if node.parent else None
            )
            self.facilities[node.name] = made[node.name].id
            for number, stage, days in LISTED.get(node.name, ()):
                text = f"Condition {number}"
                make_condition(made[node.name], text=text, stage=stage, days_before=days)
        firms = {name: make_organisation(name) for name in ("one", "two", "three")}
        self.organisations = {name: firm.id for name, firm in firms.items()}
        for name, person in PEOPLE.items():
            fields: dict[str, Any] = {"is_active": person.is_active, "email": f"{name}@example.org"}
            if person.firm:
                fields["organisation"] = firms[person.firm]
            if person.coordinates:
                row = make_coordinator(clusters[person.coordinates], **fields)
            elif person.approves:
                row = make_approver(made[person.approves], **fields)
            else:
                row = make_partner(**fields)
            self.people[name] = row.id

    def close(self) -> None:
        """Close all connections."""
        with self.app.app_context():
            db.engine.dispose()

    def reset(self) -> None:
        """Restore all rows as they were at the beginning."""
        self.closures.clear()
        with self.app.app_context(), db.engine.begin() as connection:
            for table in reversed(self._tables):
                connection.execute(sa.delete(table))
            for table in self._tables:
                if self._kept[table.name]:
                    connection.execute(sa.insert(table), self._kept[table.name])

    @contextmanager
    def inside(self):
        """Open an application context, as one request does."""
        with self.app.app_context():
            yield

    def account(self, name: str):
        """Return the current account of somebody; call it in a context of `inside`."""
        return account_of(self.people[name])

    def act(self, call: Callable[["World"], Any]) -> tuple[Any, ...]:
        """Return the result of a call: `("ok", value)`, or the kind of refusal and its reasons."""
        with self.inside():
            try:
                return "ok", call(self)
            except Refused as refused:
                reasons = {(one.date_index, one.code.value) for one in refused.refusals}
                return "refused", frozenset(reasons)
            except Conflict as conflict:
                return "conflict", conflict.code
            except BookingError as error:
                return (type(error).__name__,)

    def rows(self) -> Rows:
        """Return the rows of all these tables, in the order in which they were made."""
        with self.inside():
            return self.rows_here()

    def rows_here(self) -> Rows:
        """Return the same; call it in a context of `inside`."""
        return {table.name: self._read(table) for table in self._history}

    def _read(self, table: sa.Table) -> list[dict[str, Any]]:
        rows = db.session.execute(sa.select(table).order_by(*table.primary_key)).mappings()
        return [dict(row) for row in rows]

    def ranked(self, rows: Rows) -> Rows:
        """Return the rows with each id replaced by its rank, so that databases can be compared."""
        rank = {
            name: {row["id"]: number for number, row in enumerate(made)}
            for name, made in rows.items()
        }
        dates = {row["uid"]: rank["occurrence"][row["id"]] for row in rows["occurrence"]}
        found: Rows = {}
        for table in self._history:
            points_to = {
                key.parent.name: key.column.table.name
                for key in table.foreign_keys
                if key.column.table.name in rank
            }
            points_to["id"] = table.name
            found[table.name] = []
            for row in rows[table.name]:
                one = {}
                for name, value in row.items():
                    if name in points_to and value is not None:
                        one[name] = rank[points_to[name]][value]
                    elif name in ("occurrence_ids", "held_ids"):
                        one[name] = value and [rank["occurrence"][key] for key in value]
                    elif name == "lapses_before":
                        one[name] = {rank["occurrence"][int(key)]: at for key, at in value.items()}
                    elif name == "feed_uid":
                        one[name] = value and dates[value]
                    elif name not in BY_CHANCE:
                        one[name] = value
                found[table.name].append(one)
        return found


def make_node(node: Node, cluster: Any, parent: Facility | None) -> Facility:
    """Make the facility of the model."""
    own = node.own
    facility = make_facility(
        cluster,
        node.name,
        parent=parent,
        places=node.places,
        hours=None,
        unit=own.get("unit"),
        step_minutes=own.get("step_minutes"),
        horizon_days=own.get("horizon_days"),
        lead_time_days=own.get("lead_time_days"),
        minimum_units=own.get("minimum_units"),
        maximum_units=own.get("maximum_units"),
        setup_minutes=own.get("setup_minutes"),
        cleanup_minutes=own.get("cleanup_minutes"),
        pending_holds=own.get("pending_holds"),
        waiting_list_days=own.get("waiting_list_days"),
    )
    if node.weekly is not None:
        spans = [
            OpeningSpan(
                weekday=span.weekday, opens_time=span.opens_time, closes_time=span.closes_time
            )
            for span in node.weekly
        ]
        db.session.add(TimetableRow(facility_id=facility.id, spans=spans))
        db.session.commit()
        db.session.refresh(facility)
    return facility
