"""Customers are found by parts of their names and by the ends of their numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.access.permissions import DataScope
from server.customers.commands import UpdateCustomer
from server.customers.search import pieces_of, terms_of
from server.customers.service import profiles
from tests.customers.clinic import Clinic

FIND = "query($text: String) { customers(search: $text, orderBy: {field: NAME, direction: ASC}) { nodes { name } } }"


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("王", ["王"]),
        ("王小明", ["小明", "王小"]),
        ("ＬＩ Lei", ["ei", "le", "li"]),
        ("1234", ["1234"]),
        ("+86 138-0000-1234", ["1234"]),
        ("123", ["12", "23"]),
        ("王 1234", ["12", "23", "34", "王"]),
        (" ,。!", []),
        ("", []),
    ],
)
def test_what_a_query_asks_for(text: str, terms: list[str]) -> None:
    assert terms_of(text) == terms


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="0123456789"), max_size=40))
def test_every_part_of_a_name_finds_it(name: str) -> None:
    pieces = pieces_of([name])
    for start in range(0, len(name), 3):
        assert set(terms_of(name[start : start + 7])) <= pieces


async def found(clinic: Clinic, text: str, caller: Any = None) -> list[str]:
    body = await clinic.brand.world.ask(caller or clinic.brand.owner, FIND, {"text": text})
    return [node["name"] for node in body["data"]["customers"]["nodes"]]


async def test_by_name_by_tail_by_pet(clinic: Clinic) -> None:
    staff = await clinic.staff()
    await clinic.add(staff_id=staff, name="王小明", phone="13800001234", subject={"kind": "PET", "name": "旺财"})
    await clinic.add(staff_id=staff, name="王明", phone="13900005678")
    await clinic.add(staff_id=staff, name="Anna Li", phone="13700001234")

    assert await found(clinic, "王") == ["王小明", "王明"]
    assert await found(clinic, "小明") == ["王小明"]
    assert await found(clinic, "王明") == ["王明"]
    assert await found(clinic, "1234") == ["Anna Li", "王小明"]
    assert await found(clinic, "13900005678") == ["王明"]
    assert await found(clinic, "旺财") == ["王小明"]
    assert await found(clinic, "ＡＮＮＡ li") == ["Anna Li"]
    assert await found(clinic, "张") == []
    assert await found(clinic, "。") == []


async def test_a_new_name_is_found_and_the_old_one_is_not(clinic: Clinic) -> None:
    added = await clinic.add(staff_id=await clinic.staff(), name="王小明")
    async with clinic.brand.work() as work:
        await profiles.update_customer(work, UpdateCustomer(customer_id=added.customer.id, name="李大伟"))
    assert await found(clinic, "大伟") == ["李大伟"]
    assert await found(clinic, "小明") == []
    assert await found(clinic, "1234") == ["李大伟"]


async def test_nobody_finds_customers_they_may_not_see(clinic: Clinic) -> None:
    one, other = await clinic.staff("Wang"), await clinic.staff("Zhao")
    await clinic.add(staff_id=one, name="王小明")
    assert await found(clinic, "王小明", clinic.brand.as_staff(one, DataScope.OWN_CUSTOMERS)) == ["王小明"]
    assert await found(clinic, "王小明", clinic.brand.as_staff(other, DataScope.OWN_CUSTOMERS)) == []
    assert await found(clinic, "1234", clinic.brand.as_staff(other, DataScope.OWN_CUSTOMERS)) == []
