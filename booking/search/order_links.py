"""The orders to choose from above the results, as links."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from booking.clusters.towns import town
from booking.facilities.listed import listed_clusters
from booking.rules.visibility import Viewer
from booking.search.orders import BY_RELEVANCE, Order, SortBy, cities
from booking.search.query_string import Question, sorted_url
from booking.wording.translator import gettext


@dataclass(frozen=True)
class OrderLink:
    """One order to choose: in words, its address, and whether it is the present one."""

    text: str
    url: str
    is_chosen: bool


@dataclass(frozen=True)
class Orders:
    """The present order in words; all to choose from: the usual ones, then cities to be near to."""

    chosen: str
    usual: Sequence[OrderLink]
    near: Sequence[OrderLink]


def orders_of(question: Question, endpoint: str, viewer: Viewer) -> Orders:
    """Return the orders to choose from, first among the cities that of the reader's cluster."""
    # The same but for the order: to put dozens of addresses together takes long.
    plain = sorted_url(question, endpoint, BY_RELEVANCE)
    before = f"{plain}{'&' if '?' in plain else '?'}sort="

    def link(text: str, order: Order) -> OrderLink:
        url = plain if order.is_relevance else before + quote(order.value)
        return OrderLink(text, url, order.value == question.order.value)

    usual = [
        link(gettext("Best match"), BY_RELEVANCE),
        link(gettext("First free"), Order(SortBy.FIRST_FREE)),
        link(gettext("Name"), Order(SortBy.NAME)),
    ]
    if not question.filters.text and question.criteria.is_open:
        # All match as well, so that they come by name.
        name = replace(
            link(gettext("Name"), BY_RELEVANCE),
            is_chosen=question.order.by in (SortBy.RELEVANCE, SortBy.NAME),
        )
        usual = [name, usual[1]]
    known = cities()
    names = list(known)
    if (own := _own_city(viewer)) in known:
        names = [own, *(one for one in names if one != own)]
    near = [link(name, Order(SortBy.NEAR, name, known[name])) for name in names]
    chosen = gettext("Nearest to %(city)s", city=question.order.city)
    if not question.order.near:
        chosen = next(one.text for one in usual if one.is_chosen)
    return Orders(chosen, usual, near)


def _own_city(viewer: Viewer) -> str:
    """Return the city of the cluster to which the reader belongs, "" if there is none."""
    clusters = listed_clusters()
    own = viewer.home_cluster_id or next(iter(sorted(viewer.coordinates)), None)
    return town(clusters[own].city) if own is not None and own in clusters else ""
