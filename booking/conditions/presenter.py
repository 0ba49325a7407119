"""What a page shows of the conditions of each booking, for one of its sides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from booking.conditions.forms import ConditionCheckForm, ConditionStepForm
from booking.conditions.queries import ConditionLine, conditions_of, to_be_asked
from booking.rules.conditions import ConditionAct, ConditionStage, NewCondition, status_after
from booking.rules.lifecycle import Side
from booking.web.fields import BaseForm


@dataclass(frozen=True)
class ShownCondition:
    """One condition, and the form with which the reader's side goes on; None: it cannot."""

    line: ConditionLine
    form: ConditionStepForm | None
    is_posted: bool


@dataclass(frozen=True)
class ConditionPanel:
    """The conditions of one booking; `number` counts the bookings of the page from 1.

    `holds`: dates are accepted and wait for those that come before the final yes.
    """

    number: int
    side: Side
    holds: bool
    conditions: Sequence[ShownCondition]

    @property
    def open_count(self) -> int:
        """Return how many are not settled."""
        return sum(not one.line.status.is_settled for one in self.conditions)


def panels_of(
    side: Side,
    bookings: Sequence[tuple[int, bool]],
    posted: tuple[int, BaseForm] | None = None,
    *,
    ended: frozenset[int] = frozenset(),
) -> Mapping[int, ConditionPanel]:
    """Return the conditions of these bookings by id; those without any are left out.

    `bookings` are ids in the order of the page, each with whether dates are accepted there.
    `posted` is the number of one from 1 with a form that was not done. `ended`: bookings without
    a date that needs a condition any more.
    """
    lines = conditions_of([booking_id for booking_id, _ in bookings])
    found = {}
    for number, (booking_id, holds) in enumerate(bookings, start=1):
        form = posted[1] if posted and posted[0] == number else None
        own = lines.get(booking_id, ())
        if own:
            shown = [_shown(side, number, one, holds, form, booking_id in ended) for one in own]
            found[booking_id] = ConditionPanel(number, side, holds, shown)
    return found


@dataclass(frozen=True)
class ConditionsAhead:
    """What a booking asks for once more dates are agreed on: before the yes is final, and later."""

    before_final: Sequence[NewCondition]
    before_arrival: Sequence[NewCondition]


def conditions_ahead(facility_by_booking: Mapping[int, int]) -> Mapping[int, ConditionsAhead]:
    """Return what these bookings would ask for if a proposal were accepted; nothing: left out.

    What hangs on a booking already and is not settled counts, if it comes before the final yes.
    """
    if not facility_by_booking:
        return {}
    listed = to_be_asked(facility_by_booking)
    hung = conditions_of(facility_by_booking)
    found = {}
    for booking_id in facility_by_booking:
        pending = [
            NewCondition(one.kind, one.text, one.stage)
            for one in hung.get(booking_id, ())
            if one.stage is ConditionStage.BEFORE_FINAL and not one.status.is_settled
        ]
        asked = [*pending, *(one.condition for one in listed.get(booking_id, ()))]
        if asked:
            first = [one for one in asked if one.stage is ConditionStage.BEFORE_FINAL]
            found[booking_id] = ConditionsAhead(first, [one for one in asked if one not in first])
    return found


def prefix_of(number: int, condition_id: int | str) -> str:
    """Return the prefix of the fields of one condition's form."""
    return f"condition-{number}-{condition_id}"


def posted_form(side: Side, number: int, condition_id: str) -> ConditionStepForm:
    """Return the form of this side for one condition, as it was posted."""
    kind = ConditionCheckForm if side is Side.OWNER else ConditionStepForm
    form = kind(prefix=prefix_of(number, condition_id))
    form.condition.data = condition_id
    return form


def _shown(
    side: Side,
    number: int,
    line: ConditionLine,
    holds: bool,
    posted: BaseForm | None,
    is_over: bool,
) -> ShownCondition:
    is_settled = line.status.is_settled
    if isinstance(posted, ConditionStepForm) and posted.condition_id == line.id and not is_settled:
        return ShownCondition(line, posted, is_posted=True)
    waits = holds or line.stage is ConditionStage.BEFORE_ARRIVAL
    if is_over or not waits or is_settled:
        return ShownCondition(line, None, is_posted=False)
    prefix = prefix_of(number, line.id)
    if side is Side.OWNER:
        form: ConditionStepForm = ConditionCheckForm(formdata=None, prefix=prefix)
    elif status_after(line.status, ConditionAct.MARK_DONE) is not None:
        form = ConditionStepForm(formdata=None, prefix=prefix)
    else:
        return ShownCondition(line, None, is_posted=False)
    return ShownCondition(line, form, is_posted=False)
