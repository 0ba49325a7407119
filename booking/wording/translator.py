"""The texts of a request in its language, which is looked up once.

Flask-Babel looks it up with each text, of which a page of timelines has thousands. So what words
such pages takes its functions from here; they return what those of Flask-Babel do.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import flask_babel
from babel import Locale
from flask import Flask, current_app, has_request_context
from flask_babel import Domain
from flask_babel.speaklater import LazyString
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from booking.db import clock


class RequestDomain(Domain):  # type: ignore[misc]  # Flask-Babel has no types
    """The application's texts in the language of one request, which does not change in it."""

    def __init__(self, domain: Domain) -> None:
        super().__init__(domain.translation_directories, ";".join(domain.domain))
        self.cache = domain.cache

    @cached_property
    def translations(self) -> Any:
        """Return the translations into the language of the request."""
        return super().get_translations()

    @cached_property
    def markup(self) -> dict[str, Markup]:
        """Return the texts of templates without values, as pages have shown them in this language.

        There are as many as templates have.
        """
        return _markup_of.setdefault(self.translations, {})

    @cached_property
    def texts(self) -> dict[str, str]:
        """Return the texts that were asked for in this language, their values not filled in.

        There are as many as the code has.
        """
        return _texts_of.setdefault(self.translations, {})

    @cached_property
    def language(self) -> str | None:
        """Return the language of the request."""
        return _language(flask_babel.get_locale())

    @cached_property
    def begun_at(self) -> datetime:
        """Return when the request began to write its page."""
        return clock.now()

    def get_translations(self) -> Any:
        """Return the translations, as Flask-Babel asks for them."""
        return self.translations


_markup_of: WeakKeyDictionary[Any, dict[str, Markup]] = WeakKeyDictionary()
_texts_of: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()
_of_request: ContextVar[RequestDomain | None] = ContextVar("texts_of_request", default=None)


def gettext(text: str, /, **values: object) -> str:
    """Return a text in the reader's language, with its values filled in."""
    known = _of_request.get()
    if known is None:
        write = flask_babel.gettext
        return str(write(text, **values))
    found = known.texts.get(text)
    if found is None:
        found = known.texts[text] = known.translations.ugettext(text)
    return found % values if values else found


def ngettext(one: str, many: str, num: int, /, **values: object) -> str:
    """Return the text for this number in the reader's language, with its values filled in."""
    write = (_of_request.get() or flask_babel).ngettext
    return str(write(one, many, num, **values))


def lazy_gettext(text: str) -> Any:
    """Return a text that is put in the reader's language when it is shown."""
    return LazyString(gettext, text)


def language() -> str | None:
    """Return the reader's language as Babel writes it, None outside the application."""
    texts = _of_request.get()
    return texts.language if texts else _language(flask_babel.get_locale())


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Write all texts inside the block in this language, whoever asks for the page."""
    with flask_babel.force_locale(code):
        texts = _of_request.get()
        if texts is None:
            yield
            return
        other = RequestDomain(current_app.extensions["babel"].instance.domain_instance)
        other.as_default()
        before = _of_request.set(other)
        try:
            yield
        finally:
            _of_request.reset(before)
            texts.as_default()


def page_begun_at() -> datetime | None:
    """Return when the page of this request was begun, None outside of requests."""
    texts = _of_request.get()
    if texts:
        return texts.begun_at
    return clock.now() if has_request_context() else None


@lru_cache(maxsize=16)
def _language(locale: Locale | None) -> str | None:
    return str(locale) if locale else None


@pass_eval_context
def _on_page(template: EvalContext, text: str, /, **values: object) -> str:
    """Return a text of a template, as Jinja's extension does: markup, with its values escaped."""
    texts = _of_request.get()
    if texts is None or values or not template.autoescape:
        return _formatted(template, _translations().ugettext(text), values)
    found = texts.markup.get(text)
    if found is None:
        found = Markup(texts.translations.ugettext(text)) % {}  # noqa: S704  # our own text
        texts.markup[text] = found
    return found


@pass_eval_context
def _numbered_on_page(
    template: EvalContext, one: str, many: str, num: int, /, **values: object
) -> str:
    """Return the text of a template for this number."""
    text = _translations().ungettext(one, many, num)
    return _formatted(template, text, {"num": num, **values})


def _translations() -> Any:
    return (_of_request.get() or flask_babel.get_domain()).get_translations()


def _formatted(template: EvalContext, text: str, values: Mapping[str, object]) -> str:
    # Values that are no markup are escaped in it.
    return (Markup(text) if template.autoescape else text) % values  # noqa: S704


def init_app(app: Flask) -> None:
    """Give each request a domain of its own, and templates its texts."""
    app.jinja_env.globals.update(_=_on_page, gettext=_on_page, ngettext=_numbered_on_page)

    @app.before_request
    def one_translator() -> None:
        texts = RequestDomain(app.extensions["babel"].instance.domain_instance)
        texts.as_default()
        _of_request.set(texts)

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        _of_request.set(None)
