"""Several server processes of the product on one database, as `docs/operations.md` says.

Run as a program it takes the environment of the product. The application is loaded once; then
each process makes its own, on a port of its own. It prints the ports, and ends when its standard
input does.
"""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import waitress

PROCESSES = 4
ROOT = Path(__file__).parent.parent


@contextmanager
def server_processes(environment: Mapping[str, str]) -> Iterator[list[int]]:
    """Start the processes with these settings and give their ports; end them afterwards."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.server_processes"],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdin is not None
        assert starter.stdout is not None
        try:
            ports = starter.stdout.readline().split()
            assert len(ports) == PROCESSES, "the servers did not start"
            yield [int(port) for port in ports]
        finally:
            starter.stdin.close()


def main() -> None:
    """Serve with all processes until the standard input ends."""
    from booking.app import create_app  # with it everything else, before there are processes
    from booking.demo.serving import bind
    from tests import cheap_passwords  # noqa: F401  # importing it is enough

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    doors = [bind("127.0.0.1", 0) for _ in range(PROCESSES)]
    children = []
    for door in doors:
        if (child := os.fork()) == 0:
            signal.set_wakeup_fd(-1)
            waitress.create_server(
                create_app(),
                sockets=[door],
                threads=4,
                ident=None,
                clear_untrusted_proxy_headers=False,
            ).run()
            os._exit(0)
        children.append(child)
    for door in doors:
        door.listen()  # who comes before a process is ready waits
    sys.stdout.write(" ".join(str(door.getsockname()[1]) for door in doors) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
