"""The blueprint of the pages of accounts and sign-in; `routes` puts all pages on it."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)
