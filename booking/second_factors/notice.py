"""What pages say to somebody whose roles need a second factor."""

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, request

from booking.accounts.second_factor_duty import admins_need_one, duties_of
from booking.db import clock
from booking.rules.visibility import Account
from booking.web.access import current_account
from booking.wording import second_factors as words

# On these somebody is about to set one up, so no link to it is drawn above them.
_ITS_PAGES = {"second_factors.set_up_app", "second_factors.add_passkey", "second_factors.two_step"}


@dataclass(frozen=True)
class SecondFactorNotice:
    """What does not work, or will not, in whole sentences."""

    texts: tuple[str, ...]

    @property
    def has_link(self) -> bool:
        """Return whether the page is another than those on which one is set up."""
        return request.endpoint not in _ITS_PAGES


def second_factor_notice() -> SecondFactorNotice | None:
    """Return what to say to whoever is signed in, None if nothing needs to be said."""
    account = current_account()
    if account is None or not account.needs_second_factor:
        return None
    return SecondFactorNotice(_texts(account, clock.now()))


def _texts(account: Account, now: datetime) -> tuple[str, ...]:
    duties = duties_of(account.person_id)
    holding = [one.cluster for one in duties if one.holds(now)]
    texts = [str(words.ADMIN_WITHHELD)] if account.is_withheld_admin else []
    texts += [words.withheld_text(holding)] if holding else []
    texts += [words.coming_text(one.day, one.cluster) for one in duties if not one.holds(now)]
    return tuple(texts)


def texts_of_removal(account: Account) -> tuple[str, ...]:
    """Return what follows for somebody who removes the only second factor they have."""
    now = clock.now()
    duties = duties_of(account.person_id)
    holding = [one.cluster for one in duties if one.holds(now)]
    texts = [words.without_text(holding)] if holding else []
    texts += [words.without_from_text(one.day, one.cluster) for one in duties if not one.holds(now)]
    if account.viewer.is_admin and admins_need_one():
        texts.append(str(words.ADMIN_WITHOUT))
    return tuple(texts)


def init_app(app: Flask) -> None:
    """Let templates say it."""
    app.jinja_env.globals["second_factor_notice"] = second_factor_notice
