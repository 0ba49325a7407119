"""Health checks for monitoring: `/healthz` (alive) and `/readyz` (able to serve)."""

import sqlalchemy as sa
from flask import Blueprint
from sqlalchemy.exc import SQLAlchemyError

from booking.extensions import db
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
    """Answer 200 if the database answers and has been migrated, else 503."""
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    try:
        db.session.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one()
    except SQLAlchemyError:
        db.session.rollback()
        return "the database is not ready\n", 503, {**headers, "Retry-After": "10"}
    return "ready\n", 200, headers
