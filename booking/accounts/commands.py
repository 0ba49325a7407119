"""Commands for the operator: `flask cluster|organisation|account|coordinator|member`.

They work on an empty database; every mistake ends with a sentence and exit status 1 or 2.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import click
from babel import Locale
from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError, ProgrammingError

from booking.accounts import name_check_service, operator_service
from booking.accounts.account_request_service import ORGANISATION_KINDS
from booking.accounts.organisations import LooksAlike
from booking.accounts.role_service import WorksForOrganisation
from booking.accounts.service import LINK_LASTS
from booking.errors import Conflict, Invalid
from booking.rules.names import name_problem, normalised_name
from booking.rules.roles import RoleKind

SENTENCES = {
    ("slug", "format"): "The slug can contain a-z, 0-9 and single dashes, such as 'censec'.",
    ("slug", "taken"): "A cluster with this slug already exists.",
    ("region", "format"): "The region must be an ISO 3166-2 code of the country, such as DE-BW.",
    ("time_zone", "unknown"): "Unknown time zone. Use a name such as Europe/Copenhagen.",
    ("name", "not_waiting"): "No such name waits. See: flask organisation waiting",
    ("conflict", "already_decided"): "Somebody decided on it before.",
    ("name", "taken"): "An organisation with this name already exists.",
    ("home_cluster", "unknown"): "No such cluster. See: flask cluster list",
    ("cluster", "unknown"): "No such cluster. See: flask cluster list",
    (
        "facility",
        "unknown",
    ): "No such facility. The slug is the end of its address, /facilities/<slug>.",
    ("organisation", "unknown"): "No such organisation. See: flask organisation list",
    (
        "email",
        "taken",
    ): "An account with this e-mail already exists. For a new link: flask account link",
    ("email", "unknown"): "No account with this e-mail. See: flask account list",
    ("email", "deactivated"): "The account is deactivated. Run first: flask account activate",
    ("factor", "missing"): "The person has no second step.",
    ("role", "already"): "The person already has this role.",
    ("role", "missing"): "The person does not have this role.",
    (
        "conflict",
        "last_manager",
    ): "Nobody else manages it. First: flask member add --manager",
    (
        "conflict",
        "last_admin",
    ): "Nobody else is an administrator. Name another one first: flask account admin EMAIL",
    (
        "conflict",
        "last_coordinator",
    ): "Nobody else coordinates the cluster without a last day. First: flask coordinator add",
    ("conflict", "not_asked"): "The cluster asks for no second step.",
    ("last_day", "past"): "The last day must be today or later.",
    ("last_day", "too_far"): "The last day can be at most ten years ahead.",
    (
        "last_day",
        "only_coordinator",
    ): "The only coordinator of a cluster cannot have a last day. First name another.",
}


class Address(click.ParamType[str]):
    """One plain e-mail address."""

    name = "email"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the address; end with status 2 when it is none."""
        try:
            return (
                validate_email(value, check_deliverability=False, allow_smtputf8=False).ascii_email
                or value
            )
        except EmailNotValidError as error:
            self.fail(f"{value!r} is not an e-mail address: {error}", param, ctx)


class Country(click.ParamType[str]):
    """A country by its ISO 3166-1 alpha-2 code."""

    name = "country"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the code in capitals; end with status 2 when there is no such country."""
        code = value.upper()
        if not re.fullmatch("[A-Z]{2}", code) or code not in Locale("en").territories:
            self.fail(f"{value!r} is not a country code such as DK.", param, ctx)
        return code


class Line(click.ParamType[str]):
    """One line of text that fits its column: a name, or nearly one; `empty`: or none."""

    name = "text"

    def __init__(self, longest: int, *, empty: bool = False) -> None:
        self.longest = longest
        self.empty = empty

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text as names are stored; end with status 2 when it is not one line."""
        text = normalised_name(value)
        if self.empty and not text:
            return text
        if not text or name_problem(text) is not None:
            self.fail(
                "Give one line of text without unseen characters and stacked accents.", param, ctx
            )
        if len(text) > self.longest:
            self.fail(f"Use at most {self.longest} characters.", param, ctx)
        return text


