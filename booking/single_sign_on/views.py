"""Pages: signing in with a provider, its answer, and an identity that nobody has linked."""

from flask import (
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.accounts.reset_views import keep_address
from booking.accounts.views import PROVIDER, client_source, continue_sign_in, user_agent
from booking.accounts.waiting_identity import WaitingIdentity, keep_waiting, waiting_identity
from booking.config import Settings
from booking.errors import Forbidden, NotFound
from booking.rules.addresses import safe_path
from booking.rules.limits import LimitName
from booking.rules.sign_in_providers import (
    LINK_WITHIN,
    ProvidedIdentity,
    SignInProvider,
    authenticated_at,
    gave_second_factor,
    identity_from,
)
from booking.single_sign_on import client, service
from booking.single_sign_on.blueprint import blueprint
from booking.single_sign_on.client import Answer, SignOnFailed, SignOnProblem
from booking.single_sign_on.queries import holder_of
from booking.web.access import current_account, public
from booking.web.rates import count_by_network
from booking.web.responses import ViewResponse

LINK_MINUTES = round(LINK_WITHIN.total_seconds() / 60)


@blueprint.get("/sign-in/with/<string:key>")
@public
def begin(key: str) -> ViewResponse:
    """Lead to a provider's own sign-in page; only here is anything asked of it."""
    provider = provider_with(key)
    count_by_network(LimitName.SIGN_ON)
    target = safe_path(request.args.get("next"))
    try:
        return client.go_to(provider, answer_address(provider.key), target)
    except SignOnFailed as failed:
        return _failed(provider, failed.problem)


@blueprint.get("/sign-in/with/<string:key>/answer")
@public
def answer(key: str) -> ViewResponse:
    """Take a provider's answer: sign in whoever has linked it, or offer to link it."""
    provider = provider_with(key)
    count_by_network(LimitName.SIGN_ON)
    try:
        found = client.read_answer(provider)
        identity = identity_from(found.claims, provider.issuer)
        if identity is None:
            raise SignOnFailed(SignOnProblem.UNUSABLE)
        holder_id, me = holder_of(identity), current_account()
        if holder_id is None:
            told = identity_from(client.more_claims(provider, found), provider.issuer)
            keep_waiting(provider.key, told or identity, found.target)
            page = "single_sign_on.not_linked" if me is None else "single_sign_on.index"
            return redirect(url_for(page), 303)
        if me is None:
            return _sign_in(provider, identity, found)
        if holder_id != me.person_id:
            raise SignOnFailed(SignOnProblem.TAKEN)
    except SignOnFailed as failed:
        return _failed(provider, failed.problem)
    flash(_("Your account is already linked to %(provider)s.", provider=provider.name))
    return redirect(found.target or url_for("single_sign_on.index"), 303)


def _sign_in(provider: SignInProvider, identity: ProvidedIdentity, found: Answer) -> Response:
    has_both = gave_second_factor(found.claims, provider.second_factor)
    try:
        done = service.sign_in_with(
            identity,
            client_source(""),
            user_agent(),
            gave_second_factor=has_both,
            authenticated_at=authenticated_at(found.claims),
        )
    except Forbidden as error:
        raise SignOnFailed(SignOnProblem.INACTIVE) from error
    session[PROVIDER] = provider.name
    return continue_sign_in(done, found.target or url_for("browse.start"))


@blueprint.get("/sign-in/not-linked")
@public
def not_linked() -> ViewResponse:
    """Say what to do with an identity that is linked to no account yet."""
    waiting = waiting_identity()
    provider = provider_of(waiting)
    if waiting is None or provider is None:
        return redirect(url_for("accounts.sign_in"))
    return render_template(
        "single_sign_on/not_linked.html",
        provider=provider,
        identity=waiting.identity,
        minutes=LINK_MINUTES,
    )


def providers() -> tuple[SignInProvider, ...]:
    """Return the providers in force."""
    settings: Settings = current_app.extensions["settings"]
    return settings.sign_in_providers


def provider_of(waiting: WaitingIdentity | None) -> SignInProvider | None:
    """Return the provider of an identity that waits, None if it is no longer in force."""
    key = waiting.provider_key if waiting else None
    return next((one for one in providers() if one.key == key), None)


def provider_with(key: str) -> SignInProvider:
    """Return the provider in force with this key.

    Raises:
        NotFound: there is none.
    """
    for one in providers():
        if one.key == key:
            return one
    raise NotFound("provider")


def answer_address(key: str) -> str:
    """Return the address at which the provider with this key answers; it is registered there."""
    settings: Settings = current_app.extensions["settings"]
    return settings.base_url + url_for("single_sign_on.answer", key=key)


def _failed(provider: SignInProvider, problem: SignOnProblem) -> ViewResponse:
    page = render_template("single_sign_on/failed.html", provider=provider, problem=problem)
    status = 503 if problem is SignOnProblem.UNREACHABLE else 400
    return keep_address(make_response(page, status))
