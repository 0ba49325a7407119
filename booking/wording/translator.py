"""The translations of a request, looked up once instead of with each of its thousands of texts."""

from functools import cached_property
from typing import Any

from flask import Flask
from flask_babel import Domain


class RequestDomain(Domain):  # type: ignore[misc]  # Flask-Babel has no types
    """The application's texts in the language of one request, which does not change in it."""

    def __init__(self, domain: Domain) -> None:
        super().__init__(domain.translation_directories, ";".join(domain.domain))
        self.cache = domain.cache

    @cached_property
    def translations(self) -> Any:
        """Return the translations into the language of the request."""
        return super().get_translations()

    def get_translations(self) -> Any:
        """Return the translations, as Flask-Babel asks for them."""
        return self.translations


def init_app(app: Flask) -> None:
    """Give each request a domain of its own."""

    @app.before_request
    def one_translator() -> None:
        RequestDomain(app.extensions["babel"].instance.domain_instance).as_default()
