"""The command line of an operator: who decides on a facility."""

import click

from booking.accounts.commands import ASSUME_YES, Address, OperatorGroup, give_role
from booking.manage.people import service

approver = OperatorGroup(
    "approver", help="Manage approvers, who decide on requests for a facility."
)
groups: tuple[click.Command, ...] = (approver,)


@approver.command("add")
@click.argument("email", type=Address())
@click.argument("facility_slug", metavar="FACILITY")
@ASSUME_YES
def add_approver(email: str, facility_slug: str, assume_yes: bool) -> None:
    """Make a person approver of a facility and its parts."""
    give_role(
        lambda knows: service.set_approver(email, facility_slug, True, acknowledged=knows),
        assume_yes=assume_yes,
    )
    click.echo(f"{email} decides on {facility_slug}.")


@approver.command("remove")
@click.argument("email", type=Address())
@click.argument("facility_slug", metavar="FACILITY")
def remove_approver(email: str, facility_slug: str) -> None:
    """Remove an approver of a facility."""
    service.set_approver(email, facility_slug, False)
    click.echo(f"{email} no longer decides on {facility_slug}.")


@approver.command("list")
def list_approvers() -> None:
    """List all approvers."""
    for one in service.all_approvers():
        click.echo(f"{one.facility_slug}  {one.email}{'' if one.is_active else ' (deactivated)'}")
