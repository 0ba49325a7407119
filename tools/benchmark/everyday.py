"""The part `everyday`: what people do, at the size that booking systems handle.

Two server processes answer over HTTP; one browser asks, or eight at once. Each page is compared
with a bare page of about as many bytes, asked for in the same way.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, islice

import click
import flask_migrate

from booking.db import clock
from tools.benchmark.browser import Answer, Browser, Upstream
from tools.benchmark.crowd import Go, Taken, at_once
from tools.benchmark.race import winners_of_rounds
from tools.benchmark.serving import WORKERS, Worker, running_workers
from tools.benchmark.small_federation import PASSWORD, load, partner_email
from tools.benchmark.works import Memory, Work, Works

CROWD = 8
RACERS = 16
TITLE = "{:<36}{:<5}"
PAGE = "{:>8}{:>7}{:>5}{:>7}"
TIMES = "{:>9}{:>8}{:>7}{:>7}"
#: How often the memory of the servers is looked at.
LOOKS = 5


@dataclass(frozen=True)
class Scale:
    """How large the federation is, and how much is measured.

    `repeats`: goes of one browser; each of a crowd has a fifth of them. `clients`: how many
    browsers ask at once, one after the other. `rounds` of the race. `pages`: how many different
    ones are asked for to see what memory they leave taken.
    """

    facilities: int = 200
    dates: int = 100_000
    repeats: int = 30
    clients: Sequence[int] = (1, CROWD)
    rounds: int = 100
    pages: int = 0

    def repeats_of_each(self, clients: int) -> int:
        """Return how many goes each of so many browsers has."""
        return self.repeats if clients == 1 else max(1, self.repeats // 5)


def bench_everyday(scale: Scale) -> None:
    """Load the small federation into the app's empty database and print what people wait for."""
    began = time.perf_counter()
    flask_migrate.upgrade()
    now = clock.now()
    load(scale.facilities, scale.dates, now)
    click.echo(
        f"{scale.facilities:,} facilities, {scale.dates:,} dates,"
        f" loaded in {time.perf_counter() - began:.0f} s. {WORKERS} server processes. Milliseconds."
    )
    with running_workers() as workers:
        bench = _Bench(scale, workers, Works(now.date()))
        bench.print_works()
        bench.print_race()
        if scale.pages:
            bench.print_memory()


class _Bench:
    def __init__(self, scale: Scale, workers: Sequence[Worker], works: Works) -> None:
        self._scale, self._workers, self._works = scale, workers, works
        self._numbers = count(1)
        upstream = Upstream([worker.port for worker in workers])
        self._browsers = [Browser(upstream) for _ in range(RACERS)]
        for number, browser in enumerate(self._browsers, start=1):
            browser.sign_in(partner_email(number), PASSWORD)

    def print_works(self) -> None:
        """Print a line for each work, and for what may be in memory then."""
        heads = [
            TIMES.format(f"p50, {clients}", "p95", "bare", "ratio")
            for clients in self._scale.clients
        ]
        click.echo(TITLE.format("", "") + PAGE.format("kB", "sent", "SQL", "CPU") + "".join(heads))
        for work in self._works:
            for memory in work.memories:
                self._print_work(work, memory)

    def print_race(self) -> None:
        """Print how many rounds of the race for one date had two winners."""
        self._set_up(self._browsers, signed_in=True)
        won = winners_of_rounds(self._browsers, self._works.contested_dates, self._scale.rounds)
        click.echo(
            f"F  {RACERS} people ask for one free time at once: {won.total()} rounds,"
            f" {won.total() - won[0] - won[1]} with two winners, {won[0]} with none"
        )

    def print_memory(self) -> None:
        """Print the memory of the servers before, while and after they answer different pages."""
        browsers = self._browsers[:CROWD]
        self._set_up(browsers, signed_in=False)
        paths = self._works.different_pages()
        each = self._scale.pages // LOOKS // len(browsers)
        for look in range(LOOKS + 1):
            mib = ", ".join(f"{worker.resident_mib():.0f}" for worker in self._workers)
            click.echo(f"memory after {look * each * len(browsers):,} different pages: {mib} MiB")
            if look < LOOKS:
                goes = [
                    [partial(browser.get, path) for path in islice(paths, each)]
                    for browser in browsers
                ]
                at_once(browsers, goes)

    def _print_work(self, work: Work, memory: Memory) -> None:
        measured: Taken | None = None
        figures = ""
        self._warm_up(work, memory)
        for clients in self._scale.clients:
            taken, bare = self._measured(work, memory, clients)
            measured = measured or taken
            ratio = f"{taken.times.p50 / bare.times.p50:.1f}"
            times = (taken.times.p50, taken.times.p95, bare.times.p50)
            figures += TIMES.format(*(f"{ms:.1f}" for ms in times), ratio)
        if measured is not None:
            kilobytes = (
                f"{size / 1000:.1f}" for size in (measured.page_bytes, measured.sent_bytes)
            )
            page = PAGE.format(*kilobytes, measured.statements, f"{measured.computed:.1f}")
            click.echo(TITLE.format(work.title, memory) + page + figures)

    def _measured(self, work: Work, memory: Memory, clients: int) -> tuple[Taken, Taken]:
        """Return what the goes of so many browsers took, and a bare page in their place."""
        browsers = self._browsers[:clients]
        self._set_up(browsers, signed_in=work.signed_in, forgets=memory is Memory.COLD)
        repeats = self._scale.repeats_of_each(clients)
        taken = at_once(
            browsers,
            [[self._prepared(work, b, memory) for _ in range(repeats)] for b in browsers],
        )
        self._set_up(browsers, signed_in=False)
        usual = taken.goes[len(taken.goes) // 2]
        bare = at_once(browsers, [[_bare(b, usual)] * repeats for b in browsers])
        return taken, bare

    def _warm_up(self, work: Work, memory: Memory) -> None:
        """Let each server do the work twice."""
        for worker in self._workers:
            browser = Browser(Upstream([worker.port]))
            if work.signed_in:
                browser.sign_in(partner_email(RACERS + 1), PASSWORD)
            for _ in range(2):
                self._prepared(work, browser, memory)()

    def _prepared(self, work: Work, browser: Browser, memory: Memory) -> Go:
        return work.prepare(browser, 0 if memory is Memory.WARM else next(self._numbers))

    @staticmethod
    def _set_up(browsers: Sequence[Browser], *, signed_in: bool, forgets: bool = False) -> None:
        for browser in browsers:
            browser.is_private, browser.forgets = not signed_in, forgets


def _bare(browser: Browser, answers: Sequence[Answer]) -> Go:
    """Return what asks for bare pages as large as these answers, and compressed as they are."""
    wanted = [
        (
            f"/bare/bytes/{len(answer.content)}",
            {"Accept-Encoding": "gzip" if answer.is_compressed else "identity"},
        )
        for answer in answers
    ]
    return lambda: [browser.get(path, headers) for path, headers in wanted]
