"""What contents, posts and campaigns came to: figures counted anew from the facts, in the caller's data scope."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import select

from server.access.permissions import Permission
from server.campaigns.reading import named_by
from server.db.reader import Reader
from server.db.statements import among, table_of
from server.lifecycles import campaign_figures as counting
from server.lifecycles.campaign_figures import Audience, By
from server.planner.declarations import ref, value
from server.schema.scalars import CurrencyCode, Money
from server.schema.segments import Segment, understood_for
from server.segments.tables import Segment as SegmentRow
from server.tenants.currencies import main_units

if TYPE_CHECKING:
    from server.schema.staff import StaffMember
    from server.schema.stores import Store

Batch = Callable[[Reader, Sequence[Any]], Awaitable[list[Any]]]


@strawberry.type(
    description="Contacts by the brand, and how many of them have come so far 触达漏斗. Whoever clicked has opened."
)
class ContactFigures:
    sent: int = value(description="How many contacts there were 触达人次.")
    delivered: int = value(description="How many arrived, by a report or by what followed 送达.")
    opened: int = value(description="How many were opened or clicked 打开.")
    clicked: int = value(description="How many were clicked 点击.")
    replied: int = value(description="How many were replied to 回复.")


@strawberry.type(
    description="What came of a campaign 活动效果: its contacts, friendships begun through its channels in its period, and orders "
    "placed in its period by customers it had reached by then."
)
class CampaignFigures(ContactFigures):
    adds: int = value(description="Friendships that began through its channels in its period 新增好友.")
    orders: int = value(
        permission=Permission.ORDER_READ,
        description="Orders placed in its period by customers who had had a contact of it, or had come through its channels in "
        "the period, by then 活动期订单.",
    )
    turnover: list[Money] = value(
        get=lambda figures, call: _money(figures),
        permission=Permission.ORDER_READ,
        description="What these orders came to less what was given back, an amount per currency, in their order 成交额.",
    )


@strawberry.type(description="What came of a campaign at one store.")
class CampaignStoreFigures:
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = value(
        description="The store: of a contact and an order where it took place, of a friendship that of its channel. Null: at none."
    )
    figures: CampaignFigures = value(description="What came of it there.")


@strawberry.type(description="What came of a campaign by one staff member.")
class CampaignStaffFigures:
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = value(
        description="Who made the contact, became the friend, sold. Null: nobody."
    )
    figures: CampaignFigures = value(description="What came of it by them.")


@strawberry.type(description="What came of a campaign among the customers of one segment.")
class CampaignSegmentFigures:
    segment: Segment | None = value(description="The segment; a customer can belong to several.")
    figures: CampaignFigures | None = value(
        description="What came of it from customers who belong to the segment now. Null where the segment filters by something "
        "the caller may not filter by."
    )


def contacts_of(column: str) -> Batch:
    """Figures of the contacts that name each row in `column`."""

    async def count(reader: Reader, rows: Sequence[Any]) -> list[Any]:
        found = await counting.contacts_of(reader, column, [UUID(row.id) for row in rows])
        return [found.get(UUID(row.id), counting.ContactFigures()) for row in rows]

    return count


async def totals(reader: Reader, rows: Sequence[Any]) -> list[Any]:
    found = await counting.of_campaigns(reader, [UUID(row.id) for row in rows])
    return [found.get((UUID(row.id), None), counting.CampaignFigures()) for row in rows]


async def by_store(reader: Reader, rows: Sequence[Any]) -> list[list[Any]]:
    found = await _apart(reader, rows, "store_id")
    return [[CampaignStoreFigures(store=ref(id), figures=figures) for id, figures in of_one] for of_one in found]


async def by_staff(reader: Reader, rows: Sequence[Any]) -> list[list[Any]]:
    found = await _apart(reader, rows, "staff_id")
    return [[CampaignStaffFigures(staff=ref(id), figures=figures) for id, figures in of_one] for of_one in found]


async def by_segment(reader: Reader, rows: Sequence[Any]) -> list[list[Any]]:
    """One round of counting per segment, for all campaigns that name it."""
    named = await named_by(reader, [UUID(row.id) for row in rows], "segment_id")
    ids = sorted({id for of_one in named.values() for id in of_one})
    asked = await _asked(reader, ids)
    counted: dict[UUID, counting.Found | None] = {}
    for id in ids:
        audience, naming = asked[id], [campaign for campaign, of_one in named.items() if id in of_one]
        counted[id] = None if audience is None else await counting.of_campaigns(reader, naming, audience=audience)
    return [[_of_segment(counted[id], id, UUID(row.id)) for id in named.get(UUID(row.id), ())] for row in rows]


def _of_segment(found: counting.Found | None, segment_id: UUID, campaign_id: UUID) -> CampaignSegmentFigures:
    figures: Any = None if found is None else found.get((campaign_id, None), counting.CampaignFigures())
    return CampaignSegmentFigures(segment=ref(segment_id), figures=figures)


async def _asked(reader: Reader, segment_ids: Iterable[UUID]) -> dict[UUID, Audience | None]:
    segments = table_of(SegmentRow).c
    kept = select(segments.id, segments.conditions)
    statement = kept.where(segments.tenant_id == reader.tenant_id, among(segments.id, segment_ids))
    found = {row["id"]: row["conditions"] for row in await reader.fetch(statement)}
    understood = understood_for(reader, list(found.values()))
    return {
        id: None if one is None else Audience(one.conditions, one.values)
        for id, one in zip(found, understood, strict=True)
    }


def _money(figures: counting.CampaignFigures) -> list[Money]:
    return [
        Money(amount=main_units(minor, currency), currency=CurrencyCode(currency))
        for currency, minor in sorted(figures.turnover.items())
    ]


async def _apart(reader: Reader, rows: Sequence[Any], by: By) -> list[list[tuple[UUID | None, Any]]]:
    """Of each campaign its parts in the order of their ids, what belongs to none last."""
    found = await counting.of_campaigns(reader, [UUID(row.id) for row in rows], by=by)
    in_order = sorted(found.items(), key=lambda one: (one[0][1] is None, str(one[0][1])))
    return [[(part, figures) for (id, part), figures in in_order if id == UUID(row.id)] for row in rows]
