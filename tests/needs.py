"""What tests need of the machine, and what they may not use of it."""

import ipaddress
import os
import sys
from typing import NoReturn

import pytest


def unavailable(what: str, variable: str) -> NoReturn:
    """Skip the test for want of `what`; fail where the variable is 1, as it is in CI."""
    if os.environ.get(variable) == "1":
        pytest.fail(f"{what} (and {variable}=1 says that it must be there)", pytrace=False)
    pytest.skip(what)


def forbid_network() -> None:
    """Fail whatever connects to another machine, or looks up its address, from now on."""

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
