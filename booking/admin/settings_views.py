"""Page: the settings in force."""

import os

from flask import current_app, render_template

from booking.admin.blueprint import blueprint
from booking.admin.settings_list import limits_in_force, retention_in_force, settings_in_force
from booking.web.access import admin


@blueprint.get("/settings")
@admin
def settings() -> str:
    """Show what each setting is, and where that comes from; never a secret."""
    in_force = current_app.extensions["settings"]
    return render_template(
        "admin/settings.html",
        lines=settings_in_force(in_force, os.environ),
        limits=list(limits_in_force(in_force, os.environ)),
        retention=list(retention_in_force(in_force, os.environ)),
    )
