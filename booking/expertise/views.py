"""The directory of expertise, and questions to the people in it."""

from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from booking.concepts.subjects import SUBJECTS
from booking.errors import Invalid
from booking.expertise.blueprint import blueprint
from booking.expertise.forms import QuestionForm
from booking.expertise.presenter import LANGUAGE_CODES, language_options, subject_options
from booking.expertise.queries import (
    QuestionPage,
    Wanted,
    area_to_ask,
    directory,
    question_page,
    questions_of,
)
from booking.expertise.question_service import TooManyMessages, TooManyQuestions, ask, write_on
from booking.facilities.listed import listed_clusters
from booking.rules.expertise import MOST_MESSAGES_AN_HOUR, MOST_QUESTIONS_A_DAY
from booking.web.access import public, signed_in, the_account
from booking.web.responses import ViewResponse

_UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
#: Longer texts are no search.
_LONGEST_SEARCH = 100


@blueprint.get("/expertise")
@public
def index() -> str:
    """Show the directory; what the address asks for narrows it, values that do not exist do not."""
    areas = directory()
    clusters = list(listed_clusters().values())
    wanted = Wanted(
        text=request.args.get("what", "").strip()[:_LONGEST_SEARCH],
        subject=_known("subject", SUBJECTS),
        language=_known("language", LANGUAGE_CODES),
        cluster=_known("cluster", [one.slug for one in clusters]),
    )
    return render_template(
        "expertise/index.html",
        wanted=wanted,
        areas=[area for area in areas if wanted.matches(area)],
        total=len(areas),
        clusters=clusters,
        subjects=subject_options({one for area in areas for one in area.subjects}),
        languages=language_options({one for area in areas for one in area.languages}),
    )


def _known(name: str, values: Any) -> str:
    value = request.args.get(name, "")
    return value if value in values else ""


@blueprint.route("/expertise/<string:slug>/ask", methods=["GET", "POST"])
@signed_in
def ask_cluster(slug: str) -> ViewResponse:
    """Show the form to ask about an area of a cluster; a post sends the question."""
    form = QuestionForm()
    if request.method != "POST":
        form.area.data = request.args.get("area", "")
    area = area_to_ask(slug, form.area.data or "")
    status = HTTPStatus.OK
    if request.method == "POST":
        status = _UNPROCESSABLE
        if form.validate():
            try:
                reference = ask(the_account(), slug, form.area.data or "", form.text.data or "")
            except Invalid as wrong:
                form.text.errors = [_invalid_text(wrong.code)]
            except TooManyQuestions:
                status = HTTPStatus.TOO_MANY_REQUESTS
                form.text.errors = [_too_many_questions()]
            else:
                flash(gettext("Question sent."), "success")
                return redirect(url_for("expertise.conversation", reference=reference), 303)
    page = render_template("expertise/ask.html", area=area, form=form, account=the_account())
    return page, status


@blueprint.get("/expertise/questions")
@signed_in
def questions() -> str:
    """Show what the person asked, and what they answer."""
    return render_template("expertise/questions.html", lines=questions_of(the_account().viewer))


@blueprint.route("/expertise/questions/<string:reference>", methods=["GET", "POST"])
@signed_in
def conversation(reference: str) -> ViewResponse:
    """Show a question with its messages; a post writes on."""
    page = question_page(the_account().viewer, reference)
    form, status = QuestionForm(), HTTPStatus.OK
    if request.method == "POST":
        status = _UNPROCESSABLE
        if form.validate():
            try:
                write_on(the_account(), reference, form.text.data or "")
            except Invalid as wrong:
                form.text.errors = [_invalid_text(wrong.code)]
            except TooManyMessages:
                status = HTTPStatus.TOO_MANY_REQUESTS
                form.text.errors = [_too_many_messages()]
            else:
                flash(gettext("Message sent."), "success")
                return redirect(url_for("expertise.conversation", reference=reference), 303)
    return _page(page, form), status


def _page(page: QuestionPage, form: QuestionForm) -> str:
    return render_template("expertise/conversation.html", page=page, form=form)


def _invalid_text(code: str) -> str:
    if code == "nobody_answers":
        return gettext("Nobody of this cluster answers here yet. Use its website.")
    return gettext("Write a message.")


def _too_many_questions() -> str:
    return ngettext(
        "You have asked %(num)s question about expertise in the last 24 hours, the most that one "
        "person can. Send this one later.",
        "You have asked %(num)s questions about expertise in the last 24 hours, the most that one "
        "person can. Send this one later.",
        MOST_QUESTIONS_A_DAY,
    )


def _too_many_messages() -> str:
    return ngettext(
        "Your side has written %(num)s message within the hour, the most that it can. Send this "
        "one later.",
        "Your side has written %(num)s messages within the hour, the most that it can. Send this "
        "one later.",
        MOST_MESSAGES_AN_HOUR,
    )
