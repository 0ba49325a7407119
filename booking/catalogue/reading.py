"""Reading and validating the file of the catalogue."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from booking.catalogue.facts import facts_in
from booking.concepts.vocabulary import CONCEPTS
from booking.facilities.effective_terms import weekly_spans
from booking.rules.days_off import read_stored
from booking.rules.facts import fact_faults, fact_named
from booking.rules.opening import Unit
from booking.rules.partners import PartnerKind

#: The catalogue that comes with the product.
SHIPPED = Path(__file__).with_name("catalogue.json")

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NEEDED_OF_CLUSTERS = ("city", "country")
_NEEDED_OF_FACILITIES = ("kind", "status")
#: Facts of clusters that a file may leave out.
OPTIONAL_FACTS = ("aims", "partners", "contact_role", "answer_days", "days_off")
_LONGEST_ANSWER = 60
LONGEST_ROLE = 120
_DAYS = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
#: The units in which facilities are booked, by their words in the file.
UNITS = {"hour": Unit.HOUR, "half day": Unit.HALF_DAY, "day": Unit.DAY}


class CatalogueError(ValueError):
    """The file is invalid; the message says what is wrong and where."""


@dataclass(frozen=True)
class Catalogue:
    """The validated content of the file: every reference resolves and every value can be stored."""

    compiled_on: date
    note: str
    not_verified: tuple[str, ...]
    focus_areas: Mapping[str, str]
    kind_defaults: Mapping[str, Mapping[str, Any]]
    clusters: tuple[Mapping[str, Any], ...]
    facilities: tuple[Mapping[str, Any], ...]


def read_catalogue(path: Path = SHIPPED) -> Catalogue:
    """Return the content of the file; facilities come after their parent.

    Raises:
        CatalogueError: the file is no catalogue, or a value in it cannot be stored.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        catalogue = Catalogue(
            compiled_on=date.fromisoformat(content["meta"]["compiled_on"]),
            note=content["meta"].get("note") or "",
            not_verified=tuple(content["meta"].get("not_verified") or ()),
            focus_areas=content["vocabulary"]["focus_areas"],
            kind_defaults=content.get("illustrative_defaults_by_kind") or {},
            clusters=tuple(content["clusters"]),
            facilities=tuple(_parents_first(content["facilities"])),
        )
        for problem in _problems(catalogue):
            raise CatalogueError(problem)
    except OSError as error:
        raise CatalogueError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{path} is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise CatalogueError(f"{path} is not JSON: {error}") from error
    except KeyError as error:
        raise CatalogueError(f"{path}: the key {error} is missing") from error
    except (TypeError, AttributeError, ValueError) as error:
        if isinstance(error, CatalogueError):
            raise
        raise CatalogueError(f"{path}: {error}") from error
    return catalogue


def unit_of(default: Mapping[str, Any]) -> Unit:
    """Return the booking unit of default values: hour, half day or day."""
    return UNITS[default["access_unit"]]


