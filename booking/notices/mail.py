"""The mail of a notice: reference, facility, dates, state and a link, nothing else.

Mails are stored in other people's systems, so what is confidential stays on the page.
"""

import hashlib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext, ngettext

from booking.config import Settings
from booking.notices.outbox import OutgoingMail
from booking.notices.queries import NewMember, NoticeContent, UndecidableContent
from booking.notices.sentences import leads_to
from booking.rules.lifecycle import Event
from booking.wording.formats import slot, zone_name
from booking.wording.states import state_word

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
    """Return the mail of a notice.

    Raises:
        ValueError: its reader may not know what it is about.
    """
    content = mail.notice.content
    if content is None:
        raise ValueError("there is nothing that this reader may know")
    endpoint, reference = leads_to(mail.notice) or ("notices.updates", None)
    path = current_app.url_map.bind("").build(
        endpoint, {"reference": reference} if reference else {}
    )
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = mail.email
    message["Subject"], lines = _text(content)
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = _message_id(mail, settings)
    # RFC 3834: no out-of-office note comes back.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        "\n".join(
            [
                *lines,
                "",
                gettext("Open: %(url)s", url=f"{settings.base_url}{path}"),
                "",
                gettext("You need to sign in to open it. Please do not reply to this e-mail."),
            ]
        )
    )
    return message


def _text(content: NoticeContent | UndecidableContent | NewMember) -> tuple[str, list[str]]:
    """Return the subject and the lines of the mail."""
    if isinstance(content, NewMember):
        # No name: the mail may be read by others.
        text = gettext("New account in your organisation: %(name)s.", name=content.organisation)
        return gettext("A new account in your organisation"), [text]
    if isinstance(content, UndecidableContent):
        subject = gettext("%(reference)s: nobody can decide", reference=content.reference)
        return subject, [
            gettext("Request %(reference)s", reference=content.reference),
            gettext("Facility: %(facility)s", facility=content.facility),
            gettext("Nobody can decide on it. Add an approver or a coordinator."),
        ]
    state = _state(content)
    subject = gettext("%(reference)s: %(state)s", reference=content.reference, state=state)
    return subject, [
        gettext("Request %(reference)s", reference=content.reference),
        gettext("Facility: %(facility)s", facility=content.facility),
        gettext("State: %(state)s", state=state),
        *_dates(content),
    ]


def _state(content: NoticeContent) -> str:
    """Return the state of the dates after the change, and what else happened to them."""
    state = state_word(content.after)
    if content.event is Event.AFFECTED:
        return gettext("%(state)s, affected by a closure or new hours", state=state)
    if content.event is Event.LIFTED:
        return gettext("%(state)s, no longer affected", state=state)
    if content.event is Event.KEPT:
        return gettext("%(state)s, goes ahead despite the closure", state=state)
    return state


def _dates(content: NoticeContent) -> list[str]:
    shown = content.slots[:DATES_SHOWN]
    lines = [gettext("Dates (%(zone)s):", zone=zone_name(content.zone))]
    lines += [f"- {slot(one, content.zone)}" for one in shown]
    if more := len(content.slots) - len(shown):
        lines.append(ngettext("and %(num)d more date", "and %(num)d more dates", more))
    return lines


def _message_id(mail: OutgoingMail, settings: Settings) -> str:
    """Return the same id at each try, so that a mail sent twice is shown once.

    Hashed with our key: a plain number would reveal how many notices there are.
    """
    text = f"{settings.secret_key}:notice:{mail.notice_id}"
    host = urlsplit(settings.base_url).hostname
    return f"<{hashlib.sha256(text.encode()).hexdigest()[:32]}@{host}>"
