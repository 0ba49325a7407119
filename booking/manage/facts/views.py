"""The pages on which owners state the facts of a facility, look at them, and publish them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from booking.browse.facility_views import facility_page
from booking.clusters.whereabouts import doubt_about
from booking.db import clock
from booking.disruptions.pending import DatesInTheWay, PendingDate
from booking.facilities.keepers import NeedsDecider
from booking.facilities.positions import fault_of_position
from booking.manage.blueprint import blueprint
from booking.manage.facts import presenter
from booking.manage.facts.forms import FactsForm, offer
from booking.manage.facts.queries import EditedFacts, edited_facts, fact_changes
from booking.manage.facts.service import (
    InvalidFacts,
    as_published,
    confirm_facts,
    discard_draft,
    publish_draft,
    publish_facts,
    put_back,
    save_draft,
)
from booking.manage.forms import OwnersForm
from booking.manage.queries import ManagedFacility, kept_facility
from booking.manage.saved_changes import add_facility_conflict
from booking.manage.terms.messages import term_fault_text
from booking.manage.terms.service import InvalidTerms
from booking.manage.version import ChangedMeanwhile, facility_version
from booking.rules.facts import fact_faults
from booking.web.access import current_viewer, keeper, the_account
from booking.web.responses import ViewResponse
from booking.wording.facts import fact_fault_text
from booking.wording.positions import position_fault_text
from booking.wording.refusals import conflict_text


@blueprint.get("/manage/facilities/<string:slug>/facts")
@keeper
def facts(slug: str) -> str:
    """Show the form with the facts of a facility, those of its draft before the published."""
    found = kept_facility(the_account().viewer, slug)
    edited = edited_facts(found, the_account().viewer)
    return _page(found, edited, filled_form(edited.values, facility_version(found.facility.id)))


@blueprint.post("/manage/facilities/<string:slug>/facts")
@keeper
def change_facts(slug: str) -> ViewResponse:
    """Publish what was typed, or keep it as a draft, or say at each field what is wrong."""
    account = the_account()
    found = kept_facility(account.viewer, slug)
    edited = edited_facts(found, account.viewer)
    form = FactsForm()
    offer(form, presenter.choices_of(edited.values), presenter.field_labels())
    typed = form.values(edited.values)
    touched = form.touched(typed)
    wanted = touched | set(edited.draft.names if edited.draft else ())
    values = {name: typed[name] for name in wanted}
    step = request.form.get("step")
    dates: list[PendingDate] = []
    code = HTTPStatus.UNPROCESSABLE_ENTITY
    if is_sound(form, values, found.cluster.country):
        try:
            if step not in ("draft", "preview"):
                names = publish_facts(account, slug, values, version=form.version.data or "")
                return _published(slug, names)
            has_draft = save_draft(account, slug, values, version=form.version.data or "")
        except ChangedMeanwhile as conflict:
            found, code = kept_facility(account.viewer, slug), HTTPStatus.CONFLICT
            edited = edited_facts(found, account.viewer)
            # What this person has not touched follows what others saved.
            form.fill({name: one for name, one in edited.values.items() if name not in touched})
            form.remember(edited.values)
            offer(form, presenter.choices_of(edited.values), presenter.field_labels())
            add_facility_conflict(form, account.viewer, conflict, found)
        except InvalidFacts as invalid:
            add_faults(form, invalid)
        except DatesInTheWay as in_the_way:
            dates = in_the_way.dates
            form.add_error("kind", gettext("There are upcoming dates. Resolve them first."))
        except NeedsDecider as needed:
            form.add_error("kind", conflict_text(needed.code))
        except InvalidTerms as unsound:
            for fault in unsound.faults:
                form.add_error("kind", term_fault_text(fault))
        else:
            return _draft_saved(slug, has_draft=has_draft, previews=step == "preview")
    return _page(found, edited, form, dates), code


@blueprint.get("/manage/facilities/<string:slug>/facts/preview")
@keeper
def preview_facts(slug: str) -> ViewResponse:
    """Show the public page as it will look once the draft is published."""
    account = the_account()
    found = kept_facility(account.viewer, slug)
    edited = edited_facts(found, account.viewer)
    if edited.draft is None:
        flash(gettext("Nothing differs from what is published."), "info")
        return redirect(url_for("manage.facts", slug=slug))
    return _preview(found, edited, _version_form(found))


@blueprint.post("/manage/facilities/<string:slug>/facts/publish")
@keeper
def publish_draft_of(slug: str) -> ViewResponse:
    """Publish the draft as it was shown."""
    account = the_account()
    found = kept_facility(account.viewer, slug)
    form = OwnersForm()
    try:
        return _published(slug, publish_draft(account, slug, version=form.version.data or ""))
    except ChangedMeanwhile as conflict:
        found = kept_facility(account.viewer, slug)
        add_facility_conflict(form, account.viewer, conflict, found)
        edited = edited_facts(found, account.viewer)
        if edited.draft is not None:
            return _preview(found, edited, form), HTTPStatus.CONFLICT
        page = filled_form(edited.values, form.version.data or "")
        page.saved_meanwhile = form.saved_meanwhile
        page.form_errors.append(conflict_text(conflict.code))
        return _page(found, edited, page), HTTPStatus.CONFLICT
    except (InvalidFacts, DatesInTheWay, NeedsDecider, InvalidTerms):
        # The form says at which field, and shows the dates.
        flash(gettext("This draft cannot be published as it is. Publish it here to see why."))
        return redirect(url_for("manage.facts", slug=slug), HTTPStatus.SEE_OTHER)


@blueprint.post("/manage/facilities/<string:slug>/facts/discard")
@keeper
def discard_draft_of(slug: str) -> ViewResponse:
    """Delete the draft."""
    account = the_account()
    form = OwnersForm()
    try:
        discard_draft(account, slug, version=form.version.data or "")
    except ChangedMeanwhile as conflict:
        return _conflict(slug, conflict)
    flash(gettext("Draft deleted. The published facts stay."), "success")
    return redirect(url_for("manage.facts", slug=slug), HTTPStatus.SEE_OTHER)


@blueprint.post("/manage/facilities/<string:slug>/facts/confirm")
@keeper
def confirm_facts_of(slug: str) -> ViewResponse:
    """Note that all facts are right as of today."""
    form = OwnersForm()
    try:
        confirm_facts(the_account(), slug, version=form.version.data or "")
    except ChangedMeanwhile as conflict:
        return _conflict(slug, conflict)
    flash(gettext("Confirmed. The public page shows it with today's date."), "success")
    return redirect(url_for("manage.facts", slug=slug), HTTPStatus.SEE_OTHER)


@blueprint.get("/manage/facilities/<string:slug>/facts/history")
@keeper
def facts_history(slug: str) -> str:
    """Show each change of a fact, with a way back."""
    found = kept_facility(the_account().viewer, slug)
    return _history(found, _version_form(found))


@blueprint.post("/manage/facilities/<string:slug>/facts/put-back")
@keeper
def put_fact_back(slug: str) -> ViewResponse:
    """Give a fact the value that it had before a change."""
    account = the_account()
    found = kept_facility(account.viewer, slug)
    form = OwnersForm()
    position, name = request.form.get("position", type=int), request.form.get("name", "")
    try:
        put_back(account, slug, position or 0, name, version=form.version.data or "")
    except ChangedMeanwhile as conflict:
        found = kept_facility(account.viewer, slug)
        add_facility_conflict(form, account.viewer, conflict, found)
        return _history(found, form), HTTPStatus.CONFLICT
    except InvalidFacts as invalid:
        form.form_errors += [fact_fault_text(one) for one in invalid.faults]
    except (DatesInTheWay, InvalidTerms):
        form.form_errors.append(gettext("There are upcoming dates. Resolve them first."))
    except NeedsDecider as needed:
        form.form_errors.append(conflict_text(needed.code))
    else:
        flash(gettext("Put back."), "success")
        return redirect(url_for("manage.facts_history", slug=slug), HTTPStatus.SEE_OTHER)
    return _history(found, form), HTTPStatus.UNPROCESSABLE_ENTITY


def filled_form(values: Mapping[str, Any], version: str) -> FactsForm:
    """Return the form filled with the values of facts."""
    form = FactsForm(formdata=None)
    offer(form, presenter.choices_of(values), presenter.field_labels())
    form.fill(values)
    form.remember(values)
    form.version.data = version
    return form


def is_sound(form: FactsForm, values: Mapping[str, Any], country: str) -> bool:
    """Return whether what was typed can be stated; else say at each field what is wrong.

    Coordinates that are hardly right have to be confirmed.
    """
    sound = form.validate()
    for fault in fact_faults(values):
        if not form.field_of(fault.name).errors:
            form.add_error(fault.name, fact_fault_text(fault))
        sound = False
    position = form.typed_position()
    if "position" in values and position and sound and not form.position_is_sure.data:
        doubt = doubt_about(*position, country)
        if doubt is not None:
            form.add_error("position", presenter.doubt_text(doubt, country))
            form.is_doubtful = True
            return False
    return sound


def add_faults(form: FactsForm, invalid: InvalidFacts) -> None:
    """Say at each field what is wrong."""
    for fault in invalid.faults:
        form.add_error(fault.name, fact_fault_text(fault))


def form_parts(form: FactsForm, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the template of the form needs beside it."""
    chosen = form.concepts.data or []
    return {
        "form": form,
        "sections": presenter.sections(),
        "labels": presenter.labels(),
        "concept_groups": presenter.concept_groups(
            chosen, (form.capabilities.data or "").split("\n")
        ),
        "position_note": _position_note(
            form.field_of("city").data, has_position=bool(form.lat.data or form.lon.data)
        ),
    }


