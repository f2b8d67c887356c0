"""The tenant's API keys: who may get one."""

from __future__ import annotations

from server.access import keys
from server.access.permissions import DataScope, PrincipalKind
from server.access.tables import ApiKey
from server.db.work import Work
from server.tenants import commands, queries
from server.tenants.service.staff import check_scope


async def create_api_key(work: Work, command: commands.CreateApiKey) -> tuple[ApiKey, str]:
    """A new key, and the credential, which can be shown this once only.

    Keys of owners and programs see every customer, so only a caller who does may make one. Raises NotFound or
    StaffMemberLeft on `staff_id`, WiderScopeThanOwn, MorePermissionsThanOwn.
    """
    if command.staff_id is not None:
        member = await queries.require_working_staff(work, command.staff_id, "staff_id", lock=True)
        check_scope(work, DataScope(member.data_scope), "staff_id")
    elif command.kind is not PrincipalKind.STAFF:
        check_scope(work, DataScope.ALL, "kind")
    return await keys.create_api_key(
        work,
        name=command.name,
        kind=command.kind,
        staff_id=command.staff_id,
        permissions=command.permissions,
        expires_at=command.expires_at,
    )
