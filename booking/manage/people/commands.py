"""The command line of an operator: who decides on a facility."""

import click

from booking.accounts.commands import Address, OperatorGroup
from booking.manage.people import service

approver = OperatorGroup("approver", help="Who decides on the bookings of a facility.")
groups: tuple[click.Command, ...] = (approver,)


@approver.command("add")
@click.argument("email", type=Address())
@click.argument("facility_slug", metavar="FACILITY")
def add_approver(email: str, facility_slug: str) -> None:
    """Let a person decide on a facility and what lies below it."""
    service.set_approver(email, facility_slug, True)
    click.echo(f"{email} decides on {facility_slug}.")


@approver.command("remove")
@click.argument("email", type=Address())
@click.argument("facility_slug", metavar="FACILITY")
def remove_approver(email: str, facility_slug: str) -> None:
    """Let a person no longer decide on a facility."""
    service.set_approver(email, facility_slug, False)
    click.echo(f"{email} no longer decides on {facility_slug}.")


@approver.command("list")
def list_approvers() -> None:
    """Show who decides on what."""
    for one in service.all_approvers():
        click.echo(f"{one.facility_slug}  {one.email}{'' if one.is_active else ' (deactivated)'}")
