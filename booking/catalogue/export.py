"""The public catalogue for other programs: as a file that `flask catalogue load` reads, as a table.

All of it stands on public pages, too; nothing of bookings or people is in it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from booking.catalogue.facts import stated_in_file
from booking.catalogue.mapping import concepts_of
from booking.catalogue.queries import about
from booking.catalogue.reading import UNITS
from booking.catalogue.table import HEADINGS, fact_cells, hours_cell
from booking.clusters.models import Cluster, FocusArea
from booking.concepts.vocabulary import CONCEPTS, SHIPPED
from booking.db import clock
from booking.extensions import db
from booking.facilities.effective_terms import WEEKDAYS
from booking.facilities.facts import fact_values
from booking.facilities.models import Facility, KindDefault, Place
from booking.facilities.stated_hours import stated_hours
from booking.manage.hours.writing import lasting_hours
from booking.rules.opening import WeeklySpan
from booking.rules.timetables import StatedHours

TITLE = "Test facilities shared by European security clusters"
#: Of the compilation. Where a fact comes from stands beside it.
LICENCE = {"name": "EUPL-1.2", "url": "https://spdx.org/licenses/EUPL-1.2.html"}
_UNIT_WORDS = {unit.value: word for word, unit in UNITS.items()}


def facilities_file(cluster: str) -> dict[str, Any]:
    """Return the facilities of one cluster in the form of the catalogue's file, ready for JSON."""
    facilities = _facilities(cluster)
    return {"meta": {"title": TITLE, "licence": LICENCE}, "facilities": _entries(facilities)}


def catalogue_file() -> dict[str, Any]:
    """Return the content of the catalogue's file for what is in the database, ready for JSON.

    To load it here again changes nothing. Hours are those of a facility's last timetable, if it
    has no end; special days and closures are not in the file.
    """
    facilities = _facilities()
    days = [one.facts_read_on for one in facilities if one.facts_read_on]
    known = about()
    return {
        "meta": {
            "title": TITLE,
            "licence": LICENCE,
            "compiled_on": max(days, default=clock.now().date()).isoformat(),
            "note": known.note,
            "not_verified": list(known.not_verified),
        },
        "vocabulary": {
            "focus_areas": {
                one.slug: one.description
                for one in db.session.scalars(sa.select(FocusArea).order_by(FocusArea.slug))
            },
            # Beside those that the product brings: what owners proposed and was accepted.
            **({"concepts": accepted} if (accepted := _accepted_concepts()) else {}),
        },
        "illustrative_defaults_by_kind": {
            one.kind: _kind_default(one)
            for one in db.session.scalars(sa.select(KindDefault).order_by(KindDefault.kind))
        },
        "clusters": [_cluster(one) for one in _clusters()],
        "facilities": _entries(facilities),
    }


def _entries(facilities: Sequence[Facility]) -> list[dict[str, Any]]:
    hours = stated_hours([one.id for one in facilities])
    places = _places()
    return [_facility(one, hours.get(one.id, StatedHours()), places[one.id]) for one in facilities]


def _accepted_concepts() -> dict[str, Any]:
    return {
        one.id: {
            "facet": one.facet.value,
            "names": {language: list(names) for language, names in one.names.items() if names},
            "broader": list(one.broader),
            "source": one.stated_source,
        }
        for one in CONCEPTS.values()
        if one.id not in SHIPPED.concepts
    }


def catalogue_table(pages: Mapping[str, str], cluster: str = "") -> Iterator[Sequence[str]]:
    """Yield `HEADINGS` and a row for each facility; `pages` are addresses by slug.

    `cluster`: only those of the cluster with this slug.
    """
    yield HEADINGS
    places, facilities = _places(), _facilities(cluster)
    hours = stated_hours([one.id for one in facilities])
    for one in facilities:
        cells = fact_cells(fact_values(one)) | {
            "slug": one.slug,
            "cluster": one.cluster.short_name,
            "country": one.cluster.country,
            "part_of": one.parent.slug if one.parent else "",
            "status": one.status,
            "people": str(one.people_limit or ""),
            "groups_at_once": str(places[one.id] or ""),
            "opening_hours": hours_cell(_stated_hours(hours.get(one.id, StatedHours()))),
            "facts_read_on": one.facts_read_on.isoformat() if one.facts_read_on else "",
            "page": pages[one.slug],
        }
        yield [cells[name] for name in HEADINGS]


