"""Who is calling, and the keys a brand gives to its staff and its programs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from server.access import keys, tables
from server.access.permissions import DataScope, Permission, PrincipalKind
from server.db.work import Work
from server.planner.call import Call
from server.planner.declarations import column, computed, connection, link, ref, value
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.nodes import Connection, Node
from server.schema.outcomes import SECRET
from server.schema.staff import StaffMember
from server.schema.tenants import Tenant
from server.tenants import commands
from server.tenants.service.keys import create_api_key as make_api_key


def shown_once(*, description: str) -> Any:
    """A field of a payload that holds a secret: given out by the first call, stored nowhere, null in a retry."""
    made = value(description=description)
    made.metadata = {**made.metadata, SECRET: True}
    return made


API_KEY_ORDERS = orders("ApiKey", CREATED_AT=tables.ApiKey.recorded_at)


@strawberry.input(description="Which API keys.")
class ApiKeyFilter:
    kind: ChoiceFilter[PrincipalKind] | None = matches(tables.ApiKey.kind, description="For what kind of caller.")
    staff: IdFilter | None = matches(tables.ApiKey.staff_id, id_of="StaffMember", description="Whose key.")
    revoked_at: DateTimeFilter | None = matches(
        tables.ApiKey.revoked_at, description="When it was revoked; `isNull: true` for keys not revoked."
    )
    expires_at: DateTimeFilter | None = matches(tables.ApiKey.expires_at, description="When it expires.")


API_KEY_FILTER = filter_type(ApiKeyFilter)


@node(
    tables.ApiKey,
    permission=Permission.API_KEY_MANAGE,
    description="A credential 密钥. Its secret is shown once, when it is made, and only its hash is kept.",
)
class ApiKey(Node):
    name: str = column(tables.ApiKey.name, description="What it is called.")
    kind: PrincipalKind = column(tables.ApiKey.kind, description="For what kind of caller it is.")
    staff: StaffMember | None = link(tables.ApiKey.staff_id, description="Whose key it is; null for other kinds.")
    permissions: list[Permission] = column(tables.ApiKey.permissions, description="What it may do 权限.")
    secret_tail: str = column(tables.ApiKey.secret_tail, description="The last four characters of its secret.")
    created_at: datetime = column(tables.ApiKey.recorded_at, description="When it was made.")
    expires_at: datetime | None = column(tables.ApiKey.expires_at, description="When it ends by itself; null: never.")
    revoked_at: datetime | None = column(tables.ApiKey.revoked_at, description="When it was revoked; null: it was not.")


@strawberry.type(description="The caller 当前访问者, as the credential says.")
class Viewer:
    kind: PrincipalKind = value(description="What kind of caller.")
    permissions: list[Permission] = value(description="What the caller may do, sorted by code.")
    data_scope: DataScope = value(description="Which customers the caller sees 数据范围.")
    tenant: Annotated["Tenant", strawberry.lazy("server.schema.tenants")] | None = value(
        description="The brand; null without the permission to read it."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = value(
        description="The person behind the credential; null for owners and programs."
    )
    expires_at: datetime | None = value(description="When the credential ends by itself; null: never.")


def _viewer(call: Call, rows: Sequence[Any]) -> list[Viewer]:
    caller = call.caller
    return [
        Viewer(
            kind=caller.kind,
            permissions=sorted(caller.permissions),
            data_scope=caller.data_scope,
            tenant=ref(caller.tenant_id),
            staff=ref(caller.staff_id),
            expires_at=caller.expires_at,
        )
    ]


@strawberry.type
class AccessQueries:
    viewer: Viewer = computed(_viewer, pure=True, description="Who is calling: brand, permissions, data scope.")
    api_keys: Connection[ApiKey] = connection(
        orders=API_KEY_ORDERS,
        filter=API_KEY_FILTER,
        permission=Permission.API_KEY_MANAGE,
        description="The brand's API keys 密钥, revoked ones too.",
    )


@strawberry.input(description="A key to make.")
class CreateApiKeyInput:
    name: str = strawberry.field(description="What it is called, 1 to 200 characters.")
    kind: PrincipalKind = strawberry.field(description="For what kind of caller; not PUBLIC.")
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose key it is: needed for kind STAFF, not allowed for others."
    )
    permissions: list[Permission] | None = strawberry.field(
        default=None,
        description="What it may do, never more than its maker; what is usual for the kind if left out.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it ends by itself; never if left out."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The key, and the credential to be kept at once.")
class CreateApiKeyPayload(Payload):
    api_key: ApiKey | None = value(description="The key; null when refused.")
    secret: str | None = shown_once(
        description="The full credential, `shuke_…`, to be sent as `Authorization: Bearer …`. Shown this once only."
    )


@mutation(Permission.API_KEY_MANAGE, description="Make an API key for a person or a program 创建密钥.")
async def create_api_key(work: Work, input: CreateApiKeyInput) -> CreateApiKeyPayload:
    command = commands.CreateApiKey.model_validate(
        {
            "name": input.name,
            "kind": input.kind,
            "staff_id": await id_or_none(work, "StaffMember", input.staff_id, "staff_id"),
            "permissions": input.permissions,
            "expires_at": input.expires_at,
        }
    )
    key, secret = await make_api_key(work, command)
    return CreateApiKeyPayload(api_key=ref(key.id), secret=secret)


@strawberry.input(description="Which key to revoke.")
class RevokeApiKeyInput:
    api_key_id: strawberry.ID = strawberry.field(description="The key.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The revoked key.")
class RevokeApiKeyPayload(Payload):
    api_key: ApiKey | None = value(description="The key; null when refused.")


@mutation(
    Permission.API_KEY_MANAGE,
    description="End a key 吊销密钥. It opens nothing from the next request on, and its live subscriptions end.",
)
async def revoke_api_key(work: Work, input: RevokeApiKeyInput) -> RevokeApiKeyPayload:
    key = await keys.revoke_api_key(work, await id_of(work, "ApiKey", input.api_key_id, "api_key_id"))
    return RevokeApiKeyPayload(api_key=ref(key.id))
