"""Items are defined by key, retired, brought back; what is refused leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from server.errors import Conflict, DomainError, Invalid, NotFound
from server.ids import global_id, new_id
from server.items import service
from server.items.commands import DefineItem, RetireItem
from server.items.errors import ItemAlreadyRetired, NegativeAmount
from server.items.events import ItemDefined, ItemRetired
from server.items.kinds import ItemKind
from server.items.prices import Amount
from server.items.tables import Item
from tests.factories.brands import Brand

Brands = Callable[..., Awaitable[Brand]]


def cleaning(**changed: Any) -> DefineItem:
    given: dict[str, Any] = {
        "key": "teeth_cleaning",
        "name": "洁牙",
        "kind": ItemKind.SERVICE,
        "list_price": Amount(amount=Decimal("398.00")),
        **changed,
    }
    return DefineItem(**given)


async def test_a_new_item(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        made = await service.define_item(work, cleaning())
        assert work.events == [
            ItemDefined(item_id=made.id, kind=ItemKind.SERVICE, list_price_minor=39800, item_version=1)
        ]
        [kept] = await work.rows(Item)
        assert kept.model_dump() == {
            "tenant_id": one.tenant_id,
            "id": made.id,
            "key": "teeth_cleaning",
            "name": "洁牙",
            "kind": "SERVICE",
            "list_price_minor": 39800,
            "list_price_currency": "CNY",
            "version": 1,
            "recorded_at": work.now,
            "retired_at": None,
        }


async def test_defining_it_as_it_is_changes_nothing(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        made = await service.define_item(work, cleaning())
    async with one.work() as work:
        again = await service.define_item(work, cleaning())
        assert (again.id, again.version, work.events) == (made.id, 1, [])


async def test_a_definition_is_whole(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        made = await service.define_item(work, cleaning())
    async with one.work() as work:
        await service.define_item(work, cleaning(list_price=None, expected_version=1))
        assert work.events == [
            ItemDefined(item_id=made.id, kind=ItemKind.SERVICE, list_price_minor=None, item_version=2)
        ]
        [kept] = await work.rows(Item)
        assert (kept.list_price_minor, kept.list_price_currency, kept.version) == (None, None, 2)


async def test_retiring_and_bringing_back(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        made = await service.define_item(work, cleaning())
    async with one.work() as work:
        gone = await service.retire_item(work, RetireItem(item_id=made.id, expected_version=1))
        assert (gone.retired_at, gone.version) == (work.now, 2)
        assert work.events == [ItemRetired(item_id=made.id, item_version=2)]
    async with one.work() as work:
        refusal = await refused(service.retire_item(work, RetireItem(item_id=made.id)))
        assert (type(refusal), refusal.field, work.events) == (ItemAlreadyRetired, ("item_id",), [])
    async with one.work() as work:
        back = await service.define_item(work, cleaning())
        assert (back.id, back.retired_at, back.version) == (made.id, None, 3)


@pytest.mark.parametrize(
    ("changed", "kind", "field"),
    [
        ({"list_price": Amount(amount=Decimal("-0.01"))}, NegativeAmount, ("list_price", "amount")),
        ({"list_price": Amount(amount=Decimal("1.005"))}, Invalid, ("list_price", "amount")),
        ({"list_price": Amount(amount=Decimal("0.5"), currency="JPY")}, Invalid, ("list_price", "amount")),
        ({"expected_version": 1}, NotFound, ("key",)),
    ],
    ids=["negative", "a tenth of a fen", "half a yen", "no such item to change"],
)
async def test_what_cannot_be_defined(
    brand: Brands, changed: dict[str, Any], kind: type[DomainError], field: tuple[str, ...]
) -> None:
    one = await brand()
    async with one.work() as work:
        refusal = await refused(service.define_item(work, cleaning(**changed)))
        assert (type(refusal), refusal.field, work.events) == (kind, field, [])
    assert await one.count("items") == 0


async def test_an_item_that_moved_on_is_not_overwritten(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        made = await service.define_item(work, cleaning())
        await service.define_item(work, cleaning(name="Cleaning"))
    async with one.work() as work:
        for act in (
            service.define_item(work, cleaning(name="Polishing", expected_version=1)),
            service.retire_item(work, RetireItem(item_id=made.id, expected_version=1)),
        ):
            refusal = await refused(act)
            assert (type(refusal), refusal.field, refusal.facts) == (Conflict, ("expected_version",), {"version": 2})
        assert work.events == []
        [kept] = await work.rows(Item)
        assert (kept.name, kept.version, kept.retired_at) == ("Cleaning", 2, None)


async def test_one_key_is_one_item_however_many_define_it_at_once(brand: Brands) -> None:
    one = await brand()

    async def define(number: int) -> UUID:
        async with one.work() as work:
            return (await service.define_item(work, cleaning(name=f"Name {number}"))).id

    ids = await asyncio.gather(*(define(number) for number in range(8)))
    assert len(set(ids)) == 1
    async with one.work() as work:
        [kept] = await work.rows(Item)
    assert (kept.id, kept.version) == (ids[0], 8)
    assert [type for _, type in await one.events()].count("item.defined") == 8


async def test_another_brands_item_is_as_absent_as_none(brand: Brands) -> None:
    mine, theirs = await brand(), await brand()
    async with theirs.work() as work:
        foreign = await service.define_item(work, cleaning())
    async with mine.work() as work:
        for id in (foreign.id, new_id()):
            refusal = await refused(service.retire_item(work, RetireItem(item_id=id)))
            assert (type(refusal), refusal.field) == (NotFound, ("item_id",))
        own = await service.define_item(work, cleaning())
        assert own.id != foreign.id
    assert (await mine.count("items"), await theirs.count("items")) == (1, 1)


async def test_through_the_api(brand: Brands) -> None:
    one = await brand()
    defined = await one.ask(
        """mutation($input: DefineItemInput!) { defineItem(input: $input) { userErrors { code field }
             item { id key kind listPrice { amount currency } version externalRefs { system id } } } }""",
        {
            "input": {
                "key": "cake",
                "name": "蛋糕",
                "kind": "GOODS",
                "listPrice": {"amount": "199.5"},
                "externalRefs": [{"system": "erp", "id": "C-1"}],
            }
        },
    )
    assert defined["data"]["defineItem"]["userErrors"] == []
    item = defined["data"]["defineItem"]["item"]
    id = item.pop("id")
    assert item == {
        "key": "cake",
        "kind": "GOODS",
        "listPrice": {"amount": "199.50", "currency": "CNY"},
        "version": 1,
        "externalRefs": [{"system": "erp", "id": "C-1"}],
    }
    retired = await one.ask(
        'mutation { retireItem(input: { itemId: "ref:erp:C-1" }) { userErrors { code } item { id retiredAt } } }'
    )
    assert retired["data"]["retireItem"]["item"]["id"] == id
    listed = await one.ask(
        """{ offered: items(filter: { retiredAt: { isNull: true } }) { totalCount }
             goods: items(filter: { kind: { eq: GOODS } }, orderBy: { field: KEY, direction: ASC }) { nodes { id } }
           }"""
    )
    assert listed == {"data": {"offered": {"totalCount": 0}, "goods": {"nodes": [{"id": id}]}}}


async def test_a_negative_price_is_told_by_its_field(brand: Brands) -> None:
    one = await brand()
    body = await one.ask(
        """mutation { defineItem(input: { key: "a", name: "A", kind: GOODS, listPrice: { amount: "-1" } }) {
             item { id } cursor userErrors { code message field } } }"""
    )
    assert body["data"]["defineItem"] == {
        "item": None,
        "cursor": None,
        "userErrors": [
            {
                "code": "INVALID",
                "message": "An amount of money cannot be negative.",
                "field": ["listPrice", "amount"],
            }
        ],
    }


async def test_ids_of_another_brand_through_the_api(brand: Brands) -> None:
    mine, theirs = await brand(), await brand()
    async with theirs.work() as work:
        foreign = await service.define_item(work, cleaning())
    answers = [
        await mine.ask(
            "query($id: ID!) { item(id: $id) { id } }",
            {"id": global_id("Item", id)},
        )
        for id in (foreign.id, new_id())
    ]
    assert answers == [{"data": {"item": None}}] * 2


async def refused(act: Awaitable[Any]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await act
    return caught.value
