"""Speaking OpenID Connect with a provider: the way there, and checking what it answers.

Authlib does it: code flow with PKCE (S256), state and nonce; the identity token is checked for
signature, issuer, audience, nonce and time. Here is what it leaves to the application: what a
provider says of itself is checked and kept for an hour, keys are fetched again for an unknown
key once a minute at most, and whatever goes wrong ends as one of few problems.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from flask import current_app, redirect, request, session
from joserfc.errors import JoseError
from urllib3.exceptions import HTTPError
from werkzeug.wrappers import Response

from booking.rules.provider_checks import ALGORITHMS, ENDPOINTS, LEEWAY, texts
from booking.rules.sign_in_providers import SignInProvider, may_be_asked
from booking.single_sign_on.provider_session import ProviderSession, UnsafeEndpoint, patience

log = logging.getLogger(__name__)

#: How long what a provider says of itself is kept, and how often keys are fetched again, in
#: seconds.
DISCOVERY_LASTS = 3600
KEYS_AGAIN_AFTER = 60
#: How long people may stay at the provider, in seconds, and in how many windows at once.
ANSWER_WITHIN = 600
MOST_OPEN = 3
#: A longer path to return to is forgotten: a cookie holds 4 kB.
LONGEST_NEXT = 600
_SCOPE = "openid email profile"
_DISCOVERY = "/.well-known/openid-configuration"
_STATE = "_state_"  # how Authlib's keys in the session begin
# Errors with which a provider says that it has a fault (RFC 6749, section 4.1.2.1).
_OUT_OF_ORDER = frozenset({"server_error", "temporarily_unavailable"})


class SignOnProblem(StrEnum):
    """Why somebody could not be signed in with a provider."""

    UNREACHABLE = "unreachable"
    """The provider does not answer, or not in time, or has a fault."""
    UNUSABLE = "unusable"
    """What it answered cannot be trusted: another issuer, a wrong signature, nonsense."""
    REFUSED = "refused"
    """The person cancelled there, or it does not let them in here."""
    NOT_BEGUN = "not_begun"
    """The answer belongs to no sign-in of this browser, is too old, or was used before."""
    INACTIVE = "inactive"
    """The account that is linked has been deactivated."""
    TAKEN = "taken"
    """Somebody is signed in, and the identity is linked to another account."""


class SignOnFailed(Exception):
    """Nobody can be signed in; `problem` says why."""

    def __init__(self, problem: SignOnProblem) -> None:
        super().__init__(problem)
        self.problem = problem


class _State(FlaskIntegration):  # type: ignore[misc]  # Authlib has no types
    """What is kept in the browser's session while somebody is at the provider."""

    expires_in = ANSWER_WITHIN

    def set_state_data(self, session: Any, state: str, data: Any) -> None:
        """Keep it; the oldest others go, for a cookie holds 4 kB."""
        self._clear_session_state(session)
        kept = sorted(
            (key for key in session if key.startswith(_STATE)),
            key=lambda key: session[key]["exp"],
        )
        for key in kept[: len(kept) + 1 - MOST_OPEN]:
            session.pop(key)
        super().set_state_data(session, state, data)

    def get_state_data(self, session: Any, state: str) -> Any:
        """Return what was kept for this state, None if it is unknown or too old."""
        self._clear_session_state(session)
        return super().get_state_data(session, state)


class Client(FlaskOAuth2App):  # type: ignore[misc]  # Authlib has no types
    """Our side of one provider; one per process, for all threads."""

    client_cls = ProviderSession

    def __init__(self, provider: SignInProvider) -> None:
        super().__init__(
            _State(provider.key),
            provider.key,
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            server_metadata_url=discovery_address(provider.issuer),
            client_kwargs={"scope": _SCOPE, "code_challenge_method": "S256"},
        )
        self._issuer = provider.issuer
        self._discovered_at: float | None = None
        self._keys_again_at: float | None = None

    def load_server_metadata(self) -> dict[str, Any]:
        """Return what the provider says of itself, as far as we use it, at most an hour old.

        Raises:
            ValueError: it is not what a provider says, or not of this issuer.
        """
        now = time.monotonic()
        if self._discovered_at is None or now - self._discovered_at >= DISCOVERY_LASTS:
            with self._get_session() as http:
                answer = http.request("GET", self._server_metadata_url, withhold_token=True)
            answer.raise_for_status()
            self.server_metadata = checked_metadata(answer.json(), self._issuer)
            self._discovered_at = now
        return self.server_metadata

    def fetch_jwk_set(self, force: bool = False) -> Any:
        """Return the keys; `force` fetches them again, once a minute at most."""
        now = time.monotonic()
        if force:
            last = self._keys_again_at
            if last is not None and now - last < KEYS_AGAIN_AFTER:
                return super().fetch_jwk_set()
            self._keys_again_at = now
        return super().fetch_jwk_set(force=force)


def discovery_address(issuer: str) -> str:
    """Return where an issuer says how it is spoken to."""
    return issuer.rstrip("/") + _DISCOVERY


