"""Notices in words: one sentence for each, and the page that it links to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext, ngettext

from booking.accounts.account_log import AccountEvent
from booking.notices.queries import (
    AskingToJoin,
    CatalogueContent,
    EnquiryContent,
    FreeTimeContent,
    MembershipChange,
    MistakeReported,
    MistakeSettled,
    NamedStandIn,
    NewMember,
    NewsContent,
    NoticeContent,
    OtherContent,
    RoleChanged,
    ShownNotice,
    UndecidableContent,
)
from booking.rules.catalogue_events import OF_OWNERS, OF_PROPOSALS, CatalogueEventKind
from booking.rules.lifecycle import WRITTEN, Audience, Event, Side, State
from booking.rules.slots import Slot
from booking.wording.concepts import concept_word
from booking.wording.dates import dates_text
from booking.wording.formats import day_range, listed, zone_name
from booking.wording.names import isolated
from booking.wording.news import NEWS_WORDS
from booking.wording.roles import ROLE_WORDS, colleague_text
from booking.wording.states import StepDetails, StepText, words_of

#: So many facilities are named in one sentence.
NAMES_SHOWN = 5


def sentence(notice: ShownNotice, readers_zone: ZoneInfo) -> str:
    """Return what happened in one sentence, without what its reader may no longer know.

    Dates are in the facility's time, which is named where it differs from the reader's. Where an
    owner acted who works for organisations, a second sentence says for which.
    """
    said = _sentence(notice, readers_zone)
    content = notice.content
    if not isinstance(content, NoticeContent) or not content.works_for:
        return said
    return gettext(
        "%(said)s The person who did this works for %(organisation)s.",
        said=said,
        organisation=listed(isolated(one) for one in content.works_for),
    )


def _sentence(notice: ShownNotice, readers_zone: ZoneInfo) -> str:
    content = notice.content
    if content is None:
        if notice.audience is Audience.MEMBER:
            return gettext("Something changed in an organisation that you no longer belong to.")
        return gettext("Something changed in a booking that you can no longer see.")
    if not isinstance(content, NoticeContent):
        return _of_no_booking(content, readers_zone, as_owner=notice.as_owner)
    if content.event in WRITTEN:
        return _message(content, as_owner=notice.as_owner)
    dates = _dates(content.slots, content.zone, readers_zone)
    what = gettext("%(facility)s, %(dates)s", facility=content.facility, dates=dates)
    if not notice.as_owner:
        return _sentence_to_requester(content, what)
    if content.organisation:
        what = gettext(
            "%(what)s (%(organisation)s)", what=what, organisation=isolated(content.organisation)
        )
    else:
        what = gettext("%(what)s (own use)", what=what)
    return _sentence_to_owner(content, what)


def _of_no_booking(content: OtherContent, readers_zone: ZoneInfo, *, as_owner: bool) -> str:
    """Return what happened, for what is not a line of a booking's log."""
    if isinstance(content, NewMember):
        return _new_member(content)
    if isinstance(content, NamedStandIn | MistakeReported | MistakeSettled):
        return _of_person(content)
    if isinstance(content, EnquiryContent | NewsContent):
        return _message_or_news(content, as_owner=as_owner)
    if isinstance(content, FreeTimeContent):
        return _free_time(content, readers_zone)
    if isinstance(content, CatalogueContent):
        return _catalogue(content)
    if isinstance(content, UndecidableContent):
        return gettext(
            "Nobody can decide on request %(reference)s for %(facility)s. Add an approver "
            "or a coordinator of %(cluster)s, or ask its coordinators to do so.",
            reference=content.reference,
            facility=content.facility,
            cluster=content.cluster,
        )
    return _membership_change(content)


