"""Which addresses may stand behind a link."""

import pytest

from booking.rules.addresses import web_address


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
def test_nothing_else_may(text):
    assert web_address(text) is None
