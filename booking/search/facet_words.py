"""What can be chosen to filter by, in words."""

from collections.abc import Mapping

from booking.search.facets import CAPACITIES, NOT_STATED, FilterBy
from booking.wording.concepts import concept_word
from booking.wording.translator import gettext
from booking.wording.words import (
    country_name,
    focus_area_word,
    hazard_word,
    kind_word,
    status_word,
)

_LAST_CAPACITY = "51-"


def group_word(name: FilterBy) -> str:
    """Return the heading over what can be chosen."""
    return {
        FilterBy.CLUSTER: gettext("Cluster"),
        FilterBy.COUNTRY: gettext("Country"),
        FilterBy.CITY: gettext("City"),
        FilterBy.KIND: gettext("Kind"),
        FilterBy.SUBJECT: gettext("Subject"),
        FilterBy.CAPABILITY: gettext("What can be done"),
        FilterBy.EQUIPMENT: gettext("Equipment"),
        FilterBy.HAZARD: gettext("Hazards allowed"),
        FilterBy.SETTING: gettext("Indoors or outdoors"),
        FilterBy.ACCESS: gettext("Access"),
        FilterBy.CAPACITY: gettext("Room for"),
        FilterBy.STATUS: gettext("Status"),
    }[name]


def all_of_words(name: FilterBy) -> str | None:
    """Return what holds of several choices of a list, None where any of them is enough."""
    return {
        FilterBy.CAPABILITY: gettext("Facilities where all that you tick can be done"),
        FilterBy.EQUIPMENT: gettext("Facilities that have all that you tick"),
        FilterBy.HAZARD: gettext("Facilities that allow all that you tick"),
    }.get(name)


def choice_word(name: FilterBy, value: str, cluster_names: Mapping[str, str]) -> str:
    """Return a choice in words; `cluster_names` are by slug. An unknown one comes unchanged."""
    match name:
        case FilterBy.CLUSTER:
            return cluster_names.get(value, value)
        case FilterBy.COUNTRY:
            return country_name(value)
        case FilterBy.KIND:
            return kind_word(value)
        case FilterBy.SUBJECT:
            return focus_area_word(value)
        case FilterBy.HAZARD:
            return hazard_word(value)
        case FilterBy.CAPACITY:
            return _capacity_word(value)
        case FilterBy.STATUS:
            return gettext("planned, not open") if value == "planned" else status_word(value)
        case FilterBy.CITY:
            return value
        case _:
            return concept_word(value)


def _capacity_word(value: str) -> str:
    if value == NOT_STATED:
        return gettext("number of people not stated")
    least, most = CAPACITIES[value]
    if value == _LAST_CAPACITY:
        return gettext("more than %(number)s people", number=least - 1)
    if least == 1:
        return gettext("up to %(number)s people", number=most)
    return gettext("%(least)s to %(most)s people", least=least, most=most)
