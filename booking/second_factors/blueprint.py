"""The blueprint of second factors; `routes` registers its pages."""

from flask import Blueprint

blueprint = Blueprint("second_factors", __name__)
