"""The return type of views, and what is done once an answer has been sent."""

import logging
from collections.abc import Callable

from flask import current_app
from werkzeug.wrappers import Response

#: A page, a response such as a redirect, or a page with its status code.
ViewResponse = str | Response | tuple[str, int]

_log = logging.getLogger(__name__)


def after_answer(response: Response, what: str, work: Callable[[], object]) -> None:
    """Do `work` once the server has sent the response, so that nobody waits for it.

    It runs in an application context of its own, without a request, and with a database session of
    its own. What it raises is logged, with `what` it is. It is lost if the process dies before: for
    counts, and nothing that anybody was promised.
    """
    new_context = current_app.app_context  # of the application itself, not of the proxy

    def run() -> None:
        try:
            with new_context():
                work()
        except Exception:  # noqa: BLE001  # the answer is out, whatever happens
            _log.exception("%s failed after the answer", what)

    response.call_on_close(run)
