"""Sources of facts, as the catalogue writes them, taken apart for pages."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from booking.wording.translator import gettext

_ADDRESS = re.compile(r"https?://[^\s()]+")


@dataclass(frozen=True)
class Source:
    """A source: a public page with its address, or how sure the fact is.

    `kind` is seen, general_knowledge, illustrative or other. `host` is the site's name, `remark`
    the text next to the address.
    """

    kind: str
    url: str | None
    host: str | None
    remark: str


def source(text: str | None) -> Source | None:
    """Return the parts of `seen: https://...`, `general knowledge` or `illustrative`."""
    if not text:
        return None
    if text == "general knowledge":
        return Source("general_knowledge", None, None, gettext("general knowledge, not verified"))
    if text == "illustrative":
        return Source("illustrative", None, None, gettext("invented for the demonstration"))
    kind, found, rest = text.partition("seen: ")
    if not found or kind:
        return Source("other", None, None, text)
    address = _ADDRESS.search(rest)
    if address is None:
        return Source("seen", None, None, rest)
    url = address.group()
    host = (urlsplit(url).hostname or url).removeprefix("www.")
    remark = "" if url == rest else rest.replace(url, host)
    return Source("seen", url, host, remark)
