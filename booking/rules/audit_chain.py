"""The chain of the log of who changed what: how each entry is sealed, and what it says of faults.

The hash of an entry covers all that is said in it, and the hash of the entry before. What may be
erased later, its content and the address from which it came, is covered by a digest with a random
salt: without salt and text, nothing can be learnt from the digest, and the chain still holds.
"""

import hashlib
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, NamedTuple

#: What stands before the first entry.
BEGINNING = "0" * 64
_encode = json.JSONEncoder(separators=(",", ":")).encode
#: Longer texts are cut: the log says what happened, it is no second copy.
LONGEST_TEXT = 1000
_CUT = "…"


class ChainFault(StrEnum):
    """What is wrong with an entry of the log, or with its end."""

    MISSING = "missing"
    """Its position is not the one after the entry before."""
    DOES_NOT_FOLLOW = "does_not_follow"
    """It names another hash than the entry before has."""
    CHANGED = "changed"
    """Its hash is not that of what it says."""
    CONTENT_CHANGED = "content_changed"
    """Its content or address is not the one that it was written with."""
    ERASED_BY_NOTHING = "erased_by_nothing"
    """Content or address are gone, but no erasure is in the log."""
    END_MISSING = "end_missing"
    """The log ends before or after the entry that its head names."""


class Sealed(NamedTuple):
    """All that the hash of an entry covers, in this order; `at` is aware UTC."""

    position: int
    at: datetime
    event: str
    actor_kind: str
    actor_id: int | None
    person_id: int | None
    organisation_id: int | None
    cluster_id: int | None
    facility_id: int | None
    reference: str | None
    content_digest: str | None
    address_digest: str | None
    previous_hash: str

    @property
    def hash(self) -> str:
        """Return the hash, 64 hexadecimal digits."""
        # A million of them are checked in one go.
        return seal(self.position, self.at.isoformat(timespec="microseconds"), *self[2:])


def seal(*values: object) -> str:
    """Return the SHA-256 of values, 64 hexadecimal digits; for `Sealed`, in its order."""
    return hashlib.sha256(_encode(values).encode()).hexdigest()


def digest(salt: str, text: str) -> str:
    """Return the digest of what may be erased, 64 hexadecimal digits."""
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()


def content_text(before: Mapping[str, object], after: Mapping[str, object], why: str) -> str | None:
    """Return before, after and why as one text, or None if all are empty.

    Raises:
        TypeError: a value is neither text, number, day, time, yes or no, nor a list of those.
    """
    content: dict[str, object] = {}
    if before:
        content["before"] = _small(before)
    if after:
        content["after"] = _small(after)
    if why:
        content["why"] = _small(why)
    if not content:
        return None
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _small(value: object) -> object:
    if isinstance(value, str):
        text = str(value)
        return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + _CUT
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _small(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_small(one) for one in value]
    raise TypeError(f"the log takes no {type(value).__name__}")


@dataclass(frozen=True)
class Content:
    """What an entry says beside whom it is about."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    why: str


def content_of(text: str | None) -> Content:
    """Return what `content_text` wrote; empty for None."""
    read = json.loads(text) if text else {}
    return Content(read.get("before", {}), read.get("after", {}), read.get("why", ""))


def shortened_address(address: str) -> str:
    """Return the network of an address, so large that it names nobody; "" if it is none.

    The /24 of an IPv4 address, the /48 of an IPv6 address.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((parsed, 48), strict=False))
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed, 24), strict=False))
