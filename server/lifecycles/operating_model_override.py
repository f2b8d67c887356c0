"""Choosing the other operating model before there are customers.

With customers a change moves relationships and needs a plan; this act refuses it. Only a new version of the model is
written; the one before stays as history.
"""

from __future__ import annotations

from sqlalchemy import select

from server.commands import Command, ShortText
from server.customers import visibility
from server.customers.tables import Relationship
from server.db.statements import table_of
from server.db.work import Work
from server.errors import Conflict
from server.lifecycles.errors import AlreadyInForce, ChangeNeedsPlan
from server.operations import designs
from server.operations import queries as operations
from server.operations.tables import OperatingModel
from server.operations.templates import template
from server.tenants import queries as tenants
from server.tenants.business import OperatingModelKind
from server.tenants.documents import profile_of, thresholds_of
from server.tenants.operating_model import advise, warnings_of_choice

_relationships = table_of(Relationship).c


class OverrideOperatingModel(Command):
    """The wanted model and the brand's own reason. `expected_version` is the number of the version in force."""

    kind: OperatingModelKind
    reason: ShortText
    expected_version: int | None = None


async def override_operating_model(work: Work, command: OverrideOperatingModel) -> OperatingModel:
    """A new version under the other model, with the reason and the warnings of the choice.

    Locks the tenant's row and the version in force, and holds off whoever makes friends meanwhile.
    Raises Conflict, AlreadyInForce, ChangeNeedsPlan.
    """
    await visibility.changing_model(work)
    tenant = await tenants.tenant(work, lock=True)
    current = await operations.require_in_force(work, lock=True)
    if command.expected_version is not None and command.expected_version != current.number:
        raise Conflict("expected_version", version=current.number)
    if command.kind == current.kind:
        raise AlreadyInForce("kind", kind=command.kind.value)
    if await _has_relationships(work):
        raise ChangeNeedsPlan("kind")
    profile, thresholds = profile_of(tenant.profile), thresholds_of(tenant.thresholds)
    advice = advise(profile, thresholds)
    return await designs.install(
        work,
        template(profile.industry, command.kind),
        kind=command.kind,
        advice=advice,
        override_reason=command.reason,
        brand_name=tenant.name,
        warnings=warnings_of_choice(profile, advice, chosen=command.kind, thresholds=thresholds),
    )


async def _has_relationships(work: Work) -> bool:
    found = select(_relationships.id).where(_relationships.tenant_id == work.tenant_id).limit(1)
    return await work.scalar(found) is not None
