"""Pages of requests: those of one's organisation, and each with what happened to it."""

from flask import Blueprint

blueprint = Blueprint("requests", __name__)

# The rest of the pages hang themselves on the blueprint.
from booking.requests import asking_views, retreat_views, showing_views  # noqa: E402, F401
