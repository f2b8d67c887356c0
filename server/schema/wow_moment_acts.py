"""The acts of surprises: plays are defined and retired, moments and shares recorded."""

from datetime import datetime
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.db.work import Work
from server.planner.declarations import ref, value
from server.schema.boundaries import boundary_override_reason
from server.schema.external_refs import ExternalRefInput, external_ref_commands, external_refs_input
from server.schema.items import amount_given
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.scalars import MoneyInput
from server.schema.wow_moments import Share, WowMoment, WowPlay
from server.wow_moments import service
from server.wow_moments.commands import DefineWowPlay, RecordShare, RecordWowMoment, RetireWowPlay
from server.wow_moments.surprise_terms import ShareMedium, WowOccasion, WowTrigger


@strawberry.input(description="The whole definition of a play: what is left out, it does not have.")
class DefineWowPlayInput:
    key: str = strawberry.field(
        description="The brand's own key: a letter, then letters, digits and underscores, at most 64 characters."
    )
    name: str = strawberry.field(description="What it is called, 1 to 200 characters.")
    script: str = strawberry.field(description="What to do, say and bring, 1 to 4,000 characters.")
    trigger: WowTrigger = strawberry.field(description="What sets it off.")
    cost: MoneyInput | None = strawberry.field(
        default=None, description="What one performance is meant to cost; not negative."
    )
    role_id: strawberry.ID | None = strawberry.field(default=None, description="The role that performs it.")
    group_id: strawberry.ID | None = strawberry.field(
        default=None, description="The ops group that performs it; not together with a role."
    )
    occasion: WowOccasion | None = strawberry.field(
        default=None,
        description="What it is proposed to the inbox for; left out, nothing proposes it. A birthday for the trigger BIRTHDAY, "
        "and for no other.",
    )
    stage_id: strawberry.ID | None = strawberry.field(
        default=None, description="The stage, for the occasion STAGE and only for it."
    )
    lead_days: int | None = strawberry.field(
        default=None, description="So many days ahead of a birthday it is proposed, 0 to 30; on the day if left out."
    )
    within_hours: int | None = strawberry.field(
        default=None,
        description="Within so many hours of the order or the stage it is to be made, 1 to 720; 24 if left out.",
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Change the play of this key only if it is at this version; otherwise CONFLICT."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class DefineWowPlayPayload(Payload):
    wow_play: WowPlay | None = value(description="The play as it is now.")


@strawberry.input(description="Which play is no longer performed.")
class RetireWowPlayInput:
    wow_play_id: strawberry.ID = strawberry.field(description="The play.")
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the play is at this version; otherwise CONFLICT."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class RetireWowPlayPayload(Payload):
    wow_play: WowPlay | None = value(description="The play as it is now.")


@strawberry.input(description="A surprise that happened to a customer.")
class RecordWowMomentInput:
    customer_id: strawberry.ID = strawberry.field(description="To whom.")
    play_id: strawberry.ID | None = strawberry.field(
        default=None, description="By which play; it must not be retired. Left out where nobody had planned it."
    )
    due_wow_moment_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="What is done by it, where it was proposed; if left out, what waits of this play for the customer.",
    )
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who surprised the customer; the calling staff member if left out."
    )
    case_id: strawberry.ID | None = strawberry.field(default=None, description="A case of this customer.")
    store_id: strawberry.ID | None = strawberry.field(default=None, description="The store it happened in or for.")
    cost: MoneyInput | None = strawberry.field(
        default=None, description="What it cost, not negative; what the play says if left out."
    )
    story: str | None = strawberry.field(default=None, description="What happened, 1 to 4,000 characters. Personal.")
    evidence: str | None = strawberry.field(default=None, description="How it is known, 1 to 500 characters. Personal.")
    boundary_override: str | None = boundary_override_reason()
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it happened: now if left out, at most 5 minutes ahead."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class RecordWowMomentPayload(Payload):
    wow_moment: WowMoment | None = value(description="The moment as recorded.")


