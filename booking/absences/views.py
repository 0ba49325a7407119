"""The page of one's own absences: for people who decide on requests."""

from datetime import date
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from booking.absences.forms import AbsenceForm
from booking.absences.queries import (
    own_absences,
    stand_in_choices,
    stood_in_absences,
    zones_of,
)
from booking.absences.service import (
    CoordinatorsDecide,
    NewAbsence,
    NobodyLeft,
    end_absence,
    enter_absence,
)
from booking.db import clock
from booking.errors import Invalid, NotFound
from booking.rules.opening import local_day
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse
from booking.wording.formats import zone_name

blueprint = Blueprint("absences", __name__)


@blueprint.get("/account/absences")
@decider
def index() -> str:
    """Show the person's absences, for whom they stand in, and a form for a new absence."""
    return _page(AbsenceForm(formdata=None))


@blueprint.post("/account/absences")
@decider
def enter() -> ViewResponse:
    """Enter an absence."""
    form = AbsenceForm()
    if not form.validate() or form.first.read is None or form.last.read is None:
        return _page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    new = NewAbsence(
        form.first.read,
        form.last.read,
        form.stand_in.data or None,
        form.acknowledged.data or "",
    )
    form.acknowledged.data = ""
    try:
        enter_absence(the_account(), new)
    except Invalid as wrong:
        field = {"first": form.first, "last": form.last}.get(wrong.field, form.stand_in)
        field.errors = [_why_not(wrong.field, wrong.code)]
        return _page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    except NobodyLeft as left:
        form.stand_in.errors = [gettext("Nobody would be left to decide on the facilities below.")]
        return _page(form, nobody=left.facilities), HTTPStatus.UNPROCESSABLE_ENTITY
    except CoordinatorsDecide as others:
        form.acknowledged.data = others.key
        return _page(form, coordinators=others.facilities), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(gettext("Absence saved."), "success")
    return redirect(url_for("absences.index"), HTTPStatus.SEE_OTHER)


@blueprint.post("/account/absences/<string:first>/end")
@decider
def end(first: str) -> Response:
    """End the absence that begins on this day, or delete it if it has not begun."""
    try:
        day = date.fromisoformat(first)
    except ValueError as error:
        raise NotFound("absence") from error
    end_absence(the_account(), day)
    flash(gettext("Absence ended. Requests come to you again."), "success")
    return redirect(url_for("absences.index"), HTTPStatus.SEE_OTHER)


def _page(
    form: AbsenceForm, *, nobody: tuple[str, ...] = (), coordinators: tuple[str, ...] = ()
) -> str:
    viewer, now = the_account().viewer, clock.now()
    zones = zones_of(viewer)
    today = min(local_day(now, zone) for zone in zones.values())
    choices = stand_in_choices(viewer)
    form.stand_in.choices = [
        ("", gettext("Nobody")),
        *((one.email, f"{one.name} ({one.email})") for one in choices),
    ]
    return render_template(
        "absences/index.html",
        form=form,
        today=today,
        own=own_absences(the_account().person_id, today),
        stood_in=stood_in_absences(the_account().person_id, today),
        zones=sorted({zone_name(zone) for zone in zones.values()}),
        nobody=nobody,
        coordinators=coordinators,
        has_choices=bool(choices),
    )


def _why_not(field: str, code: str) -> str:
    return {
        ("first", "past"): gettext("Enter today or a later day."),
        ("first", "too_far"): gettext("Enter a day within the next two years."),
        ("first", "overlaps"): gettext("You already have an absence on some of these days."),
        ("last", "before_first"): gettext("Enter the first day or a later one."),
        ("last", "too_long"): gettext(
            "An absence can be at most one year long. For longer, ask your coordinator to name "
            "somebody else."
        ),
        ("stand_in", "self"): gettext("Choose somebody else."),
        ("stand_in", "away"): gettext("This person is away on some of these days."),
    }.get(
        (field, code),
        gettext("Choose somebody who decides on requests in your cluster."),
    )
