"""Words and formats as filters of templates, under the names of their functions."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from booking.wording import formats, states, uploads, words
from booking.wording.attendance import attendance_text
from booking.wording.closures import next_update_text
from booking.wording.concepts import concept_word
from booking.wording.conditions import (
    condition_stage_word,
    condition_status_word,
    condition_text,
)
from booking.wording.dates import date_text, dates_text
from booking.wording.decline_codes import decline_code_word
from booking.wording.edits import edit_text
from booking.wording.hours import hours_text, in_force_text, open_lines, times_text
from booking.wording.names import bdi, isolated
from booking.wording.pictures import picture_name
from booking.wording.places import extent_text
from booking.wording.refusals import conflict_text, refusal_text
from booking.wording.sources import source
from booking.wording.surroundings import surroundings_word

FILTERS: tuple[Callable[..., Any], ...] = (
    formats.clock_time,
    formats.day,
    formats.day_number,
    formats.day_range,
    formats.days,
    formats.duration,
    formats.in_city,
    formats.instant,
    formats.listed,
    formats.long_day,
    formats.month,
    formats.offset,
    formats.short_day,
    formats.slot,
    formats.times,
    formats.units,
    formats.wall,
    formats.weekday,
    formats.zone_name,
    formats.zoned_instant,
    formats.zoned_slot,
    states.date_word,
    states.state_colour,
    states.state_sign,
    states.state_word,
    uploads.audience_word,
    uploads.size_text,
    words.activity_word,
    words.country_name,
    words.focus_area_word,
    words.hazard_word,
    words.kind_word,
    words.language_name,
    words.organisation_kind_word,
    words.status_word,
    words.unit_word,
    attendance_text,
    bdi,
    concept_word,
    condition_stage_word,
    condition_status_word,
    condition_text,
    conflict_text,
    date_text,
    dates_text,
    decline_code_word,
    edit_text,
    extent_text,
    hours_text,
    in_force_text,
    isolated,
    next_update_text,
    open_lines,
    picture_name,
    refusal_text,
    source,
    surroundings_word,
    times_text,
)


def init_app(app: Flask) -> None:
    """Register the filters."""
    for function in FILTERS:
        app.jinja_env.filters[function.__name__] = function
