"""The HTML of the map of facilities: its pins, and the list beside it.

It is written here and not in a template, as a page has hundreds of lines.
"""

from collections.abc import Callable, Iterable

from markupsafe import Markup, escape

from booking.browse.facility_map import FACILITIES_LISTED, FacilityMap, MapPlace
from booking.facilities.listed import ListedFacility
from booking.facilities.positions import Position
from booking.web.links import link
from booking.wording import formats
from booking.wording.translator import gettext, ngettext
from booking.wording.words import country_name, kind_word


def pins(drawn: FacilityMap) -> Markup:
    """Return the pins as links, for the picture of the map."""
    links = [
        f'<a class="pin" href="{escape(one.url)}" aria-label="{escape(one.text)}">'
        f"{one.pin.shapes(drawn.picture.radius, one.count)}</a>"
        for one in drawn.pins
    ]
    return Markup("\n".join(links))  # noqa: S704  # escaped above


def place_list(places: Iterable[MapPlace], city_url: Callable[[str], str]) -> Markup:
    """Return the places with their first facilities.

    `city_url` returns the address of all facilities in a city.
    """
    lines = _Lines()
    return Markup("\n".join([_place(one, city_url, lines) for one in places]))  # noqa: S704  # escaped


class _Lines:
    """Lines of facilities; thousands have a few kinds and clusters between them."""

    def __init__(self) -> None:
        self._behind: dict[tuple[str, int], str] = {}

    def of(self, facility: ListedFacility) -> str:
        """Return the line of a facility: its name as a link, its kind and its cluster."""
        key = facility.kind, facility.cluster.id
        behind = self._behind.get(key)
        if behind is None:
            words = formats.listed([kind_word(facility.kind), facility.cluster.short_name])
            behind = f'</a> <span class="small muted">{escape(words)}</span></li>'
            self._behind[key] = behind
        url = escape(link("browse.facility", slug=facility.slug))
        return f'<li><a href="{url}">{escape(facility.name)}{behind}'


def _place(place: MapPlace, city_url: Callable[[str], str], lines: _Lines) -> str:
    items = "".join([lines.of(one) for one in place.facilities[:FACILITIES_LISTED]])
    more = ""
    if number := len(place.facilities[FACILITIES_LISTED:]):
        words = ngettext(
            "%(num)s more in %(city)s", "%(num)s more in %(city)s", number, city=place.city
        )
        more = f'<p><a href="{escape(city_url(place.city))}">{escape(words)}</a></p>'
    return (
        f'<section class="map-place" id="{place.key}" tabindex="-1"'
        f' aria-labelledby="{place.key}-name">'
        f'<h3 id="{place.key}-name">{_country(place.country)} {escape(place.city)}'
        f'{_how_sure(place.position)}</h3>\n<ul class="plain-list">{items}</ul>{more}</section>'
    )


def _country(code: str) -> str:
    return (
        f'<span class="country"><span aria-hidden="true">{escape(code)}</span>'
        f'<span class="visually-hidden">{escape(country_name(code))}</span></span>'
    )


def _how_sure(position: Position | None) -> str:
    """Return how sure the position is, where it is not just the city."""
    if position is None:
        words = gettext("not on the map")
    elif position.is_rounded:
        words = gettext("position to about 10 km")
    elif not position.of_city:
        words = gettext("position of the site")
    else:
        return ""
    return f' <span class="tag">{escape(words)}</span>'
