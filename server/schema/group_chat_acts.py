"""What can be done about group chats 客户群: opened, changed, dissolved; joined and left; posted to."""

from datetime import datetime
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.db.work import Work
from server.group_chats import commands, service
from server.group_chats.chat_terms import GroupJoinSource, GroupLeaveReason, GroupMembershipChange
from server.lifecycles.group_posts import post_to_group_chat as post
from server.operations.purposes import Purpose
from server.planner.call import Call
from server.planner.declarations import ref, value
from server.schema.bulk import row_by_row
from server.schema.external_refs import ExternalRefInput, external_ref_commands, external_refs_input
from server.schema.group_chats import GroupChat, GroupMembership, GroupPost
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.user_errors import UserError

_CHAT = "The group chat."
_SERVED = {"store_id": "Store", "group_id": "OpsGroup", "role_id": "ServiceRole", "owner_id": "StaffMember"}


@strawberry.input(description="A group chat that was opened.")
class CreateGroupChatInput:
    name: str = strawberry.field(description="What it is called, 1 to 200 characters.")
    store_id: strawberry.ID | None = strawberry.field(default=None, description="The store it is served at.")
    group_id: strawberry.ID | None = strawberry.field(default=None, description="The ops group that serves it.")
    role_id: strawberry.ID | None = strawberry.field(
        default=None, description="The role that serves it; not beside a group."
    )
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Who owns it.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it was opened: now if left out; not in the future."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="What is different about a group chat. What is left out stays.")
class UpdateGroupChatInput:
    group_chat_id: strawberry.ID = strawberry.field(description=_CHAT)
    name: str | None = strawberry.field(default=None, description="What it is called, 1 to 200 characters.")
    store_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The store it is served at; null: none."
    )
    group_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The ops group that serves it, in place of the role; null: none."
    )
    role_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The role that serves it, in place of the ops group; null: none."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Who owns it; null: nobody."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the chat is at this version; otherwise CONFLICT."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="A group chat that is no more.")
class DissolveGroupChatInput:
    group_chat_id: strawberry.ID = strawberry.field(description=_CHAT)
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When: now if left out. Not before the last who joined, left or posted."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the chat is at this version; otherwise CONFLICT."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="A customer joined a group chat or left it.")
class GroupMembershipInput:
    group_chat_id: strawberry.ID = strawberry.field(description=_CHAT)
    customer_id: strawberry.ID = strawberry.field(description="The customer.")
    change: GroupMembershipChange = strawberry.field(
        default=GroupMembershipChange.JOINED, description="Joined or left."
    )
    source: GroupJoinSource | None = strawberry.field(
        default=None, description="How they joined; OTHER if left out. Only for who joined."
    )
    reason: GroupLeaveReason | None = strawberry.field(
        default=None,
        description="How they left; BY_CUSTOMER if left out. Only for who left, and not DISSOLVED: that is `dissolveGroupChat`.",
    )
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When: now if left out; not in the future, not before the chat was opened."
    )


@strawberry.input(description="One customer's joining or leaving, told by itself.")
class RecordGroupMembershipInput(GroupMembershipInput):
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="Many customers who joined group chats or left them.")
class RecordGroupMembershipsInput:
    memberships: list[GroupMembershipInput] = strawberry.field(description="1 to 100 changes, in their order.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="One message to everybody in a group chat.")
class PostToGroupChatInput:
    group_chat_id: strawberry.ID = strawberry.field(description=_CHAT)
    purpose: Purpose = strawberry.field(description="What for.")
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who posted; the calling staff member if left out."
    )
    item_id: strawberry.ID | None = strawberry.field(default=None, description="The item it was about.")
    content_id: strawberry.ID | None = strawberry.field(default=None, description="The content it showed.")
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="The campaign it belongs to.")
    summary: str | None = strawberry.field(
        default=None, description="What was said, 1 to 4,000 characters. It names no single customer."
    )
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When: now if left out; not in the future, not before the chat was opened."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The new group chat.")
class CreateGroupChatPayload(Payload):
    group_chat: GroupChat | None = value(description="The chat; null when refused.")


@strawberry.type(description="The group chat after the change.")
class UpdateGroupChatPayload(Payload):
    group_chat: GroupChat | None = value(description="The chat as it is now; null when refused.")


@strawberry.type(description="The group chat that is no more.")
class DissolveGroupChatPayload(Payload):
    group_chat: GroupChat | None = value(description="The dissolved chat; null when refused.")


@strawberry.type(description="What became of it.")
class RecordGroupMembershipPayload(Payload):
    group_membership: GroupMembership | None = value(
        description="The stay: new, ended, or as it was where it was so already."
    )


@strawberry.type(description="What became of one row.")
class RecordGroupMembershipResult:
    group_membership: GroupMembership | None = value(description="The stay; null where the row was refused.")
    user_errors: list[UserError] = value(
        description='Why this row was refused; empty when it was recorded. Paths start with ["memberships", "<row>"], the '
        "first row being 0."
    )


