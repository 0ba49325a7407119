"""What tells one reader's page from another's, as part of the name under which it is kept."""

from collections.abc import Hashable

from flask import request

from booking.rules.visibility import Viewer, reading_rights
from booking.wording.translator import language
from booking.wording.zones import known_zone


def reader_key(viewer: Viewer, *, with_args: bool = True) -> tuple[Hashable, ...]:
    """Return all by which this page may differ from the same page for somebody else.

    It has what the reader may see, their zone and language, and, if wanted, the arguments of the
    address.
    """
    own = known_zone()
    return (
        reading_rights(viewer),
        own.key if own else None,
        str(language()),
        request.script_root,
        # As it was written: of thousands of arguments the values take fifty times as much.
        request.query_string if with_args else b"",
    )
