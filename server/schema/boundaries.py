"""Service boundaries 服务边界 at work: the refusal that says whose a purpose is, and what was done outside with leave."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from server.access.permissions import Permission
from server.customers.errors import HolderNamed, UnitNamed
from server.customers.errors import OutOfBoundary as OutOfBoundaryRefusal
from server.db.statements import table_of
from server.errors import DomainError
from server.ids import global_id
from server.operations.purposes import Purpose
from server.operations.tables import BoundaryOverride as BoundaryOverrideRow
from server.planner.declarations import by_id, column, connection, link, value
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.nodes import Connection, Node
from server.schema.roles_of_rows import BoundaryFact
from server.schema.user_errors import UserError, common, user_error_for
from server.terms import Locale

if TYPE_CHECKING:
    from server.schema.customers import Customer
    from server.schema.service_units import OpsGroup, ServiceRole
    from server.schema.staff import StaffMember

_rows = table_of(BoundaryOverrideRow).c


def boundary_override_reason() -> Any:
    """The input by which somebody answers for acting outside."""
    return strawberry.field(
        default=None,
        description="Why it is done although the purpose lies outside the boundary of the role the staff member acts in, "
        "1 to 500 characters. Needs the permission BOUNDARY_OVERRIDE; it is kept. Ignored where it lies within.",
    )


@strawberry.type(description="A group or role, as far as a refused caller may know it.")
class BoundaryUnit:
    id: strawberry.ID = value(description="Global id of the ops group or service role.")
    key: str = value(description="Its key.")
    label: str = value(description="What it is called, in the language of the call.")


@strawberry.type(description="Who serves the customer in the role or group that owns a purpose.")
class PurposeHolder:
    staff_id: strawberry.ID = value(description="Global id of the staff member.")
    name: str | None = value(description="What they are called; null for a caller who may not read of staff.")
    since: datetime = value(description="Since when they serve the customer in it.")


@strawberry.type(description="What `requestHandoff` would be asked with.")
class OfferedHandoff:
    customer_id: strawberry.ID = value(description="The customer to hand over.")
    purpose: Purpose = value(description="For what.")
    role_id: strawberry.ID | None = value(description="To this service role.")
    group_id: strawberry.ID | None = value(description="Or to this ops group.")
    to_staff_id: strawberry.ID | None = value(
        description="To this person, where one serves the customer in it already."
    )


@strawberry.type(
    description="The purpose lies outside the service boundary of the role the staff member acts in 超出服务边界: whose it "
    "is, who of them serves the customer, and the handoff that can be requested instead."
)
class OutOfBoundary(UserError):
    purpose: Purpose = value(description="The purpose.")
    acting: BoundaryUnit = value(description="The role or group the staff member acts in.")
    owner: BoundaryUnit | None = value(description="Who owns the purpose; null where nobody does.")
    holders: list[PurposeHolder] = value(
        description="Who serves this customer in the owner's role, whoever has done so longest first; at most 10."
    )
    handoff: OfferedHandoff | None = value(
        description="The handoff to request; null where nobody owns the purpose, or the customer is nobody known."
    )


@user_error_for(OutOfBoundaryRefusal)
def _out_of_boundary(refusal: DomainError, locale: Locale) -> UserError:
    facts: dict[str, Any] = refusal.facts
    owner: UnitNamed | None = facts["owner"]
    holders: tuple[HolderNamed, ...] = facts["holders"]
    return OutOfBoundary(
        purpose=facts["purpose"],
        acting=_unit(facts["acting"], locale),
        owner=None if owner is None else _unit(owner, locale),
        holders=[PurposeHolder(staff_id=_staff(one), name=one.name, since=one.since) for one in holders],
        handoff=None if owner is None or facts["customer_id"] is None else _offer(facts, owner, holders),
        **common(refusal, locale),
    )


def _offer(facts: dict[str, Any], owner: UnitNamed, holders: tuple[HolderNamed, ...]) -> OfferedHandoff:
    id = _id(owner)
    return OfferedHandoff(
        customer_id=strawberry.ID(global_id("Customer", facts["customer_id"])),
        purpose=facts["purpose"],
        role_id=None if owner.unit.is_group else id,
        group_id=id if owner.unit.is_group else None,
        to_staff_id=_staff(holders[0]) if holders else None,
    )


def _unit(named: UnitNamed, locale: Locale) -> BoundaryUnit:
    return BoundaryUnit(id=_id(named), key=named.key, label=named.zh if locale is Locale.ZH else named.en)


def _id(named: UnitNamed) -> strawberry.ID:
    return strawberry.ID(global_id(named.unit.node_type, named.unit.id))


def _staff(holder: HolderNamed) -> strawberry.ID:
    return strawberry.ID(global_id("StaffMember", holder.staff_id))


@node(
    BoundaryOverrideRow,
    permission=Permission.CUSTOMER_READ,
    description="Something done outside the service boundary of a role or group, with leave and for a reason 越界操作. Never "
    "changed, never removed.",
)
class BoundaryOverride(Node):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _rows.customer_id, description="With which customer; null for somebody unknown."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.staff_id, description="Who acted."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.service_units")] | None = link(
        _rows.role_id, description="The role they acted in."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = link(
        _rows.group_id, description="The ops group they acted for."
    )
    purpose: Purpose = column(_rows.purpose, description="For what purpose.")
    fact: BoundaryFact | None = link(
        _rows.fact_id,
        type_key=_rows.fact_type,
        description="What they did: a contact, an answer to feedback, a note, a quote, a surprise. Null where that is not "
        "yours to see.",
    )
    reason: str = column(_rows.reason, personal=True, description="Why, in their words. Empty after erasure.")
    occurred_at: datetime = column(_rows.occurred_at, description="When it was done; may be past.")
    recorded_at: datetime = column(_rows.recorded_at, description="When it was recorded.")


BOUNDARY_OVERRIDE_ORDERS = orders("BoundaryOverride", OCCURRED_AT=_rows.occurred_at)


@strawberry.input(description="Which boundary overrides.")
class BoundaryOverrideFilter:
    customer: IdFilter | None = matches(_rows.customer_id, id_of="Customer", description="With which customer.")
    staff: IdFilter | None = matches(_rows.staff_id, id_of="StaffMember", description="Who acted.")
    role: IdFilter | None = matches(_rows.role_id, id_of="ServiceRole", description="The role they acted in.")
    group: IdFilter | None = matches(_rows.group_id, id_of="OpsGroup", description="The ops group they acted for.")
    purpose: ChoiceFilter[Purpose] | None = matches(_rows.purpose, description="For what purpose.")
    occurred_at: DateTimeFilter | None = matches(_rows.occurred_at, description="When it was done.")


BOUNDARY_OVERRIDE_FILTER = filter_type(BoundaryOverrideFilter)


@strawberry.type
class BoundaryQueries:
    boundary_overrides: Connection[BoundaryOverride] = connection(
        orders=BOUNDARY_OVERRIDE_ORDERS,
        filter=BOUNDARY_OVERRIDE_FILTER,
        permission=Permission.CUSTOMER_READ,
        description="What was done outside service boundaries 越界操作, with customers in the caller's data scope, newest "
        "first.",
    )
    boundary_override: BoundaryOverride | None = by_id(
        permission=Permission.CUSTOMER_READ, description="One boundary override, or null."
    )
