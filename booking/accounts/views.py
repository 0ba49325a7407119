"""Pages: signing in and out."""

from flask import (
    after_this_request,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user, login_user
from werkzeug.wrappers import Response

from booking.accounts import service
from booking.accounts.account_request_queries import cluster_choices
from booking.accounts.blueprint import blueprint
from booking.accounts.forms import SignInForm, text_of
from booking.accounts.known_browsers import KEPT_FOR, new_mark
from booking.accounts.sign_in_service import FirstStep, has_second_factor
from booking.accounts.sign_ins import signed_in
from booking.accounts.throttle import ClientSource, limit
from booking.accounts.waiting_identity import NAME as WAITING_IDENTITY
from booking.config import Settings
from booking.rules.addresses import safe_path
from booking.rules.limits import LimitName
from booking.web.access import current_account, note_account, public
from booking.web.responses import ViewResponse

#: Where the session keeps the token of a second step that waits.
SECOND_STEP = "second_step"
#: The name in the session of the provider with which somebody signed in.
PROVIDER = "provider"
#: What stays in a browser's session when somebody signs in.
_KEPT = ("draft", "question_draft", WAITING_IDENTITY, PROVIDER)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ViewResponse:
    """Sign a person in, and send them on to the page they came for."""
    target = safe_path(request.args.get("next"))
    form = SignInForm()
    if request.method != "POST":
        if current_user.is_authenticated:
            return redirect(target or url_for("browse.start"))
        return _sign_in_page(form, target)
    if form.validate():
        email = text_of(form.email)
        done = service.sign_in(email, text_of(form.password), client_source(email), user_agent())
        if done:
            return continue_sign_in(done, target or url_for("browse.start"))
        wrong = limit(LimitName.SIGN_IN_ACCOUNT)
        form.form_errors.append(
            _(
                "Wrong e-mail address or password, or too many attempts. After %(tries)s "
                "wrong attempts, wait %(minutes)s minutes.",
                tries=wrong.tries,
                minutes=round(wrong.within.total_seconds() / 60),
            )
        )
    return _sign_in_page(form, target), 422


def _sign_in_page(form: SignInForm, target: str | None) -> str:
    """Return the page; nothing is asked of the providers that it offers."""
    settings: Settings = current_app.extensions["settings"]
    providers = settings.sign_in_providers
    of_clusters = any(one.cluster_slug for one in providers)
    clusters = {one.value: one.name for one in cluster_choices()} if of_clusters else {}
    return render_template(
        "accounts/sign_in.html", form=form, target=target, providers=providers, clusters=clusters
    )


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    """Sign this browser out and clear its session."""
    if current_user.is_authenticated:
        service.sign_out(current_user.sign_in_token)
    provider = session.get(PROVIDER)
    session.clear()
    if provider:
        flash(
            _(
                "You have signed out here. %(provider)s may still know you in this browser: on a "
                "shared computer, sign out there, too.",
                provider=provider,
            ),
            "success",
        )
    else:
        flash(_("You have signed out."), "success")
    return redirect(url_for("browse.start"), 303)


def continue_sign_in(done: FirstStep, target: str) -> Response:
    """Return the redirect after a first step, by whichever way: to `target`, or the second step.

    Nobody is signed in before the second step; until then the browser has a token that opens
    nothing else.
    """
    if done.needs_second_step:
        session[SECOND_STEP] = done.token
        return redirect(url_for("second_factors.second_step", next=target), 303)
    start_session(done.token)
    return redirect(target, 303)


def start_session(token: str) -> None:
    """Start a new browser session for the sign-in of this token; one before it ends.

    Of the old session only what the person signed in for stays: the draft of a request or
    question, and an identity to link.
    """
    if current_user.is_authenticated and current_user.sign_in_token != token:
        service.sign_out(current_user.sign_in_token)
    kept = {name: session[name] for name in _KEPT if name in session}
    session.clear()
    session.update(kept)
    found = signed_in(token)
    person = found[0] if found else None
    login_user(person)
    if found:
        note_account(found[1])
    if person is not None and person.password_hash is not None:
        has_factor = has_second_factor(person.id)
        _remember_browser(person.email, person.password_hash, with_second_factor=has_factor)


def _remember_browser(email: str, password_hash: str, *, with_second_factor: bool) -> None:
    """Mark this browser as known to the account, so that failures elsewhere do not lock it out."""
    mark = new_mark(
        current_app.extensions["settings"].secret_key,
        email,
        password_hash,
        with_second_factor=with_second_factor,
    )

    @after_this_request
    def set_mark(response: Response) -> Response:
        response.set_cookie(
            _mark_cookie(),
            mark,
            max_age=KEPT_FOR,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
        return response


def _mark_cookie() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-browser"


def client_source(email: str) -> ClientSource:
    """Return the e-mail and the network address of this request, for the throttle."""
    settings: Settings = current_app.extensions["settings"]
    mark = request.cookies.get(_mark_cookie(), "")
    return ClientSource(
        email,
        request.remote_addr or "",
        settings.secret_key,
        mark,
        settings.secret_key_fallbacks,
    )


def can_mail() -> bool:
    """Return whether this site sends mail."""
    return bool(current_app.extensions["settings"].smtp_host)


def too_many_requests() -> str:
    """Return what to tell somebody from whose network too much was asked for."""
    return _("Too many requests came from your network. Try again later.")


def switch_page(organisation_id: int | None) -> ViewResponse | None:
    """Return the page that offers to switch to another of one's organisations, or None.

    For a page that belongs to `organisation_id`: None if the person does not work for that, or acts
    for it already.
    """
    account = current_account()
    if account is None or organisation_id in (None, account.organisation_id):
        return None
    for one in account.organisations:
        if one.organisation_id == organisation_id:
            page = render_template(
                "accounts/other_organisation.html", other=one, here=request.full_path.rstrip("?")
            )
            return page, 403
    return None


def user_agent() -> str:
    """Return the User-Agent header."""
    return request.user_agent.string
