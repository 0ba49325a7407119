"""What pages say where a typed name is not that of one organisation."""

from flask_babel import gettext

from booking.decisions.organisation_lookup import FoundOrganisations


def not_one_text(found: FoundOrganisations, cluster: str) -> str:
    """Return why the text that was looked up names no organisation, and what to do."""
    if found.names:
        return gettext("Choose one of the organisations found, or enter a full name.")
    return gettext(
        "No organisation found. Part of a name is enough for those that have dealt with "
        "%(cluster)s; enter the exact name of any other.",
        cluster=cluster,
    )
