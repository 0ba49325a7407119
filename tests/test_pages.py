"""The checks of pages find each kind of fault."""

import pytest

from tests.pages import read_page

GOOD = """<!doctype html>
<html lang="en"><head><title>Request a date - Booking</title></head><body><main>
<h1>Request a date</h1>
<form method="post" action="/requests/new">
<input type="hidden" name="csrf_token" value="t">
<label for="title">Title</label><input id="title" name="title" value="A &amp; B">
<label><input type="checkbox" name="whole"> Whole</label>
<label for="kind">Kind</label>
<select id="kind" name="kind"><option value="a">A</option></select>
<button>Send</button>
</form></main></body></html>"""


def test_a_well_formed_page_is_parsed():
    page = read_page(GOOD)

    assert page.one("h1").text == "Request a date"
    form = page.one("form", action="/requests/new")
    assert form.values() == [("csrf_token", "t"), ("title", "A & B"), ("kind", "a")]


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ('<html lang="en">', "<html>", "language"),
        ("<h1>Request a date</h1>", "", "0 <h1>"),
        ("<h1>", "<h1>Two</h1><h1>", "2 <h1>"),
        ("<title>Request", "<title>Please request", "does not begin"),
        ("<h1>", '<h1 id="title">', "have the id 'title'"),
        ('for="title"', 'for="titel"', "points at nothing"),
        ('<label for="title">Title</label>', "", "has no label"),
        ("> Whole</label>", "></label>", "has no label"),
        ("<h1>", '<h1 style="color:red">', "style of its own"),
        ("<h1>", "<script>1</script><h1>", "a script stands in the page"),
        ("<button>", '<button onclick="f()">', "onclick"),
        ("<h1>", '<a href="javascript:f()">x</a><h1>', "javascript"),
        ('<form method="post"', "<form", "no method"),
        (' action="/requests/new"', "", "no action"),
        ('name="csrf_token"', 'name="token"', "0 csrf_token"),
        ('method="post"', 'method="get"', "in the address"),
        ("<button>Send</button>", "", "no button"),
        ("</main>", "", "closes <main>"),
        ("<button>Send</button>", "<button></button>", "has no text"),
    ],
)
def test_a_malformed_page_is_refused(good, bad, fault):
    assert good in GOOD
    with pytest.raises(AssertionError, match=fault):
        read_page(GOOD.replace(good, bad))
