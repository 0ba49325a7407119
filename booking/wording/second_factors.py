"""Sentences about roles that need a second factor, which people read as two-step sign-in."""

from collections.abc import Iterable
from datetime import date

from booking.rules.names import isolated
from booking.wording.formats import day, listed
from booking.wording.translator import gettext, lazy_gettext

ADMIN_WITHHELD = lazy_gettext(
    "Your role as administrator does not work until you set up two-step sign-in. You can use "
    "everything else."
)
ADMIN_WITHOUT = lazy_gettext(
    "Without a second step your role as administrator does not work until you set one up again."
)


def withheld_text(clusters: Iterable[str]) -> str:
    """Return that somebody's roles in these clusters do not work now."""
    return gettext(
        "Your roles in %(clusters)s do not work until you set up two-step sign-in. You can use "
        "everything else.",
        clusters=listed(isolated(one) for one in clusters),
    )


def coming_text(first_day: date, cluster: str) -> str:
    """Return that somebody's roles in a cluster will not work from a day on."""
    return gettext(
        "From %(day)s your roles in %(cluster)s need two-step sign-in. From then on they do not "
        "work without it.",
        day=day(first_day),
        cluster=isolated(cluster),
    )


def without_text(clusters: Iterable[str]) -> str:
    """Return what it means to remove the last second step, where these clusters ask for one."""
    return gettext(
        "Without a second step your roles in %(clusters)s do not work until you set one up again.",
        clusters=listed(isolated(one) for one in clusters),
    )


def without_from_text(first_day: date, cluster: str) -> str:
    """Return what it means to remove it, where a cluster will ask for one from a day on."""
    return gettext(
        "From %(day)s your roles in %(cluster)s do not work without a second step.",
        day=day(first_day),
        cluster=isolated(cluster),
    )
