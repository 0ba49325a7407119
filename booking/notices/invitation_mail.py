"""The mail of an invitation: what a notice says, and a part for the reader's calendar program."""

from email.message import EmailMessage
from zoneinfo import ZoneInfo

from flask_babel import gettext

from booking.config import Settings
from booking.db.times import zone_or_none
from booking.feeds.events import REFERENCE, invitation, site_at
from booking.feeds.ical import Method, Party
from booking.notices.invitations import OutgoingInvitation
from booking.notices.mail import Envelope, Item, date_line, path_of, written_letter
from booking.rules.lifecycle import OPEN
from booking.rules.slots import Slot
from booking.wording.formats import days, zone_name
from booking.wording.states import state_word
from booking.wording.translator import language


def invitation_letter(mail: OutgoingInvitation, settings: Settings) -> EmailMessage:
    """Return the mail that puts a date into the reader's calendar, changes it there or removes it.

    The calendar's part comes last, as what a program shows that understands all of them, and is
    no attachment: Outlook takes it as an invitation only so (RFC 6047, MS-STANOICAL).

    Raises:
        ValueError: an address is none.
    """
    date, zone = mail.date, ZoneInfo(mail.date.time_zone)
    slot, state = Slot(date.starts_at, date.ends_at), _state(mail)
    item = Item(
        gettext("%(reference)s: %(state)s", reference=date.reference, state=state),
        (
            (gettext("Request"), date.reference),
            (gettext("Facility"), date.facility),
            *(((gettext("Title"), date.title),) if date.title else ()),
            (gettext("State"), state),
        ),
        dates_in=gettext("Date (%(zone)s)", zone=zone_name(zone)),
        dates=(date_line(slot, zone, zone_or_none(mail.account.time_zone)),),
        text=gettext("This e-mail removes the date from your calendar.")
        if mail.method is Method.CANCEL
        else gettext("This e-mail puts the date into your calendar. You need not answer it."),
    )
    message = written_letter(
        Envelope(
            mail.account.email,
            date.changed_at,
            f"invitation:{mail.id}:{mail.method}:{date.revision}",
        ),
        [item],
        settings,
        title=gettext(
            "%(reference)s: %(state)s, %(day)s",
            reference=date.reference,
            state=state,
            day=days(slot, zone),
        ),
        button=gettext("Open the request"),
        path=path_of("requests.show", reference=date.reference),
    )
    (sender,) = message["From"].addresses
    text = invitation(
        mail.method,
        date,
        site_at(settings.base_url, path_of("requests.show", reference=REFERENCE), str(language())),
        organizer=Party(sender.addr_spec, sender.display_name),
        attendee=Party(mail.account.email),
    )
    # Bytes in Base64: neither the library nor a server on the way changes the ends of lines.
    message.add_alternative(
        text,
        maintype="text",
        subtype="calendar",
        cte="base64",
        params={"charset": "utf-8", "method": str(mail.method)},
    )
    return message


def _state(mail: OutgoingInvitation) -> str:
    """Return what has become of the date, in words."""
    if mail.method is Method.CANCEL and mail.date.state in OPEN:
        return gettext("no longer confirmed")
    if mail.is_change and mail.method is Method.REQUEST:
        return gettext("changed")
    return state_word(mail.date.state)
