"""Friendships between staff and customers, the roles they are held in, and what the operating model makes of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from server.access.permissions import Permission
from server.customers import commands, tables
from server.customers.fact_sources import RoleReason
from server.customers.relationship_terms import RelationshipState, Standing
from server.customers.service import parting as service
from server.customers.serving import Served, by_person, served
from server.customers.standing import standings
from server.db.reader import Reader
from server.db.statements import table_of
from server.db.work import Work
from server.planner.declarations import column, computed, link, links, ref, value
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.mutations import Payload, id_of, idempotency_key, mutation
from server.schema.nodes import Node
from server.schema.scalars import locale_argument
from server.terms import Locale

if TYPE_CHECKING:
    from server.schema.channels import Channel
    from server.schema.customers import Customer
    from server.schema.service_units import OpsGroup, ServiceRole
    from server.schema.staff import StaffMember
    from server.schema.stores import Store

_rows = table_of(tables.Relationship).c
_roles = table_of(tables.RelationshipRole).c


@node(
    tables.RelationshipRole,
    permission=Permission.CUSTOMER_READ,
    description="In which role or group a friendship is held, from–to. A change of the operating model writes these only.",
)
class RelationshipRole(Node):
    relationship: Annotated["Relationship", strawberry.lazy("server.schema.relationships")] | None = link(
        _roles.relationship_id, description="The friendship."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.service_units")] | None = link(
        _roles.role_id, description="The service role; null where it is a group."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = link(
        _roles.group_id, description="The ops group; null where it is a role."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        _roles.store_id, description="At which store; null: at none in particular."
    )
    since: datetime = column(_roles.from_at, description="From when.")
    until: datetime | None = column(_roles.until_at, description="Until when; null while it lasts.")
    reason: RoleReason = column(_roles.reason, description="Why.")
    recorded_at: datetime = column(_roles.recorded_at, description="When it was recorded.")


async def _standings(reader: Reader, rows: Sequence[Any]) -> list[Standing | None]:
    found = standings(one.holding() for one in await served(reader, {UUID(row.customer_id) for row in rows}))
    return [found.get(UUID(row.id)) for row in rows]


async def _persona_names(reader: Reader, rows: Sequence[Any], locale: Locale | None = None) -> list[str | None]:
    """Of several roles at once, the face of the newest."""
    faces: dict[UUID, Served] = {}
    for one in await served(reader, {UUID(row.customer_id) for row in rows}):
        faces[one.relationship_id] = one
    found = [faces.get(UUID(row.id)) for row in rows]
    return [None if one is None else one.persona_name(locale or reader.call.locale) for one in found]


async def _covers(reader: Reader, rows: Sequence[Any]) -> list[Any]:
    found = await served(reader, {UUID(row.customer_id) for row in rows})
    covers = {one.relationship_id: one.cover_id for one in found}
    return [ref(covers.get(UUID(row.id))) for row in rows]


@node(
    tables.Relationship,
    permission=Permission.CUSTOMER_READ,
    description="The friendship between one staff member and one customer 好友关系. One at a time; ended ones stay as "
    "history.",
)
class Relationship(Node):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _rows.customer_id, description="The customer."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.staff_id, description="The staff member."
    )
    state: RelationshipState = column(_rows.state, description="Where it stands.")
    channel: Annotated["Channel", strawberry.lazy("server.schema.channels")] | None = link(
        _rows.channel_id, description="The channel the customer came through; null where none is known."
    )
    roles: list[RelationshipRole] = links(
        by=_roles.relationship_id,
        order=[_roles.from_at, _roles.id],
        description="The roles and groups it was ever held in, the oldest first. None: imported, or nobody said.",
    )
    persona_name: str | None = computed(
        _persona_names,
        needs={"id": _rows.id, "customer_id": _rows.customer_id},
        arguments=[locale_argument()],
        personal=True,
        description="What the customer sees as the friend's name 服务形象, like `周医生`; the plain name without a role. "
        "Null once ended.",
    )
    standing: Standing | None = computed(
        _standings,
        needs={"id": _rows.id, "customer_id": _rows.customer_id},
        description="What the operating model in force makes of it; null once ended. Held in a role that adds customers "
        "and by nobody before: LEGITIMATE. Held by somebody who left: ORPHAN. Otherwise REDUNDANT.",
    )
    covered_by: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = computed(
        _covers,
        needs={"id": _rows.id, "customer_id": _rows.customer_id},
        description="Who answers in the staff member's place now 代班, because they are off or have left; null where nobody "
        "needs to, or nobody does.",
    )
    since: datetime = column(_rows.since, description="Since when they are friends; may be past.")
    ended_at: datetime | None = column(_rows.ended_at, description="When it ended; null while it lasts.")
    recorded_at: datetime = column(_rows.recorded_at, description="When it was recorded.")
    version: int = column(_rows.version, description="Rises with every change.")


RELATIONSHIP_ORDERS = orders("Relationship", SINCE=_rows.since, newest_first=False)


@strawberry.input(description="Which friendships.")
class RelationshipFilter:
    staff: IdFilter | None = matches(_rows.staff_id, id_of="StaffMember", description="Whose.")
    channel: IdFilter | None = matches(_rows.channel_id, id_of="Channel", description="Through which channel.")
    state: ChoiceFilter[RelationshipState] | None = matches(_rows.state, description="Where they stand.")
    since: DateTimeFilter | None = matches(_rows.since, description="Since when.")


RELATIONSHIP_FILTER = filter_type(RelationshipFilter)


@strawberry.type(description="Somebody who serves the customer now, in one role or group 服务团队.")
class TeamMember:
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = value(description="The person.")
    relationship: Relationship | None = value(description="Their friendship with the customer.")
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.service_units")] | None = value(
        description="The service role; null where it is a group, or none."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = value(
        description="The ops group; null where it is a role, or none."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = value(
        description="At which store; null: at none in particular."
    )
    persona_name: str = value(description="What the customer sees as the name, in the caller's language 服务形象.")
    since: datetime = value(description="Since when they serve the customer in this role.")
    covered_by: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = value(
        description="Who answers in their place now 代班, because they are off or have left; null where nobody needs to."
    )


async def teams(reader: Reader, rows: Sequence[Any]) -> list[list[TeamMember]]:
    """Of each customer, who serves them, in the order in which they came: live friends who still work here, or for whom
    somebody stands in."""
    found = by_person(await served(reader, [UUID(row.id) for row in rows]))
    locale = reader.call.locale
    return [
        [_member(one, locale) for one in found.get(UUID(row.one_id), ()) if one.staff_works_here or one.cover_id]
        for row in rows
    ]


def _member(one: Served, locale: Locale) -> TeamMember:
    return TeamMember(
        staff=ref(one.staff_id),
        relationship=ref(one.relationship_id),
        role=ref(None if one.unit is None else one.unit.role_id),
        group=ref(None if one.unit is None else one.unit.group_id),
        store=ref(one.store_id),
        persona_name=one.persona_name(locale),
        since=one.from_at,
        covered_by=ref(one.cover_id),
    )


@strawberry.input(description="Record that a friendship ended.")
class EndRelationshipInput:
    relationship_id: strawberry.ID = strawberry.field(description="The friendship.")
    state: RelationshipState = strawberry.field(
        description="How: REMOVED_BY_CUSTOMER, REMOVED_BY_STAFF or ENDED. A transfer has an act of its own."
    )
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When; now if left out. Not before it began, not in the future."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What ending a friendship answers.")
class EndRelationshipPayload(Payload):
    relationship: Relationship | None = value(
        description="The friendship; null where the caller does not see the customer any more."
    )


@mutation(
    Permission.CUSTOMER_WRITE,
    description="Record that a friendship ended 删除好友. Its history stays; who saw the customer through it sees them no more.",
)
async def end_relationship(work: Work, input: EndRelationshipInput) -> EndRelationshipPayload:
    command = commands.EndRelationship.model_validate(
        {
            "relationship_id": await id_of(work, "Relationship", input.relationship_id, "relationship_id"),
            "state": input.state,
            "occurred_at": input.occurred_at,
        }
    )
    ended = await service.end_relationship(work, command)
    return EndRelationshipPayload(relationship=ref(ended.id))
