"""The blueprint of free time alerts."""

from flask import Blueprint

blueprint = Blueprint("alerts", __name__)