def _parents_first(facilities: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    waiting = {facility["slug"]: facility for facility in facilities}
    if len(waiting) != len(facilities):
        raise CatalogueError("two facilities have the same slug")
    done: set[str] = set()
    while waiting:
        ready = [f for f in waiting.values() if not f.get("parent") or f["parent"] in done]
        if not ready:
            names = ", ".join(sorted(waiting))
            raise CatalogueError(f"the parent is missing, or they contain each other: {names}")
        for facility in ready:
            del waiting[facility["slug"]]
            done.add(facility["slug"])
            yield facility


def _problems(catalogue: Catalogue) -> Iterator[str]:
    clusters = {cluster["slug"]: cluster for cluster in catalogue.clusters}
    if len(clusters) != len(catalogue.clusters):
        yield "two clusters have the same slug"
    for default in catalogue.kind_defaults.values():
        if default["access_unit"] not in UNITS:
            yield f"unknown access unit: {default['access_unit']}"
        _check_hours(default)
    for cluster in catalogue.clusters:
        yield from _problems_of_all(cluster, catalogue, _NEEDED_OF_CLUSTERS)
        ZoneInfo(cluster["time_zone"])
        website = cluster.get("website")
        if website and not website.startswith(("https://", "http://")):
            yield f"{cluster['slug']}: the website must begin with https:// or http://"
        yield from _problems_of_optional(cluster)
    cluster_of = {facility["slug"]: facility["cluster"] for facility in catalogue.facilities}
    for facility in catalogue.facilities:
        slug = facility["slug"]
        yield from _problems_of_all(facility, catalogue, _NEEDED_OF_FACILITIES)
        if facility["cluster"] not in clusters:
            yield f"{slug}: there is no cluster {facility['cluster']}"
        if facility.get("parent") and cluster_of[facility["parent"]] != facility["cluster"]:
            yield f"{slug}: its parent belongs to another cluster"
        places = (facility.get("capacity") or {}).get("simultaneous_groups")
        if places is not None and not (isinstance(places, int) and 1 <= places <= 1000):
            yield f"{slug}: simultaneous_groups must be a whole number from 1 to 1000"
        _check_hours(facility)
        for faulty in fact_faults(facts_in(facility), {"concepts": CONCEPTS}):
            key = fact_named(faulty.name).key
            yield f"{slug}: {key} is {faulty.fault.replace('_', ' ')} {faulty.entry}".rstrip()


def _problems_of_all(
    entry: Mapping[str, Any], catalogue: Catalogue, needed: tuple[str, ...]
) -> Iterator[str]:
    for key in needed:
        if not entry[key]:
            yield f"{entry['slug']}: {key} is empty"
    if not _SLUG.fullmatch(entry["slug"]) or len(entry["slug"]) > 80:
        yield f"{entry['slug']}: a slug has small letters, digits and single dashes"
    if not entry["name"] or len(entry["name"]) > 200:
        yield f"{entry['slug']}: the name must have 1 to 200 characters"
    for area in entry["focus_areas"]:
        if area not in catalogue.focus_areas:
            yield f"{entry['slug']}: there is no focus area {area}"


def _problems_of_optional(cluster: Mapping[str, Any]) -> Iterator[str]:
    slug = cluster["slug"]
    if not _are_texts(cluster.get("aims", [])):
        yield f"{slug}: aims must be a list of texts"
    partners = cluster.get("partners", {})
    if not set(partners) <= set(PartnerKind) or not all(map(_are_texts, partners.values())):
        yield f"{slug}: partners must be lists of names by {', '.join(PartnerKind)}"
    days = cluster.get("answer_days", 1)
    if not isinstance(days, int) or not 1 <= days <= _LONGEST_ANSWER:
        yield f"{slug}: answer_days must be a whole number from 1 to {_LONGEST_ANSWER}"
    if any(one.last < one.first for one in read_stored(cluster.get("days_off", []))):
        yield f"{slug}: days_off end before they begin"
    role = cluster.get("contact_role") or ""
    if len(role) > LONGEST_ROLE or "@" in role:
        yield f"{slug}: contact_role must be a role of at most {LONGEST_ROLE} characters"


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one for one in value)


def _check_hours(entry: Mapping[str, Any]) -> None:
    for hours in entry.get("opening_hours") or ():
        if not set(hours["days"]) <= _DAYS:
            raise CatalogueError(f"unknown day of the week in {hours['days']}")
        time.fromisoformat(hours["from"])
        time.fromisoformat(hours["to"])


def hours_fault(hours: Any) -> str:
    """Return what is wrong with opening hours in the form of the file, or ""."""
    try:
        _check_hours({"opening_hours": hours})
        known = {"days", "from", "to"}
        if any(not entry["days"] or set(entry) != known for entry in hours or ()):
            return "days, from and to are needed"
        weekly_spans(hours or ())
    except (CatalogueError, KeyError, TypeError, ValueError, AttributeError) as error:
        return str(error)
    return ""
