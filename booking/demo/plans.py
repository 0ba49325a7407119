"""The plans of the demonstration: what `plans.toml` may say, and reading it."""

import tomllib
from collections.abc import Collection
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import time
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from booking.accounts.account_request_service import NewAccountRequest
from booking.catalogue import reading
from booking.rules.decline_codes import DeclineCode

#: The plans that come with the product.
SHIPPED = Path(__file__).with_name("plans.toml")

#: The key by which messages name an entry of each section.
_NAMED_BY = {
    "organisations": "login",
    "account_requests": "name",
    "closures": "facility",
    "set_aside": "facility",
    "enquiries": "facility",
    "plans": "title",
}


class PlanError(ValueError):
    """The file cannot be used; the message is one line that names the entry and what is wrong."""


class Action(StrEnum):
    """What somebody does with a request after it was sent."""

    CONFIRM = "confirm"
    ACCEPT = "accept"
    DECLINE = "decline"
    CANCEL_AS_APPROVER = "cancel_as_approver"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    NO_SHOW = "no_show"
    ASK = "ask"
    """A question of the approver, which stops the clock; the reason is its text."""
    WRITE = "write"
    """A message of the person who sent it; the reason is its text."""
    PROPOSE = "propose"
    """Another date of the approver for the first date, held for a week."""
    TAKE = "take"
    """The person who sent it takes what is proposed."""


#: The actions of the person who sent the request; the others are the approver's.
REQUESTER_ACTIONS = {Action.WITHDRAW, Action.CANCEL, Action.WRITE, Action.TAKE}


@dataclass(frozen=True, kw_only=True)
class PlannedOrganisation:
    """An invented organisation and the one person who requests facilities in its name.

    `role` says on the sign-in page what the person does; without one nobody signs in as them. The
    people with the logins in `also` work for it too.
    """

    login: str
    person: str
    name: str
    kind: str
    country: str
    home_cluster: str | None = None
    role: str | None = None
    also: tuple[str, ...] = ()
    billing_reference: str = ""
    billing_name: str = ""


@dataclass(frozen=True, kw_only=True)
class DemoClosure:
    """A closure of some days from the first Monday on that is `days_ahead` days away or more."""

    facility: str
    days_ahead: int
    days: int
    reason: str
    reason_is_public: bool


@dataclass(frozen=True, kw_only=True)
class DemoSetAside:
    """Some days set aside for organisations (logins), from a Monday on as with closures.

    `release_days` before the first of them they become free for all.
    """

    facility: str
    days_ahead: int
    days: int
    organisations: tuple[str, ...]
    release_days: int


@dataclass(frozen=True, kw_only=True)
class PlannedDates:
    """The dates to request: the first free ones from `days_ahead` days after the start on.

    `units` are hours, half days or days, as the facility is booked. `at_time` is the facility's
    wall time, for facilities booked by the hour. `weeks` dates, each a week after the one before.
    """

    days_ahead: int
    units: int = 1
    at_time: time = time(9)
    weeks: int = 1
    places: int = 1
    whole: bool = False
    people: int | None = None


@dataclass(frozen=True, kw_only=True)
class PlanStep:
    """One action, so many weekdays before the demonstration starts.

    `only_dates` are numbers of dates, counted from 1; empty means all. `code` says why it declines.
    What is proposed is at least `days_later` than what is requested, and at `facility` (slug) if it
    is to be at another one.
    """

    weekdays_ago: int
    action: Action
    reason: str = ""
    code: DeclineCode = DeclineCode.OTHER
    only_dates: tuple[int, ...] = ()
    days_later: int = 0
    facility: str | None = None


@dataclass(frozen=True, kw_only=True)
class PlannedEnquiry:
    """A question about a facility, without a request, and the answer half an hour later, if any.

    `by` is the login of the person who asks.
    """

    facility: str
    by: str
    weekdays_ago: int
    question: str
    answer: str = ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One request, sent so many weekdays before the demonstration starts, and its next steps.

    `by` is the login of the person who sends it. None: the facility's approver enters it, for the
    organisation of the login `on_behalf_of`, or for own use. `same_dates_as` is the title of a
    plan that is sent earlier: this one requests the same dates. `may_wait`: what others have taken
    of them goes to the waiting list.
    """

    title: str
    facility: str
    weekdays_ago: int
    dates: PlannedDates
    purpose: str
    by: str | None = None
    on_behalf_of: str | None = None
    same_dates_as: str | None = None
    may_wait: bool = False
    activity: str = "test"
    hazards_note: str = ""
    steps: tuple[PlanStep, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Demonstration:
    """The file's content, checked: facilities, clusters, logins and titles that it names exist."""

    organisations: tuple[PlannedOrganisation, ...]
    account_requests: tuple[NewAccountRequest, ...]
    closures: tuple[DemoClosure, ...]
    enquiries: tuple[PlannedEnquiry, ...]
    plans: tuple[Plan, ...]
    set_aside: tuple[DemoSetAside, ...] = ()


