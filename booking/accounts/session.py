"""Who sits behind a request: Flask-Login, told by the token of a sign-in in the cookie."""

from flask import Flask, request
from flask_login import LoginManager, current_user

from booking.accounts.models import Person
from booking.accounts.sign_ins import person_of

# Asked for by an open page, not by its reader: does not keep a sign-in alive.
BACKGROUND = {"browse.free_busy"}


def init_app(app: Flask, login_manager: LoginManager) -> None:
    """Tie signing in to the application."""
    # The cookie names a row that can be deleted; a guess by browser and address adds nothing.
    login_manager.session_protection = None
    login_manager.init_app(app)

    @login_manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: object) -> Person | None:
        if not isinstance(token, str):
            return None
        return person_of(token, active=request.endpoint not in BACKGROUND)

    @app.before_request
    def know_the_person() -> None:
        # First, because noting the use of a sign-in ends whatever transaction is open.
        if request.endpoint not in (None, "static"):
            bool(current_user.is_authenticated)
