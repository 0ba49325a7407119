"""Refuses addresses in which a part can name nothing, before anything is looked for."""

from flask import Flask, abort, request


def init_app(app: Flask) -> None:
    """Answer 404 where a part of the address holds a NUL: PostgreSQL refuses to look for it."""

    @app.before_request
    def refuse_what_names_nothing() -> None:
        if any("\0" in str(part) for part in (request.view_args or {}).values()):
            abort(404)