def checked_metadata(found: object, issuer: str) -> dict[str, Any]:
    """Return what we use of a discovery document.

    Raises:
        ValueError: it is of another issuer, lacks something, or names what we do not use.
    """
    if not isinstance(found, Mapping) or found.get("issuer") != issuer:
        raise ValueError("the discovery document is not of this issuer")
    used = {name: found.get(name) for name in ENDPOINTS}
    if not all(may_be_asked(address, issuer) for address in used.values()):
        raise ValueError("an endpoint is missing, or may not be asked")
    if may_be_asked(found.get("userinfo_endpoint"), issuer):
        used["userinfo_endpoint"] = found["userinfo_endpoint"]
    algorithms = texts(found.get("id_token_signing_alg_values_supported")) & ALGORITHMS
    if not algorithms:
        raise ValueError("no way of signing is supported that we use")
    basic = "client_secret_basic"
    methods = texts(found.get("token_endpoint_auth_methods_supported")) or {basic}
    return {
        **used,
        "issuer": issuer,
        "id_token_signing_alg_values_supported": sorted(algorithms),
        "token_endpoint_auth_method": basic if basic in methods else "client_secret_post",
    }


def client_of(provider: SignInProvider) -> Client:
    """Return our client of a provider, made once in each process."""
    clients: dict[SignInProvider, Client] = current_app.extensions.setdefault("sign_in_clients", {})
    if provider not in clients:
        clients[provider] = Client(provider)
    return clients[provider]


def go_to(provider: SignInProvider, answer_address: str, target: str | None) -> Response:
    """Return a redirect to the provider's own sign-in page.

    `target` is the path to return to in the end.

    Raises:
        SignOnFailed: the provider cannot be reached or used.
    """
    client = client_of(provider)
    with _problems(provider):
        begun = client.create_authorization_url(answer_address)
    address = begun.pop("url")
    if target and len(target) <= LONGEST_NEXT:
        begun["next"] = target
    client.save_authorize_data(redirect_uri=answer_address, **begun)
    return redirect(address)


@dataclass(frozen=True)
class Answer:
    """What a provider says, checked; `target` is the path to return to, None for any."""

    claims: Mapping[str, Any]
    access_token: Mapping[str, Any]
    target: str | None


def read_answer(provider: SignInProvider) -> Answer:
    """Return what the provider answers with this request.

    Its state is used up, whatever comes of it.

    Raises:
        SignOnFailed: it cannot be used.
    """
    client = client_of(provider)
    state = request.args.get("state", "")
    begun = client.framework.get_state_data(session, state)
    error = request.args.get("error")
    if error == "access_denied":  # some providers leave out the state; nothing hangs on it
        client.framework.clear_state_data(session, state)
        raise _failed(provider, SignOnProblem.REFUSED)
    if begun is None:
        raise _failed(provider, SignOnProblem.NOT_BEGUN)
    if error is not None or "code" not in request.args:
        client.framework.clear_state_data(session, state)
        raise _failed(
            provider,
            SignOnProblem.UNREACHABLE if error in _OUT_OF_ORDER else SignOnProblem.UNUSABLE,
        )
    issuer = request.args.get("iss", provider.issuer)  # RFC 9207
    with _problems(provider):
        try:
            token = client.authorize_access_token(
                claims_options={
                    "iss": {"essential": True, "value": provider.issuer},
                    "aud": {"essential": True, "value": provider.client_id},
                },
                leeway=round(LEEWAY.total_seconds()),
            )
        finally:
            client.framework.clear_state_data(session, state)
        if issuer != provider.issuer or "userinfo" not in token:
            raise ValueError("the answer is of another issuer, or says nothing about anybody")
    return Answer(token.pop("userinfo"), token, begun.get("next"))


def more_claims(provider: SignInProvider, answer: Answer) -> Mapping[str, Any]:
    """Return the claims with what the provider says elsewhere about name and address.

    Asked for only where the identity token itself does not say.

    Raises:
        SignOnFailed: the provider does not answer, or about somebody else.
    """
    client = client_of(provider)
    if "email_verified" in answer.claims or "access_token" not in answer.access_token:
        return answer.claims
    with _problems(provider):
        if "userinfo_endpoint" not in client.load_server_metadata():
            return answer.claims
        told = client.userinfo(token=dict(answer.access_token))
        if told.get("sub") != answer.claims["sub"]:
            raise ValueError("it is about somebody else")
    return {**told, **answer.claims}


def _failed(
    provider: SignInProvider, problem: SignOnProblem, error: Exception | None = None
) -> SignOnFailed:
    # Only what kind of error: what it says may quote the answer, with names and addresses.
    kind = type(error).__name__ if error else "none"
    log.warning("single sign-on with %s failed: %s (%s)", provider.key, problem, kind)
    return SignOnFailed(problem)


@contextmanager
def _problems(provider: SignInProvider) -> Iterator[None]:
    """Turn whatever a provider can make go wrong inside the block into a `SignOnFailed`."""
    try:
        with patience():
            yield
    except requests.JSONDecodeError as error:
        raise _failed(provider, SignOnProblem.UNUSABLE, error) from error
    except (requests.RequestException, HTTPError, OSError) as error:
        raise _failed(provider, SignOnProblem.UNREACHABLE, error) from error
    except (
        AuthlibBaseError,
        JoseError,
        UnsafeEndpoint,
        # What libraries raise where an answer is not of the form that they expect.
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        raise _failed(provider, SignOnProblem.UNUSABLE, error) from error
