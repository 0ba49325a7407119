"""Registers all pages of administrators on their blueprint."""

from booking.admin import (
    concept_views,
    coordinator_views,
    mail_views,
    map_views,
    merge_views,
    organisation_views,
    overview_views,
    people_views,
    provider_views,
    settings_views,
    vocabulary_views,
)
from booking.admin.blueprint import blueprint

__all__ = [
    "blueprint",
    "concept_views",
    "coordinator_views",
    "mail_views",
    "map_views",
    "merge_views",
    "organisation_views",
    "overview_views",
    "people_views",
    "provider_views",
    "settings_views",
    "vocabulary_views",
]
