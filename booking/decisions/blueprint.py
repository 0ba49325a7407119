"""The blueprint of the pages of decisions; `routes` puts all pages on it."""

from flask import Blueprint

blueprint = Blueprint("decisions", __name__)
