"""What an administrator does with the mail of this site."""

from collections.abc import Collection

from booking.accounts.queries import account_now
from booking.errors import Forbidden
from booking.notices import mail_queue, pausing
from booking.notices.mail_queue import MailName
from booking.rules.visibility import Account


def pause(account: Account) -> bool:
    """Pause all mail; returns whether it was not paused before.

    Raises:
        Forbidden: the person is no administrator any more.
    """
    _need_admin(account)
    return pausing.pause(account.person_id)


def resume(account: Account, *, drop: bool) -> int:
    """Send mail again; returns how many mails wait for it, or with `drop` were left out.

    Raises:
        Forbidden: the person is no administrator any more.
    """
    _need_admin(account)
    return pausing.resume(account.person_id, drop=drop)


def send_again(account: Account, names: Collection[MailName] | None) -> int:
    """Queue mails that were given up again, all with None; returns how many.

    Raises:
        Forbidden: the person is no administrator any more.
    """
    _need_admin(account)
    return len(mail_queue.send_again(names, account.person_id))


def forget(account: Account, names: Collection[MailName]) -> int:
    """Take mails that were given up off the list; returns how many.

    Raises:
        Forbidden: the person is no administrator any more.
    """
    _need_admin(account)
    return len(mail_queue.forget_failed(names, account.person_id))


def _need_admin(account: Account) -> None:
    if not account_now(account).viewer.is_admin:
        raise Forbidden("only administrators do this")
