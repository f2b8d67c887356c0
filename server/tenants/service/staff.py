"""The people who work for the tenant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from server.access.permissions import DataScope
from server.db.work import Work
from server.tenants import commands, external_refs, queries, tables
from server.tenants.errors import EmailTaken, StaffKeyTaken, WiderScopeThanOwn
from server.tenants.events import StaffMemberHasLeft, StaffMemberInvited, StaffMemberUpdated

_WIDTH = {DataScope.OWN_CUSTOMERS: 0, DataScope.OWN_GROUP: 1, DataScope.OWN_STORE: 1, DataScope.ALL: 2}


async def invite_staff(work: Work, command: commands.InviteStaff) -> tables.StaffMember:
    """A new member of staff, who sees nothing before a key is made for them.

    Raises StaffKeyTaken, EmailTaken, WiderScopeThanOwn, ExternalRefTaken.
    """
    check_scope(work, command.data_scope, "data_scope")
    member = tables.StaffMember(
        name=command.name,
        email=command.email,
        key=command.key,
        data_scope=command.data_scope,
        joined_at=command.joined_at or work.now,
    )
    async with _unique(work):
        work.add(member)
    await external_refs.attach(work, "StaffMember", member.id, command.external_refs)
    work.emit(StaffMemberInvited(staff_id=member.id, data_scope=command.data_scope, joined_at=member.joined_at))
    return member


async def update_staff(work: Work, command: commands.UpdateStaff) -> tables.StaffMember:
    """Change what is given about a person. Whoever changes the data scope must refresh what the person sees.

    Locks the person's row. Raises StaffMemberLeft, Conflict, StaffKeyTaken, EmailTaken, WiderScopeThanOwn.
    """
    member = await queries.require_working_staff(work, command.staff_id, "staff_id", lock=True)
    given = command.model_fields_set - {"staff_id", "expected_version", "external_refs"}
    values: dict[str, Any] = {name: getattr(command, name) for name in given}
    if "data_scope" in values and values["data_scope"] != member.data_scope:
        # Neither may a scope be opened wider than the caller's own, nor one that is wider be touched.
        check_scope(work, values["data_scope"], "data_scope")
        check_scope(work, DataScope(member.data_scope), "data_scope")
    await external_refs.attach(work, "StaffMember", member.id, command.external_refs)
    if not values and not command.external_refs:
        return member
    async with _unique(work):
        await work.change(member, expected_version=command.expected_version, **values)
    work.emit(
        StaffMemberUpdated(staff_id=member.id, data_scope=DataScope(member.data_scope), staff_version=member.version)
    )
    return member


async def leave_staff(work: Work, command: commands.LeaveStaff) -> tables.StaffMember:
    """The person has left: from now on nothing is theirs to do or see. Whoever composes this hands over what is theirs.

    Locks the person's row. Raises NotFound, StaffMemberLeft, Conflict, WiderScopeThanOwn.
    """
    member = await queries.require_working_staff(work, command.staff_id, "staff_id", lock=True)
    check_scope(work, DataScope(member.data_scope), "staff_id")
    await work.change(member, expected_version=command.expected_version, left_at=work.now)
    work.emit(StaffMemberHasLeft(staff_id=member.id, left_at=work.now, staff_version=member.version))
    return member


def check_scope(work: Work, scope: DataScope, *field: str) -> None:
    """Raises WiderScopeThanOwn where the caller sees less than `scope` would open.

    OWN_GROUP and OWN_STORE depend on where a person is placed, so neither may be handed out below ALL except by one
    who has the very same.
    """
    own: DataScope = work.caller.data_scope
    if own is not DataScope.ALL and scope is not own and _WIDTH[scope] >= max(_WIDTH[own], 1):
        raise WiderScopeThanOwn(*field)


@asynccontextmanager
async def _unique(work: Work) -> AsyncIterator[None]:
    """Two unique keys may refuse the row; the database says which, whoever was first."""
    try:
        async with work.savepoint():
            yield
    except asyncpg.UniqueViolationError as violation:
        if "email" in (violation.constraint_name or ""):
            raise EmailTaken("email") from None
        raise StaffKeyTaken("key") from None
