"""How to subscribe to a calendar: links for the calendar programs that take one."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit


@dataclass(frozen=True)
class SubscribeLinks:
    """The address of one calendar, and links that open it in calendar programs.

    `webcal` opens the program of the device, `google` and `outlook` the sites of these names.
    """

    address: str
    webcal: str
    google: str
    outlook: str


def subscribe_links(address: str, name: str) -> SubscribeLinks:
    """Return the links for the calendar at this full address, to be called `name`.

    The forms of the addresses are those that the two sites use for their own buttons; both fetch
    the calendar themselves, so they need an address that the internet reaches.
    """
    webcal = "webcal://" + address.partition("://")[2]
    return SubscribeLinks(
        address=address,
        webcal=webcal,
        google="https://calendar.google.com/calendar/r?cid=" + quote(webcal, safe=""),
        outlook="https://outlook.office.com/calendar/0/addfromweb?url="
        + quote(address, safe="")
        + "&name="
        + quote(name, safe=""),
    )


def is_reachable(address: str) -> bool:
    """Return whether other sites can fetch the address: not one of this machine only."""
    host = urlsplit(address).hostname or ""
    return host not in ("localhost", "127.0.0.1", "::1") and not host.endswith(".localhost")
