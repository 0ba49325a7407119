"""What a person keeps for later: favourites, searches, and what they have just looked at."""

from http import HTTPStatus
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.db import clock
from booking.errors import Conflict
from booking.facilities.listed import listed_by_slug
from booking.facilities.queries import filter_values
from booking.favourites.queries import favourite_ids, favourites_of
from booking.favourites.viewed import is_switched_off, viewed_slugs
from booking.rules.saved_searches import MOST_NAME, MOST_QUERY, MOST_SAVED
from booking.saved.blueprint import blueprint
from booking.saved.finding import args_in, found_by, without_days
from booking.saved.forms import SaveSearchForm
from booking.saved.queries import ShownSearch, search_of, searches_of
from booking.saved.service import (
    TooManySearches,
    change_search,
    delete_search,
    save_search,
)
from booking.search.query_string import (
    MOST_COMPARED,
    Question,
    chips_of,
    question_of,
    read_question,
    saved_args,
    search_url,
)
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse
from booking.wording import formats


@blueprint.get("/account/saved")
@signed_in
def index() -> str:
    """Show the person's favourites and searches, and what they have just looked at."""
    person_id = the_account().person_id
    known = listed_by_slug()
    return render_template(
        "saved/index.html",
        favourites=favourites_of(person_id),
        searches=[(one, _parts_of(one)) for one in searches_of(person_id)],
        viewed=[known[slug] for slug in viewed_slugs(person_id) if slug in known],
        viewed_is_off=is_switched_off(person_id),
        most_compared=MOST_COMPARED,
    )


def _parts_of(search: ShownSearch) -> str:
    """Return in words what a search asks for, "" if its days are over and it asks for no more."""
    args = args_in(search.query)
    mine = favourite_ids(the_account().person_id) if "favourites" in args else frozenset()
    question = question_of(filter_values(), args, favourites=mine)
    if not question.is_valid:
        question = question_of(
            filter_values(), args_in(without_days(search.query)), favourites=mine
        )
    return formats.listed(
        text for text, _ in chips_of(question, "browse.facilities", filter_values())
    )


@blueprint.route("/account/saved/searches/new", methods=["GET", "POST"])
@signed_in
def new() -> ViewResponse:
    """Keep the search in the address under a name."""
    account = the_account()
    mine = favourite_ids(account.person_id) if "favourites" in request.args else frozenset()
    question = read_question(filter_values(), favourites=mine)
    args = saved_args(question) if question.is_valid else {}
    if not args:
        # Nothing to keep: the list says what is wrong with it, if anything is.
        return redirect(search_url("browse.facilities", request.args.to_dict(flat=False)))
    query = urlencode([(name, value) for name, values in args.items() for value in values])
    parts = _words_of(question)
    form = SaveSearchForm(
        data=None if request.method == "POST" else {"name": parts[:MOST_NAME], "tells": True}
    )
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if len(query) > MOST_QUERY:
            form.form_errors.append(gettext("This search is too long to be saved."))
        elif form.validate():
            try:
                found = found_by(account.person_id, query, account.language)
                save_search(
                    account, form.name.data or "", query, tells=form.tells.data, found=found
                )
            except Conflict:
                form.form_errors.append(gettext("You have saved this search already."))
                status = HTTPStatus.CONFLICT
            except TooManySearches:
                form.form_errors.append(
                    gettext(
                        "You keep %(number)s searches, as many as you can. Delete one first.",
                        number=MOST_SAVED,
                    )
                )
            else:
                flash(gettext("Search saved."), "success")
                return redirect(url_for("saved.index", _anchor="searches"), HTTPStatus.SEE_OTHER)
    page = render_template(
        "saved/new.html",
        form=form,
        parts=parts,
        args=args,
        back_url=search_url("browse.facilities", args),
    )
    return page, status


def _words_of(question: Question) -> str:
    return formats.listed(
        text for text, _ in chips_of(question, "browse.facilities", filter_values())
    )


@blueprint.get("/account/saved/searches/<string:reference>")
@signed_in
def open_search(reference: str) -> ViewResponse:
    """Lead to what a saved search finds now; days that are over are left out."""
    search = search_of(the_account().person_id, reference)
    first = args_in(search.query).get("first", "")
    is_over = bool(first) and first < clock.now().date().isoformat()
    query = without_days(search.query) if is_over else search.query
    return redirect(f"{url_for('browse.facilities')}?{query}")


@blueprint.post("/account/saved/searches/<string:reference>/tell")
@signed_in
def tell(reference: str) -> ViewResponse:
    """Tell the person of new facilities from now on, or no longer."""
    account, tells = the_account(), request.form.get("tells") == "yes"
    search = search_of(account.person_id, reference)
    found = found_by(account.person_id, search.query, account.language) if tells else ()
    change_search(account, reference, tells=tells, found=found)
    flash(
        gettext("You will be told of new facilities.")
        if tells
        else gettext("You will not be told of new facilities."),
        "success",
    )
    return redirect(url_for("saved.index", _anchor="searches"), HTTPStatus.SEE_OTHER)


@blueprint.post("/account/saved/searches/<string:reference>/delete")
@signed_in
def delete(reference: str) -> ViewResponse:
    """Forget a saved search."""
    delete_search(the_account(), reference)
    flash(gettext("Search deleted."), "success")
    return redirect(url_for("saved.index", _anchor="searches"), HTTPStatus.SEE_OTHER)
