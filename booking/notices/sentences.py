"""Notices in words: each one sentence, as its reader is told, and where it leads."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask_babel import gettext

from booking.notices.queries import NoticeContent, ShownNotice
from booking.rules.lifecycle import Event, State
from booking.wording.dates import dates_text
from booking.wording.formats import zone_name

NoticeSentence = Callable[[NoticeContent, str], str]


def sentence(told: ShownNotice, readers_zone: ZoneInfo) -> str:
    """Return what happened in one sentence; nothing of what its reader may no longer know.

    Dates are told in the facility's time, named where it differs from that of the reader's page.
    """
    happening = told.happening
    if happening is None:
        return gettext("Something changed in a booking that you may no longer see.")
    dates = dates_text(happening.slots, happening.zone)
    if _differs(happening, readers_zone):
        dates = gettext("%(dates)s, %(zone)s", dates=dates, zone=zone_name(happening.zone))
    what = gettext("%(facility)s, %(dates)s", facility=happening.facility, dates=dates)
    if not told.as_owner:
        return _of(happening, _TO_REQUESTERS, _HIT_TO_REQUESTERS)(happening, what)
    if happening.organisation:
        what = gettext(
            "%(what)s (%(organisation)s)", what=what, organisation=happening.organisation
        )
    else:
        what = gettext("%(what)s (own use)", what=what)
    return _of(happening, _TO_OWNERS, _HIT_TO_OWNERS)(happening, what)


def _of(
    happening: NoticeContent,
    steps: dict[State, NoticeSentence],
    others: dict[Event, NoticeSentence],
) -> NoticeSentence:
    return others.get(happening.event) or steps[State(happening.after)]


def _differs(happening: NoticeContent, zone: ZoneInfo) -> bool:
    return any(
        one.starts_at.astimezone(zone).utcoffset()
        != one.starts_at.astimezone(happening.zone).utcoffset()
        for one in happening.slots
    )


def leads_to(told: ShownNotice) -> tuple[str, str] | None:
    """Return endpoint and reference of the page about it, or None where there is none to see."""
    if told.happening is None:
        return None
    endpoint = "decisions.show" if told.as_owner else "requests.show"
    return endpoint, told.happening.reference


def _requester_cancelled(happening: NoticeContent) -> bool:
    return happening.acted_as == "requester"


def _confirmed_to_owner(happening: NoticeContent, what: str) -> str:
    if happening.before is None:
        return gettext("%(actor)s entered: %(what)s.", actor=happening.actor, what=what)
    return gettext("%(actor)s confirmed: %(what)s.", actor=happening.actor, what=what)


_TO_REQUESTERS: dict[State, NoticeSentence] = {
    State.REQUESTED: lambda h, what: gettext(
        "%(actor)s of your organisation asked for: %(what)s.", actor=h.actor, what=what
    ),
    State.CONFIRMED: lambda h, what: gettext(
        "%(cluster)s confirmed: %(what)s.", cluster=h.cluster, what=what
    ),
    State.DECLINED: lambda h, what: gettext(
        "%(cluster)s declined: %(what)s.", cluster=h.cluster, what=what
    ),
    State.WITHDRAWN: lambda h, what: gettext(
        "%(actor)s of your organisation took back: %(what)s.", actor=h.actor, what=what
    ),
    State.CANCELLED: lambda h, what: (
        gettext("%(actor)s of your organisation cancelled: %(what)s.", actor=h.actor, what=what)
        if _requester_cancelled(h)
        else gettext("%(cluster)s cancelled: %(what)s.", cluster=h.cluster, what=what)
    ),
    State.LAPSED: lambda h, what: gettext(
        "%(cluster)s did not answer in time: %(what)s. You can ask again.",
        cluster=h.cluster,
        what=what,
    ),
}
_TO_OWNERS: dict[State, NoticeSentence] = {
    State.REQUESTED: lambda h, what: gettext("New request: %(what)s.", what=what),
    State.CONFIRMED: _confirmed_to_owner,
    State.DECLINED: lambda h, what: gettext(
        "%(actor)s declined: %(what)s.", actor=h.actor, what=what
    ),
    State.WITHDRAWN: lambda h, what: gettext("Taken back by who asked: %(what)s.", what=what),
    State.CANCELLED: lambda h, what: (
        gettext("Cancelled by who asked: %(what)s.", what=what)
        if _requester_cancelled(h)
        else gettext("%(actor)s cancelled: %(what)s.", actor=h.actor, what=what)
    ),
    State.LAPSED: lambda h, what: gettext("Nobody answered in time: %(what)s.", what=what),
}
_HIT_TO_REQUESTERS: dict[Event, NoticeSentence] = {
    Event.AFFECTED: lambda h, what: gettext(
        "Closed or not open at a time of yours: %(what)s. %(cluster)s will tell you what becomes "
        "of it.",
        what=what,
        cluster=h.cluster,
    ),
    Event.LIFTED: lambda h, what: gettext("Open again at a time of yours: %(what)s.", what=what),
    Event.KEPT: lambda h, what: gettext(
        "%(cluster)s keeps a time of yours all the same: %(what)s.", cluster=h.cluster, what=what
    ),
}
_HIT_TO_OWNERS: dict[Event, NoticeSentence] = {
    Event.AFFECTED: lambda h, what: gettext(
        "%(actor)s changed closures or hours. Affected, say what becomes of it: %(what)s.",
        actor=h.actor,
        what=what,
    ),
    Event.LIFTED: lambda h, what: gettext(
        "%(actor)s changed closures or hours. No longer affected: %(what)s.",
        actor=h.actor,
        what=what,
    ),
    Event.KEPT: lambda h, what: gettext(
        "%(actor)s keeps all the same: %(what)s.", actor=h.actor, what=what
    ),
}
