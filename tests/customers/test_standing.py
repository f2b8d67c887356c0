"""What the operating model makes of friendships: the rules of the clean-up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from server.customers.relationship_terms import Standing
from server.customers.standing import Holding, standings
from server.operations.units import Unit

DAY = datetime(2026, 3, 1, tzinfo=UTC)
DOCTOR, DESIGNER = Unit(role_id=uuid4()), Unit(role_id=uuid4())
CUSTOMER = uuid4()


def holding(
    unit: Unit | None = DOCTOR,
    *,
    day: int = 0,
    adds: bool = True,
    here: bool = True,
    of: Holding | None = None,
    serves: bool = True,
) -> Holding:
    return Holding(
        relationship_id=uuid4() if of is None else of.relationship_id,
        customer_id=CUSTOMER,
        staff_works_here=here,
        unit=unit,
        unit_adds=adds,
        from_at=DAY + timedelta(days=day),
        unit_serves=serves,
    )


def of(*holdings: Holding) -> list[Standing]:
    found = standings(holdings)
    return [found[one.relationship_id] for one in holdings]


def test_each_role_that_adds_once_is_legitimate() -> None:
    assert of(holding(), holding(DESIGNER)) == [Standing.LEGITIMATE, Standing.LEGITIMATE]


def test_the_second_in_a_role_is_redundant_whatever_the_order_given() -> None:
    assert of(holding(day=2), holding(day=1)) == [Standing.REDUNDANT, Standing.LEGITIMATE]


def test_a_role_that_does_not_add_and_no_role_are_redundant() -> None:
    assert of(holding(adds=False), holding(None)) == [Standing.REDUNDANT, Standing.REDUNDANT]


def test_a_role_that_no_longer_owns_anything_leaves_an_orphan() -> None:
    assert of(holding(adds=False, serves=False)) == [Standing.ORPHAN]
    asleep = holding(adds=False, serves=False)
    assert of(asleep, holding(DESIGNER, adds=False, of=asleep)) == [Standing.REDUNDANT] * 2
    assert of(asleep, holding(DESIGNER, of=asleep)) == [Standing.LEGITIMATE] * 2


def test_who_left_leaves_an_orphan_and_does_not_stand_in_the_way() -> None:
    assert of(holding(here=False), holding(day=1)) == [Standing.ORPHAN, Standing.LEGITIMATE]


def test_of_several_roles_the_best_counts() -> None:
    first = holding(day=0)
    second = holding(day=1)
    also = holding(DESIGNER, day=2, of=second)
    assert of(first, second, also) == [Standing.LEGITIMATE, Standing.LEGITIMATE, Standing.LEGITIMATE]


def test_another_customers_friends_do_not_matter() -> None:
    other = Holding(uuid4(), uuid4(), True, DOCTOR, True, DAY)
    assert of(other, holding(day=1)) == [Standing.LEGITIMATE, Standing.LEGITIMATE]
