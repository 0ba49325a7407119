"""What search engines and other programs read in a page: schema.org, as JSON-LD.

https://schema.org/Place and https://schema.org/Organization. Only what the page says, too; nothing
that is invented for the demonstration, and coordinates only of clusters, as facilities state none.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from booking.facilities.described import DescribedFacility
from booking.facilities.listed import ListedFacility
from booking.rules.addresses import web_address
from booking.web.links import absolute_url

if TYPE_CHECKING:
    from booking.clusters.models import Cluster

#: As long as a description may be that search engines show whole.
LONGEST_DESCRIPTION = 160
_CONTEXT = "https://schema.org"


def facility_data(
    facility: DescribedFacility, above: Sequence[ListedFacility], people: int | None
) -> dict[str, Any]:
    """Return a facility as a place; `above` is what it is part of, nearest first."""
    cluster = facility.cluster
    data: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "Place",
        "@id": absolute_url("browse.facility", slug=facility.slug),
        "url": absolute_url("browse.facility", slug=facility.slug),
        "name": facility.name,
        "description": facility.description,
        "address": _address(facility.city or cluster.city, cluster.country),
        "publicAccess": False,
        "maximumAttendeeCapacity": people,
        "amenityFeature": [
            {"@type": "LocationFeatureSpecification", "name": name, "value": True}
            for name in facility.capabilities
        ],
        "containedInPlace": {
            "@type": "Place",
            "@id": absolute_url("browse.facility", slug=above[0].slug),
            "name": above[0].name,
        }
        if above
        else None,
        "owner": {"@type": "Organization", "name": facility.run_by} if facility.run_by else None,
    }
    return _stated(data)


def cluster_data(cluster: "Cluster") -> dict[str, Any]:
    """Return a cluster as an organisation."""
    data: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "Organization",
        "@id": absolute_url("browse.cluster", slug=cluster.slug),
        "url": web_address(cluster.website) or absolute_url("browse.cluster", slug=cluster.slug),
        "name": cluster.name,
        "alternateName": cluster.short_name if cluster.short_name != cluster.name else None,
        "description": cluster.description,
        "address": _address(cluster.city, cluster.country),
        "knowsAbout": list(cluster.expertise),
        "location": _location(cluster),
    }
    return _stated(data)


def short_description(text: str | None) -> str | None:
    """Return the text, cut between words where search engines would cut it."""
    if text is None or len(text) <= LONGEST_DESCRIPTION:
        return text
    return text[:LONGEST_DESCRIPTION].rpartition(" ")[0].rstrip(",;: ") + "…"


def _location(cluster: "Cluster") -> dict[str, Any] | None:
    if cluster.lat is None or cluster.lon is None:
        return None
    geo = {"@type": "GeoCoordinates", "latitude": cluster.lat, "longitude": cluster.lon}
    return {"@type": "Place", "geo": geo}


def _address(city: str, country: str) -> dict[str, str]:
    return {"@type": "PostalAddress", "addressLocality": city, "addressCountry": country}


def _stated(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value not in (None, [], "")}
