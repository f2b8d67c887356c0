"""Changing a person: the row is the tenant's, what follows for the customers they see is the customers' room's."""

from __future__ import annotations

from server.customers import visibility
from server.db.work import Work
from server.tenants.commands import UpdateStaff
from server.tenants.service import staff
from server.tenants.tables import StaffMember


async def update_staff(work: Work, command: UpdateStaff) -> StaffMember:
    """Change what is given about a person, and with the data scope what the person sees. Refusals as of the service."""
    member = await staff.update_staff(work, command)
    if "data_scope" in command.model_fields_set:
        await visibility.refresh_staff(work, member.id)
    return member
