"""Limits: how they are written, and whose tries count together."""

from datetime import timedelta

import pytest

from booking.rules.limits import Limit, is_this_machine, limit_from, network_of


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("10/15m", Limit(10, timedelta(minutes=15))),
        ("100/1h", Limit(100, timedelta(hours=1))),
        ("3/7d", Limit(3, timedelta(days=7))),
        *((wrong, None) for wrong in ("", "10", "0/1h", "10/0m", "3/8d", "-1/1h", "1/1s", "٣/1h")),
    ],
)
def test_a_limit_is_tries_within_a_time_of_at_most_a_week(text, limit):
    assert limit_from(text) == limit


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_network_is_one_address_or_what_one_subscriber_has(address, network):
    assert network_of(address) == network


def test_this_machine_is_loopback_or_a_socket_file():
    assert all(map(is_this_machine, ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "")))
    assert not any(map(is_this_machine, ("192.0.2.1", "10.0.0.1", "nonsense")))
