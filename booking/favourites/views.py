"""Marking a facility as a favourite, and what the browser remembers of pages looked at."""

from http import HTTPStatus

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext

from booking.favourites.blueprint import blueprint
from booking.favourites.service import (
    MOST_FAVOURITES,
    TooManyFavourites,
    add_favourite,
    remove_favourite,
)
from booking.favourites.viewed import forget, remember, switch_off
from booking.web.access import current_viewer, page_of_form, signed_in, the_account
from booking.web.responses import ViewResponse


@blueprint.post("/facilities/<string:slug>/favourite")
@signed_in
def add(slug: str) -> ViewResponse:
    """Mark a facility as a favourite."""
    try:
        add_favourite(the_account(), slug)
    except TooManyFavourites:
        flash(
            gettext(
                "You have %(number)s favourites, as many as you can keep. Remove one first.",
                number=MOST_FAVOURITES,
            ),
            "danger",
        )
    return _back(slug)


@blueprint.post("/facilities/<string:slug>/favourite/remove")
@signed_in
def remove(slug: str) -> ViewResponse:
    """Take the mark off a facility."""
    remove_favourite(the_account(), slug)
    return _back(slug)


def _back(slug: str) -> ViewResponse:
    """Lead to where the star is on the page from which it was pressed."""
    return redirect(f"{page_of_form()}#favourite-{slug}", HTTPStatus.SEE_OTHER)


@blueprint.post("/account/saved/viewed/forget")
@signed_in
def forget_viewed() -> ViewResponse:
    """Forget which facilities were looked at; from now on they are remembered again."""
    response = redirect(url_for("saved.index", _anchor="viewed"), HTTPStatus.SEE_OTHER)
    forget(response)
    return response


@blueprint.post("/account/saved/viewed/off")
@signed_in
def stop_remembering() -> ViewResponse:
    """Forget which facilities were looked at, and remember none in this browser."""
    response = redirect(url_for("saved.index", _anchor="viewed"), HTTPStatus.SEE_OTHER)
    switch_off(response, the_account().person_id)
    return response


@blueprint.after_app_request
def note_viewed(response: Response) -> Response:
    """Remember the page of a facility for its reader, and forget all when they sign out."""
    if request.endpoint == "accounts.sign_out":
        forget(response)
    elif request.endpoint == "browse.facility" and response.status_code == HTTPStatus.OK:
        person_id = current_viewer().person_id
        slug = (request.view_args or {}).get("slug")
        if person_id is not None and slug:
            remember(response, person_id, slug)
    return response
