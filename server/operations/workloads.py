"""What people take 承接量: limits, weights and shifts of one person, and the rule by which a group or role takes turns.

Counting is the room of customers'; whoever composes these acts also sees to it that the queue moves on.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from server.db.statements import table_of
from server.db.work import Work
from server.errors import Conflict
from server.ids import new_id
from server.operations import queries
from server.operations.assignment_terms import AssignmentMethod
from server.operations.commands import SetAssignmentRule, SetWorkload
from server.operations.errors import BackupOfItself, OneUnit, UnitRetired
from server.operations.events import AssignmentRuleSet, WorkloadSet, WorkShiftStated
from server.operations.tables import AssignmentRule, OpsGroup, Workload, WorkShift
from server.operations.units import Unit
from server.operations.working_hours import Hours, check_hours
from server.tenants.queries import require_working_staff

_workloads, _shifts = table_of(Workload), table_of(WorkShift)

_LIMITS = ("capacity", "daily_limit", "weight")


async def set_assignment_rule(work: Work, command: SetAssignmentRule) -> AssignmentRule:
    """Say how the people of a group or role take turns. Locks the unit. Raises OneUnit, UnitRetired, BackupOfItself,
    NotFound, Conflict."""
    if (command.group_id is None) == (command.role_id is None):
        raise OneUnit("role_id")
    unit = Unit(command.group_id, command.role_id)
    row = await queries.unit_row(work, unit, lock=True)
    if row.retired_at is not None:
        raise UnitRetired(unit.field, key=row.key)
    await _require_backup(work, command, unit)
    rule = await queries.assignment_rule(work, unit)
    given = {"method", "capacity", "daily_limit", "backup_group_id"} & command.model_fields_set
    values: dict[str, Any] = {name: getattr(command, name) for name in given}
    values["method"] = command.method or (rule.method if rule else AssignmentMethod.LEAST_LOADED)
    if rule is None:
        if command.expected_version is not None:
            raise Conflict("expected_version", version=0)
        rule = work.add(AssignmentRule(group_id=unit.group_id, role_id=unit.role_id, **values))
    else:
        await work.change(rule, expected_version=command.expected_version, **values)
    work.emit(
        AssignmentRuleSet(
            assignment_rule_id=rule.id,
            group_id=rule.group_id,
            role_id=rule.role_id,
            method=AssignmentMethod(rule.method),
            capacity=rule.capacity,
            daily_limit=rule.daily_limit,
            backup_group_id=rule.backup_group_id,
            rule_version=rule.version,
        )
    )
    return rule


async def _require_backup(work: Work, command: SetAssignmentRule, unit: Unit) -> None:
    if command.backup_group_id is None:
        return
    if command.backup_group_id == unit.group_id:
        raise BackupOfItself("backup_group_id")
    backup = await work.require(OpsGroup, command.backup_group_id, "backup_group_id", lock=True)
    if backup.retired_at is not None:
        raise UnitRetired("backup_group_id", key=backup.key)


async def set_workload(work: Work, command: SetWorkload) -> Workload:
    """Say what a person takes and when they work. Friends beyond a lowered capacity stay; nobody new comes.

    Locks the person. Raises NotFound, StaffMemberLeft, Invalid for shifts that overlap, Conflict.
    """
    if command.shifts is not None:
        check_hours([Hours(one.weekday, one.opens, one.closes) for one in command.shifts], "shifts")
    member = await require_working_staff(work, command.staff_id, "staff_id", lock=True)
    workload = await workload_of(work, member.id)
    given = command.model_fields_set & set(_LIMITS)
    values = {name: getattr(command, name) for name in _LIMITS if name in given}
    await work.change(workload, expected_version=command.expected_version, **values)
    work.emit(
        WorkloadSet(
            workload_id=workload.id,
            staff_id=member.id,
            capacity=workload.capacity,
            daily_limit=workload.daily_limit,
            weight=workload.weight,
            shifts_replaced=command.shifts is not None,
            workload_version=workload.version,
        )
    )
    if command.shifts is not None:
        await work.execute(
            _shifts.delete().where(_shifts.c.tenant_id == work.tenant_id, _shifts.c.staff_id == member.id)
        )
        for one in command.shifts:
            row = work.add(WorkShift(staff_id=member.id, weekday=one.weekday, opens=one.opens, closes=one.closes))
            work.emit(
                WorkShiftStated(
                    work_shift_id=row.id,
                    staff_id=member.id,
                    weekday=one.weekday,
                    opens=one.opens,
                    closes=one.closes,
                )
            )
    return workload


async def workload_of(work: Work, staff_id: UUID) -> Workload:
    """The person's row, made where there is none yet; locked."""
    fresh = Workload(tenant_id=work.tenant_id, id=new_id(), staff_id=staff_id, recorded_at=work.now)
    await work.execute(
        insert(_workloads).values(fresh.model_dump()).on_conflict_do_nothing(index_elements=["tenant_id", "staff_id"])
    )
    [row] = await work.rows(Workload, _workloads.c.staff_id == staff_id, lock=True)
    return row