def _catalogue(content: CatalogueContent) -> str:
    if content.kind in OF_OWNERS:
        return _still_true(content)
    if content.kind is CatalogueEventKind.CONCEPT_PROPOSED or content.kind in OF_PROPOSALS:
        return _proposal(content)
    if not content.name:
        return gettext("New facilities matched a search that you have deleted.")
    if not content.facilities:
        return gettext(
            "New facilities matched your saved search “%(name)s”, and are not listed any more.",
            name=isolated(content.name),
        )
    return ngettext(
        "%(num)s new facility for your saved search “%(name)s”: %(facilities)s.",
        "%(num)s new facilities for your saved search “%(name)s”: %(facilities)s.",
        len(content.facilities),
        name=isolated(content.name),
        facilities=facilities_text(content.facilities),
    )


def _proposal(content: CatalogueContent) -> str:
    name = isolated(content.name)
    match content.kind:
        case CatalogueEventKind.CONCEPT_PROPOSED:
            return gettext("An owner proposes the concept “%(name)s”. Please decide.", name=name)
        case CatalogueEventKind.CONCEPT_ACCEPTED:
            return gettext("The concept “%(name)s” that you proposed was accepted.", name=name)
        case CatalogueEventKind.CONCEPT_MERGED:
            return gettext(
                "The concept “%(name)s” that you proposed means the same as “%(other)s”, which "
                "takes its place.",
                name=name,
                other=concept_word(content.merged_into),
            )
        case _:
            return gettext(
                "The concept “%(name)s” that you proposed was declined: %(why)s",
                name=name,
                why=isolated(content.answer),
            )


def _still_true(content: CatalogueContent) -> str:
    if not content.facilities:
        return gettext("You were asked about facilities that are not listed any more.")
    names = facilities_text(content.facilities)
    if content.kind is CatalogueEventKind.STILL_TRUE_REMINDER:
        return ngettext(
            "Reminder: is what the public page says still true? Nobody has confirmed it for a "
            "year: %(facilities)s.",
            "Reminder: is what the public pages say still true? Nobody has confirmed it for a "
            "year: %(facilities)s.",
            len(content.facilities),
            facilities=names,
        )
    return ngettext(
        "Is what the public page says still true? Nobody has confirmed it for a year: "
        "%(facilities)s.",
        "Is what the public pages say still true? Nobody has confirmed it for a year: "
        "%(facilities)s.",
        len(content.facilities),
        facilities=names,
    )


def facilities_text(names: Sequence[str]) -> str:
    """Return the names of facilities in a row, of many the first ones and how many more."""
    if len(names) <= NAMES_SHOWN:
        return listed(names)
    more = len(names) - NAMES_SHOWN
    rest = ngettext("%(num)s more", "%(num)s more", more)
    return listed([*names[:NAMES_SHOWN], rest])


def _membership_change(content: MembershipChange | AskingToJoin | RoleChanged) -> str:
    if isinstance(content, RoleChanged):
        if content.person is not None:
            return colleague_text(
                _actor(content.actor),
                isolated(content.person),
                content.where,
                was_given=content.was_given,
            )
        words = ROLE_WORDS[content.kind]
        said = words.given if content.was_given else words.taken
        return said(_actor(content.actor), content.where)
    if isinstance(content, AskingToJoin) and content.members_may_object:
        return gettext(
            "%(coordinator)s wants to let somebody join %(organisation)s, which nobody manages. "
            "You have three working days to object: see Your organisation.",
            organisation=isolated(content.organisation),
            coordinator=isolated(content.coordinator),
        )
    if isinstance(content, AskingToJoin):
        return gettext(
            "Somebody asks to join %(organisation)s, passed on by %(coordinator)s. Only its "
            "managers can accept: see Your organisation.",
            organisation=isolated(content.organisation),
            coordinator=isolated(content.coordinator),
        )
    organisation = isolated(content.organisation)
    actor = _actor(content.actor)
    if content.event is AccountEvent.MERGED:
        return gettext(
            "%(actor)s merged a duplicate of %(organisation)s into it. Everybody who worked for "
            "either now works for %(organisation)s, and sees the requests of both.",
            actor=actor,
            organisation=organisation,
        )
    if content.event is AccountEvent.MANAGER_NAMED:
        return gettext(
            "%(actor)s made you a manager of %(organisation)s. You decide who works there.",
            actor=actor,
            organisation=organisation,
        )
    if content.event is AccountEvent.MANAGER_REMOVED:
        return gettext(
            "%(actor)s made you a member of %(organisation)s again. You no longer manage it.",
            actor=actor,
            organisation=organisation,
        )
    if content.is_reader:
        return gettext(
            "%(actor)s removed you from %(organisation)s. Your calendar links there have ended.",
            actor=actor,
            organisation=organisation,
        )
    if content.event is AccountEvent.DEACTIVATED:
        return gettext(
            "The account of %(person)s was deactivated. You look after their open requests at "
            "%(organisation)s now and get the updates about them.",
            person=isolated(content.name),
            organisation=organisation,
        )
    return gettext(
        "%(person)s no longer works for %(organisation)s. You look after their open requests "
        "now and get the updates about them.",
        person=isolated(content.name),
        organisation=organisation,
    )


