"""Changes of the operating model and clean-ups of roles as they are carried out, with their progress."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.db.statements import table_of
from server.db.work import Work
from server.errors import DomainError
from server.lifecycles import changing, tables
from server.lifecycles.change_terms import ModelChangeKind, ModelChangeStatus
from server.lifecycles.errors import PlanStale
from server.planner.call import Call
from server.planner.declarations import by_id, column, computed, connection, link, ref, value
from server.planner.filters import orders
from server.planner.nodes import node
from server.schema.change_plans import OperatingModelChangeInput, plan_values
from server.schema.mutations import Payload, id_of, idempotency_key, mutation
from server.schema.nodes import Connection, Node
from server.schema.operating_models import OperatingModel
from server.schema.user_errors import UserError, common, user_error_for
from server.tenants.business import OperatingModelKind
from server.terms import Locale

_rows = table_of(tables.ModelChange).c


@strawberry.type(description="What had been recorded when a change began, counted at one end of it.")
class HistoryTotals:
    customers: int = value(description="Customers.")
    relationships: int = value(description="Friendships, ended ones too.")
    roles: int = value(description="Roles they were ever held in.")
    cases: int = value(description="Cases.")
    touchpoints: int = value(description="Contacts.")
    notes: int = value(description="Service notes.")
    feedback: int = value(description="Feedback.")
    fingerprint: str = value(
        description="Of all friendships together: their ids, customers, friends, channels and beginnings."
    )


def _totals(name: str) -> Any:
    def read(call: Call, rows: Sequence[Any]) -> list[HistoryTotals | None]:
        return [None if getattr(row, name) is None else HistoryTotals(**getattr(row, name)) for row in rows]

    return read


@node(
    tables.ModelChange,
    name="OperatingModelChange",
    permission=Permission.TENANT_READ,
    description="A change of the operating model, or a clean-up of roles, with how far it is 运营模式变更进度.",
)
class OperatingModelChange(Node):
    kind: ModelChangeKind = column(_rows.kind, description="What is carried out.")
    to_kind: OperatingModelKind | None = column(_rows.to_kind, description="The model changed to; null for a clean-up.")
    status: ModelChangeStatus = column(_rows.status, description="How far it is.")
    plan_id: str = column(_rows.plan_id, description="The plan it carries out.")
    from_model: OperatingModel | None = link(_rows.from_model_id, description="The version before.")
    to_model: OperatingModel | None = link(
        _rows.to_model_id, description="The version in force when it began; of a clean-up the same."
    )
    pace: int | None = column(
        _rows.pace, description="Friendships that may pass in a minute; null: as fast as it goes."
    )
    customers: int = column(_rows.customers, description="Customers to go through, as counted at the beginning.")
    customers_done: int = column(_rows.customers_done, description="Customers gone through so far.")
    moved: int = column(_rows.moved, description="Friendships that have passed to a role so far.")
    released: int = column(_rows.released, description="Friendships released from a role so far.")
    totals_before: HistoryTotals | None = computed(
        _totals("totals_before"),
        needs={"totals_before": _rows.totals_before},
        pure=True,
        description="What had been recorded when it began, counted before the first customer; null until then.",
    )
    totals_after: HistoryTotals | None = computed(
        _totals("totals_after"),
        needs={"totals_after": _rows.totals_after},
        pure=True,
        description="The same, counted after the last customer; null until then.",
    )
    recorded_at: datetime = column(_rows.recorded_at, description="When it began.")
    completed_at: datetime | None = column(_rows.completed_at, description="When it ended; null while it runs.")
    version: int = column(_rows.version, description="Rises with every step.")


@strawberry.type(description="The facts a plan rests on have changed; this is what it would come to now.")
class PlanChanged(UserError):
    plan_id: str = value(description="The id of the new plan: look at it, and give it to the act.")
    customers: int = value(description="Customers who have a friend.")
    friendships: int = value(description="Their live friendships.")
    moved: int = value(description="Friendships that would pass to a role.")
    released: int = value(description="Friendships that would be released from a role.")
    unchanged: int = value(description="Friendships that would stay as they are.")
    redundant_after: int = value(description="Friendships that would be REDUNDANT afterwards.")


@user_error_for(PlanStale)
def _plan_changed(refusal: DomainError, locale: Locale) -> UserError:
    plan: Any = refusal.facts["plan"]
    return PlanChanged(
        plan_id=plan.plan_id,
        customers=plan.customers,
        friendships=plan.friendships,
        moved=plan.moved,
        released=plan.released,
        unchanged=plan.unchanged,
        redundant_after=plan.redundant_after,
        **common(refusal, locale),
    )


_PACE = "How many friendships may pass in a minute; as fast as it goes if left out."


@strawberry.input(
    description="Carry out a plan of changing the operating model. The other fields must be as it was planned with."
)
class ChangeOperatingModelInput(OperatingModelChangeInput):
    to: OperatingModelKind = strawberry.field(description="The model wanted.")
    plan_id: str = strawberry.field(description="The plan that was looked at.")
    reason: str | None = strawberry.field(
        default=None, description="The brand's own reason; needed where the model is not the advised one."
    )
    pace: int | None = strawberry.field(default=None, description=_PACE)
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What changing the operating model answers.")
class ChangeOperatingModelPayload(Payload):
    operating_model_change: OperatingModelChange | None = value(
        description="The change, which goes on in the background; null when refused."
    )
    operating_model: OperatingModel | None = value(description="The version in force now; null when refused.")


@mutation(
    Permission.OPERATING_MODEL_MANAGE,
    description="Change the operating model 变更运营模式: the new version is in force at once, friendships pass to its roles in the "
    "background. No friendship and no history changes. A plan that no longer holds is refused with the new one, as CONFLICT.",
)
async def change_operating_model(work: Work, input: ChangeOperatingModelInput) -> ChangeOperatingModelPayload:
    command = changing.ChangeOperatingModel.model_validate(
        {
            **plan_values(input, await _stores(work, input)),
            "plan_id": input.plan_id,
            "to": input.to,
            "reason": input.reason,
            "pace": input.pace,
        }
    )
    change = await changing.change_operating_model(work, command)
    return ChangeOperatingModelPayload(operating_model_change=ref(change.id), operating_model=ref(change.to_model_id))


@strawberry.input(description="Carry out a plan of cleaning up roles. The other fields must be as it was planned with.")
class CleanUpRolesInput(OperatingModelChangeInput):
    plan_id: str = strawberry.field(description="The plan that was looked at.")
    pace: int | None = strawberry.field(default=None, description=_PACE)
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What cleaning up roles answers.")
class CleanUpRolesPayload(Payload):
    operating_model_change: OperatingModelChange | None = value(
        description="The clean-up, which goes on in the background; null when refused."
    )


@mutation(
    Permission.OPERATING_MODEL_MANAGE,
    description="Clean up after everyone added 整理角色: friendships get the role their friend serves in, and a role is held once per "
    "customer. No friendship ends. A plan that no longer holds is refused with the new one, as CONFLICT.",
)
async def clean_up_roles(work: Work, input: CleanUpRolesInput) -> CleanUpRolesPayload:
    command = changing.CleanUpRoles.model_validate(
        {**plan_values(input, await _stores(work, input)), "plan_id": input.plan_id, "pace": input.pace}
    )
    change = await changing.clean_up_roles(work, command)
    return CleanUpRolesPayload(operating_model_change=ref(change.id))


async def _stores(work: Work, input: OperatingModelChangeInput) -> Any:
    if input.store_ids is None:
        return None
    return [await id_of(work, "Store", text, "store_ids", index) for index, text in enumerate(input.store_ids)]


MODEL_CHANGE_ORDERS = orders("OperatingModelChange", RECORDED_AT=tables.ModelChange.recorded_at)


@strawberry.type
class ModelChangeQueries:
    operating_model_change: OperatingModelChange | None = by_id(
        permission=Permission.TENANT_READ,
        description="A change of the operating model, or a clean-up of roles, by its id.",
    )
    operating_model_changes: Connection[OperatingModelChange] = connection(
        orders=MODEL_CHANGE_ORDERS,
        permission=Permission.TENANT_READ,
        description="Changes of the operating model and clean-ups of roles, the newest first 运营模式变更记录.",
    )
