"""Browsers that ask at the same time, and what their answers took."""

import statistics
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tools.benchmark.browser import Answer, Browser
from tools.benchmark.measuring import Times, times_of

#: What one browser does and waits for: one request, or some that follow each other.
Go = Callable[[], object]


@dataclass
class Taken:
    """What many goes took: the answers of each."""

    goes: list[Sequence[Answer]] = field(default_factory=list)

    @property
    def times(self) -> Times:
        """Return how long people waited."""
        return times_of([sum(one.milliseconds for one in answers) for answers in self.goes])

    @property
    def computed(self) -> float:
        """Return the fewest milliseconds for which a server computed in one go.

        That is what changes least when other programs run on the same machine.
        """
        return min(sum(one.computed for one in answers) for answers in self.goes)

    @property
    def statements(self) -> int:
        """Return the SQL statements of a usual go."""
        return statistics.median_low(sum(a.statements for a in answers) for answers in self.goes)

    @property
    def page_bytes(self) -> int:
        """Return the bytes of the pages of a usual go."""
        return statistics.median_low(sum(len(a.content) for a in answers) for answers in self.goes)

    @property
    def sent_bytes(self) -> int:
        """Return the bytes that came over the line in a usual go."""
        return statistics.median_low(sum(len(a.body) for a in answers) for answers in self.goes)


def at_once(browsers: Sequence[Browser], goes: Sequence[Sequence[Go]]) -> Taken:
    """Let each browser do its goes one after the other, all browsers at the same time.

    Raises:
        RuntimeError: a browser got an answer that it did not expect.
    """
    taken = Taken()
    failures: list[Exception] = []
    together = threading.Barrier(len(browsers))

    def do(browser: Browser, own: Sequence[Go]) -> None:
        together.wait()
        try:
            for go in own:
                browser.answers = []
                go()
                taken.goes.append(browser.answers)
        except Exception as error:  # noqa: BLE001  # raised again below, where it is seen
            failures.append(error)

    threads = [threading.Thread(target=do, args=both) for both in zip(browsers, goes, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return taken
