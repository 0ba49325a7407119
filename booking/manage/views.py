"""What owners set: the list of their facilities, and one facility with all that holds there."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template

from booking.db import clock
from booking.manage.people.queries import people_of
from booking.manage.queries import Managed, managed, my_facilities
from booking.manage.terms.presenter import groups_of_terms, visibility_lines
from booking.rules.terms import status_allows
from booking.web.access import decider, the_account

blueprint = Blueprint("manage", __name__)

#: What further sections of the overview show: each gives the values that its template needs.
#: A section's template is `manage/_<name>.html`; its pages register here when they are imported.
Section = Callable[[Managed, datetime], dict[str, Any]]
SECTIONS: list[Section] = []


@blueprint.get("/manage")
@decider
def index() -> str:
    """Show the facilities on which one decides."""
    return render_template("manage/index.html", groves=my_facilities(the_account().viewer))


@blueprint.get("/manage/facilities/<string:slug>")
@decider
def show(slug: str) -> str:
    """Show what holds for one facility, where it comes from and what it means for partners."""
    now = clock.now()
    found = managed(the_account().viewer, slug)
    values: dict[str, Any] = {}
    for section in SECTIONS:
        values |= section(found, now)
    return render_template(
        "manage/facility.html",
        **values,
        managed=found,
        facility=found.facility,
        status_allows=status_allows(found.facility.status),
        term_groups=groups_of_terms(found, now),
        people=people_of(found),
        visibility=visibility_lines(found),
    )


# They register on the blueprint.
