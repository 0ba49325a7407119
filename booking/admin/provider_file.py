"""The file of the sign-in providers as it is now, beside what this process read when it started."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from booking.config import SettingsError, read_sign_in_providers
from booking.rules.sign_in_providers import SignInProvider, secret_variable

_NONE = "not set"
_SHOWN_WHOLE = 12


@dataclass(frozen=True)
class ProviderFile:
    """The file; `fault` says why it cannot be used, "" if it can.

    `changed` are the keys of providers which the file states otherwise than this process knows
    them, also those that only one of them has. `without_secret` are the variables of client secrets
    that are not set here.
    """

    path: str = ""
    fault: str = ""
    changed: Sequence[str] = ()
    without_secret: Sequence[str] = ()


def provider_file(in_force: Sequence[SignInProvider], environ: Mapping[str, str]) -> ProviderFile:
    """Return what the file says now; without a path there is none to compare with."""
    path = environ.get("SIGN_IN_PROVIDERS", "")
    if not path:
        return ProviderFile()
    try:
        stated = read_sign_in_providers(environ, no_secret=_NONE)
    except SettingsError as fault:
        return ProviderFile(path, fault=str(fault))
    now = {one.key: replace(one, client_secret="") for one in stated}
    then = {one.key: replace(one, client_secret="") for one in in_force}
    return ProviderFile(
        path,
        changed=[key for key in {**then, **now} if now.get(key) != then.get(key)],
        without_secret=[secret_variable(one.key) for one in stated if one.client_secret == _NONE],
    )


def shortened(client_id: str) -> str:
    """Return a client id so that it can be compared, and not copied."""
    if len(client_id) <= _SHOWN_WHOLE:
        return client_id
    return f"{client_id[:6]}…{client_id[-4:]}"
