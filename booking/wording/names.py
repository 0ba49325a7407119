"""Names of people and organisations on pages, set apart from the text around them."""

from markupsafe import Markup

from booking.rules.names import isolated


def bdi(name: str | None) -> Markup:
    """Return a name as `<bdi>`, so that one from right to left reorders nothing else; "" for none.

    For text of pages. Attributes and sentences made elsewhere take `isolated`.
    """
    return Markup("<bdi>{}</bdi>").format(name) if name else Markup("")


__all__ = ["bdi", "isolated"]
