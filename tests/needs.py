"""What tests need of the machine, and that they use no network."""

import ipaddress
import os
import sys
from typing import NoReturn

import pytest


def unavailable(what: str, variable: str) -> NoReturn:
    """Skip the test because `what` is missing; fail if the variable is 1, as in CI."""
    if os.environ.get(variable) == "1":
        pytest.fail(f"{what} (and {variable}=1 says that it must be there)", pytrace=False)
    pytest.skip(what)


def forbid_network() -> None:
    """From now on, raise an error when something connects to or looks up another machine."""

    def guard(event: str, arguments: tuple) -> None:
        if event == "socket.getaddrinfo":
            host = arguments[0]
        elif event == "socket.connect" and isinstance(arguments[1], tuple):
            host = arguments[1][0]
        else:
            return
        if isinstance(host, bytes):
            host = host.decode()
        if host and not _is_this_machine(host):
            raise RuntimeError(f"a test wanted to reach {host}: tests use this machine only")

    sys.addaudithook(guard)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
