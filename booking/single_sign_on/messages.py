"""What a check of a provider found, in words."""

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext, ngettext

from booking.rules.provider_checks import Answered, Finding, Point, Verdict
from booking.single_sign_on.provider_session import LARGEST_ANSWER, PATIENCE
from booking.wording import formats


@dataclass(frozen=True)
class FindingWords:
    """One finding in words: whether it is good, and what was found."""

    verdict: Verdict
    text: str


def finding_words(finding: Finding) -> FindingWords:
    """Return the words for one finding."""
    return FindingWords(finding.verdict, _text(finding))


def _text(finding: Finding) -> str:
    is_good = finding.verdict is Verdict.GOOD
    match finding.point:
        case Point.REACHABLE if is_good:
            return gettext("It answers and says how it works.")
        case Point.REACHABLE:
            return _not_reached(finding)
        case Point.ISSUER if is_good:
            return gettext("It calls itself exactly what the file says.")
        case Point.ISSUER if finding.value:
            return gettext(
                "It calls itself %(said)s. The issuer in the file must be exactly that, if it is "
                "the provider that you mean.",
                said=finding.value,
            )
        case Point.ISSUER:
            return gettext("It does not say what it calls itself.")
        case Point.ENDPOINTS:
            return gettext(
                "It names no address with https:// for %(entry)s, or one on this machine.",
                entry=finding.value,
            )
        case Point.KEYS:
            return _keys(finding)
        case Point.CLOCK:
            return _clock(finding)
        case _:
            return _offer(finding)


def _not_reached(finding: Finding) -> str:
    match Answered(finding.value):
        case Answered.TOO_LATE:
            seconds = round(PATIENCE)
            return ngettext(
                "It did not answer within %(num)s second. Nobody can sign in with it now.",
                "It did not answer within %(num)s seconds. Nobody can sign in with it now.",
                seconds,
            )
        case Answered.NOT_SECURE:
            return gettext("Its certificate is not trusted, so nothing was asked.")
        case Answered.STATUS if finding.more.startswith("3"):
            return gettext(
                "It sends us on to another address (status %(status)s), which we do not follow. "
                "Write the issuer exactly as the provider states it.",
                status=finding.more,
            )
        case Answered.STATUS:
            return gettext(
                "At its address for discovery it answers with status %(status)s. Is the issuer "
                "written exactly as the provider states it?",
                status=finding.more,
            )
        case Answered.TOO_LARGE:
            return gettext(
                "Its answer is larger than %(size)s kB and was not read.",
                size=LARGEST_ANSWER // 1024,
            )
        case Answered.NONSENSE:
            return gettext("What it answers is no description of a provider.")
        case _:
            return gettext(
                "It cannot be reached: its name is not known, or nothing answers there. Nobody "
                "can sign in with it now."
            )


def _keys(finding: Finding) -> str:
    if finding.verdict is Verdict.GOOD:
        return ngettext(
            "Its keys can be read: %(num)s key for signatures.",
            "Its keys can be read: %(num)s keys for signatures.",
            int(finding.value),
        )
    match Answered(finding.value):
        case Answered.TOO_LATE:
            return gettext("Its keys did not come in time.")
        case Answered.STATUS:
            return gettext(
                "Its keys cannot be read: it answers with status %(status)s.", status=finding.more
            )
        case Answered.NONSENSE:
            return gettext("Its keys cannot be read: there is none for signatures.")
        case _:
            return gettext("Its keys cannot be read: their address cannot be reached.")


def _clock(finding: Finding) -> str:
    seconds = int(finding.value)
    if not seconds:
        return gettext("Its clock and ours show the same time.")
    if finding.verdict is Verdict.WRONG:
        length = formats.duration(timedelta(seconds=abs(seconds)))
        if seconds > 0:
            return gettext(
                "Its clock is %(length)s ahead of ours, so what it signs is refused. Set the clock "
                "that is wrong.",
                length=length,
            )
        return gettext(
            "Its clock is %(length)s behind ours, so what it signs is refused. Set the clock that "
            "is wrong.",
            length=length,
        )
    if seconds > 0:
        return ngettext(
            "Its clock is %(num)s second ahead of ours, which does no harm.",
            "Its clock is %(num)s seconds ahead of ours, which does no harm.",
            seconds,
        )
    return ngettext(
        "Its clock is %(num)s second behind ours, which does no harm.",
        "Its clock is %(num)s seconds behind ours, which does no harm.",
        -seconds,
    )


def _offer(finding: Finding) -> str:
    match finding.point, finding.verdict:
        case Point.CODE_FLOW, Verdict.GOOD:
            return gettext("It offers the code flow.")
        case Point.CODE_FLOW, Verdict.UNSURE:
            return gettext("It does not say whether it offers the code flow, which we use.")
        case Point.CODE_FLOW, _:
            return gettext("It does not offer the code flow, which we use.")
        case Point.PKCE, Verdict.GOOD:
            return gettext("It offers PKCE with S256.")
        case Point.PKCE, Verdict.UNSURE:
            return gettext(
                "It does not say whether it offers PKCE with S256, which we use. Most providers "
                "that say nothing do."
            )
        case Point.PKCE, _:
            return gettext("It offers PKCE, but not with S256, which we use.")
        case Point.SIGNATURES, Verdict.GOOD:
            return gettext("It signs in a way that we can check.")
        case Point.SIGNATURES, _:
            return gettext("It names no way of signing that we use: RS, PS, ES or EdDSA.")
        case _, Verdict.GOOD:
            return gettext("It says whether it has verified an address (email_verified).")
        case _:
            return gettext(
                "It does not list email_verified. Without this claim nobody can link an account: "
                "ask the provider, or try it."
            )
