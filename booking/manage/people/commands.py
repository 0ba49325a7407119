"""The command line of an operator: who decides on a facility, and who keeps its facts."""

from datetime import date

import click

from booking.accounts.commands import ASSUME_YES, REASON, UNTIL, Address, OperatorGroup, give_role
from booking.manage.people import service
from booking.rules.roles import RoleKind

approver = OperatorGroup(
    "approver", help="Manage approvers, who decide on requests for a facility."
)
keeper = OperatorGroup(
    "keeper", help="Manage keepers, who keep hours and facts of a facility up to date."
)
groups: tuple[click.Command, ...] = (approver, keeper)


@approver.command("add")
@click.argument("email", type=Address())
@click.argument("facility_slug", metavar="FACILITY")
@REASON
@UNTIL
@ASSUME_YES
def add_approver(
    email: str, facility_slug: str, reason: str, last_day: date | None, assume_yes: bool
) -> None:
    """Make a person approver of a facility and its parts."""
    give_role(
        lambda knows: service.operator_gives(
            facility_slug,
            service.NewRole(RoleKind.APPROVER, email, reason, last_day, acknowledged=knows),
        ),
        assume_yes=assume_yes,
    )
    click.echo(f"{email} decides on {facility_slug}.")


@approver.command("remove")
@click.argument("email", type=Address())
@click.argument("facility_slug", metavar="FACILITY")
@REASON
def remove_approver(email: str, facility_slug: str, reason: str) -> None:
    """Remove an approver of a facility."""
    service.operator_takes(RoleKind.APPROVER, facility_slug, email, reason)
    click.echo(f"{email} no longer decides on {facility_slug}.")


@approver.command("list")
def list_approvers() -> None:
    """List all approvers."""
    list_roles(RoleKind.APPROVER)


@keeper.command("add")
@click.argument("email", type=Address())
@click.argument("facility_slug", metavar="FACILITY")
@REASON
@UNTIL
def add_keeper(email: str, facility_slug: str, reason: str, last_day: date | None) -> None:
    """Make a person keeper of a facility and its parts."""
    service.operator_gives(facility_slug, service.NewRole(RoleKind.KEEPER, email, reason, last_day))
    click.echo(f"{email} keeps {facility_slug} up to date.")


@keeper.command("remove")
@click.argument("email", type=Address())
@click.argument("facility_slug", metavar="FACILITY")
@REASON
def remove_keeper(email: str, facility_slug: str, reason: str) -> None:
    """Remove a keeper of a facility."""
    service.operator_takes(RoleKind.KEEPER, facility_slug, email, reason)
    click.echo(f"{email} no longer keeps {facility_slug} up to date.")


@keeper.command("list")
def list_keepers() -> None:
    """List all keepers."""
    list_roles(RoleKind.KEEPER)


def list_roles(kind: RoleKind) -> None:
    """Print all roles of this kind for facilities."""
    for one in service.facility_roles(kind):
        until = f" until {one.last_day}" if one.last_day else ""
        click.echo(
            f"{one.facility_slug}  {one.email}{until}{'' if one.is_active else ' (deactivated)'}"
        )
