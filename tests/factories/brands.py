"""A brand, onboarded through the public mutation, with its owner's key; and the doors to work in it."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from server.access import keys
from server.access.caller import PUBLIC, Caller
from server.access.permissions import DataScope
from server.db.work import Work, finish, open_work
from server.ids import parse_global_id
from server.planner.call import Call
from server.schema.gateway import Gateway
from server.terms import Locale

_ONBOARD = """
mutation($input: OnboardTenantInput!) {
  onboardTenant(input: $input) {
    userErrors { code message field } cursor apiKey
    tenant { id name operatingModel { kind version } }
  }
}
"""
_numbers = itertools.count(1)


@dataclass
class World:
    """One installation, asked without HTTP in between."""

    gateway: Gateway

    async def ask(
        self,
        caller: Caller | str | None,
        query: str,
        variables: dict[str, Any] | None = None,
        *,
        locale: Locale = Locale.EN,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """The JSON body. `caller` is a caller, an API key, or None for the public. Raises RequestError like the gateway."""
        if isinstance(caller, str):
            caller = await self.gateway.authenticate(f"Bearer {caller}")
        call = self.call(caller or PUBLIC, locale=locale, idempotency_key=idempotency_key)
        ready = self.gateway.prepare(query, None, variables, call)
        body: dict[str, Any] = json.loads(await self.gateway.run(ready))
        return body

    def call(self, caller: Caller, *, locale: Locale = Locale.EN, idempotency_key: str | None = None) -> Call:
        return Call(
            caller=caller,
            locale=locale,
            request_id="test",
            idempotency_key=idempotency_key,
            services=self.gateway.services,
        )

    @asynccontextmanager
    async def work(self, caller: Caller) -> AsyncIterator[Work]:
        """A committed unit of work, events included."""
        assert caller.tenant_id is not None
        async with open_work(self.gateway.services.database.acts, caller.tenant_id, caller) as work:
            yield work
            await finish(work, self.gateway.services.events)


@dataclass
class Brand:
    """A tenant and its owner."""

    world: World
    key: str
    owner: Caller
    onboarded: dict[str, Any] = field(repr=False)

    @property
    def tenant_id(self) -> UUID:
        assert self.owner.tenant_id is not None
        return self.owner.tenant_id

    async def ask(self, query: str, variables: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """As the owner."""
        return await self.world.ask(self.owner, query, variables, **more)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        async with self.world.work(self.owner) as work:
            yield work

    async def events(self) -> list[tuple[int, str]]:
        """The whole log: (number, type)."""
        async with self.work() as work:
            rows = await work.raw.fetch("SELECT seq, type FROM events ORDER BY seq")
        return [(row["seq"], row["type"]) for row in rows]

    async def count(self, table: str) -> int:
        """How many rows the tenant has in a table."""
        async with self.work() as work:
            return int(await work.raw.fetchval(f'SELECT count(*) FROM "{table}"'))  # a name of the test's own

    async def welcome_everything(self) -> None:
        """No customer's attention runs out, at no hour: for tests about something else. Emits nothing."""
        from server.tenants.business import BusinessType
        from server.touchpoints.attention import policies
        from server.touchpoints.attention.tables import AttentionPolicyRow
        from server.touchpoints.attention_policies import ClassBudget

        default = policies.default_policy(BusinessType.B2B)
        classes = dict.fromkeys(default.budget.by_class, ClassBudget(1_000, 0))
        budget = dataclasses.replace(
            default.budget, total=1_000, company_total=None, min_gap_hours=0, quiet_hours=None, by_class=classes,
            by_purpose={},
        )  # fmt: skip
        document = policies.document_of(dataclasses.replace(default, budget=budget))
        async with self.work() as work:
            work.add(AttentionPolicyRow(version=2, document=document, memory_days=30))

    def as_staff(self, staff_id: UUID, scope: DataScope, permissions: Any = None) -> Caller:
        """A caller who is this staff member, without a key of its own."""
        from server.access.permissions import DEFAULTS, PrincipalKind

        granted = frozenset(DEFAULTS[PrincipalKind.STAFF] if permissions is None else permissions)
        return Caller(self.tenant_id, PrincipalKind.STAFF, staff_id, staff_id, granted, scope)


async def onboard(world: World, **given: Any) -> Brand:
    """A new brand; every field of the input can be given, in the API's names."""
    number = next(_numbers)
    input = {
        "name": f"Brand {number}",
        "slug": f"brand-{number}-{UUID(int=id(world) * 1000 + number).hex[-12:]}",
        "businessType": "HIGH_PRICE_B2C",
        "industry": "MEDICAL_AESTHETICS",
        "owner": {"name": "Owner", "email": f"owner{number}@brand.example"},
        "currency": "CNY",
        "timezone": "Asia/Shanghai",
        "locale": "ZH",
        **given,
    }
    body = await world.ask(None, _ONBOARD, {"input": input})
    payload = body["data"]["onboardTenant"]
    assert payload["userErrors"] == [], payload["userErrors"]
    owner = await keys.authenticate(world.gateway.services.database, f"Bearer {payload['apiKey']}")
    return Brand(world, payload["apiKey"], owner, payload)


def uuid_of(global_id: str) -> UUID:
    parsed = parse_global_id(global_id)
    assert parsed is not None
    return parsed[1]
