"""Bootstrap's style sheet without the classes that no page has: a fifth of its size.

It comes from the package `bootstrap-flask` as it is; what pages have is read from the templates and
scripts, once in each process. A class that is put together from parts would not be found.
"""

import hashlib
import re
from collections.abc import Collection, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from flask import Flask, Response, current_app, request
from werkzeug.wrappers import Response as BaseResponse

from booking.web.access import BOOTSTRAP, public

ADDRESS = "/bootstrap.css"
_OURS = Path(__file__).resolve().parent.parent
_WORD = re.compile(r"[A-Za-z][\w-]*")
_BRACE = re.compile("[{}]")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CLASS = re.compile(r"\.([A-Za-z](?:\\.|[\w-])*)")
_BETWEEN_SELECTORS = re.compile(r",(?![^(]*\))")


def init_app(app: Flask) -> None:
    """Add the address of the style sheet."""
    app.add_url_rule(ADDRESS, BOOTSTRAP, public(_style_sheet))


def _style_sheet() -> BaseResponse:
    response = Response(style_sheet(), mimetype="text/css")
    response.set_etag(content())
    response.cache_control.public = True
    response.cache_control.max_age = current_app.get_send_file_max_age(ADDRESS)
    return response.make_conditional(request)


@cache
def style_sheet() -> str:
    """Return what of Bootstrap's style sheet applies to pages."""
    whole = files("flask_bootstrap").joinpath("static/bootstrap5/css/bootstrap.min.css")
    pages = [*_OURS.glob("templates/**/*.html"), *_OURS.glob("static/*.js")]
    words = {word for page in pages for word in _WORD.findall(page.read_text("utf-8"))}
    return only_for(words, whole.read_text("utf-8"))


@cache
def content() -> str:
    """Return what stands for the content of the style sheet."""
    return hashlib.sha256(style_sheet().encode()).hexdigest()[:12]


def only_for(words: Collection[str], css: str) -> str:
    """Return a style sheet without its comments, and without selectors of classes not in `words`.

    Keeps all without a class, such as elements, variables, fonts and animations.
    """
    return "".join(_kept(words, _COMMENT.sub("", css)))


def _kept(words: Collection[str], css: str) -> Iterator[str]:
    for head, body in _blocks(css):
        statement, _, selector = head.rpartition(";")  # such as @charset
        if statement:
            yield f"{statement};"
        if selector.startswith(("@media", "@supports")):
            inside = "".join(_kept(words, body))
            if inside:
                yield f"{selector}{{{inside}}}"
        elif selector.startswith("@"):
            yield f"{selector}{{{body}}}"
        elif used := [one for one in _BETWEEN_SELECTORS.split(selector) if _applies(one, words)]:
            yield f"{','.join(used)}{{{body}}}"


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """Give each rule as what stands before its outermost braces and what inside."""
    at = 0
    while (opens := css.find("{", at)) >= 0:
        depth, end = 1, opens + 1
        while depth and (brace := _BRACE.search(css, end)):
            depth += 1 if brace.group() == "{" else -1
            end = brace.end()
        yield css[at:opens], css[opens + 1 : end - 1]
        at = end


def _applies(selector: str, words: Collection[str]) -> bool:
    return all(name.replace("\\", "") in words for name in _CLASS.findall(selector))
