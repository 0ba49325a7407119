"""The list of erased accounts, kept outside the database: a restored backup forgets erasures.

Each line has the number of an account and when it was made, which together identify it, and no
name: `17 2026-11-24T09:00:00.123456+00:00`.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class ErasedAccount:
    """An account that was erased."""

    person_id: int
    created_at: datetime


def add_to_list(path: Path, account: ErasedAccount) -> None:
    """Append an account, so that it survives a loss of power.

    Raises:
        OSError: the file cannot be written.
    """
    line = f"{account.person_id} {account.created_at.isoformat()}\n".encode()
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line)
        os.fsync(file)
    finally:
        os.close(file)


def listed(path: Path) -> Iterator[ErasedAccount]:
    """Yield the accounts of the list, none if there is no list.

    Raises:
        ValueError: a line is not of the list; the message has its number.
    """
    if not path.exists():
        return
    for number, line in enumerate(path.read_text("ascii", "replace").splitlines(), 1):
        person_id, _, created_at = line.partition(" ")
        try:
            account = ErasedAccount(int(person_id), datetime.fromisoformat(created_at))
        except ValueError:
            raise ValueError(f"line {number} of {path} is no erased account") from None
        if account.created_at.tzinfo is None:
            raise ValueError(f"line {number} of {path} is no erased account")
        yield account
