"""The command line of an operator: which clusters ask for a second factor, and no longer."""

import click

from booking.accounts.commands import Line, OperatorGroup
from booking.manage.second_factor import service

second_factor = OperatorGroup(
    "second-factor", help="Let roles in a cluster work without a second step again."
)
groups: tuple[click.Command, ...] = (second_factor,)


@second_factor.command("lift")
@click.argument("cluster_slug", metavar="CLUSTER")
@click.option("--reason", required=True, type=Line(200), help="Why, for the log.")
def lift(cluster_slug: str, reason: str) -> None:
    """Ask nobody in a cluster for a second step any more, whoever has one keeps it."""
    service.operator_stops_asking(cluster_slug, reason)
    click.echo(f"Roles in {cluster_slug} work without a second step.")


@second_factor.command("list")
def list_clusters() -> None:
    """List the clusters that ask for a second step, and who has a role there and has none."""
    for one in service.asking_clusters():
        click.echo(f"{one.slug} from {one.first_day}")
        for late in one.late:
            click.echo(f"  {late.email} has none")
