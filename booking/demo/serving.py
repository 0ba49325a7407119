"""The demonstration's server: pages and worker in one process, on this computer only."""

import logging
import signal
import socket
from collections.abc import Callable
from types import FrameType

import waitress
from flask import Flask

from booking.notices.worker import start_in_thread

THREADS = 8


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that has the port (0: any) and does not listen yet.

    Raises:
        OSError: somebody else has it, or it may not be used.
    """
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, port))
    except OSError:
        door.close()
        raise
    return door


def serve(app: Flask, door: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C or SIGTERM; then wait for the worker to finish its round.

    Calls `ready` when browsers can connect.
    """
    # It warns whenever a browser requests more files at once than there are threads.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, _end)
    server = waitress.create_server(app, sockets=[door], threads=THREADS, ident=None)
    worker = start_in_thread(app)
    try:
        ready()
        server.run()  # returns on KeyboardInterrupt and SystemExit
    finally:
        server.close()
        worker.stop()
        worker.join()


def _end(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit
