"""Who may open a page: every view carries one access mark (`public`, `signed_in`, ...).

A test checks the URL map for views without a mark. What a person then sees of a request or a
calendar is decided by `booking.rules.visibility`, which services call.
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, g, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from booking.errors import NotFound
from booking.rules.roles import RoleKind
from booking.rules.visibility import ANONYMOUS, Account, Viewer

View = TypeVar("View", bound=Callable[..., Any])

MARK = "access_mark"
#: The view of Bootstrap's style sheet (`booking.web.bootstrap`).
BOOTSTRAP = "bootstrap_css"
#: Views of files that are the same for everybody.
STATIC_ENDPOINTS = ("static", BOOTSTRAP)


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
    """Return who is looking, with what they may do; `ANONYMOUS` if nobody is signed in."""
    account = current_account()
    return account.viewer if account else ANONYMOUS


def current_account() -> Account | None:
    """Return the signed-in account, read once a request; None if nobody is signed in."""
    if "account" not in g and not current_user.is_authenticated:  # else asking has noted it
        g.account = None
    account: Account | None = g.account
    return account


def note_account(account: Account) -> None:
    """Remember the signed-in account, which was read together with its sign-in."""
    g.account = account


def the_account() -> Account:
    """Return the signed-in account; only for views that need a sign-in."""
    account = current_account()
    if account is None:
        raise NotFound("account")
    return account


def send_to_sign_in() -> Response:
    """Return a redirect to the sign-in page that leads back to this page."""
    here = request.full_path.rstrip("?")
    return redirect(
        url_for("accounts.sign_in", next=page_of_form() if request.method == "POST" else here)
    )


def page_of_form() -> str:
    """Return the path of the page from which a form was posted after its sign-in had ended."""
    came_from = urlsplit(request.referrer or "")
    if came_from.netloc != request.host or not came_from.path:
        return url_for("browse.start")
    return came_from.path + (f"?{came_from.query}" if came_from.query else "")


def _open_to_all() -> None:
    return None


def _needs_sign_in() -> Response | None:
    return None if current_viewer().signed_in else send_to_sign_in()


def _needs_role(*kinds: RoleKind) -> Callable[[], Response | None]:
    """Return the guard for who has a role of one of these kinds, wherever it is."""

    def guard() -> Response | None:
        viewer = current_viewer()
        if not viewer.signed_in:
            return send_to_sign_in()
        if any(_ROLES[kind](viewer) for kind in kinds):
            return None
        return _ask_for_second_factor(*kinds)

    return guard


_ROLES: dict[RoleKind, Callable[[Viewer], frozenset[int]]] = {
    RoleKind.APPROVER: lambda viewer: viewer.approves,
    RoleKind.KEEPER: lambda viewer: viewer.keeps,
    RoleKind.COORDINATOR: lambda viewer: viewer.coordinates,
    RoleKind.AUDITOR: lambda viewer: viewer.audited_cluster_ids,
}


def _needs_admin() -> Response | None:
    viewer = current_viewer()
    if not viewer.signed_in:
        return send_to_sign_in()
    if viewer.is_admin:
        return None
    return _second_factor_page() if the_account().is_withheld_admin else not_found()


def _ask_for_second_factor(*kinds: RoleKind) -> Response:
    """Say that a role does not count without a second factor; 404 for who has none of these."""
    return _second_factor_page() if the_account().withheld & set(kinds) else not_found()


def _second_factor_page() -> Response:
    page = render_template("errors/second_factor_needed.html")
    return Response(page, HTTPStatus.FORBIDDEN, mimetype="text/html")


def not_found() -> NoReturn:
    """Answer 404: it does not exist, or the person may not know that it does."""
    abort(404)


public = _marked("public", _open_to_all)
signed_in = _marked("signed in", _needs_sign_in)
decider = _marked("decider", _needs_role(RoleKind.APPROVER, RoleKind.COORDINATOR))
# Keepers, and those who decide.
keeper = _marked("keeper", _needs_role(RoleKind.KEEPER, RoleKind.APPROVER, RoleKind.COORDINATOR))
coordinator = _marked("coordinator", _needs_role(RoleKind.COORDINATOR))
# Auditors, and coordinators.
auditor = _marked("auditor", _needs_role(RoleKind.AUDITOR, RoleKind.COORDINATOR))
admin = _marked("admin", _needs_admin)
# For anybody with the token in the address: the view checks it and answers 404 if it is wrong.
token_holder = _marked("token holder", _open_to_all)


def access_mark(view: Callable[..., Any]) -> str | None:
    """Return the access mark of a view, or None."""
    mark: str | None = getattr(view, MARK, None)
    return mark


def init_app(app: Flask) -> None:
    """Mark the view of static files, and refuse to serve a view without a mark."""
    app.view_functions["static"] = public(app.view_functions["static"])

    @app.before_request
    def refuse_unmarked() -> None:
        if request.endpoint and access_mark(app.view_functions[request.endpoint]) is None:
            raise RuntimeError(f"the view {request.endpoint} says nobody who may open it")
