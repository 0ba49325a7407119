"""The HTML of cards in the results.

It is written here and not in a template, as a page has twenty that nobody has seen before. What the
classes mean stands in `static/find.css`.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from flask import get_template_attribute
from markupsafe import Markup, escape

from booking.facilities.listed import ListedFacility
from booking.files.queries import covers
from booking.search.index import WordMatch
from booking.web.links import link, static_link
from booking.wording import formats
from booking.wording.pictures import picture_name
from booking.wording.translator import gettext, language
from booking.wording.words import country_name

Links = Sequence[tuple[str, str]]
# How wide the picture of an owner is drawn.
_WIDTH = "12rem"
_CAPABILITIES = 3


class FacilityParts(NamedTuple):
    """What a card shows of its facility, whatever was searched for: each part is markup.

    `can` says what can be done there, where it was not found by just that.
    """

    picture: str
    head: str
    can: str
    facts: str


class CardWriter:
    """Writes cards in one language, with words and icons that all of them share."""

    def __init__(self) -> None:
        self._icons: dict[str, str] = {}
        self._drawings: dict[str, str] = {}
        self._calendar = escape(gettext("Calendar"))
        self._can = escape(gettext("What can be done:"))
        self._close = escape(gettext("Close:"))
        self._compare = escape(gettext("Compare"))
        self._matches = escape(gettext("Matches:"))
        self._tell_me = escape(gettext("Tell me when it becomes free"))

    def facility(self, facility: ListedFacility, status: str | None, facts: Links) -> FacilityParts:
        """Return the parts for one facility.

        `status` is what is unusual about it, `facts` are pairs of an icon and a few words.
        """
        cluster = facility.cluster
        url = escape(link("browse.facility", slug=facility.slug))
        tag = f' <span class="tag">{escape(status)}</span>' if status else ""
        head = (
            f'<h3><a href="{url}">{escape(facility.name)}</a></h3>\n<p class="meta">'
            f'<span class="country"><span aria-hidden="true">{escape(cluster.country)}</span>'
            f'<span class="visually-hidden">{escape(country_name(cluster.country))}</span></span>'
            f" {escape(formats.in_city(cluster.short_name, facility.city))}{tag}</p>\n"
        )
        can = ""
        if facility.capabilities or facility.description:
            said = formats.listed(facility.capabilities[:_CAPABILITIES]) or facility.description
            can = (
                f'<p class="card-line card-can"><span class="visually-hidden">{self._can}</span>'
                f" {escape(said)}</p>\n"
            )
        return FacilityParts(self._picture(facility), head, can, self._facts(facts))

    def matches(self, match: WordMatch | None) -> str:
        """Return why a facility matches the words that were searched for, and what it lacks."""
        if match is None:
            return ""
        lines = ""
        if match.texts:
            texts = " · ".join(
                "".join(
                    f"<mark>{escape(piece)}</mark>" if is_marked else escape(piece)
                    for piece, is_marked in text
                )
                for text in match.texts
            )
            lines = self._line("card-match", "check", f"{self._matches} {texts}")
        if match.missing:
            text = gettext("Missing: %(words)s", words=formats.listed(match.missing))
            lines += self._line("card-missing", "info", escape(text))
        return lines

    def note(self, text: str, icon: str) -> str:
        """Return a line that says what is in the way."""
        return self._line("card-note", icon, escape(text))

    def near(self, missing: str, links: Links, calendar: str | None) -> str:
        """Return what would have to change, with links to dates that are free then."""
        line = self._line("card-note", "clock", f"<strong>{self._close}</strong> {escape(missing)}")
        dates = self.dates(links, calendar) if links else ""
        return f'<div class="card-near">{line}{dates}</div>'

    def dates(self, links: Links, calendar: str | None) -> str:
        """Return links to free dates, and the address of the calendar behind them, if given."""
        items = [
            f'<li><a class="slot-link" href="{escape(url)}">{escape(text)}</a></li>'
            for text, url in links
        ]
        if calendar is not None:
            items.append(
                f'<li><a class="quiet-link" href="{escape(calendar)}">{self._calendar}</a></li>'
            )
        return f'<ul class="slot-links">{"".join(items)}</ul>\n'

    def tell_me(self, url: str) -> str:
        """Return the link with which one asks to be told when dates become free."""
        return f'<p class="card-line"><a href="{escape(url)}">{self._tell_me}</a></p>\n'

    def tools(self, facility: ListedFacility, *, is_compared: bool) -> str:
        """Return what one keeps of a facility: `is_compared`: it is chosen to be compared."""
        slug = escape(facility.slug)
        name, icon = ("uncompare", "check") if is_compared else ("compare", "exchange")
        return (
            '<div class="card-tools"><button class="btn btn-quiet compare-pick"'
            f' id="compare-{slug}" type="submit" form="compare" formaction="#card-{slug}"'
            f' name="{name}" value="{slug}"'
            f' aria-pressed="{"true" if is_compared else "false"}">{self._icon(icon)}'
            f' {self._compare}<span class="visually-hidden"> {escape(facility.name)}</span>'
            # The comment gives way to the reader's own star (`favourites/buttons.py`).
            f"</button>\n<!-- favourite {slug} --></div>"
        )

    def card(self, slug: str, picture: str, lines: Iterable[str], *, is_almost: bool) -> Markup:
        """Return the card with this picture and these lines."""
        dashed = " panel-dashed" if is_almost else ""
        return Markup(  # noqa: S704  # all that comes from outside was escaped
            f'<li class="panel card{dashed}" id="card-{escape(slug)}">'
            f'<div class="card-picture">{picture}</div>\n'
            f'<div class="card-body">{"".join(lines)}</div></li>\n'
        )

    def _line(self, name: str, icon: str, markup: str) -> str:
        return f'<p class="card-line {name}">{self._icon(icon)}<span>{markup}</span></p>\n'

    def _facts(self, facts: Links) -> str:
        items = [
            f"<li>{self._icon(icon)}<span>{escape(text)}</span></li>"
            for icon, text in facts
            if text
        ]
        return f'<ul class="icon-facts">{"".join(items)}</ul>\n'

    def _picture(self, facility: ListedFacility) -> str:
        """Return the first picture of its owner, else a drawing."""
        owners = covers().get(facility.id)
        if owners is not None:
            return _shared("owners_picture", owners, _WIDTH)
        name = picture_name(facility)
        drawing = self._drawings.get(name)
        if drawing is None:
            drawing = self._drawings[name] = _shared("named_picture", name)
        return drawing

    def _icon(self, name: str) -> str:
        icon = self._icons.get(name)
        if icon is None:
            icon = self._icons[name] = _shared("icon", name)
        return icon


def card_writer() -> CardWriter:
    """Return what writes cards in the reader's language."""
    files = static_link("icons.svg"), static_link("pictures.svg")  # they change with their content
    return _writer(str(language()), files)


@lru_cache(maxsize=64)
def _writer(_language: str, _files: tuple[str, ...]) -> CardWriter:
    return CardWriter()


def _shared(name: str, *args: object) -> str:
    """Return what a macro draws that all pages share."""
    return str(get_template_attribute("_parts.html", name)(*args))
