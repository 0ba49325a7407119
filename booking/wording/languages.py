"""Languages: which the product speaks, and which of them a reader gets."""

from dataclasses import dataclass

from babel import Locale, negotiate_locale
from flask import Flask, current_app, has_request_context, request
from flask_babel import get_babel

from booking.web.access import current_account
from booking.wording.translator import language

#: The language of the texts in the code.
SOURCE = "en"


@dataclass(frozen=True)
class LanguageChoice:
    """A language that the product speaks: its code, and its name in itself."""

    code: str
    name: str


def init_app(app: Flask) -> None:
    """Find the catalogues of the application, and let templates say in which language they are."""
    with app.app_context():
        found = {str(one) for one in get_babel().instance.list_translations()}
    app.extensions["languages"] = (SOURCE, *sorted(found - {SOURCE}))
    app.jinja_env.globals["page_language"] = page_language


def shipped_languages() -> tuple[str, ...]:
    """Return the codes of the languages that the product speaks, that of its texts first."""
    languages: tuple[str, ...] = current_app.extensions["languages"]
    return languages


def language_choices() -> list[LanguageChoice]:
    """Return the languages that a person may choose from."""
    return [
        LanguageChoice(code, Locale.parse(code).get_display_name(code) or code)
        for code in shipped_languages()
    ]


def spoken(code: str) -> str:
    """Return a language that a person has chosen, else that of the texts: for mail and feeds."""
    return code if code in shipped_languages() else SOURCE


def choose_locale() -> str:
    """Return the language for this reader: their own choice, else what their browser asks for.

    Outside of requests it is that of the texts; see `translator.in_language`.
    """
    if not has_request_context() or len(shipped_languages()) == 1:
        return SOURCE
    account = current_account()
    return language_with(account.language if account else "")


def language_with(chosen: str) -> str:
    """Return the language of pages for a reader who has chosen this one, "" for none."""
    shipped = shipped_languages()
    return chosen if chosen in shipped else _asked_for(shipped) or SOURCE


def _asked_for(shipped: tuple[str, ...]) -> str | None:
    # Not `best_match`: of "fr-CH, en;q=0.5" that takes English before French.
    wanted = [code.replace("-", "_") for code, quality in request.accept_languages if quality]
    found = negotiate_locale(wanted, shipped)
    return next((one for one in shipped if found and one.lower() == found.lower()), None)


def page_language() -> str:
    """Return the language of the page, as HTML names it."""
    return (language() or SOURCE).replace("_", "-")
