"""Pages: asking for an account, and the answer of a coordinator."""

from collections.abc import Sequence

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.accounts import (
    account_request_queries,
    account_request_service,
    name_check_service,
)
from booking.accounts.account_request_queries import AccountRequestLine, cluster_choices
from booking.accounts.account_request_service import (
    NewAccountRequest,
    NewOrganisation,
    TooManyTries,
    request_account,
)
from booking.accounts.blueprint import blueprint
from booking.accounts.forms import DOES_NOT_KNOW, AccountRequestForm, LetInForm, text_of
from booking.accounts.organisations import LooksAlike, SimilarOrganisation, similar_organisations
from booking.accounts.service import LINK_LASTS
from booking.accounts.views import can_mail, client_source, too_many_requests
from booking.accounts.waiting_identity import waiting_identity
from booking.errors import Invalid, NotFound
from booking.web.access import coordinator, current_viewer, public, the_account
from booking.web.responses import ViewResponse
from booking.wording.formats import zoned_instant
from booking.wording.names import isolated
from booking.wording.words import ORGANISATION_KINDS, countries
from booking.wording.zones import shown_zone


@blueprint.route("/ask-for-account", methods=["GET", "POST"])
@public
def ask() -> ViewResponse:
    """Take a request for an account.

    The page is the same whether or not the e-mail has an account.
    """
    form = AccountRequestForm()
    _offer_request_choices(form)
    if request.method != "POST":
        waiting = waiting_identity()
        if waiting is not None and waiting.identity.is_verified:
            form.name.data, form.email.data = waiting.identity.name, waiting.identity.email
        return render_template("accounts/ask.html", form=form)
    if not form.validate():
        return render_template("accounts/ask.html", form=form), 422
    cluster = form.home_cluster.data
    new_request = NewAccountRequest(
        email=text_of(form.email),
        name=text_of(form.name),
        organisation_name=text_of(form.organisation_name),
        organisation_kind=form.organisation_kind.data,
        country=form.country.data,
        home_cluster_slug=None if cluster == DOES_NOT_KNOW else cluster,
        message=text_of(form.message),
        website=text_of(form.website),
    )
    try:
        request_account(new_request, client_source(new_request.email))
    except Invalid:
        form.home_cluster.errors = [_("This cluster no longer exists. Choose another.")]
        return render_template("accounts/ask.html", form=form), 422
    except TooManyTries:
        form.form_errors.append(too_many_requests())
        return render_template("accounts/ask.html", form=form), 429
    return redirect(url_for("accounts.asked"), 303)


@blueprint.get("/ask-for-account/sent")
@public
def asked() -> str:
    """Say what happens next."""
    return render_template("accounts/asked.html")


def _offer_request_choices(form: AccountRequestForm) -> None:
    form.organisation_kind.choices = list(ORGANISATION_KINDS.items())
    form.country.choices = [("", _("Choose")), *countries()]
    form.home_cluster.choices = [
        ("", _("Choose")),
        (DOES_NOT_KNOW, _("I don't know")),
        *((one.value, one.name) for one in cluster_choices()),
    ]


@blueprint.get("/manage/people")
@coordinator
def account_requests() -> str:
    """List the requests for an account, unanswered ones first."""
    lines = account_request_queries.waiting_account_requests(current_viewer().coordinates)
    return render_template(
        "accounts/people.html",
        waiting=[line for line in lines if line.answer is None],
        answered=[line for line in lines if line.answer is not None],
        zone=shown_zone(),
    )


@blueprint.route("/manage/people/<string:key>", methods=["GET", "POST"])
@coordinator
def account_request(key: str) -> ViewResponse:
    """Show one request; a post creates the account and mails its one-time link.

    Where the site sends no mail, it shows the link, this once.
    """
    line = _line(key)
    form = LetInForm()
    _offer_answer_choices(form, line)
    if request.method != "POST":
        return _page(line, form)
    if not form.validate():
        return _page(line, form), 422
    try:
        created = account_request_service.let_in(
            key, the_account().person_id, _organisation(form), by_mail=can_mail()
        )
    except LooksAlike as found:
        return _page(line, form, found.organisations, needs_admin=True), 422
    except Invalid as error:
        _explain(error, form, line)
        return _page(line, form), 422
    if created is None:
        flash(_no_account_yet(key, line), "success")
        return redirect(url_for("accounts.account_requests"), 303)
    return _link_sent_or_page(line, created.token)


@blueprint.post("/manage/people/<string:key>/name")
@coordinator
def ask_for_name(key: str) -> ViewResponse:
    """Ask the administrators for a new organisation whose name looks like that of another."""
    line = _line(key)
    form = LetInForm()
    _offer_answer_choices(form, line)
    form.organisation.data = ""
    if not form.validate():
        return _page(line, form), 422
    try:
        name_check_service.ask_for_name(key, the_account().person_id, _new_organisation(form))
    except Invalid as error:
        _explain(error, form, line)
        return _page(line, form), 422
    flash(
        _(
            "The administrators were asked for %(organisation)s. Once they have added it, choose "
            "it here.",
            organisation=isolated(text_of(form.new_name)),
        ),
        "success",
    )
    return redirect(url_for("accounts.account_request", key=key), 303)


