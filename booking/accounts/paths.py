"""Where a person may be sent after signing in: paths on this site, and nothing else."""

from urllib.parse import unquote, urlsplit

LONGEST = 2000


def safe_path(text: str | None) -> str | None:
    r"""Return `text` if it is a path on this site, else None.

    Browsers read `//host`, `/\host` and a path with a tab or line end in it as another site;
    the same signs in percent form are refused too, for whatever decodes them on the way.
    """
    if not text or len(text) > LONGEST or not text.startswith("/"):
        return None
    decoded = unquote(text)
    if decoded.startswith("//") or not decoded.isprintable() or not text.isascii():
        return None
    if "\\" in decoded or any(sign.isspace() for sign in text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else text
