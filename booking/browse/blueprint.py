"""The blueprint of the pages of facilities and clusters; `routes` puts all pages on it."""

from flask import Blueprint

blueprint = Blueprint("browse", __name__)
