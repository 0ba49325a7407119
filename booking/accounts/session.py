"""Ties Flask-Login to our sign-ins: the session cookie carries the token of one."""

from flask import Flask, request
from flask_login import LoginManager, current_user

from booking.accounts.models import Person
from booking.accounts.sign_ins import signed_in
from booking.web.access import note_account

# Polled by open pages, so it does not keep a sign-in alive.
BACKGROUND = {"browse.free_busy"}


def init_app(app: Flask, login_manager: LoginManager) -> None:
    """Tie signing in to the application."""
    # Flask-Login's check of browser and address is not needed: a sign-in can be deleted.
    login_manager.session_protection = None
    login_manager.init_app(app)

    @login_manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: object) -> Person | None:
        if not isinstance(token, str):
            return None
        found = signed_in(token, active=request.endpoint not in BACKGROUND)
        if found is None:
            return None
        person, account = found
        note_account(account)
        return person

    @app.before_request
    def load_person() -> None:
        # First of all, because recording the use of a sign-in ends an open transaction.
        if request.endpoint not in (None, "static"):
            bool(current_user.is_authenticated)
