"""Mails about accounts in words: links to choose a password or confirm an address, and news."""

from dataclasses import dataclass
from email.message import EmailMessage

from flask_babel import gettext, lazy_gettext

from booking.accounts.account_mail import AccountMailKind
from booking.accounts.email_service import CONFIRMATION_LASTS
from booking.accounts.invitation_service import INVITATION_LASTS
from booking.accounts.reset_service import RESET_LASTS
from booking.accounts.service import LINK_LASTS
from booking.config import Settings
from booking.db import clock
from booking.notices.account_outbox import OutgoingAccountMail
from booking.notices.mail import Envelope, Item, path_of, written_letter
from booking.wording.names import isolated
from booking.wording.second_factors import coming_text, withheld_text

_SIGN_IN_NEWS = {
    AccountMailKind.FACTOR_ADDED: (
        lazy_gettext("A second step was added to your sign-in"),
        lazy_gettext(
            "From now on signing in to your account takes it. If it was not you, choose a "
            "new password now and tell the coordinator of your cluster."
        ),
        lazy_gettext("It was not me: choose a new password"),
    ),
    AccountMailKind.FACTOR_REMOVED: (
        lazy_gettext("A second step was removed from your sign-in"),
        lazy_gettext(
            "It is not asked for any more when you sign in, and does not work any more. If "
            "you did not want this, choose a new password now and set it up again."
        ),
        lazy_gettext("I did not want this: choose a new password"),
    ),
    AccountMailKind.RECOVERY_CODE_USED: (
        lazy_gettext("A recovery code was used to sign in"),
        lazy_gettext(
            "That code does not work any more. If you have lost your second step, set up a "
            "new one and remove the old. If it was not you, choose a new password now."
        ),
        lazy_gettext("It was not me: choose a new password"),
    ),
    AccountMailKind.NEW_BROWSER: (
        lazy_gettext("Somebody signed in to your account in a new browser"),
        lazy_gettext(
            "It is a browser in which you have not signed in before, or one that has "
            "forgotten it. If it was you, you need not do anything. If not, choose a new "
            "password now: that signs everybody out. Under “Your account” you see where "
            "you are signed in."
        ),
        lazy_gettext("It was not me: choose a new password"),
    ),
    AccountMailKind.IDENTITY_LINKED: (
        lazy_gettext("A new way to sign in to your account"),
        lazy_gettext(
            "An account at a sign-in provider was linked to your account: whoever has it "
            "can sign in with it. If it was not you, unlink it, and choose a new password."
        ),
        lazy_gettext("See how you sign in"),
    ),
    AccountMailKind.IDENTITIES_UNLINKED: (
        lazy_gettext("Your sign-in providers were unlinked"),
        lazy_gettext(
            "A new password was chosen with a mailed link, or your second step was removed. To be "
            "safe, accounts at sign-in providers that were linked to your account no longer sign "
            "in to it. Link yours again if you want to use it."
        ),
        lazy_gettext("See how you sign in"),
    ),
    AccountMailKind.WRONG_CODES: (
        lazy_gettext("Wrong codes were entered after your password"),
        lazy_gettext(
            "Somebody entered your password, and then too many wrong codes. They were not "
            "signed in. If it was not you, somebody knows your password: choose a new one "
            "now."
        ),
        lazy_gettext("It was not me: choose a new password"),
    ),
}


@dataclass(frozen=True)
class _Words:
    """What a mail says, and the page to which its button leads."""

    title: str
    text: str
    button: str
    path: str


def account_letter(mail: OutgoingAccountMail, settings: Settings) -> EmailMessage:
    """Return the mail, as plain text and as HTML."""
    words = _words(mail)
    return written_letter(
        Envelope(mail.address, mail.created_at, f"account:{mail.id}"),
        [Item(words.title, text=words.text)],
        settings,
        title=words.title,
        button=words.button,
        path=words.path,
        about_account=True,
    )


