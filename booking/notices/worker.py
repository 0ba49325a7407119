"""The worker: a loop of rounds that lapse dates, send mail and delete what has expired."""

import logging
import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from threading import Event, Thread
from typing import NamedTuple, TypeVar

from flask import Flask

from booking.accounts.joining_service import admit_announced
from booking.accounts.second_factor_duty import remind_of_duties
from booking.conditions.missed import tell_of_missed
from booking.config import Settings
from booking.db import clock
from booking.db.origin import WORKER, coming_from
from booking.decisions.expiry import lapse_due
from booking.decisions.reminders import remind_due
from booking.decisions.turns import offer_free_time
from booking.extensions import db
from booking.files.sweep_service import sweep
from booking.notices.account_mail import account_letter
from booking.notices.account_outbox import (
    delete_account_mail,
    drop_stale_account_mail,
    keep_or_fail_account_mail,
    take_account_mail,
)
from booking.notices.arriving import remind_of_arrivals
from booking.notices.free_time import tell_of_free_time
from booking.notices.invitation_mail import invitation_letter
from booking.notices.invitations import (
    drop_stale_invitations,
    keep_or_fail,
    mark_sent,
    take_next_invitation,
)
from booking.notices.mail import letter, mail_server
from booking.notices.new_facilities import tell_of_new_facilities
from booking.notices.outbox import drop_or_retry, drop_stale, take_next, take_off
from booking.notices.pausing import mail_pause
from booking.notices.still_true import ask_whether_still_true
from booking.notices.undecidable import tell_admins
from booking.notices.worker_seen import note_worker
from booking.plans.follow_service import tell_followers
from booking.privacy.erasure_service import erase_again
from booking.privacy.retention import delete_due
from booking.saved.finding import found_by
from booking.wording.languages import spoken
from booking.wording.translator import in_language

T = TypeVar("T")

PAUSE_SECONDS = 20.0
#: How often to look for bookings that take place soon.
REMINDERS_EVERY = timedelta(minutes=10)
#: How often to look for facts that nobody has confirmed for a year.
QUESTIONS_EVERY = timedelta(hours=1)
#: How often to delete what has stayed long enough.
RETENTION_EVERY = timedelta(days=1)
#: Mails of one round; then the other tasks have their turn.
MAILS_A_ROUND = 200

log = logging.getLogger(__name__)


class _LongTask(NamedTuple):
    work: Callable[[Event], None]
    put_off: Callable[[], None]


#: What packages above this one have the worker do beside its rounds, as it may take minutes.
_LONG_TASKS: dict[str, _LongTask] = {}


def add_long_task(name: str, work: Callable[[Event], None], put_off: Callable[[], None]) -> None:
    """Have the worker do this beside its rounds, every 20 seconds unless it still runs.

    `work` is told by the event that the worker stops. The worker does not wait for it, but calls
    `put_off` if it still runs then.
    """
    _LONG_TASKS[name] = _LongTask(work, put_off)


