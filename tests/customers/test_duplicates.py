"""Candidates for being one person: what suggests it, who is left out, page by page, and at what cost."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.access.permissions import DEFAULTS, DataScope, Permission, PrincipalKind
from server.customers import duplicate_groups
from server.customers.duplicate_evidence import DuplicateEvidence
from server.customers.duplicates import keys_of, kind_of
from server.customers.identity_kinds import IdentityKind
from server.errors import RequestError
from tests.customers.clinic import Clinic
from tests.customers.families import ask, gid, merge, unmerge

GROUPS = """duplicateCustomers(%s) {
  nodes { customers { id } evidence { kind label name tail birthday customers { id } } }
  edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
}"""


async def groups(clinic: Clinic, page: str = "first: 20", by: Any = None) -> Any:
    return (await ask(clinic, GROUPS % page, by))["duplicateCustomers"]


async def added(clinic: Clinic, name: str, phone: str | None = None, **more: Any) -> UUID:
    return (await clinic.add(name=name, phone=phone, **more)).customer.id


async def test_what_suggests_that_two_are_one(clinic: Clinic) -> None:
    staff = await clinic.staff()
    told: dict[str, Any] = {"staff_id": staff}
    one = await added(clinic, "Wang  Fang", "13800001234", **told)
    part = [{"kind": "OTHER", "value": "139****1234"}]
    other = await added(clinic, "ｗａｎｇ fang", identities=part, birthday="1990-05-01", **told)
    third = await added(clinic, "WANG FANG", "13800005678", birthday="1990-05-01", **told)
    union = [{"kind": "WECHAT_UNIONID", "value": "u-1"}]
    hinted = await added(clinic, "小芳", identities=union, **told)
    await added(clinic, "somebody", "13700005678", **told)
    await added(clinic, "Wang Fang", "13700009999", **told)
    known = [{"kind": "PHONE", "value": "13800001234"}, *union]
    assert (await clinic.add(name="x", phone=None, identities=known, **told)).customer.id == one

    found = (await groups(clinic))["nodes"]

    def people(ids: Any) -> list[dict[str, str]]:
        return [{"id": gid(id)} for id in sorted(ids)]

    def hint(kind: str, label: str, ids: Any, **more: Any) -> dict[str, Any]:
        return {
            "kind": kind,
            "label": label,
            "name": None,
            "tail": None,
            "birthday": None,
            **more,
            "customers": people(ids),
        }

    assert sorted(found, key=lambda group: group["evidence"][0]["kind"]) == [
        {
            "customers": people([other, third]),
            "evidence": [
                hint(
                    "NAME_AND_BIRTHDAY",
                    "Same name and day of birth",
                    [other, third],
                    name="wang fang",
                    birthday="1990-05-01",
                )
            ],
        },
        {
            "customers": people([one, other]),
            "evidence": [
                hint("NAME_AND_TAIL", "Same name and end of number", [one, other], name="wang fang", tail="1234")
            ],
        },
        {"customers": people([one, hinted]), "evidence": [hint("SAME_UNIONID", "Same WeChat union id", [one, hinted])]},
    ]
    await merge(clinic, one, other)
    left = (await groups(clinic))["nodes"]
    assert [group["customers"] for group in left] == [people([one, third]), people([one, hinted])]
    await merge(clinic, one, third, hinted)
    assert (await groups(clinic))["nodes"] == []
    await unmerge(clinic, third, hinted, other)
    assert (await groups(clinic))["nodes"] == found


async def test_what_follows_from_a_name_goes_with_it(clinic: Clinic) -> None:
    staff = await clinic.staff()
    one = await added(clinic, "王芳", "13800001234", staff_id=staff)
    await added(clinic, "王芳", "13900001234", staff_id=staff)
    update = "mutation($input: UpdateCustomerInput!) { updateCustomer(input: $input) { userErrors { code } } }"
    for name, count in (("王方", 0), ("王芳", 1)):
        await clinic.brand.ask(update, {"input": {"customerId": gid(one), "name": name}})
        assert len((await groups(clinic))["nodes"]) == count


async def test_the_same_people_come_once_with_all_that_they_share(clinic: Clinic) -> None:
    staff = await clinic.staff()
    for phone in ("13800001234", "13900001234", "13700001234"):
        await added(clinic, "王芳", phone, staff_id=staff, birthday="1990-05-01")
    [group] = (await groups(clinic))["nodes"]
    assert len(group["customers"]) == 3
    assert [one["kind"] for one in group["evidence"]] == ["NAME_AND_BIRTHDAY", "NAME_AND_TAIL"]


async def test_pages(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    staff = await clinic.staff()
    for number in range(7):
        for prefix in ("138", "139"):
            await added(clinic, f"王{number}", f"{prefix}0000{number:04}", staff_id=staff)
    whole = await groups(clinic)
    assert len(whole["nodes"]) == 7
    assert whole["pageInfo"]["hasNextPage"] is False

    async def walked(size: int) -> list[Any]:
        found, after, more = [], "", True
        while more:
            page = await groups(clinic, f"first: {size}{after and f', after: {chr(34)}{after}{chr(34)}'}")
            assert len(page["nodes"]) <= size
            found += page["nodes"]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        return found

    assert await walked(3) == whole["nodes"]
    await added(clinic, "独一", "13600000001", staff_id=staff)
    for scanned in (1, 3):
        monkeypatch.setattr(duplicate_groups, "SCANNED", scanned)
        assert await walked(3) == whole["nodes"], "however little one page looks at, the next one goes on from there"


async def test_bad_cursors_and_sizes(clinic: Clinic) -> None:
    for wrong in ("first: 101", "first: -1", 'after: "x"', 'after: "RHVwbGljYXRl"'):
        with pytest.raises(RequestError):
            await groups(clinic, wrong)


async def test_only_who_the_caller_sees(clinic: Clinic) -> None:
    staff, elsewhere = await clinic.staff(), await clinic.staff()
    one = await added(clinic, "王芳", "13800001234", staff_id=staff)
    other = await added(clinic, "王芳", "13900001234", staff_id=elsewhere)
    allowed = DEFAULTS[PrincipalKind.STAFF] | {Permission.CUSTOMER_MERGE}
    narrow = clinic.brand.as_staff(staff, DataScope.OWN_CUSTOMERS, allowed)
    assert (await groups(clinic, by=narrow))["nodes"] == []
    await clinic.add(name="x", phone="13900001234", staff_id=staff)
    [group] = (await groups(clinic, by=narrow))["nodes"]
    assert {person["id"] for person in group["customers"]} == {gid(one), gid(other)}
    with pytest.raises(RequestError):
        await groups(clinic, by=clinic.brand.as_staff(staff, DataScope.ALL))


numbers = st.sets(st.tuples(st.sampled_from(IdentityKind), st.text("0123456789a", max_size=4)), max_size=4)
names = st.sets(
    st.tuples(st.sampled_from(["", " ", "wang", "wang  fang", "李"]), st.none() | st.just(date(1990, 5, 1))), max_size=3
)


@given(names, numbers)
def test_a_key_says_what_it_is_made_of(
    called: set[tuple[str, date | None]], numbered: set[tuple[IdentityKind, str]]
) -> None:
    found = keys_of(called, numbered)
    spelled = {" ".join(name.split()) for name, _ in called} - {""}
    tails = {
        tail
        for kind, tail in numbered
        if kind in (IdentityKind.PHONE, IdentityKind.OTHER) and len(tail) == 4 and tail.isdigit()
    }
    by_tail = {(one.name, one.tail) for one in found.values() if one.kind is DuplicateEvidence.NAME_AND_TAIL}
    assert by_tail == {(name, tail) for name in spelled for tail in tails}
    assert all(
        kind_of(key) is one.kind and (one.name or "") not in key for key, one in found.items() if one.name != "a"
    )
    assert keys_of(called, numbered) == found
