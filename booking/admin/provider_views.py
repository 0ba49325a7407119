"""Page: the providers of single sign-on, and checking one of them."""

import os
from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.accounts.account_request_queries import cluster_choices
from booking.admin.blueprint import blueprint
from booking.admin.provider_file import provider_file, shortened
from booking.db import clock
from booking.rules.limits import LimitName
from booking.rules.provider_checks import Finding, Verdict
from booking.rules.sign_in_providers import SignInProvider, secret_variable
from booking.single_sign_on.check_service import keep_check
from booking.single_sign_on.checking import check
from booking.single_sign_on.messages import finding_words
from booking.single_sign_on.queries import (
    IssuerUse,
    LastCheck,
    last_checks,
    use_of_issuers,
)
from booking.single_sign_on.views import answer_address, provider_with, providers
from booking.web.access import admin, the_account
from booking.web.rates import count_by_network
from booking.wording.zones import shown_zone

#: What a new provider takes in the file.
EXAMPLE = """\
[tampere-university]
name = "Tampere University"
issuer = "https://login.example.org"
client_id = "booking"
"""


@dataclass(frozen=True)
class ProviderPart:
    """One provider on the page; `cluster` None: for all, "": the file names an unknown one."""

    provider: SignInProvider
    client_id: str
    secret_variable: str
    cluster: str | None
    answer_address: str
    use: IssuerUse
    check: LastCheck | None


@blueprint.get("/sign-in-providers")
@admin
def sign_in_providers() -> str:
    """Show each provider, who uses it and what the last check found; nothing is asked of it."""
    in_force, use = providers(), use_of_issuers()
    checks = last_checks(in_force)
    names = {one.value: one.name for one in cluster_choices()}
    parts = [
        ProviderPart(
            one,
            shortened(one.client_id),
            secret_variable(one.key),
            names.get(one.cluster_slug, "") if one.cluster_slug else None,
            answer_address(one.key),
            use.get(one.issuer, IssuerUse()),
            checks.get(one.key),
        )
        for one in in_force
    ]
    issuers = {one.issuer for one in in_force}
    return render_template(
        "admin/sign_in_providers.html",
        parts=parts,
        file=provider_file(in_force, os.environ),
        gone=[(issuer, one) for issuer, one in use.items() if issuer not in issuers],
        words=finding_words,
        verdict=Verdict,
        pattern=answer_address("KEY"),
        example=EXAMPLE,
        now=clock.now(),
        zone=shown_zone(),
    )


@blueprint.post("/sign-in-providers/<string:key>/check")
@admin
def check_provider(key: str) -> Response:
    """Ask a provider what it says of itself, and keep what was found."""
    provider = provider_with(key)
    count_by_network(LimitName.SIGN_ON)
    found = check(provider)
    keep_check(the_account(), provider, found, providers())
    _tell(provider, found)
    return redirect(url_for("admin.sign_in_providers", _anchor=f"provider-{key}"), 303)


def _tell(provider: SignInProvider, found: list[Finding]) -> None:
    verdicts = {one.verdict for one in found}
    if Verdict.WRONG in verdicts:
        flash(
            _("%(provider)s was checked: nobody can sign in with it now.", provider=provider.name),
            "error",
        )
    elif Verdict.UNSURE in verdicts:
        flash(
            _(
                "%(provider)s was checked: it works as far as it says. Sign in with it yourself to "
                "be sure.",
                provider=provider.name,
            ),
            "warning",
        )
    else:
        flash(_("%(provider)s was checked: all is well.", provider=provider.name), "success")
