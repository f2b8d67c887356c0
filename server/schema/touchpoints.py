"""Touchpoints: contacts with customers, and what came of them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from server.access.permissions import Permission
from server.db.statements import table_of
from server.operations.purposes import Purpose
from server.operations.tables import BoundaryOverride as BoundaryOverrideRow
from server.operations.tables import StoreAncestor
from server.planner.declarations import by_id, column, connection, link
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.boundaries import BoundaryOverride
from server.schema.external_refs import (
    ExternalRef,
    external_refs_field,
)
from server.schema.identities import Contact
from server.schema.items import Item
from server.schema.nodes import Connection, Node
from server.schema.reservations import AttentionOverride
from server.schema.roles_of_rows import BoundaryFact, WorkSubject
from server.touchpoints import tables
from server.touchpoints.attention.tables import AttentionOverride as AttentionOverrideRow
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction, Outcome, TouchpointState

if TYPE_CHECKING:
    from server.schema.campaigns import Campaign
    from server.schema.cases import Case
    from server.schema.contents import Content
    from server.schema.customers import Customer
    from server.schema.group_chats import GroupChat, GroupPost
    from server.schema.operating_models import OpsGroup, ServiceRole
    from server.schema.staff import StaffMember
    from server.schema.stores import Store


@node(
    tables.TouchpointOutcome,
    permission=Permission.TOUCHPOINT_READ,
    description="One thing that came of a contact 触达结果. Appended when it becomes known, never changed.",
)
class TouchpointOutcome(Node):
    touchpoint: Annotated["Touchpoint", strawberry.lazy("server.schema.touchpoints")] | None = link(
        tables.TouchpointOutcome.touchpoint_id, description="The contact."
    )
    outcome: Outcome = column(tables.TouchpointOutcome.outcome, description="What came of it.")
    occurred_at: datetime = column(tables.TouchpointOutcome.occurred_at, description="When it came of it.")
    recorded_at: datetime = column(tables.TouchpointOutcome.recorded_at, description="When it was recorded here.")


TOUCHPOINT_OUTCOME_ORDERS = orders(
    "TouchpointOutcome", OCCURRED_AT=tables.TouchpointOutcome.occurred_at, newest_first=False
)


@node(
    tables.Touchpoint,
    permission=Permission.TOUCHPOINT_READ,
    description="One contact with a customer 触点. What we did (state) is kept apart from what came of it (outcome). "
    "Staff see contacts of the customers in their data scope.",
)
class Touchpoint(WorkSubject, BoundaryFact):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        tables.Touchpoint.customer_id, description="With whom."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        tables.Touchpoint.staff_id, description="Who of the brand; null where no person was involved."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.operating_models")] | None = link(
        tables.Touchpoint.role_id,
        description="The role the staff member acted in then: that of the friendship with this customer, or else of "
        "the placement. A later change of the operating model does not change it.",
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.operating_models")] | None = link(
        tables.Touchpoint.group_id, description="The ops group the staff member acted for then; see `role`."
    )
    case: Annotated["Case", strawberry.lazy("server.schema.cases")] | None = link(
        tables.Touchpoint.case_id, description="The case it belongs to, where it belongs to one."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        tables.Touchpoint.store_id, description="The store it happened in or for, where there was one."
    )
    item: Item | None = link(tables.Touchpoint.item_id, description="The good or service it was about.")
    content: Annotated["Content", strawberry.lazy("server.schema.contents")] | None = link(
        tables.Touchpoint.content_id, description="The content it showed."
    )
    campaign: Annotated["Campaign", strawberry.lazy("server.schema.campaigns")] | None = link(
        tables.Touchpoint.campaign_id, description="The campaign it belongs to."
    )
    group_chat: Annotated["GroupChat", strawberry.lazy("server.schema.group_chats")] | None = link(
        tables.Touchpoint.group_chat_id, description="The group chat it took place in."
    )
    group_post: Annotated["GroupPost", strawberry.lazy("server.schema.group_chats")] | None = link(
        tables.Touchpoint.group_post_id,
        description="What was posted to everybody in the group chat, where this is what one customer had of it.",
    )
    direction: Direction = column(tables.Touchpoint.direction, description="Who reached out.")
    medium: Medium = column(tables.Touchpoint.medium, description="Through what.")
    purpose: Purpose = column(tables.Touchpoint.purpose, description="What for.")
    state: TouchpointState = column(tables.Touchpoint.state, description="What we did.")
    outcome: Outcome = column(
        tables.Touchpoint.outcome, description="What came of it: of all its outcomes the one of highest rank."
    )
    outcomes: Connection[TouchpointOutcome] = connection(
        by=tables.TouchpointOutcome.touchpoint_id,
        orders=TOUCHPOINT_OUTCOME_ORDERS,
        description="Everything that came of it, in the order in which it happened.",
    )
    attention_units: int | None = column(
        tables.Touchpoint.attention_units,
        description="What it cost of the customer's attention when it was made: 0 for what the customer began or asked for; "
        "null for what was recorded before attention was counted.",
    )
    contact: Contact | None = link(
        tables.Touchpoint.contact_id, description="Of a company's people, with whom; null for the company itself."
    )
    attention_override: AttentionOverride | None = link(
        by=table_of(AttentionOverrideRow).c.touchpoint_id,
        permission=Permission.CUSTOMER_READ,
        description="Why it was made although the customer did not welcome it, where it was.",
    )
    summary: str | None = column(
        tables.Touchpoint.summary, personal=True, description="What was said, in the words of whoever recorded it."
    )
    occurred_at: datetime = column(tables.Touchpoint.occurred_at, description="When it happened; may be in the past.")
    recorded_at: datetime = column(tables.Touchpoint.recorded_at, description="When it was recorded here.")
    boundary_override: BoundaryOverride | None = link(
        by=table_of(BoundaryOverrideRow).c.fact_id,
        permission=Permission.CUSTOMER_READ,
        description="Why it was made outside the boundary of the role, where it was.",
    )
    external_refs: list[ExternalRef] = external_refs_field("Touchpoint")


TOUCHPOINT_ORDERS = orders(
    "Touchpoint", OCCURRED_AT=tables.Touchpoint.occurred_at, RECORDED_AT=tables.Touchpoint.recorded_at
)


@strawberry.input(description="Which touchpoints.")
class TouchpointFilter:
    customer: IdFilter | None = matches(tables.Touchpoint.customer_id, id_of="Customer", description="With whom.")
    staff: IdFilter | None = matches(
        tables.Touchpoint.staff_id, id_of="StaffMember", description="Whose; `isNull: true` for nobody's."
    )
    role: IdFilter | None = matches(tables.Touchpoint.role_id, id_of="ServiceRole", description="In which role.")
    group: IdFilter | None = matches(tables.Touchpoint.group_id, id_of="OpsGroup", description="For which ops group.")
    case: IdFilter | None = matches(tables.Touchpoint.case_id, id_of="Case", description="In which case.")
    store: IdFilter | None = matches(tables.Touchpoint.store_id, id_of="Store", description="At which store.")
    within_store: IdFilter | None = matches(
        StoreAncestor.ancestor_id,
        via={StoreAncestor.store_id: tables.Touchpoint.store_id},
        id_of="Store",
        description="At this store or at any store below it.",
    )
    item: IdFilter | None = matches(tables.Touchpoint.item_id, id_of="Item", description="About which item.")
    content: IdFilter | None = matches(
        tables.Touchpoint.content_id, id_of="Content", description="Showing which content."
    )
    campaign: IdFilter | None = matches(
        tables.Touchpoint.campaign_id, id_of="Campaign", description="In which campaign."
    )
    group_chat: IdFilter | None = matches(
        tables.Touchpoint.group_chat_id, id_of="GroupChat", description="In which group chat."
    )
    direction: ChoiceFilter[Direction] | None = matches(tables.Touchpoint.direction, description="Who reached out.")
    medium: ChoiceFilter[Medium] | None = matches(tables.Touchpoint.medium, description="Through what.")
    purpose: ChoiceFilter[Purpose] | None = matches(tables.Touchpoint.purpose, description="What for.")
    state: ChoiceFilter[TouchpointState] | None = matches(tables.Touchpoint.state, description="What we did.")
    outcome: ChoiceFilter[Outcome] | None = matches(
        tables.Touchpoint.outcome, description="The outcome shown: the one of highest rank."
    )
    occurred_at: DateTimeFilter | None = matches(tables.Touchpoint.occurred_at, description="When it happened.")
    recorded_at: DateTimeFilter | None = matches(tables.Touchpoint.recorded_at, description="When it was recorded.")


TOUCHPOINT_FILTER = filter_type(TouchpointFilter)


@strawberry.type
class TouchpointQueries:
    touchpoints: Connection[Touchpoint] = connection(
        orders=TOUCHPOINT_ORDERS,
        filter=TOUCHPOINT_FILTER,
        permission=Permission.TOUCHPOINT_READ,
        description="Contacts with customers 触点 in the caller's data scope, newest first.",
    )
    touchpoint: Touchpoint | None = by_id(permission=Permission.TOUCHPOINT_READ, description="One contact, or null.")
