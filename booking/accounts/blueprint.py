"""The blueprint of account and sign-in pages; `routes` registers them on it."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)