def _position_note(city: str | None, *, has_position: bool) -> str:
    fault = fault_of_position(city, has_position=has_position)
    return position_fault_text(fault, city) if fault else ""


def section(found: ManagedFacility) -> dict[str, Any]:
    """Return what the overview of a facility shows of its facts."""
    edited = edited_facts(found, the_account().viewer)
    return {
        "facts_missing": presenter.missing_facts(edited.published),
        "facts_draft": presenter.draft_text(edited.draft, found.effective.rules.zone)
        if edited.draft
        else "",
        "position_note": _position_note(
            found.facility.city, has_position=found.facility.lat is not None
        ),
    }


def _conflict(slug: str, conflict: ChangedMeanwhile) -> ViewResponse:
    """Show the form again with what somebody else has saved."""
    viewer = the_account().viewer
    found = kept_facility(viewer, slug)
    edited = edited_facts(found, viewer)
    form = filled_form(edited.values, facility_version(found.facility.id))
    add_facility_conflict(form, viewer, conflict, found)
    return _page(found, edited, form), HTTPStatus.CONFLICT


def _version_form(found: ManagedFacility) -> OwnersForm:
    return OwnersForm(formdata=None, data={"version": facility_version(found.facility.id)})


def _published(slug: str, names: tuple[str, ...]) -> Response:
    if names:
        flash(gettext("Published. Everybody sees it now."), "success")
    else:
        flash(gettext("Nothing differs from what is published."), "info")
    return redirect(url_for("manage.show", slug=slug), HTTPStatus.SEE_OTHER)


