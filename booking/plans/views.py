"""Pages of plans: all of them, one, proposing and changing, joining, commenting."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from booking.concepts.vocabulary import CONCEPTS, present_ids
from booking.db import clock
from booking.errors import Conflict, Forbidden, Invalid, NotFound
from booking.facilities.listed import listed_clusters
from booking.plans import service
from booking.plans.blueprint import blueprint
from booking.plans.catalogue_service import put_in_catalogue
from booking.plans.comment_service import TooManyComments, comment
from booking.plans.forms import TITLE_MAX, CommentForm, PlanForm
from booking.plans.presenter import offered_in
from booking.plans.queries import PlanPage, find_plan, followed_by, plan_page, plans_of
from booking.plans.service import PlanFacts, TooManySuggestions, facts_of
from booking.rules.plans import MOST_COMMENTS_AN_HOUR, MOST_SUGGESTIONS_A_DAY, PlanStatus
from booking.web.access import not_found, signed_in, the_account
from booking.web.responses import ViewResponse
from booking.wording.concepts import concept_word
from booking.wording.plans import COST_WORDS, PLAN_WORDS
from booking.wording.words import KINDS
from booking.wording.zones import shown_zone

#: In place of the slug of a facility: a new one is made. No slug ends with a hyphen.
NEW_FACILITY = "new-"
_UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
_SEE_OTHER = HTTPStatus.SEE_OTHER


@blueprint.get("/plans")
@signed_in
def index() -> str:
    """List the plans that the person knows of, and the planned facilities they follow."""
    account = the_account()
    plans = plans_of(account.viewer)
    return render_template(
        "plans/index.html",
        groups=[(one, [plan for plan in plans if plan.status is one]) for one in PlanStatus],
        words=PLAN_WORDS,
        costs=COST_WORDS,
        word=concept_word,
        followed=followed_by(account.person_id),
    )


@blueprint.get("/plans/new")
@signed_in
def new() -> ViewResponse:
    """Show the form to propose or suggest a plan; the address may name a capability or a title."""
    (concept,) = present_ids([request.args.get("capability", "")])
    known = concept_word(concept) if concept in CONCEPTS else ""
    title = request.args.get("title", "")[:TITLE_MAX]
    own = [
        one.slug for one in listed_clusters().values() if one.id in the_account().viewer.coordinates
    ]
    given = {"capabilities": known, "title": title, "cluster": own[0] if own else ""}
    return _form_page(_plan_form(formdata=None, data=given))


@blueprint.post("/plans/new")
@signed_in
def propose() -> ViewResponse:
    """Propose a plan, or suggest one."""
    form, status = _plan_form(), _UNPROCESSABLE
    if form.validate():
        try:
            key = service.propose(the_account(), form.cluster.data or "", _facts(form))
        except Invalid:
            form.cluster.errors = [gettext("This cluster has as many plans as it can.")]
        except TooManySuggestions:
            status = HTTPStatus.TOO_MANY_REQUESTS
            form.title.errors = [
                gettext(
                    "You have suggested %(num)d plans in the last 24 hours, the most that one "
                    "person can. Send this one later.",
                    num=MOST_SUGGESTIONS_A_DAY,
                )
            ]
        except Forbidden:
            return _form_page(form)
        else:
            flash(gettext("Saved."), "success")
            return redirect(url_for("plans.show", reference=key), _SEE_OTHER)
    return _form_page(form, status)


@blueprint.get("/plans/<string:reference>")
@signed_in
def show(reference: str) -> str:
    """Show one plan."""
    return _page(_read(reference), CommentForm(formdata=None))


@blueprint.get("/plans/<string:reference>/change")
@signed_in
def change(reference: str) -> ViewResponse:
    """Show the form to change a plan, for coordinators of the cluster that leads it."""
    page = _kept(reference)
    facts = facts_of(find_plan(the_account().viewer, reference))
    stated = {
        **facts.columns,
        "capabilities": "\n".join(concept_word(one) for one in facts.concepts),
        "wanted_by": facts.wanted_by.isoformat() if facts.wanted_by else "",
        "cluster": page.plan.cluster.slug,
        "revision": str(page.revision),
    }
    return _form_page(_plan_form(formdata=None, data=stated), page=page)


@blueprint.post("/plans/<string:reference>/change")
@signed_in
def save(reference: str) -> ViewResponse:
    """Change a plan, unless somebody else has changed it meanwhile."""
    page, form = _kept(reference), _plan_form()
    form.cluster.data = page.plan.cluster.slug
    if not form.validate():
        return _form_page(form, _UNPROCESSABLE, page=page)
    try:
        service.change(the_account(), reference, _facts(form), revision=form.revision.data or "")
    except Conflict:
        page = _kept(reference)
        form.revision.data = str(page.revision)
        return _form_page(form, HTTPStatus.CONFLICT, page=page, is_changed=True)
    flash(gettext("Saved."), "success")
    return redirect(url_for("plans.show", reference=reference), _SEE_OTHER)


@blueprint.post("/plans/<string:reference>/status")
@signed_in
def step(reference: str) -> ViewResponse:
    """Take a plan to another status."""
    _kept(reference)
    try:
        wanted = PlanStatus(request.form.get("status", ""))
        seen = PlanStatus(request.form.get("seen", ""))
    except ValueError:
        not_found()
    try:
        service.take_step(the_account(), reference, wanted, seen=seen)
    except Conflict:
        return _page(_read(reference), CommentForm(formdata=None), is_late=True), 409
    flash(gettext("Saved. Those who joined are told."), "success")
    return redirect(url_for("plans.show", reference=reference), _SEE_OTHER)


@blueprint.post("/plans/<string:reference>/facility")
@signed_in
def show_as(reference: str) -> Response:
    """Choose the planned facility with which the catalogue shows a plan."""
    _kept(reference)
    try:
        if request.form.get("facility") == NEW_FACILITY:
            put_in_catalogue(the_account(), reference)
        else:
            service.show_as(the_account(), reference, request.form.get("facility", ""))
    except Conflict:
        flash(gettext("Only a plan that is planned can be added, and only once."), "error")
    except Invalid:
        flash(gettext("Choose a planned facility of your cluster."), "error")
    else:
        flash(gettext("Saved."), "success")
    return redirect(url_for("plans.show", reference=reference), _SEE_OTHER)


@blueprint.post("/plans/<string:reference>/clusters")
@signed_in
def join_cluster(reference: str) -> ViewResponse:
    """Say that a cluster which the person coordinates joins a plan, or does not any more."""
    joins = request.form.get("joins") == "yes"
    try:
        service.join_for_cluster(
            the_account(), reference, request.form.get("cluster", ""), joins=joins
        )
    except Invalid:
        raise NotFound("cluster") from None
    except Conflict:
        return _page(_read(reference), CommentForm(formdata=None), is_late=True), 409
    flash(gettext("Joined.") if joins else gettext("Left."), "success")
    return redirect(url_for("plans.show", reference=reference), _SEE_OTHER)


@blueprint.post("/plans/<string:reference>/organisation")
@signed_in
def join_organisation(reference: str) -> ViewResponse:
    """Say that one's organisation would use it, or not any more."""
    joins = request.form.get("joins") == "yes"
    try:
        service.join_for_organisation(the_account(), reference, joins=joins)
    except Conflict:
        return _page(_read(reference), CommentForm(formdata=None), is_late=True), 409
    flash(
        gettext("Thank you. The clusters know now.") if joins else gettext("Taken back."), "success"
    )
    return redirect(url_for("plans.show", reference=reference), _SEE_OTHER)


