"""Words for sign-ins: the browser, from where, and by which way."""

from flask_babel import gettext as _
from ua_parser import parse

from booking.rules.audit_chain import shortened_address
from booking.rules.sign_ins import SecondFactor, SignInWay

# What people call them, where that is another name than in the list of browsers.
_BROWSERS = {
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "Safari",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Edge Mobile": "Edge",
    "Opera Mobile": "Opera",
}
_SYSTEMS = {"Mac OS X": "macOS", "Chrome OS": "ChromeOS", "Ubuntu": "Linux", "Debian": "Linux"}


def browser_name(user_agent: str) -> str:
    """Return the browser and system in words, such as "Firefox on Windows"."""
    name, system = browser_and_system(user_agent)
    if name and system:
        return _("%(browser)s on %(system)s", browser=name, system=system)
    return name or system or _("Unknown browser")


def browser_and_system(user_agent: str) -> tuple[str | None, str | None]:
    """Return the names of browser and system; None for one that is not known."""
    read = parse(user_agent)
    name = read.user_agent.family if read.user_agent else None
    system = read.os.family if read.os else None
    if system == "iOS":
        system = "iPad" if "iPad" in user_agent else "iPhone"
    return _BROWSERS.get(name or "", name), _SYSTEMS.get(system or "", system)


def place_words(network: str, address_now: str) -> str | None:
    """Return from where a sign-in began, as far as its network tells; None: it was not noted.

    Nothing knows in which town a network is.
    """
    if not network:
        return None
    if network == shortened_address(address_now):
        return _("the same network as now")
    return _("addresses that begin with %(start)s", start=_start_of(network))


def _start_of(network: str) -> str:
    """Return what the addresses of a network have in common: "192.0.2" of "192.0.2.0/24"."""
    start = network.partition("/")[0]
    return start.removesuffix("::") if ":" in start else start.removesuffix(".0")


def way_words(way: SignInWay) -> str:
    """Return the first step of a sign-in in words."""
    match way:
        case SignInWay.PASSWORD:
            return _("signed in with the password")
        case SignInWay.LINK:
            return _("signed in with a mailed link")
        case SignInWay.PASSKEY:
            return _("signed in with a passkey")
        case SignInWay.SINGLE_SIGN_ON:
            return _("single sign-on")


def second_factor_word(factor: SecondFactor) -> str:
    """Return what a second factor is called that somebody sets up or removes."""
    match factor:
        case SecondFactor.APP:
            return _("authenticator app")
        case SecondFactor.RECOVERY_CODE:
            return _("recovery code")
        case SecondFactor.PASSKEY:
            return _("passkey")
        case SecondFactor.PROVIDER:
            return _("sign-in provider")


def factor_words(factor: SecondFactor | None) -> str | None:
    """Return the second step of a sign-in in words; None: there was none."""
    match factor:
        case None:
            return None
        case SecondFactor.APP:
            return _("second step: code from the app")
        case SecondFactor.RECOVERY_CODE:
            return _("second step: recovery code")
        case SecondFactor.PASSKEY:
            return _("second step: passkey")
        case SecondFactor.PROVIDER:
            return _("second step: where you signed in")
