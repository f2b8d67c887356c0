"""Changes the operating model, and cleans up roles after everyone added: begun by an act, carried out in the background.

The act puts the new version in force and hands the rest to the worker, who goes through the customers some at a time. What
is written of them are roles of friendships only; that nothing else has changed is checked for each batch and, over
everything that was there, at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlalchemy import func, select

from server.commands import ShortText
from server.customers import visibility
from server.customers.fact_sources import RoleReason
from server.customers.service import relationships
from server.customers.tables import Customer, Relationship
from server.db import jobs
from server.db.statements import among, table_of
from server.db.work import Work
from server.lifecycles import change_facts
from server.lifecycles.change_plans import PlanFacts
from server.lifecycles.change_rules import Decision, Rules, decide
from server.lifecycles.change_terms import FriendshipMove, ModelChangeKind, ModelChangeStatus, RoleSuccession
from server.lifecycles.errors import ChangeUnderWay, PlanStale
from server.lifecycles.events import ModelChangeEnded, ModelChangeProgressed, ModelChangeStarted
from server.lifecycles.planning import PlanInput, cleanup_facts, draw, model_change_facts
from server.lifecycles.tables import ModelChange
from server.lifecycles.totals import fingerprint_of, lost, totals
from server.operations import designs
from server.operations import queries as operations
from server.operations.tables import OperatingModel
from server.operations.templates import template
from server.tenants import queries as tenants
from server.tenants.business import OperatingModelKind
from server.tenants.documents import profile_of, thresholds_of
from server.tenants.operating_model import advise, warnings_of_choice

JOB = "model_change"
CUSTOMERS_AT_ONCE = 200
_AT_ONCE = timedelta(0)
_FIRST_STEP_AFTER = timedelta(seconds=1)
"""Acts that had begun before the change are over by then, so that the first count misses none of theirs."""

Pace = Annotated[int, Field(ge=1, le=1_000_000)]
_changes = table_of(ModelChange).c
_customers = table_of(Customer).c


class CleanUpRoles(PlanInput):
    """The plan that was looked at, with what it was asked for, and how many friendships may pass in a minute."""

    plan_id: str
    pace: Pace | None = None


class ChangeOperatingModel(CleanUpRoles):
    """The same, with the model wanted and, where it is not the advised one, the brand's own reason."""

    to: OperatingModelKind
    reason: ShortText | None = None


async def change_operating_model(work: Work, command: ChangeOperatingModel) -> ModelChange:
    """Put the other model in force and begin to pass friendships to its roles.

    Holds off whoever makes friends meanwhile; locks the tenant's row and the version in force.
    Raises PlanStale with the plan as it is now, ChangeUnderWay, AlreadyInForce, OverrideNeedsReason, Invalid.
    """
    await _check_plan(work, command, await model_change_facts(work, command.to, command))
    await visibility.changing_model(work)
    tenant = await tenants.tenant(work, lock=True)
    before = await operations.require_in_force(work, lock=True)
    await _require_rest(work)
    await _check_plan(work, command, await model_change_facts(work, command.to, command))
    profile, thresholds = profile_of(tenant.profile), thresholds_of(tenant.thresholds)
    advice = advise(profile, thresholds)
    after = await designs.install(
        work,
        template(profile.industry, command.to),
        kind=command.to,
        advice=advice,
        override_reason=command.reason,
        brand_name=tenant.name,
        warnings=warnings_of_choice(profile, advice, chosen=command.to, thresholds=thresholds),
    )
    return await _begin(work, command, ModelChangeKind.MODEL_CHANGE, before, after)


async def clean_up_roles(work: Work, command: CleanUpRoles) -> ModelChange:
    """Begin to give every friendship the role its staff member serves in, and every role to one friend of a customer.

    Raises PlanStale with the plan as it is now, ChangeUnderWay, Invalid.
    """
    await _check_plan(work, command, await cleanup_facts(work, command))
    await visibility.changing_model(work)
    model = await operations.require_in_force(work, lock=True)
    await _require_rest(work)
    await _check_plan(work, command, await cleanup_facts(work, command))
    return await _begin(work, command, ModelChangeKind.ROLE_CLEANUP, model, model)


async def take_step(work: Work, id: UUID) -> timedelta | None:
    """One step of a change: count what is there, go through some customers, or count again and end.

    Locks the change and the customers it goes through. Safe to run again at any point: the change says how far it is.
    """
    change = await work.get(ModelChange, id, lock=True)
    if change is None or change.status != ModelChangeStatus.RUNNING:
        return None
    if change.totals_before is None:
        await visibility.changing_model(work)
        await work.change(change, totals_before=await totals(work, change.recorded_at))
        return _AT_ONCE
    customers = await _next_customers(work, change)
    if not customers:
        await _end(work, change)
        return None
    moved = await _pass_on(work, change, customers)
    return timedelta(minutes=moved / change.pace) if change.pace else _AT_ONCE