@strawberry.input(description="A customer told others.")
class RecordShareInput:
    customer_id: strawberry.ID = strawberry.field(description="Who told others.")
    wow_moment_id: strawberry.ID | None = strawberry.field(
        default=None, description="A moment of this customer, where they told of one."
    )
    medium: ShareMedium = strawberry.field(description="Where.")
    prompted: bool = strawberry.field(default=False, description="Whether somebody of the brand asked for it.")
    rewarded: bool = strawberry.field(default=False, description="Whether something was given for it.")
    evidence: str | None = strawberry.field(default=None, description="How it is known, 1 to 500 characters. Personal.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When: now if left out, at most 5 minutes ahead, not before the moment."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class RecordSharePayload(Payload):
    share: Share | None = value(description="The share as recorded.")


@mutation(
    Permission.WOW_MANAGE,
    description="Define a surprise 惊喜方案 by its key: made if new, changed if different, brought back if "
    "retired. Defining it as it is changes nothing.",
)
async def define_wow_play(work: Work, input: DefineWowPlayInput) -> DefineWowPlayPayload:
    given: dict[str, Any] = {
        "key": input.key,
        "name": input.name,
        "script": input.script,
        "trigger": input.trigger,
        "cost": amount_given(input.cost),
        "role_id": await id_or_none(work, "ServiceRole", input.role_id, "role_id"),
        "group_id": await id_or_none(work, "OpsGroup", input.group_id, "group_id"),
        "occasion": input.occasion,
        "stage_id": await id_or_none(work, "Stage", input.stage_id, "stage_id"),
        "lead_days": input.lead_days,
        "within_hours": input.within_hours,
        "expected_version": input.expected_version,
        "external_refs": external_ref_commands(input.external_refs),
    }
    play = await service.define_wow_play(work, DefineWowPlay(**given))
    return DefineWowPlayPayload(wow_play=ref(play.id))


@mutation(
    Permission.WOW_MANAGE,
    description="Perform a play no longer. Its moments stay; `defineWowPlay` brings it back.",
)
async def retire_wow_play(work: Work, input: RetireWowPlayInput) -> RetireWowPlayPayload:
    play_id = await id_of(work, "WowPlay", input.wow_play_id, "wow_play_id")
    command = RetireWowPlay(wow_play_id=play_id, expected_version=input.expected_version)
    play = await service.retire_wow_play(work, command)
    return RetireWowPlayPayload(wow_play=ref(play.id))


@mutation(
    Permission.WOW_WRITE,
    description="Record one time a surprise happened to a customer Wow时刻. Who surprised them acts within the boundary of "
    "their role then: the purpose WOW is theirs, or they have leave.",
)
async def record_wow_moment(work: Work, input: RecordWowMomentInput) -> RecordWowMomentPayload:
    given: dict[str, Any] = {
        "customer_id": await id_of(work, "Customer", input.customer_id, "customer_id"),
        "play_id": await id_or_none(work, "WowPlay", input.play_id, "play_id"),
        "due_wow_moment_id": await id_or_none(work, "DueWowMoment", input.due_wow_moment_id, "due_wow_moment_id"),
        "staff_id": await id_or_none(work, "StaffMember", input.staff_id, "staff_id"),
        "case_id": await id_or_none(work, "Case", input.case_id, "case_id"),
        "store_id": await id_or_none(work, "Store", input.store_id, "store_id"),
        "cost": amount_given(input.cost),
        "story": input.story,
        "evidence": input.evidence,
        "boundary_override": input.boundary_override,
        "occurred_at": input.occurred_at,
        "external_refs": external_ref_commands(input.external_refs),
    }
    moment = await service.record_wow_moment(work, RecordWowMoment(**given))
    return RecordWowMomentPayload(wow_moment=ref(moment.id))


@mutation(
    Permission.WOW_WRITE,
    description="Record that a customer told others 分享: spontaneous only if neither prompted nor rewarded.",
)
async def record_share(work: Work, input: RecordShareInput) -> RecordSharePayload:
    given: dict[str, Any] = {
        "customer_id": await id_of(work, "Customer", input.customer_id, "customer_id"),
        "wow_moment_id": await id_or_none(work, "WowMoment", input.wow_moment_id, "wow_moment_id"),
        "medium": input.medium,
        "prompted": input.prompted,
        "rewarded": input.rewarded,
        "evidence": input.evidence,
        "occurred_at": input.occurred_at,
        "external_refs": external_ref_commands(input.external_refs),
    }
    share = await service.record_share(work, RecordShare(**given))
    return RecordSharePayload(share=ref(share.id))
