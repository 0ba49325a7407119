"""Asking about a facility; the questions that were asked, for each side."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext, ngettext
from flask_wtf.csrf import CSRFError

from booking.accounts.views import client_source, switch_page
from booking.db import clock
from booking.enquiries.blueprint import blueprint
from booking.enquiries.forms import EnquiryForm
from booking.enquiries.queries import (
    EnquiryPage,
    enquiry_of,
    get_enquiry,
    organisation_asking,
    received_enquiries,
    sent_enquiries,
)
from booking.enquiries.service import MOST_A_DAY, TooManyEnquiries, ask, write_on
from booking.errors import Forbidden, Invalid, NotFound
from booking.facilities.described import described_facility
from booking.messages.posting import too_many_text
from booking.messages.service import TooManyMessages
from booking.requests.drafts import drop_draft, find_draft, keep_draft
from booking.rules.lifecycle import Side
from booking.web.access import current_account, decider, public, signed_in, the_account
from booking.web.responses import ViewResponse

#: The session has the token of what was typed before signing in under this name.
_DRAFT = "question_draft"


@blueprint.get("/facilities/<string:slug>/ask")
@signed_in
def new(slug: str) -> ViewResponse:
    """Show the form to ask about a facility, with what was typed before signing in."""
    form = EnquiryForm(formdata=None)
    token = session.get(_DRAFT)
    if "draft" in request.args and isinstance(token, str):
        typed = dict(find_draft(token, clock.now()) or ())
        form.text.data = typed.get("text", "") if typed.get("facility") == slug else ""
    return _form_page(slug, form)


@blueprint.post("/facilities/<string:slug>/ask")
@public
def send(slug: str) -> ViewResponse:
    """Send a question about a facility; whoever is not signed in comes back to it after that."""
    facility_id = described_facility(slug).id
    form = EnquiryForm()
    account = current_account()
    if account is None:
        return _to_sign_in(slug, form)
    if not form.validate():
        return _form_page(slug, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        reference = ask(account, facility_id, form.text.data or "")
    except Invalid as invalid:
        form.text.errors = [_invalid_text(invalid.code)]
        return _form_page(slug, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except TooManyEnquiries:
        form.text.errors = [_too_many_enquiries_text()]
        return _form_page(slug, form, HTTPStatus.TOO_MANY_REQUESTS)
    except TooManyMessages:
        form.text.errors = [too_many_text()]
        return _form_page(slug, form, HTTPStatus.TOO_MANY_REQUESTS)
    except Forbidden:
        return _form_page(slug, form)
    if _DRAFT in session:
        drop_draft(session.pop(_DRAFT))
    flash(gettext("Question sent."), "success")
    return redirect(url_for("enquiries.sent_one", reference=reference))


@blueprint.errorhandler(CSRFError)
def stale_token(error: CSRFError) -> ViewResponse:
    """Show the form again with what was typed: its token is gone, not its content."""
    account, named = current_account(), request.view_args or {}
    if account is None:
        return render_template("errors/400.html"), 400
    try:
        if request.endpoint == "enquiries.send":
            return _form_page(named["slug"], EnquiryForm(), 400)
        side = Side.OWNER if request.endpoint == "enquiries.received_one" else Side.REQUESTER
        page = get_enquiry(account.viewer, side, named["reference"], clock.now())
        return _page_of(page, side, EnquiryForm()), 400
    except NotFound:
        return render_template("errors/404.html"), 404


def _to_sign_in(slug: str, form: EnquiryForm) -> ViewResponse:
    """Keep what was typed while its writer signs in."""
    typed = [("facility", slug), ("text", form.text.data or "")]
    token = keep_draft(typed, client_source(""), replacing=session.get(_DRAFT))
    if token is None:
        form.text.errors = [
            gettext(
                "Too many questions were kept for your network. "
                "Sign in first in another tab, then continue here."
            )
        ]
        return _form_page(slug, form, HTTPStatus.TOO_MANY_REQUESTS)
    session[_DRAFT] = token
    return redirect(url_for("accounts.sign_in", next=url_for("enquiries.new", slug=slug, draft=1)))


def _form_page(slug: str, form: EnquiryForm, status: int = HTTPStatus.OK) -> ViewResponse:
    facility = described_facility(slug)
    account = current_account()
    if account is not None and account.organisation_id is None:
        return render_template("enquiries/no_organisation.html", facility=facility), 403
    earlier = enquiry_of(account.viewer, facility.id) if account else None
    page = render_template(
        "enquiries/new.html", facility=facility, form=form, account=account, earlier=earlier
    )
    return page, status


@blueprint.get("/requests/questions")
@signed_in
def sent() -> str:
    """Show what one's organisation asked about facilities."""
    lines = sent_enquiries(the_account().viewer)
    return render_template("enquiries/list.html", lines=lines, side=Side.REQUESTER)


@blueprint.get("/inbox/questions")
@decider
def received() -> str:
    """Show what organisations asked about facilities on which the person decides."""
    lines = received_enquiries(the_account().viewer, clock.now())
    return render_template("enquiries/list.html", lines=lines, side=Side.OWNER)


@blueprint.route("/requests/questions/<string:reference>", methods=["GET", "POST"])
@signed_in
def sent_one(reference: str) -> ViewResponse:
    """Show what one's organisation asked about one facility; a post writes on."""
    account = the_account()
    if request.method == "GET" and len(account.organisations) > 1:
        other = switch_page(organisation_asking(reference))
        if other is not None:
            return other
    return _one(reference, Side.REQUESTER, "enquiries.sent_one")


@blueprint.route("/inbox/questions/<string:reference>", methods=["GET", "POST"])
@decider
def received_one(reference: str) -> ViewResponse:
    """Show what an organisation asked about one facility; a post answers."""
    return _one(reference, Side.OWNER, "enquiries.received_one")


def _one(reference: str, side: Side, endpoint: str) -> ViewResponse:
    account = the_account()
    page = get_enquiry(account.viewer, side, reference, clock.now())
    form, status = EnquiryForm(), HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.validate():
            try:
                write_on(account, side, reference, form.text.data or "")
            except Invalid as invalid:
                form.text.errors = [_invalid_text(invalid.code)]
            except TooManyMessages:
                form.text.errors = [too_many_text()]
                status = HTTPStatus.TOO_MANY_REQUESTS
            else:
                flash(gettext("Message sent."), "success")
                return redirect(url_for(endpoint, reference=page.about.reference))
    return _page_of(page, side, form), status


def _page_of(page: EnquiryPage, side: Side, form: EnquiryForm) -> str:
    person_id = the_account().person_id
    return render_template(
        "enquiries/show.html", page=page, side=side, form=form, person_id=person_id
    )


def _invalid_text(code: str) -> str:
    if code == "nobody_answers":
        return gettext("Nobody answers questions about this facility yet. Write to its cluster.")
    return gettext("Write a message.")


def _too_many_enquiries_text() -> str:
    return ngettext(
        "Your organisation has asked about %(num)s facility in the last 24 hours, the most that it "
        "can. Send this one later.",
        "Your organisation has asked about %(num)s facilities in the last 24 hours, the most that "
        "it can. Send this one later.",
        MOST_A_DAY,
    )