def _actor(name: str | None) -> str:
    """Return who did something, to begin a sentence with; None: the operator."""
    return isolated(name) if name else gettext("The operator of this site")


def _named_stand_in(content: NamedStandIn) -> str:
    person = isolated(content.person)
    if content.days is None:
        return gettext(
            "%(person)s named you to decide for them, but is not away any more.", person=person
        )
    return gettext(
        "%(person)s is away (%(days)s) and named you to decide for them. On these days their "
        "requests are in your inbox.",
        person=person,
        days=day_range(*content.days),
    )


def _of_person(content: NamedStandIn | MistakeReported | MistakeSettled) -> str:
    if isinstance(content, NamedStandIn):
        return _named_stand_in(content)
    if isinstance(content, MistakeReported):
        return gettext(
            "%(person)s reported a mistake on the page of %(facility)s.",
            person=isolated(content.person),
            facility=content.facility,
        )
    words = {"cluster": content.cluster, "facility": content.facility}
    if content.was_corrected:
        return gettext(
            "%(cluster)s corrected what you reported on the page of %(facility)s. Thank you.",
            **words,
        )
    return gettext(
        "%(cluster)s looked at what you reported on the page of %(facility)s, and leaves it as it "
        "is.",
        **words,
    )


def _dates(slots: Sequence[Slot], zone: ZoneInfo, readers_zone: ZoneInfo) -> str:
    """Return dates in the facility's time, which is named where it differs from the reader's."""
    dates = dates_text(slots, zone)
    if _differs(slots, zone, readers_zone):
        return gettext("%(dates)s, %(zone)s", dates=dates, zone=zone_name(zone))
    return dates


def _free_time(content: FreeTimeContent, readers_zone: ZoneInfo) -> str:
    return gettext(
        "Free now: %(facility)s, %(dates)s. Request it before others do.",
        facility=content.facility,
        dates=_dates((content.slot,), content.zone, readers_zone),
    )


def _new_member(content: NewMember) -> str:
    if content.let_in_by is not None and content.by_colleague:
        return gettext(
            "%(person)s joined %(organisation)s and can now see all of its requests. "
            "%(manager)s invited them. If this is wrong, tell a manager.",
            person=isolated(content.name),
            organisation=isolated(content.organisation),
            manager=isolated(content.let_in_by),
        )
    if content.let_in_by is None or content.cluster is None:
        return gettext(
            "%(person)s joined %(organisation)s and can now see all of its requests. If "
            "this is wrong, contact your coordinator.",
            person=isolated(content.name),
            organisation=isolated(content.organisation),
        )
    return gettext(
        "%(person)s joined %(organisation)s and can now see all of its requests. The "
        "account was approved by %(coordinator)s, coordinator of %(cluster)s. If this is "
        "wrong, contact them.",
        person=isolated(content.name),
        organisation=isolated(content.organisation),
        coordinator=isolated(content.let_in_by),
        cluster=content.cluster,
    )


def _message_or_news(content: EnquiryContent | NewsContent, *, as_owner: bool) -> str:
    if isinstance(content, NewsContent):
        return NEWS_WORDS[content.kind].sentence(content.name, content.cluster)
    if as_owner:
        return gettext(
            "%(who)s asks about %(facility)s.",
            who=isolated(content.author),
            facility=content.facility,
        )
    return gettext(
        "%(cluster)s answered your question about %(facility)s.",
        cluster=content.cluster,
        facility=content.facility,
    )


