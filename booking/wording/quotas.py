"""Quotas and fair shares in words, with their numbers."""

from collections.abc import Callable
from datetime import date
from typing import cast

from booking.rules.names import isolated
from booking.rules.opening import ONE_DAY
from booking.rules.quotas import (
    Measure,
    Period,
    QuotaBalance,
    QuotaRule,
    Share,
    next_first_day,
)
from booking.rules.refusals import Refusal
from booking.wording import formats
from booking.wording.translator import gettext, ngettext

_MINUTES = 60


def amount(measure: Measure, number: int) -> str:
    """Return minutes as hours, or a number of days: `40.5 h`, `3 days`."""
    if measure is Measure.HOURS:
        return formats.hours(number)
    return ngettext("%(num)d day", "%(num)d days", number)


def _most(rule: QuotaRule) -> str:
    number = rule.most * _MINUTES if rule.measure is Measure.HOURS else rule.most
    return amount(rule.measure, number)


_RULES: dict[Period, Callable[[str], str]] = {
    Period.WEEK: lambda most: gettext("at most %(most)s a week per organisation", most=most),
    Period.MONTH: lambda most: gettext("at most %(most)s a month per organisation", most=most),
    Period.QUARTER: lambda most: gettext("at most %(most)s a quarter per organisation", most=most),
    Period.YEAR: lambda most: gettext("at most %(most)s a year per organisation", most=most),
}
_OVER_ALL: dict[Period, Callable[[str, str], str]] = {
    Period.WEEK: lambda most, where: gettext(
        "at most %(most)s a week per organisation, across all of %(facility)s",
        most=most,
        facility=where,
    ),
    Period.MONTH: lambda most, where: gettext(
        "at most %(most)s a month per organisation, across all of %(facility)s",
        most=most,
        facility=where,
    ),
    Period.QUARTER: lambda most, where: gettext(
        "at most %(most)s a quarter per organisation, across all of %(facility)s",
        most=most,
        facility=where,
    ),
    Period.YEAR: lambda most, where: gettext(
        "at most %(most)s a year per organisation, across all of %(facility)s",
        most=most,
        facility=where,
    ),
}


def quota_text(rule: QuotaRule, *, over_all: bool) -> str:
    """Return a quota in words; `over_all` adds the facility over which it is counted."""
    if over_all:
        return _OVER_ALL[rule.period](_most(rule), rule.facility)
    return _RULES[rule.period](_most(rule))


def period_name(period: Period, first: date) -> str:
    """Return which period it is: `Mon 28 Dec 2026 – Sun 3 Jan 2027`, `January 2027`, `2027`."""
    match period:
        case Period.WEEK:
            last = next_first_day(first, period) - ONE_DAY
            return gettext("%(start)s – %(end)s", start=formats.day(first), end=formats.day(last))
        case Period.MONTH:
            return formats.month(first)
        case Period.QUARTER:
            return formats.quarter(first)
        case Period.YEAR:
            return str(first.year)


def use_text(use: QuotaBalance) -> str:
    """Return how much of a quota the reader's organisation has left."""
    return gettext(
        "%(period)s, %(facility)s: %(left)s of %(most)s left",
        period=period_name(use.rule.period, use.first),
        facility=use.rule.facility,
        left=amount(use.rule.measure, use.left),
        most=_most(use.rule),
    )


def used_text(use: QuotaBalance) -> str:
    """Return how much of a quota the reader's organisation has used, and what is left."""
    return gettext(
        "%(period)s: %(used)s of %(most)s used, %(left)s left",
        period=period_name(use.rule.period, use.first),
        used=amount(use.rule.measure, use.used),
        most=_most(use.rule),
        left=amount(use.rule.measure, use.left),
    )


def share_text(share: Share) -> str:
    """Return the warning to a requester that this would be more than a fair share."""
    return gettext(
        "With these dates your organisation would use %(percent)s %% of the open hours of "
        "%(month)s; up to %(fair)s %% is a fair share. You can still send the request.",
        percent=share.percent,
        month=formats.month(share.first),
        fair=share.fair,
    )


def share_warning(share: Share, organisation: str) -> str:
    """Return the warning to those who decide that this would be more than a fair share."""
    return gettext(
        "%(organisation)s would use %(percent)s %% of the open hours of %(month)s; up to "
        "%(fair)s %% is a fair share here.",
        organisation=isolated(organisation),
        percent=share.percent,
        month=formats.month(share.first),
        fair=share.fair,
    )


def over_quota_text(refusal: Refusal) -> str:
    """Return why these dates are more than one organisation may have, and what to do."""
    params = refusal.params
    rule = QuotaRule(
        cast("str", params["facility"]),
        Period(cast("str", params["period"])),
        Measure(cast("str", params["measure"])),
        cast("int", params["most"]),
    )
    used, asked = (
        amount(rule.measure, cast("int", params.get(f"{name}_minutes", params[name])))
        for name in ("used", "asked")
    )
    return gettext(
        "Over the limit: %(quota)s. In %(period)s you already have %(used)s; this request "
        "adds %(asked)s. Request less, or choose other dates.",
        quota=quota_text(rule, over_all=True),
        period=period_name(rule.period, cast("date", params["first"])),
        used=used,
        asked=asked,
    )
