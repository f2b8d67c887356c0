"""Reads what a change of the operating model is planned by and carried out by: the design, who serves where, friendships.

Friendships come customer by customer in the order of their ids, some thousands at a time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import and_, func, select

from server.customers.tables import Customer, Relationship, RelationshipRole
from server.db.reader import Reader
from server.db.statements import among, table_of
from server.db.work import Work
from server.events.catalogue import CATALOGUE
from server.events.tables import EventRow
from server.lifecycles.change_plans import PlanFacts
from server.lifecycles.change_rules import Design, Friendship, Held, Rules, Seat
from server.operations.purposes import Purpose
from server.operations.store_kinds import StoreKind
from server.operations.tables import (
    Channel,
    OperatingModel,
    OpsGroup,
    Placement,
    ServiceRole,
    Stage,
    Store,
    StoreAncestor,
)
from server.operations.templates import template
from server.operations.units import Unit
from server.tenants import queries as tenants
from server.tenants.business import OperatingModelKind
from server.tenants.tables import StaffMember
from server.touchpoints.attention_policies import ATTENTION_POLICIES

RESTS_ON = (
    "relationship.", "operating_model.", "ops_group.", "service_role.", "stage.", "placement.", "channel.", "store.",
    "staff_member.", "tenant.updated", "customer.added", "customer.updated",
)  # fmt: skip
"""Events that make an earlier plan stale, by the beginning of their names. A contact is none of them."""
_AT_ONCE = 5_000

_friends, _held, _customers = table_of(Relationship).c, table_of(RelationshipRole).c, table_of(Customer).c
_staff, _placed, _channels = table_of(StaffMember).c, table_of(Placement).c, table_of(Channel).c
_groups, _roles, _stages = table_of(OpsGroup).c, table_of(ServiceRole).c, table_of(Stage).c
_stores, _above = table_of(Store).c, table_of(StoreAncestor).c
_models, _events = table_of(OperatingModel).c, table_of(EventRow).c


@dataclass(frozen=True, slots=True)
class Units:
    """Every group and role there ever was: by key, and the key by id."""

    by_key: dict[str, Unit]
    keys: dict[UUID, str]
    awake: frozenset[str]


async def units(statements: Work | Reader) -> Units:
    """Groups and roles, retired ones too; awake are those that serve under the version in force."""
    tenant = statements.tenant_id
    groups = await statements.fetch(
        select(_groups.id, _groups.key, _groups.retired_at).where(_groups.tenant_id == tenant)
    )
    roles = await statements.fetch(
        select(_roles.id, _roles.key, _roles.retired_at, _roles.dormant).where(_roles.tenant_id == tenant)
    )
    by_key = {row["key"]: Unit(group_id=row["id"]) for row in groups}
    by_key |= {row["key"]: Unit(role_id=row["id"]) for row in roles}
    awake = [row["key"] for row in groups if row["retired_at"] is None]
    awake += [row["key"] for row in roles if row["retired_at"] is None and not row["dormant"]]
    return Units(by_key, {unit.id: key for key, unit in by_key.items()}, frozenset(awake))


async def design_in_force(statements: Work | Reader, known: Units) -> Design:
    """The units that add, in the order of the journey, and all that are awake."""
    found = await statements.fetch(
        select(_stages.owner_group_id, _stages.owner_role_id)
        .where(_stages.tenant_id == statements.tenant_id, _stages.retired_at.is_(None), _stages.adds)
        .order_by(_stages.position)
    )
    adding = [known.keys[row["owner_group_id"] or row["owner_role_id"]] for row in found]
    return Design(tuple(dict.fromkeys(adding)), known.awake)


async def wanted_design(statements: Work | Reader, to: OperatingModelKind) -> Design:
    """What the trade's template has under the other model."""
    facts = await tenants.business_facts(statements)
    assert facts is not None
    wanted = template(facts.profile.industry, to)
    adding = [stage.owner for stage in wanted.stages if stage.adds]
    return Design(tuple(dict.fromkeys(adding)), frozenset(role.key for role in wanted.active_roles))


async def seats(statements: Work | Reader, known: Units) -> dict[UUID, list[Seat]]:
    """Where everybody who works here is placed now, the oldest placement first."""
    rows = await statements.fetch(
        select(_placed.staff_id, _placed.group_id, _placed.role_id, _placed.store_id)
        .join(table_of(StaffMember), and_(_staff.tenant_id == _placed.tenant_id, _staff.id == _placed.staff_id))
        .where(_placed.tenant_id == statements.tenant_id, _placed.until_at.is_(None), _staff.left_at.is_(None))
        .order_by(_placed.from_at, _placed.id)
    )
    found: dict[UUID, list[Seat]] = {}
    for row in rows:
        seat = Seat(known.keys[row["group_id"] or row["role_id"]], row["store_id"])
        found.setdefault(row["staff_id"], []).append(seat)
    return found


