"""What was served to a customer, as statements: orders, visits, cases somebody worked on, feedback that was answered."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, exists, func, literal, select, union_all

from server.appointments.appointment_terms import AppointmentStatus
from server.appointments.tables import Appointment
from server.customers.case_terms import CaseStatus
from server.customers.tables import Case, Customer
from server.db.statements import among, table_of
from server.db.work import Work
from server.feedback.kinds import FeedbackKind, FeedbackStatus, RatedKind
from server.feedback.tables import Feedback
from server.orders.tables import Order
from server.touchpoints.tables import Touchpoint

_feedback, _orders, _visits = table_of(Feedback).c, table_of(Order).c, table_of(Appointment).c
_cases, _contacts = table_of(Case).c, table_of(Touchpoint).c
_TOLD = (FeedbackStatus.ANSWERED.value, FeedbackStatus.RESOLVED.value)
_FINISHED = (CaseStatus.WON.value, CaseStatus.COMPLETED.value)


async def hold_customer(work: Work, customer_id: UUID) -> None:
    """Keep other acts that hold this customer waiting until this one ends."""
    customers = table_of(Customer).c
    await work.fetch(
        select(customers.id)
        .where(customers.tenant_id == work.tenant_id, customers.id == bindparam("customer"))
        .with_for_update(key_share=True),
        customer=customer_id,
    )


async def is_served(work: Work, kind: RatedKind, customer_id: UUID, id: UUID) -> bool | None:
    """Whether the customer's thing was served; None where there is no such thing of theirs."""
    record = await work.fetch_one(_one(kind), tenant=work.tenant_id, customer=customer_id, id=id)
    return None if record is None else bool(record["served"])


async def is_rated(work: Work, id: UUID) -> bool:
    found = await work.scalar(
        select(_feedback.id).where(_feedback.tenant_id == work.tenant_id, _feedback.rated_id == bindparam("id")), id=id
    )
    return found is not None


async def latest_unrated(work: Work, customer_id: UUID) -> tuple[RatedKind, UUID] | None:
    """What was served to the customer last and has not been rated."""
    record = await work.fetch_one(_latest(), tenant=work.tenant_id, customer=customer_id)
    return None if record is None else (RatedKind(record["kind"]), record["id"])


def _things(kind: RatedKind) -> tuple[Any, Any, Any, Any]:
    """Id, customer, time and whether it was served, of the things of a kind."""
    if kind is RatedKind.ORDER:
        return _orders, _orders.occurred_at, literal(True), []
    if kind is RatedKind.APPOINTMENT:
        return _visits, _visits.starts_at, _visits.status == AppointmentStatus.ARRIVED.value, []
    if kind is RatedKind.FEEDBACK:
        served = among(_feedback.status, _TOLD)
        return _feedback, _feedback.answered_at, served, [_feedback.kind != FeedbackKind.RATING.value]
    worked_on = exists().where(
        _contacts.tenant_id == _cases.tenant_id,
        _contacts.customer_id == _cases.customer_id,
        _contacts.occurred_at >= _cases.opened_at,
    )
    return _cases, _cases.moved_at, among(_cases.status, _FINISHED) | worked_on, []


@cache
def _one(kind: RatedKind) -> Select[Any]:
    rows, _, served, only = _things(kind)
    return select(func.coalesce(served, False).label("served")).where(
        rows.tenant_id == bindparam("tenant", type_=Uuid()),
        rows.id == bindparam("id", type_=Uuid()),
        rows.customer_id == bindparam("customer", type_=Uuid()),
        *only,
    )


@cache
def _latest() -> Select[Any]:
    """The last of each kind that was served and not rated, and of those the last. Answers to feedback are rated by name."""
    ratings = table_of(Feedback).alias("ratings").c
    parts = []
    for kind in (RatedKind.ORDER, RatedKind.APPOINTMENT, RatedKind.CASE):
        rows, at, served, only = _things(kind)
        parts.append(
            select(literal(kind.value).label("kind"), rows.id, at.label("at"))
            .where(
                rows.tenant_id == bindparam("tenant", type_=Uuid()),
                rows.customer_id == bindparam("customer", type_=Uuid()),
                served,
                ~exists().where(ratings.tenant_id == rows.tenant_id, ratings.rated_id == rows.id),
                *only,
            )
            .order_by(at.desc())
            .limit(1)
            .subquery()
        )
    found = union_all(*(select(part) for part in parts)).subquery("found")
    return select(found.c.kind, found.c.id).order_by(found.c.at.desc(), found.c.id).limit(1)
