"""Who speaks and who listens: rows as bare as they may be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.access.caller import Caller
from server.access.permissions import DataScope
from server.customers.access_reasons import AccessReason
from server.customers.customer_kinds import CustomerKind
from server.customers.tables import Case, Customer, CustomerAccess
from server.db.work import Work
from server.ids import new_id
from server.operations.metrics import Metric
from server.operations.purposes import Purpose
from server.operations.tables import OpsGroup, Stage
from server.orders.tables import Order
from server.tenants.tables import StaffMember
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction
from server.touchpoints.tables import Touchpoint
from tests.factories.brands import Brand


def new_customer(work: Work) -> UUID:
    return work.add(
        Customer(kind=CustomerKind.PERSON.value, name="林女士", first_added_at=work.now, updated_at=work.now)
    ).id


def new_staff(work: Work) -> UUID:
    return work.add(StaffMember(name="王", joined_at=work.now)).id


def new_touchpoint(
    work: Work, customer_id: UUID, at: datetime | None = None, direction: Direction = Direction.OUTBOUND
) -> UUID:
    return work.add(
        Touchpoint(
            customer_id=customer_id,
            direction=direction.value,
            medium=Medium.WECOM_CHAT.value,
            purpose=Purpose.FEEDBACK_REPLY.value,
            occurred_at=at or work.now,
        )
    ).id


def new_order(work: Work, customer_id: UUID) -> UUID:
    """Something was served."""
    return work.add(
        Order(
            customer_id=customer_id,
            currency="CNY",
            lines_minor=100,
            total_minor=100,
            paid_minor=100,
            occurred_at=work.now,
            updated_at=work.now,
        )
    ).id


def new_case(work: Work, customer_id: UUID) -> UUID:
    """A case on a stage of its own making."""
    key = f"stage_{new_id().hex}"
    metric = Metric.REPURCHASE_RATE.value
    group = work.add(OpsGroup(key=key, label_en="Group", label_zh="小组", headline_metric=metric))
    stage = work.add(
        Stage(
            key=key,
            label_en="Stage",
            label_zh="环节",
            position=1,
            owner_group_id=group.id,
            metric=metric,
            adds=False,
        )
    )
    return work.add(
        Case(customer_id=customer_id, stage_id=stage.id, opened_at=work.now, moved_at=work.now, updated_at=work.now)
    ).id


@dataclass(frozen=True)
class Desk:
    """A brand with one customer, and a staff member who sees that customer and no other."""

    brand: Brand
    customer: UUID
    staff: UUID
    caller: Caller

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """As the staff member."""
        async with self.brand.world.work(self.caller) as work:
            yield work


async def desk(brand: Brand) -> Desk:
    async with brand.work() as work:
        customer, staff = new_customer(work), new_staff(work)
        work.add(CustomerAccess(staff_id=staff, customer_id=customer, via=AccessReason.RELATIONSHIP.value))
    return Desk(brand, customer, staff, brand.as_staff(staff, DataScope.OWN_CUSTOMERS))
