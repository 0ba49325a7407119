"""The words of every state of a date, and of the steps that lead to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from booking.rules.lifecycle import Side, State
from booking.wording.translator import gettext, lazy_gettext, ngettext


@dataclass(frozen=True)
class StepDetails:
    """One step in the life of some dates, as sentences describe it.

    what: the dates. who: the person who took the step, as the reader calls them.
    cluster: the owner of the facility. side: the side for which the person acted.
    is_first: the dates began with it. of_all: it was about all dates of the booking.
    rule: the rule that took it, in words; "" where a person did.
    was_proposed: they were a proposal of the owner before. was_waiting: they were on the waiting
    list before.
    by_nobody: it came of itself, by another step or by the clock.
    was_accepted: the dates were accepted before, and waited for conditions.
    asks_for_change: the requester asks for these dates in the place of others.
    instead_at: the other facility that has the dates in whose place these would be; "": none.
    """

    what: str
    who: str
    cluster: str
    side: str
    is_first: bool = False
    of_all: bool = False
    was_proposed: bool = False
    was_waiting: bool = False
    by_nobody: bool = False
    rule: str = ""
    was_accepted: bool = False
    asks_for_change: bool = False
    instead_at: str = ""

    @property
    def by_rule(self) -> bool:
        """Return whether a rule of the owner took the step, as soon as the request was sent."""
        return self.side == Side.RULE

    @property
    def by_requester(self) -> bool:
        """Return whether the requester's side took the step."""
        return self.side == Side.REQUESTER


StepText = Callable[[StepDetails], str]


@dataclass(frozen=True)
class StateWords:
    """The words for one state on all pages, in mails and feeds, in the reader's language.

    word: next to a date, in the subject and body of mails: `requested`.
    sign: before the word, for the eye only. colour: of both, the CSS class `state-<colour>`.
    to_requester, to_owner: the notice of a step to this state, a whole sentence.
    requesters_log, owners_log: that step in the log of the booking, without a full stop.
    in_feed: title of the date in a feed, from the facility's name and what the date is called.
    feed_line: a sentence in the description of that entry.
    headline: a sentence for a booking whose dates are all in this state, from their number and
        the owner's name; None: `waiting` says it all.
    partly: the badge where only some dates are in it, from their number and that of all; None:
        an ended state, which such a badge never names.
    waiting: who must act, from the number of dates, that of all, and the owner's name; None:
        nobody must.
    """

    word: Any
    sign: str
    colour: str
    to_requester: StepText
    to_owner: StepText
    requesters_log: StepText
    owners_log: StepText
    in_feed: Callable[[str, str], str]
    feed_line: Any
    headline: Callable[[int, str], str] | None
    partly: Callable[[int, int], str] | None = None
    waiting: Callable[[int, int, str], str] | None = None


def words_of(state: State | str) -> StateWords:
    """Return the words of a state, also for its value as rows keep it."""
    return WORDS[State(state)]


def state_word(state: State | str) -> str:
    """Return what the state of a date is called: `requested`."""
    return str(words_of(state).word)


def date_word(state: State | str, *, is_completed: bool) -> str:
    """Return what a date is called that may have taken place: `completed`, else its state."""
    return gettext("completed") if is_completed else state_word(state)


def state_sign(state: State | str) -> str:
    """Return the sign next to the state's word; hidden from screen readers."""
    return words_of(state).sign


def state_colour(state: State | str) -> str:
    """Return the colour of the state, the end of a CSS class: asked, yes, no, proposed, over."""
    return words_of(state).colour


def _off(facility: str, what: str) -> str:
    return gettext("Not taking place: %(facility)s (%(what)s)", facility=facility, what=what)


def _waits_for_cluster(count: int, total: int, cluster: str) -> str:
    if count == total:
        return ngettext(
            "Awaiting %(cluster)s's decision.",
            "%(num)s dates awaiting %(cluster)s's decision.",
            total,
            cluster=cluster,
        )
    return ngettext(
        "%(num)s date awaiting %(cluster)s's decision.",
        "%(num)s dates awaiting %(cluster)s's decision.",
        count,
        cluster=cluster,
    )


def _waits_for_requester(count: int, total: int, cluster: str) -> str:
    if count == total:
        return ngettext(
            "%(cluster)s proposed another date. Awaiting your answer.",
            "%(cluster)s proposed other dates. Awaiting your answer.",
            total,
            cluster=cluster,
        )
    return ngettext(
        "%(num)s proposed date awaiting your answer.",
        "%(num)s proposed dates awaiting your answer.",
        count,
    )


