"""The mail of a notice: reference, facility, dates, state and a link.

Mails are stored in other people's systems, so what is confidential stays on the page; titles of
requests are in mails only for those who chose so.
"""

import hashlib
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import gettext, ngettext

from booking.config import Settings
from booking.db.times import zone_or_none
from booking.notices.outbox import OutgoingMail
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
    RoleChanged,
    ShownNotice,
    UndecidableContent,
)
from booking.notices.sentences import facilities_text, leads_to
from booking.rules.catalogue_events import OF_OWNERS, OF_PROPOSALS, CatalogueEventKind
from booking.rules.lifecycle import FIRM, OF_ELSEWHERE, WRITTEN, Event, Side, State
from booking.rules.opening import ONE_DAY
from booking.rules.slots import Slot
from booking.rules.updates import MOST_INVITATIONS
from booking.wording.formats import day_range, days, slot, times, zone_name
from booking.wording.news import NEWS_WORDS
from booking.wording.states import state_word
from booking.wording.translator import language
from booking.wording.zones import same_offset

TIMEOUT_SECONDS = 30
DATES_SHOWN = 20
#: The port on which a mail server speaks TLS from the first byte (RFC 8314).
TLS_FROM_THE_START = 465


@contextmanager
def mail_server(settings: Settings) -> Iterator[smtplib.SMTP]:
    """Give a connection to the mail server, signed in where the settings say so.

    Raises:
        OSError, smtplib.SMTPException: it cannot be reached or refuses to sign us in.
    """
    host, port = settings.smtp_host or "", settings.smtp_port
    context = ssl.create_default_context()
    if settings.smtp_tls and port == TLS_FROM_THE_START:
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    with server:
        if settings.smtp_tls and port != TLS_FROM_THE_START:
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password or "")
        yield server


def letter(mail: OutgoingMail, settings: Settings) -> EmailMessage:
    """Return the mail of a notice or the digest of several, as plain text and as HTML.

    Raises:
        ValueError: its reader may not know what it is about.
    """
    items = [_item(notice, mail, settings) for notice in mail.notices]
    if not items:
        raise ValueError("there is nothing that this reader may know")
    leads = None if mail.is_digest else leads_to(mail.notices[0])
    path = path_of(leads.endpoint, **leads.values) if leads else path_of("notices.updates")
    numbers = ",".join(str(one) for one in mail.notice_ids)
    return written_letter(
        Envelope(mail.account.email, mail.created_at, f"notice:{numbers}"),
        items,
        settings,
        title=_digest_subject(len(items)) if mail.is_digest else items[0].title,
        button=_button(mail, leads_to_page=leads is not None),
        path=path,
        is_digest=mail.is_digest,
    )


@dataclass(frozen=True)
class Envelope:
    """To whom a mail goes, its `Date`, and what tells it from all other mails of this site."""

    address: str
    dated: datetime
    key: str


def written_letter(
    envelope: Envelope,
    items: Sequence["Item"],
    settings: Settings,
    *,
    title: str,
    button: str,
    path: str,
    is_digest: bool = False,
    about_account: bool = False,
) -> EmailMessage:
    """Return a mail that says these things, as plain text and as HTML, with a button to a page.

    `about_account`: it is no update, so it goes out whatever its reader chose.
    """
    content = {
        "title": title,
        "items": items,
        "is_digest": is_digest,
        "about_account": about_account,
        "button": button,
        "url": f"{settings.base_url}{path}",
        "settings_url": f"{settings.base_url}{path_of('notices.choose_delivery')}",
        "language": language(),
    }
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = envelope.address
    message["Subject"] = title
    message["Date"] = format_datetime(envelope.dated)
    message["Message-ID"] = _message_id(envelope.key, settings)
    # RFC 3834: no out-of-office note comes back.
    message["Auto-Submitted"] = "auto-generated"
    # Not `render_template`, which asks for the page and who is signed in.
    templates = current_app.jinja_env
    message.set_content(templates.get_template("notices/mail.txt").render(content))
    html = templates.get_template("notices/mail.html").render(content)
    message.add_alternative(html, subtype="html")
    return message


