"""Two server processes of the product, as behind a proxy."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

WORKERS = 2


@dataclass(frozen=True)
class Worker:
    """One running server process."""

    port: int
    process_id: int

    def resident_mib(self) -> float:
        """Return how much memory it has now, in MiB; 0 where the system is not Linux."""
        status = Path(f"/proc/{self.process_id}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


@contextmanager
def running_workers() -> Iterator[list[Worker]]:
    """Start the server processes on the database of this process; end them afterwards."""
    with ExitStack() as stack:
        yield [stack.enter_context(_running_worker()) for _ in range(WORKERS)]


@contextmanager
def _running_worker() -> Iterator[Worker]:
    with subprocess.Popen(
        [sys.executable, "-m", "tools.benchmark.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("the worker has no pipes")
        port = process.stdout.readline()
        try:
            yield Worker(int(port), process.pid)
        finally:
            process.stdin.close()
