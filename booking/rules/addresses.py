"""Which addresses may be linked to, and which paths a person may be redirected to."""

from urllib.parse import unquote, urlsplit

LONGEST_PATH = 2000


def web_address(text: str | None) -> str | None:
    """Return an http or https address that may be linked, or None for any other scheme."""
    return text if text and text.lower().startswith(("https://", "http://")) else None


def secure_address(text: str) -> str | None:
    """Return an https address of a named host that an owner may state, or None."""
    if any(character.isspace() or not character.isprintable() for character in text):
        return None
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme != "https" or "@" in parts.netloc or not host or "." not in host.strip("."):
        return None
    return text


def safe_path(text: str | None) -> str | None:
    r"""Return `text` if it is a path on this site, else None.

    Browsers read `//host`, `/\host` and a path with a tab or line break as another site. The
    same characters in percent form are refused too, as something on the way may decode them.
    """
    if not text or len(text) > LONGEST_PATH or not text.startswith("/"):
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
