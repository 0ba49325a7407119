"""What needs attention in words: what is wrong, and what to do about it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext, ngettext

from booking.rules.attention import Checked, CheckKind, Finding, Level, Need
from booking.wording import formats
from booking.wording.names import isolated


@dataclass(frozen=True)
class Advice:
    """One thing that needs attention: what is wrong, what to do, and the page for it, if any.

    `page` is the name of a view and its arguments.
    """

    level: Level
    title: str
    what_to_do: str
    page: tuple[str, dict[str, str]] | None = None


def advice(finding: Finding, now: datetime, zone: ZoneInfo) -> Advice:
    """Return the words for one finding; times are in `zone`."""
    title, what_to_do = _WORDS[finding.need](finding, _Time(now, zone))
    return Advice(finding.level, title, what_to_do, _PAGES.get(finding.need))


_PAGES: dict[Need, tuple[str, dict[str, str]]] = {
    Need.MAIL_WAITS: ("admin.mail", {}),
    Need.MAIL_FAILED: ("admin.mail", {}),
    Need.MAIL_PAUSED: ("admin.mail", {}),
    Need.MAIL_PAUSED_AFTER_RESTORE: ("admin.mail", {}),
    Need.NO_COORDINATOR: ("admin.clusters", {}),
    Need.NO_MANAGER: ("admin.organisations", {"show": "unmanaged"}),
    Need.ONE_ADMIN: ("admin.people", {}),
}


@dataclass(frozen=True)
class _Time:
    now: datetime
    zone: ZoneInfo

    def since(self, finding: Finding) -> str:
        return formats.zoned_instant(finding.since or self.now, self.zone)

    def ago(self, finding: Finding) -> str:
        gone = self.now - (finding.since or self.now)
        return formats.duration(gone - gone % _MINUTE)


@dataclass(frozen=True)
class CheckLine:
    """A check that takes too long for a page: what it is, how it stands, whether it is asked for.

    `is_wrong`: the last one found something.
    """

    kind: CheckKind
    name: str
    text: str
    is_wrong: bool
    is_coming: bool


def check_lines(checks: Sequence[Checked], zone: ZoneInfo) -> list[CheckLine]:
    """Return the words for the last checks."""
    return [
        CheckLine(
            one.kind,
            gettext("Stored data") if one.kind is CheckKind.DATA else gettext("Log"),
            " ".join(_check_sentences(one, zone)),
            bool(one.ended_at and one.faults),
            bool(one.asked_at or one.started_at),
        )
        for one in checks
    ]


def _check_sentences(one: Checked, zone: ZoneInfo) -> Iterator[str]:
    if one.ended_at is None:
        yield gettext("Not checked yet.")
    else:
        at = formats.instant(one.ended_at, zone)
        if one.kind is CheckKind.LOG and not one.faults:
            yield ngettext(
                "Whole: %(num)s entry, checked %(instant)s.",
                "Whole: %(num)s entries, checked %(instant)s.",
                one.entries,
                instant=at,
            )
        elif one.kind is CheckKind.LOG:
            yield gettext(
                "Not whole from entry %(number)s on, checked %(instant)s.",
                number=one.entries + 1,
                instant=at,
            )
        elif not one.faults:
            yield gettext("Nothing wrong, checked %(instant)s.", instant=at)
        else:
            yield ngettext(
                "%(num)s fault, checked %(instant)s.",
                "%(num)s faults, checked %(instant)s.",
                one.faults,
                instant=at,
            )
    if one.started_at is not None:
        yield gettext(
            "Being checked since %(instant)s.", instant=formats.instant(one.started_at, zone)
        )
    elif one.asked_at is not None:
        yield gettext("The worker begins in a moment.")


_MINUTE = timedelta(minutes=1)
Words = tuple[str, str]


def _database(finding: Finding, _time: _Time) -> Words:
    return (
        gettext("The database cannot be used"),
        gettext("It says: %(why)s Until then nothing can be saved.", why=finding.text),
    )


def _worker_never_seen(_finding: Finding, _time: _Time) -> Words:
    return (
        gettext("No worker has ever run"),
        gettext(
            "Start it beside the pages: flask worker. Without it no mail goes out, nothing "
            "expires and nobody is reminded."
        ),
    )


def _worker_late(finding: Finding, time: _Time) -> Words:
    return (
        gettext("The worker has not been seen for %(length)s", length=time.ago(finding)),
        gettext(
            "It was last seen %(instant)s. See whether the process flask worker runs, and read its "
            "log. Until then no mail goes out, nothing expires and nobody is reminded.",
            instant=time.since(finding),
        ),
    )


def _mail_waits(finding: Finding, time: _Time) -> Words:
    return (
        ngettext(
            "%(num)s mail waits to be sent",
            "%(num)s mails wait to be sent",
            finding.number,
        ),
        gettext(
            "The oldest should have gone out %(instant)s. The log of the worker says why: most "
            "often the mail server cannot be reached, or refuses the user or password.",
            instant=time.since(finding),
        ),
    )


def _mail_failed(finding: Finding, _time: _Time) -> Words:
    return (
        ngettext("%(num)s mail failed", "%(num)s mails failed", finding.number),
        gettext(
            "The mail server refused them at each try; the log of the worker says why. When the "
            "reason is mended, send them again."
        ),
    )


def _mail_paused(finding: Finding, time: _Time) -> Words:
    return (
        gettext("Mail is paused"),
        gettext(
            "Since %(instant)s. What is due waits for up to a day and is then left out. Resume it "
            "when the reason is gone.",
            instant=time.since(finding),
        ),
    )


def _mail_paused_by_setting(_finding: Finding, _time: _Time) -> Words:
    return (
        gettext("Mail is paused by a setting"),
        gettext("MAIL_PAUSED is on. To go on, set it to off and restart the worker."),
    )


def _mail_paused_after_restore(finding: Finding, time: _Time) -> Words:
    return (
        gettext("Mail is paused because the database was restored"),
        gettext(
            "Since %(instant)s. What was mailed after the backup is due again. Leave that out and "
            "resume.",
            instant=time.since(finding),
        ),
    )


def _no_mail_server(_finding: Finding, _time: _Time) -> Words:
    return (
        gettext("No mail is sent"),
        gettext(
            "SMTP_HOST is not set. People find their updates on the page only, and nobody can "
            "choose a new password by themselves."
        ),
    )


def _data_wrong(finding: Finding, time: _Time) -> Words:
    return (
        ngettext(
            "Stored data contradict each other in %(num)s place",
            "Stored data contradict each other in %(num)s places",
            finding.number,
        ),
        gettext(
            "Found %(instant)s. Run flask check-data, which names each row, and tell who "
            "maintains this software. When it is mended, check again below.",
            instant=time.since(finding),
        ),
    )


def _log_wrong(finding: Finding, time: _Time) -> Words:
    return (
        gettext("The log of who changed what is not whole"),
        gettext(
            "Entry %(number)s is the first that does not fit, as found %(instant)s. Somebody who "
            "can write to the database may have changed it. Keep a copy of the database, then "
            "run flask audit verify, which says how it does not fit.",
            number=finding.number,
            instant=time.since(finding),
        ),
    )


def _check_late(finding: Finding, time: _Time) -> Words:
    return (
        gettext("Data or log have not been checked for %(length)s", length=time.ago(finding)),
        gettext(
            "The worker does it once a day. It was last done %(instant)s; the log of the worker "
            "says why not since.",
            instant=time.since(finding),
        ),
    )


def _proxy_not_counted(finding: Finding, _time: _Time) -> Words:
    return (
        gettext("A proxy is in front, but PROXY_HOPS says none"),
        gettext(
            "Your own request came with %(headers)s. Set PROXY_HOPS to the number of your proxies "
            "and restart the pages. Until then all people seem to come from one address, so the "
            "limits for one network hold for all of them together, and pages are taken for "
            "unencrypted. If you have no proxy, somebody else set these headers: let nothing else "
            "reach the pages.",
            headers=formats.listed(list(finding.names)),
        ),
    )


def _proxy_not_heard(finding: Finding, _time: _Time) -> Words:
    return (
        gettext("The headers of your proxy do not arrive"),
        ngettext(
            "PROXY_HOPS says %(num)s, but your own request came without X-Forwarded-For. Let the "
            "proxy set X-Forwarded-For and X-Forwarded-Proto, and start waitress with "
            "--no-clear-untrusted-proxy-headers. If you opened this page past the proxy, all is "
            "well.",
            "PROXY_HOPS says %(num)s, but your own request came without X-Forwarded-For. Let the "
            "proxies set X-Forwarded-For and X-Forwarded-Proto, and start waitress with "
            "--no-clear-untrusted-proxy-headers. If you opened this page past the proxies, all is "
            "well.",
            finding.number,
        ),
    )


def _other_address(finding: Finding, _time: _Time) -> Words:
    return (
        gettext("You opened this site at another address than BASE_URL"),
        gettext(
            "Links in mails and calendars lead to %(base)s, but you are at %(here)s. If people use "
            "the latter, set BASE_URL to it and restart pages and worker.",
            base=finding.text,
            here=formats.listed(list(finding.names)),
        ),
    )


def _development(_finding: Finding, _time: _Time) -> Words:
    return (
        gettext("This site runs as for development"),
        gettext(
            "BASE_URL is public, but APP_ENV is not production. Set it: cookies then go over HTTPS "
            "only, and settings are checked at the start."
        ),
    )


def _nothing_to_book(_finding: Finding, _time: _Time) -> Words:
    return (
        gettext("There are no facilities yet"),
        gettext("Load the catalogue: flask catalogue load."),
    )


def _no_coordinator(finding: Finding, _time: _Time) -> Words:
    names = list(map(isolated, finding.names))
    return (
        ngettext(
            "%(num)s cluster has no coordinator",
            "%(num)s clusters have no coordinator",
            len(names),
        ),
        gettext(
            "Nobody answers account requests of: %(names)s. Where no approver is named, nobody "
            "answers requests either. Name one: flask coordinator add.",
            names=formats.listed(names),
        ),
    )


def _no_manager(finding: Finding, _time: _Time) -> Words:
    return (
        ngettext(
            "%(num)s organisation has nobody who manages it",
            "%(num)s organisations have nobody who manages them",
            finding.number,
        ),
        gettext(
            "Coordinators then decide who joins. Make one of its people a manager on the page of "
            "the organisation."
        ),
    )


def _no_admin(_finding: Finding, _time: _Time) -> Words:
    return (
        gettext("Nobody is an administrator"),
        gettext("Make the first one: flask setup."),
    )


def _one_admin(_finding: Finding, _time: _Time) -> Words:
    return (
        gettext("You are the only administrator"),
        gettext("If you lose your way in, only the operator can help. Name a second one."),
    )


_WORDS: dict[Need, Callable[[Finding, _Time], Words]] = {
    Need.DATABASE: _database,
    Need.WORKER_NEVER_SEEN: _worker_never_seen,
    Need.WORKER_LATE: _worker_late,
    Need.MAIL_WAITS: _mail_waits,
    Need.MAIL_FAILED: _mail_failed,
    Need.MAIL_PAUSED: _mail_paused,
    Need.MAIL_PAUSED_BY_SETTING: _mail_paused_by_setting,
    Need.MAIL_PAUSED_AFTER_RESTORE: _mail_paused_after_restore,
    Need.NO_MAIL_SERVER: _no_mail_server,
    Need.DATA_WRONG: _data_wrong,
    Need.LOG_WRONG: _log_wrong,
    Need.CHECK_LATE: _check_late,
    Need.PROXY_NOT_COUNTED: _proxy_not_counted,
    Need.PROXY_NOT_HEARD: _proxy_not_heard,
    Need.OTHER_ADDRESS: _other_address,
    Need.DEVELOPMENT: _development,
    Need.NOTHING_TO_BOOK: _nothing_to_book,
    Need.NO_COORDINATOR: _no_coordinator,
    Need.NO_MANAGER: _no_manager,
    Need.NO_ADMIN: _no_admin,
    Need.ONE_ADMIN: _one_admin,
}
