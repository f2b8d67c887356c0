"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from server.access.permissions import PrincipalKind
from server.events.catalogue import Event, event, fact, points_to


@event("api_key.created", subject="ApiKey", subject_field="api_key_id", description="A credential was made.")
@dataclass(frozen=True, kw_only=True)
class ApiKeyCreated(Event):
    api_key_id: UUID = points_to("ApiKey", "The key.")
    kind: PrincipalKind = fact("What kind of caller the key is for.")


@event("api_key.revoked", subject="ApiKey", subject_field="api_key_id", description="A credential stopped working.")
@dataclass(frozen=True, kw_only=True)
class ApiKeyRevoked(Event):
    api_key_id: UUID = points_to("ApiKey", "The key.")
