"""The command line: registers the command groups of all packages with `flask`."""

from flask import Flask

from booking.accounts.commands import groups as accounts
from booking.admin.commands import groups as admin
from booking.audit.commands import groups as audit
from booking.catalogue.commands import groups as catalogue
from booking.data_check.commands import groups as data_check
from booking.demo.commands import groups as demo
from booking.files.commands import groups as files
from booking.manage.people.commands import groups as people
from booking.manage.second_factor.commands import groups as second_factor_duty
from booking.notices.commands import groups as notices
from booking.privacy.commands import groups as privacy
from booking.second_factors.commands import groups as second_factors


def init_app(app: Flask) -> None:
    """Register our commands."""
    for command in (
        *accounts,
        *admin,
        *audit,
        *catalogue,
        *data_check,
        *demo,
        *files,
        *notices,
        *people,
        *privacy,
        *second_factors,
        *second_factor_duty,
    ):
        app.cli.add_command(command)
