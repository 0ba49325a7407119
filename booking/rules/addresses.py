"""Addresses on other sites that may stand behind a link."""


def web_address(text: str | None) -> str | None:
    """Return an address that may stand behind a link, or None: `javascript:` may not."""
    return text if text and text.lower().startswith(("https://", "http://")) else None
