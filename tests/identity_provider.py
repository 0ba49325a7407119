"""Providers of identities for tests: a small one that can misbehave, and the real mock."""

import base64
import hashlib
import json
import secrets
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from werkzeug import Request, Response
from werkzeug.serving import make_server

from booking.rules.sign_in_providers import SignInProvider

SECRET = "told to nobody but the provider"
#: What the provider says of somebody whose address it has checked.
ANNA = {"sub": "anna-1", "name": "Anna Berg", "email": "anna@uni.example", "email_verified": True}


class IdentityProvider:
    """A provider on this machine that does what it should, unless a test changes it.

    `replies` by path replaces an answer; `change` edits the claims of the next tokens.
    """

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = new_key("first")
        self.published = [self.key]
        self.change: Callable[[dict[str, Any]], object] = lambda claims: None
        self.discovery: dict[str, Any] = {}
        self.replies: dict[str, Callable[[], Response]] = {}
        self.asked: list[str] = []
        self.algorithm = "ES256"
        self._codes: dict[str, tuple[dict[str, str], dict[str, Any]]] = {}
        self._told: dict[str, Any] = {}

    def answer_to(self, address: str, **claims: Any) -> dict[str, str]:
        """Let somebody sign in at the address to which they were sent; returns code and state."""
        sent = dict(parse_qsl(urlsplit(address).query))
        code = secrets.token_hex()
        self._codes[code] = (sent, claims or dict(ANNA))
        return {"code": code, "state": sent["state"]}

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.asked.append(request.path)
        reply = self.replies.get(request.path)
        response = reply() if reply else self._reply(request)
        return response(environ, start_response)

    def _reply(self, request: Request) -> Response:
        match request.path:
            case "/.well-known/openid-configuration":
                return as_json(
                    {
                        "issuer": self.issuer,
                        "authorization_endpoint": f"{self.issuer}/authorize",
                        "token_endpoint": f"{self.issuer}/token",
                        "userinfo_endpoint": f"{self.issuer}/userinfo",
                        "jwks_uri": f"{self.issuer}/keys",
                        "id_token_signing_alg_values_supported": [self.algorithm],
                        **self.discovery,
                    }
                )
            case "/keys":
                return as_json(KeySet(self.published).as_dict(private=False))
            case "/token":
                return self._token(request)
            case "/userinfo":
                return as_json(self._told)
        return Response(status=404)

    def _token(self, request: Request) -> Response:
        sent, person = self._codes.pop(request.form.get("code", ""), ({}, {}))
        verifier = request.form.get("code_verifier", "").encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=")
        basic = request.authorization
        if (
            sent.get("code_challenge_method") != "S256"
            or sent.get("code_challenge") != challenge.decode()
            or sent.get("redirect_uri") != request.form.get("redirect_uri")
            or (basic and (basic.username, basic.password)) != ("booking", SECRET)
        ):
            return as_json({"error": "invalid_grant"}, 400)
        now = int(time.time())
        self._told = person.pop("userinfo", person)
        claims = {
            "iss": self.issuer,
            "aud": "booking",
            "iat": now,
            "exp": now + 300,
            "nonce": sent["nonce"],
            **person,
        }
        self.change(claims)
        token = jwt.encode(
            {"alg": self.algorithm, "kid": self.key.kid}, claims, self.key, [self.algorithm]
        )
        return as_json({"access_token": "x", "token_type": "Bearer", "id_token": token})


def as_json(value: object, status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(json.dumps(value), status, mimetype="application/json")


def new_key(kid: str) -> ECKey:
    """A key to sign with."""
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


def stated(issuer: str, **others: Any) -> SignInProvider:
    """The provider as settings state it."""
    values: dict[str, Any] = {"key": "uni", "name": "Harbour University", "cluster_slug": None}
    values |= others
    return SignInProvider(issuer=issuer, client_id="booking", client_secret=SECRET, **values)


@contextmanager
def running_provider() -> Iterator[IdentityProvider]:
    """Run one that can misbehave."""
    provider = IdentityProvider("")
    server = make_server("127.0.0.1", 0, provider, threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="provider")
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def running_mock() -> Iterator[str]:
    """Run the provider of oidc-provider-mock; gives its issuer."""
    # It uses what its libraries will no longer have.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from authlib.deprecate import AuthlibDeprecationWarning

        warnings.simplefilter("ignore", AuthlibDeprecationWarning)
        from oidc_provider_mock import run_server_in_thread

        with run_server_in_thread() as server:
            yield f"http://localhost:{server.server_port}"
