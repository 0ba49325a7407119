"""The folder of files: bytes named by their hash, in folders by its first two digits.

Bytes are written before the row that names them is stored. What no row names is swept a day later.
"""

import hashlib
import logging
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Engine

from booking.extensions import db
from booking.rules.uploads import Refusal, UploadFault

log = logging.getLogger(__name__)

#: So long bytes may lie there without a row: an upload stores its row within minutes.
SPARED = timedelta(days=1)
_folders: "WeakKeyDictionary[Engine, Path]" = WeakKeyDictionary()
_NAME = re.compile(r"[0-9a-f]{64}")
_TEMPORARY = ".part"
_GOING = ".going"


class BadFile(Exception):
    """A file is refused; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.fault)
        self.refusal = refusal


def prepare(engine: Engine, folder: Path) -> None:
    """Let the files of this database lie in a folder; it need not exist yet."""
    _folders[engine] = folder


def folder() -> Path:
    """Return the folder of the files of this database."""
    return _folders[db.engine]


def path_of(sha256: str) -> Path:
    """Return where the bytes with this hash lie.

    Raises:
        ValueError: that is no hash.
    """
    if not _NAME.fullmatch(sha256):
        raise ValueError("no SHA-256 in lower-case hex")
    return folder() / sha256[:2] / sha256


def is_there(sha256: str, size: int) -> bool:
    """Return whether the bytes with this hash lie there, as many as they were."""
    try:
        return path_of(sha256).stat().st_size == size
    except OSError:
        return False


def keep(data: bytes) -> str:
    """Store bytes and return their hash; nobody ever sees a part of them.

    Raises:
        BadFile: there is no room, or the folder cannot be written.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    target = path_of(sha256)
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written anew even if it is there: so the sweeper sees that it is wanted again.
        handle, name = tempfile.mkstemp(suffix=_TEMPORARY, dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        log.error("a file could not be stored: %s", error)
        raise BadFile(Refusal(UploadFault.NO_ROOM)) from error
    return sha256


def unused(named: frozenset[str], now: datetime) -> Iterator[Path]:
    """Yield what lies there for longer than `SPARED` and is none of the hashes that rows name."""
    before = (now - SPARED).timestamp()
    for path in folder().glob("??/*"):
        if path.name not in named and _changed_at(path) < before:
            yield path


def remove(path: Path, now: datetime) -> bool:
    """Remove what is unused; return whether it is gone.

    If it was stored again in this moment, it stays.
    """
    # Of a name that no other sweeper has: what one looks at, the other must not replace.
    going = path.with_name(f"{path.name}.{secrets.token_hex(8)}{_GOING}")
    try:
        path.replace(going)
        if _changed_at(going) >= (now - SPARED).timestamp():
            going.replace(path)
            return False
        going.unlink()
    except FileNotFoundError:  # another worker did it
        return False
    return True


def bring_back() -> None:
    """Put what a sweeper was about to remove when it was stopped back to where it lay.

    Nothing that has been stored there since is replaced. What another sweeper is looking at in this
    moment is back, too, and swept by the next one.
    """
    for going in folder().glob(f"??/*{_GOING}"):
        try:
            os.link(going, going.with_name(going.name.partition(".")[0]))
        except FileNotFoundError:
            continue
        except FileExistsError:
            pass
        except OSError as error:  # no links in this folder: somebody has to look
            log.error("%s could not be brought back: %s", going, error)
            continue
        going.unlink(missing_ok=True)


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
