"""Pages: privacy, for the whole site and for each cluster, and the records of processing."""

from flask import current_app, render_template

from booking.config import Settings
from booking.errors import NotFound
from booking.privacy.blueprint import blueprint
from booking.privacy.presenter import shown_bases, shown_subjects
from booking.privacy.queries import controller, controllers
from booking.web.access import public, signed_in, the_account


@blueprint.get("/privacy")
@public
def index() -> str:
    """Say who is responsible for which data, how long they stay, and what people can ask for."""
    settings = _settings()
    return render_template(
        "privacy/index.html",
        cluster=None,
        clusters=controllers(),
        subjects=shown_subjects(settings.retention),
        bases=shown_bases(),
        contact=settings.privacy_contact,
    )


@blueprint.get("/privacy/<string:slug>")
@public
def of_cluster(slug: str) -> str:
    """Say it for one cluster."""
    settings = _settings()
    return render_template(
        "privacy/index.html",
        cluster=controller(slug),
        clusters=(),
        subjects=shown_subjects(settings.retention),
        bases=shown_bases(),
        contact=settings.privacy_contact,
    )


@blueprint.get("/records-of-processing")
@signed_in
def records() -> str:
    """Show the records of processing (GDPR, Article 30) to coordinators and administrators."""
    viewer = the_account().viewer
    if not (viewer.coordinates or viewer.is_admin):
        raise NotFound("records")
    settings = _settings()
    return render_template(
        "privacy/records.html",
        clusters=controllers(),
        subjects=shown_subjects(settings.retention),
        contact=settings.privacy_contact,
    )


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
