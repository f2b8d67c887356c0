"""Saying how often customers may be contacted. Each policy is kept; the newest one holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import Text, bindparam, cast, select

from server.db.reader import Reader
from server.db.statements import table_of
from server.db.work import Work
from server.errors import Conflict, Invalid
from server.operations.purposes import PurposeClass
from server.tenants.business import BusinessType
from server.tenants.tables import Tenant
from server.touchpoints.attention.commands import SetAttentionPolicy
from server.touchpoints.attention.events import AttentionPolicySet
from server.touchpoints.attention.policies import (
    PolicyInForce,
    default_policy,
    document_of,
    preset_policy,
    read_policy,
)
from server.touchpoints.attention.tables import AttentionPolicyRow
from server.touchpoints.attention_policies import (
    AttentionPolicy,
    BackOff,
    ClassBudget,
    CommonAttention,
    PurposeBudget,
    QuietHours,
)

_rows = table_of(AttentionPolicyRow)
_tenants = table_of(Tenant)


async def policy_in_force(asking: Work | Reader) -> PolicyInForce:
    """The brand's policy now."""
    newest = (
        select(_rows.c.version, _rows.c.preset, cast(_rows.c.document, Text).label("document"))
        .where(_rows.c.tenant_id == _tenants.c.tenant_id)
        .order_by(_rows.c.version.desc())
        .limit(1)
        .lateral("newest")
    )
    statement = (
        select(_tenants.c.business_type, newest.c.version, newest.c.preset, newest.c.document)
        .select_from(_tenants.outerjoin(newest, bindparam("yes", True)))
        .where(_tenants.c.tenant_id == asking.tenant_id)
    )
    found = await asking.fetch_one(statement)
    assert found is not None, "Whoever asks belongs to a brand."
    return read_policy(found["business_type"], found["version"], found["preset"], found["document"])


async def set_attention_policy(work: Work, command: SetAttentionPolicy) -> PolicyInForce:
    """Say what holds from now on. Saying what holds already changes nothing.

    Raises Conflict on `expected_version`, and Invalid for what contradicts itself. Locks the brand's row: of two who say
    something else at once, the second says it of what the first left.
    """
    brand = await work.require(Tenant, work.tenant_id, lock=True)
    current = await policy_in_force(work)
    if command.expected_version not in (None, current.version):
        raise Conflict("expected_version", version=current.version)
    wanted = _changed(_start(command, current, BusinessType(brand.business_type)), command)
    _require_sense(wanted)
    if document_of(wanted) == document_of(current) and wanted.preset is current.preset:
        return current
    wanted = replace(wanted, version=current.version + 1)
    work.add(
        AttentionPolicyRow(
            version=wanted.version,
            preset=None if wanted.preset is None else wanted.preset.value,
            document=document_of(wanted),
            memory_days=wanted.memory_days,
            staff_id=work.caller.staff_id,
        )
    )
    work.emit(AttentionPolicySet(tenant_id=work.tenant_id, policy_version=wanted.version, preset=wanted.preset))
    return wanted


def _start(command: SetAttentionPolicy, current: PolicyInForce, business_type: BusinessType) -> PolicyInForce:
    if command.preset is not None:
        return preset_policy(command.preset)
    return default_policy(business_type) if command.from_default else current


def _changed(policy: PolicyInForce, command: SetAttentionPolicy) -> PolicyInForce:
    return replace(policy, budget=_budget(policy.budget, command), common=_common(policy.common, command))


def _budget(budget: AttentionPolicy, command: SetAttentionPolicy) -> AttentionPolicy:
    said: dict[str, Any] = _given(command, "window_days", "total", "min_gap_hours", "outside_total", "company_total")
    if command.without_company_total:
        said["company_total"] = None
    quiet = command.quiet_hours
    if quiet is not None:
        said["quiet_hours"] = QuietHours(quiet.start, quiet.end, quiet.also)
    elif command.without_quiet_hours:
        said["quiet_hours"] = None
    if command.by_class is not None:
        named = {one.purpose_class: ClassBudget(one.max, one.gap_hours) for one in command.by_class}
        said["by_class"] = _frozen({**budget.by_class, **named})
    if command.by_purpose is not None:
        purposes = {one.purpose: PurposeBudget(one.max, one.gap_hours, one.window_days) for one in command.by_purpose}
        said["by_purpose"] = _frozen(purposes)
    return replace(budget, **said)


def _common(common: CommonAttention, command: SetAttentionPolicy) -> CommonAttention:
    said: dict[str, Any] = _given(
        command,
        "reply_window_hours",
        "appointment_exempt_hours",
        "reservation_minutes",
        "ignored_after_hours",
        "bait_unit_multiplier",
    )
    if command.back_off is not None:
        back_off: BackOff = replace(common.back_off, **command.back_off.model_dump())
        said["back_off"] = back_off
    return replace(common, **said)


def _given(command: SetAttentionPolicy, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(command, name)) is not None}


def _frozen(budgets: Mapping[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(dict(budgets))


def _require_sense(policy: PolicyInForce) -> None:
    """Raises Invalid for what contradicts itself."""
    if PurposeClass.LEGAL in policy.budget.outside_total:
        raise Invalid("outside_total", why="Legal notices have no budget.", why_zh="法定通知不计额度。")
    if policy.common.back_off.gap_multiplier > policy.common.back_off.max_multiplier:
        raise Invalid("back_off", why="The multiplier is above its own limit.", why_zh="倍数不能大于其上限。")