def _other_times(notice: ShownNotice, settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return where a requester finds other times, if the dates came to nothing by the owner."""
    content = notice.about_booking
    if (
        content is None
        or notice.as_owner
        or content.acted_as == Side.REQUESTER
        or content.event is not Event.STEP
        or content.after not in (State.DECLINED, State.CANCELLED, State.LAPSED)
        or content.before == State.PROPOSED
    ):
        return ()
    path = path_of("requests.other_times", reference=content.reference)
    return ((gettext("Other possible times"), f"{settings.base_url}{path}"),)


@dataclass(frozen=True)
class Item:
    """What a mail says of one thing: pairs (term, fact), and dates under a line of their own."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    dates_in: str = ""
    dates: tuple[str, ...] = ()
    text: str = ""


def _item(notice: ShownNotice, mail: OutgoingMail, settings: Settings) -> Item:
    content = notice.content
    if content is None:
        raise ValueError("there is nothing that this reader may know")
    if isinstance(content, RoleChanged) and content.person is not None:
        return Item(
            gettext("The coordinators of your cluster have changed"),
            text=gettext("Somebody is a coordinator now, or no longer. Your updates say who."),
        )
    if isinstance(content, RoleChanged):
        return Item(
            gettext("Your role has changed"),
            text=gettext("You got a role or lost one. Your updates and your account say which."),
        )
    if isinstance(content, NewMember | MembershipChange | AskingToJoin | NamedStandIn):
        return _about_colleague(content)
    if isinstance(content, MistakeReported):
        return Item(
            gettext("%(facility)s: a reported mistake", facility=content.facility),
            text=gettext("Somebody says that something on its page is wrong. Please look at it."),
        )
    if isinstance(content, MistakeSettled):
        return Item(
            gettext("%(facility)s: what you reported", facility=content.facility),
            text=gettext("Its owner has looked at the mistake that you reported."),
        )
    if isinstance(content, FreeTimeContent):
        return _free_time(content, mail)
    if isinstance(content, CatalogueContent | NewsContent):
        return _news(content)
    about = (
        (gettext("Request"), content.reference),
        (gettext("Facility"), content.facility),
    )
    if isinstance(content, EnquiryContent):
        return _enquiry(content, as_owner=notice.as_owner)
    if isinstance(content, UndecidableContent):
        return Item(
            gettext("%(reference)s: nobody can decide", reference=content.reference),
            about,
            text=gettext("Nobody can decide on it. Add an approver or a coordinator."),
        )
    if content.event in WRITTEN:
        return _message(content, about)
    state = _state(content)
    title = ((gettext("Title"), content.title),) if mail.details else ()
    return Item(
        gettext("%(reference)s: %(state)s", reference=content.reference, state=state),
        (*about, *title, (gettext("State"), state), *_other_times(notice, settings)),
        dates_in=gettext("Dates (%(zone)s)", zone=zone_name(content.zone)),
        dates=tuple(_dates(content.slots, content.zone, zone_or_none(mail.account.time_zone))),
        text=_without_invitations(notice, content, mail) or _arrival(content, mail),
    )


def _news(content: CatalogueContent | NewsContent) -> Item:
    if isinstance(content, CatalogueContent):
        return _catalogue(content)
    words = NEWS_WORDS[content.kind]
    said = (content.name, content.cluster)
    return Item(words.title(*said), text=words.sentence(*said))


def _about_colleague(content: NewMember | MembershipChange | AskingToJoin | NamedStandIn) -> Item:
    """Return what a mail says of a person: not who it is, as it may be read by others."""
    if isinstance(content, NewMember):
        return Item(
            gettext("A new account in your organisation"),
            text=gettext("New account in your organisation: %(name)s.", name=content.organisation),
        )
    if isinstance(content, AskingToJoin):
        return Item(
            gettext("Somebody asks to join your organisation"),
            text=gettext("As a manager you decide. Sign in and open Your organisation."),
        )
    if isinstance(content, MembershipChange) and content.is_reader:
        return Item(
            gettext("Your role in an organisation has changed"),
            text=gettext("What you may do for an organisation has changed. Your updates say how."),
        )
    if isinstance(content, MembershipChange):
        return Item(
            gettext("You look after a colleague's requests"),
            text=gettext(
                "A colleague has left your organisation. You look after their open requests now."
            ),
        )
    return Item(
        gettext("You decide for a colleague"),
        () if content.days is None else ((gettext("Days"), day_range(*content.days)),),
        text=gettext("A colleague is away and named you to decide for them.")
        if content.days
        else gettext("A colleague named you to decide for them, but is not away any more."),
    )


def _without_invitations(notice: ShownNotice, content: NoticeContent, mail: OutgoingMail) -> str:
    """Return what to do with too many confirmed dates for invitations; nothing if they are few."""
    confirmed = content.event is Event.STEP and content.after in FIRM and not notice.as_owner
    if not (mail.invitations and confirmed and len(content.slots) > MOST_INVITATIONS):
        return ""
    return gettext(
        "So many dates at once come without invitations. To have them in your calendar, open the "
        "request and choose “Add to calendar”."
    )


def _arrival(content: NoticeContent, mail: OutgoingMail) -> str:
    """Return how to arrive, which is confidential, or where to read it; nothing if not stated."""
    if content.arrival and mail.details:
        return gettext("How to arrive: %(text)s", text=content.arrival)
    return gettext("How to arrive is on the page of your request.") if content.arrival else ""


def _button(mail: OutgoingMail, *, leads_to_page: bool) -> str:
    if not leads_to_page:
        return gettext("Open your updates")
    content = mail.notices[0].content
    if isinstance(content, NewsContent):
        return NEWS_WORDS[content.kind].button()
    if isinstance(content, EnquiryContent):
        return gettext("Open the question")
    if isinstance(content, MistakeReported):
        return gettext("Open the report")
    if isinstance(content, FreeTimeContent):
        return gettext("Request it")
    if isinstance(mail.notices[0].content, CatalogueContent):
        kind = mail.notices[0].content.kind
        if kind is CatalogueEventKind.CONCEPT_PROPOSED or kind in OF_PROPOSALS:
            return gettext("Open the proposal")
        asked = kind in OF_OWNERS
        return gettext("Look and confirm") if asked else gettext("Show them")
    return gettext("Open the request")


def _enquiry(content: EnquiryContent, *, as_owner: bool) -> Item:
    """Return what a mail says of a message about a facility: that there is one."""
    about = (
        (gettext("Question"), content.reference),
        (gettext("Facility"), content.facility),
    )
    if as_owner:
        return Item(
            gettext("%(reference)s: a question for you", reference=content.reference),
            about,
            text=gettext("There is a question about this facility. Please answer it."),
        )
    return Item(
        gettext("%(reference)s: an answer for you", reference=content.reference),
        about,
        text=gettext("There is an answer to your question."),
    )


def _free_time(content: FreeTimeContent, mail: OutgoingMail) -> Item:
    return Item(
        gettext("Free now: %(facility)s", facility=content.facility),
        ((gettext("Facility"), content.facility),),
        dates_in=gettext("Dates (%(zone)s)", zone=zone_name(content.zone)),
        dates=tuple(_dates((content.slot,), content.zone, zone_or_none(mail.account.time_zone))),
        text=gettext("It is not kept for you: whoever requests it first has it."),
    )


def _catalogue(content: CatalogueContent) -> Item:
    """Return what a mail says of the catalogue: not the name of a search, which is private."""
    if content.kind is CatalogueEventKind.CONCEPT_PROPOSED:
        return Item(
            gettext("A concept was proposed"),
            ((gettext("Concept"), content.name),),
            text=gettext("An owner proposes it for the vocabulary. Please decide."),
        )
    if content.kind in OF_PROPOSALS:
        return Item(
            gettext("Your proposed concept"),
            ((gettext("Concept"), content.name),),
            text=gettext("It was accepted, merged or declined. Your updates say which, and why."),
        )
    if content.kind in OF_OWNERS:
        return Item(
            gettext("Is this still true?"),
            ((gettext("Facilities"), facilities_text(content.facilities)),),
            text=gettext(
                "Nobody has confirmed for a year what the public pages say. Have a look: one "
                "press confirms it."
            ),
        )
    return Item(
        gettext("New facilities for a saved search"),
        ((gettext("Facilities"), facilities_text(content.facilities)),)
        if content.facilities
        else (),
        text=gettext("One of your saved searches finds something new."),
    )


def _digest_subject(number: int) -> str:
    return ngettext("%(num)d update", "%(num)d updates", number)


def path_of(endpoint: str, **values: str) -> str:
    """Return the path of a page, outside of any request."""
    return current_app.url_map.bind("").build(endpoint, values)


def _message(content: NoticeContent, about: tuple[tuple[str, str], ...]) -> Item:
    """Return what a mail says of a message: that there is one, and nothing of its text."""
    if content.event is Event.QUESTION:
        text = gettext("There is a question for you. Please answer it.")
        title = gettext("%(reference)s: a question for you", reference=content.reference)
    elif content.event is Event.ANSWER:
        text = gettext("There is an answer to your question.")
        title = gettext("%(reference)s: an answer for you", reference=content.reference)
    else:
        text = gettext("There is a message for you.")
        title = gettext("%(reference)s: a message for you", reference=content.reference)
    return Item(title, about, text=text)


def _state(content: NoticeContent) -> str:
    """Return the state of the dates after the change, and what else happened to them."""
    state = state_word(content.after)
    if content.event is Event.ARRIVING:
        return gettext("%(state)s, coming up", state=state)
    if content.event is Event.AFFECTED:
        return gettext("%(state)s, affected by a closure or new hours", state=state)
    if content.event is Event.LIFTED:
        return gettext("%(state)s, no longer affected", state=state)
    if content.event is Event.CHANGED:
        return gettext("%(state)s, changed by the requester", state=state)
    if content.event in OF_ELSEWHERE:
        return gettext("%(state)s, and another facility instead", state=state)
    if content.before is None and content.has_changes:
        return gettext("%(state)s, a change of a booking", state=state)
    if content.event is Event.KEPT:
        return gettext("%(state)s, goes ahead despite the closure", state=state)
    if content.event is Event.OPENED:
        return gettext("%(state)s, read by an administrator", state=state)
    if content.event is Event.OVERDUE or (
        content.event is Event.REMINDED and content.acted_as == Side.REQUESTER
    ):
        return gettext("%(state)s, answer overdue", state=state)
    if content.event is Event.REMINDED:
        return gettext("%(state)s, waiting for your answer", state=state)
    return state


def _dates(slots: Sequence[Slot], zone: ZoneInfo, readers_zone: ZoneInfo | None) -> list[str]:
    """Return the dates in the facility's time, and the reader's beside it where it differs."""
    shown = slots[:DATES_SHOWN]
    lines = [date_line(one, zone, readers_zone) for one in shown]
    if more := len(slots) - len(shown):
        lines.append(ngettext("and %(num)d more date", "and %(num)d more dates", more))
    return lines


def date_line(one: Slot, zone: ZoneInfo, readers_zone: ZoneInfo | None) -> str:
    """Return a date in the facility's time, and the reader's beside it where it differs."""
    if readers_zone is None or same_offset(zone, readers_zone, one.starts_at):
        return slot(one, zone)
    theirs, readers = days(one, zone), days(one, readers_zone)
    same_day = theirs == readers and one.ends_at - one.starts_at < ONE_DAY
    write = times if same_day else slot
    return gettext(
        "%(date)s (%(readers_date)s, %(zone)s)",
        date=slot(one, zone),
        readers_date=write(one, readers_zone),
        zone=zone_name(readers_zone),
    )


def _message_id(key: str, settings: Settings) -> str:
    """Return the same id at each try, so that a mail sent twice is shown once.

    Hashed with our secret key: a plain number would reveal how many notices there are.
    """
    text = f"{settings.secret_key}:{key}"
    host = urlsplit(settings.base_url).hostname
    return f"<{hashlib.sha256(text.encode()).hexdigest()[:32]}@{host}>"
