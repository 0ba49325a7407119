"""The pages on which coordinators draft, preview and publish a new facility."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, url_for
from flask import request as http
from flask_babel import gettext
from werkzeug.wrappers import Response

from booking.browse.facility_views import facility_page
from booking.db import clock
from booking.errors import Invalid
from booking.facilities.facts import fact_values
from booking.files.queries import draft_documents, draft_pictures
from booking.manage.blueprint import blueprint
from booking.manage.completeness.presenter import counted_label
from booking.manage.completeness.queries import completeness_of
from booking.manage.facts import presenter
from booking.manage.facts.forms import offer
from booking.manage.facts.service import InvalidFacts
from booking.manage.facts.views import add_faults, form_parts, is_sound
from booking.manage.forms import OwnersForm
from booking.manage.hours import presenter as hours
from booking.manage.new_facilities.forms import (
    NewFacilityForm,
    NewFactsForm,
    begun_setup_of,
    setup_of,
)
from booking.manage.new_facilities.presenter import next_step, stated_at
from booking.manage.new_facilities.queries import (
    ClusterToFill,
    NewFacility,
    cluster_to_fill,
    new_facility,
    parents_in,
)
from booking.manage.new_facilities.service import (
    UnsoundDraft,
    as_published,
    begin_facility,
    discard_new,
    publish_new,
    read_drafted,
    save_new,
)
from booking.manage.queries import ManagedFacility
from booking.manage.saved_changes import SavedLine
from booking.manage.terms.messages import term_fault_text
from booking.manage.terms.presenter import groups_of_terms
from booking.manage.terms.service import InvalidTerms
from booking.manage.version import ChangedMeanwhile
from booking.rules.completeness import COUNTED
from booking.rules.facts import KINDS
from booking.rules.term_faults import faults_of
from booking.web.access import coordinator, current_viewer, keeper, the_account
from booking.web.responses import ViewResponse
from booking.wording.refusals import conflict_text
from booking.wording.words import kind_word

_UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/manage/clusters/<string:slug>/facilities/new")
@coordinator
def add_facility(slug: str) -> str:
    """Show the form with which a new facility begins."""
    cluster = cluster_to_fill(the_account().viewer, slug)
    wanted = {"parent": http.args.get("parent", ""), "places": 1, "status": "open"}
    form = NewFacilityForm(formdata=None, data=wanted)
    return _begin_page(cluster, form)


@blueprint.post("/manage/clusters/<string:slug>/facilities/new")
@coordinator
def begin_new_facility(slug: str) -> ViewResponse:
    """Begin the draft of a facility, or say at each field what is wrong."""
    account = the_account()
    cluster = cluster_to_fill(account.viewer, slug)
    form = NewFacilityForm()
    _offer_setup(form, cluster.slug)
    _offer_kinds(form)
    if form.validate():
        try:
            begin_facility(
                account,
                slug,
                form.wanted_slug,
                {"name": form.name.data, "kind": form.kind.data},
                begun_setup_of(form),
            )
        except Invalid as invalid:
            form[invalid.field].errors = [_invalid_text(invalid, form.wanted_slug)]
        except InvalidFacts:
            form.name.errors = [gettext("Enter a shorter name.")]
        else:
            flash(
                gettext("Draft begun. Nothing of it is public until you publish it."),
                "success",
            )
            return _to_draft(form.wanted_slug)
    return _begin_page(cluster, form), _UNPROCESSABLE


def overview(slug: str) -> str:
    """Return the page of a draft: what is set, what is missing, and what to do next."""
    viewer = the_account().viewer
    found = new_facility(viewer, slug)
    state = read_drafted(viewer, slug, _state)
    pictures, documents = draft_pictures(found.id), draft_documents(found.id)
    return render_template(
        "manage/new_overview.html",
        new=found,
        saved=presenter.draft_text(found.note, ZoneInfo(found.time_zone)),
        form=OwnersForm(formdata=None, data={"version": found.revision}),
        pictures=pictures,
        documents=documents,
        reports={"open": (), "settled": ()},
        next_step=next_step(slug, state["done"].next, has_picture=bool(pictures)),
        counted=len(COUNTED),
        label=counted_label,
        stated_at=partial(stated_at, slug),
        **state,
    )


@blueprint.get("/manage/new-facilities/<string:slug>/facts")
@keeper
def new_facts(slug: str) -> str:
    """Show the form with all facts of a new facility."""
    found = new_facility(the_account().viewer, slug)
    form = NewFactsForm(formdata=None, data={"parent": found.parent, "status": found.status})
    _offer_all(form, found)
    form.fill(found.values)
    form.remember(found.values)
    form.version.data = found.revision
    return _page(found, form)


@blueprint.post("/manage/new-facilities/<string:slug>/facts")
@keeper
def change_new_facts(slug: str) -> ViewResponse:
    """Save the draft, or say at each field what is wrong."""
    account = the_account()
    found = new_facility(account.viewer, slug)
    form = NewFactsForm()
    _offer_all(form, found)
    typed = form.values(found.values)
    touched = form.touched(typed)
    values = {name: typed[name] for name in touched}
    code: HTTPStatus = _UNPROCESSABLE
    if is_sound(form, values, found.country):
        try:
            save_new(
                account,
                slug,
                values,
                setup_of(form, found.places) if found.coordinates else None,
                revision=form.version.data or "",
            )
        except ChangedMeanwhile as conflict:
            found, code = new_facility(account.viewer, slug), HTTPStatus.CONFLICT
            form.fill({name: one for name, one in found.values.items() if name not in touched})
            form.remember(found.values)
            _add_conflict(form, found, conflict)
        except InvalidFacts as invalid:
            add_faults(form, invalid)
        except Invalid as invalid:
            form[invalid.field].errors = [_invalid_text(invalid, slug)]
        else:
            if http.form.get("step") == "preview":
                return _to("preview_new", slug)
            flash(gettext("Draft saved."), "success")
            return _to_draft(slug)
    return _page(found, form), code


@blueprint.get("/manage/new-facilities/<string:slug>/preview")
@keeper
def preview_new(slug: str) -> ViewResponse:
    """Show the public page of a new facility as it will look."""
    found = new_facility(the_account().viewer, slug)
    form = OwnersForm(formdata=None, data={"version": found.revision})
    return _preview(found, form)


@blueprint.post("/manage/new-facilities/<string:slug>/publish")
@keeper
def publish_new_facility(slug: str) -> ViewResponse:
    """Publish a new facility as it was shown."""
    account = the_account()
    new_facility(account.viewer, slug)
    form = OwnersForm()
    try:
        publish_new(account, slug, revision=form.version.data or "")
    except ChangedMeanwhile as conflict:
        found = new_facility(account.viewer, slug)
        _add_conflict(form, found, conflict)
        return _preview(found, form, HTTPStatus.CONFLICT)
    except InvalidTerms:
        flash(gettext("This draft cannot be published as it is. Save its rules to see why."))
        return redirect(url_for("manage.terms", slug=slug, is_draft=True), HTTPStatus.SEE_OTHER)
    flash(
        gettext(
            "Published. Everybody sees it now. Its requests go to the approvers of the facility "
            "above, or else to the coordinators, until you name its own."
        ),
        "success",
    )
    return redirect(url_for("manage.show", slug=slug), HTTPStatus.SEE_OTHER)


@blueprint.post("/manage/new-facilities/<string:slug>/discard")
@keeper
def discard_new_facility(slug: str) -> ViewResponse:
    """Delete the draft of a new facility."""
    form = OwnersForm()
    try:
        discard_new(the_account(), slug, revision=form.version.data or "")
    except ChangedMeanwhile as conflict:
        found = new_facility(the_account().viewer, slug)
        _add_conflict(form, found, conflict)
        return _preview(found, form, HTTPStatus.CONFLICT)
    flash(gettext("Draft deleted."), "success")
    return redirect(url_for("manage.index"), HTTPStatus.SEE_OTHER)


@blueprint.errorhandler(UnsoundDraft)
def explain_unsound(unsound: UnsoundDraft) -> Response:
    """Send to the form of facts, which says what is wrong once it is saved."""
    slug = (http.view_args or {})["slug"]
    cause = unsound.__cause__
    if isinstance(cause, Invalid) and cause.field == "slug":
        text = gettext(
            "Another facility has the address %(slug)s by now, so this draft can only be deleted.",
            slug=slug,
        )
    else:
        text = gettext("This draft cannot be shown or published as it is. Save it to see why.")
    flash(text, "danger")
    return _to("new_facts", slug)


def _state(managed: ManagedFacility, now: datetime) -> dict[str, Any]:
    """Return what the overview shows of a draft as if it were published."""
    values = fact_values(managed.facility)
    return {
        **hours.section(managed, now),
        "managed": managed,
        "facility": managed.facility,
        "parent": managed.chain[1].name if len(managed.chain) > 1 else "",
        "done": completeness_of(values, managed.effective, decides=managed.decides),
        "term_groups": groups_of_terms(managed, now),
        "faults": [term_fault_text(one) for one in faults_of(managed.effective.rules)],
    }


def _offer_setup(form: Any, cluster_slug: str) -> None:
    nothing = ("", gettext("Not part of another facility"))
    form.parent.choices = [nothing, *parents_in(cluster_slug)]


def _offer_kinds(form: NewFacilityForm) -> None:
    form.kind.choices = [("", gettext("Choose")), *((one, kind_word(one)) for one in KINDS)]


def _offer_all(form: NewFactsForm, found: NewFacility) -> None:
    _offer_setup(form, found.cluster_slug)
    offer(form, presenter.choices_of(found.values), presenter.field_labels())


def _add_conflict(form: OwnersForm, found: NewFacility, conflict: ChangedMeanwhile) -> None:
    by = presenter.draft_text(found.note, ZoneInfo(found.time_zone))
    form.saved_meanwhile = [SavedLine(gettext("Draft"), by, ())]
    form.version.data = found.revision
    form.form_errors.append(conflict_text(conflict.code))


def _invalid_text(invalid: Invalid, slug: str) -> str:
    if invalid.code == "taken":
        return gettext("Another facility has the address %(slug)s. Choose another one.", slug=slug)
    if invalid.code == "malformed":
        return gettext("Use small letters, digits and single dashes, such as smoke-hall-2.")
    return gettext("Choose one of these.")


def _to(endpoint: str, slug: str) -> Response:
    return redirect(url_for(f"manage.{endpoint}", slug=slug), HTTPStatus.SEE_OTHER)


def _begin_page(cluster: ClusterToFill, form: NewFacilityForm) -> str:
    _offer_setup(form, cluster.slug)
    _offer_kinds(form)
    return render_template("manage/new_facility.html", cluster=cluster, form=form)


def _page(found: NewFacility, form: NewFactsForm) -> str:
    return render_template(
        "manage/new_facts.html",
        new=found,
        saved=presenter.draft_text(found.note, ZoneInfo(found.time_zone)),
        **form_parts(form, found.values),
    )


def _to_draft(slug: str) -> Response:
    return redirect(url_for("manage.show", slug=slug, is_draft=True), HTTPStatus.SEE_OTHER)


def _preview(
    found: NewFacility, form: OwnersForm, code: HTTPStatus = HTTPStatus.OK
) -> ViewResponse:
    viewer = current_viewer()
    with as_published(viewer, found.slug):
        page = facility_page(found.slug, viewer, clock.now())
    html = render_template(
        "manage/facts_preview.html",
        name=page.name,
        head="",
        content=page.content,
        preview_text=gettext(
            "Its links, documents and request box work once it is published. All of it becomes "
            "public at once."
        )
        if found.coordinates
        else gettext(
            "Its links, documents and request box work once a coordinator of your cluster has "
            "published it."
        ),
        publish_url=url_for("manage.publish_new_facility", slug=found.slug)
        if found.coordinates
        else "",
        edit_url=url_for("manage.show", slug=found.slug, is_draft=True),
        form=form,
    )
    return html, code
