"""What somebody had still to do when they left passes to colleagues 未了事项交接: handoffs they were asked, customers they
were to receive, what they promised, and whatever else lies in their inbox.

Each goes to whoever serves the customer in the same role or group now, else to the person named, else to a colleague who
sees the customer and has room, those of the same store first; else likewise in what the person served in. Where there is nobody it is
nobody's in particular: whoever is in the role or group is to do it, and the transfer says how much that is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, exists, select, union_all

from server.access.permissions import DataScope
from server.appointments import service as appointments
from server.customers import queries as customers
from server.customers.candidates import Pool, pool_of
from server.customers.tables import CustomerAccess
from server.db.statements import table_of
from server.db.work import Work
from server.handoffs import passing as handoffs
from server.handoffs.tables import Handoff
from server.lifecycles.succession import tiers
from server.lifecycles.tables import Transfer
from server.operations.assignment import Candidate, Presence, turns
from server.operations.assignment_terms import AssignmentMethod
from server.operations.units import Unit, unit_of
from server.promises.promise_terms import PromiseStatus
from server.promises.tables import Promise
from server.tenants.tables import StaffMember
from server.work_items import service as inbox
from server.work_items.kinds import WorkItemKind, WorkItemState
from server.work_items.service import Whose
from server.work_items.tables import WorkItem

LOOK_WITHIN = timedelta(days=3)
"""A promise without a time is looked at by then, once whoever made it has left."""

_access, _staff = table_of(CustomerAccess), table_of(StaffMember)
_items, _promises = table_of(WorkItem), table_of(Promise)


class Passed(NamedTuple):
    """How many matters passed to a person, how many to a role or group, and whether more are left."""

    moved: int
    left: int
    more: bool


async def pass_on(work: Work, transfer: Transfer, usual: Unit | None, at_most: int) -> Passed:
    """The next part of what the person had to do; `usual` is what they served in. Of somebody who stays, only what is about
    customers they do not see any more.

    Locks the handoffs, then their customers; then appointments and items, each in the order of their ids.
    """
    colleagues = _Colleagues(work, transfer, usual)
    if not transfer.leaver:
        return await _items_on(work, transfer, colleagues, at_most)
    await handoffs.ask_instead_of(work, transfer.from_staff_id, colleagues.asked)
    visits = await appointments.to_receive(work, transfer.from_staff_id, at_most)
    for visit in visits:
        to = await colleagues.taker(unit_of(visit), visit.store_id, visit.customer_id)
        await appointments.receive_instead(work, visit, to)
    promises = await _promises_without_time(work, transfer.from_staff_id, at_most)
    for promise in promises:
        await _remind(work, promise, colleagues)
    passed = await _items_on(work, transfer, colleagues, at_most)
    return passed._replace(more=passed.more or at_most in (len(visits), len(promises)))


class _Colleagues:
    """Those who take matters over in one part of a transfer, with what they have been given in it."""

    def __init__(self, work: Work, transfer: Transfer, usual: Unit | None) -> None:
        self._work, self._transfer, self.usual = work, transfer, usual
        self._pools: dict[tuple[Unit, UUID | None], Pool] = {}
        self._given: Counter[UUID] = Counter()
        self.left = 0

    @property
    def moved(self) -> int:
        return self._given.total()

    async def taker(self, unit: Unit | None, store_id: UUID | None, customer_id: UUID | None) -> UUID | None:
        """Who takes over what is about this customer, or about nobody known, and was done in this unit; counted."""
        seeing = None if customer_id is None else await _seeing(self._work, customer_id)
        return await self._counted(unit, store_id, customer_id, seeing)

    async def asked(self, handoff: Handoff) -> UUID | None:
        """Who is asked to take the customer; who is not need not see them yet. Never who asks."""
        return await self._counted(unit_of(handoff), handoff.store_id, handoff.customer_id, None, but=handoff.staff_id)

    async def _counted(
        self,
        unit: Unit | None,
        store_id: UUID | None,
        customer_id: UUID | None,
        seeing: set[UUID] | None,
        but: UUID | None = None,
    ) -> UUID | None:
        to = None
        for asked in dict.fromkeys((unit, self.usual)):
            if to is None:
                to = await self._chosen(asked, store_id, customer_id, seeing, {self._transfer.from_staff_id, but})
        if to is None:
            self.left += 1
        else:
            self._given[to] += 1
        return to

    async def _chosen(
        self,
        unit: Unit | None,
        store_id: UUID | None,
        customer_id: UUID | None,
        seeing: set[UUID] | None,
        but: set[UUID | None],
    ) -> UUID | None:
        if unit is not None and customer_id is not None:
            for holder in await customers.holders_of(self._work, customer_id, unit):
                if holder.staff_id not in but:
                    return holder.staff_id
        named = self._transfer.to_staff_id
        if named is not None and named not in but and (seeing is None or named in seeing):
            return named
        if unit is None:
            return None
        pool = await self._pool(unit, store_id)
        people = [
            replace(one, candidate=self._as_loaded(one.candidate))
            for one in pool.at(store_id)
            if one.candidate.presence is not Presence.OFF
            and one.candidate.staff_id not in but
            and (seeing is None or one.candidate.staff_id in seeing)
        ]
        for tier in tiers(people):
            first = next(turns([one.candidate for one in tier], AssignmentMethod.LEAST_LOADED), None)
            if first is not None:
                return first.staff_id
        return None

    def _as_loaded(self, one: Candidate) -> Candidate:
        """Matters make no friends, and are done when there is time: whoever has room for a customer has room for them."""
        return replace(one, presence=Presence.ON_DUTY, friends=one.friends + self._given[one.staff_id])

    async def _pool(self, unit: Unit, store_id: UUID | None) -> Pool:
        if (unit, store_id) not in self._pools:
            self._pools[unit, store_id] = await pool_of(self._work, unit, store_id)
        return self._pools[unit, store_id]


async def _items_on(work: Work, transfer: Transfer, colleagues: _Colleagues, at_most: int) -> Passed:
    items = await _items_of(work, transfer, at_most)
    for item in items:
        to = await colleagues.taker(unit_of(item), item.store_id, item.customer_id)
        await inbox.hand_on(work, [item.id], to, unit=colleagues.usual)
    return Passed(colleagues.moved, colleagues.left, len(items) == at_most)


async def _items_of(work: Work, transfer: Transfer, at_most: int) -> list[WorkItem]:
    where = [_items.c.assignee_id == transfer.from_staff_id, _items.c.state == WorkItemState.OPEN.value]
    if not transfer.leaver:
        seen = exists().where(
            _access.c.tenant_id == work.tenant_id,
            _access.c.staff_id == transfer.from_staff_id,
            _access.c.customer_id == _items.c.customer_id,
        )
        everything = exists().where(
            _staff.c.tenant_id == work.tenant_id,
            _staff.c.id == transfer.from_staff_id,
            _staff.c.data_scope == DataScope.ALL.value,
        )
        where += [_items.c.customer_id.isnot(None), ~seen, ~everything]
    return await work.rows(WorkItem, *where, limit=at_most, lock=True)


async def _promises_without_time(work: Work, staff_id: UUID, at_most: int) -> list[Promise]:
    reminded = exists().where(
        _items.c.tenant_id == work.tenant_id,
        _items.c.kind == WorkItemKind.PROMISE_DUE.value,
        _items.c.subject_id == _promises.c.id,
    )
    return await work.rows(
        Promise,
        _promises.c.staff_id == staff_id,
        _promises.c.status == PromiseStatus.OPEN.value,
        _promises.c.due_at.is_(None),
        ~reminded,
        limit=at_most,
        lock=True,
    )


async def _remind(work: Work, promise: Promise, colleagues: _Colleagues) -> None:
    """Nobody was reminded of it as long as whoever made it was there."""
    unit = unit_of(promise) or colleagues.usual
    to = await colleagues.taker(unit, promise.store_id, promise.customer_id)
    await inbox.open_item(
        work,
        WorkItemKind.PROMISE_DUE,
        promise.id,
        Whose(to, unit, promise.store_id),
        due_at=work.now + LOOK_WITHIN,
        customer_id=promise.customer_id,
    )


async def _seeing(work: Work, customer_id: UUID) -> set[UUID]:
    """Who sees the customer, and works here."""
    opened = (
        select(_access.c.staff_id)
        .join(_staff, and_(_staff.c.tenant_id == _access.c.tenant_id, _staff.c.id == _access.c.staff_id))
        .where(_access.c.tenant_id == work.tenant_id, _access.c.customer_id == customer_id, _staff.c.left_at.is_(None))
    )
    everything = select(_staff.c.id).where(
        _staff.c.tenant_id == work.tenant_id, _staff.c.data_scope == DataScope.ALL.value, _staff.c.left_at.is_(None)
    )
    return {record[0] for record in await work.fetch(union_all(opened, everything))}
