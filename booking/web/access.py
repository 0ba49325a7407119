"""Who may open a page: every view carries one mark, and a test walks the URL map for it.

The marks say who may come in at all. What they then see of a request or a calendar is decided
by `booking.rules.visibility`, asked by the services.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from booking.errors import NotFound
from booking.rules.visibility import ANONYMOUS, Account, Viewer

#: Gives the account of an active person by id, or None.
AccountReader = Callable[[int], Account | None]
View = TypeVar("View", bound=Callable[..., Any])

MARK = "access_mark"
#: Views of files that are the same for everybody: ours, and those of the style kit.
STATIC_ENDPOINTS = ("static", "bootstrap.static")


def _marked(mark: str, guard: Callable[[], Response | None]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            refused = guard()
            return refused if refused is not None else view(*args, **kwargs)

        setattr(guarded, MARK, mark)
        return guarded  # type: ignore[return-value]

    return decorate


def current_viewer() -> Viewer:
    """Return who is looking, with what they may do; anonymous when nobody is signed in."""
    account = current_account()
    return account.viewer if account else ANONYMOUS


def current_account() -> Account | None:
    """Return the signed-in person as plain values, read once a request; None when anonymous."""
    if "account" not in g:
        signed_in = current_user.is_authenticated
        read: AccountReader = current_app.extensions["account_reader"]
        g.account = read(current_user.id) if signed_in else None
    account: Account | None = g.account
    return account


def the_account() -> Account:
    """Return the signed-in person; use only behind a mark that demands one."""
    account = current_account()
    if account is None:
        raise NotFound("account")
    return account


def send_to_sign_in() -> Response:
    """Return the way through the sign-in page and back to this one."""
    here = request.full_path.rstrip("?")
    return redirect(
        url_for("accounts.sign_in", next=here if request.method == "GET" else _page_of_form())
    )


def _page_of_form() -> str:
    """Return the path of the page whose form was posted after its sign-in had ended."""
    came_from = urlsplit(request.referrer or "")
    if came_from.netloc != request.host or not came_from.path:
        return url_for("browse.start")
    return came_from.path + (f"?{came_from.query}" if came_from.query else "")


def _nobody_refused() -> None:
    return None


def _needs_sign_in() -> Response | None:
    return None if current_viewer().signed_in else send_to_sign_in()


def _needs_decider() -> Response | None:
    viewer = current_viewer()
    if not viewer.signed_in:
        return send_to_sign_in()
    return None if viewer.approves or viewer.coordinates else not_found()


def _needs_coordinator() -> Response | None:
    viewer = current_viewer()
    if not viewer.signed_in:
        return send_to_sign_in()
    return None if viewer.coordinates else not_found()


def not_found() -> NoReturn:
    """Answer 404: for what does not exist and for what the person may not know."""
    abort(404)


public = _marked("public", _nobody_refused)
signed_in = _marked("signed in", _needs_sign_in)
decider = _marked("decider", _needs_decider)
coordinator = _marked("coordinator", _needs_coordinator)
# Whoever holds the secret in the address; the view looks it up and answers 404 without it.
token_holder = _marked("token holder", _nobody_refused)


def access_mark(view: Callable[..., Any]) -> str | None:
    """Return the mark that `view` carries, or None."""
    mark: str | None = getattr(view, MARK, None)
    return mark


def init_app(app: Flask, account_reader: AccountReader) -> None:
    """Mark the views of static files, and refuse to serve a view that has no mark.

    `account_reader` is asked once a request, for whoever is signed in.
    """
    app.extensions["account_reader"] = account_reader
    for endpoint in STATIC_ENDPOINTS:
        app.view_functions[endpoint] = public(app.view_functions[endpoint])

    @app.before_request
    def refuse_unmarked() -> None:
        if request.endpoint and access_mark(app.view_functions[request.endpoint]) is None:
            raise RuntimeError(f"the view {request.endpoint} says nobody who may open it")
