"""What the page of a draft says of what is missing, and where that is set."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext

from booking.manage.completeness.presenter import counted_label, field_id
from booking.rules.completeness import HOURS, PEOPLE


@dataclass(frozen=True)
class NextStep:
    """What to do next with a draft: a link."""

    text: str
    url: str
    is_preview: bool = False


def stated_at(slug: str, name: str) -> str:
    """Return the address at which something that counts is set for a draft."""
    if name == HOURS:
        return url_for("manage.week", slug=slug, is_draft=True)
    if name == PEOPLE:
        return url_for("manage.terms", slug=slug, is_draft=True, _anchor=PEOPLE)
    return url_for("manage.new_facts", slug=slug, _anchor=field_id(name))


def next_step(slug: str, missing: str | None, *, has_picture: bool) -> NextStep:
    """Return what to do next: what is missing, a picture, else to look at it and publish it."""
    if missing is not None:
        return NextStep(counted_label(missing), stated_at(slug, missing))
    if not has_picture:
        address = url_for("manage.files", slug=slug, kind="pictures", is_draft=True)
        return NextStep(gettext("Add a picture"), address)
    preview = url_for("manage.preview_new", slug=slug)
    return NextStep(gettext("Preview and publish"), preview, is_preview=True)