@blueprint.post("/plans/<string:reference>/comments")
@signed_in
def add_comment(reference: str) -> ViewResponse:
    """Comment on a plan."""
    form, status = CommentForm(), _UNPROCESSABLE
    page = _read(reference)
    if form.validate():
        try:
            comment(the_account(), reference, form.text.data or "")
        except Conflict:
            return _page(_read(reference), form, is_late=True), 409
        except TooManyComments:
            status = HTTPStatus.TOO_MANY_REQUESTS
            form.text.errors = [
                gettext(
                    "You have written %(num)d comments within the hour, the most that one person "
                    "can. Send this one later.",
                    num=MOST_COMMENTS_AN_HOUR,
                )
            ]
        else:
            flash(gettext("Comment sent."), "success")
            return redirect(url_for("plans.show", reference=reference), _SEE_OTHER)
    return _page(page, form), status


def _read(reference: str) -> PlanPage:
    return plan_page(the_account().viewer, reference, clock.now().date())


def _kept(reference: str) -> PlanPage:
    """Return a plan that the person's cluster leads.

    Raises:
        NotFound: the person may not know of it. Forbidden: another cluster leads it.
    """
    page = _read(reference)
    if not page.may_keep:
        raise Forbidden("plan")
    return page


def _page(page: PlanPage, form: CommentForm, *, is_late: bool = False) -> str:
    return render_template(
        "plans/show.html",
        page=page,
        plan=page.plan,
        form=form,
        is_late=is_late,
        words=PLAN_WORDS,
        costs=COST_WORDS,
        word=concept_word,
        zone=shown_zone(),
        new_facility=NEW_FACILITY,
        facilities=service.planned_facilities(page.plan.cluster.id) if page.may_keep else (),
    )


def _plan_form(**given: object) -> PlanForm:
    form = PlanForm(**given)
    form.offered = offered_in
    form.kind.choices = list(KINDS.items())
    form.cost_class.choices = list(COST_WORDS.items())
    form.cluster.choices = [
        ("", gettext("Choose")),
        *((one.slug, one.short_name) for one in listed_clusters().values()),
    ]
    return form


def _facts(form: PlanForm) -> PlanFacts:
    return PlanFacts(
        form.title.data or "",
        form.kind.data or "",
        form.description.data or "",
        form.concepts(),
        form.demand.data or "",
        form.cost_class.data or "",
        form.wanted_by.read,
    )


def _form_page(
    form: PlanForm,
    status: int = HTTPStatus.OK,
    *,
    page: PlanPage | None = None,
    is_changed: bool = False,
) -> ViewResponse:
    viewer = the_account().viewer
    if page is None and not viewer.coordinates and viewer.organisation_id is None:
        return render_template("plans/no_organisation.html"), HTTPStatus.FORBIDDEN
    text = render_template(
        "plans/form.html",
        form=form,
        page=page,
        is_changed=is_changed,
        coordinates=bool(viewer.coordinates),
        word=concept_word,
        costs=COST_WORDS,
    )
    return text, status
