"""Ids: UUIDv7 inside, Relay global ids outside (base64url of ``Type:uuid``)."""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from uuid import UUID

import uuid_utils

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TYPE = re.compile(r"[A-Z][A-Za-z]{0,63}")


def new_id() -> UUID:
    """A time-ordered random id (UUIDv7)."""
    return UUID(int=uuid_utils.uuid7().int)


def new_request_id() -> str:
    """Likewise, as 32 hexadecimal digits."""
    made: str = uuid_utils.uuid7().hex
    return made


def global_id(type_name: str, id: UUID | str) -> str:
    return base64.urlsafe_b64encode(f"{type_name}:{id}".encode()).decode()


@lru_cache(maxsize=4_096)
def parse_global_id(text: str) -> tuple[str, UUID] | None:
    """The type name and uuid in a global id, or None where it cannot be one. Padding may be missing."""
    if len(text) > 200:
        return None
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    type_name, colon, uuid = decoded.partition(":")
    if not colon or not _TYPE.fullmatch(type_name) or not _UUID.fullmatch(uuid):
        return None
    return type_name, UUID(uuid)
