"""Every SELECT this room needs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, select
from sqlalchemy.dialects.postgresql import insert

from server.db.reader import Reader
from server.db.statements import among, table_of
from server.db.work import Work
from server.feedback.kinds import FeedbackStatus
from server.feedback.tables import Feedback
from server.improvements.similar import ALIKE_FROM, likeness, pairs_of
from server.improvements.tables import ImprovementLink

LOOKED_THROUGH = 500
"""So many of the newest that could be alike are compared: what is older was linked, or is not asked for any more."""

_links, _feedback = table_of(ImprovementLink), table_of(Feedback).c
_GONE = (FeedbackStatus.DUPLICATE.value, FeedbackStatus.WITHDRAWN.value)


async def linked(work: Work, link: ImprovementLink) -> bool:
    """Insert the link unless the feedback has one; waits for whoever is linking it just now."""
    link.tenant_id, link.recorded_at = work.tenant_id, work.now
    values = {name: getattr(link, name) for name in ImprovementLink.model_fields}
    statement = insert(_links).values(values).on_conflict_do_nothing(index_elements=["tenant_id", "feedback_id"])
    return await work.execute(statement) == 1


async def link_of(work: Work, feedback_id: UUID) -> ImprovementLink | None:
    found = await work.rows(ImprovementLink, _links.c.feedback_id == feedback_id)
    return found[0] if found else None


async def untold(work: Work, improvement_id: UUID, limit: int) -> list[ImprovementLink]:
    """Links whose askers are to be told by the job and have not been, by id."""
    return await work.rows(
        ImprovementLink,
        _links.c.improvement_id == improvement_id,
        _links.c.told_at.is_(None),
        ~_links.c.by_hand,
        order_by=[_links.c.id],
        limit=limit,
    )


async def contacts(work: Work, improvement_id: UUID, customer_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The contact by which each of these customers was told of the improvement, for those who were."""
    rows = await work.fetch(
        select(_links.c.customer_id, _links.c.touchpoint_id).where(
            _links.c.tenant_id == work.tenant_id,
            _links.c.improvement_id == bindparam("improvement"),
            among(_links.c.customer_id, customer_ids),
            _links.c.touchpoint_id.is_not(None),
        ),
        improvement=improvement_id,
    )
    return {row["customer_id"]: row["touchpoint_id"] for row in rows}


async def first_asked(work: Work, improvement_id: UUID) -> Any:
    """When the first of those who asked for it did; None where nobody has."""
    return await work.scalar(
        select(_feedback.occurred_at)
        .select_from(_links)
        .join(table_of(Feedback), (_feedback.tenant_id == _links.c.tenant_id) & (_feedback.id == _links.c.feedback_id))
        .where(_links.c.tenant_id == work.tenant_id, _links.c.improvement_id == bindparam("improvement"))
        .order_by(_feedback.occurred_at)
        .limit(1),
        improvement=improvement_id,
    )


@dataclass(frozen=True, slots=True)
class Similar:
    """A feedback that seems to ask for the same."""

    feedback_id: UUID
    same_item: bool
    likeness: int


async def similar(reader: Reader, feedback_id: UUID, limit: int) -> list[Similar]:
    """Feedback of the same kind that asks for no improvement yet and is about the same item or alike in words: the same item
    first, then the most alike, then the newest. Only what the reader may see; none where the feedback itself is not.

    The newest LOOKED_THROUGH of the item and of the kind are compared, each along an index.
    """
    chosen = (_feedback.id, _feedback.kind, _feedback.item_id, _feedback.text, _feedback.occurred_at)
    [one] = await reader.fetch(
        select(*chosen).where(_feedback.tenant_id == reader.tenant_id, _feedback.id == bindparam("id")), id=feedback_id
    ) or [None]
    if one is None:
        return []
    free = (
        _feedback.tenant_id == reader.tenant_id,
        _feedback.kind == bindparam("kind"),
        _feedback.id != bindparam("id"),
        ~among(_feedback.status, _GONE),
        ~exists().where(_links.c.tenant_id == _feedback.tenant_id, _links.c.feedback_id == _feedback.id),
    )
    found: dict[UUID, Any] = {}
    values = {"kind": one["kind"], "id": feedback_id}
    newest = (_feedback.occurred_at.desc(), _feedback.id.desc())
    statement = select(*chosen).where(*free).order_by(*newest).limit(LOOKED_THROUGH)
    for row in await reader.fetch(statement, **values):
        found[row["id"]] = row
    if one["item_id"] is not None:
        of_item = statement.where(_feedback.item_id == bindparam("item"))
        for row in await reader.fetch(of_item, **values, item=one["item_id"]):
            found[row["id"]] = row
    return ranked(one, list(found.values()))[:limit]


def ranked(one: Any, others: Sequence[Any]) -> list[Similar]:
    """Those that are about the same item or alike, the nearest first."""
    pairs = pairs_of(one["text"] or "")
    judged = [
        (
            one["item_id"] is not None and one["item_id"] == other["item_id"],
            likeness(pairs, pairs_of(other["text"] or "")),
            other["occurred_at"],
            other["id"],
        )
        for other in others
    ]
    judged.sort(reverse=True)
    return [Similar(id, same, alike) for same, alike, _, id in judged if same or alike >= ALIKE_FROM]
