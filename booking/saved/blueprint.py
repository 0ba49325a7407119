"""The blueprint of saved searches."""

from flask import Blueprint

blueprint = Blueprint("saved", __name__)