async def plan_facts(
    statements: Work | Reader, rules: Rules, *, to: OperatingModelKind | None, store_ids: Sequence[UUID] | None
) -> PlanFacts:
    """What a plan rests on besides the friendships. Without `to` it is about the model in force."""
    tenant = statements.tenant_id
    known = await units(statements)
    design = await design_in_force(statements, known) if to is None else await wanted_design(statements, to)
    facts = await tenants.business_facts(statements)
    model = await statements.fetch_one(
        select(_models.id, _models.version).where(_models.tenant_id == tenant, _models.in_force)
    )
    assert facts is not None
    assert model is not None
    policy = ATTENTION_POLICIES[facts.profile.business_type]
    stores = await _stores_looked_at(statements) if store_ids is None else list(store_ids)
    return PlanFacts(
        design=design,
        rules=rules,
        seats=await seats(statements, known),
        stores=stores,
        above=await _above_each(statements, stores),
        channels=await _channels_by_unit(statements, known),
        friends_per_person=facts.thresholds.friends_per_person,
        service_budget=policy.by_class[Purpose.HANDOFF_INTRODUCTION.purpose_class].max,
        window_days=policy.window_days,
        digest={
            "to": None if to is None else to.value,
            "model": str(model["id"]),
            "revision": model["version"],
            "place": await _place_in_the_log(statements),
        },
    )


async def friendships(
    statements: Work | Reader, known: Units, *, after: UUID | None = None
) -> AsyncIterator[list[list[Friendship]]]:
    """All customers behind `after` who have live friendships, some thousands at a time: per customer, all of them."""
    while True:
        behind = [] if after is None else [_customers.id > after]
        page = (
            select(_customers.id)
            .where(_customers.tenant_id == statements.tenant_id, *behind)
            .order_by(_customers.id)
            .limit(_AT_ONCE)
            .subquery()
        )
        last = await statements.scalar(select(page.c.id).order_by(page.c.id.desc()).limit(1))
        if last is None:
            return
        within = [_friends.customer_id <= last, *([] if after is None else [_friends.customer_id > after])]
        yield await _by_customer(statements, known, within)
        after = last


async def friendships_of(
    statements: Work | Reader, known: Units, customer_ids: Iterable[UUID]
) -> list[list[Friendship]]:
    """The same for these customers."""
    return await _by_customer(statements, known, [among(_friends.customer_id, customer_ids)])


async def _by_customer(statements: Work | Reader, known: Units, where: Sequence[Any]) -> list[list[Friendship]]:
    lasting = and_(
        _held.tenant_id == _friends.tenant_id, _held.relationship_id == _friends.id, _held.until_at.is_(None)
    )
    rows = await statements.fetch(
        select(
            _friends.id,
            _friends.customer_id,
            _friends.staff_id,
            _friends.since,
            _staff.left_at,
            _customers.home_store_id,
            _held.id.label("held_id"),
            func.coalesce(_held.role_id, _held.group_id).label("unit_id"),
            _held.from_at,
        )
        .join(
            table_of(Customer), and_(_customers.tenant_id == _friends.tenant_id, _customers.id == _friends.customer_id)
        )
        .join(table_of(StaffMember), and_(_staff.tenant_id == _friends.tenant_id, _staff.id == _friends.staff_id))
        .outerjoin(table_of(RelationshipRole), lasting)
        .where(_friends.tenant_id == statements.tenant_id, _friends.ended_at.is_(None), *where)
        .order_by(_friends.customer_id, _friends.id, _held.from_at, _held.id)
    )
    return [
        [_friendship(list(held), known) for _, held in groupby(of_one, key=lambda row: row["id"])]
        for _, of_one in groupby(rows, key=lambda row: row["customer_id"])
    ]


def _friendship(rows: Sequence[asyncpg.Record], known: Units) -> Friendship:
    row = rows[0]
    return Friendship(
        id=row["id"],
        customer_id=row["customer_id"],
        staff_id=row["staff_id"],
        works_here=row["left_at"] is None,
        home_store_id=row["home_store_id"],
        since=row["since"],
        held=tuple(
            Held(one["held_id"], known.keys[one["unit_id"]], one["from_at"])
            for one in rows
            if one["held_id"] is not None
        ),
    )


async def _stores_looked_at(statements: Work | Reader) -> list[UUID]:
    """Every open store where customers are met, in the order in which they were defined."""
    rows = await statements.fetch(
        select(_stores.id)
        .where(
            _stores.tenant_id == statements.tenant_id,
            _stores.kind == StoreKind.STORE.value,
            _stores.closed_at.is_(None),
        )
        .order_by(_stores.recorded_at, _stores.id)
    )
    return [row["id"] for row in rows]


async def _above_each(statements: Work | Reader, stores: Sequence[UUID]) -> dict[UUID, frozenset[UUID]]:
    rows = await statements.fetch(
        select(_above.store_id, _above.ancestor_id).where(
            _above.tenant_id == statements.tenant_id, among(_above.store_id, stores)
        )
    )
    found: dict[UUID, set[UUID]] = {store: {store} for store in stores}
    for row in rows:
        found[row["store_id"]].add(row["ancestor_id"])
    return {store: frozenset(above) for store, above in found.items()}


async def _channels_by_unit(statements: Work | Reader, known: Units) -> dict[str, int]:
    unit = func.coalesce(_channels.group_id, _channels.role_id).label("unit")
    rows = await statements.fetch(
        select(unit, func.count().label("times"))
        .where(_channels.tenant_id == statements.tenant_id, _channels.retired_at.is_(None), unit.isnot(None))
        .group_by(unit)
    )
    return {known.keys[row["unit"]]: row["times"] for row in rows}


async def _place_in_the_log(statements: Work | Reader) -> int:
    """The number of the newest event that a plan rests on; each type's newest is found by index."""
    newest = [
        select(func.max(_events.seq))
        .where(_events.tenant_id == statements.tenant_id, _events.type == type)
        .scalar_subquery()
        for type in sorted(CATALOGUE)
        if type.startswith(RESTS_ON)
    ]
    return int(await statements.scalar(select(func.greatest(*newest, 0))))
