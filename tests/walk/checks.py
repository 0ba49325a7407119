"""The invariants that hold after each step, checked on the rows alone and against the model.

Numbers as in Annex C of the security paper. Each check takes the history before and after a
step, and raises an AssertionError that begins with the number.
"""

import itertools
from collections import Counter
from typing import Any

from booking.extensions import db
from tests.rules.minute_model import TICK, instant_of, minute_of
from tests.walk.history import Date, LogLine, Request
from tests.walk.model import GRAPH, Model
from tests.walk.world import Rows, World


def check_all(world: World, model: Model, before: Rows, after: Rows, log_length: int) -> None:
    """Check a step that was allowed; `log_length` lines of the log were there before it."""
    no_place_is_shared(after)
    places_are_those_needed(world, model, after)
    standing_dates_are_open(model, after)
    marks_are_those_of_the_model(model, after)
    states_keep_to_the_graph(before, after)
    states_are_those_of_the_model(world, model, after)
    each_step_is_logged_once(world, model, before, after, log_length)
    each_concerned_gets_one_update(world, model, before, after, log_length)
    nothing_is_orphaned(after)


def no_trace_is_left(before: Rows, after: Rows) -> None:
    """I8: what was refused changed nothing."""
    changed = [name for name in before if before[name] != after[name]]
    assert not changed, f"I8 a refused call changed {changed}"


def no_place_is_shared(after: Rows) -> None:
    """I1, I2: no two occupancies of a place share an instant; each begins before it ends."""
    rows = sorted(after["occupancy"], key=lambda row: (row["place_id"], row["starts_at"]))
    for row in rows + after["occurrence"]:
        assert row["starts_at"] < row["ends_at"], f"I2 {row}"
        assert not row["starts_at"].utcoffset(), f"I2 not in UTC: {row}"
    for one, other in itertools.pairwise(rows):
        if one["place_id"] == other["place_id"]:
            assert one["ends_at"] <= other["starts_at"], f"I1 {one} and {other}"


def places_are_those_needed(world: World, model: Model, after: Rows) -> None:
    """I4, I18: at each instant a date sits on as many places of each facility as it needs."""
    facility_of = {row["id"]: row["facility_id"] for row in after["place"]}
    sitting: dict[int, Counter[tuple[int, int]]] = {}
    for row in after["occupancy"]:
        if row["held_until"] is not None and row["held_until"] <= model.now:
            continue  # it has ended and blocks nobody; the next writer removes it
        counts = sitting.setdefault(row["occurrence_id"], Counter())
        for tick in range(minute_of(row["starts_at"]), minute_of(row["ends_at"]), TICK):
            counts[facility_of[row["place_id"]], tick] += 1
    for occurrence, _, one in pairs(model, after):
        expected: Counter[tuple[int, int]] = Counter()
        if one.sits(model.now):
            for name, tick, places in one.taking():
                expected[world.facilities[name], tick] += places
        found = sitting.pop(occurrence["id"], Counter())
        if one.around[-1] + TICK <= minute_of(model.now):
            continue  # over: where there are fewer places now, it may have lost its own
        assert found == +expected, f"I4 {occurrence['state']} {occurrence['starts_at']}"
    assert not sitting, f"I4 places of dates that do not exist: {sitting}"


def marks_are_those_of_the_model(model: Model, after: Rows) -> None:
    """Dates affected by a closure or new hours are marked until somebody resolves them, once."""
    marked = Counter(row["occurrence_id"] for row in after["affected"] if not row["settled_at"])
    expected = {row["id"] for row, _, one in pairs(model, after) if one.marked}
    assert marked == Counter(expected), f"I3 marked {marked} and not {expected}"
    aside: dict[int, set[str]] = {}
    for row in after["date_override"]:
        aside.setdefault(row["occurrence_id"], set()).update(row["codes"])
    for row, _, one in pairs(model, after):
        assert aside.get(row["id"], set()) == one.overrides, f"I3 set aside for {row}"


def standing_dates_are_open(model: Model, after: Rows) -> None:
    """I3: a confirmed future date is in open time, or has an exception, or is marked."""
    marked = {row["occurrence_id"] for row in after["affected"] if row["settled_at"] is None}
    aside: dict[int, set[str]] = {}
    for row in after["date_override"]:
        aside.setdefault(row["occurrence_id"], set()).update(row["codes"])
    for occurrence, request, one in pairs(model, after):
        if one.state != "confirmed" or one.ends_at <= model.now:
            continue
        broken = model.broken_by(request, one) & {"not_open", "closure"}
        left = broken - aside.get(occurrence["id"], set())
        assert not left or occurrence["id"] in marked, f"I3 {left}: {occurrence}"


