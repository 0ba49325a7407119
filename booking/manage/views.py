"""The list of the facilities that a person decides on, and the overview of one of them."""

from flask import render_template

from booking.corrections.queries import open_reports, reported_mistakes
from booking.db import clock
from booking.decisions.queries import waiting_by_facility
from booking.facilities.condition_lists import listed_conditions
from booking.manage.arrival import views as arrival
from booking.manage.blueprint import blueprint, is_draft_page, of_facility_or_draft
from booking.manage.closures import presenter as closures
from booking.manage.closures.queries import next_closures
from booking.manage.facts import views as facts
from booking.manage.files import views as files
from booking.manage.hours import presenter as hours
from booking.manage.new_facilities import views as new_facilities
from booking.manage.new_facilities.queries import new_facilities as drafts_known_to
from booking.manage.people.queries import people_of
from booking.manage.queries import kept_facility, my_facilities
from booking.manage.quotas import presenter as quotas
from booking.manage.set_aside import views as set_aside
from booking.manage.terms.presenter import groups_of_terms, visibility_lines
from booking.rules.terms import status_allows
from booking.web.access import keeper, the_account


@blueprint.get("/manage")
@keeper
def index() -> str:
    """List the facilities on which the person decides, or of which they are keeper."""
    viewer, now = the_account().viewer, clock.now()
    clusters = my_facilities(viewer)
    return render_template(
        "manage/index.html",
        clusters=clusters,
        reported=open_reports(listed.facility.id for one in clusters for listed in one.facilities),
        waiting=waiting_by_facility(viewer, now),
        closures=next_closures(viewer, now),
        closure_when=closures.when_text,
        coordinates=viewer.coordinates,
        new_facilities=drafts_known_to(viewer),
    )


@of_facility_or_draft()
@keeper
def show(slug: str) -> str:
    """Show what holds for one facility, where it comes from and what it means for partners."""
    if is_draft_page():
        return new_facilities.overview(slug)
    now = clock.now()
    viewer = the_account().viewer
    found = kept_facility(viewer, slug)
    if not found.decides:
        return render_template(
            "manage/kept.html",
            **hours.section(found, now),
            **arrival.section(found),
            **facts.section(found),
            **files.section(found),
            reports=reported_mistakes(found.facility.id),
            managed=found,
            conditions=listed_conditions([found.facility.id]).get(found.facility.id, ()),
            facility=found.facility,
            status_allows=status_allows(found.facility.status),
        )
    return render_template(
        "manage/facility.html",
        **hours.section(found, now),
        **closures.section(found, viewer, now),
        **quotas.section(found, now),
        **arrival.section(found),
        **facts.section(found),
        **files.section(found),
        reports=reported_mistakes(found.facility.id),
        **set_aside.section(found),
        managed=found,
        conditions=listed_conditions([found.facility.id]).get(found.facility.id, ()),
        facility=found.facility,
        status_allows=status_allows(found.facility.status),
        term_groups=groups_of_terms(found, now),
        people=people_of(found, now),
        visibility=visibility_lines(found),
    )
