"""The star of each facility on pages that are kept in memory for many readers.

Such a page has a mark in the place of each star. When it is sent, the marks give way to the
reader's own buttons.
"""

import re

from flask import Flask, get_template_attribute
from markupsafe import Markup

from booking.facilities.listed import listed_by_slug
from booking.favourites.queries import favourite_ids
from booking.web.access import current_viewer

_MARK = re.compile(r"<!-- favourite ([a-z0-9-]+) -->")


def with_favourites(content: Markup) -> Markup:
    """Return the content with a button in place of each mark; without any for visitors.

    One statement for somebody who is signed in, none for others.
    """
    person_id = current_viewer().person_id
    if person_id is None or _MARK.search(content) is None:
        return content
    mine, known = favourite_ids(person_id), listed_by_slug()
    button = get_template_attribute("favourites/_button.html", "favourite_button")

    def drawn(mark: re.Match[str]) -> str:
        facility = known.get(mark[1])
        return str(button(facility, facility.id in mine)) if facility else ""

    # Names are escaped by the template, and no typed text has such a mark: it would be escaped.
    return Markup(_MARK.sub(drawn, content))  # noqa: S704


def init_app(app: Flask) -> None:
    """Let templates put the reader's own buttons into what is kept."""
    app.add_template_filter(with_favourites)