def _proposed_to_requester(step: StepDetails) -> str:
    if step.was_waiting:
        return gettext(
            "You waited for this, and it is free now: %(what)s. Accept it or say no before it "
            "expires.",
            what=step.what,
        )
    if step.instead_at:
        return gettext(
            "%(cluster)s proposes another facility: %(what)s. Accept it or say no before it "
            "expires. Your date at %(facility)s stays until you accept.",
            cluster=step.cluster,
            what=step.what,
            facility=step.instead_at,
        )
    return gettext(
        "%(cluster)s proposes: %(what)s. Accept it or say no before it expires.",
        cluster=step.cluster,
        what=step.what,
    )


def _proposed_to_owner(step: StepDetails) -> str:
    if step.was_waiting:
        return gettext("Free again, and proposed from the waiting list: %(what)s.", what=step.what)
    return gettext("%(actor)s proposed: %(what)s.", actor=step.who, what=step.what)


def _proposed_log(step: StepDetails) -> str:
    if step.was_waiting:
        return gettext("Free again, and proposed from the waiting list: %(what)s", what=step.what)
    return gettext("%(who)s proposed: %(what)s", who=step.who, what=step.what)


_PROPOSED = StateWords(
    word=lazy_gettext("proposed"),
    sign="⇄",
    colour="proposed",
    to_requester=_proposed_to_requester,
    to_owner=_proposed_to_owner,
    requesters_log=_proposed_log,
    owners_log=_proposed_log,
    in_feed=lambda facility, what: gettext(
        "Proposed: %(facility)s (%(what)s)", facility=facility, what=what
    ),
    feed_line=lazy_gettext("Proposed, not a booking yet."),
    headline=None,
    partly=lambda count, total: gettext(
        "%(count)s of %(total)s proposed", count=count, total=total
    ),
    waiting=_waits_for_requester,
)


def _undone(step: StepDetails) -> bool:
    """Return whether the owner led the dates back to this state."""
    return not step.is_first and not step.by_requester


def _requested_to_requester(step: StepDetails) -> str:
    if _undone(step):
        return gettext(
            "%(cluster)s undid its confirmation: %(what)s.", cluster=step.cluster, what=step.what
        )
    if step.asks_for_change:
        return gettext(
            "%(actor)s from your organisation asked for a change: %(what)s.",
            actor=step.who,
            what=step.what,
        )
    return gettext(
        "%(actor)s from your organisation requested: %(what)s.", actor=step.who, what=step.what
    )


def _requested_to_owner(step: StepDetails) -> str:
    if _undone(step):
        return gettext(
            "%(actor)s undid the confirmation: %(what)s.", actor=step.who, what=step.what
        )
    if step.asks_for_change:
        return gettext("The requester asks for a change: %(what)s.", what=step.what)
    return gettext("New request: %(what)s.", what=step.what)


def _requested_requesters_log(step: StepDetails) -> str:
    if _undone(step):
        return gettext("%(who)s undid the confirmation", who=step.who)
    if step.asks_for_change:
        return gettext("%(who)s asked for a change: %(what)s", who=step.who, what=step.what)
    return gettext("%(who)s sent the request", who=step.who)


def _requested_owners_log(step: StepDetails) -> str:
    if _undone(step):
        return gettext("%(who)s undid the confirmation: %(what)s", who=step.who, what=step.what)
    if step.asks_for_change:
        return gettext("%(who)s asked for a change: %(what)s", who=step.who, what=step.what)
    return gettext("%(who)s requested: %(what)s", who=step.who, what=step.what)


_REQUESTED = StateWords(
    word=lazy_gettext("requested"),
    sign="◔",
    colour="asked",
    to_requester=_requested_to_requester,
    to_owner=_requested_to_owner,
    requesters_log=_requested_requesters_log,
    owners_log=_requested_owners_log,
    in_feed=lambda facility, what: gettext(
        "Requested: %(facility)s (%(what)s)", facility=facility, what=what
    ),
    feed_line=lazy_gettext("Requested, not a booking yet."),
    headline=None,
    partly=lambda count, total: gettext(
        "%(count)s of %(total)s requested", count=count, total=total
    ),
    waiting=_waits_for_cluster,
)


