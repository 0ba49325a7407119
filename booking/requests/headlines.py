"""Sentences about a request: its state, who must act, and what happened."""

from flask_babel import gettext, ngettext

from booking.requests.queries import BookingLine, LogLine
from booking.rules.lifecycle import Event, Headline, HeadlineKind, State
from booking.wording.formats import days


def decided_text(headline: Headline, owner: str) -> str:
    """Return what is decided about some dates; empty while all of them wait."""
    total = headline.total
    kind = headline.kind
    if kind is HeadlineKind.PARTLY_CONFIRMED:
        return ngettext(
            "%(num)s of %(total)s dates confirmed.",
            "%(num)s of %(total)s dates confirmed.",
            headline.count,
            total=total,
        )
    if kind is HeadlineKind.ALL_CONFIRMED:
        return ngettext("Confirmed.", "All %(num)s dates confirmed.", total)
    if kind is HeadlineKind.ALL_DECLINED:
        return ngettext(
            "%(cluster)s declined.", "%(cluster)s declined all %(num)s dates.", total, cluster=owner
        )
    if kind is HeadlineKind.ALL_WITHDRAWN:
        return ngettext("Taken back.", "All %(num)s dates taken back.", total)
    if kind is HeadlineKind.ALL_CANCELLED:
        return ngettext("Cancelled.", "All %(num)s dates cancelled.", total)
    if kind is HeadlineKind.ALL_LAPSED:
        return gettext("%(cluster)s did not answer in time.", cluster=owner)
    if kind is HeadlineKind.ENDED:
        return ngettext("It does not take place.", "None of the %(num)s dates takes place.", total)
    if headline.waiting < total:
        return ngettext(
            "%(num)s of %(total)s dates has ended.",
            "%(num)s of %(total)s dates have ended.",
            total - headline.waiting,
            total=total,
        )
    return ""


def waiting_text(headline: Headline, owner: str) -> str:
    """Return who must act; empty when nobody must."""
    if not headline.waiting:
        return ""
    if headline.waiting == headline.total:
        return ngettext(
            "It waits for %(cluster)s.",
            "%(num)s dates wait for %(cluster)s.",
            headline.total,
            cluster=owner,
        )
    return ngettext(
        "%(num)s date waits for %(cluster)s.",
        "%(num)s dates wait for %(cluster)s.",
        headline.waiting,
        cluster=owner,
    )


def badge(headline: Headline) -> tuple[State, str | None]:
    """Return the state of the badge of a group of dates, and its text if not the state's own."""
    kind = headline.kind
    if kind is HeadlineKind.PARTLY_CONFIRMED:
        text = gettext(
            "%(count)s of %(total)s confirmed", count=headline.count, total=headline.total
        )
        return State.CONFIRMED, text
    if kind is HeadlineKind.ENDED:
        return State.WITHDRAWN, gettext("ended")
    if kind is HeadlineKind.WAITING and headline.waiting < headline.total:
        text = gettext(
            "%(count)s of %(total)s asked for", count=headline.waiting, total=headline.total
        )
        return State.REQUESTED, text
    return _STATE_OF[kind], None


_STATE_OF = {
    HeadlineKind.WAITING: State.REQUESTED,
    HeadlineKind.ALL_CONFIRMED: State.CONFIRMED,
    HeadlineKind.ALL_DECLINED: State.DECLINED,
    HeadlineKind.ALL_WITHDRAWN: State.WITHDRAWN,
    HeadlineKind.ALL_CANCELLED: State.CANCELLED,
    HeadlineKind.ALL_LAPSED: State.LAPSED,
}


def log_text(line: LogLine, booking: BookingLine, reader_id: int) -> str:
    """Return one step of the log: who did what, to which dates."""
    who = _who(line, booking, reader_id)
    if line.before is None:
        if line.side == "owner":
            return gettext("%(who)s entered this booking", who=who)
        return gettext("%(who)s sent the request", who=who)
    if line.event is not Event.STEP:
        return event_text(line.event, who, _what(line, booking))
    if line.after is State.LAPSED:
        return gettext("No answer in time: %(what)s", what=_what(line, booking))
    if len(line.dates) == len(booking.dates):
        return _of_all(line.after, who)
    return _of_some(line.after, who, _what(line, booking))


def _who(line: LogLine, booking: BookingLine, reader_id: int) -> str:
    if line.side == "owner":
        return booking.cluster_name
    if line.actor_id == reader_id:
        return gettext("You")
    return line.actor_name or gettext("Somebody")


def _what(line: LogLine, booking: BookingLine) -> str:
    if len(line.dates) == 1:
        return days(line.dates[0].slot, booking.zone)
    return ngettext("%(num)s date", "%(num)s dates", len(line.dates))


def event_text(event: Event, who: str, what: str) -> str:
    """Return what happened, other than a step, to the dates that `what` names."""
    if event is Event.AFFECTED:
        return gettext("%(who)s changed closures or hours. Affected: %(what)s", who=who, what=what)
    if event is Event.LIFTED:
        return gettext(
            "%(who)s changed closures or hours. No longer affected: %(what)s", who=who, what=what
        )
    if event is Event.KEPT:
        return gettext("%(who)s keeps all the same: %(what)s", who=who, what=what)
    return gettext("%(who)s set rules aside for: %(what)s", who=who, what=what)


def _of_all(after: State, who: str) -> str:
    if after is State.CONFIRMED:
        return gettext("%(who)s confirmed", who=who)
    if after is State.DECLINED:
        return gettext("%(who)s declined", who=who)
    if after is State.WITHDRAWN:
        return gettext("%(who)s took the request back", who=who)
    return gettext("%(who)s cancelled", who=who)


def _of_some(after: State, who: str, what: str) -> str:
    if after is State.CONFIRMED:
        return gettext("%(who)s confirmed: %(what)s", who=who, what=what)
    if after is State.DECLINED:
        return gettext("%(who)s declined: %(what)s", who=who, what=what)
    if after is State.WITHDRAWN:
        return gettext("%(who)s took back: %(what)s", who=who, what=what)
    return gettext("%(who)s cancelled: %(what)s", who=who, what=what)
