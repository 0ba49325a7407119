"""The blueprint of the pages of owners; `routes` puts all pages on it."""

from flask import Blueprint

blueprint = Blueprint("manage", __name__)