def _waits_on_list(count: int, total: int, cluster: str) -> str:
    if count == total:
        return ngettext("On the waiting list.", "%(num)s dates on the waiting list.", total)
    return ngettext(
        "%(num)s date on the waiting list.", "%(num)s dates on the waiting list.", count
    )


def _waiting_to_requester(step: StepDetails) -> str:
    if step.by_requester:
        return gettext(
            "%(actor)s from your organisation joined the waiting list: %(what)s.",
            actor=step.who,
            what=step.what,
        )
    return gettext(
        "%(cluster)s put you on the waiting list: %(what)s. If the time becomes free and it is "
        "your turn, you get a proposal.",
        cluster=step.cluster,
        what=step.what,
    )


def _waiting_to_owner(step: StepDetails) -> str:
    if step.by_requester:
        return gettext("New on the waiting list: %(what)s.", what=step.what)
    return gettext("%(actor)s put on the waiting list: %(what)s.", actor=step.who, what=step.what)


def _waiting_log(step: StepDetails) -> str:
    if step.by_requester:
        return gettext("%(who)s joined the waiting list: %(what)s", who=step.who, what=step.what)
    return gettext("%(who)s put on the waiting list: %(what)s", who=step.who, what=step.what)


_WAITING = StateWords(
    word=lazy_gettext("waiting list"),
    sign="⋯",
    colour="asked",
    to_requester=_waiting_to_requester,
    to_owner=_waiting_to_owner,
    requesters_log=_waiting_log,
    owners_log=_waiting_log,
    in_feed=lambda facility, what: gettext(
        "Waiting list: %(facility)s (%(what)s)", facility=facility, what=what
    ),
    feed_line=lazy_gettext("On the waiting list, not a booking."),
    headline=None,
    partly=lambda count, total: gettext(
        "%(count)s of %(total)s on the waiting list", count=count, total=total
    ),
    waiting=_waits_on_list,
)


def _confirmed_to_requester(step: StepDetails) -> str:
    if step.by_rule:
        return gettext(
            "%(actor)s from your organisation requested, and it was confirmed at once: %(what)s.",
            actor=step.who,
            what=step.what,
        )
    if step.by_requester:
        return gettext(
            "%(actor)s from your organisation accepted the proposal: %(what)s.",
            actor=step.who,
            what=step.what,
        )
    return gettext("%(cluster)s confirmed: %(what)s.", cluster=step.cluster, what=step.what)


def _confirmed_by_rule(step: StepDetails) -> str:
    return gettext(
        "%(who)s sent the request. Confirmed by rule: %(rule)s", who=step.who, rule=step.rule
    )


def _accepted_to_requester(step: StepDetails) -> str:
    if step.by_requester:
        return gettext(
            "%(actor)s from your organisation accepted the proposal: %(what)s. Not final: "
            "conditions must be met first.",
            actor=step.who,
            what=step.what,
        )
    return gettext(
        "%(cluster)s accepted, not final: %(what)s. Conditions must be met first.",
        cluster=step.cluster,
        what=step.what,
    )


def _accepted_to_owner(step: StepDetails) -> str:
    if step.by_requester:
        return gettext(
            "Proposal accepted by the requester, with conditions to be met first: %(what)s.",
            what=step.what,
        )
    return gettext(
        "%(actor)s accepted, with conditions to be met first: %(what)s.",
        actor=step.who,
        what=step.what,
    )


def _accepted_owners_log(step: StepDetails) -> str:
    if step.by_requester:
        return gettext(
            "%(who)s (the requester) accepted the proposal, with conditions to be met first: "
            "%(what)s",
            who=step.who,
            what=step.what,
        )
    return gettext(
        "%(who)s accepted, with conditions to be met first: %(what)s", who=step.who, what=step.what
    )


def _accepted_requesters_log(step: StepDetails) -> str:
    if step.by_requester:
        return gettext(
            "%(who)s accepted the proposal: %(what)s. Conditions must be met first",
            who=step.who,
            what=step.what,
        )
    if step.of_all:
        return gettext("%(who)s accepted, not final: conditions must be met first", who=step.who)
    return gettext(
        "%(who)s accepted, not final: %(what)s. Conditions must be met first",
        who=step.who,
        what=step.what,
    )


