"""The command line of an operator: secrets of authenticator apps."""

import click
from flask import current_app

from booking.accounts.commands import account
from booking.second_factors import service

groups: tuple[click.Command, ...] = (account,)


@account.command("encrypt-anew")
def encrypt_anew() -> None:
    """Encrypt the secrets of authenticator apps with the present SECRET_KEY.

    Run it before an old key is taken out of SECRET_KEY_FALLBACKS.
    """
    settings = current_app.extensions["settings"]
    done, lost = service.encrypt_anew((settings.secret_key, *settings.secret_key_fallbacks))
    click.echo(f"Encrypted {done} secrets with the present key.")
    if lost:
        click.echo(
            f"{lost} cannot be read with any stated key. These people need a recovery code, or: "
            "flask account remove-second-factors"
        )
