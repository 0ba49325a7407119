"""Pages: the identities with which one signs in, linking and unlinking them."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from booking.accounts.waiting_identity import forget_waiting, waiting_identity
from booking.errors import Invalid
from booking.second_factors.second_step_views import ask_to_confirm
from booking.single_sign_on import service
from booking.single_sign_on.blueprint import blueprint
from booking.single_sign_on.queries import identities_of
from booking.single_sign_on.views import LINK_MINUTES, provider_of, providers
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse
from booking.wording.zones import shown_zone


@blueprint.get("/account/single-sign-on")
@signed_in
def index() -> str:
    """Show with which providers one can sign in, and offer to link what waits."""
    return _page()


@blueprint.post("/account/single-sign-on/link")
@signed_in
def link() -> ViewResponse:
    """Link the identity that waits in this browser."""
    waiting = waiting_identity()
    provider = provider_of(waiting)
    if waiting is None or provider is None:
        flash(
            _(
                "Nothing was linked: more than %(minutes)s minutes have passed since the provider "
                "answered. Begin again.",
                minutes=LINK_MINUTES,
            ),
            "warning",
        )
        return redirect(url_for("single_sign_on.index"), 303)
    if (to_confirm := ask_to_confirm(url_for("single_sign_on.index"))) is not None:
        return to_confirm
    try:
        service.link(the_account().person_id, waiting.identity, waiting.answered_at)
    except Invalid as error:
        forget_waiting()
        return _page(error.code), 422
    forget_waiting()
    flash(
        _("Linked. From now on you can sign in with %(provider)s.", provider=provider.name),
        "success",
    )
    return redirect(waiting.target or url_for("single_sign_on.index"), 303)


@blueprint.post("/account/single-sign-on/leave")
@signed_in
def do_not_link() -> Response:
    """Forget the identity that waits in this browser."""
    forget_waiting()
    flash(_("Nothing was linked."))
    return redirect(url_for("single_sign_on.index"), 303)


@blueprint.post("/account/single-sign-on/<string:key>/unlink")
@signed_in
def unlink(key: str) -> ViewResponse:
    """Unlink one of one's identities."""
    if (to_confirm := ask_to_confirm(url_for("single_sign_on.index"))) is not None:
        return to_confirm
    try:
        issuers = {one.issuer for one in providers()}
        service.unlink(the_account().person_id, key, issuers, current_user.sign_in_token)
    except Invalid as error:
        return _page(error.code), 422
    flash(_("Unlinked. You can no longer sign in with it."), "success")
    return redirect(url_for("single_sign_on.index"), 303)


def _page(refused: str | None = None) -> str:
    """Return the page; `refused` is the code of why something was not done."""
    waiting = waiting_identity()
    in_force = providers()
    identities = identities_of(the_account().person_id)
    linked = {one.issuer for one in identities}
    return render_template(
        "single_sign_on/index.html",
        refused=refused,
        waiting=waiting,
        waiting_provider=provider_of(waiting),
        providers=[one for one in in_force if one.issuer not in linked],
        names={one.issuer: one.name for one in in_force},
        identities=identities,
        me=the_account(),
        zone=shown_zone(),
    )