def states_keep_to_the_graph(before: Rows, after: Rows) -> None:
    """I5, I7: states move along the graph, each move raises the revision by one."""
    old = {row["id"]: row for row in before["occurrence"]}
    assert old.keys() <= {row["id"] for row in after["occurrence"]}, "I5 a date is gone"
    for row in after["occurrence"]:
        was = old.get(row["id"])
        if was is None:
            assert row["state"] in GRAPH[None], f"I5 begins as {row['state']}"
            assert row["revision"] == 0, f"I7 begins at {row['revision']}"
        elif was["state"] != row["state"]:
            assert row["state"] in GRAPH.get(was["state"], ()), f"I5 {was['state']} {row['state']}"
            if (was["state"], row["state"]) == ("proposed", "confirmed") or row["replaces_id"]:
                assert row["revision"] > was["revision"], "I7"  # that of what it replaced goes on
            else:
                assert row["revision"] == was["revision"] + 1, "I7"
        else:
            kept = {name: value for name, value in row.items() if name not in MAY_CHANGE}
            assert kept == {n: v for n, v in was.items() if n not in MAY_CHANGE}, f"I5 {was} {row}"


#: What a date may change without a change of its state: places that join a whole booking, when
#: people came, and the rest is compared with the model.
MAY_CHANGE = {
    "places",
    "revision",
    "changed_at",
    "arrived_at",
    "lapses_at",
    "starts_at",
    "ends_at",
    "whole",
    "own_details",
}


def states_are_those_of_the_model(world: World, model: Model, after: Rows) -> None:
    """The database has what the model says."""
    bookings = {row["id"]: row for row in after["booking"]}
    sent = {row["id"]: row for row in after["booking_request"]}
    kin: dict[int, list[Request]] = {}
    for number, (booking, request) in enumerate(zip(after["booking"], model.requests, strict=True)):
        row = sent[booking["request_id"]]
        kin.setdefault(row["id"], []).append(request)
        assert kin[row["id"]] == request.bookings[: len(kin[row["id"]])], f"request {number}"
        firm = world.organisations[request.firm] if request.firm else None
        expected = (world.people[request.requester], firm, request.entered)
        found = (row["requester_id"], row["organisation_id"], row["entered"])
        assert found == expected, f"request {number}"
        said = {name: row[name] for name in request.details}
        assert said == request.details, f"request {number}: {said} and not {request.details}"
        booking_id = booking["id"]
        hung = [
            (row["stage"], row["status"], row["due_at"], bool(row["missed_at"]),
             bool(row["taken_off_at"]))
            for row in after["booking_condition"]
            if row["booking_id"] == booking_id
        ]  # fmt: skip
        conditions = [
            (one.stage, one.status, one.due_at, one.is_missed, one.is_off)
            for one in request.conditions
        ]
        assert hung == conditions, f"conditions of {number}: {hung} and not {conditions}"
    keys = {one: occurrence for occurrence, _, one in pairs(model, after)}
    for occurrence, request, one in pairs(model, after):
        replaced = keys[one.replaces] if one.replaces else None
        assert occurrence["replaces_id"] == (replaced and replaced["id"]), f"{occurrence}"
        if replaced and one.state == "confirmed" and replaced["state"] == "replaced":
            event = replaced["feed_uid"] or replaced["uid"]
            assert occurrence["feed_uid"] == event, "another event in calendars"
        booking = bookings[occurrence["booking_id"]]
        assert booking["due_at"] == request.due_at
        assert occurrence["facility_id"] == world.facilities[request.facility]
        found = tuple(
            occurrence[n] for n in ("starts_at", "ends_at", "state", "lapses_at", "whole")
        )
        expected = (
            instant_of(one.start),
            instant_of(one.end),
            one.state,
            one.lapses_at,
            one.whole,
        )
        assert found == expected, f"{found} and not {expected}"
        assert (occurrence["own_details"] or {}) == one.own, f"{occurrence} and not {one.own}"


