"""The blueprint of the directory of expertise."""

from flask import Blueprint

blueprint = Blueprint("expertise", __name__)
