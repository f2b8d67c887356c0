"""The table of what suggests that two customers may be one, apart from the other tables of this room for its length."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Index, UniqueConstraint

from server.customers.duplicate_evidence import DuplicateEvidence
from server.db.tables import TenantRow, one_of, references, tenant_table, text


class DuplicateKey(TenantRow, table=True):
    """Something that suggests who somebody is without proving it: two customers with the same key may be the same one.

    The key begins with the kind and is compared, never shown. Those of names follow the names and numbers as they are
    now (`duplicates.index_keys`); those of weak identities stay, since nothing else remembers that somebody else's was told.
    """

    __tablename__ = "duplicate_keys"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        UniqueConstraint("tenant_id", "key", "customer_id"),
        Index(None, "tenant_id", "customer_id"),
        one_of("kind", DuplicateEvidence),
        customer="customer_id",
    )

    customer_id: UUID
    kind: str = text()
    key: str = text()
