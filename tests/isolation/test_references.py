"""What names a row by type and id says no more than `node(id)` does: null where the type or the row is not the caller's.

Made from the schema: every field that leads to rows of several types, every type it can lead to, every permission.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type

from server.access import keys
from server.access.caller import Caller
from server.access.permissions import EVERYTHING, DataScope, Permission, PrincipalKind
from server.errors import RequestError
from server.ids import global_id, new_id
from server.planner.executing import Plan
from server.planner.nodes import Catalogue
from tests.factories.brands import Brand, World
from tests.factories.furnished import furnish

Make = Callable[..., Awaitable[Brand]]
_AT_ONCE = 30


class Place(NamedTuple):
    """A field that leads to rows of several types, on a type of row or on an interface of such."""

    type_name: str
    field: str

    @property
    def selection(self) -> str:
        return f"__typename id ... on {self.type_name} {{ to: {self.field} {{ __typename id }} }}"


def places(catalogue: Catalogue) -> Iterator[Place]:
    """Every such field there is; what an interface declares is not repeated for its types."""
    interfaces: list[Any] = [one for one in catalogue.schema.type_map.values() if isinstance(one, GraphQLInterfaceType)]
    said: set[Place] = set()
    objects = [catalogue.schema.type_map[name] for name in catalogue.nodes]
    for type_ in (*interfaces, *objects):
        if not catalogue.is_row(type_.name):
            continue
        assert isinstance(type_, GraphQLInterfaceType | GraphQLObjectType)
        for name, field in type_.fields.items():
            target = get_named_type(field.type).name
            place = Place(type_.name, name)
            if place not in said and len(catalogue.concrete(target)) > 1 and catalogue.is_row(target):
                said.update(Place(one.name, name) for one in catalogue.concrete(type_.name))
                yield place


def _catalogue(world: World) -> Catalogue:
    catalogue: Catalogue = world.gateway.operations.catalogue
    return catalogue


def _without(brand: Brand, permission: Permission) -> Caller:
    held = EVERYTHING - {permission}
    return Caller(brand.tenant_id, PrincipalKind.INTEGRATOR, None, None, held, DataScope.ALL)


async def _all_ids(world: World, brand: Brand, type_name: str) -> list[str]:
    """The global id of every row of the type, or of all types of the interface."""
    catalogue = _catalogue(world)
    found: list[str] = []
    async with brand.work() as work:
        for concrete in catalogue.concrete(type_name):
            info = catalogue.nodes[concrete.name]
            of_kind = "" if info.kind_column is None else f" WHERE {info.kind_column.name} = '{info.kind_value}'"
            rows = await work.raw.fetch(f'SELECT id FROM "{info.table.name}"{of_kind}')
            found.extend(global_id(concrete.name, row["id"]) for row in rows)
    return found


async def _nodes(world: World, caller: Caller, ids: list[str], selection: str) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(ids), _AT_ONCE):
        query = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {selection} }} }}"
        body = await world.ask(caller, query, {"ids": ids[start : start + _AT_ONCE]})
        assert "errors" not in body, body
        found.extend(body["data"]["nodes"])
    return found


async def _references(world: World, brand: Brand) -> dict[Place, list[Any]]:
    """Of every such field, one row for each type that it leads to, as the owner sees them."""
    found: dict[Place, list[Any]] = {}
    for place in places(_catalogue(world)):
        firsts: dict[str, Any] = {}
        for row in await _nodes(world, brand.owner, await _all_ids(world, brand, place.type_name), place.selection):
            firsts.setdefault("" if row["to"] is None else row["to"]["__typename"], row)
        if firsts:
            found[place] = list(firsts.values())
    assert {Place("Event", "subject"), Place("TrustEntry", "cause"), Place("Stage", "owner")} <= set(found)
    return found


def _about(types: set[str], references: dict[Place, list[Any]]) -> dict[Place, list[Any]]:
    """Those that lead to one of the types, and of every field one that leads elsewhere."""

    def is_about(row: Any) -> bool:
        return row["to"] is not None and row["to"]["__typename"] in types

    return {
        place: [*filter(is_about, rows), *[row for row in rows if not is_about(row)][:1]]
        for place, rows in references.items()
    }


def _may_ask(world: World, caller: Caller, place: Place) -> bool:
    catalogue = _catalogue(world)
    return {catalogue.nodes[one.name].permission for one in catalogue.concrete(place.type_name)} <= caller.permissions


async def _compare(world: World, brand: Brand, caller: Caller, references: dict[Place, list[Any]]) -> set[str]:
    """References as the caller sees them, beside how the owner does. The types of those that are hidden."""
    hidden: set[str] = set()
    for place, owners in references.items():
        ids = [row["id"] for row in owners]
        named = list({row["to"]["id"]: row["to"]["__typename"] for row in owners if row["to"] is not None}.items())
        opened = await _nodes(world, caller, [id for id, _ in named], "id")
        visible = {row["id"] for row in opened if row is not None}
        if not _may_ask(world, caller, place):
            with pytest.raises(RequestError, match="You may not ask for this"):
                await _nodes(world, caller, ids, place.selection)
            continue
        seen = await _nodes(world, caller, ids, place.selection)
        mine = {row["id"] for row in await _nodes(world, caller, ids, "id") if row is not None}
        for row, got in zip(owners, seen, strict=True):
            to = row["to"] if row["to"] is not None and row["to"]["id"] in visible else None
            assert got == ({**row, "to": to} if row["id"] in mine else None), (place, row)
        hidden.update(type_name for id, type_name in named if id not in visible)
    return hidden


@pytest.fixture
async def furnished(brand: Make) -> Brand:
    made = await brand()
    await furnish(made)
    return made


async def test_without_a_permission_references_to_its_types_are_null(world: World, furnished: Brand) -> None:
    nodes = _catalogue(world).nodes
    references = await _references(world, furnished)
    hidden = set()
    for permission in sorted({Permission(info.permission) for info in nodes.values() if info.permission is not None}):
        types = {name for name, info in nodes.items() if info.permission == permission}
        found = await _compare(world, furnished, _without(furnished, permission), _about(types, references))
        assert found <= types
        hidden |= found
    # What events are about, what moved a trust account, and who serves.
    assert {"Feedback", "Touchpoint", "WowMoment", "Customer", "ServiceNote", "ApiKey", "Store"} <= hidden


async def test_what_a_data_scope_hides_is_null_where_it_is_referred_to(world: World, furnished: Brand) -> None:
    invited = await furnished.ask(
        'mutation { inviteStaff(input: {name: "Newcomer", dataScope: OWN_CUSTOMERS}) { staffMember { id } } }'
    )
    given = {"staff": invited["data"]["inviteStaff"]["staffMember"]["id"], "permissions": sorted(EVERYTHING)}
    made = await furnished.ask(
        'mutation($staff: ID!, $permissions: [Permission!]) { createApiKey(input: {name: "k", kind: STAFF,'
        " staffId: $staff, permissions: $permissions}) { secret } }",
        given,
    )
    secret = made["data"]["createApiKey"]["secret"]
    caller = await keys.authenticate(world.gateway.services.database, f"Bearer {secret}")
    hidden = await _compare(world, furnished, caller, await _references(world, furnished))
    assert {"Feedback", "Touchpoint", "WowMoment", "Customer"} <= hidden


def test_the_sql_of_every_reference_leaves_out_what_the_caller_may_not_read(world: World, furnished: Brand) -> None:
    """Also of the types of which there is no row here: a new type is held to it on the day it is there."""
    operations = world.gateway.operations
    catalogue = _catalogue(world)
    found = list(places(catalogue))
    assert {Place("Event", "subject"), Place("TrustEntry", "cause"), Place("Stage", "owner")} <= set(found)
    for type_name, field in found:
        target = get_named_type(catalogue.schema.type_map[type_name].fields[field].type).name  # type: ignore[attr-defined]  # rows have fields
        concrete = catalogue.concrete(type_name)[0].name
        query = f"query($i: ID!) {{ node(id: $i) {{ ... on {concrete} {{ {field} {{ __typename id }} }} }} }}"
        for permission in {catalogue.nodes[one.name].permission for one in catalogue.concrete(target)} - {None}:
            if permission == catalogue.nodes[concrete].permission:
                continue  # without it there is nothing to ask for
            text = _text(operations, query, concrete, _without(furnished, Permission(str(permission))), world)
            for one in catalogue.concrete(target):
                named = f"'{one.name}'" in text
                assert named == (catalogue.nodes[one.name].permission != permission), (type_name, field, one.name)


def _text(operations: Any, query: str, type_name: str, caller: Caller, world: World) -> str:
    given = {"i": global_id(type_name, new_id())}
    ready = operations.prepare(query, None, given, world.call(caller))
    plan: Plan = ready.plan
    return plan.refs(plan.selection.roots[0], type_name, ready.evaluated).text
