"""Concepts that owners proposed: administrators accept, merge or decline them."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext

from booking.admin.blueprint import blueprint
from booking.errors import Conflict
from booking.manage.proposals import presenter
from booking.manage.proposals.forms import DeclineForm, MergeIntoForm
from booking.manage.proposals.merge_queries import all_merges
from booking.manage.proposals.queries import all_proposals
from booking.manage.proposals.queries import proposal as proposal_for_admin
from booking.manage.proposals.service import (
    CannotMerge,
    NameTaken,
    accept_concept,
    decline_concept,
    merge_proposal,
)
from booking.rules.concept_proposals import ProposalState
from booking.web.access import admin, the_account
from booking.web.responses import ViewResponse
from booking.wording.concepts import concept_word


@blueprint.get("/concepts")
@admin
def concepts() -> str:
    """List what owners proposed, what waits first, and what was merged."""
    return render_template(
        "admin/concepts.html",
        proposals=all_proposals(),
        merges=all_merges(),
        concept_word=concept_word,
        word=presenter.proposal_word,
        state_text=presenter.state_text,
    )


@blueprint.get("/concepts/<string:reference>")
@admin
def concept(reference: str) -> str:
    """Show one proposed concept, and what can be done with it."""
    page, _status = _page(reference)
    return page


@blueprint.post("/concepts/<string:reference>/accept")
@admin
def accept(reference: str) -> ViewResponse:
    """Make it a concept of the vocabulary."""
    try:
        accept_concept(the_account(), reference)
    except NameTaken as taken:
        return _page(
            reference,
            problem=presenter.name_taken_text(taken.name, taken.concept_id),
            status=HTTPStatus.CONFLICT,
        )
    except Conflict:
        return _answered(reference)
    flash(gettext("Accepted. It can be searched for now, and its facility has it."), "success")
    return redirect(url_for("admin.concept", reference=reference), HTTPStatus.SEE_OTHER)


@blueprint.post("/concepts/<string:reference>/merge")
@admin
def merge_into(reference: str) -> ViewResponse:
    """Put another concept in its place."""
    form = _merge_form(reference)
    if not form.validate():
        return _page(reference, merging=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        merge_proposal(the_account(), reference, form.into.data)
    except CannotMerge as refused:
        form.into.errors = [*form.into.errors, presenter.merge_fault_text(refused.fault)]
        return _page(reference, merging=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except Conflict:
        return _answered(reference)
    text = gettext("Merged. The facility has “%(concept)s”.", concept=concept_word(form.into.data))
    flash(text, "success")
    return redirect(url_for("admin.concept", reference=reference), HTTPStatus.SEE_OTHER)


@blueprint.post("/concepts/<string:reference>/decline")
@admin
def decline(reference: str) -> ViewResponse:
    """Decline it, with a reason."""
    proposal_for_admin(reference)
    form = DeclineForm()
    if not form.validate():
        return _page(reference, declining=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        decline_concept(the_account(), reference, form.why.data or "")
    except Conflict:
        return _answered(reference)
    flash(gettext("Declined. Who proposed it is told."), "success")
    return redirect(url_for("admin.concept", reference=reference), HTTPStatus.SEE_OTHER)


def _merge_form(reference: str) -> MergeIntoForm:
    proposal_for_admin(reference)
    form = MergeIntoForm()
    form.into.choices = [("", gettext("Choose a concept")), *presenter.concept_choices()]
    return form


def _answered(reference: str) -> ViewResponse:
    return _page(
        reference,
        problem=gettext("Somebody has answered it in the meantime. Nothing was changed."),
        status=HTTPStatus.CONFLICT,
    )


def _page(
    reference: str,
    *,
    merging: MergeIntoForm | None = None,
    declining: DeclineForm | None = None,
    problem: str = "",
    status: int = HTTPStatus.OK,
) -> tuple[str, int]:
    one = proposal_for_admin(reference)
    page = render_template(
        "admin/concept.html",
        one=one,
        form=merging if merging and merging.errors else declining or DeclineForm(formdata=None),
        merging=merging or _merge_form(reference),
        declining=declining or DeclineForm(),
        problem=problem,
        waits=one.state is ProposalState.WAITING,
        is_concept=one.state is ProposalState.ACCEPTED,
        word=presenter.proposal_word,
        state_text=presenter.state_text,
        names_lines=presenter.names_lines,
        concept_word=concept_word,
    )
    return page, status
