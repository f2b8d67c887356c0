"""What the differential tests stand on: the furnished brands, their rows, and the callers who ask."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from server.access import keys
from server.access.permissions import DataScope, Permission
from server.schema.gateway import Gateway
from tests.differential.comparing import Voice, differ, voice
from tests.differential.data import Rows
from tests.differential.furnishing import furnish_brand, scoped_staff
from tests.differential.generating import Operation, Taste, operations
from tests.differential.material import Material
from tests.differential.reference.executing import Answer, Reference, schema
from tests.differential.reference.lists import CONNECTIONS
from tests.differential.reference.roots import BY_ID
from tests.factories.brands import Brand, World

T = TypeVar("T")

EACH = 145
"""Operations by each of the seven callers in the CI: about a thousand in all."""
SEED = 20260301
VOICES = ("owner", "owner-zh", "integrator", "own-customers", "own-group", "own-store", "all-customers")
AVOIDED: frozenset[tuple[str, str]] = frozenset()
"""(type, field) left out of generated operations; empty, and to be kept empty."""


@dataclass
class Ground:
    """Everything a differential test needs; `run` runs a coroutine on the loop the pools belong to."""

    gateway: Gateway
    dsn: str
    loop: asyncio.AbstractEventLoop
    brand: Brand
    foreign: Brand
    rows: Rows
    voices: dict[str, Voice]
    reference: Reference
    ids: dict[str, str]
    kinds: dict[str, int] = field(default_factory=dict)
    """How often each kind of answer came, over all operations so far."""
    _asked: dict[tuple[str, int, int], list[tuple[Operation, Answer]]] = field(default_factory=dict)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(coroutine)

    def material(self, name: str = "owner") -> Material:
        return Material(self.rows, self.reference.reading(self.voices[name].asker), self.foreign.tenant_id)

    def operations(self, name: str = "owner", taste: Taste | None = None) -> st.SearchStrategy[Operation]:
        return operations(schema(), self.material(name), taste or Taste(roots=_roots(), avoid=AVOIDED))

    def differ(self, name: str, operation: Operation, gateway: Gateway | None = None) -> None:
        """Raises Different where the planner and the reference part."""
        who = self.voices[name]
        expected = self.reference.answer(who.asker, operation.query, operation.variables)
        kind = self.run(differ(gateway or self.gateway, who, operation, expected))
        self.kinds[kind] = self.kinds.get(kind, 0) + 1

    def each(self, name: str, size: int, number: int, *, shrink: bool = True) -> None:
        """Compare so many generated operations. Raises Different, with a minimal case where `shrink`."""

        @seed(number)
        @settings(
            max_examples=size,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        )
        @given(self.operations(name))
        def run(operation: Operation) -> None:
            self.differ(name, operation)

        run()

    def asked(self, name: str, size: int, number: int) -> list[tuple[Operation, Answer]]:
        """The operations `each` compares, with what the reference says to them."""
        key = (name, size, number)
        if key not in self._asked:
            found: list[tuple[Operation, Answer]] = []

            @seed(number)
            @settings(
                max_examples=size,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(self.operations(name))
            def collect(operation: Operation) -> None:
                asker = self.voices[name].asker
                found.append((operation, self.reference.answer(asker, operation.query, operation.variables)))

            collect()
            self._asked[key] = found
        return self._asked[key]

    async def reread(self) -> None:
        """After acts: the rows as they are now."""
        self.rows = await Rows.read(self.dsn)
        self.reference = Reference(self.rows, self.gateway.services.epoch)


def _roots() -> list[str]:
    """Every root field; what leads far into the schema more often."""
    query = schema().query_type
    assert query is not None
    listed = [name for type_name, name in CONNECTIONS if type_name == "Query"]
    return [*query.fields, *BY_ID, *listed, *["customers", "customer", "node", "nodes", "events"] * 3]


async def furnished_ground(world: World, dsn: str, loop: asyncio.AbstractEventLoop) -> Ground:
    brand, ids = await furnish_brand(world, dsn, 1)
    foreign, _ = await furnish_brand(world, dsn, 2)
    staff = await scoped_staff(brand, dsn)
    voices = await _voices(brand, staff)
    rows = await Rows.read(dsn)
    gateway = world.gateway
    return Ground(gateway, dsn, loop, brand, foreign, rows, voices, Reference(rows, gateway.services.epoch), ids)


async def _voices(brand: Brand, staff: dict[DataScope, UUID]) -> dict[str, Voice]:
    made = {"owner": voice("owner", brand.owner), "owner-zh": voice("owner-zh", brand.owner, "ZH")}
    body = await brand.ask(
        'mutation { createApiKey(input: {name: "Warehouse", kind: INTEGRATOR}) { secret userErrors { message } } }'
    )
    secret = body["data"]["createApiKey"]["secret"]
    integrator = await keys.authenticate(brand.world.gateway.services.database, f"Bearer {secret}")
    made["integrator"] = voice("integrator", integrator)
    few = frozenset({Permission.EVENT_READ, Permission.TRUST_READ, Permission.CUSTOMER_READ})
    made["few-permissions"] = voice("few-permissions", replace(integrator, permissions=few))
    names = {
        DataScope.OWN_CUSTOMERS: "own-customers",
        DataScope.OWN_GROUP: "own-group",
        DataScope.OWN_STORE: "own-store",
        DataScope.ALL: "all-customers",
    }
    for scope, name in names.items():
        made[name] = voice(name, brand.as_staff(staff[scope], scope))
    return made
