"""The blueprint of single sign-on; `routes` registers its pages."""

from flask import Blueprint

blueprint = Blueprint("single_sign_on", __name__)