def _message(content: NoticeContent, *, as_owner: bool) -> str:
    """Return that there is a message, a question or an answer; never what it says."""
    words = {
        "who": isolated(content.actor or "") if as_owner else content.cluster,
        "facility": content.facility,
    }
    if content.event is Event.QUESTION:
        return gettext("%(who)s needs an answer from you about %(facility)s.", **words)
    if content.event is Event.ANSWER:
        return gettext("%(who)s answered your question about %(facility)s.", **words)
    return gettext("%(who)s sent you a message about %(facility)s.", **words)


def _sentence_to_requester(content: NoticeContent, what: str) -> str:
    text = _EVENTS_TO_REQUESTERS.get(content.event) or words_of(content.after).to_requester
    return text(_step_details(content, what))


def _sentence_to_owner(content: NoticeContent, what: str) -> str:
    text = _EVENTS_TO_OWNERS.get(content.event) or words_of(content.after).to_owner
    return text(_step_details(content, what))


def _step_details(content: NoticeContent, what: str) -> StepDetails:
    return StepDetails(
        what=what,
        who=isolated(content.actor or ""),
        cluster=content.cluster,
        side=content.acted_as,
        is_first=content.before is None,
        was_proposed=content.before == State.PROPOSED,
        was_waiting=content.before == State.WAITING,
        was_accepted=content.before == State.ACCEPTED,
        asks_for_change=content.before is None and content.has_changes,
        instead_at=content.instead_at,
    )


def _differs(slots: Sequence[Slot], zone: ZoneInfo, readers_zone: ZoneInfo) -> bool:
    return any(
        one.starts_at.astimezone(readers_zone).utcoffset()
        != one.starts_at.astimezone(zone).utcoffset()
        for one in slots
    )


@dataclass(frozen=True)
class Link:
    """The page about a notice: its view, and what its address takes.

    `marks_read`: opening the page marks the notice as read.
    """

    endpoint: str
    values: Mapping[str, Any]
    marks_read: bool = True


def leads_to(notice: ShownNotice) -> Link | None:
    """Return the page about it; None: there is none for the reader."""
    if isinstance(notice.content, NewsContent):
        words = NEWS_WORDS[notice.content.kind]
        values = {words.argument: notice.content.key}
        return Link(words.endpoint, values, words.is_read_there)
    found = _other_page(notice)
    return Link(*found) if found else None


def _other_page(notice: ShownNotice) -> tuple[str, dict[str, str]] | None:
    if isinstance(notice.content, MistakeReported):
        return "manage.reports", {"slug": notice.content.slug}
    if isinstance(notice.content, EnquiryContent):
        asked = "enquiries.received_one" if notice.as_owner else "enquiries.sent_one"
        return asked, {"reference": notice.content.reference}
    if isinstance(notice.content, FreeTimeContent):
        return "alerts.request_it", {"reference": notice.content.key}
    if isinstance(notice.content, CatalogueContent):
        return _leads_to_catalogue(notice.content)
    content = notice.about_booking
    if content is None:
        return None
    endpoint = "decisions.show" if notice.as_owner else "requests.show"
    return endpoint, {"reference": content.reference}


def _leads_to_catalogue(content: CatalogueContent) -> tuple[str, dict[str, str]] | None:
    reference = {"reference": content.reference}
    if content.kind is CatalogueEventKind.CONCEPT_PROPOSED:
        return "admin.concept", {"reference": content.reference}
    if content.kind in OF_PROPOSALS:
        return "manage.proposal", {"reference": content.reference}
    if content.kind in OF_OWNERS:
        return "manage.completeness", reference
    return ("saved.open_search", reference) if content.name else None