def _no_account_yet(key: str, line: AccountRequestLine) -> str:
    """Return what to tell a coordinator whose yes has to wait for others."""
    now_waits = account_request_queries.find_account_request(key, current_viewer().coordinates)
    if now_waits is not None and now_waits.objections_until is not None:
        return _(
            "All who work for %(organisation)s were told. Unless one of them objects, %(name)s "
            "joins on %(instant)s.",
            organisation=isolated(now_waits.joins or ""),
            name=isolated(line.name),
            instant=zoned_instant(now_waits.objections_until, shown_zone()),
        )
    return _(
        "Passed on to the managers of the organisation, who decide whether %(name)s joins.",
        name=isolated(line.name),
    )


@blueprint.post("/manage/people/<string:key>/decline")
@coordinator
def decline_account_request(key: str) -> Response:
    """Decline a request for an account."""
    account_request_service.decline_account(key, the_account().person_id)
    flash(_("Declined. We do not notify the person; contact them if they should know."))
    return redirect(url_for("accounts.account_requests"), 303)


@blueprint.post("/manage/people/<string:key>/link")
@coordinator
def renew_link(key: str) -> ViewResponse:
    """Mail a new one-time link to somebody who has no password yet, or show it, this once."""
    token = account_request_service.renew_link(key, the_account().person_id, by_mail=can_mail())
    return _link_sent_or_page(_line(key), token)


def _line(key: str) -> AccountRequestLine:
    line = account_request_queries.find_account_request(key, current_viewer().coordinates)
    if line is None:
        raise NotFound("account request")
    return line


def _page(
    line: AccountRequestLine,
    form: LetInForm,
    similar: Sequence[SimilarOrganisation] | None = None,
    *,
    needs_admin: bool = False,
) -> str:
    """Return the page. `similar` are the organisations that the new name looks like."""
    if similar is None and line.answer is None:
        similar = similar_organisations(line.organisation_name)
    return render_template(
        "accounts/person.html",
        line=line,
        form=form,
        similar=similar,
        needs_admin=needs_admin,
        can_mail=can_mail(),
        zone=shown_zone(),
    )


def _link_sent_or_page(line: AccountRequestLine, token: str | None) -> ViewResponse:
    """Say that the link is mailed; or return the page with it, if it has this token."""
    if token is not None:
        base_url: str = current_app.extensions["settings"].base_url
        return render_template(
            "accounts/link.html",
            line=line,
            link=base_url + url_for("accounts.welcome", token=token),
            days=LINK_LASTS.days,
        )
    flash(
        _(
            "We have sent %(name)s a link to choose a password, to %(email)s.",
            name=isolated(line.name),
            email=line.email,
        ),
        "success",
    )
    return redirect(url_for("accounts.account_requests"), 303)


def _offer_answer_choices(form: LetInForm, line: AccountRequestLine) -> None:
    coordinates = current_viewer().coordinates
    organisations = account_request_queries.organisation_choices(coordinates)
    form.organisation.choices = [
        ("", _("New organisation (fill in below)")),
        *((one.value, one.name) for one in organisations),
    ]
    form.new_kind.choices = list(ORGANISATION_KINDS.items())
    form.new_country.choices = countries()
    form.new_home_cluster.choices = [
        (one.value, one.name) for one in account_request_queries.cluster_choices(coordinates)
    ]
    if request.method != "POST":
        # Whatever name the person typed, an organisation that exists is chosen by hand.
        form.organisation.data = ""
        form.new_name.data = line.organisation_name
        form.new_kind.data = line.organisation_kind
        form.new_country.data = line.country
        form.new_home_cluster.data = line.home_cluster_slug or form.new_home_cluster.choices[0][0]


def _organisation(form: LetInForm) -> int | NewOrganisation:
    if not form.makes_new:
        return int(form.organisation.data)
    return _new_organisation(form)


def _new_organisation(form: LetInForm) -> NewOrganisation:
    return NewOrganisation(
        name=text_of(form.new_name),
        kind=form.new_kind.data,
        country=form.new_country.data,
        home_cluster_slug=form.new_home_cluster.data,
    )


def _explain(error: Invalid, form: LetInForm, line: AccountRequestLine) -> None:
    if error.field == "email" and error.code == "member":
        form.form_errors.append(
            _(
                "%(email)s already has an account in an organisation of your cluster. "
                "Nothing was changed. Decline this request and tell the person to sign in.",
                email=line.email,
            )
        )
    elif error.field == "email":
        form.form_errors.append(
            _(
                "You cannot create an account for %(email)s. Nothing was changed. Ask the "
                "person if they already have an account. The operator of this site can "
                "help.",
                email=line.email,
            )
        )
    elif error.field == "new_name":
        form.new_name.errors = [
            _(
                "An organisation with this name already exists. If it is in your cluster, "
                "choose it above. Otherwise add something to tell them apart, such as the "
                "town."
            )
        ]
    elif error.code == "nobody_left":
        form.organisation.errors = [
            _(
                "Nobody works for this organisation any more, and whoever joins it now would see "
                "its earlier requests. Only the operator of this site can let somebody in. Nothing "
                "was changed."
            )
        ]
    else:
        form.organisation.errors = [_("This is no longer available. Choose again.")]
