"""What a change of the operating model, or a clean-up of roles, would come to: values, not rows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from pydantic import ValidationError

from server.access.permissions import Permission
from server.db.reader import Reader
from server.errors import DomainError, ErrorCode, RequestError
from server.ids import global_id, parse_global_id
from server.lifecycles import planning
from server.lifecycles.change_plans import Plan, PlanFacts
from server.lifecycles.change_rules import NO_UNIT, Decision
from server.lifecycles.change_terms import FriendshipMove, PlatformLimitKey, RoleSuccession, StaffingGapKind
from server.lifecycles.planning import PlanInput
from server.planner.declarations import argument, computed, ref, value
from server.schema.nodes import PageInfo
from server.schema.user_errors import user_errors
from server.tenants.business import OperatingModelKind

if TYPE_CHECKING:
    from server.schema.customers import Customer
    from server.schema.relationships import Relationship
    from server.schema.staff import StaffMember
    from server.schema.stores import Store

_MAX_PAGE = 100


@strawberry.input(description="Which role the friendships of a group or role pass to.")
class RoleMappingInput:
    from_key: str | None = strawberry.field(
        default=None, description="Key of the group or role they are held in; left out: those held in none."
    )
    to_key: str = strawberry.field(description="Key of a group or role that serves under the wanted model.")


@strawberry.input(description="What the manager decides about a change of the operating model, or a clean-up of roles.")
class OperatingModelChangeInput:
    succession: RoleSuccession = strawberry.field(
        default=RoleSuccession.PLACEMENT_FIRST,
        description="Which role a friendship passes to that cannot keep its own.",
    )
    mapping: list[RoleMappingInput] = strawberry.field(
        default_factory=list, description="What passes to what, at most 100; of one group or role the last one counts."
    )
    store_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="The stores whose staffing is looked at; every open one if left out. At most 1,000."
    )


def plan_values(input: Any, store_ids: Any) -> dict[str, Any]:
    """The fields of the command that an input of this form gives."""
    return {
        "succession": input.succession,
        "mapping": {one.from_key or NO_UNIT: one.to_key for one in input.mapping},
        "store_ids": store_ids,
    }


@strawberry.type(description="How many friendships pass from one group or role to another.")
class RolePassage:
    from_key: str | None = value(
        get=lambda passage, call: passage.from_unit, description="Key of the group or role; null: held in none."
    )
    to_key: str | None = value(
        get=lambda passage, call: passage.to_unit, description="Key of the group or role; null: released from it."
    )
    friendships: int = value(description="How many.")


@strawberry.type(description="Friendships in a role that an earlier one holds for the same customer 重复.")
class RoleDuplicates:
    key: str = value(get=lambda found, call: found.unit, description="Key of the group or role.")
    friendships: int = value(description="How many are one too many.")
    customers: int = value(description="Of how many customers.")


@strawberry.type(description="What is missing for the wanted model 人手缺口.")
class StaffingGap:
    kind: StaffingGapKind = value(description="What.")
    key: str = value(get=lambda gap, call: gap.unit, description="Key of the group or role.")
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = value(
        get=lambda gap, call: ref(gap.store_id), description="At which store; null: anywhere."
    )
    count: int = value(description="How many friendships, or channels, it is about.")


@strawberry.type(
    description="What the change asks of customers: who is to be known in another role introduces themselves once."
)
class PlanAttentionCost:
    introductions: int = value(
        description="Introductions: one service contact each, for the purpose HANDOFF_INTRODUCTION."
    )
    customers: int = value(description="Customers who get any.")
    most_per_customer: int = value(description="The most one customer gets.")
    customers_over_budget: int = value(description="Customers who get more than they welcome in the window at once.")
    budget: int = value(description="Service contacts one customer welcomes in the window.")
    window_days: int = value(description="The window, in days.")


@strawberry.type(description="A limit of the platform, and what comes closest to it 平台限制.")
class PlatformLimit:
    key: PlatformLimitKey = value(description="Which.")
    limit: int = value(description="The limit: of friends per person the brand's own threshold.")
    highest: int = value(description="What comes closest to it.")
    exceeded_by: int = value(description="How many people or customers would be over it.")


@strawberry.type(description="What happens to one friendship.")
class PlannedPassing:
    relationship: Annotated["Relationship", strawberry.lazy("server.schema.relationships")] | None = value(
        get=lambda move, call: ref(move.friendship.id), description="The friendship, which itself stays as it is."
    )
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = value(
        get=lambda move, call: ref(move.friendship.customer_id), description="The customer."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = value(
        get=lambda move, call: ref(move.friendship.staff_id), description="The friend, who stays the same."
    )
    move: FriendshipMove = value(description="What happens.")
    from_key: str | None = value(
        get=lambda move, call: move.friendship.unit, description="Key of the group or role it is held in; null: none."
    )
    to_key: str | None = value(
        get=lambda move, call: move.unit, description="Key of the group or role it passes to; null: released."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = value(
        get=lambda move, call: ref(move.store_id),
        description="At which store it is held then; null: at none in particular.",
    )


@strawberry.type(description="One move with its place.")
class PlannedPassingEdge:
    cursor: str = value(get=lambda move, call: _cursor(move), description="Its place in the list.")
    node: PlannedPassing = value(get=lambda move, call: move, description="The move.")


@strawberry.type(description="A page of the moves.")
class PlannedPassingConnection:
    edges: list[PlannedPassingEdge] = value(
        get=lambda plan, call: plan.moves, description="The moves with their cursors."
    )
    nodes: list[PlannedPassing] = value(
        get=lambda plan, call: plan.moves, description="The moves, where cursors are not needed."
    )
    page_info: PageInfo = value(get=lambda plan, call: _page_info(plan), description="Whether there is more.")


@strawberry.type(
    description="What a change of the operating model, or a clean-up of roles, would come to. Nothing has happened yet."
)
class OperatingModelChangePlan:
    plan_id: str = value(
        description="Give it to the act. It stands for the version in force, the place in the log of what the plan rests on, the rules "
        "and the input: once one of them changes, the act answers CONFLICT."
    )
    customers: int = value(description="Customers who have a friend.")
    friendships: int = value(description="Their live friendships: as many before as after.")
    moved: int = value(description="Friendships that pass to a role.")
    released: int = value(description="Friendships released from a role that another holds; the two stay friends.")
    unchanged: int = value(description="Friendships that stay as they are.")
    orphans: int = value(description="Friendships of people who left; they need a successor, not a role.")
    redundant_after: int = value(description="Friendships that would be REDUNDANT afterwards.")
    passages: list[RolePassage] = value(description="From where to where friendships pass.")
    duplicates: list[RoleDuplicates] = value(description="Where a customer would have two friends in one role.")
    gaps: list[StaffingGap] = value(description="What is missing for the wanted model.")
    attention: PlanAttentionCost = value(description="What it asks of customers.")
    platform_limits: list[PlatformLimit] = value(
        get=lambda plan, call: plan.limits, description="What the platform allows, and what the plan comes to."
    )
    moves: PlannedPassingConnection = value(
        get=lambda plan, call: plan,
        description="Friendship by friendship, in the order of customers: the page that `first` and `after` ask for.",
    )


def _cursor(move: Decision) -> str:
    return global_id("Relationship", move.friendship.id)


def _page_info(plan: Plan) -> PageInfo:
    return PageInfo(
        has_next_page=plan.more,
        has_previous_page=plan.paged,
        start_cursor=_cursor(plan.moves[0]) if plan.moves else None,
        end_cursor=_cursor(plan.moves[-1]) if plan.moves else None,
    )


async def _plan_change(
    reader: Reader,
    rows: Sequence[Any],
    to: OperatingModelKind,
    input: OperatingModelChangeInput | None = None,
    first: int = 20,
    after: str | None = None,
) -> list[Plan]:
    return [await _drawn(reader, "planOperatingModelChange", input, first, after, to)]


async def _plan_cleanup(
    reader: Reader,
    rows: Sequence[Any],
    input: OperatingModelChangeInput | None = None,
    first: int = 20,
    after: str | None = None,
) -> list[Plan]:
    return [await _drawn(reader, "planRoleCleanup", input, first, after, None)]


async def _drawn(
    reader: Reader,
    field: str,
    input: OperatingModelChangeInput | None,
    first: int,
    after: str | None,
    to: OperatingModelKind | None,
) -> Plan:
    if not reader.call.caller.sees_everything:
        raise RequestError(ErrorCode.FORBIDDEN, f"{field} needs the data scope ALL: it is about every customer.")
    if not 0 <= first <= _MAX_PAGE:
        message = f"{field}(first): must be from 0 to {_MAX_PAGE}."
        raise RequestError(ErrorCode.BAD_USER_INPUT, message, argument="first")
    behind = None if after is None else _id(field, "after", "Relationship", after)
    given = input or OperatingModelChangeInput()
    stores = None if given.store_ids is None else [_id(field, "input", "Store", text) for text in given.store_ids]
    try:
        facts = await _facts(reader, PlanInput.model_validate(plan_values(given, stores)), to)
    except (DomainError, ValidationError) as refusal:
        [told, *_] = user_errors(refusal, reader.call.locale)
        raise RequestError(ErrorCode.BAD_USER_INPUT, f"{field}: {told.message}", argument="input") from None
    return await planning.draw(reader, facts, first=first, after=behind)


async def _facts(reader: Reader, given: PlanInput, to: OperatingModelKind | None) -> PlanFacts:
    if to is None:
        return await planning.cleanup_facts(reader, given)
    return await planning.model_change_facts(reader, to, given)


def _id(field: str, argument: str, type_name: str, text: str) -> UUID:
    parsed = parse_global_id(text)
    if parsed is None or parsed[0] != type_name:
        raise RequestError(
            ErrorCode.BAD_USER_INPUT, f"{field}({argument}): this is no id of a {type_name}.", argument=argument
        )
    return parsed[1]


_PAGE = (
    argument("first", int, "How many of its moves, at most 100.", default=20),
    argument("after", str | None, "Moves behind this cursor.", default=None),
)
_INPUT = argument("input", OperatingModelChangeInput | None, "What the manager decides.", default=None)


@strawberry.type
class ChangePlanQueries:
    plan_operating_model_change: OperatingModelChangePlan = computed(
        _plan_change,
        permission=Permission.OPERATING_MODEL_MANAGE,
        arguments=[argument("to", OperatingModelKind, "The model wanted."), _INPUT, *_PAGE],
        description="What changing the operating model would come to 运营模式变更预览: who passes to which role, what is missing, what it "
        "asks of customers. Reads only; needs the data scope ALL.",
    )
    plan_role_cleanup: OperatingModelChangePlan = computed(
        _plan_cleanup,
        permission=Permission.OPERATING_MODEL_MANAGE,
        arguments=[_INPUT, *_PAGE],
        description="What cleaning up after everyone added would come to 角色整理预览: every friendship in the role its friend serves in, "
        "every role held once per customer. Reads only; needs the data scope ALL.",
    )