@strawberry.type(description="What became of the rows.")
class RecordGroupMembershipsPayload(Payload):
    results: list[RecordGroupMembershipResult] = value(
        description="One result per row, in order. A refused row leaves the others alone. Empty where all was refused "
        "at once."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.results = self.results or []


@strawberry.type(description="What was posted.")
class PostToGroupChatPayload(Payload):
    group_post: GroupPost | None = value(description="The post, with what each customer had of it; null when refused.")


@mutation(Permission.CUSTOMER_WRITE, description="Record that a group chat was opened 建群, and who serves it where.")
async def create_group_chat(work: Work, input: CreateGroupChatInput) -> CreateGroupChatPayload:
    command = commands.CreateGroupChat(
        name=input.name,
        **{name: await id_or_none(work, type_, getattr(input, name), name) for name, type_ in _SERVED.items()},
        occurred_at=input.occurred_at,
        external_refs=external_ref_commands(input.external_refs),  # type: ignore[arg-type]  # pydantic makes commands of them
    )
    return CreateGroupChatPayload(group_chat=ref((await service.create_group_chat(work, command)).id))


@mutation(Permission.CUSTOMER_WRITE, description="Change a group chat's name, store, owner, or who serves it.")
async def update_group_chat(work: Work, input: UpdateGroupChatInput) -> UpdateGroupChatPayload:
    given: dict[str, Any] = {
        name: await id_or_none(work, type_, getattr(input, name), name)
        for name, type_ in _SERVED.items()
        if getattr(input, name) is not strawberry.UNSET
    }
    command = commands.UpdateGroupChat(
        group_chat_id=await id_of(work, "GroupChat", input.group_chat_id, "group_chat_id"),
        name=input.name,
        expected_version=input.expected_version,
        **given,
    )
    return UpdateGroupChatPayload(group_chat=ref((await service.update_group_chat(work, command)).id))


@mutation(
    Permission.CUSTOMER_WRITE, description="Record that a group chat was dissolved 解散: everybody in it left it."
)
async def dissolve_group_chat(work: Work, input: DissolveGroupChatInput) -> DissolveGroupChatPayload:
    command = commands.DissolveGroupChat(
        group_chat_id=await id_of(work, "GroupChat", input.group_chat_id, "group_chat_id"),
        occurred_at=input.occurred_at,
        expected_version=input.expected_version,
    )
    return DissolveGroupChatPayload(group_chat=ref((await service.dissolve_group_chat(work, command)).id))


@mutation(
    Permission.CUSTOMER_WRITE,
    description="Record that a customer joined a group chat 入群 or left it 退群. Told twice it is recorded once.",
)
async def record_group_membership(work: Work, input: RecordGroupMembershipInput) -> RecordGroupMembershipPayload:
    stay = await service.record_group_membership(work, await _membership(work, input))
    return RecordGroupMembershipPayload(group_membership=ref(stay.id))


@mutation(
    Permission.CUSTOMER_WRITE,
    description="Record up to 100 customers who joined group chats or left them, each by itself: a refused row leaves the "
    "others alone.",
)
async def record_group_memberships(
    work: Work, input: RecordGroupMembershipsInput, call: Call
) -> RecordGroupMembershipsPayload:
    rows = await row_by_row(
        "memberships",
        input.memberships,
        lambda row: _membership(work, row),
        lambda given: service.record_group_memberships(work, given),
        call,
    )
    results = [RecordGroupMembershipResult(group_membership=stay, user_errors=errors) for stay, errors in rows]
    return RecordGroupMembershipsPayload(results=results)


@mutation(
    Permission.TOUCHPOINT_WRITE,
    description="Post once to everybody in a group chat 群发言: one post, and a contact with every customer in the chat. What is "
    "outside the boundary of the group or role the staff member acts in is refused with OUT_OF_BOUNDARY.",
)
async def post_to_group_chat(work: Work, input: PostToGroupChatInput) -> PostToGroupChatPayload:
    command = commands.PostToGroupChat(
        group_chat_id=await id_of(work, "GroupChat", input.group_chat_id, "group_chat_id"),
        purpose=input.purpose,
        staff_id=await id_or_none(work, "StaffMember", input.staff_id, "staff_id"),
        item_id=await id_or_none(work, "Item", input.item_id, "item_id"),
        content_id=await id_or_none(work, "Content", input.content_id, "content_id"),
        campaign_id=await id_or_none(work, "Campaign", input.campaign_id, "campaign_id"),
        summary=input.summary,
        occurred_at=input.occurred_at,
    )
    return PostToGroupChatPayload(group_post=ref((await post(work, command)).id))


async def _membership(work: Work, row: GroupMembershipInput) -> commands.RecordGroupMembership:
    return commands.RecordGroupMembership(
        group_chat_id=await id_of(work, "GroupChat", row.group_chat_id, "group_chat_id"),
        customer_id=await id_of(work, "Customer", row.customer_id, "customer_id"),
        change=row.change,
        source=row.source,
        reason=row.reason,
        occurred_at=row.occurred_at,
    )
