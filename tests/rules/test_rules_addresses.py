"""Which addresses may be linked."""

import pytest

from booking.rules.addresses import secure_address, web_address


@pytest.mark.parametrize("text", ["https://a.example/b?c=d#e", "http://a.example", "HTTPS://a.b"])
def test_pages_of_other_sites_may_be_linked(text):
    assert web_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", "www.a.example", "/requests", "//evil.example", "https:evil.example"),
        *("javascript:alert(1)", "jAvA\tscript:alert(1)", " https://a.example", "data:text/html,x"),
        *("vbscript:x", "blob:https://a.example/x", "file:///etc/passwd", "mailto:a@b.example"),
    ],
)
def test_other_schemes_may_not_be_linked(text):
    assert web_address(text) is None


def test_an_owner_may_state_an_https_address_of_a_named_host():
    for text in ("https://book.example.org", "HTTPS://a.example:8443/b?c=d#e"):
        assert secure_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("http://a.example", "https:a.example", "https://", "https:///a", "https://localhost/a"),
        *(
            "https://me:secret@a.example",
            "https://a.example/ b",
            "https://a.example/\n",
            "a.example",
        ),
        *(
            "javascript:alert(1)",
            "https://[::1",
            "https://a.example:99999",
            "https://a\u202e.example",
        ),
    ],
)
def test_an_owner_may_not_state_other_addresses(text):
    assert secure_address(text) is None
