"""The caller: who a request acts for, resolved once from its credential."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from server.access.permissions import DataScope, Permission, PrincipalKind
from server.db.tenancy import Passage, Scope

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal of one tenant. The public caller has no tenant and no permission."""

    tenant_id: UUID | None
    kind: PrincipalKind
    principal_id: UUID | None
    """The API key's id for owners and integrators, the staff member's id for staff."""
    staff_id: UUID | None
    permissions: frozenset[Permission]
    data_scope: DataScope
    key_id: UUID | None = None
    expires_at: datetime | None = None
    stamp: str = ""
    """What the key granted when the caller was let in; see `Passage`."""
    passage: Passage = field(init=False, compare=False, repr=False)
    """How this caller's reads and acts pass the door."""

    def __post_init__(self) -> None:
        scope = Scope.ALL if self.sees_everything else Scope.STAFF
        passage = Passage(self.tenant_id or NOBODY, self.staff_id, scope, self.key_id, self.stamp)
        object.__setattr__(self, "passage", passage)

    @property
    def is_public(self) -> bool:
        return self.tenant_id is None

    @property
    def sees_everything(self) -> bool:
        return self.data_scope is DataScope.ALL


PUBLIC = Caller(None, PrincipalKind.PUBLIC, None, None, frozenset(), DataScope.OWN_CUSTOMERS)
