"""The blueprint of the pages of administrators; `routes` registers them on it."""

from flask import Blueprint

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
