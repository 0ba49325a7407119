"""Health checks for monitoring: `/healthz` (alive) and `/readyz` (able to serve)."""

from flask import Blueprint

from booking.db.readiness import why_not_ready
from booking.web.access import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def alive() -> tuple[str, int, dict[str, str]]:
    """Answer 200 while the process runs; the database is not touched."""
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


@blueprint.get("/readyz")
@public
def ready() -> tuple[str, int, dict[str, str]]:
    """Answer 200 if the database answers, has been migrated and can be written, else 503."""
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    if reason := why_not_ready():
        return f"{reason}\n", 503, {**headers, "Retry-After": "10"}
    return "ready\n", 200, headers
