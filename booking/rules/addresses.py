"""Addresses on other sites that may stand behind a link."""

from urllib.parse import urlsplit


def web_address(text: str | None) -> str | None:
    """Return an address that may stand behind a link, or None: `javascript:` may not."""
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
