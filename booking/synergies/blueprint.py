"""The blueprint of synergies."""

from flask import Blueprint

blueprint = Blueprint("synergies", __name__)
