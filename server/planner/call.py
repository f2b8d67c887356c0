"""A call: who asks, in which language, and what the planner needs to answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from server.db.tenancy import Passage
from server.terms import Locale


class Asker(Protocol):
    """What the planner knows of a caller."""

    @property
    def is_public(self) -> bool: ...
    @property
    def permissions(self) -> frozenset[Any]: ...
    @property
    def passage(self) -> Passage: ...
    @property
    def tenant_id(self) -> UUID | None: ...


@dataclass(frozen=True, slots=True)
class Call:
    """One operation being answered."""

    caller: Any
    locale: Locale
    request_id: str
    idempotency_key: str | None = None
    read_only_transport: bool = False
    """GET: mutations and fields that must not appear in a URL are refused."""
    services: Any = field(default=None, repr=False)
    """What acts and streams are run with; belongs to the room above."""