_EVENTS_TO_REQUESTERS: dict[Event, StepText] = {
    Event.AFFECTED: lambda step: gettext(
        "Your booking is affected by a closure or new hours: %(what)s. %(cluster)s will "
        "decide and let you know.",
        what=step.what,
        cluster=step.cluster,
    ),
    Event.LIFTED: lambda step: gettext(
        "Your booking is no longer affected: %(what)s.", what=step.what
    ),
    Event.CHANGED: lambda step: gettext(
        "%(actor)s from your organisation changed the request: %(what)s.",
        actor=step.who,
        what=step.what,
    ),
    Event.OPENED: lambda step: gettext(
        "An administrator of this site reads your booking: %(what)s.", what=step.what
    ),
    Event.ARRIVING: lambda step: gettext("Your booking is coming up: %(what)s.", what=step.what),
    Event.KEPT: lambda step: gettext(
        "%(cluster)s decided that your booking goes ahead despite the closure: %(what)s.",
        cluster=step.cluster,
        what=step.what,
    ),
    Event.CONDITION_MET: lambda step: gettext(
        "%(cluster)s checked a condition of your booking and found it met: %(what)s.",
        cluster=step.cluster,
        what=step.what,
    ),
    Event.CONDITION_NOT_YET: lambda step: gettext(
        "%(cluster)s checked a condition of your booking and found something missing: %(what)s.",
        cluster=step.cluster,
        what=step.what,
    ),
    Event.CONDITION_WAIVED: lambda step: gettext(
        "%(cluster)s waived a condition of your booking: %(what)s.",
        cluster=step.cluster,
        what=step.what,
    ),
}
_EVENTS_TO_OWNERS: dict[Event, StepText] = {
    Event.OPENED: lambda step: gettext(
        "%(actor)s, an administrator of this site, reads a booking: %(what)s.",
        actor=step.who,
        what=step.what,
    ),
    Event.AFFECTED: lambda step: gettext(
        "%(actor)s changed closures or hours. Affected, needs a decision: %(what)s.",
        actor=step.who,
        what=step.what,
    ),
    Event.LIFTED: lambda step: gettext(
        "%(actor)s changed closures or hours. No longer affected: %(what)s.",
        actor=step.who,
        what=step.what,
    ),
    Event.KEPT: lambda step: gettext(
        "%(actor)s keeps despite the closure: %(what)s.", actor=step.who, what=step.what
    ),
    Event.REMINDED: lambda step: (
        gettext(
            "%(requester)s asks for the answer, which is overdue: %(what)s.",
            requester=step.who,
            what=step.what,
        )
        if step.side == Side.REQUESTER
        else gettext("Half of the time to answer has passed: %(what)s.", what=step.what)
    ),
    Event.CHANGED: lambda step: gettext(
        "Changed by the requester, no answer needed: %(what)s.", what=step.what
    ),
    Event.OVERDUE: lambda step: gettext("The answer is overdue: %(what)s.", what=step.what),
    Event.ELSEWHERE_PROPOSED: lambda step: gettext(
        "%(actor)s proposed another facility instead of: %(what)s.",
        actor=step.who,
        what=step.what,
    ),
    Event.ELSEWHERE_REQUESTED: lambda step: gettext(
        "The requester asks for a date at another facility instead of: %(what)s.", what=step.what
    ),
    Event.ELSEWHERE_ACCEPTED: lambda step: gettext(
        "Both sides agreed on another facility, which is not final yet. Until then this stays: "
        "%(what)s.",
        what=step.what,
    ),
    Event.ELSEWHERE_CONFIRMED: lambda step: gettext(
        "Moved to another facility; this is free again: %(what)s.", what=step.what
    ),
    Event.ELSEWHERE_ENDED: lambda step: gettext(
        "Another facility is no longer proposed or asked for instead of: %(what)s.",
        what=step.what,
    ),
    Event.CONDITION_DONE: lambda step: gettext(
        "%(actor)s marked a condition as done. Check it: %(what)s.",
        actor=step.who,
        what=step.what,
    ),
    Event.CONDITION_MISSED: lambda step: gettext(
        "A condition was not met in time. The booking stays confirmed; decide what to do: "
        "%(what)s.",
        what=step.what,
    ),
}