def _facilities(cluster: str = "") -> Sequence[Facility]:
    return db.session.scalars(
        sa.select(Facility)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .where(Cluster.slug == cluster if cluster else sa.true())
        .order_by(Cluster.slug, Facility.slug)
        .options(
            selectinload(Facility.cluster),
            selectinload(Facility.parent),
            selectinload(Facility.focus_areas),
        )
    ).all()


def _clusters() -> Sequence[Cluster]:
    return db.session.scalars(
        sa.select(Cluster).order_by(Cluster.slug).options(selectinload(Cluster.focus_areas))
    ).all()


def _places() -> dict[int, int]:
    """Return how many places each facility has itself."""
    count = sa.func.count().label("places")
    rows = db.session.execute(sa.select(Place.facility_id, count).group_by(Place.facility_id))
    return defaultdict(int, {row.facility_id: row.places for row in rows})


def _cluster(one: Cluster) -> dict[str, Any]:
    return {
        "slug": one.slug,
        "name": one.name,
        "country": one.country,
        "region": one.region,
        "city": one.city,
        "time_zone": one.time_zone,
        "lat": one.lat,
        "lon": one.lon,
        "languages": one.languages,
        "website": one.website,
        "kind": one.kind,
        "members": one.members,
        "focus_areas": [area.slug for area in one.focus_areas],
        "expertise": one.expertise,
        "aims": one.aims,
        "partners": one.partners,
        "contact_role": one.contact_role,
        "answer_days": one.answer_days,
        "days_off": one.days_off,
        "description": one.description,
        "second_sites": one.second_sites,
        "source": one.source,
    }


def _facility(one: Facility, hours: StatedHours, places: int) -> dict[str, Any]:
    facts = stated_in_file(fact_values(one))
    concepts = facts.pop("concepts", [])
    facts["capacity"] |= {"people": one.people_limit, "simultaneous_groups": places or None}
    facts |= {
        "slug": one.slug,
        "cluster": one.cluster.slug,
        "parent": one.parent.slug if one.parent else None,
        "opening_hours": _stated_hours(hours),
        "status": one.status,
    }
    # Loading adds those of the shipped mapping by itself.
    if concepts != concepts_of(facts):
        facts["concepts"] = concepts
    return facts


def _stated_hours(hours: StatedHours) -> list[dict[str, Any]] | None:
    """Return the weekly hours that a facility states for good, None if it states none."""
    spans = lasting_hours(hours.timetables)
    return None if spans is None else _opening_hours(spans)


def _opening_hours(spans: Sequence[WeeklySpan]) -> list[dict[str, Any]]:
    """Return weekly hours as the file writes them, days with equal hours together."""
    days: dict[tuple[str, str], list[str]] = defaultdict(list)
    for span in spans:
        between = span.opens_time.isoformat("minutes"), span.closes_time.isoformat("minutes")
        days[between].append(WEEKDAYS[span.weekday])
    return [{"days": on, "from": opens, "to": closes} for (opens, closes), on in days.items()]


def _kind_default(one: KindDefault) -> dict[str, Any]:
    return {
        "access_unit": _UNIT_WORDS[one.unit],
        "minimum_units": one.minimum_units,
        "maximum_units": one.maximum_units,
        "lead_time_days": one.lead_time_days,
        "capacity_people": one.people_limit,
        "opening_hours": one.opening_hours,
        "source": "illustrative",
    }
