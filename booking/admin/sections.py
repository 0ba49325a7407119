"""The parts of the administration, in the order of their links."""

from dataclasses import dataclass

from flask import Flask, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


@dataclass(frozen=True)
class Section:
    """One part: the view that its link leads to, its words, and the views below it."""

    view: str
    words: LazyString
    below: tuple[str, ...] = ()

    @property
    def is_here(self) -> bool:
        """Return whether the page that is shown belongs to it."""
        return request.endpoint in (self.view, *self.below)


#: A new part adds its line here.
SECTIONS = (
    Section("admin.overview", _l("Overview")),
    Section("admin.people", _l("People"), ("admin.person", "admin.person_step")),
    Section(
        "admin.organisations",
        _l("Organisations"),
        ("admin.organisation", "admin.make_manager", "admin.merge"),
    ),
    Section(
        "admin.clusters",
        _l("Clusters"),
        (
            *("admin.coordinators", "admin.give_coordinator", "admin.take_coordinator"),
            "admin.not_on_map",
        ),
    ),
    Section(
        "admin.concepts",
        _l("Concepts"),
        (
            *("admin.concept", "admin.accept", "admin.decline", "admin.merge_into"),
            *("admin.vocabulary_concept", "admin.merge_vocabulary_concept"),
        ),
    ),
    Section("admin.mail", _l("Mail")),
    Section("admin.sign_in_providers", _l("Sign-in providers")),
    Section("history.everything", _l("Log")),
    Section(
        "break_glass.choose", _l("Read a booking"), ("break_glass.open_one", "break_glass.show")
    ),
    Section("admin.settings", _l("Settings")),
)


def init_app(app: Flask) -> None:
    """Let the templates of administrators draw the links."""
    app.jinja_env.globals["admin_sections"] = SECTIONS