def _words(mail: OutgoingAccountMail) -> _Words:
    match mail.kind:
        case AccountMailKind.RESET:
            return _reset(mail)
        case AccountMailKind.WELCOME:
            return _Words(
                gettext("You have an account"),
                gettext(
                    "Your account is ready. Choose your password with this link. It "
                    "works once, within %(days)s days; after that you get a new one on the "
                    "sign-in page, under “Forgotten your password?”.",
                    days=LINK_LASTS.days,
                ),
                gettext("Choose your password"),
                path_of("accounts.welcome", token=mail.token),
            )
        case AccountMailKind.PASSWORD_CHANGED:
            return _Words(
                gettext("Your password was changed"),
                gettext(
                    "You have been signed out in all other browsers. If it was not you, choose "
                    "a new password now."
                ),
                gettext("It was not me: choose a new password"),
                path_of("accounts.forgotten_password"),
            )
        case AccountMailKind.CONFIRM_EMAIL:
            return _confirm(mail)
        case AccountMailKind.EMAIL_CHANGING:
            return _Words(
                gettext("Your e-mail address is about to change"),
                gettext(
                    "Somebody who knows your password wants to use %(email)s instead of this "
                    "address. It changes once it has been confirmed there. If it was not you, "
                    "choose a new password now; that also stops the change.",
                    email=mail.new_email,
                ),
                gettext("It was not me: choose a new password"),
                path_of("accounts.forgotten_password"),
            )
        case AccountMailKind.INVITATION:
            return _Words(
                gettext("Invitation to %(organisation)s", organisation=isolated(mail.organisation)),
                gettext(
                    "%(person)s invites you to work for %(organisation)s on this site. With this "
                    "link you accept or decline, within %(days)s days. It works for this e-mail "
                    "address only, whether or not you have an account. If you do not know this "
                    "organisation, you need not do anything.",
                    person=isolated(mail.inviter),
                    organisation=isolated(mail.organisation),
                    days=INVITATION_LASTS.days,
                ),
                gettext("See the invitation"),
                path_of("accounts.invitation", token=mail.token),
            )
        case AccountMailKind.SECOND_FACTOR_NEEDED | AccountMailKind.SECOND_FACTOR_REMINDER:
            return _second_factor_needed(mail)
        case AccountMailKind.EMAIL_CHANGED:
            return _Words(
                gettext("Your e-mail address was changed"),
                gettext(
                    "From now on your account uses %(email)s. If it was not you, tell the "
                    "coordinator of your cluster at once.",
                    email=mail.new_email,
                ),
                gettext("Find your cluster"),
                path_of("browse.clusters"),
            )
        case _:
            return _sign_in_news(mail.kind)


def _sign_in_news(kind: AccountMailKind) -> _Words:
    """Return the words of a mail that tells how somebody signed in, or of a second step."""
    title, text, button = _SIGN_IN_NEWS[kind]
    is_link = kind in (AccountMailKind.IDENTITY_LINKED, AccountMailKind.IDENTITIES_UNLINKED)
    page = "single_sign_on.index" if is_link else "accounts.forgotten_password"
    return _Words(str(title), str(text), str(button), path_of(page))


def _second_factor_needed(mail: OutgoingAccountMail) -> _Words:
    now = clock.now()
    holding = [one.cluster for one in mail.duties if one.holds(now)]
    is_reminder = mail.kind is AccountMailKind.SECOND_FACTOR_REMINDER
    return _Words(
        gettext("Reminder: your role needs two-step sign-in")
        if is_reminder
        else gettext("Your role needs two-step sign-in"),
        " ".join(
            [
                *([withheld_text(holding)] if holding else []),
                *(coming_text(one.day, one.cluster) for one in mail.duties if not one.holds(now)),
                gettext(
                    "You set it up under “Your account”, “Two-step sign-in”, with an app on your "
                    "phone or a passkey. It takes a few minutes."
                ),
            ]
        ),
        gettext("Set up two-step sign-in"),
        path_of("second_factors.two_step"),
    )


def _reset(mail: OutgoingAccountMail) -> _Words:
    minutes = round(RESET_LASTS.total_seconds() / 60)
    if mail.is_first:
        return _Words(
            gettext("Choose your password"),
            gettext(
                "With this link you choose the password of your account. It works once, within "
                "%(minutes)s minutes. If you did not ask for it, you need not do anything.",
                minutes=minutes,
            ),
            gettext("Choose your password"),
            path_of("accounts.welcome", token=mail.token),
        )
    return _Words(
        gettext("Choose a new password"),
        gettext(
            "With this link you choose a new password. It works once, within %(minutes)s "
            "minutes. If you did not ask for it, you need not do anything: your password stays "
            "as it is.",
            minutes=minutes,
        ),
        gettext("Choose a new password"),
        path_of("accounts.reset_password", token=mail.token),
    )


def _confirm(mail: OutgoingAccountMail) -> _Words:
    if mail.has_account:
        return _Words(
            gettext("You have an account with this address already"),
            gettext(
                "Somebody wanted to use this address for another account. Nothing was changed. "
                "If it was you, sign in with this address; if not, you need not do anything."
            ),
            gettext("Sign in"),
            path_of("accounts.sign_in"),
        )
    return _Words(
        gettext("Confirm your new e-mail address"),
        gettext(
            "Somebody wants to sign in with this address from now on. If it was you, confirm it "
            "within %(hours)s hours. If not, you need not do anything.",
            hours=round(CONFIRMATION_LASTS.total_seconds() / 3600),
        ),
        gettext("Confirm this address"),
        path_of("accounts.confirm_email", token=mail.token),
    )
