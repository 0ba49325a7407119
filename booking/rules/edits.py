"""What a requester changes in a request: which changes hold at once, and which need a new yes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from booking.rules.lifecycle import Side, State
from booking.rules.slots import Slot


class EditField(StrEnum):
    """What can be changed."""

    TIME = "time"
    EXTENT = "extent"  # how much of the facility
    TITLE = "title"
    PURPOSE = "purpose"
    ACTIVITY = "activity"
    PEOPLE = "people"
    HAZARDS = "hazards"
    BILLING_REFERENCE = "billing_reference"


class EditKind(StrEnum):
    """How something changes: the rows of `NEEDS_YES`."""

    SHORTER = "shorter"
    LONGER = "longer"
    MOVED = "moved"
    FEWER_PLACES = "fewer_places"
    MORE_PLACES = "more_places"
    PLACES_INSTEAD = "places_instead"  # of the whole
    WHOLE_INSTEAD = "whole_instead"  # of places
    NEW_TITLE = "new_title"
    NEW_PURPOSE = "new_purpose"
    NEW_ACTIVITY = "new_activity"
    FEWER_PEOPLE = "fewer_people"
    MORE_PEOPLE = "more_people"
    NO_HAZARDS = "no_hazards"
    NEW_HAZARDS = "new_hazards"
    NEW_BILLING_REFERENCE = "new_billing_reference"


NEEDS_YES: Mapping[EditKind, bool] = {
    EditKind.SHORTER: False,
    EditKind.LONGER: True,
    EditKind.MOVED: True,
    EditKind.FEWER_PLACES: False,
    EditKind.MORE_PLACES: True,
    EditKind.PLACES_INSTEAD: False,
    EditKind.WHOLE_INSTEAD: True,
    EditKind.NEW_TITLE: False,
    EditKind.NEW_PURPOSE: True,
    EditKind.NEW_ACTIVITY: False,
    EditKind.FEWER_PEOPLE: False,
    EditKind.MORE_PEOPLE: True,
    EditKind.NO_HAZARDS: False,
    EditKind.NEW_HAZARDS: True,
    EditKind.NEW_BILLING_REFERENCE: False,
}
"""Which changes need a new yes of the owner, who has agreed to what stands."""

OF_THE_DATE = frozenset({EditField.TIME, EditField.EXTENT})
"""What is one wish: where either needs a yes, both wait for it."""

OF_THE_REQUEST = frozenset({EditField.TITLE, EditField.BILLING_REFERENCE})
"""What is the same for all dates of a request, and says nothing of what is to happen there."""


@dataclass(frozen=True)
class Plan:
    """A date with all that its requester has said about it. `people` None: not stated."""

    slot: Slot
    whole: bool
    places: int
    title: str
    purpose: str
    activity: str
    people: int | None
    hazards: bool
    hazards_note: str
    billing_reference: str = ""


@dataclass(frozen=True)
class Edit:
    """One change. `before` and `after` are values of `Plan`.

    Of TIME they are slots, of EXTENT pairs (whole, places), of HAZARDS the note, "" for none.
    """

    field: EditField
    kind: EditKind
    before: Any
    after: Any

    @property
    def needs_yes(self) -> bool:
        """Return whether the owner must agree to it, if they have agreed to the date."""
        return NEEDS_YES[self.kind]

    def stored(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "field": self.field.value,
            "kind": self.kind.value,
            "before": _to_json(self.before),
            "after": _to_json(self.after),
        }

    @classmethod
    def of_stored(cls, stored: Mapping[str, Any]) -> "Edit":
        """Return the change that was stored."""
        field = EditField(stored["field"])
        before, after = (_from_json(field, stored[name]) for name in ("before", "after"))
        return cls(field, EditKind(stored["kind"]), before, after)


def _to_json(value: Any) -> Any:
    if isinstance(value, Slot):
        return [value.starts_at.isoformat(), value.ends_at.isoformat()]
    return list(value) if isinstance(value, tuple) else value


def _from_json(field: EditField, value: Any) -> Any:
    if field is EditField.TIME:
        return Slot(*(datetime.fromisoformat(one) for one in value))
    return tuple(value) if field is EditField.EXTENT else value


def edits_of(old: Plan, new: Plan) -> list[Edit]:
    """Return what changes from one plan to another, in the order of `EditField`."""
    found = [
        (EditField.TIME, _time_kind(old.slot, new.slot), old.slot, new.slot),
        (EditField.EXTENT, _extent_kind(old, new), _extent(old), _extent(new)),
        (EditField.TITLE, EditKind.NEW_TITLE, old.title, new.title),
        (EditField.PURPOSE, EditKind.NEW_PURPOSE, old.purpose, new.purpose),
        (EditField.ACTIVITY, EditKind.NEW_ACTIVITY, old.activity, new.activity),
        (EditField.PEOPLE, _people_kind(old.people, new.people), old.people, new.people),
        (
            EditField.HAZARDS,
            EditKind.NEW_HAZARDS if new.hazards else EditKind.NO_HAZARDS,
            old.hazards_note if old.hazards else "",
            new.hazards_note if new.hazards else "",
        ),
        (
            EditField.BILLING_REFERENCE,
            EditKind.NEW_BILLING_REFERENCE,
            old.billing_reference,
            new.billing_reference,
        ),
    ]
    return [Edit(*one) for one in found if one[2] != one[3]]


def _time_kind(old: Slot, new: Slot) -> EditKind:
    if old.contains(new):
        return EditKind.SHORTER
    return EditKind.LONGER if new.contains(old) else EditKind.MOVED


def _extent(plan: Plan) -> tuple[bool, int]:
    """Return whether it is the whole, and else how many places."""
    return (True, 0) if plan.whole else (False, plan.places)


def _extent_kind(old: Plan, new: Plan) -> EditKind:
    if old.whole != new.whole:
        return EditKind.WHOLE_INSTEAD if new.whole else EditKind.PLACES_INSTEAD
    return EditKind.FEWER_PLACES if new.places < old.places else EditKind.MORE_PLACES


def _people_kind(old: int | None, new: int | None) -> EditKind:
    fewer = old is not None and new is not None and new < old
    return EditKind.FEWER_PEOPLE if fewer else EditKind.MORE_PEOPLE


@dataclass(frozen=True)
class Verdict:
    """Which changes of one date hold at once, and which wait for the owner's answer."""

    at_once: tuple[Edit, ...] = ()
    to_answer: tuple[Edit, ...] = ()


def verdict_on(edits: Iterable[Edit], *, is_decided: bool) -> Verdict:
    """Return which changes of a date hold at once.

    Time and extent go by the table, whatever the state: a date that is only requested is moved by
    a replacement too. Of all else the owner has agreed to nothing yet while it is not decided.
    """
    every = tuple(edits)
    date_waits = any(one.needs_yes for one in every if one.field in OF_THE_DATE)

    def waits(one: Edit) -> bool:
        return date_waits if one.field in OF_THE_DATE else is_decided and one.needs_yes

    return Verdict(
        tuple(one for one in every if not waits(one)), tuple(one for one in every if waits(one))
    )


def is_decided(state: State) -> bool:
    """Return whether the owner has agreed to a date in this state, as far as it stands."""
    return state not in (State.REQUESTED, State.WAITING)


def may_edit(state: State) -> bool:
    """Return whether the requester may change a date in this state, while it has not lapsed.

    What waits may only become less: its turn goes by when it was sent, for the time that it has.
    """
    return state is State.WAITING or state.may_be_moved(Side.REQUESTER)
