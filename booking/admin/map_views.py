"""Page: which facilities are not on the map, and why."""

from flask import render_template

from booking.admin.blueprint import blueprint
from booking.facilities.listed import ListedCluster, ListedFacility, listed_facilities
from booking.facilities.positions import fault_of_position
from booking.rules.positions import PositionFault
from booking.rules.terms import CLOSED
from booking.web.access import admin


@blueprint.get("/clusters/not-on-map")
@admin
def not_on_map() -> str:
    """List the facilities that are not on the map, by cluster; closed ones are left out."""
    found: dict[ListedCluster, list[tuple[ListedFacility, PositionFault]]] = {}
    for one in listed_facilities().values():
        fault = fault_of_position(one.city, has_position=one.lat is not None)
        if fault and one.status != CLOSED:
            found.setdefault(one.cluster, []).append((one, fault))
    return render_template(
        "admin/not_on_map.html",
        clusters=sorted(found.items(), key=lambda of_one: of_one[0].short_name),
        no_town=PositionFault.NO_TOWN,
    )
