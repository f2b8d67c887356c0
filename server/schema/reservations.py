"""Reserved contacts 预留, and what was done against the attention policy with leave."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from server.access.permissions import Permission
from server.db.statements import table_of
from server.operations.purposes import Purpose
from server.planner.declarations import by_id, column, connection, link
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.identities import Contact
from server.schema.items import Item
from server.schema.nodes import Connection, Node
from server.schema.roles_of_rows import BoundaryFact
from server.touchpoints.attention import tables
from server.touchpoints.attention_policies import AttentionReason
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import TouchpointState

if TYPE_CHECKING:
    from server.schema.cases import Case
    from server.schema.contents import Content
    from server.schema.customers import Customer
    from server.schema.staff import StaffMember
    from server.schema.touchpoints import Touchpoint

_rows = table_of(tables.ContactReservation).c
_overrides = table_of(tables.AttentionOverride).c


def attention_override_reason() -> Any:
    """The input by which somebody answers for contacting a customer who does not welcome it."""
    return strawberry.field(
        default=None,
        description="Why it is done although the customer does not welcome it now, 1 to 500 characters. Needs the permission "
        "ATTENTION_OVERRIDE, is kept, and costs trust once the contact is made. What only the customer can lift (opt-outs, "
        "consent) cannot be overridden. Ignored where the contact is welcome.",
    )


@node(
    tables.AttentionOverride,
    permission=Permission.CUSTOMER_READ,
    description="A contact made or reserved against the attention policy, with leave and for a reason 超额联系. Never removed.",
)
class AttentionOverride(Node):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _overrides.customer_id, description="With whom."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _overrides.staff_id, description="Who answers for it."
    )
    touchpoint: Annotated["Touchpoint", strawberry.lazy("server.schema.touchpoints")] | None = link(
        _overrides.touchpoint_id, description="The contact; null while it is only reserved."
    )
    reservation: Annotated["ContactReservation", strawberry.lazy("server.schema.reservations")] | None = link(
        _overrides.reservation_id, description="The reservation, where it was reserved first."
    )
    purpose: Purpose = column(_overrides.purpose, description="What for.")
    medium: Medium = column(_overrides.medium, description="Through what.")
    reasons: list[AttentionReason] = column(_overrides.reasons, description="What stood against it.")
    reason: str = column(_overrides.reason, personal=True, description="Why, in their words. Empty after erasure.")
    occurred_at: datetime = column(_overrides.occurred_at, description="When it was done.")
    recorded_at: datetime = column(_overrides.recorded_at, description="When it was recorded.")


ATTENTION_OVERRIDE_ORDERS = orders("AttentionOverride", OCCURRED_AT=_overrides.occurred_at)


@strawberry.input(description="Which attention overrides.")
class AttentionOverrideFilter:
    customer: IdFilter | None = matches(_overrides.customer_id, id_of="Customer", description="With whom.")
    occurred_at: DateTimeFilter | None = matches(_overrides.occurred_at, description="When it was done.")


ATTENTION_OVERRIDE_FILTER = filter_type(AttentionOverrideFilter)


@node(
    tables.ContactReservation,
    permission=Permission.TOUCHPOINT_READ,
    description="A contact somebody is about to make 预留: its units are held until it is sent, given back or late.",
)
class ContactReservation(BoundaryFact):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _rows.customer_id, description="With whom."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.staff_id, description="Who would make the contact; null where no person is involved."
    )
    case: Annotated["Case", strawberry.lazy("server.schema.cases")] | None = link(
        _rows.case_id, description="The case it belongs to, where it belongs to one."
    )
    item: Item | None = link(_rows.item_id, description="The good or service it is about.")
    contact: Contact | None = link(_rows.contact_id, description="Of a company's people, with whom.")
    tag: str | None = column(_rows.tag, description="The tag of the customer that it matches.")
    content: Annotated["Content", strawberry.lazy("server.schema.contents")] | None = link(
        _rows.content_id, description="The content that is to be sent."
    )
    medium: Medium = column(_rows.medium, description="Through what.")
    purpose: Purpose = column(_rows.purpose, description="What for.")
    units: int = column(_rows.units, description="Attention units held; 0 where the contact is exempt.")
    state: TouchpointState = column(
        _rows.state,
        description="RESERVED, then SENT, RELEASED or EXPIRED. One past `expiresAt` counts for nothing even before it is "
        "written down as EXPIRED.",
    )
    reserved_at: datetime = column(_rows.reserved_at, description="Since when.")
    expires_at: datetime = column(_rows.expires_at, description="When it ends by itself.")
    ended_at: datetime | None = column(
        _rows.ended_at, description="When it was sent, given back or late; null while open."
    )
    touchpoint: Annotated["Touchpoint", strawberry.lazy("server.schema.touchpoints")] | None = link(
        _rows.touchpoint_id, description="The contact that came of it."
    )
    attention_override: AttentionOverride | None = link(
        by=_overrides.reservation_id,
        permission=Permission.CUSTOMER_READ,
        description="Why it was reserved although the customer did not welcome it, where it was.",
    )
    recorded_at: datetime = column(_rows.recorded_at, description="When it was recorded.")


CONTACT_RESERVATION_ORDERS = orders("ContactReservation", RESERVED_AT=_rows.reserved_at)


@strawberry.input(description="Which reserved contacts.")
class ContactReservationFilter:
    customer: IdFilter | None = matches(_rows.customer_id, id_of="Customer", description="With whom.")
    staff: IdFilter | None = matches(_rows.staff_id, id_of="StaffMember", description="Whose.")
    state: ChoiceFilter[TouchpointState] | None = matches(_rows.state, description="How they stand.")
    reserved_at: DateTimeFilter | None = matches(_rows.reserved_at, description="Since when.")


CONTACT_RESERVATION_FILTER = filter_type(ContactReservationFilter)


@strawberry.type
class ReservationQueries:
    contact_reservations: Connection[ContactReservation] = connection(
        orders=CONTACT_RESERVATION_ORDERS,
        filter=CONTACT_RESERVATION_FILTER,
        permission=Permission.TOUCHPOINT_READ,
        description="Reserved contacts 预留 with customers in the caller's data scope, newest first.",
    )
    contact_reservation: ContactReservation | None = by_id(
        permission=Permission.TOUCHPOINT_READ, description="One reserved contact, or null."
    )
    attention_overrides: Connection[AttentionOverride] = connection(
        orders=ATTENTION_OVERRIDE_ORDERS,
        filter=ATTENTION_OVERRIDE_FILTER,
        permission=Permission.CUSTOMER_READ,
        description="Contacts made against the attention policy 超额联系, newest first.",
    )
    attention_override: AttentionOverride | None = by_id(
        permission=Permission.CUSTOMER_READ, description="One attention override, or null."
    )
