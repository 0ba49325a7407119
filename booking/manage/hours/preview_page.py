"""What every change of hours goes through: shown with the bookings it hits, then saved."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking.disruptions.detection import DisruptedDate
from booking.disruptions.listing import DisruptionLine, lines_of
from booking.manage.hours.preview import Outcome
from booking.manage.queries import ManagedFacility
from booking.web.access import current_viewer

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Planned:
    """A change as its check page tells it.

    `lines` say what changes, `then` what is in force afterwards as pairs of days and hours (none
    where the lines say all), `unchanged` what stays. `action` is where it is saved, `typed`
    all that has to be posted for it. `can_go_back`: a form waits that takes `typed` back.
    `done` is said once it is saved.
    """

    title: str
    lines: Sequence[str]
    unchanged: str
    action: str
    typed: Sequence[tuple[str, str]]
    can_go_back: bool
    done: str
    then: Sequence[tuple[str, str]] = ()


def preview_or_save(
    managed: ManagedFacility,
    run: Callable[[str | None], Outcome],
    planned: Callable[[Outcome], Planned],
) -> Answer:
    """Make the change if it was looked at before and hits just what was seen; else show it."""
    wants_save = request.form.get("step") == "save"
    outcome = run(request.form.get("acknowledged", "") if wants_save else None)
    plan = planned(outcome)
    if outcome.saved:
        flash(plan.done, "success")
        return redirect(url_for("manage.hours", slug=managed.facility.slug), HTTPStatus.SEE_OTHER)
    page = render_template(
        "manage/hours_check.html",
        managed=managed,
        facility=managed.facility,
        planned=plan,
        acknowledged=outcome.version,
        disruptions=_own(outcome.disruptions),
        freed=len(_own(outcome.freed)),
        is_other_than_seen=wants_save,
    )
    return (page, HTTPStatus.CONFLICT) if wants_save else page


def _own(disruptions: Sequence[DisruptedDate]) -> list[DisruptionLine]:
    """Return those of the dates on which the reader decides; of others they learn nothing."""
    return lines_of(current_viewer(), [disruption.occurrence_id for disruption in disruptions])


def posted(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return what came in under these names, to be posted again."""
    return [(name, value) for name in names for value in request.form.getlist(name) if value]
