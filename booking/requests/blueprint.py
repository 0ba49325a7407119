"""The blueprint of the pages of requests; `routes` puts all pages on it."""

from flask import Blueprint

blueprint = Blueprint("requests", __name__)
