"""What somebody signed in has just looked at: in a cookie of their browser, and nowhere else.

Partners compete, and what one of them looks at is nobody's business. So there is no table of it.
The cookie names the account, goes when the browser is closed or its person signs out, and is not
read for anybody else who signs in there.
"""

from collections.abc import Sequence

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

#: So many facilities are remembered.
MOST_VIEWED = 8
#: In place of the facilities: nothing is to be remembered in this browser.
_OFF = "off"


def viewed_slugs(person_id: int) -> list[str]:
    """Return the slugs of the facilities looked at last, the last one first."""
    found = _read(person_id)
    return list(found) if isinstance(found, list) else []


def is_switched_off(person_id: int) -> bool:
    """Return whether the person has asked to remember nothing in this browser."""
    return _read(person_id) == _OFF


def remember(response: Response, person_id: int, slug: str) -> None:
    """Put a facility first among those looked at, unless that is switched off."""
    if is_switched_off(person_id):
        return
    before = viewed_slugs(person_id)
    slugs = list(dict.fromkeys([slug, *before]))[:MOST_VIEWED]
    if slugs != before:
        _write(response, person_id, slugs)


def switch_off(response: Response, person_id: int) -> None:
    """Forget everything, and remember nothing more in this browser."""
    _write(response, person_id, _OFF)


def forget(response: Response) -> None:
    """Forget everything; what is looked at from now on is remembered."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.delete_cookie(_name(), secure=secure, httponly=True, samesite="Lax")


def _name() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-viewed"


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="viewed")


def _read(person_id: int) -> Sequence[str] | str:
    try:
        owner, found = _serializer().loads(request.cookies.get(_name(), ""))
    except (BadSignature, TypeError, ValueError):
        return []
    return found if owner == person_id else []


def _write(response: Response, person_id: int, what: Sequence[str] | str) -> None:
    response.set_cookie(
        _name(),
        _serializer().dumps([person_id, what]),
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
