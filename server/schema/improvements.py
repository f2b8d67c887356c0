"""Improvements 改进: changes that answer feedback, who asked for them, and what seems to ask for the same."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from server.access.permissions import Permission
from server.db.reader import Reader
from server.db.statements import table_of
from server.errors import ErrorCode, RequestError
from server.feedback.kinds import ImprovementStatus
from server.ids import parse_global_id
from server.improvements import queries, tables
from server.planner.declarations import argument, by_id, column, computed, connection, link, ref, value
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.feedback import Feedback
from server.schema.nodes import Connection, Node
from server.touchpoints.media import Medium

if TYPE_CHECKING:
    from server.schema.items import Item
    from server.schema.staff import StaffMember
    from server.schema.touchpoints import Touchpoint

_rows = table_of(tables.Improvement).c
_links = table_of(tables.ImprovementLink).c
_MOST_SIMILAR = 100

IMPROVEMENT_LINK_ORDERS = orders("ImprovementLink", LINKED_AT=_links.recorded_at)


@node(
    tables.ImprovementLink,
    permission=Permission.FEEDBACK_READ,
    description="One feedback that asked for an improvement, and whether its asker was told.",
)
class ImprovementLink(Node):
    improvement: Annotated["Improvement", strawberry.lazy("server.schema.improvements")] | None = link(
        _links.improvement_id, description="The improvement."
    )
    feedback: Feedback | None = link(_links.feedback_id, description="The feedback.")
    touchpoint: Annotated["Touchpoint", strawberry.lazy("server.schema.touchpoints")] | None = link(
        _links.touchpoint_id,
        description="The contact by which its asker was told; null before that, and for somebody unknown.",
    )
    told_at: datetime | None = column(
        _links.told_at, description="When its asker was told that it is there; null before that."
    )
    by_hand: bool = column(
        _links.by_hand,
        description="Whether somebody has to tell them, by answering the feedback: people unknown cannot be contacted from here.",
    )
    linked_at: datetime = column(_links.recorded_at, description="Since when it asks for this improvement.")


IMPROVEMENT_ORDERS = orders("Improvement", OPENED_AT=_rows.recorded_at, UPDATED_AT=_rows.updated_at)


@strawberry.input(description="Which improvements.")
class ImprovementFilter:
    status: ChoiceFilter[ImprovementStatus] | None = matches(_rows.status, description="How far it has come.")
    item: IdFilter | None = matches(_rows.item_id, id_of="Item", description="The item it changes.")
    staff: IdFilter | None = matches(_rows.staff_id, id_of="StaffMember", description="Who proposed it.")
    shipped_at: DateTimeFilter | None = matches(_rows.shipped_at, description="When it was shipped.")
    opened_at: DateTimeFilter | None = matches(_rows.recorded_at, description="When it was proposed.")


IMPROVEMENT_FILTER = filter_type(ImprovementFilter)


@node(
    tables.Improvement,
    permission=Permission.FEEDBACK_READ,
    description="A change that answers feedback 改进; shipping it tells everyone who asked.",
)
class Improvement(Node):
    title: str = column(_rows.title, description="What changes.")
    description: str | None = column(_rows.description, description="The same at length.")
    item: Annotated["Item", strawberry.lazy("server.schema.items")] | None = link(
        _rows.item_id, description="The item it changes."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.staff_id, description="Who proposed it; null for programs and owners."
    )
    status: ImprovementStatus = column(_rows.status, description="How far it has come.")
    planned_for: date | None = column(
        _rows.planned_for, description="By when it is to be there, where somebody said so."
    )
    answer: str | None = column(_rows.answer, description="What everyone who asked is told.")
    medium: Medium | None = column(_rows.medium, description="Through what they are told.")
    shipped_at: datetime | None = column(_rows.shipped_at, description="When it was there.")
    drop_reason: str | None = column(_rows.drop_reason, description="Why it will not be made.")
    voice_count: int = column(_rows.voices, description="How many feedbacks asked for it.")
    told_count: int = column(
        _rows.told, description="Of how many of them the asker was told that it is there; rises while the job goes on."
    )
    change_seconds: int | None = column(
        _rows.change_seconds,
        description="Time from voice to change: how long the first who asked had waited when it was shipped, in seconds; null "
        "before, and where nobody asked.",
    )
    links: Connection[ImprovementLink] = connection(
        by=_links.improvement_id, orders=IMPROVEMENT_LINK_ORDERS, description="What asked for it, newest first."
    )
    version: int = column(
        _rows.version, description="Give it as `expectedVersion` when planning, shipping or dropping it."
    )
    opened_at: datetime = column(_rows.recorded_at, description="When it was proposed.")
    updated_at: datetime = column(_rows.updated_at, description="When it last changed.")


@strawberry.type(description="A feedback that seems to ask for the same.")
class SimilarFeedback:
    feedback: Feedback | None = value(description="The feedback.")
    same_item: bool = value(description="Whether both are about the same item.")
    likeness: int = value(
        description="How alike the words are, in ten-thousandths: twice the pairs of neighbouring characters they share, of the "
        "pairs they have together."
    )


async def _similar(
    reader: Reader, rows: Sequence[Any], feedback_id: strawberry.ID, first: int = 10
) -> list[list[SimilarFeedback]]:
    if not 1 <= first <= _MOST_SIMILAR:
        raise RequestError(
            ErrorCode.BAD_USER_INPUT, f"similarFeedback(first): must be from 1 to {_MOST_SIMILAR}.", argument="first"
        )
    parsed = parse_global_id(feedback_id)
    if parsed is None or parsed[0] != "Feedback":
        return [[]]
    found = await queries.similar(reader, parsed[1], first)
    return [
        [
            SimilarFeedback(feedback=ref(one.feedback_id), same_item=one.same_item, likeness=one.likeness)
            for one in found
        ]
    ]


@strawberry.type
class ImprovementQueries:
    improvements: Connection[Improvement] = connection(
        orders=IMPROVEMENT_ORDERS,
        filter=IMPROVEMENT_FILTER,
        permission=Permission.FEEDBACK_READ,
        description="Changes that answer feedback 改进, newest first.",
    )
    improvement: Improvement | None = by_id(
        permission=Permission.FEEDBACK_READ, description="One improvement, or null."
    )
    similar_feedback: list[SimilarFeedback] = computed(
        _similar,
        permission=Permission.FEEDBACK_READ,
        arguments=[
            argument("feedback_id", strawberry.ID, "The feedback others may be like."),
            argument("first", int, "How many, at most 100.", default=10),
        ],
        description="Feedback of the same kind that seems to ask for the same 相似反馈 and is linked to no improvement yet: about the "
        "same item first, then the most alike in words. The newest 500 are compared; none where the feedback is not yours to see.",
    )
