"""The blueprint of favourites."""

from flask import Blueprint

blueprint = Blueprint("favourites", __name__)
