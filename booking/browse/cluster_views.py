"""Pages of the clusters: all of them, and one with its facilities."""

from contextlib import suppress
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, url_for

from booking.browse.blueprint import blueprint
from booking.browse.cluster_queries import all_clusters, cluster_of, facility_counts
from booking.browse.presenter import ClusterFacts, cluster_facts, coming_days_off, partner_lines
from booking.browse.structured_data import cluster_data, short_description
from booking.clusters.facts import FACTS
from booking.clusters.map import cluster_map
from booking.clusters.public_holidays import holidays_of
from booking.db import clock
from booking.rules.addresses import web_address
from booking.rules.days_off import read_stored
from booking.rules.opening import local_day
from booking.web.access import public
from booking.wording import formats
from booking.wording.clusters import FACT_WORDS


@blueprint.get("/clusters")
@public
def clusters() -> str:
    """Show all clusters, as cards and on the map."""
    clusters = all_clusters()
    counts = facility_counts()
    return render_template(
        "browse/clusters.html",
        clusters=clusters,
        counts=counts,
        map=cluster_map(clusters, counts, lambda slug: url_for("browse.cluster", slug=slug)),
    )


@blueprint.get("/clusters/<string:slug>")
@public
def cluster(slug: str) -> str:
    """Show one cluster and its facilities as a tree."""
    shown = cluster_of(slug)
    zone = ZoneInfo(shown.cluster.time_zone)
    return render_template(
        "browse/cluster.html",
        shown=shown,
        cluster=shown.cluster,
        website=web_address(shown.cluster.website),
        facts=cluster_facts(
            ClusterFacts(
                city=shown.cluster.city,
                second_cities=[one["city"] for one in shown.cluster.second_sites or ()],
                answer_days=shown.cluster.answer_days,
                zone=formats.zone_name(zone),
                offset=formats.offset(zone, clock.now()),
                facilities=len(shown.nodes),
            )
        ),
        description=short_description(shown.cluster.description),
        data=cluster_data(shown.cluster),
        members=member_count(shown.cluster.members),
        set_here=[str(FACT_WORDS[name]) for name in FACTS if name in shown.cluster.set_here],
        partners=partner_lines(shown.cluster.partners),
        days_off=coming_days_off(
            read_stored(shown.cluster.days_off),
            holidays_of(shown.cluster, clock.now()),
            local_day(clock.now(), zone),
        ),
    )


def member_count(members: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the number of members with its month in words, or None where it is not known.

    The catalogue has the month as `2017-03`, or a remark such as "undated".
    """
    if not members or members.get("value") is None:
        return None
    as_of = members.get("as_of") or ""
    with suppress(ValueError):  # else a remark, shown unchanged
        as_of = formats.month(date.fromisoformat(f"{as_of}-01"))
    return {**members, "as_of": as_of}
