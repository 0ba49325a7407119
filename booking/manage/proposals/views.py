"""Owners propose concepts for the vocabulary, and see what became of them."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.manage.blueprint import blueprint
from booking.manage.proposals import presenter
from booking.manage.proposals.forms import ConceptForm
from booking.manage.proposals.queries import proposal_of, proposals_of
from booking.manage.proposals.service import (
    NameTaken,
    NewConcept,
    TooManyProposals,
    propose_concept,
)
from booking.manage.queries import my_facilities
from booking.rules.concept_proposals import MOST_WAITING
from booking.rules.facts import TEXT_LANGUAGES
from booking.rules.visibility import Viewer
from booking.web.access import keeper, the_account
from booking.web.responses import ViewResponse
from booking.wording.concepts import concept_word


@blueprint.get("/manage/concepts")
@keeper
def proposals() -> str:
    """List the concepts that the person has proposed."""
    return render_template(
        "manage/proposals.html",
        proposals=proposals_of(the_account().person_id),
        **_words(),
    )


@blueprint.route("/manage/concepts/new", methods=["GET", "POST"])
@keeper
def propose() -> ViewResponse:
    """Propose a concept for a facility."""
    account = the_account()
    form = ConceptForm(data=None if request.method == "POST" else _prefilled())
    form.facility.choices = _facilities(account.viewer)
    form.broader.choices = presenter.concept_choices(empty=True)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.validate():
            try:
                key = propose_concept(
                    account,
                    form.facility.data,
                    NewConcept(
                        form.facet.data,
                        form.names(),
                        form.broader.data or None,
                        form.source.data or "",
                    ),
                )
            except NameTaken as taken:
                text = presenter.name_taken_text(taken.name, taken.concept_id)
                form[taken.language].errors = [*form[taken.language].errors, text]
            except TooManyProposals:
                form.form_errors.append(
                    gettext(
                        "%(number)s of your proposals wait already. Wait for an answer first.",
                        number=MOST_WAITING,
                    )
                )
            else:
                flash(gettext("Proposed. An administrator decides; you will be told."), "success")
                return redirect(url_for("manage.proposal", reference=key), HTTPStatus.SEE_OTHER)
    page = render_template("manage/propose.html", form=form, name_fields=TEXT_LANGUAGES)
    return page, status


@blueprint.get("/manage/concepts/<string:reference>")
@keeper
def proposal(reference: str) -> str:
    """Show one proposal of the person, and what became of it."""
    one = proposal_of(the_account().person_id, reference)
    return render_template("manage/proposal.html", one=one, **_words())


def _prefilled() -> dict[str, str]:
    return {"facility": request.args.get("facility", "")}


def _facilities(viewer: Viewer) -> list[tuple[str, str]]:
    return [
        (one.facility.slug, one.facility.name)
        for cluster in my_facilities(viewer)
        for one in cluster.facilities
    ]


def _words() -> dict[str, object]:
    return {
        "word": presenter.proposal_word,
        "state_text": presenter.state_text,
        "names_lines": presenter.names_lines,
        "concept_word": concept_word,
    }
