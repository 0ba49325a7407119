"""What people do with a booking system: the works A to E, one *go* at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import lcm
from typing import Any

import sqlalchemy as sa

from booking.clusters.models import Cluster
from booking.clusters.public_holidays import named_holidays
from booking.extensions import db
from booking.facilities.models import Facility, Place
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from tools.benchmark.browser import Browser
from tools.benchmark.crowd import Go
from tools.benchmark.federation import SATURDAY
from tools.benchmark.free_dates import free_dates
from tools.benchmark.request_form import fill_in, open_form, review, send
from tools.benchmark.small_federation import approver_of, that_hold

DAYS_AHEAD = range(21, 360)
#: How many feeds are asked for again, so that not too many are read beforehand.
FEEDS_READ = 10
VIEWS = ("day", "week", "month", "list")
Paths = Callable[[int], Sequence[str]]
Prepare = Callable[[Browser, int], Go]


class Memory(StrEnum):
    """What the servers have in memory when they are asked."""

    WARM = "warm"
    """This page itself."""
    OTHER = "other"
    """What pages share; each go asks for another day, facility or feed."""
    COLD = "cold"
    """Nothing that was read or drawn before; each go asks as with `OTHER`."""


@dataclass(frozen=True)
class Work:
    """Something that people do.

    `prepare` takes a browser and the number of the go, and returns what is timed. Goes with the
    same number ask for the same page.
    """

    title: str
    prepare: Prepare
    memories: tuple[Memory, ...] = tuple(Memory)
    signed_in: bool = False


class Works:
    """The works on the federation in the database, on days that are no holidays."""

    def __init__(self, today: date) -> None:
        self._days = list(_working_days(today))
        self._slugs = list(db.session.scalars(sa.select(Facility.slug).order_by(Facility.id)))
        self._single = _slugs_of_one_place()
        self._feeds: dict[str, str] = {}
        self._etags: dict[str, str] = {}
        self._dates = free_dates(self._slugs, self._days)
        #: Dates for which only one request fits, and holds them from then on.
        self.contested_dates = free_dates(that_hold(self._single), reversed(self._days))

    def __iter__(self) -> Iterator[Work]:
        again = (Memory.WARM, Memory.COLD)
        once = (Memory.OTHER,)
        yield Work("A  facilities free for 4 h on a day", _reading(self._search))
        yield Work("B  a facility and its week", _reading(self._week))
        yield Work("C  a day of all, as it opens", _reading(self._calendar))
        yield Work("C  all rows (two pages)", _reading(self._whole_calendar))
        yield Work("D  send, the last step", self._sending, once, signed_in=True)
        yield Work("D  check and send", self._checking_and_sending, once, signed_in=True)
        yield Work("E  a year of a facility, busy", _reading(self._busy))
        yield Work("E  busy, unchanged (304)", self._reading_again(self._busy), again)
        yield Work("E  a year of a facility, full", _reading(self._feed))
        yield Work("E  full, unchanged (304)", self._reading_again(self._feed), again)

    def different_pages(self) -> Iterator[str]:
        """Give addresses of pages, each once: days of all, searches, and calendars of each."""
        for number in range(lcm(len(self._days), len(self._slugs))):
            if number < len(self._days):
                yield from self._whole_calendar(number)
                yield from self._search(number)
            yield from (f"{path}&view={view}" for path in self._week(number) for view in VIEWS)

    def _search(self, number: int) -> Sequence[str]:
        day = _turn(self._days, number)
        return [f"/facilities?first={day}&last={day}&length=4-hour"]

    def _week(self, number: int) -> Sequence[str]:
        return [f"/facilities/{_turn(self._slugs, number)}?on={_turn(self._days, number)}"]

    def _calendar(self, number: int) -> Sequence[str]:
        return [f"/calendar?on={_turn(self._days, number)}"]

    def _whole_calendar(self, number: int) -> Sequence[str]:
        day = _turn(self._days, number)
        return [f"/calendar?on={day}&open=all&page={page}" for page in (1, 2)]

    def _busy(self, number: int) -> Sequence[str]:
        return [f"/facilities/{_turn(self._single, number)}.ics"]

    def _feed(self, number: int) -> Sequence[str]:
        """Return the feed of somebody who decides on one facility, with titles."""
        slug = _turn(self._single, number)
        if slug not in self._feeds:
            self._feeds[slug] = make_feed(approver_of(slug), FeedKind.DECIDING, with_titles=True)
        return [f"/feeds/{self._feeds[slug]}.ics"]

    def _reading_again(self, paths: Paths) -> Prepare:
        def prepare(browser: Browser, number: int) -> Go:
            (path,) = paths(number % FEEDS_READ)
            if path not in self._etags:
                self._etags[path] = browser.get(path).headers["etag"]
            headers = {"If-None-Match": self._etags[path]}
            return lambda: browser.get(path, headers, status=304)

        return prepare

    def _sending(self, browser: Browser, _number: int) -> Go:
        reviewed = review(browser, self._filled_form(browser))
        return lambda: send(browser, reviewed)

    def _checking_and_sending(self, browser: Browser, _number: int) -> Go:
        filled = self._filled_form(browser)
        return lambda: send(browser, review(browser, filled))

    def _filled_form(self, browser: Browser) -> dict[str, str]:
        wanted = next(self._dates)
        return fill_in(open_form(browser, wanted.slug), wanted)


def _reading(paths: Paths) -> Prepare:
    def prepare(browser: Browser, number: int) -> Go:
        wanted = paths(number)
        return lambda: [browser.get(path) for path in wanted]

    return prepare


def _turn(choices: Sequence[Any], number: int) -> Any:
    return choices[number % len(choices)]


def _working_days(today: date) -> Iterator[date]:
    """Give the days ahead on which no cluster has a weekend or a public holiday."""
    years = today.year, today.year + 1
    off = {
        day
        for cluster in db.session.scalars(sa.select(Cluster))
        for day in named_holidays(cluster.country, cluster.region, *years)
    }
    for number in DAYS_AHEAD:
        day = today + timedelta(days=number)
        if day.weekday() < SATURDAY and day not in off:
            yield day


def _slugs_of_one_place() -> list[str]:
    """Return the facilities whose busy calendar has every date: nobody else fits beside it."""
    one_place = (
        sa.select(Facility.slug)
        .join(Place, Place.facility_id == Facility.id)
        .group_by(Facility.id)
        .having(sa.func.count() == 1)
        .order_by(Facility.id)
    )
    return list(db.session.scalars(one_place))