@cache
def read_plans(path: Path = SHIPPED) -> Demonstration:
    """Return what the file holds, in its order.

    Raises:
        PlanError: the file is not TOML, or an entry says something that cannot be done.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"{path.name}: {error}") from error
    demonstration: Demonstration = _value(Demonstration, content, path.name)
    _check_names(demonstration, path.name)
    _check_order(demonstration, path.name)
    return demonstration


def _value(hint: Any, value: Any, where: str) -> Any:
    """Return the file's value as one of this type; tables become dataclasses, arrays tuples."""
    if is_dataclass(hint):
        return _entry(hint, value, where)
    if get_origin(hint) is tuple:
        _check_type(list, value, where)
        return tuple(
            _value(get_args(hint)[0], one, _place(where, number, one))
            for number, one in enumerate(value, start=1)
        )
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        _check_known(value, list(hint), where)
        return hint(value)
    _check_type(hint, value, where)
    return value


def _entry(cls: Any, table: Any, where: str) -> Any:
    _check_type(dict, table, where)
    hints = get_type_hints(cls)
    for key in table:
        _check_known(key, hints, f"{where}: key")
    values = {}
    for field in fields(cls):
        if field.name in table:
            values[field.name] = _value(
                hints[field.name], table[field.name], f"{where}: {field.name}"
            )
        elif NoneType in get_args(hints[field.name]):
            values[field.name] = None
        elif field.default is MISSING:
            raise PlanError(f'{where}: the key "{field.name}" is missing')
    return cls(**values)


def _place(where: str, number: int, entry: Any) -> str:
    """Return how messages name an entry of a list: by its name, where it has one."""
    file, _, section = where.rpartition(": ")
    name = entry.get(_NAMED_BY.get(section)) if isinstance(entry, dict) else None
    one = section.removesuffix("s").replace("_", " ")
    return f'{file}: {one} "{name}"' if name else f"{file}: {one} {number}"


def _check_type(kind: Any, value: Any, where: str) -> None:
    # To Python, true and false are numbers.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise PlanError(f"{where} cannot be {value!r}")


def _check_known(name: str | None, known: Collection[str], where: str) -> None:
    if name is not None and name not in known:
        raise PlanError(f'{where} "{name}" is unknown')


def _check_names(demonstration: Demonstration, file: str) -> None:
    """Check each facility, cluster and login that an entry names."""
    catalogue = reading.read_catalogue()
    facilities = {facility["slug"] for facility in catalogue.facilities}
    clusters = {cluster["slug"] for cluster in catalogue.clusters}
    logins = {organisation.login for organisation in demonstration.organisations}
    for organisation in demonstration.organisations:
        where = f'{file}: organisation "{organisation.login}"'
        _check_known(organisation.home_cluster, clusters, f"{where}: home_cluster")
        for login in organisation.also:
            _check_known(login, logins, f"{where}: also")
    for request in demonstration.account_requests:
        where = f'{file}: account request "{request.name}"'
        _check_known(request.home_cluster_slug, clusters, f"{where}: home_cluster_slug")
    for closure in demonstration.closures:
        where = f'{file}: closure "{closure.facility}"'
        _check_known(closure.facility, facilities, f"{where}: facility")
    for one in demonstration.set_aside:
        where = f'{file}: set aside "{one.facility}"'
        _check_known(one.facility, facilities, f"{where}: facility")
        for login in one.organisations:
            _check_known(login, logins, f"{where}: organisations")
    for enquiry in demonstration.enquiries:
        where = f'{file}: enquiry "{enquiry.facility}"'
        _check_known(enquiry.facility, facilities, f"{where}: facility")
        _check_known(enquiry.by, logins, f"{where}: by")
    for plan in demonstration.plans:
        where = f'{file}: plan "{plan.title}"'
        _check_known(plan.facility, facilities, f"{where}: facility")
        _check_known(plan.by, logins, f"{where}: by")
        _check_known(plan.on_behalf_of, logins, f"{where}: on_behalf_of")


def _check_order(demonstration: Demonstration, file: str) -> None:
    """Check that what a plan refers to is there: earlier plans, dates, somebody to do a step."""
    sent = {plan.title: plan.weekdays_ago for plan in demonstration.plans}
    for plan in demonstration.plans:
        where = f'{file}: plan "{plan.title}"'
        if plan.same_dates_as and sent.get(plan.same_dates_as, 0) <= plan.weekdays_ago:
            raise PlanError(f'{where}: no plan "{plan.same_dates_as}" is sent before it')
        for number, step in enumerate(plan.steps, start=1):
            if step.action in REQUESTER_ACTIONS and plan.by is None:
                raise PlanError(f"{where}: step {number}: nobody can {step.action} without `by`")
            for date in step.only_dates:
                if not 1 <= date <= plan.dates.weeks:
                    raise PlanError(f"{where}: step {number}: there is no date {date}")
