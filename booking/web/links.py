"""Links of pages that have hundreds of them: the path of a view is looked up once."""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlencode

from flask import request, url_for
from werkzeug.datastructures import iter_multi_items

# What Werkzeug leaves as it is in the arguments of an address, so that links are written alike.
_SAFE = "!$'()*,/:;?@"


def link(endpoint: str, args: Mapping[str, object] | None = None, **variables: str) -> str:
    """Return what `url_for` returns in a request, for a view whose path has these `variables`.

    `args` follow behind the question mark; those that are None are left out.
    """
    path = _path(request.script_root, endpoint, tuple(variables.items()))
    given = [one for one in iter_multi_items(args or {}) if one[1] is not None]
    return f"{path}?{urlencode(given, safe=_SAFE)}" if given else path


@lru_cache(maxsize=16_384)
def _path(_script_root: str, endpoint: str, variables: tuple[tuple[str, str], ...]) -> str:
    return url_for(endpoint, **dict(variables))  # type: ignore[arg-type]
