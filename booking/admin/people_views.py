"""Pages of people for administrators: finding one, reading their roles, and what is done there."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from booking.accounts import people_service
from booking.accounts.reset_service import RESET_LASTS
from booking.accounts.service import LINK_LASTS
from booking.accounts.views import can_mail
from booking.admin.blueprint import blueprint
from booking.admin.forms import ReasonForm
from booking.admin.people_queries import PersonPage, Show, people_list, person_page
from booking.db import clock
from booking.errors import Conflict
from booking.rules.erasure import is_erased
from booking.rules.visibility import Account
from booking.web.access import admin, not_found, the_account
from booking.web.responses import ViewResponse
from booking.wording.names import isolated
from booking.wording.roles import ROLE_WORDS, actor_text
from booking.wording.zones import shown_zone

_SHOWN = {
    Show.ALL: _l("Everybody"),
    Show.ADMINS: _l("Administrators"),
    Show.DECIDING: _l("Approvers and coordinators"),
    Show.WITHOUT_PASSWORD: _l("No password yet"),
    Show.DEACTIVATED: _l("Deactivated"),
}
MOST_PAGES = 100_000
#: What nobody does with their own account.
DEACTIVATE, REMOVE_FACTORS = "deactivate", "remove-second-step"
NOT_WITH_OWN = frozenset({DEACTIVATE, REMOVE_FACTORS})


@blueprint.get("/people")
@admin
def people() -> str:
    """List people, found by name or address."""
    text = request.args.get("text", "")
    chosen = request.args.get("show", "")
    show = Show(chosen) if chosen in set(Show) else Show.ALL
    found = people_list(text, show, page_number())
    return render_template("admin/people.html", found=found, text=text, show=show, shown=_SHOWN)


def page_number() -> int:
    """Return which page of a list is asked for, from 1; 1 for anything else."""
    text = request.args.get("page", "")
    return min(int(text), MOST_PAGES) if text.isascii() and text.isdigit() and len(text) < 7 else 1


@blueprint.get("/people/<string:key>")
@admin
def person(key: str) -> str:
    """Show who somebody is and what they may do; never what they book."""
    found = person_page(key, clock.now())
    is_me = found.id == the_account().person_id
    return render_template(
        "admin/person.html",
        person=found,
        role_words=ROLE_WORDS,
        actor_text=actor_text,
        is_me=is_me,
        is_erased=is_erased(found.email),
        steps=[
            one for one in STEPS if one.fits(found) and not (is_me and one.name in NOT_WITH_OWN)
        ],
        zone=shown_zone(),
    )


@dataclass(frozen=True)
class Step:
    """What an administrator can do with an account: its words, when it fits, and who does it.

    `takes` is called with the person who acts, the key and the reason, and returns the name.
    """

    name: str
    link: LazyString
    title: LazyString
    button: LazyString
    done: Callable[[str], str]
    fits: Callable[[PersonPage], bool]
    take: Callable[[Account, str, str], str]
    is_dangerous: bool = False


STEPS = (
    Step(
        "link",
        _l("Send a link to choose a password"),
        _l("Send a link to choose a password"),
        _l("Send the link"),
        lambda name: _("A link for %(person)s goes out by mail.", person=name),
        lambda one: one.is_active,
        lambda account, key, why: people_service.renew_link(account, key, why, by_mail=can_mail())[
            0
        ],
    ),
    Step(
        "sign-out",
        _l("Sign out everywhere"),
        _l("Sign out everywhere"),
        _l("Sign out everywhere"),
        lambda name: _("%(person)s is signed out in all browsers.", person=name),
        lambda one: one.sign_ins > 0,
        people_service.sign_out_everywhere,
    ),
    Step(
        REMOVE_FACTORS,
        _l("Remove the second step of signing in"),
        _l("Remove the second step of signing in"),
        _l("Remove the second step"),
        lambda name: _("%(person)s signs in with the password alone, and is told.", person=name),
        lambda one: one.is_active and one.has_second_factor,
        people_service.remove_second_factors,
        is_dangerous=True,
    ),
    Step(
        "name-admin",
        _l("Make an administrator"),
        _l("Make an administrator"),
        _l("Make an administrator"),
        lambda name: _("%(person)s is an administrator now.", person=name),
        lambda one: one.is_active and not one.is_admin,
        lambda account, key, why: people_service.change_admin(account, key, True, why),
    ),
    Step(
        "remove-admin",
        _l("Take back the role of administrator"),
        _l("Take back the role of administrator"),
        _l("Take back the role"),
        lambda name: _("%(person)s is no longer an administrator.", person=name),
        lambda one: one.is_admin,
        lambda account, key, why: people_service.change_admin(account, key, False, why),
        is_dangerous=True,
    ),
    Step(
        DEACTIVATE,
        _l("Deactivate the account"),
        _l("Deactivate the account"),
        _l("Deactivate"),
        lambda name: _("The account of %(person)s is deactivated.", person=name),
        lambda one: one.is_active,
        lambda account, key, why: people_service.change_active(account, key, False, why),
        is_dangerous=True,
    ),
    Step(
        "activate",
        _l("Activate the account"),
        _l("Activate the account"),
        _l("Activate"),
        lambda name: _("The account of %(person)s is active again.", person=name),
        lambda one: not one.is_active and not is_erased(one.email),
        lambda account, key, why: people_service.change_active(account, key, True, why),
    ),
)
_STEPS = {step.name: step for step in STEPS}


@blueprint.route("/people/<string:key>/<string:step>", methods=["GET", "POST"])
@admin
def person_step(key: str, step: str) -> ViewResponse:
    """Ask why, and take one step with somebody's account."""
    wanted = _STEPS.get(step)
    if wanted is None:
        not_found()
    found = person_page(key, clock.now())
    form = ReasonForm()
    if request.method != "POST":
        return _step_page(found, wanted, form)
    if not form.validate():
        return _step_page(found, wanted, form), 422
    if wanted.name == "link" and not can_mail() and not found.has_password:
        return _shown_link(found, form)
    try:
        name = wanted.take(the_account(), key, form.why.data or "")
    except Conflict as conflict:
        found = person_page(key, clock.now())
        return _step_page(found, wanted, form, _why_not(conflict.code, found)), 409
    flash(wanted.done(isolated(name)), "success")
    if found.id == the_account().person_id and wanted.name != "link":
        return redirect(url_for("browse.start"), 303)  # they are signed out
    return redirect(url_for("admin.person", key=key), 303)