async def _check_plan(work: Work, command: CleanUpRoles, facts: PlanFacts) -> None:
    if facts.plan_id != command.plan_id:
        plan = await draw(work, facts)
        raise PlanStale("plan_id", plan=plan, moved=plan.moved)


async def _require_rest(work: Work) -> None:
    running = select(_changes.id).where(
        _changes.tenant_id == work.tenant_id, _changes.status == ModelChangeStatus.RUNNING.value
    )
    if await work.scalar(running) is not None:
        raise ChangeUnderWay


async def _begin(
    work: Work, command: CleanUpRoles, kind: ModelChangeKind, before: OperatingModel, after: OperatingModel
) -> ModelChange:
    customers = await work.scalar(select(func.count()).where(_customers.tenant_id == work.tenant_id))
    to_kind = OperatingModelKind(after.kind) if kind is ModelChangeKind.MODEL_CHANGE else None
    change = work.add(
        ModelChange(
            kind=kind.value,
            to_kind=None if to_kind is None else to_kind.value,
            plan_id=command.plan_id,
            succession=command.succession.value,
            mapping=dict(command.mapping),
            pace=command.pace,
            from_model_id=before.id,
            to_model_id=after.id,
            customers=customers,
        )
    )
    work.emit(
        ModelChangeStarted(
            operating_model_change_id=change.id,
            kind=kind,
            to_kind=to_kind,
            from_model_id=before.id,
            to_model_id=after.id,
            customers=customers,
        )
    )
    await jobs.enqueue(work, JOB, change.id, due_at=work.now + _FIRST_STEP_AFTER)
    return change


async def _next_customers(work: Work, change: ModelChange) -> list[UUID]:
    """The next ones behind the last that is done, locked in the order of their ids, friendships held as they are."""
    await visibility.befriending(work)
    behind = [] if change.last_customer is None else [_customers.id > change.last_customer]
    rows = await work.fetch(
        select(_customers.id)
        .where(_customers.tenant_id == work.tenant_id, *behind)
        .order_by(_customers.id)
        .limit(CUSTOMERS_AT_ONCE)
        .with_for_update()
    )
    return [row["id"] for row in rows]


async def _pass_on(work: Work, change: ModelChange, customers: Sequence[UUID]) -> int:
    """Give the friendships of these customers their roles; answers how many changed."""
    known = await change_facts.units(work)
    design = await change_facts.design_in_force(work, known)
    seats = await change_facts.seats(work, known)
    rules = Rules(ModelChangeKind(change.kind), RoleSuccession(change.succession), change.mapping)
    decided = [
        one
        for friends in await change_facts.friendships_of(work, known, customers)
        for one in decide(friends, seats, design, rules)
        if one.move is not None
    ]
    there, print_, roles = await fingerprint_of(work, customers)
    given = await _write(work, decided, known)
    if (there, print_, roles + given) != await fingerprint_of(work, customers):
        raise AssertionError("A change of the model writes roles of friendships only.")
    await visibility.refresh_customers(work, sorted({one.friendship.customer_id for one in decided}))
    moved = sum(one.move is FriendshipMove.MOVED for one in decided)
    await work.change(
        change,
        last_customer=customers[-1],
        customers_done=change.customers_done + len(customers),
        moved=change.moved + moved,
        released=change.released + len(decided) - moved,
    )
    work.emit(
        ModelChangeProgressed(
            operating_model_change_id=change.id,
            customers_done=change.customers_done,
            moved=change.moved,
            released=change.released,
        )
    )
    return len(decided)


async def _write(work: Work, decided: Sequence[Decision], known: change_facts.Units) -> int:
    """End the roles that are left and give the new ones; answers how many were given."""
    if not decided:
        return 0
    await relationships.end_roles(
        work, [held.id for one in decided for held in one.friendship.held if held.unit != one.unit]
    )
    ids = [one.friendship.id for one in decided]
    rows = {row.id: row for row in await work.rows(Relationship, among(table_of(Relationship).c.id, ids))}
    given = 0
    for one in decided:
        if one.unit is not None and one.unit not in one.friendship.units:
            relationships.give_role(
                work,
                rows[one.friendship.id],
                known.by_key[one.unit],
                store_id=one.store_id,
                reason=RoleReason.MODEL_CHANGED,
            )
            given += 1
    return given


async def _end(work: Work, change: ModelChange) -> None:
    assert change.totals_before is not None
    after = await totals(work, change.recorded_at)
    status = ModelChangeStatus.FAILED if lost(change.totals_before, after) else ModelChangeStatus.COMPLETED
    await work.change(change, status=status.value, totals_after=after, completed_at=work.now)
    work.emit(ModelChangeEnded(operating_model_change_id=change.id, status=status))
