"""Of Bootstrap's style sheet pages get what applies to them."""

import gzip
import re
from importlib.resources import files

import pytest

from booking.web.bootstrap import only_for, style_sheet

FIRST_PAGE_KB = 60


def whole():
    return files("flask_bootstrap").joinpath("static/bootstrap5/css/bootstrap.min.css").read_text()


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".btn{color:red}", ".btn{color:red}"),
        (".carousel{color:red}", ""),
        (".btn,.carousel .btn,p{color:red}", ".btn,p{color:red}"),
        (".btn:not(.carousel,.btn),p{x:y}", "p{x:y}"),
        ("@media print{.carousel{x:y}.btn{x:y}}", "@media print{.btn{x:y}}"),
        ("@media print{.carousel{x:y}}", ""),
        ("@keyframes turn{to{rotate:1turn}}", "@keyframes turn{to{rotate:1turn}}"),
        (r".w-1\.5{x:y}.btn{x:y}", ".btn{x:y}"),
        ('@charset "UTF-8";/*! a note */:root{--x:1}', '@charset "UTF-8";:root{--x:1}'),
    ],
)
def test_only_selectors_of_classes_that_pages_have_are_kept(css, kept):
    assert only_for({"btn"}, css) == kept


def test_with_all_its_classes_it_stays_as_it_is():
    css = whole()
    words = {name.replace("\\", "") for name in re.findall(r"\.([A-Za-z](?:\\.|[\w-])*)", css)}

    assert only_for(words, css) == re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL).rstrip()


def test_what_pages_use_is_kept_and_most_is_left_out():
    for selector in (".btn-primary{", ".form-control{", ".visually-hidden", "body{", ":root"):
        assert selector in style_sheet()
    assert len(style_sheet()) * 5 < len(whole())


def test_the_start_page_with_its_styles_and_scripts_is_under_sixty_kilobytes(client):
    page = client.get("/").text
    parts = re.findall(r'<(?:link rel="stylesheet" href|script src)="([^"]+)"', page)
    answers = [page, *(client.get(part.replace("&amp;", "&")).text for part in parts)]

    assert len(parts) > 5
    assert sum(len(gzip.compress(one.encode())) for one in answers) < FIRST_PAGE_KB * 1000
