"""Paths to return to after signing in, and names of browsers."""

import pytest

from booking.rules.addresses import safe_path
from booking.wording.sign_ins import browser_and_system


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/inbox",
        "/requests/new?facility=hall&from=2027-01-14T09:00",
        "/calendar?zone=Europe%2FHelsinki#row",
        "/facilities?q=a%20b+c",
    ],
)
def test_a_path_on_this_site_is_kept(path):
    assert safe_path(path) == path


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%09/evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        " /evil.example",
        "https:evil.example",
        "\thttps://evil.example",
        "https://evil.example/",
        "http://localhost@evil.example",
        "http://localhost:9999/",
        "javascript:alert(1)",
        "data:text/html,x",
        "/a%0d%0aSet-Cookie:x=1",
        "/a\r\nSet-Cookie:x=1",
        "/%2f/evil.example",
        "/%5cevil.example",
        "/caf\u00e9",
        "evil.example",
        "?next=/",
        "/" + "a" * 4096,
    ],
)
def test_everything_else_is_refused(text):
    assert safe_path(text) is None


@pytest.mark.parametrize(
    ("user_agent", "names"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            ("Firefox", "Linux"),
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0 Safari/537.36 Edg/126.0",
            ("Edge", "Windows"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1",
            ("Safari", "iPhone"),
        ),
        ("curl/8.0", ("curl", None)),
        ("", (None, None)),
    ],
)
def test_browsers_have_their_common_names(user_agent, names):
    assert browser_and_system(user_agent) == names