def each_step_is_logged_once(
    world: World, model: Model, before: Rows, after: Rows, log_length: int
) -> None:
    """I6, I10: the log grows by one line a step, with who did it, from where to where.

    In the model only deciders decide, and nobody on their own request.
    """
    known = len(before["booking_log"])
    assert after["booking_log"][:known] == before["booking_log"], "I6 the log was changed"
    requests = {row["id"]: number for number, row in enumerate(after["booking"])}
    dates = places_of_dates(after)
    names = {key: name for name, key in world.people.items()}
    found = []
    for row in after["booking_log"][known:]:
        assert row["at"] == model.now, "I6 at another time"
        found.append(
            (
                requests[row["booking_id"]],
                row["event"],
                row["before"],
                row["after"],
                row["side"],
                names.get(row["actor_id"]),
                row["colleague"],
                tuple(sorted(dates[key][1] for key in row["occurrence_ids"])),
                row["reason"],
            )
        )
    expected = [
        (
            *(t.request, t.event, t.before, t.after, t.side, t.actor, t.colleague),
            *(model.which(t), t.reason),
        )
        for t in model.log[log_length:]
    ]
    assert sorted(found, key=repr) == sorted(expected, key=repr), f"I6 {found} and not {expected}"
    for row in after["booking_log"][known:]:
        # The person who closes a facility decides on none of the dates that this affects.
        # Nobody did what another step has brought about.
        is_aside = row["event"] in ("affected", "lifted") or row["actor_id"] is None
        is_aside = is_aside or row["event"].startswith("elsewhere_")
        if row["side"] != "owner" or is_aside:
            continue
        request = model.requests[requests[row["booking_id"]]]
        # Who decides at another facility may end the date here by their yes.
        kin = request.bookings if row["after"] == "replaced" else [request]
        able = {one for other in kin for one in model.deciders(other.facility, other.asker)}
        assert names[row["actor_id"]] in able, f"I10 {names[row['actor_id']]} decided"


def each_concerned_gets_one_update(
    world: World, model: Model, before: Rows, after: Rows, log_length: int
) -> None:
    """I12: one notice for everybody concerned and change, and none for others."""
    known = len(before["notice"])
    if model.log[log_length:] and is_undone(model.log[-1]):
        before = {**before, "notice": [row for row in before["notice"] if row in after["notice"]]}
        known = len(before["notice"])
    assert after["notice"][:known] == before["notice"], "I12 notices were changed"
    names = {key: name for name, key in world.people.items()}
    lines = after["booking_log"][len(before["booking_log"]) :]
    requests = {row["id"]: number for number, row in enumerate(after["booking"])}
    changes = [
        (requests[row["booking_id"]], row["event"], row["after"], frozenset(row["occurrence_ids"]))
        for row in lines
    ]
    found: dict[int, Counter[str]] = {row["id"]: Counter() for row in lines}
    for row in after["notice"][known:]:
        assert row["log_id"] in found, "I12 a notice of an old change"
        found[row["log_id"]][names[row["person_id"]]] += 1
    ids = ids_of_dates(after)
    expected: dict[Any, list[LogLine]] = {}
    for line in model.log[log_length:]:
        dates = frozenset(ids[line.request, index] for index in model.which(line))
        expected.setdefault((line.request, line.event, line.after, dates), []).append(line)
    for change, key in zip(changes, found, strict=True):
        people = Counter(expected[change].pop(0).people)
        assert found[key] == people, f"I12 {change}: told {found[key]} and not {people}"


def is_undone(line: LogLine) -> bool:
    """Return whether this line undid a confirmation, of which its requester then knows nothing."""
    return (line.side, line.before, line.after) == ("owner", "confirmed", "requested")


def nothing_is_orphaned(after: Rows) -> None:
    """I19: every row that another one points to is there."""
    ids = {name: {row["id"] for row in rows} for name, rows in after.items()}
    for table in db.metadatas[None].sorted_tables:
        for key in table.foreign_keys:
            target = key.column.table.name
            if table.name in after and target in ids:
                for row in after[table.name]:
                    value = row[key.parent.name]
                    assert value is None or value in ids[target], f"I19 {table.name} {row}"


def pairs(model: Model, rows: Rows) -> list[tuple[dict[str, Any], Request, Date]]:
    """Return each date of the database with its request and date in the model."""
    found, places = [], places_of_dates(rows)
    for row in rows["occurrence"]:
        number, index = places[row["id"]]
        request = model.requests[number]
        found.append((row, request, request.dates[index]))
    assert len(found) == len(model.all_dates()), "a date is missing"
    return found


def places_of_dates(rows: Rows) -> dict[int, tuple[int, int]]:
    """Return for each date which request it belongs to and which of its dates it is."""
    numbers = {row["id"]: number for number, row in enumerate(rows["booking"])}
    seen: Counter[int] = Counter()
    found = {}
    for row in sorted(rows["occurrence"], key=lambda row: (row["starts_at"], row["id"])):
        number = numbers[row["booking_id"]]
        found[row["id"]] = number, seen[number]
        seen[number] += 1
    return found


def ids_of_dates(rows: Rows) -> dict[tuple[int, int], int]:
    """Return the id of each date by its request and its place in it."""
    return {place: key for key, place in places_of_dates(rows).items()}
