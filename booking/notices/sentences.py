"""Notices in words: each one sentence, as its reader is told, and where it leads."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask_babel import gettext

from booking.notices.queries import NoticeContent, ShownNotice
from booking.rules.lifecycle import Event, State
from booking.wording.dates import dates_text
from booking.wording.formats import zone_name

NoticeSentence = Callable[[NoticeContent, str], str]


def sentence(notice: ShownNotice, readers_zone: ZoneInfo) -> str:
    """Return what happened in one sentence; nothing of what its reader may no longer know.

    Dates are told in the facility's time, named where it differs from that of the reader's page.
    """
    content = notice.content
    if content is None:
        return gettext("Something changed in a booking that you may no longer see.")
    dates = dates_text(content.slots, content.zone)
    if _differs(content, readers_zone):
        dates = gettext("%(dates)s, %(zone)s", dates=dates, zone=zone_name(content.zone))
    what = gettext("%(facility)s, %(dates)s", facility=content.facility, dates=dates)
    if not notice.as_owner:
        return _of(content, _TO_REQUESTERS, _HIT_TO_REQUESTERS)(content, what)
    if content.organisation:
        what = gettext("%(what)s (%(organisation)s)", what=what, organisation=content.organisation)
    else:
        what = gettext("%(what)s (own use)", what=what)
    return _of(content, _TO_OWNERS, _HIT_TO_OWNERS)(content, what)


def _of(
    content: NoticeContent,
    steps: dict[State, NoticeSentence],
    others: dict[Event, NoticeSentence],
) -> NoticeSentence:
    return others.get(content.event) or steps[State(content.after)]


def _differs(content: NoticeContent, zone: ZoneInfo) -> bool:
    return any(
        one.starts_at.astimezone(zone).utcoffset()
        != one.starts_at.astimezone(content.zone).utcoffset()
        for one in content.slots
    )


def leads_to(notice: ShownNotice) -> tuple[str, str] | None:
    """Return endpoint and reference of the page about it, or None where there is none to see."""
    if notice.content is None:
        return None
    endpoint = "decisions.show" if notice.as_owner else "requests.show"
    return endpoint, notice.content.reference


def _requester_cancelled(content: NoticeContent) -> bool:
    return content.acted_as == "requester"


def _confirmed_to_owner(content: NoticeContent, what: str) -> str:
    if content.before is None:
        return gettext("%(actor)s entered: %(what)s.", actor=content.actor, what=what)
    return gettext("%(actor)s confirmed: %(what)s.", actor=content.actor, what=what)


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
