"""A call: who asks, in which language, and what the planner needs to answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from server.terms import Locale


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
