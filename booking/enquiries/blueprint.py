"""The blueprint of enquiries."""

from flask import Blueprint

blueprint = Blueprint("enquiries", __name__)
