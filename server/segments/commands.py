"""What can be asked of this room."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from server.commands import Command, Key, Name
from server.tenants.commands import ExternalRefs


class DefineSegment(Command):
    """The whole definition. `conditions` has been read and understood by whoever knows the filter."""

    key: Key
    name: Name
    conditions: dict[str, dict[str, Any]]
    expected_version: int | None = None
    external_refs: ExternalRefs = ()


class RetireSegment(Command):
    segment_id: UUID
    expected_version: int | None = None