class OperatorGroup(AppGroup):
    """Commands that report mistakes as a sentence and exit with status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except Invalid as error:
            raise click.ClickException(SENTENCES[error.field, error.code]) from error
        except Conflict as error:
            raise click.ClickException(SENTENCES["conflict", error.code]) from error
        except (OperationalError, ProgrammingError) as error:
            raise click.ClickException(
                "The database does not answer or has no tables. If it is new: flask db upgrade"
            ) from error


REASON = click.option("--reason", default="", type=Line(200, empty=True), help="Why.")
UNTIL = click.option(
    "--until",
    "last_day",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=lambda _context, _option, value: None if value is None else value.date(),
    help="Last day of the role, such as 2027-03-31, in the zone of the cluster. Default: none.",
)
ASSUME_YES = click.option("--yes", "assume_yes", is_flag=True, help="Do not ask for confirmation.")

cluster = OperatorGroup("cluster", help="Manage clusters, which own facilities.")
organisation = OperatorGroup("organisation", help="Manage organisations, which people work for.")
account = OperatorGroup("account", help="Manage accounts of people who can sign in.")
coordinator = OperatorGroup("coordinator", help="Manage coordinators, who run a cluster.")
auditor = OperatorGroup("auditor", help="Manage auditors, who read the log of a cluster.")
member = OperatorGroup("member", help="Manage for which organisations people work.")
groups: tuple[click.Command, ...] = (
    cluster,
    organisation,
    account,
    coordinator,
    auditor,
    member,
)


@cluster.command("add")
@click.argument("slug", type=Line(80))
@click.option("--name", required=True, type=Line(200), help="Full name.")
@click.option("--short-name", type=Line(60), help="Short name, such as CenSec. Default: the name.")
@click.option("--city", required=True, type=Line(100), help="City of its office.")
@click.option("--country", required=True, type=Country(), help="Two-letter code, such as DK.")
@click.option("--region", type=str, help="ISO 3166-2 code for public holidays, such as DE-BW.")
@click.option("--time-zone", required=True, help="IANA name, such as Europe/Copenhagen.")
@click.option(
    "--answer-days",
    type=click.IntRange(1, 60),
    default=10,
    show_default=True,
    help="Target for answering a request, in working days.",
)
def add_cluster(
    slug: str,
    name: str,
    short_name: str | None,
    city: str,
    country: str,
    region: str | None,
    time_zone: str,
    answer_days: int,
) -> None:
    """Add a cluster. SLUG is used in addresses."""
    short_name = short_name or name[:60]
    operator_service.add_cluster(
        slug, name, short_name, city, country, time_zone, region, answer_days
    )
    click.echo(f"Added {slug}.")


@cluster.command("list")
def list_clusters() -> None:
    """List all clusters."""
    for one in operator_service.clusters_by_slug():
        click.echo(f"{one.slug}  {one.name}, {one.city} ({one.country}), {one.time_zone}")


@organisation.command("add")
@click.argument("name", type=Line(120))
@click.option(
    "--kind", required=True, type=click.Choice(ORGANISATION_KINDS), help="Type of organisation."
)
@click.option("--country", required=True, type=Country(), help="Two-letter code, such as DK.")
@click.option("--home-cluster", help="Slug of its home cluster. Default: none.")
@ASSUME_YES
def add_organisation(
    name: str, kind: str, country: str, home_cluster: str | None, assume_yes: bool
) -> None:
    """Add an organisation; asks if it looks like one that is there."""
    try:
        operator_service.add_organisation(
            name, kind, country, home_cluster, is_different=assume_yes
        )
    except LooksAlike as found:
        click.echo(f"{name} looks like: {', '.join(one.name for one in found.organisations)}.")
        click.confirm("Is it another organisation?", abort=True)
        operator_service.add_organisation(name, kind, country, home_cluster, is_different=True)
    click.echo(f"Added {name}.")


@organisation.command("list")
def list_organisations() -> None:
    """List all organisations."""
    for one, home_cluster in operator_service.all_organisations():
        click.echo(f"{one.name}  {one.kind}, {one.country}, home: {home_cluster or 'none'}")


@organisation.command("waiting")
def list_name_checks() -> None:
    """List new organisations whose name looks like another, which wait for you."""
    for one in name_check_service.waiting_name_checks():
        click.echo(f"{one.name}  {one.kind}, {one.country}, home: {one.home_cluster}")
        click.echo(f"    looks like: {', '.join(one.looks_like) or 'none any more'}")
        click.echo(f"    asked by {one.asked_by}")


@organisation.command("allow")
@click.argument("name", type=Line(120))
def allow_name(name: str) -> None:
    """Add an organisation that waits, although its name looks like another."""
    _answer_name_check(name, allowed=True)
    click.echo(f"Added {name}.")


@organisation.command("refuse")
@click.argument("name", type=Line(120))
def refuse_name(name: str) -> None:
    """Refuse the name of an organisation that waits."""
    _answer_name_check(name, allowed=False)
    click.echo(f"Refused {name}.")


def _answer_name_check(name: str, *, allowed: bool) -> None:
    waiting = name_check_service.waiting_name_checks()
    found = next((one for one in waiting if one.name == name), None)
    if found is None:
        raise Invalid("name", "not_waiting")
    name_check_service.answer_name_check(found.key, allowed=allowed, actor_id=None)


@account.command("add")
@click.argument("email", type=Address())
@click.option("--name", required=True, type=Line(120), help="The person's name.")
@click.option(
    "--organisation", "organisation_name", help="Name of the organisation. Default: none."
)
@click.option("--admin", is_flag=True, help="Make the person an administrator.")
def add_account(email: str, name: str, organisation_name: str | None, admin: bool) -> None:
    """Add an account and print a link to choose a password."""
    token = operator_service.add_account(email, name, organisation_name, is_admin=admin)
    _print_link(token)


@account.command("link")
@click.argument("email", type=Address())
def new_link(email: str) -> None:
    """Print a new link to choose a password. Older links stop working."""
    token = operator_service.new_link(email)
    _print_link(token)


@account.command("deactivate")
@click.argument("email", type=Address())
def deactivate(email: str) -> None:
    """Deactivate an account at once. Its requests and log entries stay."""
    operator_service.set_active(email, False)
    click.echo(f"{email} is deactivated and signed out everywhere.")


@account.command("activate")
@click.argument("email", type=Address())
def activate(email: str) -> None:
    """Reactivate an account."""
    operator_service.set_active(email, True)
    click.echo(f"{email} is active.")


@account.command("remove-second-factors")
@click.argument("email", type=Address())
@click.option("--reason", required=True, type=Line(200), help="Why, for the log.")
def remove_second_factors(email: str, reason: str) -> None:
    """Remove the second factors of somebody who lost them; be sure that it is them who asks.

    They are signed out, told by mail, and sign in with their password alone. Accounts at sign-in
    providers are unlinked.
    """
    operator_service.remove_second_factors(email, reason)
    click.echo(f"{email} signs in without a second step until they set one up again.")


@account.command("admin")
@click.argument("email", type=Address())
@click.option("--off", is_flag=True, help="Remove the role.")
def make_admin(email: str, off: bool) -> None:
    """Make a person an administrator, or remove the role."""
    operator_service.set_admin(email, not off)
    click.echo(f"{email} is {'no longer ' if off else ''}an administrator.")


@account.command("list")
def list_accounts() -> None:
    """List all accounts with their roles."""
    for one in operator_service.all_accounts():
        facts = [*one.organisations] or ["no organisation"]
        facts += ["administrator"] if one.is_admin else []
        facts += [f"coordinates {slug}" for slug in one.coordinates]
        facts += [f"decides on {slug}" for slug in one.approves]
        facts += [f"keeps {slug}" for slug in one.keeps]
        facts += [f"reads the log of {slug}" for slug in one.audits]
        facts += [] if one.has_password else ["no password yet"]
        facts += [] if one.is_active else ["deactivated"]
        click.echo(f"{one.email}  {one.name}: {', '.join(facts)}")


def give_role(give: Callable[[bool], None], *, assume_yes: bool) -> None:
    """Call `give` (with whether it is acknowledged), and ask if the person works for a partner."""
    try:
        give(assume_yes)
    except WorksForOrganisation as works:
        click.echo(
            f"{works.person} works for {' and '.join(works.organisations)}. While it has a request "
            "or booking of its own, they neither see nor decide on requests that compete with it."
        )
        click.confirm("Go ahead?", abort=True)
        give(True)


@coordinator.command("add")
@click.argument("email", type=Address())
@click.argument("cluster_slug", metavar="CLUSTER")
@REASON
@UNTIL
@ASSUME_YES
def add_coordinator(
    email: str, cluster_slug: str, reason: str, last_day: date | None, assume_yes: bool
) -> None:
    """Make a person coordinator of a cluster."""
    give_role(
        lambda knows: operator_service.give_cluster_role(
            RoleKind.COORDINATOR,
            email,
            cluster_slug,
            reason=reason,
            last_day=last_day,
            acknowledged=knows,
        ),
        assume_yes=assume_yes,
    )
    click.echo(f"{email} coordinates {cluster_slug}.")


@coordinator.command("remove")
@click.argument("email", type=Address())
@click.argument("cluster_slug", metavar="CLUSTER")
@REASON
def remove_coordinator(email: str, cluster_slug: str, reason: str) -> None:
    """Remove a coordinator of a cluster; not the last one."""
    operator_service.take_cluster_role(RoleKind.COORDINATOR, email, cluster_slug, reason=reason)
    click.echo(f"{email} no longer coordinates {cluster_slug}.")


@auditor.command("add")
@click.argument("email", type=Address())
@click.argument("cluster_slug", metavar="CLUSTER")
@REASON
@UNTIL
def add_auditor(email: str, cluster_slug: str, reason: str, last_day: date | None) -> None:
    """Let a person read the log of a cluster."""
    operator_service.give_cluster_role(
        RoleKind.AUDITOR, email, cluster_slug, reason=reason, last_day=last_day
    )
    click.echo(f"{email} reads the log of {cluster_slug}.")


@auditor.command("remove")
@click.argument("email", type=Address())
@click.argument("cluster_slug", metavar="CLUSTER")
@REASON
def remove_auditor(email: str, cluster_slug: str, reason: str) -> None:
    """Remove an auditor of a cluster."""
    operator_service.take_cluster_role(RoleKind.AUDITOR, email, cluster_slug, reason=reason)
    click.echo(f"{email} no longer reads the log of {cluster_slug}.")


@member.command("add")
@click.argument("email", type=Address())
@click.argument("organisation_name", metavar="ORGANISATION")
@click.option("--manager", is_flag=True, help="They decide who works there.")
def add_member(email: str, organisation_name: str, manager: bool) -> None:
    """Let an account work for an organisation, beside others; tells everybody who does.

    For somebody who works there, it says whether they manage it.
    """
    operator_service.add_member(email, organisation_name, is_manager=manager)
    click.echo(f"{email} {'manages' if manager else 'works for'} {organisation_name}.")


@member.command("remove")
@click.argument("email", type=Address())
@click.argument("organisation_name", metavar="ORGANISATION")
def take_member_out(email: str, organisation_name: str) -> None:
    """End that an account works for an organisation, with its calendar links and sign-ins."""
    operator_service.end_membership_of(email, organisation_name)
    click.echo(f"{email} no longer works for {organisation_name}.")


def _print_link(token: str) -> None:
    click.echo(
        f"Send this link to the person. It works once and expires after {LINK_LASTS.days} days:"
    )
    click.echo(f"{current_app.extensions['settings'].base_url}/welcome/{token}")