def _waits_for_conditions(count: int, total: int, cluster: str) -> str:
    if count == total:
        return ngettext(
            "Accepted by %(cluster)s, not final: conditions must be met first.",
            "%(num)s dates accepted by %(cluster)s, not final: conditions must be met first.",
            total,
            cluster=cluster,
        )
    return ngettext(
        "%(num)s date accepted by %(cluster)s, not final: conditions must be met first.",
        "%(num)s dates accepted by %(cluster)s, not final: conditions must be met first.",
        count,
        cluster=cluster,
    )


_ACCEPTED = StateWords(
    word=lazy_gettext("accepted, not final"),
    sign="◑",
    colour="asked",
    to_requester=_accepted_to_requester,
    to_owner=_accepted_to_owner,
    requesters_log=_accepted_requesters_log,
    owners_log=_accepted_owners_log,
    in_feed=lambda facility, what: gettext(
        "Accepted, not final: %(facility)s (%(what)s)", facility=facility, what=what
    ),
    feed_line=lazy_gettext("Accepted, not final: conditions must be met first."),
    headline=None,
    partly=lambda count, total: gettext(
        "%(count)s of %(total)s accepted", count=count, total=total
    ),
    waiting=_waits_for_conditions,
)


def _confirmed_to_owner(step: StepDetails) -> str:
    if step.by_rule:
        return gettext("New booking, confirmed by your rule: %(what)s.", what=step.what)
    if step.by_requester:
        return gettext("Proposal accepted by the requester: %(what)s.", what=step.what)
    if step.is_first:
        return gettext("%(actor)s entered: %(what)s.", actor=step.who, what=step.what)
    return gettext("%(actor)s confirmed: %(what)s.", actor=step.who, what=step.what)


def _confirmed_requesters_log(step: StepDetails) -> str:
    if step.by_rule:
        return _confirmed_by_rule(step)
    if step.by_requester:
        return gettext("%(who)s accepted the proposal: %(what)s", who=step.who, what=step.what)
    if step.is_first:
        return gettext("%(who)s entered this booking", who=step.who)
    if step.of_all:
        return gettext("%(who)s confirmed", who=step.who)
    return gettext("%(who)s confirmed: %(what)s", who=step.who, what=step.what)


def _confirmed_owners_log(step: StepDetails) -> str:
    if step.by_rule:
        return _confirmed_by_rule(step)
    if step.by_requester:
        return gettext(
            "%(who)s (the requester) accepted the proposal: %(what)s", who=step.who, what=step.what
        )
    if step.is_first:
        return gettext("%(who)s entered: %(what)s", who=step.who, what=step.what)
    return gettext("%(who)s confirmed: %(what)s", who=step.who, what=step.what)


_CONFIRMED = StateWords(
    word=lazy_gettext("confirmed"),
    sign="✓",
    colour="yes",
    to_requester=_confirmed_to_requester,
    to_owner=_confirmed_to_owner,
    requesters_log=_confirmed_requesters_log,
    owners_log=_confirmed_owners_log,
    in_feed=lambda facility, what: gettext("%(facility)s (%(what)s)", facility=facility, what=what),
    feed_line=lazy_gettext("Confirmed."),
    headline=lambda total, owner: ngettext("Confirmed.", "All %(num)s dates confirmed.", total),
    partly=lambda count, total: gettext(
        "%(count)s of %(total)s confirmed", count=count, total=total
    ),
)


def _declined_to_requester(step: StepDetails) -> str:
    if step.by_requester:
        return gettext(
            "%(actor)s from your organisation declined the proposal: %(what)s.",
            actor=step.who,
            what=step.what,
        )
    return gettext("%(cluster)s declined: %(what)s.", cluster=step.cluster, what=step.what)


def _declined_to_owner(step: StepDetails) -> str:
    if step.by_requester:
        return gettext("Proposal declined by the requester: %(what)s.", what=step.what)
    return gettext("%(actor)s declined: %(what)s.", actor=step.who, what=step.what)


def _declined_owners_log(step: StepDetails) -> str:
    if step.by_requester:
        return gettext(
            "%(who)s (the requester) declined the proposal: %(what)s", who=step.who, what=step.what
        )
    return gettext("%(who)s declined: %(what)s", who=step.who, what=step.what)


def _declined_requesters_log(step: StepDetails) -> str:
    if step.by_requester:
        return gettext("%(who)s declined the proposal: %(what)s", who=step.who, what=step.what)
    if step.of_all:
        return gettext("%(who)s declined", who=step.who)
    return gettext("%(who)s declined: %(what)s", who=step.who, what=step.what)


