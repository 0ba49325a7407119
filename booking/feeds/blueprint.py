"""The blueprint of the pages of feeds; `routes` puts all pages on it."""

from flask import Blueprint

blueprint = Blueprint("feeds", __name__)