class Worker:
    """Does one round after the other. Several may run: each task is done once."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._settings: Settings = app.extensions["settings"]
        self._stopping = Event()
        self._reminded_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._erased_at: datetime | None = None
        self._deleted_at: datetime | None = None
        self._swept_at: datetime | None = None
        self._thread = Thread(target=self.run, name="worker", daemon=True)
        self._beside: Thread | None = None

    def start(self) -> None:
        """Run in a thread of this process."""
        self._thread.start()

    def join(self) -> None:
        """Wait until the thread has ended; `stop` makes it."""
        self._thread.join()

    def run(self) -> None:
        """Do rounds until `stop` is called."""
        while not self._stopping.is_set():
            self._do_long_tasks_beside()
            self.round()
            self._stopping.wait(PAUSE_SECONDS)
        if self._beside is not None and self._beside.is_alive():
            self._put_off_long_tasks()

    def stop(self) -> None:
        """End after the current round."""
        self._stopping.set()

    def round(self) -> bool:
        """Do everything that is due now; returns whether all went well.

        What fails is logged, and tried again in the next round.
        """
        with self._app.app_context(), coming_from(WORKER):
            done = [
                _run_task("being seen", note_worker),
                _run_task("dates without an answer", lapse_due),
                _run_task("turns of waiting lists", offer_free_time),
                _run_task("free times", tell_of_free_time),
                _run_task("new facilities", partial(tell_of_new_facilities, found_by)),
                _run_task("facts that may be out of date", self._ask_sometimes),
                _run_task("planned facilities that open", tell_followers),
                _run_task("reminders of answers", remind_due),
                _run_task("reminders of bookings", self._remind_sometimes),
                _run_task("conditions that were not met", tell_of_missed),
                _run_task("requests that nobody can decide on", tell_admins),
                _run_task("accounts that were erased before a restore", self._erase_again_daily),
                _run_task("people who join", self._admit),
                _run_task("reminders of second factors", remind_of_duties),
                _run_task("stale mail", drop_stale),
                _run_task("stale mail about accounts", drop_stale_account_mail),
                _run_task("stale invitations", drop_stale_invitations),
                _run_task("what has stayed long enough", self._delete_daily),
                _run_task("files that nothing shows", self._sweep_daily),
            ]
            if self._settings.smtp_host:
                done.append(_run_task("mail", self._send_mail))
        return all(done)

    def do_long_tasks(self) -> bool:
        """Do what may take minutes, if it is due; returns whether all went well."""
        with self._app.app_context(), coming_from(WORKER):
            done = [
                _run_task(name, partial(task.work, self._stopping))
                for name, task in _LONG_TASKS.items()
            ]
        return all(done)

    def _put_off_long_tasks(self) -> None:
        with self._app.app_context(), coming_from(WORKER):
            for name, task in _LONG_TASKS.items():
                _run_task(name, task.put_off)

    def _do_long_tasks_beside(self) -> None:
        # Mail must not wait for them: links in it work for half an hour.
        if self._beside is None or not self._beside.is_alive():
            self._beside = Thread(target=self.do_long_tasks, name="long tasks", daemon=True)
            self._beside.start()

    def _admit(self) -> None:
        admit_announced(by_mail=bool(self._settings.smtp_host))

    def _remind_sometimes(self) -> None:
        # Reminders are not urgent, and there are many dates to look at.
        now = clock.now()
        if self._reminded_at is None or now - self._reminded_at >= REMINDERS_EVERY:
            remind_of_arrivals()
            self._reminded_at = now

    def _ask_sometimes(self) -> None:
        # Nobody waits for it, and there are many facilities to look at.
        now = clock.now()
        if self._asked_at is None or now - self._asked_at >= QUESTIONS_EVERY:
            ask_whether_still_true()
            self._asked_at = now

    def _erase_again_daily(self) -> None:
        now = clock.now()
        if self._erased_at is None or now - self._erased_at >= RETENTION_EVERY:
            if again := erase_again(self._settings.erasures):
                log.warning("%d accounts erased again: this database was restored", again)
            self._erased_at = now

    def _delete_daily(self) -> None:
        now = clock.now()
        if self._deleted_at is None or now - self._deleted_at >= RETENTION_EVERY:
            for due in delete_due(self._settings.retention, self._stopping.is_set):
                log.info(
                    "deleted by the rules of retention: %s %s %s", due.table, due.part, due.number
                )
            self._deleted_at = now

    def _sweep_daily(self) -> None:
        now = clock.now()
        if self._swept_at is None or now - self._swept_at >= RETENTION_EVERY:
            if removed := sweep():
                log.info("files removed that nothing shows: %d", removed)
            self._swept_at = now

    def _send_mail(self) -> None:
        if mail_pause(self._settings):
            return
        # The server first: while it cannot be reached, no notice loses a try.
        with mail_server(self._settings) as server:
            for _ in range(MAILS_A_ROUND):
                if self._stopping.is_set() or not self._send_next(server):
                    return

    def _send_next(self, server: smtplib.SMTP) -> bool:
        """Send one mail; returns whether to go on. Invitations come after all else."""
        parcel = _next_parcel(self._settings)
        if parcel is None:
            return False
        try:
            server.send_message(parcel.letter())
        except smtplib.SMTPServerDisconnected:
            parcel.failed()
            raise
        except Exception as error:  # one bad mail must not hold up the others
            db.session.rollback()
            dropped = parcel.failed()
            foreseen = isinstance(error, smtplib.SMTPException | OSError | ValueError)
            log.warning(
                "mail of %s failed (%s)%s",
                parcel.name,
                type(error).__name__,
                "; given up" if dropped else "",
                exc_info=not foreseen,
            )
        else:
            parcel.sent()
        return True


class _Parcel(NamedTuple):
    """A mail that was taken, how it is written, and what to do when it is sent or failed.

    `failed` returns whether it was given up.
    """

    name: str
    letter: Callable[[], EmailMessage]
    sent: Callable[[], None]
    failed: Callable[[], bool]


def _next_parcel(settings: Settings) -> _Parcel | None:
    about_account = take_account_mail(settings)  # first, as somebody waits for it
    if about_account is not None:
        return _Parcel(
            f"account {about_account.id}",
            partial(_written, about_account.language, account_letter, about_account, settings),
            lambda: delete_account_mail(about_account.id),
            lambda: keep_or_fail_account_mail(about_account.id),
        )
    mail = take_next()
    if mail is not None:
        return _Parcel(
            f"notice {', '.join(map(str, mail.notice_ids))}",
            partial(_written, mail.account.language, letter, mail, settings),
            lambda: take_off(mail.notice_ids),
            lambda: drop_or_retry(mail.notice_ids),
        )
    invitation = take_next_invitation()
    if invitation is not None:
        return _Parcel(
            f"invitation {invitation.id}",
            partial(_written, invitation.account.language, invitation_letter, invitation, settings),
            lambda: mark_sent(invitation),
            lambda: keep_or_fail(invitation.id, invitation.retry_at),
        )
    return None


def _written(
    language: str, write: Callable[[T, Settings], EmailMessage], mail: T, settings: Settings
) -> EmailMessage:
    """Return a mail in the language of its reader."""
    with in_language(spoken(language)):
        return write(mail, settings)


def _run_task(name: str, work: Callable[[], object]) -> bool:
    """Do one task and return whether it went well; its failure does not stop the others."""
    try:
        work()
    except Exception:  # whatever it is, the other tasks and the next round go on
        db.session.rollback()
        log.exception("the worker could not do its round: %s", name)
        return False
    return True


def start_in_thread(app: Flask) -> Worker:
    """Start a worker in a thread of the demo server; returns it, to be stopped."""
    worker = Worker(app)
    worker.start()
    return worker
