"""A mail server of the tests, and workers that send to it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from flask import Flask

from booking.notices.worker import Worker
from tests.databases import settings_for


class Postbox:
    """A mail server that keeps what it gets, or refuses it with `answer`."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.tried, self.answer, self.port = 0, "250 OK", 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.tried += 1
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=default))
        return self.answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def open_postbox() -> Iterator[Postbox]:
    """Give a mail server that runs until the end of the block."""
    postbox = Postbox()
    controller = Controller(postbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    postbox.port = controller.port
    try:
        yield postbox
    finally:
        controller.stop()


def mailing(app: Flask, port: int, **settings: object) -> Worker:
    """Let this application's worker send mail to our postbox."""
    app.extensions["settings"] = settings_for(
        app.config["SQLALCHEMY_DATABASE_URI"],
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_tls=False,
        mail_from="booking@example.org",
        **settings,
    )
    return Worker(app)


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    """Return the plain text of a mail, or its HTML."""
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())
