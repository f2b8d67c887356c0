"""The brand's policy as it is kept and read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, select

from server.db.reader import Reader
from server.db.statements import table_of
from server.db.work import Work
from server.trust.policy import DEFAULT_TRUST_POLICY, TrustPolicy, Worth
from server.trust.reasons import TrustReason
from server.trust.tables import TrustPolicyVersion

_policies = table_of(TrustPolicyVersion)
NUMBERS = (
    "opening_balance",
    "opening_ceiling",
    "minimum_ceiling",
    "crease_rate_bp",
    "daily_deposit_cap",
    "interest_rate_bp",
    "leaving_balance_below",
    "leaving_withdrawals",
    "leaving_withdrawal_days",
    "leaving_ceiling_below",
    "leaving_falling_days",
)
"""What a policy says in one number each; the columns are called the same."""


def newest(tenant_id: Any) -> Select[Any]:
    """The version in force; no row where the brand never said anything."""
    return (
        select(*(_policies.c[name] for name in ("version", *NUMBERS, "worths")))
        .where(_policies.c.tenant_id == tenant_id)
        .order_by(_policies.c.version.desc())
        .limit(1)
    )


def policy_of(record: Mapping[str, Any]) -> TrustPolicy:
    """From a record with a version's columns; all are null where there is no version."""
    if record["version"] is None:
        return DEFAULT_TRUST_POLICY
    worths = {TrustReason(code): Worth(**worth) for code, worth in record["worths"].items()}
    numbers = {name: record[name] for name in NUMBERS}
    return TrustPolicy(version=record["version"], **numbers, own_worths=MappingProxyType(worths))


async def policy_in_force(statements: Work | Reader) -> TrustPolicy:
    record = await statements.fetch_one(newest(statements.tenant_id))
    return DEFAULT_TRUST_POLICY if record is None else policy_of(record)


async def every_version(statements: Work | Reader) -> dict[int, TrustPolicy]:
    """All policies there were, by version; 0 among them."""
    found = await statements.fetch(select(_policies).where(_policies.c.tenant_id == statements.tenant_id))
    return {0: DEFAULT_TRUST_POLICY} | {record["version"]: policy_of(record) for record in found}
