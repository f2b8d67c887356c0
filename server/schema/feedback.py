"""Feedback 反馈: what customers tell the brand, by when they must have been answered, and how each matter proceeded."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Boolean, and_, false, func

from server.access.permissions import Permission
from server.db.reader import Reader
from server.db.statements import table_of
from server.feedback import policies, tables
from server.feedback.kinds import ClockResult, FeedbackKind, FeedbackStatus
from server.feedback.moves import FeedbackAct, refusal
from server.operations.tables import StoreAncestor
from server.planner.declarations import by_id, column, computed, connection, link, links
from server.planner.filters import (
    BooleanFilter,
    ChoiceFilter,
    DateTimeFilter,
    IdFilter,
    filter_type,
    matches,
    orders,
)
from server.planner.json_text import fixed
from server.planner.nodes import node
from server.schema.available_actions import AvailableAction, Judged, available_actions
from server.schema.external_refs import ExternalRef, external_refs_field
from server.schema.nodes import Connection, Node
from server.schema.roles_of_rows import BoundaryFact, RatedThing, WorkSubject
from server.touchpoints.media import Medium

if TYPE_CHECKING:
    from server.schema.cases import Case
    from server.schema.customers import Customer
    from server.schema.items import Item
    from server.schema.operating_models import OpsGroup, ServiceRole
    from server.schema.staff import StaffMember
    from server.schema.stores import Store
    from server.schema.touchpoints import Touchpoint

_rows = table_of(tables.Feedback).c
_clocks = table_of(tables.FeedbackClock).c
_moves = table_of(tables.FeedbackMove).c

_overdue = func.coalesce(
    and_(_rows.clock_result == fixed(ClockResult.RUNNING.value), _rows.due_at < func.now()), false(), type_=Boolean
)

FEEDBACK_ORDERS = orders("Feedback", RAISED_AT=_rows.occurred_at, UPDATED_AT=_rows.updated_at)


@strawberry.input(description="Which feedback.")
class FeedbackFilter:
    customer: IdFilter | None = matches(
        _rows.customer_id, id_of="Customer", description="Whose it is; isNull finds the voices of people unknown."
    )
    kind: ChoiceFilter[FeedbackKind] | None = matches(_rows.kind, description="What was brought.")
    status: ChoiceFilter[FeedbackStatus] | None = matches(_rows.status, description="How far the answer has come.")
    clock_result: ChoiceFilter[ClockResult] | None = matches(
        _rows.clock_result, description="How its newest clock stands; what started no clock matches nothing."
    )
    item: IdFilter | None = matches(_rows.item_id, id_of="Item", description="The item it is about.")
    case: IdFilter | None = matches(_rows.case_id, id_of="Case", description="The case it belongs to.")
    staff: IdFilter | None = matches(_rows.staff_id, id_of="StaffMember", description="Who heard it.")
    store: IdFilter | None = matches(_rows.store_id, id_of="Store", description="The store it is about.")
    within_store: IdFilter | None = matches(
        StoreAncestor.ancestor_id,
        via={StoreAncestor.store_id: _rows.store_id},
        id_of="Store",
        description="About this store or at any store below it.",
    )
    role: IdFilter | None = matches(_rows.role_id, id_of="ServiceRole", description="The role that answers.")
    group: IdFilter | None = matches(_rows.group_id, id_of="OpsGroup", description="The ops group that answers.")
    overdue: BooleanFilter | None = matches(
        _overdue,
        implies={_rows.clock_result: ClockResult.RUNNING.value},
        description="Whether its clock is running and the customer should have been told by now.",
    )
    raised_at: DateTimeFilter | None = matches(_rows.occurred_at, description="When the customer spoke.")
    due_at: DateTimeFilter | None = matches(_rows.due_at, description="By when the customer must have been told.")
    updated_at: DateTimeFilter | None = matches(_rows.updated_at, description="When it last changed.")


FEEDBACK_FILTER = filter_type(FeedbackFilter)


async def _available_actions(reader: Reader, rows: Sequence[Any]) -> list[list[AvailableAction]]:
    reopen_days = (await policies.policy(reader)).reopen_days
    judged = (_judged(row, reader.now, reopen_days) for row in rows)
    return available_actions(reader.call, Permission.FEEDBACK_WRITE, judged)


def _judged(row: Any, now: datetime, reopen_days: int) -> list[Judged]:
    resolved_at = None if row.resolved_at is None else datetime.fromisoformat(row.resolved_at)
    status = FeedbackStatus(row.status)
    return [
        (act, refusal(act, status, resolved_at=resolved_at, now=now, reopen_days=reopen_days)) for act in FeedbackAct
    ]


@node(
    tables.FeedbackClock,
    permission=Permission.FEEDBACK_READ,
    description="One period in which an answer was awaited 反馈时钟. What it ended with never changes.",
)
class FeedbackClock(Node):
    number: int = column(_clocks.number, description="1 for the first one; reopening starts the next.")
    started_at: datetime = column(_clocks.started_at, description="From when it counts.")
    due_at: datetime = column(
        _clocks.due_at,
        description="By when the customer must have been told. Suggestions and praise count business hours only.",
    )
    stopped_at: datetime | None = column(_clocks.stopped_at, description="When the customer was told.")
    result: ClockResult = column(_clocks.result, description="Whether that was in time.")
    ack_due_at: datetime | None = column(
        _clocks.ack_due_at,
        description="By when somebody had to take the matter on; null where it was taken up again, which is taking it on.",
    )
    acknowledged_at: datetime | None = column(_clocks.acknowledged_at, description="When somebody did.")
    ack_result: ClockResult | None = column(
        _clocks.ack_result, description="Whether that was in time; LATE also while nobody has and the time is over."
    )


@node(
    tables.FeedbackMove,
    permission=Permission.FEEDBACK_READ,
    description="One change of a feedback's status. Never changed, never removed.",
)
class FeedbackMove(Node):
    from_status: FeedbackStatus | None = column(
        _moves.from_status, description="Where it stood; null for the first one."
    )
    to_status: FeedbackStatus = column(_moves.to_status, description="Where it went.")
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _moves.staff_id, description="Who moved it; of the first move, who heard it. Null for programs and owners."
    )
    occurred_at: datetime = column(_moves.occurred_at, description="When it happened; may be past.")
    recorded_at: datetime = column(_moves.recorded_at, description="When it was recorded.")


@node(
    tables.Feedback,
    permission=Permission.FEEDBACK_READ,
    description="What a customer told the brand 反馈: a product request, complaint, suggestion, praise or rating.",
)
class Feedback(WorkSubject, BoundaryFact, RatedThing):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _rows.customer_id, description="Whose it is; null for somebody who is no customer yet."
    )
    kind: FeedbackKind = column(_rows.kind, description="What was brought.")
    status: FeedbackStatus = column(_rows.status, description="How far the answer has come.")
    text: str | None = column(
        _rows.text, description="What the customer said. Null for a bare score, and after erasure.", personal=True
    )
    score: int | None = column(_rows.score, description="1 to 5, of a rating only.")
    voice_name: str | None = column(
        _rows.voice_name,
        description="What somebody who was no customer called themselves; it stays when they are known.",
        personal=True,
    )
    voice_contact: str | None = column(
        _rows.voice_contact,
        description="How somebody who was no customer said they can be reached; it stays when they are known.",
        personal=True,
    )
    item: Annotated["Item", strawberry.lazy("server.schema.items")] | None = link(
        _rows.item_id, description="The item it is about."
    )
    case: Annotated["Case", strawberry.lazy("server.schema.cases")] | None = link(
        _rows.case_id, description="The case it belongs to."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        _rows.store_id, description="The store it is about."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.staff_id, description="Who heard it."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.operating_models")] | None = link(
        _rows.role_id, description="The role that answers: it owned the kind's purpose when this was raised."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.operating_models")] | None = link(
        _rows.group_id, description="The ops group that answers: it owned the kind's purpose when this was raised."
    )
    medium: Medium | None = column(_rows.medium, description="Through what it came; null where nobody said.")
    raised_at: datetime = column(_rows.occurred_at, description="When the customer spoke; may be past.")
    due_at: datetime | None = column(
        _rows.due_at,
        description="By when the customer must have been told, by the newest clock; null where none ever started.",
    )
    overdue: bool = column(_overdue, description="Whether the newest clock is running and has run out.")
    clock_result: ClockResult | None = column(
        _rows.clock_result, description="How the newest clock stands; null where none ever started."
    )
    clocks: list[FeedbackClock] = links(
        by=_clocks.feedback_id, order=[_clocks.number], description="All its clocks, the first one first."
    )
    moves: list[FeedbackMove] = links(
        by=_moves.feedback_id, order=[_moves.recorded_at], description="How it proceeded, the first move first."
    )
    acknowledged_at: datetime | None = column(
        _rows.acknowledged_at, description="When somebody last took the matter on."
    )
    answered_at: datetime | None = column(_rows.answered_at, description="When the customer was last told.")
    answer_text: str | None = column(
        _rows.answer_text, description="What the customer was last told. Empty after erasure.", personal=True
    )
    answer_touchpoint: Annotated["Touchpoint", strawberry.lazy("server.schema.touchpoints")] | None = link(
        _rows.answer_touchpoint_id, description="The contact by which the customer was last told."
    )
    resolved_at: datetime | None = column(_rows.resolved_at, description="When the matter was last settled.")
    confirmed: bool | None = column(
        _rows.confirmed,
        description="Of a settled matter: whether the customer said so. False where they said no more for the days of the "
        "policy (7) after the answer; null while it is not settled, and for good ratings.",
    )
    rated: RatedThing | None = link(
        _rows.rated_id,
        type_key=_rows.rated_type,
        description="Of a rating: the order, visit, case or answered feedback it is of. Each is rated once.",
    )
    declined_reason: str | None = column(
        _rows.declined_reason,
        description="Why it was last declined, as the customer was told. Empty after erasure.",
        personal=True,
    )
    reopen_count: int = column(_rows.reopen_count, description="How often it was taken up again.")
    duplicate_of: Annotated["Feedback", strawberry.lazy("server.schema.feedback")] | None = link(
        _rows.duplicate_of, description="The feedback of the same customer that is kept instead of this one."
    )
    available_actions: list[AvailableAction] = computed(
        _available_actions,
        needs={"status": _rows.status, "resolved_at": _rows.resolved_at},
        description="Every act on this feedback, whether it would be refused to you now, and why.",
    )
    external_refs: list[ExternalRef] = external_refs_field("Feedback")
    version: int = column(_rows.version, description="Rises with every change.")
    recorded_at: datetime = column(_rows.recorded_at, description="When it was recorded.")
    updated_at: datetime = column(_rows.updated_at, description="When it last changed.")


@strawberry.type
class FeedbackQueries:
    feedback: Connection[Feedback] = connection(
        orders=FEEDBACK_ORDERS,
        filter=FEEDBACK_FILTER,
        permission=Permission.FEEDBACK_READ,
        description="What customers, and people who are none yet, told the brand 反馈. Newest first. Staff "
        "who do not see all customers see the voices of people unknown that they heard themselves, that came at a store "
        "they are placed at or above, and, placed at no store in particular, those their role or group answers.",
    )
    one_feedback: Feedback | None = by_id(
        permission=Permission.FEEDBACK_READ, description="One feedback; null where it is not there or not yours to see."
    )