_DECLINED = StateWords(
    word=lazy_gettext("declined"),
    sign="✕",
    colour="no",
    to_requester=_declined_to_requester,
    to_owner=_declined_to_owner,
    requesters_log=_declined_requesters_log,
    owners_log=_declined_owners_log,
    in_feed=_off,
    feed_line=lazy_gettext("Declined."),
    headline=lambda total, owner: ngettext(
        "%(cluster)s declined.", "%(cluster)s declined all %(num)s dates.", total, cluster=owner
    ),
)


def _withdrawn_to_requester(step: StepDetails) -> str:
    if step.was_proposed:
        return gettext(
            "%(cluster)s withdrew its proposal: %(what)s.", cluster=step.cluster, what=step.what
        )
    return gettext(
        "%(actor)s from your organisation withdrew: %(what)s.", actor=step.who, what=step.what
    )


def _withdrawn_to_owner(step: StepDetails) -> str:
    if step.was_proposed:
        return gettext("%(actor)s withdrew the proposal: %(what)s.", actor=step.who, what=step.what)
    return gettext("Withdrawn by the requester: %(what)s.", what=step.what)


def _withdrawn_owners_log(step: StepDetails) -> str:
    if step.was_proposed and step.by_nobody:
        return gettext("No longer proposed: %(what)s", what=step.what)
    if step.was_proposed:
        return gettext("%(who)s withdrew the proposal: %(what)s", who=step.who, what=step.what)
    return gettext("%(who)s withdrew: %(what)s", who=step.who, what=step.what)


def _withdrawn_requesters_log(step: StepDetails) -> str:
    if step.was_proposed and step.by_nobody:
        return gettext("No longer proposed: %(what)s", what=step.what)
    if step.was_proposed:
        return gettext("%(who)s withdrew the proposal: %(what)s", who=step.who, what=step.what)
    if step.of_all:
        return gettext("%(who)s withdrew the request", who=step.who)
    return gettext("%(who)s withdrew: %(what)s", who=step.who, what=step.what)


_WITHDRAWN = StateWords(
    word=lazy_gettext("withdrawn"),
    sign="↩",
    colour="over",
    to_requester=_withdrawn_to_requester,
    to_owner=_withdrawn_to_owner,
    requesters_log=_withdrawn_requesters_log,
    owners_log=_withdrawn_owners_log,
    in_feed=_off,
    feed_line=lazy_gettext("Withdrawn."),
    headline=lambda total, owner: ngettext("Withdrawn.", "All %(num)s dates withdrawn.", total),
)


def _cancelled_to_requester(step: StepDetails) -> str:
    if step.by_requester:
        return gettext(
            "%(actor)s from your organisation cancelled: %(what)s.", actor=step.who, what=step.what
        )
    return gettext("%(cluster)s cancelled: %(what)s.", cluster=step.cluster, what=step.what)


def _cancelled_to_owner(step: StepDetails) -> str:
    if step.by_requester:
        return gettext("Cancelled by the requester: %(what)s.", what=step.what)
    return gettext("%(actor)s cancelled: %(what)s.", actor=step.who, what=step.what)


def _cancelled_requesters_log(step: StepDetails) -> str:
    if step.of_all:
        return gettext("%(who)s cancelled", who=step.who)
    return gettext("%(who)s cancelled: %(what)s", who=step.who, what=step.what)


def _cancelled_owners_log(step: StepDetails) -> str:
    if step.by_requester:
        return gettext("%(who)s (the requester) cancelled: %(what)s", who=step.who, what=step.what)
    return gettext("%(who)s cancelled: %(what)s", who=step.who, what=step.what)


_CANCELLED = StateWords(
    word=lazy_gettext("cancelled"),
    sign="⊘",
    colour="no",
    to_requester=_cancelled_to_requester,
    to_owner=_cancelled_to_owner,
    requesters_log=_cancelled_requesters_log,
    owners_log=_cancelled_owners_log,
    in_feed=_off,
    feed_line=lazy_gettext("Cancelled."),
    headline=lambda total, owner: ngettext("Cancelled.", "All %(num)s dates cancelled.", total),
)


