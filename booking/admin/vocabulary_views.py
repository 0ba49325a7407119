"""Merging concepts of the vocabulary: what would change, the merge, and undoing it."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.admin.blueprint import blueprint
from booking.concepts.vocabulary import CONCEPTS
from booking.errors import Conflict, NotFound
from booking.manage.proposals import presenter
from booking.manage.proposals.forms import MergeIntoForm
from booking.manage.proposals.merge_queries import merge_of, new_names, use_of
from booking.manage.proposals.merge_service import fault_of, merge_concepts, undo_merge
from booking.manage.proposals.service import CannotMerge
from booking.rules.concept_proposals import MergeFault
from booking.web.access import admin, the_account
from booking.web.responses import ViewResponse
from booking.wording.concepts import concept_word, facet_word


@blueprint.get("/vocabulary/<string:concept>")
@admin
def vocabulary_concept(concept: str) -> ViewResponse:
    """Show a concept to merge: where it stands and, once another is chosen, what would change."""
    if concept not in CONCEPTS:
        return _merged_page(concept)
    into = request.args.get("into")
    form = _form(concept, MergeIntoForm(formdata=None, data={"into": into or ""}))
    fault = None if into is None else fault_of(concept, into)
    if fault is not None:
        return _refused(concept, form, fault)
    return _page(concept, form, into or "")


@blueprint.post("/vocabulary/<string:concept>/merge")
@admin
def merge_vocabulary_concept(concept: str) -> ViewResponse:
    """Let another concept take its place."""
    form = _form(concept, MergeIntoForm())
    into = form.into.data or ""
    try:
        merge_concepts(the_account(), concept, into)
    except CannotMerge as refused:
        return _refused(concept, form, refused.fault)
    except Conflict:
        flash(gettext("Somebody has merged it in the meantime. Nothing was changed."), "info")
    else:
        text = gettext("Merged. “%(concept)s” has its place now.", concept=concept_word(into))
        flash(text, "success")
    return redirect(url_for("admin.vocabulary_concept", concept=concept), HTTPStatus.SEE_OTHER)


@blueprint.post("/vocabulary/<string:concept>/undo-merge")
@admin
def undo_vocabulary_merge(concept: str) -> ViewResponse:
    """Bring a merged concept back."""
    undo_merge(the_account(), concept)
    flash(gettext("Undone. What had this concept before has it again."), "success")
    return redirect(url_for("admin.vocabulary_concept", concept=concept), HTTPStatus.SEE_OTHER)


def _form(concept: str, form: MergeIntoForm) -> MergeIntoForm:
    form.into.choices = [
        ("", gettext("Choose a concept")),
        *presenter.concept_choices(without=concept, subjects=False),
    ]
    return form


def _refused(concept: str, form: MergeIntoForm, fault: MergeFault) -> tuple[str, int]:
    form.into.errors = [*form.into.errors, presenter.merge_fault_text(fault)]
    return _page(concept, form, ""), HTTPStatus.UNPROCESSABLE_ENTITY


def _page(concept: str, form: MergeIntoForm, into: str) -> str:
    return render_template(
        "admin/vocabulary_concept.html",
        use=use_of(concept),
        form=form,
        into=into,
        names=new_names(concept, into) if into else [],
        word=concept_word,
        facet_word=facet_word,
    )


def _merged_page(concept: str) -> str:
    merge = merge_of(concept)
    if merge is None:
        raise NotFound("concept")
    return render_template("admin/merged_concept.html", merge=merge, word=concept_word)
