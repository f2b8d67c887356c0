"""API keys, and what acts answered under an idempotency key."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from server.access.permissions import PrincipalKind
from server.db.tables import TenantRow, document, instant, one_of, references, tenant_table, text, texts


class ApiKey(TenantRow, table=True):
    """A credential. Only the hash of the secret is kept."""

    __tablename__ = "api_keys"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "secret_hash"),
        Index(None, "tenant_id", "recorded_at", "id"),
        references("staff_id", "staff_members"),
        one_of("kind", PrincipalKind),
    )

    name: str = text()
    kind: str = text()
    staff_id: UUID | None = Field(default=None)
    permissions: list[str] = texts()
    secret_hash: str = text()
    secret_tail: str = text()
    recorded_at: datetime = instant()
    expires_at: datetime | None = instant(nullable=True)
    revoked_at: datetime | None = instant(nullable=True)


class ActOutcome(TenantRow, table=True):
    """What an act answered: ids, user errors as values and the cursor. Never bytes, never secrets."""

    __tablename__ = "act_outcomes"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "principal", "key"))

    principal: str = text()
    key: str = text()
    act: str = text()
    fingerprint: str = text()
    outcome: dict[str, Any] | None = document(nullable=True, default_factory=lambda: None)
    event_id: UUID | None = Field(default=None)
    """The last event of the act, whose number is the act's place in the log."""
    recorded_at: datetime = instant()
