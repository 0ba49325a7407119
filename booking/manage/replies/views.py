"""The saved replies of a cluster, for its coordinators."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from booking.errors import Conflict, Invalid
from booking.manage.blueprint import blueprint
from booking.manage.replies import service
from booking.manage.replies.forms import ReplyForm
from booking.manage.replies.service import MOST_REPLIES, replies_of, reply_of
from booking.web.access import coordinator, the_account
from booking.web.responses import ViewResponse

_UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/manage/clusters/<string:slug>/replies")
@coordinator
def replies(slug: str) -> str:
    """List the saved replies of a cluster, with a form to add one."""
    return _list_page(slug, ReplyForm(formdata=None))


@blueprint.post("/manage/clusters/<string:slug>/replies")
@coordinator
def add_reply(slug: str) -> ViewResponse:
    """Add a saved reply."""
    form = ReplyForm()
    replies_of(the_account().viewer, slug)
    if form.validate():
        try:
            service.add_reply(the_account(), slug, form.title.data or "", form.text.data or "")
        except Invalid as wrong:
            form.title.errors = [_why_not(wrong.code)]
        else:
            flash(gettext("Saved."), "success")
            return _back(slug)
    return _list_page(slug, form), _UNPROCESSABLE


@blueprint.get("/manage/clusters/<string:slug>/replies/<int:number>")
@coordinator
def reply(slug: str, number: int) -> str:
    """Show one saved reply with the form to change it."""
    found = reply_of(the_account().viewer, slug, number)
    stated = {"title": found.title, "text": found.text, "revision": str(found.revision)}
    return _page(slug, number, ReplyForm(formdata=None, data=stated))


@blueprint.post("/manage/clusters/<string:slug>/replies/<int:number>")
@coordinator
def change_reply(slug: str, number: int) -> ViewResponse:
    """Change a saved reply, unless somebody else has changed it meanwhile."""
    form = ReplyForm()
    reply_of(the_account().viewer, slug, number)
    if not form.validate():
        return _page(slug, number, form), _UNPROCESSABLE
    try:
        service.change_reply(
            the_account(),
            slug,
            number,
            form.title.data or "",
            form.text.data or "",
            revision=form.revision.data or "",
        )
    except Invalid as wrong:
        form.title.errors = [_why_not(wrong.code)]
        return _page(slug, number, form), _UNPROCESSABLE
    except Conflict:
        now = reply_of(the_account().viewer, slug, number)
        form.revision.data = str(now.revision)
        return _page(slug, number, form, saved_meanwhile=now.text), HTTPStatus.CONFLICT
    flash(gettext("Saved."), "success")
    return _back(slug)


@blueprint.post("/manage/clusters/<string:slug>/replies/<int:number>/remove")
@coordinator
def remove_reply(slug: str, number: int) -> Response:
    """Remove a saved reply."""
    service.remove_reply(the_account(), slug, number)
    flash(gettext("Removed."), "success")
    return _back(slug)


def _why_not(code: str) -> str:
    if code == "too_many":
        return gettext(
            "A cluster has at most %(most)d saved replies. Remove one first.", most=MOST_REPLIES
        )
    return gettext("Another saved reply has this title.")


def _back(slug: str) -> Response:
    return redirect(url_for("manage.replies", slug=slug), HTTPStatus.SEE_OTHER)


def _list_page(slug: str, form: ReplyForm) -> str:
    return render_template(
        "manage/replies.html", cluster=replies_of(the_account().viewer, slug), form=form
    )


def _page(slug: str, number: int, form: ReplyForm, *, saved_meanwhile: str = "") -> str:
    return render_template(
        "manage/reply.html",
        cluster=replies_of(the_account().viewer, slug),
        number=number,
        form=form,
        saved_meanwhile=saved_meanwhile,
    )