def _lapsed_to_requester(step: StepDetails) -> str:
    if step.was_proposed:
        return gettext(
            "%(cluster)s's proposal expired: %(what)s.", cluster=step.cluster, what=step.what
        )
    if step.was_waiting:
        return gettext(
            "No longer on the waiting list, as the time did not become free: %(what)s. You can "
            "ask for other times.",
            what=step.what,
        )
    if step.was_accepted:
        return gettext(
            "Expired because conditions were not met in time: %(what)s. You can send a new "
            "request.",
            what=step.what,
        )
    return gettext(
        "Expired because %(cluster)s did not answer in time: %(what)s. You can send a new request.",
        cluster=step.cluster,
        what=step.what,
    )


def _lapsed_to_owner(step: StepDetails) -> str:
    if step.was_proposed:
        return gettext("Proposal expired without an answer: %(what)s.", what=step.what)
    if step.was_waiting:
        return gettext(
            "No longer on the waiting list, as the time did not become free: %(what)s.",
            what=step.what,
        )
    if step.was_accepted:
        return gettext("Expired, conditions not met in time: %(what)s.", what=step.what)
    return gettext("Expired without an answer: %(what)s.", what=step.what)


def _lapsed_log(step: StepDetails) -> str:
    if step.was_proposed:
        return gettext("Proposal expired without an answer: %(what)s", what=step.what)
    if step.was_waiting:
        return gettext(
            "No longer on the waiting list, as the time did not become free: %(what)s",
            what=step.what,
        )
    if step.was_accepted:
        return gettext("Expired, conditions not met in time: %(what)s", what=step.what)
    return gettext("Expired without an answer: %(what)s", what=step.what)


_LAPSED = StateWords(
    word=lazy_gettext("expired"),
    sign="◌",
    colour="over",
    to_requester=_lapsed_to_requester,
    to_owner=_lapsed_to_owner,
    requesters_log=_lapsed_log,
    owners_log=_lapsed_log,
    in_feed=_off,
    feed_line=lazy_gettext("Expired without a final answer."),
    headline=lambda total, owner: gettext(
        "Expired because there was no final answer from %(cluster)s in time.", cluster=owner
    ),
)


def _no_show_requesters_log(step: StepDetails) -> str:
    if step.of_all:
        return gettext("%(who)s recorded a no-show", who=step.who)
    return gettext("%(who)s recorded a no-show: %(what)s", who=step.who, what=step.what)


_NO_SHOW = StateWords(
    word=lazy_gettext("no-show"),
    sign="⊖",
    colour="no",
    to_requester=lambda step: gettext(
        "%(cluster)s recorded that nobody came: %(what)s. If this is wrong, contact them.",
        cluster=step.cluster,
        what=step.what,
    ),
    to_owner=lambda step: gettext(
        "%(actor)s recorded that nobody came: %(what)s.", actor=step.who, what=step.what
    ),
    requesters_log=_no_show_requesters_log,
    owners_log=lambda step: gettext(
        "%(who)s recorded a no-show: %(what)s", who=step.who, what=step.what
    ),
    in_feed=lambda facility, what: gettext("%(facility)s (%(what)s)", facility=facility, what=what),
    feed_line=lazy_gettext("No-show: nobody came."),
    headline=lambda total, owner: ngettext(
        "Nobody came.", "Nobody came on any of the %(num)s dates.", total
    ),
)


def _replaced(step: StepDetails) -> str:
    return gettext("Replaced by another date: %(what)s.", what=step.what)


def _replaced_log(step: StepDetails) -> str:
    return gettext("Replaced by another date: %(what)s", what=step.what)


_REPLACED = StateWords(
    word=lazy_gettext("replaced"),
    sign="⇢",
    colour="over",
    to_requester=_replaced,
    to_owner=_replaced,
    requesters_log=_replaced_log,
    owners_log=_replaced_log,
    in_feed=_off,
    feed_line=lazy_gettext("Replaced by another date."),
    headline=lambda total, owner: ngettext(
        "Replaced by another date.", "All %(num)s dates replaced by others.", total
    ),
)

WORDS: Mapping[State, StateWords] = {
    State.PROPOSED: _PROPOSED,
    State.REQUESTED: _REQUESTED,
    State.WAITING: _WAITING,
    State.ACCEPTED: _ACCEPTED,
    State.CONFIRMED: _CONFIRMED,
    State.DECLINED: _DECLINED,
    State.WITHDRAWN: _WITHDRAWN,
    State.CANCELLED: _CANCELLED,
    State.LAPSED: _LAPSED,
    State.NO_SHOW: _NO_SHOW,
    State.REPLACED: _REPLACED,
}
"""The words of every state."""
