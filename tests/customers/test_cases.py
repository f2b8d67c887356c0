"""Cases move along the journey; the customer stands where the most recently moved open one stands."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.access.permissions import DataScope
from server.customers import errors
from server.customers.case_terms import CaseStatus, LossReason
from server.customers.commands import AdvanceCustomer, CloseCase, OpenCase
from server.customers.service import cases
from server.customers.tables import Case
from server.errors import Conflict, NotFound
from server.ids import global_id
from tests.customers.clinic import Clinic


@pytest.fixture
async def customer_id(clinic: Clinic) -> UUID:
    """Somebody with one case, at LEAD."""
    return (await clinic.add(staff_id=await clinic.staff(role=await clinic.role("customer_service")))).customer.id


async def advance(clinic: Clinic, customer_id: UUID, stage: str, **given: Any) -> Case:
    stage_id = await clinic.stage(stage)
    async with clinic.brand.work() as work:
        return await cases.advance_customer(work, AdvanceCustomer(customer_id=customer_id, stage_id=stage_id, **given))


async def open_another(clinic: Clinic, customer_id: UUID, **given: Any) -> Case:
    async with clinic.brand.work() as work:
        return await cases.open_case(work, OpenCase(customer_id=customer_id, **given))


async def close(clinic: Clinic, case_id: UUID, status: CaseStatus, **given: Any) -> Case:
    async with clinic.brand.work() as work:
        return await cases.close_case(work, CloseCase(case_id=case_id, status=status, **given))


async def stage_of(clinic: Clinic, customer_id: UUID) -> str | None:
    [row] = await clinic.fetch(
        "SELECT s.key FROM customers c LEFT JOIN stages s ON s.id = c.stage_id WHERE c.id = $1", customer_id
    )
    return row["key"]  # type: ignore[no-any-return]  # text or null


async def test_the_only_open_case_moves(clinic: Clinic, customer_id: UUID) -> None:
    before = len(await clinic.brand.events())
    case = await advance(clinic, customer_id, "ARRIVED")

    assert case.version == 2
    assert await stage_of(clinic, customer_id) == "ARRIVED"
    assert [type for _, type in (await clinic.brand.events())[before:]] == [
        "case.stage_changed",
        "customer.stage_changed",
    ]
    moves = await clinic.fetch("SELECT from_stage_id, to_stage_id FROM case_stage_changes ORDER BY occurred_at, id")
    lead, arrived = await clinic.stage("LEAD"), await clinic.stage("ARRIVED")
    assert [tuple(move) for move in moves] == [(None, lead), (lead, arrived)]


async def test_to_where_it_stands_nothing_happens(clinic: Clinic, customer_id: UUID) -> None:
    before = await clinic.brand.events()
    case = await advance(clinic, customer_id, "LEAD")
    assert case.version == 1
    assert await clinic.brand.events() == before


async def test_without_an_open_case_a_new_one_begins(clinic: Clinic, customer_id: UUID) -> None:
    first = await advance(clinic, customer_id, "PAID")
    await close(clinic, first.id, CaseStatus.COMPLETED)
    assert await stage_of(clinic, customer_id) is None

    second = await advance(clinic, customer_id, "REPEAT")

    assert second.id != first.id
    assert await stage_of(clinic, customer_id) == "REPEAT"


async def test_several_open_cases_must_be_told_apart(clinic: Clinic, customer_id: UUID) -> None:
    second = await open_another(clinic, customer_id)
    rows = await clinic.fetch("SELECT id FROM cases ORDER BY moved_at DESC, id DESC")
    with pytest.raises(errors.SeveralCases) as refusal:
        await advance(clinic, customer_id, "ARRIVED")
    assert refusal.value.facts == {"cases": ", ".join(global_id("Case", row["id"]) for row in rows)}

    moved = await advance(clinic, customer_id, "ARRIVED", case_id=second.id)
    assert moved.id == second.id


async def test_the_customer_follows_the_case_that_moved_last(clinic: Clinic, customer_id: UUID) -> None:
    first = await advance(clinic, customer_id, "CONSULTED")
    second = await open_another(clinic, customer_id)
    assert await stage_of(clinic, customer_id) == "LEAD"
    await advance(clinic, customer_id, "PAID", case_id=first.id)
    assert await stage_of(clinic, customer_id) == "PAID"
    await close(clinic, first.id, CaseStatus.WON)
    assert await stage_of(clinic, customer_id) == "LEAD"
    await close(clinic, second.id, CaseStatus.DORMANT)
    assert await stage_of(clinic, customer_id) is None


async def test_a_step_back_says_why(clinic: Clinic, customer_id: UUID) -> None:
    await advance(clinic, customer_id, "ARRIVED")
    with pytest.raises(errors.GoingBackNeedsReason) as refusal:
        await advance(clinic, customer_id, "APPOINTED")
    assert refusal.value.field == ("reason",)
    await advance(clinic, customer_id, "APPOINTED", reason="Came on the wrong day.")
    [words] = await clinic.fetch("SELECT words FROM fact_words")
    assert words["words"] == "Came on the wrong day."


async def test_moves_of_one_customer_at_once_both_count(clinic: Clinic, customer_id: UUID) -> None:
    await asyncio.gather(
        *(advance(clinic, customer_id, stage, reason="r") for stage in ("APPOINTED", "ARRIVED", "PAID"))
    )
    changes = await clinic.fetch("SELECT from_stage_id, to_stage_id FROM case_stage_changes ORDER BY id")
    assert len(changes) == 4
    assert [change["from_stage_id"] for change in changes[1:]] == [change["to_stage_id"] for change in changes[:-1]]


async def test_a_case_that_has_moved_on_is_not_moved_by_a_stale_hand(clinic: Clinic, customer_id: UUID) -> None:
    case = await advance(clinic, customer_id, "APPOINTED")
    with pytest.raises(Conflict):
        await advance(clinic, customer_id, "ARRIVED", expected_version=1)
    moved = await advance(clinic, customer_id, "ARRIVED", expected_version=case.version)
    assert moved.version == 3


async def test_nothing_happens_to_a_case_before_its_last_move(clinic: Clinic, customer_id: UUID) -> None:
    case = await advance(clinic, customer_id, "APPOINTED")
    earlier = case.moved_at - timedelta(days=1)
    with pytest.raises(errors.BeforeLastMove):
        await advance(clinic, customer_id, "ARRIVED", occurred_at=earlier)
    with pytest.raises(errors.BeforeLastMove):
        await close(clinic, case.id, CaseStatus.WON, occurred_at=earlier)
    with pytest.raises(errors.InFuture):
        await advance(clinic, customer_id, "ARRIVED", occurred_at=case.moved_at + timedelta(days=1))


async def test_what_cannot_be_named_is_not_found(clinic: Clinic, customer_id: UUID) -> None:
    other = await clinic.add(staff_id=await clinic.staff("Zhao"), phone="13800009999")
    assert other.case is not None
    with pytest.raises(NotFound, check=lambda refusal: refusal.field == ("case_id",)):
        await advance(clinic, customer_id, "ARRIVED", case_id=other.case.id)
    with pytest.raises(NotFound, check=lambda refusal: refusal.field == ("stage_id",)):
        async with clinic.brand.work() as work:
            await cases.advance_customer(work, AdvanceCustomer(customer_id=customer_id, stage_id=customer_id))
    stranger = clinic.brand.as_staff(await clinic.staff("Stranger"), DataScope.OWN_CUSTOMERS)
    with pytest.raises(NotFound, check=lambda refusal: refusal.field == ("case_id",)):
        async with clinic.brand.world.work(stranger) as work:
            await cases.close_case(work, CloseCase(case_id=other.case.id, status=CaseStatus.WON))


async def test_a_retired_stage_is_left_but_never_reached(clinic: Clinic, customer_id: UUID) -> None:
    await advance(clinic, customer_id, "CONSULTED")
    await clinic.fetch("UPDATE stages SET retired_at = now() WHERE key = 'CONSULTED'")
    await advance(clinic, customer_id, "ARRIVED")
    with pytest.raises(errors.StageRetired):
        await advance(clinic, customer_id, "CONSULTED")
    assert await stage_of(clinic, customer_id) == "ARRIVED"


async def test_how_a_case_ends(clinic: Clinic, customer_id: UUID) -> None:
    case = await advance(clinic, customer_id, "ARRIVED")
    before = await clinic.brand.events()
    with pytest.raises(errors.CannotCloseAsOpen):
        await close(clinic, case.id, CaseStatus.OPEN)
    with pytest.raises(errors.LossNeedsReason):
        await close(clinic, case.id, CaseStatus.LOST)
    with pytest.raises(errors.LossReasonWithoutLoss):
        await close(clinic, case.id, CaseStatus.WON, loss_reason=LossReason.PRICE)
    assert await clinic.brand.events() == before

    lost = await close(clinic, case.id, CaseStatus.LOST, loss_reason=LossReason.PRICE)

    assert (lost.status, lost.loss_reason) == ("LOST", "PRICE")
    with pytest.raises(errors.CaseIsClosed):
        await close(clinic, case.id, CaseStatus.WON)
    with pytest.raises(errors.CaseIsClosed):
        await advance(clinic, customer_id, "PAID", case_id=case.id)
