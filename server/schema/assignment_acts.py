"""The acts on who takes customers: rules, workloads, channel hours, availability."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.db.work import Work
from server.lifecycles import assignment as lifecycle
from server.operations.assignment_terms import AssignmentMethod
from server.operations.commands import SetAssignmentRule, SetAvailability, SetChannelHours, SetWorkload
from server.planner.declarations import ref, value
from server.schema.assignment import Absence, AssignmentRule, Workload
from server.schema.channels import Channel
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.staff import StaffMember
from server.schema.weekly_hours import WeeklyHoursInput, weekly_hours


def _given(input: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(input, name) for name in names if getattr(input, name) is not strawberry.UNSET}


@strawberry.input(description="How the people of one ops group or service role take turns. A field left out stays.")
class SetAssignmentRuleInput:
    group_id: strawberry.ID | None = strawberry.field(default=None, description="The ops group.")
    role_id: strawberry.ID | None = strawberry.field(
        default=None, description="The service role; exactly one of group and role is given."
    )
    method: AssignmentMethod | None = strawberry.field(
        default=None, description="By which rule; LEAST_LOADED for a new one."
    )
    capacity: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="Friends at most of whoever has no capacity of their own, from 1; null: any number.",
    )
    daily_limit: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="Adds a day at most of whoever has no limit of their own, from 1; null: any number.",
    )
    backup_group_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Who helps out when nobody has room; null: nobody."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was read; refused where the rule has moved on."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The rule after the act.")
class SetAssignmentRulePayload(Payload):
    assignment_rule: AssignmentRule | None = value(description="The rule; null when refused.")


@mutation(
    Permission.TENANT_MANAGE,
    description="Say how a group or role takes turns 设置分配规则. Whoever waits for it is assigned at once where there is "
    "room now.",
)
async def set_assignment_rule(work: Work, input: SetAssignmentRuleInput) -> SetAssignmentRulePayload:
    given = _given(input, ("capacity", "daily_limit"))
    if input.backup_group_id is not strawberry.UNSET:
        given["backup_group_id"] = await id_or_none(work, "OpsGroup", input.backup_group_id, "backup_group_id")
    command = SetAssignmentRule(
        group_id=await id_or_none(work, "OpsGroup", input.group_id, "group_id"),
        role_id=await id_or_none(work, "ServiceRole", input.role_id, "role_id"),
        method=input.method,
        expected_version=input.expected_version,
        **given,
    )
    rule = await lifecycle.set_assignment_rule(work, command)
    return SetAssignmentRulePayload(assignment_rule=ref(rule.id))


@strawberry.input(description="What one person takes, and when they work. A field left out stays.")
class SetWorkloadInput:
    staff_id: strawberry.ID = strawberry.field(description="The person.")
    capacity: int | None = strawberry.field(
        default=strawberry.UNSET, description="Friends at most, from 1; null: as the rule says. Friends beyond it stay."
    )
    daily_limit: int | None = strawberry.field(
        default=strawberry.UNSET, description="Adds at most in a day of the brand, from 1; null: as the rule says."
    )
    weight: int | None = strawberry.field(
        default=strawberry.UNSET, description="The share of customers beside others, 1 to 100; 1 at first."
    )
    shifts: list[WeeklyHoursInput] | None = strawberry.field(
        default=None,
        description="When the person works, at most 70 intervals, none of a weekday overlapping; replaces what was said. "
        "Empty: always.",
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was read; refused where the workload has moved on."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What the person takes now.")
class SetWorkloadPayload(Payload):
    workload: Workload | None = value(description="The workload; null when refused.")


@mutation(
    Permission.TENANT_MANAGE,
    description="Say what a person takes and when they work 设置承接上限与班次. With more room, whoever waits is assigned at once.",
)
async def set_workload(work: Work, input: SetWorkloadInput) -> SetWorkloadPayload:
    given = _given(input, ("capacity", "daily_limit", "weight"))
    if input.shifts is not None:
        given["shifts"] = weekly_hours(input.shifts)
    command = SetWorkload.model_validate(
        {
            "staff_id": await id_of(work, "StaffMember", input.staff_id, "staff_id"),
            "expected_version": input.expected_version,
            **given,
        }
    )
    workload = await lifecycle.set_workload(work, command)
    return SetWorkloadPayload(workload=ref(workload.id))


@strawberry.input(description="When a channel is served. Replaces everything said before.")
class SetChannelHoursInput:
    channel_id: strawberry.ID = strawberry.field(description="The channel.")
    hours: list[WeeklyHoursInput] = strawberry.field(
        description="Intervals, at most 70, none of a weekday overlapping. None: always."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was read; refused where the channel has moved on."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The channel with its new hours.")
class SetChannelHoursPayload(Payload):
    channel: Channel | None = value(description="The channel; null when refused.")


@mutation(
    Permission.CHANNEL_MANAGE,
    description="Say when a channel is served 设置渠道服务时段. Who scans at another time is taken by the backup group, or waits.",
)
async def set_channel_hours(work: Work, input: SetChannelHoursInput) -> SetChannelHoursPayload:
    command = SetChannelHours.model_validate(
        {
            "channel_id": await id_of(work, "Channel", input.channel_id, "channel_id"),
            "hours": weekly_hours(input.hours),
            "expected_version": input.expected_version,
        }
    )
    channel = await lifecycle.set_channel_hours(work, command)
    return SetChannelHoursPayload(channel=ref(channel.id))


@strawberry.input(description="A time in which a person is off.")
class OffInput:
    since: datetime = strawberry.field(description="From when; may be past.")
    until: datetime | None = strawberry.field(default=None, description="Until when; until further notice if left out.")
    cover_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who stands in: works here, and is not off at that time."
    )


@strawberry.input(description="When a person is off. Replaces what was planned; what is over stays.")
class SetAvailabilityInput:
    staff_id: strawberry.ID = strawberry.field(description="The person.")
    off: list[OffInput] = strawberry.field(
        description="Absences, at most 50, none overlapping another. None: the person is there, from now on."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What is planned now.")
class SetAvailabilityPayload(Payload):
    staff_member: StaffMember | None = value(description="The person; null when refused.")
    absences: list[Absence] | None = value(description="What is planned, or lasts; null when refused.")


@mutation(
    Permission.TENANT_MANAGE,
    description="Say when a person is off and who stands in 设置休假与代班. Meanwhile they take no new customers, and whoever "
    "stands in sees theirs. Back again, they take customers at once.",
)
async def set_availability(work: Work, input: SetAvailabilityInput) -> SetAvailabilityPayload:
    staff_id = await id_of(work, "StaffMember", input.staff_id, "staff_id")
    command = SetAvailability.model_validate(
        {
            "staff_id": staff_id,
            "off": [
                {
                    "since": one.since,
                    "until": one.until,
                    "cover_id": await id_or_none(work, "StaffMember", one.cover_id, "off", index, "cover_id"),
                }
                for index, one in enumerate(input.off)
            ],
        }
    )
    planned = await lifecycle.set_availability(work, command)
    return SetAvailabilityPayload(staff_member=ref(staff_id), absences=[ref(one.id) for one in planned])