def _draft_saved(slug: str, *, has_draft: bool, previews: bool) -> Response:
    if not has_draft:
        flash(gettext("Nothing differs from what is published."), "info")
    elif not previews:
        flash(gettext("Draft saved. Nothing of it shows until you publish it."), "success")
    page = "manage.preview_facts" if previews and has_draft else "manage.facts"
    return redirect(url_for(page, slug=slug), HTTPStatus.SEE_OTHER)


def _page(
    found: ManagedFacility,
    edited: EditedFacts,
    form: FactsForm,
    dates: list[PendingDate] | None = None,
) -> str:
    zone = found.effective.rules.zone
    return render_template(
        "manage/facts.html",
        facility=found.facility,
        draft=edited.draft,
        draft_by=presenter.draft_text(edited.draft, zone) if edited.draft else "",
        draft_facts=presenter.draft_facts(edited.draft) if edited.draft else "",
        dates=dates or [],
        **form_parts(form, edited.values),
    )


def _preview(found: ManagedFacility, edited: EditedFacts, form: OwnersForm) -> str:
    draft = edited.draft
    if draft is None:
        raise LookupError("only of a draft")
    slug, saved = found.facility.slug, presenter.draft_text(draft, found.effective.rules.zone)
    with as_published(the_account(), slug):
        page = facility_page(slug, current_viewer(), clock.now())
    return render_template(
        "manage/facts_preview.html",
        name=page.name,
        head="",
        content=page.content,
        preview_text=gettext(
            "Draft of %(facts)s. %(saved)s", facts=presenter.draft_facts(draft), saved=saved
        ),
        publish_url=url_for("manage.publish_draft_of", slug=slug),
        edit_url=url_for("manage.facts", slug=slug),
        form=form,
    )


def _history(found: ManagedFacility, form: OwnersForm) -> str:
    before = request.args.get("before", type=int)
    changes, older = fact_changes(found, the_account().viewer, before)
    slug = found.facility.slug
    return render_template(
        "manage/facts_history.html",
        facility=found.facility,
        lines=presenter.change_lines(changes, found.effective.rules.zone),
        form=form,
        decides=found.decides,
        newest=url_for("manage.facts_history", slug=slug) if before else None,
        older=url_for("manage.facts_history", slug=slug, before=older) if older else None,
    )