def _shown_link(found: PersonPage, form: ReasonForm) -> ViewResponse:
    """Show the link of somebody without a password this once, where the site sends no mail."""
    why = form.why.data or ""
    _name, token = people_service.renew_link(the_account(), found.key, why, by_mail=False)
    base_url: str = current_app.extensions["settings"].base_url
    return render_template(
        "accounts/link.html",
        line=found,
        link=base_url + url_for("accounts.welcome", token=token),
        days=LINK_LASTS.days,
        back=(found.name, url_for("admin.person", key=found.key)),
    )


def _step_page(found: PersonPage, step: Step, form: ReasonForm, problem: str = "") -> str:
    return render_template(
        "admin/step.html",
        person=found,
        step=step,
        form=form,
        problem=problem,
        is_me=found.id == the_account().person_id,
        can_mail=can_mail(),
        minutes=round(RESET_LASTS.total_seconds() / 60),
        days=LINK_LASTS.days,
    )


def _why_not(code: str, found: PersonPage) -> str:
    """Return why a step was not taken, and what to do."""
    name = isolated(found.name)
    match code:
        case "yourself":
            return _("You cannot do this with your own account. Ask another administrator.")
        case "last_admin":
            return _(
                "%(person)s is the only administrator. Make somebody else an administrator first.",
                person=name,
            )
        case "last_coordinator":
            return _(
                "%(person)s is the last coordinator of a cluster without a last day. Another "
                "coordinator is needed first: flask coordinator add",
                person=name,
            )
        case "deactivated":
            return _(
                "The account of %(person)s is deactivated. Activate it first.",
                person=name,
            )
        case "no_mail":
            return _(
                "This site sends no mail. The operator can make a link: "
                "flask account link %(email)s",
                email=found.email,
            )
        case _:
            return _(
                "Nothing was changed: it is so already. Somebody else may have done it a moment "
                "ago."
            )
