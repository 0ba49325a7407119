"""Links of pages that have hundreds of them: each is worked out once, and then looked up."""

import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, has_request_context, request, url_for

from booking.web.access import STATIC_ENDPOINTS
from booking.web.static_files import LOOKED_AT_EVERY

# What Werkzeug leaves as it is in the arguments of an address, so that links are written alike.
_SAFE = "!$'()*,/:;?@"
# Slugs stand in paths as they are.
_SLUG = re.compile(r"[a-z0-9-]{1,200}")
_MARK = "a-mark-in-place-of-a-slug"
# Longer values come from the address of a page: thousands of them would fill the memory.
_MOST_LETTERS = 200


def link(endpoint: str, args: Mapping[str, object] | None = None, **variables: str) -> str:
    """Return what `url_for` returns in a request, for a view whose path has these `variables`.

    `args` follow behind the question mark, a list as several of one name; those that are None are
    left out.
    """
    return _with_args(_path_of(script_root(), endpoint, variables), args)


def _with_args(path: str, args: Mapping[str, object] | None) -> str:
    if not args:
        return path
    given = []
    for name, value in args.items():
        if isinstance(value, list | tuple):
            given += [_argument(name, str(one)) for one in value]
        elif value is not None:
            given.append(_argument(name, str(value)))
    return f"{path}?{'&'.join(given)}" if given else path


def static_link(filename: str) -> str:
    """Return the address of a static file, which names its content."""
    return _url_once("static", filename=filename)


def script_root() -> str:
    """Return the path under which this request finds the application, "" for all of a host."""
    return request.script_root


def _path_of(root: str, endpoint: str, variables: Mapping[str, str | int]) -> str:
    """Return the path to a view; there are as many as there are facilities, with one pattern."""
    if len(variables) == 1:
        ((name, value),) = variables.items()
        if isinstance(value, str) and _SLUG.fullmatch(value):
            before, after = _around(root, endpoint, name)
            return f"{before}{value}{after}"
    return _path(root, endpoint, tuple(variables.items()))


@lru_cache(maxsize=256)
def _around(_script_root: str, endpoint: str, name: str) -> tuple[str, str]:
    """Return what stands before and behind a variable in the path of a view."""
    variables: dict[str, Any] = {name: _MARK}
    before, _, after = url_for(endpoint, **variables).partition(_MARK)
    return before, after


@lru_cache(maxsize=16_384)
def _argument(name: str, value: str) -> str:
    return urlencode([(name, value)], safe=_SAFE)


def absolute_url(endpoint: str, **values: Any) -> str:
    """Return the address of a page as others write it: below BASE_URL, wherever it was opened."""
    base_url: str = current_app.extensions["settings"].base_url
    return base_url + url_for(endpoint, **values)


def init_app(app: Flask) -> None:
    """Let templates look up their links: every page has some sixty in its header alone."""
    app.jinja_env.globals["url_for"] = _url_once
    app.jinja_env.globals["absolute_url"] = absolute_url


def _url_once(endpoint: str, **values: Any) -> str:
    """Return what `url_for` returns."""
    is_plain = not endpoint.startswith(".") and all(
        type(value) in (str, int) and len(str(value)) <= _MOST_LETTERS and not name.startswith("_")
        for name, value in values.items()
    )
    if not is_plain or not has_request_context():
        return url_for(endpoint, **values)
    if endpoint in STATIC_ENDPOINTS:
        when = int(time.monotonic() / LOOKED_AT_EVERY)
        return _path(script_root(), endpoint, tuple(values.items()), when)
    in_path = _variables(endpoint)
    if in_path is None or not in_path <= values.keys():
        return _path(script_root(), endpoint, tuple(values.items()))
    args = {name: value for name, value in values.items() if name not in in_path}
    return _with_args(_path_of(script_root(), endpoint, {n: values[n] for n in in_path}), args)


@lru_cache(maxsize=1024)
def _variables(endpoint: str) -> frozenset[str] | None:
    """Return the names of the variables in the path of a view; None: it has several paths."""
    rules = list(current_app.url_map.iter_rules(endpoint))
    if len(rules) != 1 or rules[0].defaults:
        return None
    return frozenset(rules[0].arguments)


# `_when`: the address of a static file changes with the file.
@lru_cache(maxsize=16_384)
def _path(
    _script_root: str, endpoint: str, variables: tuple[tuple[str, Any], ...], _when: int = 0
) -> str:
    return url_for(endpoint, **dict(variables))
