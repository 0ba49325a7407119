"""The page on which people ask to be told when a planned facility opens."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.errors import Conflict
from booking.facilities.described import described_facility
from booking.plans.blueprint import blueprint
from booking.plans.follow_service import (
    MOST_FOLLOWED,
    TooManyFollowed,
    follow,
    is_followed,
    unfollow,
)
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse


@blueprint.route("/facilities/<string:slug>/follow", methods=["GET", "POST"])
@signed_in
def follow_facility(slug: str) -> ViewResponse:
    """Show whether the person is told when a planned facility opens; a post changes that."""
    facility = described_facility(slug)
    problem, status = "", 200
    if request.method == "POST":
        try:
            if request.form.get("follow") == "no":
                unfollow(the_account(), slug)
                flash(gettext("We will not tell you."), "success")
            else:
                follow(the_account(), slug)
                flash(gettext("We will tell you once, when it can be requested."), "success")
        except Conflict:
            problem, status = gettext("It is not planned any more: look at its page."), 409
        except TooManyFollowed:
            status = 429
            problem = gettext(
                "You follow %(most)d facilities, the most that one person can. Stop following "
                "another one first.",
                most=MOST_FOLLOWED,
            )
        else:
            return redirect(url_for("plans.follow_facility", slug=slug), 303)
    page = render_template(
        "plans/follow.html",
        facility=facility,
        followed=is_followed(the_account().person_id, facility.id),
        problem=problem,
    )
    return page, status
